# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a program end when it cannot go on? In one sentence, without a traceback, and never with status 1.

Scripts read status 1 as "findings", so no failure may have it, not even a fault of the program itself.
"""
import gc
import os
import signal
import sys
import traceback

from . import host
from .text import printable

FAILED = 2


class ToolError(Exception):
    """The message is one whole sentence for the user."""


class Ended(BaseException):
    """A signal wants this process to end: what is open is closed and removed on the way out."""


def run_main(name, main):
    """Run a program's main function and end the process with its exit status."""
    # For speed: nothing that these programs keep stands in circles, and each search for some looks at all findings.
    gc.disable()
    sys.exit(_status(name, main))


def _status(name, main):
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    if sys.stdout is None:
        return _fail(name, "Standard output is closed.")
    # A file name may hold bytes, and a packet characters, that the encoding of the output lacks.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    for number in host.ENDS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        status = main()
        sys.stdout.flush()
        return status
    except ToolError as error:
        return _fail(name, str(error))
    except BrokenPipeError:
        # Who reads our output has seen enough.
        _silence()
        return 128 + host.SIGPIPE
    except OSError as error:
        _silence()
        where = f"{error.filename}: " if error.filename is not None else ""
        return _fail(name, f"{where}{error.strerror or error}.")
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Ended as ended:
        return 128 + ended.args[0]
    except Exception as error:  # pylint: disable=broad-except
        return _fail(name, _own_fault(error))


def _end(number, _):
    # One is enough: what is being removed now must not be interrupted by the next.
    for one in host.ENDS:
        signal.signal(one, signal.SIG_IGN)
    raise Ended(number)


def _fail(name, sentence):
    print(f"{name}: {printable(sentence)}", file=sys.stderr)
    return FAILED


def _silence():
    """What is still buffered must not raise again at exit, which would change the exit status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _own_fault(error):
    if sys.flags.dev_mode:
        traceback.print_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
    return (f"a fault of this program, please report it: {said} ({os.path.basename(place.filename)}, line {place.lineno}; "
            "python3 -X dev shows the way there).")
