# SPDX-License-Identifier: GPL-2.0-or-later
"""How is a capture judged while it is still being written?

What comes through a pipe goes to tshark, and into a file, from which it can be read again. Who wants to stop sends a
signal, as does Ctrl-C: it ends the capture and not this program, whose verdict is about what came until then. In a
pipeline of a shell the program that captures gets the signal too, and sends its last packets: for a moment they are waited for.
"""
import contextlib
import os
import signal
import threading

from .errors import ToolError

# What files of pcap and pcapng begin with: tshark reads these from a pipe as they grow.
STARTS = (b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1", b"\x0a\x0d\x0d\x0a")
START_LENGTH = 4

# Seconds. dumpcap looks for its end four times a second.
_GRACE = 1.0
_MOST_BYTES = 65536
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Feed:
    """The source of a tshark (see joined.Join). Takes bytes from a descriptor until there are no more, or until a signal."""

    def __init__(self, descriptor, start, copy):
        """`start`: the bytes that were read already; `copy`: the path of the file that gets all of them."""
        self.interrupted = False
        self._from = descriptor
        self._start = start
        self._copy_path = copy
        self._copy = self._to = None
        self._error = None
        self._lock = threading.Lock()
        self._wanted = True
        self._grace = None

    @contextlib.contextmanager
    def pipe(self):
        """The end of the pipe that tshark reads from."""
        self._copy = open(self._copy_path, "wb", buffering=0)
        reader, self._to = os.pipe()
        try:
            with os.fdopen(reader, "rb") as file, self._signals():
                # It may wait for bytes when this program ends.
                threading.Thread(target=self._run, daemon=True).start()
                yield file
        finally:
            self._close()

    def check_kept(self):
        """End with a sentence if what was read could not be kept."""
        if self._error:
            raise ToolError(f"The capture that comes through a pipe could not be kept in {self._copy_path}: "
                            f"{self._error.strerror}.")

    def _run(self):
        data = self._start
        try:
            while data and self._pass_on(data):
                data = os.read(self._from, _MOST_BYTES)
        except BrokenPipeError:
            # Why tshark has ended it says itself.
            pass
        except OSError as error:
            self._error = error
        self._close()

    def _pass_on(self, data):
        """False once nothing is wanted any more."""
        with self._lock:
            if not self._wanted:
                return False
            self._copy.write(data)
            while data:
                data = data[os.write(self._to, data):]
        return True

    def _close(self):
        self._wanted = False
        with self._lock:
            if self._to is not None:
                os.close(self._to)
                self._copy.close()
                self._to = None

    @contextlib.contextmanager
    def _signals(self):
        before = {number: signal.signal(number, lambda *_: self._interrupt(before)) for number in _SIGNALS}
        try:
            yield
        finally:
            self._restore(before)
            if self._grace:
                self._grace.cancel()

    def _interrupt(self, before):
        self.interrupted = True
        # Who asks twice does not want to wait.
        self._restore(before)
        self._grace = threading.Timer(_GRACE, self._close)
        self._grace.daemon = True
        self._grace.start()

    @staticmethod
    def _restore(before):
        for number, handler in before.items():
            signal.signal(number, handler)
