# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp.dll say of all captures what cmrp.so says? Run by tools/windows --test, under Wine."""
import difflib
import json
import os
from pathlib import Path

import pytest

from windows import sayings

LINUX = Path(os.environ["CMRP_LINUX_SAYS"])
# What Windows' C library has no date for, Wireshark itself writes so; in its trees the plugin writes the date.
UNKNOWN = "Not representable"


def same(windows, linux):
    """Values of JSON: the same, but for times before 1970."""
    if windows == UNKNOWN:
        return isinstance(linux, str) and linux.endswith("UTC") and int(linux.split()[2]) < 1970
    if isinstance(windows, dict):
        return isinstance(linux, dict) and list(windows) == list(linux) and all(same(windows[key], linux[key]) for key in windows)
    if isinstance(windows, list):
        return isinstance(linux, list) and len(windows) == len(linux) and all(map(same, windows, linux))
    return windows == linux


def difference(windows, linux):
    return "\n".join(list(difflib.unified_diff(linux.splitlines(), windows.splitlines(), "Linux", "Windows", n=1))[:40])


@pytest.mark.parametrize("capture", sayings.CAPTURES, ids=lambda path: path.stem)
def test_a_capture_says_the_same(tshark, capture):
    found, statistics = sayings.of(tshark, capture)
    expected = (LINUX / f"{capture.stem}.json").read_text(encoding="utf-8")
    assert same(json.loads(found), json.loads(expected)), difference(found, expected)
    told = (LINUX / f"{capture.stem}.statistics").read_text(encoding="utf-8")
    assert statistics == told, difference(statistics, told)


def test_filters_and_rules_are_the_same(tshark):
    assert sayings.tables(tshark) == (LINUX / "tables").read_text(encoding="utf-8")
