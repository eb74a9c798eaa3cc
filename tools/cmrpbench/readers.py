# SPDX-License-Identifier: GPL-2.0-or-later
"""Who reads a capture, in which way, and what did it cost?"""
import os
import re
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

PLUGIN, BUILTIN, FLOOR = "plugin", "built-in", "floor"
READERS = (FLOOR, BUILTIN, PLUGIN)

Cost = namedtuple("Cost", "seconds cpu kib")

# What tshark is asked for, and how much of the built-in's instructions it may take; None: nothing was promised.
# Who asks for a status asks each dissector for its own field.
ENOUGH, ALL = 0.7, 1.0
STATUS = {PLUGIN: "cmrp.status", BUILTIN: "clusapi.werror", FLOOR: "clusapi.werror"}


class Way(namedtuple("Way", "name words target")):
    """A way of reading a capture."""

    def words_for(self, reader):
        return [word.format(status=STATUS[reader]) for word in self.words]


LINES = Way("lines", [], ENOUGH)
TWO_PASSES = Way("two passes", ["-2"], ENOUGH)
WAYS = (
    LINES,
    Way("nothing printed", ["-q", "-z", "conv,tcp"], ENOUGH),
    TWO_PASSES,
    Way("statistics", ["-q", "-z", "io,stat,0"], ALL),
    Way("one field", ["-T", "fields", "-e", "{status}"], None),
    Way("filter by opnum", ["-Y", "clusapi.opnum == 41"], ALL),
    Way("filter by status", ["-Y", "{status} != 0"], ALL),
    Way("-V", ["-V"], ALL),
    Way("JSON", ["-T", "json"], ALL),
)


class Readers:
    """tshark with the plugin, with the built-in dissector, and with the interface disabled."""

    def __init__(self, folder):
        from support.tshark import Tshark

        self.folder = folder
        self.tshark = Tshark()
        self.tshark.run(["-v"])  # fails unless the plugin is loaded

    def steady(self):
        """The library that makes runs alike (steady.c)."""
        library = self.folder / "steady.so"
        if not library.exists():
            source = Path(__file__).with_name("steady.c")
            subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source], check=True)
            library.chmod(0o755)
        return library

    def _start(self, reader, words, wrapper=(), preload=None, **options):
        surroundings = self.tshark.sandbox.process_options(reader == PLUGIN)
        if preload:
            surroundings["env"]["LD_PRELOAD"] = str(preload)
        # The allocators that users have.
        del surroundings["env"]["WIRESHARK_DEBUG_WMEM_OVERRIDE"]
        disabled = ["--disable-protocol", "clusapi"] if reader == FLOOR else []
        return subprocess.Popen([*wrapper, self.tshark.program, *words, *disabled], stdin=subprocess.DEVNULL,
                                **{"stdout": subprocess.DEVNULL, **options}, **surroundings)

    def cost(self, reader, path, words=()):
        """Time and memory of one run."""
        begun = time.monotonic()
        child = self._start(reader, ["-n", "-r", str(path), *words])
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"tshark ended with {child.returncode} on {path}.")
        return Cost(time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)

    def instructions(self, reader, path, words=()):
        """Instructions of one run. The same run takes the same number, give or take some thousands."""
        # Counts what callgrind counts, in a third of the time: nobody asks here which function called which.
        wrapper = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        child = self._start(reader, ["-n", "-r", str(path), *words], wrapper, self.steady(), stderr=subprocess.PIPE)
        told = child.communicate()[1].decode("utf-8", "replace")
        counted = re.search(r"I +refs: +([\d,]+)", told)
        if child.returncode != 0 or counted is None:
            sys.exit(f"valgrind failed on {path}:\n{told}")
        return int(counted[1].replace(",", ""))

    def fields(self):
        """The fields of the plugin that tshark knows, as often as they are registered: (name, type)."""
        child = self._start(PLUGIN, ["-G", "fields"], stdout=subprocess.PIPE)
        rows = [row.split("\t") for row in child.communicate()[0].decode("utf-8", "replace").splitlines()]
        return [(row[2], row[3]) for row in rows if row[0] == "F" and row[2].startswith("cmrp.")]
