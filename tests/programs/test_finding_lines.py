# SPDX-License-Identifier: GPL-2.0-or-later
"""Do findings come whole through cmrp-check: from the lines that tshark prints, and into lines of JSON?"""
import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import sandbox

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import errors, findings, model  # noqa: E402
from cmrptools import text as text_module  # noqa: E402

# Quotes, what JSON escapes, and bytes of a file name that is no UTF-8.
TEXT = st.text() | st.text(st.sampled_from('"\\/\x00\x1f\x7f\n\u2028\udc80ä→😀a'))
NUMBER = st.integers(0, 2**32 - 1)
HANDLES = st.lists(st.builds(lambda *values: dict(zip(("id", "type", "name"), values)), NUMBER, TEXT, TEXT))
FINDINGS = st.builds(
    model.Finding, TEXT, NUMBER, TEXT, TEXT, TEXT, TEXT, st.lists(NUMBER), evidence_in=st.none() | st.lists(TEXT),
    **{name: st.none() | TEXT for name in ("time", "source", "destination", "method", "object")}, handles=st.none() | HANDLES)


@settings(max_examples=100, deadline=None)
@given(FINDINGS)
def test_a_line_can_be_written_and_read_again(finding):
    line = text_module.as_json(finding.as_json())
    assert json.loads(line.encode("utf-8")) == finding.as_json() and "\n" not in line


def test_every_member_of_a_finding_is_in_the_line():
    """Of a member that comes later, too."""
    finding = model.Finding(*[f"{name} of it" for name in vars(model.Finding("", 0, "", "", "", "", []))])
    finding.frame, finding.evidence, finding.evidence_in, finding.handles = 7, [1, 2], ["a", "b"], [{"id": 1, "type": "t", "name": "n"}]
    assert json.loads(text_module.as_json(finding.as_json())) == {"type": "finding", **vars(finding)}


# ---------------------------------------------------------------- lines that tshark printed

def finding(frame, **more):
    return {"type": "finding", "frame": frame, "level": "MUST", "section": "3", "rule": "transport-level", "sentence": "It is so.",
            "evidence": [], **more}


def summary(count):
    return {"type": "summary", "schema": findings.SCHEMA, "findings": {"MUST": count}}


def taken(objects, tell=None):
    lines = findings.Lines("a.pcap", model.Selection(), tell)
    for one in objects:
        lines.take(one if isinstance(one, str) else json.dumps(one) + "\n")
    return lines


# Fewer than are read together, as many, and more.
@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1000])
def test_as_many_findings_as_there_are_lines(count):
    lines = taken(["Something else.\n", *(finding(frame) for frame in range(count)), summary(count)])
    assert lines.whole()["findings"] == {"MUST": count}
    assert [one.frame for one in lines.findings] == list(range(count))


def test_who_waits_is_told_each_finding_at_once():
    told = []
    lines = findings.Lines("a.pcap", model.Selection(), told.append)
    for frame in range(3):
        lines.take(json.dumps(finding(frame)) + "\n")
        assert [one.frame for one in told] == list(range(frame + 1))


@pytest.mark.parametrize("place", [0, 100, 256, 299])
@pytest.mark.parametrize("wrong", [
    '{"type":"finding"', '{"type":"finding"}}', '{"type":"finding"} {"type":"finding"}', '{"type":"a"},{"type":"b"}', "{"])
def test_a_line_that_is_no_object_is_an_error(place, wrong):
    objects = [finding(frame) for frame in range(300)]
    objects[place] = wrong + "\n"
    with pytest.raises(errors.ToolError, match="The JSON that tshark wrote about a.pcap cannot be read."):
        taken([*objects, summary(300)]).whole()


def test_the_last_line_may_have_no_end():
    lines = taken([finding(1), json.dumps(summary(1))])
    assert lines.whole()["findings"] == {"MUST": 1}


@pytest.mark.parametrize("members, source", [
    ({"source": "192.0.2.1", "source_port": 0}, "192.0.2.1:0"), ({"source": "192.0.2.1"}, "192.0.2.1"),
    ({"source": "2001:db8::7", "source_port": 135}, "[2001:db8::7]:135"), ({}, None)])
def test_where_a_finding_comes_from(members, source):
    lines = taken([finding(1, **members), summary(1)])
    assert lines.whole() and lines.findings[0].source == source
