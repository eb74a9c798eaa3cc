# SPDX-License-Identifier: GPL-2.0-or-later
"""What does tshark say about a capture, with the plugin from the build folder?

    tshark = Tshark()
    tshark.run(["-r", pcap, "-V"])            -> Result(stdout, stderr, rc)
    tshark.json(pcap, "cmrp")                 -> one dict of layers for each packet
    tshark.fields(pcap, ["frame.number", …])  -> one list of strings for each packet
    tshark.info(pcap, "cmrp")                 -> the Info column of each packet

Each call demands an empty stderr and exit code 0 unless told otherwise, and takes at most a minute. The
first call with the plugin proves that tshark really loaded the one from the build folder.
"""
import json as jsonlib
import os
import shutil
import signal
import subprocess
from collections import namedtuple

from . import sandbox as sandboxes

Result = namedtuple("Result", "stdout stderr rc")

TIMEOUT = 60
# Cells and occurrences are kept apart by characters that no value holds.
CELL, OCCURRENCE = "\x1f", "\x1e"

# What opens the captures of the lab that NTLM has sealed; keys.py knows what opens each.
LAB_PASSWORD = "lab-password-not-real"
PASSWORD = ("-o", f"ntlmssp.nt_password:{LAB_PASSWORD}")


def find(node, name):
    """All values of the field `name` in a tree of json(), in the order of the packet."""
    found = []
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                found.extend(value if isinstance(value, list) else [value])
            if isinstance(value, (dict, list)):
                found.extend(find(value, name))
    elif isinstance(node, list):
        for value in node:
            found.extend(find(value, name))
    return found


def time_text(moment, nanoseconds):
    """A time in UTC as tshark shows it."""
    if sandboxes.wireshark_release() >= (4, 6):
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}Z"
    return f"{moment:%b} {moment.day:2}, {moment.year} {moment:%H:%M:%S}.{nanoseconds:09} UTC"


class Tshark:
    def __init__(self, program=None):
        self.sandbox = sandboxes.sandbox()
        self.program = program or os.environ.get("CMRP_TSHARK") or shutil.which("tshark")
        if not self.program or not os.path.exists(self.program):
            raise AssertionError("tshark was not found: install the package tshark")
        self._verified = False

    def run(self, args, plugin=True, check=True, env=None, timeout=TIMEOUT, binary=False):
        """Run tshark. A path among `args` must be readable: see readable()."""
        if plugin and not self._verified:
            self._verify()
        return self._run(args, plugin, check, env, timeout, binary)

    def readable(self, pcap):
        """The path of a capture (a path or a Capture) as tshark can open it."""
        return self.sandbox.readable(pcap)

    def read(self, pcap, args=(), filter=None, **options):
        """Run tshark on a capture."""
        words = ["-n", "-r", self.readable(pcap), *args]
        if filter:
            words += ["-Y", filter]
        return self.run(words, **options)

    def json(self, pcap, filter=None, extra=(), **options):
        result = self.read(pcap, ["-T", "json", "--no-duplicate-keys", *extra], filter, **options)
        return [packet["_source"]["layers"] for packet in jsonlib.loads(result.stdout or "[]")]

    def fields(self, pcap, names, filter=None, extra=(), split=False, **options):
        """Rows of cells. A cell is a string, occurrences joined by commas, or with `split` a list of them."""
        words = ["-T", "fields", "-E", f"separator={CELL}", "-E", f"aggregator={OCCURRENCE}"]
        for name in names:
            words += ["-e", name]
        result = self.read(pcap, [*words, *extra], filter, **options)
        # Not splitlines(): it takes the separators, and characters of values, for ends of lines as well.
        rows = [line.split(CELL) for line in result.stdout.split("\n")[:-1]]
        if sandboxes.wireshark_release() >= (4, 4):
            # There every backslash of a value is written twice.
            rows = [[cell.replace("\\\\", "\\") for cell in row] for row in rows]
        if split:
            return [[cell.split(OCCURRENCE) if cell else [] for cell in row] for row in rows]
        return [[cell.replace(OCCURRENCE, ",") for cell in row] for row in rows]

    def info(self, pcap, filter=None, extra=(), **options):
        return [row[0] for row in self.fields(pcap, ["_ws.col.Info"], filter, extra, **options)]

    def statistics(self, pcap, *taps, filter=None, **options):
        """The text that `-q -z TAP` prints."""
        words = ["-q"]
        for tap in taps:
            words += ["-z", tap]
        return self.read(pcap, words, filter, **options).stdout

    def _run(self, args, plugin, check, env, timeout, binary=False):
        words = self.sandbox.command(self.program, args)
        process = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
            **self.sandbox.process_options(plugin, env))
        stderr = process.stderr.decode("utf-8", "replace")
        stdout = process.stdout if binary else process.stdout.decode("utf-8", "replace")
        if check and (process.returncode != 0 or stderr):
            ending = f"exit code {process.returncode}"
            if process.returncode < 0:
                ending = f"killed by {signal.Signals(-process.returncode).name}"
            raise AssertionError(f"{' '.join(words)}\n{ending}, stderr:\n{stderr}")
        return Result(stdout, stderr, process.returncode)

    def _verify(self):
        folder = self.sandbox.plugin_dir()
        result = self._run(["-G", "plugins"], True, True, None, TIMEOUT)
        loaded = [line.split("\t") for line in result.stdout.splitlines()]
        paths = [columns[-1] for columns in loaded if columns[0].strip() in sandboxes.PLUGIN_NAMES]
        if len(paths) != 1 or not paths[0].startswith(f"{folder}/"):
            raise AssertionError(f"tshark did not load the plugin from {folder}; loaded: {paths or 'none'}")
        self._verified = True
