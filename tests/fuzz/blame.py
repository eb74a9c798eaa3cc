# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose fault does a fuzzer's report show, and what does it say?

    blame.py LOG     # "plugin" or "wireshark", and the first line of the report

The plugin's, if it is on the stack, or if the report is about what no stack tells: time, memory, findings that change.
"""
import re
import sys
from pathlib import Path

SAID = re.compile(r"ERROR: [^(\n]*|runtime error: .*|failed assertion .*|ERROR \*\*: .*|ERROR\] -- .*|LeakSanitizer: .*")
# Other lines of a log name functions of the plugin as well, which were reached for the first time.
ON_STACK = re.compile(r"^ *#[0-9]+ .*/(plugin/[a-z0-9_/]+\.[ch]:[0-9]+)", re.MULTILINE)
# What the fuzzers themselves ask (cost.c, session.c), leaks, and what libFuzzer says of a process that has grown too large.
NO_STACK = re.compile(r"-- (Cost|Findings): |ERROR: LeakSanitizer|ERROR: libFuzzer: out-of-memory")


def blame(report):
    """(whose, what) of the text of a log."""
    said, place = SAID.search(report), ON_STACK.search(report)
    whose = "plugin" if place or NO_STACK.search(report) else "wireshark"
    what = said.group().split(" on unknown")[0].strip() if said else "no report"
    return whose, f"{what}, {place.group(1)}" if place else what


if __name__ == "__main__":
    print(*blame(Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace")))
