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
# What cachegrind counts: instructions, misses of the first-level caches of code and of data, branches that were foretold
# wrongly.
Work = namedtuple("Work", "instructions code data branches")

# What the plugin may take of what the built-in dissector takes: of its instructions above the floor, and of the time of the
# whole run. None: nothing was promised.
Target = namedtuple("Target", "work time", defaults=(None, None))

# Who asks for a status asks each dissector for its own field.
STATUS = {PLUGIN: "cmrp.status", BUILTIN: "clusapi.werror", FLOOR: "clusapi.werror"}

# The caches that are counted in, whatever the machine has: 32 KiB of code, 32 KiB of data.
CACHES = ("--cache-sim=yes", "--branch-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64")
_COUNTED = {"instructions": r"I +refs", "code": r"I1 +misses", "data": r"D1 +misses", "branches": "Mispredicts"}


class Way(namedtuple("Way", "name words old new")):
    """A way of reading a capture, and what was promised of it in Wireshark 4.0 and from 4.4 on."""

    def words_for(self, reader):
        return [word.format(status=STATUS[reader]) for word in self.words]

    @property
    def target(self):
        from support import sandbox

        return self.new if self.new and sandbox.wireshark_release() >= (4, 4) else self.old


LINES = Way("lines", (), Target(0.78, 1.00), None)
TWO_PASSES = Way("two passes", ("-2",), Target(0.65, 0.95), None)
NOTHING = Way("nothing printed", ("-q", "-z", "conv,tcp"), Target(0.65, 0.97), None)
WAYS = (
    TWO_PASSES,
    NOTHING,
    LINES,
    Way("statistics", ("-q", "-z", "io,stat,0"), Target(0.70, 0.98), None),
    Way("filter by opnum", ("-Y", "clusapi.opnum == 41"), Target(0.85, 0.98), None),
    Way("filter by status", ("-Y", "{status} != 0"), Target(0.85, 0.98), None),
    Way("-V", ("-V",), Target(1.14, 1.00), Target(1.00, 1.00)),
    Way("JSON", ("-T", "json"), Target(1.39, 1.02), Target(1.05, 1.00)),
    Way("one field", ("-T", "fields", "-e", "{status}"), Target(), Target(1.00, 1.00)),
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

    def cost(self, reader, path, words=(), wrapper=(), preload=None):
        """Time and memory of one run."""
        begun = time.monotonic()
        child = self._start(reader, ["-n", "-r", str(path), *words], wrapper, preload)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"tshark ended with {child.returncode} on {path}.")
        return Cost(time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)

    def work(self, reader, path, words=(), caches=CACHES):
        """Work of one run. The same run takes the same numbers, give or take some thousands."""
        # Counts what callgrind counts, in a third of the time: nobody asks here which function called which.
        wrapper = ["valgrind", "--tool=cachegrind", *caches, "--cachegrind-out-file=/dev/null"]
        child = self._start(reader, ["-n", "-r", str(path), *words], wrapper, self.steady(), stderr=subprocess.PIPE)
        told = child.communicate()[1].decode("utf-8", "replace")
        found = {name: re.search(rf"{label} *: +([\d,]+)", told) for name, label in _COUNTED.items()}
        if child.returncode != 0 or found["instructions"] is None:
            sys.exit(f"valgrind failed on {path}:\n{told}")
        return Work(*(int(match[1].replace(",", "")) if match else 0 for match in found.values()))

    def instructions(self, reader, path, words=()):
        """Instructions of one run; without caches to look after that is quicker."""
        return self.work(reader, path, words, ("--cache-sim=no",)).instructions

    def fields(self):
        """The fields of the plugin that tshark knows, as often as they are registered: (name, type)."""
        child = self._start(PLUGIN, ["-G", "fields"], stdout=subprocess.PIPE)
        rows = [row.split("\t") for row in child.communicate()[0].decode("utf-8", "replace").splitlines()]
        return [(row[2], row[3]) for row in rows if row[0] == "F" and row[2].startswith("cmrp.")]
