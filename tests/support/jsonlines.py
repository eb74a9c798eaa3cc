# SPDX-License-Identifier: GPL-2.0-or-later
"""What does tshark -q -z cmrp,json tell of a capture? Each line is held against the schema.

    findings, summary = jsonlines.read(tshark, pcap, "-2", filter=",cmrp.opnum == 41")
"""
import json
from collections import Counter

import jsonschema

from . import sandbox

LEVELS = ("MUST", "SHOULD", "suspicion")
SCHEMA = jsonschema.Draft202012Validator(json.loads(
    (sandbox.SOURCE_DIR / "docs" / "findings.schema.json").read_text(encoding="utf-8")))


def parse(text):
    """The findings and the summary of what tshark printed; lines of other kinds are another's."""
    objects = [json.loads(line) for line in text.split("\n") if line.startswith("{")]
    for one in objects:
        SCHEMA.validate(one)
    assert [one["type"] for one in objects] == ["finding"] * (len(objects) - 1) + ["summary"]
    *findings, summary = objects
    counted = Counter(one["level"] for one in findings)
    assert summary["findings"] == {level: counted[level] for level in LEVELS}
    return findings, summary


def read(tshark, pcap, *extra, filter=""):
    return parse(tshark.read(pcap, ["-q", "-z", f"cmrp,json{filter}", *extra]).stdout)
