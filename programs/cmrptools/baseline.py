# SPDX-License-Identifier: GPL-2.0-or-later
"""Which findings are known and accepted?

A finding is known again by its rule, the method, the object that it is about, and its place in the conversation: the
how-manieth it is of this kind. Neither frame numbers nor times, addresses and handle numbers count, which differ from
run to run of the same test.
"""
import json
from collections import Counter

from .errors import ToolError
from .files import write_whole

VERSION = 1


class Marks:
    """Ask for the marks of the findings of one capture in the order of frames."""

    def __init__(self):
        self._seen = Counter()

    def next(self, finding):
        kind = finding.rule, finding.method or "", finding.object or ""
        self._seen[kind] += 1
        return *kind, self._seen[kind]


def marked(findings):
    """(finding, mark) of the findings of one capture, in the order of frames."""
    marks = Marks()
    for finding in sorted(findings, key=lambda finding: finding.frame):
        yield finding, marks.next(finding)


def read(path):
    """The marks in a file."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        if content["version"] != VERSION:
            raise ToolError(f"The baseline {path} was written by another version of cmrp-check: write it again.")
        return {(one["rule"], one["method"], one["object"], one["place"]) for one in content["accepted"]}
    except OSError as error:
        raise ToolError(f"The baseline {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise ToolError(f"{path} is no baseline of cmrp-check.") from None


def write(path, verdicts):
    """Accept all findings of some captures."""
    marks = sorted({mark for verdict in verdicts for _, mark in marked(verdict.findings)})
    content = {"version": VERSION, "accepted": [
        {"rule": rule, "method": method, "object": thing, "place": place} for rule, method, thing, place in marks]}
    write_whole(path, json.dumps(content, indent=1) + "\n")
    return len(marks)


def accept(verdict, marks):
    """Take the findings that are accepted out of a verdict."""
    if not marks:
        return
    known = {id(finding) for finding, mark in marked(verdict.findings) if mark in marks}
    verdict.accepted = len(known)
    verdict.findings = [finding for finding in verdict.findings if id(finding) not in known]
