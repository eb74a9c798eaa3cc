# SPDX-License-Identifier: GPL-2.0-or-later
"""How is a capture read more than once that can be read only once: standard input, or a pipe?"""
import contextlib
import shutil
import stat
import sys
import tempfile
from pathlib import Path

STANDARD_INPUT = "-"


@contextlib.contextmanager
def rereadable(capture):
    """The path of a file with what the capture holds; its own, unless it is standard input or a pipe."""
    if capture != STANDARD_INPUT and not _is_pipe(capture):
        yield capture
        return
    with tempfile.NamedTemporaryFile(prefix="cmrp-", suffix=".pcap") as copy:
        if capture == STANDARD_INPUT:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        else:
            with open(capture, "rb") as pipe:
                shutil.copyfileobj(pipe, copy)
        copy.flush()
        yield copy.name


def _is_pipe(capture):
    try:
        return stat.S_ISFIFO(Path(capture).stat().st_mode)
    except OSError:
        return False
