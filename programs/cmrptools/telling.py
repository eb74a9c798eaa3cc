# SPDX-License-Identifier: GPL-2.0-or-later
"""Which findings of a capture were told already?"""
import sys
from collections import Counter

from .baseline import Marks


class Telling:
    """Hands each finding of one capture to a form of output (see formats), once, without those that are accepted."""

    def __init__(self, form, accepted):
        self._form = form
        self._accepted = accepted
        self._marks = Marks()
        self._told = Counter()  # (frame, rule)

    def now(self, finding):
        """Of a capture that is being read: somebody waits for it."""
        if self._marks.next(finding) not in self._accepted:
            self._told[finding.frame, finding.rule] += 1
            self._form.finding(finding)
            sys.stdout.flush()

    def rest(self, verdict):
        """Of a capture that was read. Sentences about what was told and does not hold."""
        for finding in verdict.findings:
            if not self._told or not self._told_before(finding):
                self._form.finding(finding)
        self._form.verdict(verdict)
        return [f"{verdict.capture}:{frame}: {rule} does not hold, now that all connections could be read."
                for frame, rule in self._told.elements()]

    def _told_before(self, finding):
        key = finding.frame, finding.rule
        if not self._told[key]:
            return False
        self._told[key] -= 1
        return True
