# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-report make a page of captures in which time goes back, or stands still, and draw nothing that is no time?"""
import json
import re

import pytest
from support import programs, sandbox, wraps

CASES = sandbox.SOURCE_DIR / "tests" / "network" / "captures"


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, (int, float)):
        yield value


def no_number(text):
    raise AssertionError(f"{text} in the data of the charts")


def report(path):
    """The labels of the bars, each of which begins before it ends, within the time that the page shows."""
    made = sandbox.sandbox().new_folder() / "report.html"
    result = programs.run("cmrp-report", "--tshark", programs.tshark_program(), "-o", made, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    text = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', made.read_text(encoding="utf-8"), re.DOTALL)[1]
    data = json.loads(text, parse_constant=no_number)
    lives = data["lives"]
    for bar in lives["bars"]:
        assert 0 <= bar["from"] <= bar["to"] <= lives["span"], bar
    assert all(number >= 0 for number in numbers(data["times"]))
    return [bar["label"] for bar in lives["bars"]]


def test_the_clock_was_set():
    assert any(label.startswith("HGROUP") for label in report(CASES / "time-back-report.pcap"))


def stopped(told):
    return told.over(frame._replace(when=told.frames[0].when) for frame in told.frames)


@pytest.mark.parametrize("wrap", [wraps.by_connection, wraps.swapped(range(6, 40, 4)), stopped],
                         ids=["files behind each other", "swapped", "all at one time"])
@pytest.mark.parametrize("name", ["notify-clean-ndr", "notify-udp", "association-groups"])
def test_frames_out_of_order(captures_dir, wrapped, name, wrap):
    labels = report(wrapped(captures_dir / f"{name}.pcapng", wrap))
    assert any(label.startswith("HGROUP") for label in labels)


def test_a_fault_beside_a_response():
    """Each of them answers its own call, and both are told."""
    made = sandbox.sandbox().new_folder() / "report.html"
    result = programs.run("cmrp-report", "--tshark", programs.tshark_program(), "-o", made,
                          CASES / "fault-and-response-in-one-frame.pcap")
    assert (result.returncode, result.stderr) == (0, "")
    listed = json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', made.read_text(encoding="utf-8"), re.DOTALL)[1])["list"]
    calls = [dict(zip(listed["columns"], row)) for row in listed["rows"]]
    told = {call["frame"]: (call["answer"], *(listed["texts"][call[name]] for name in ("method", "outcome", "status")), call["elapsed"])
            for call in calls}
    assert told[10] == (12, "ApiOnlineGroup", "fault", "nca_s_fault_context_mismatch", 0.002)
    assert told[11] == (12, "ApiOpenGroup", "succeeded", "", 0.001)
    assert len(told) == len(calls) == 6
