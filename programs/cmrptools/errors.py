# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a tool end when it cannot go on? In one sentence, without a traceback."""
import os
import signal
import sys


class ToolError(Exception):
    """The message is one whole sentence for the user."""


def run_main(name, main):
    """Run a tool's main function and end the process with its exit status; 2 when it failed."""
    try:
        status = main()
        sys.stdout.flush()
    except ToolError as error:
        print(f"{name}: {error}", file=sys.stderr)
        status = 2
    except BrokenPipeError:
        # Who reads our output has seen enough. What is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 128 + signal.SIGPIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        print(f"{name}: {where}{error.strerror or error}.", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    sys.exit(status)
