# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a long task say how far it is?"""
import contextlib
import os
import sys
import threading
import time
from pathlib import Path

_SECONDS = 0.5


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

    @contextlib.contextmanager
    def following(self, text, share):
        """Say `text` and how far it is, again and again. `share`: a function that tells it, see share_read()."""
        if not self._wanted:
            yield
            return
        over = threading.Event()
        teller = threading.Thread(target=self._follow, args=(text, share, over), daemon=True)
        teller.start()
        try:
            yield
        finally:
            over.set()
            teller.join()
            self.clear()

    def _follow(self, text, share, over):
        while True:
            read = share()
            self.say(text if read is None else f"{text}: {read:.0%}")
            if over.wait(_SECONDS):
                return


def share_read(process, path):
    """Which share of a file another process has read, from 0 to 1; None if it is not known, as on most systems but Linux."""
    try:
        wanted = os.stat(path)
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            if os.path.samestat(descriptor.stat(), wanted):
                place = Path(f"/proc/{process}/fdinfo/{descriptor.name}").read_text(encoding="ascii").split()[1]
                return min(int(place) / wanted.st_size, 1.0)
    except (OSError, ValueError, ZeroDivisionError):
        pass
    return None
