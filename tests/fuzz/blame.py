# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose fault does a fuzzer's report show, and what does it say?

    blame.py LOG     # "plugin" or "wireshark", and the first line of the report

Wireshark's, if a stack shows it without the plugin. The plugin's, if it is on the stack, if the report is about what no stack
tells (time, memory, findings that change), and if there is no stack: what nobody explains is looked at.
"""
import re
import sys
from pathlib import Path

SAID = re.compile(r"ERROR: [^(\n]*|runtime error: .*|failed assertion .*|ERROR \*\*: .*|ERROR\] -- .*|LeakSanitizer: .*")
# Other lines of a log name functions of the plugin as well, which were reached for the first time.
ON_STACK = re.compile(r"^ *#[0-9]+ .*/(plugin/[a-z0-9_/]+\.[ch]:[0-9]+)", re.MULTILINE)
OF_WIRESHARK = re.compile(r"^ *#[0-9]+ .*/libwireshark\.so", re.MULTILINE)
# What the fuzzers themselves ask (cost.c, session.c), leaks, and what libFuzzer says of a process that has grown too large.
NO_STACK = re.compile(r"-- (Cost|Findings): |ERROR: LeakSanitizer|ERROR: libFuzzer: out-of-memory")


def blame(report):
    """(whose, what) of the text of a log."""
    said, place = SAID.search(report), ON_STACK.search(report)
    explained = OF_WIRESHARK.search(report) and not NO_STACK.search(report)
    whose = "wireshark" if explained and not place else "plugin"
    what = said.group().split(" on unknown")[0].strip() if said else "no report"
    return whose, f"{what}, {place.group(1)}" if place else what


if __name__ == "__main__":
    print(*blame(Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace")))
