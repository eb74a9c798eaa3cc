# SPDX-License-Identifier: GPL-2.0-or-later
"""Does SECURITY.md name every limit with the value that it has, and only tools and tests that exist?"""
import re

from support import sandbox

PAGE = (sandbox.SOURCE_DIR / "SECURITY.md").read_text(encoding="utf-8")


def test_limits_are_those_of_the_code():
    header = (sandbox.SOURCE_DIR / "plugin" / "base" / "bounds.h").read_text(encoding="utf-8")
    limits = dict(re.findall(r"^#define (CMRP_MAX_\w+) (\d+)$", header, re.MULTILINE))
    rows = re.findall(r"^\| `(CMRP_MAX_\w+)` \| ([\d,]+) \|", PAGE, re.MULTILINE)
    assert {name: value.replace(",", "") for name, value in rows} == limits
    assert len(limits) > 10


def test_what_the_page_points_to_exists():
    paths = re.findall(r"`((?:tools|tests|plugin|\.ci)/[\w./-]+)", PAGE)
    assert len(paths) > 8
    assert [path for path in paths if not (sandbox.SOURCE_DIR / path).exists()] == []
