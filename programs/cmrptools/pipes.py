# SPDX-License-Identifier: GPL-2.0-or-later
"""How is a capture read more than once that can be read only once: standard input, or a pipe?"""
import contextlib
import os
import shutil
import stat
import sys
from pathlib import Path

from . import host, live
from .errors import ToolError

STANDARD_INPUT = "-"


@contextlib.contextmanager
def opened(capture, at_once=True):
    """The path of a file with what the capture holds, and None; or a live.Feed that fills it when tshark reads.

    `at_once`: false if it is to be read wholly before tshark begins.
    """
    if capture != STANDARD_INPUT and not _is_pipe(capture):
        yield capture, None
        return
    with _descriptor(capture) as descriptor:
        start = _start(descriptor)
        if at_once and start in live.STARTS:
            with host.temporary_capture(lambda copy: None) as path:
                yield path, live.Feed(descriptor, start, path)
        else:
            with host.temporary_capture(lambda copy: _copy(descriptor, start, copy)) as path:
                yield path, None


def named(sentence, path, capture):
    """A sentence of Wireshark's about the file at `path`, as one about the capture."""
    if capture == STANDARD_INPUT:
        # So it calls what comes through a pipe.
        return sentence.replace(f'file "{path}"', "standard input").replace(f"capture {path}", "standard input") \
            .replace(f"file {path}", "standard input")
    return sentence.replace("standard input", f'file "{capture}"').replace(path, capture)


@contextlib.contextmanager
def _descriptor(capture):
    if capture != STANDARD_INPUT:
        with open(capture, "rb", buffering=0) as pipe:
            yield pipe.fileno()
    elif sys.stdin is None:
        raise ToolError("Standard input is closed.")
    elif sys.stdin.isatty():
        raise ToolError("Standard input is a terminal: no capture comes from there. dumpcap -w - | cmrp-check - judges what it captures.")
    else:
        yield sys.stdin.fileno()


def _start(descriptor):
    """The first bytes; fewer only if there are no more."""
    start = b""
    while len(start) < live.START_LENGTH:
        more = os.read(descriptor, live.START_LENGTH - len(start))
        if not more:
            break
        start += more
    return start


def _copy(descriptor, start, copy):
    copy.write(start)
    with open(descriptor, "rb", closefd=False) as rest:
        shutil.copyfileobj(rest, copy)


def _is_pipe(capture):
    try:
        return stat.S_ISFIFO(Path(capture).stat().st_mode)
    except OSError:
        return False
