# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a row of a rule that cannot work refused with a sentence when a capture is read? (rows.c has the rows.)"""
import subprocess

import pytest
from support import sandbox

SAID = {
    "good": "",
    "wordless": "The rule a-row has no text, section, requirements or party.",
    "nobody": "The rule a-row is a finding without section, requirements or party.",
    "no function": "The rule a-row needs exactly one of check, check_handle, check_way and defect.",
    "two functions": "The rule a-row needs exactly one of check, check_handle, check_way and defect.",
    "first of a call": "The rule a-row has first_decides, which is for check_way.",
    "way of a method": "The rule a-row has concerns, which is for check and check_handle.",
    "defect on": "The rule a-row has a defect: those who read the PDU decide when, not .on.",
    "on nothing": "The rule a-row is asked on no PDU.",
    "way of a fault": "The rule a-row has check_way, which knows requests, responses, binds and their answers only.",
    "way on success": "The rule a-row has check_way, which is asked before the status is known.",
    "handle of a fault": "The rule a-row has check_handle, which knows the handles of requests and responses only.",
    "call on bind": "The rule a-row has check, which knows no binds: they are for check_way.",
    "fault and request": "The rule a-row is asked on faults and on others, but a fault has no parameters.",
    "broken and response": "The rule a-row is asked on answers to broken requests and on others, but they may be unread.",
    "no method": "The rule a-row concerns no method that has what it asks for, a status or a handle.",
    "no status": "The rule a-row concerns no method that has what it asks for, a status or a handle.",
    "no handle": "The rule a-row concerns no method that has what it asks for, a status or a handle.",
    "twice": "The rule a-defect-1 stands there twice.",
    "all": "",
    "a defect without a rule": "The defect number 1 needs one rule and has 0.",
    "many ways": "There are 33 rules with check_way, and room for 32.",
    "as many as there is room for": "",
}


@pytest.fixture(scope="module")
def said():
    """{list of rules: what is said of it}"""
    # With sanitizers the program needs their run-time library as tshark does.
    result = subprocess.run([sandbox.BUILD_DIR / "cmrp_rows"], env=sandbox.sandbox().environment(plugin=False),
                            capture_output=True, text=True, check=True, timeout=60)
    return dict(line.split("\t") for line in result.stdout.splitlines())


@pytest.mark.parametrize("what", SAID)
def test_rows_that_cannot_work_are_refused(said, what):
    assert said[what] == SAID[what]


def test_every_list_is_expected(said):
    assert set(said) == set(SAID)
