# SPDX-License-Identifier: GPL-2.0-or-later
"""How is a capture read more than once that can be read only once: standard input, or a pipe?"""
import contextlib
import shutil
import stat
import sys
from pathlib import Path

from . import host

STANDARD_INPUT = "-"


@contextlib.contextmanager
def rereadable(capture):
    """The path of a file with what the capture holds; its own, unless it is standard input or a pipe."""
    if capture != STANDARD_INPUT and not _is_pipe(capture):
        yield capture
        return
    with host.temporary_capture(lambda copy: _copy(capture, copy)) as path:
        yield path


def _copy(capture, copy):
    if capture == STANDARD_INPUT:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    else:
        with open(capture, "rb") as pipe:
            shutil.copyfileobj(pipe, copy)


def _is_pipe(capture):
    try:
        return stat.S_ISFIFO(Path(capture).stat().st_mode)
    except OSError:
        return False
