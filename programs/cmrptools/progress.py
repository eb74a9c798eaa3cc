# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a long task say how far it is?"""
import sys
import time


class Progress:
    """One line on standard error that is written over; nothing if nobody looks."""

    def __init__(self, wanted):
        self._wanted = wanted
        self._terminal = sys.stderr.isatty()
        self._next = 0.0
        self._shown = False

    def say(self, text):
        now = time.monotonic()
        if self._wanted and now >= self._next:
            self._next = now + (0.2 if self._terminal else 2.0)
            self._shown = self._terminal
            print(f"\r\x1b[K{text}" if self._terminal else text, end="" if self._terminal else "\n", file=sys.stderr,
                  flush=True)

    def clear(self):
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False
