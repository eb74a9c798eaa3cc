# SPDX-License-Identifier: GPL-2.0-or-later
"""What is otherwise on Windows?

Its Python has no users and groups, no limits and no SIGHUP; a file that is open cannot be opened by another program, nor
replaced; its Wireshark reads no WIRESHARK_PLUGIN_DIR, and looks for the user's plugins among his settings.
"""
import contextlib
import os
import signal
import tempfile
from pathlib import Path

try:
    import pwd
    import resource
except ImportError:
    pwd = resource = None

WINDOWS = os.name == "nt"
PLUGIN_NAMES = ("cmrp.so", "cmrp.dll")
# What asks a process to end.
ENDS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
SIGPIPE = 13


def is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


def cores():
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def plugins_in(folder):
    """The plugin files of a folder for plugins, which has a folder for each release."""
    return [path for path in sorted(Path(folder).glob("*/epan/cmrp.*")) if path.name in PLUGIN_NAMES]


def personal_plugins():
    """The user's folder for plugins on Windows; None where there is none."""
    settings = os.environ.get("APPDATA")
    return Path(settings, "Wireshark", "plugins") if settings else None


@contextlib.contextmanager
def temporary_capture(write):
    """The path of a file that another program may open; write(file) fills it."""
    with tempfile.TemporaryDirectory(prefix="cmrp-") as folder:
        path = Path(folder, "capture.pcap")
        with open(path, "xb") as file:
            write(file)
        yield str(path)
