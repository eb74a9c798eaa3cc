# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a file of conformance cases say? (tests/conformance/README.md describes the form.)

    for case in read(path):
        case.title, case.script, case.findings, case.clean
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\s*$")


@dataclass
class Case:
    path: Path
    title: str
    line: int
    script: list = field(default_factory=list)  # lines
    findings: list = field(default_factory=list)  # (PDU, rule, level, section)
    facts: list = field(default_factory=list)  # (PDU, rule)
    clean: list = field(default_factory=list)  # rules that this case does not break

    @property
    def name(self):
        return f"{self.path.stem}: {self.title}"

    @property
    def whole(self):
        """True if nothing may be missing from the capture that the case travels in."""
        return "whole" in self.script

    @property
    def broken(self):
        return [rule for _, rule, *_ in self.findings + self.facts]


def _expect(case, text):
    words = text.split(None, 3)
    if words[0] == "none":
        return
    if words[0] == "clean":
        case.clean += text.split()[1:]
    elif words[2] == "fact":
        case.facts.append((int(words[0]), words[1]))
    else:
        case.findings.append((int(words[0]), words[1], words[2], words[3]))


def read(path):
    """The cases of a file; a heading of the second level begins one."""
    cases, fence = [], None
    for number, text in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        marker = _FENCE.match(text)
        if marker:
            fence = None if fence is not None else marker.group(1)
        elif fence is None and text.startswith("## "):
            cases.append(Case(Path(path), text[3:].strip(), number))
        elif fence == "pdus" and text.startswith(" ") and text.strip():
            cases[-1].script[-1] += text.rstrip()
        elif fence == "pdus" and text.strip():
            cases[-1].script.append(text)
        elif fence == "findings" and text.strip():
            _expect(cases[-1], text.strip())
    for case in cases:
        if not case.script or not (case.findings or case.facts or case.clean):
            raise ValueError(f"{path}:{case.line}: a case needs a script and findings")
    return cases
