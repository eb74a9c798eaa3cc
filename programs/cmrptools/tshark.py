# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the programs run tshark with the plugin, and what do they say when that fails?"""
import argparse
import contextlib
import functools
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections import namedtuple
from pathlib import Path

from . import host, live, unbound
from .errors import ToolError
from .surroundings import Surroundings, default_plugin_dir


_CELL, _VALUE = "\x1f", "\x1e"


class CaptureError(ToolError):
    """The capture, not the installation, is what is wrong."""


class LimitExceeded(CaptureError):
    """tshark took more time or memory than it was allowed."""


def add_options(parser, batch=False):
    """The options of argparse that every program passes through to tshark.

    A `batch` notes them in a file, where no password belongs, and reads from pipes, which can be read only once.
    """
    group = parser.add_argument_group("how the captures are read")
    if not batch:
        group.add_argument("--two-pass", action="store_true", help="read each capture twice, as tshark's -2")
    password = group.add_mutually_exclusive_group()
    if not batch:
        password.add_argument("--nt-password", metavar="PASSWORD", help="NT password that decrypts NTLM")
    password.add_argument("--nt-password-file", metavar="FILE", help="file with the NT password that decrypts NTLM")
    group.add_argument("--keytab", metavar="FILE", help="Kerberos keytab that decrypts Kerberos")
    group.add_argument("--port", metavar="N", type=_port, action="append", default=[],
                       help="TCP port of the cluster service; may be given again")
    group.add_argument("--server", metavar="ADDRESS:PORT", type=unbound.endpoint, action="append", default=[],
                       help="a cluster service: its connections are read even if the capture begins after their bind")
    group.add_argument("--not-server", metavar="ADDRESS:PORT", type=unbound.endpoint, action="append", default=[],
                       help="another service: its connections are left out if the capture begins after their bind")
    group.add_argument("--decode-as", metavar="RULE", action="append", default=[],
                       help="as tshark's -d, for example tcp.port==49200,dcerpc")
    group.add_argument("--plugin-dir", metavar="DIR", help="use the plugin in DIR/VERSION/epan, not the installed one")
    group.add_argument("--tshark", metavar="PROGRAM", help="the tshark to run")


def _port(word):
    if not word.isascii() or not word.isdigit() or not 0 < int(word) < 65536:
        raise argparse.ArgumentTypeError(f"{word} is no port: a number from 1 to 65535")
    return int(word)


def _password(options):
    if options.nt_password_file is None:
        return getattr(options, "nt_password", None)
    try:
        with open(options.nt_password_file, encoding="utf-8") as file:
            line = file.readline()
        if not line:
            raise ToolError(f"The password file {options.nt_password_file} is empty: its first line is the password.")
        return line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ToolError(f"The password file {options.nt_password_file} cannot be read: "
                        f"{getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from None


def check_readable(path, what):
    """End with a sentence if a file is not there or cannot be read."""
    try:
        if not os.path.lexists(path):
            raise CaptureError(f"There is no {what} {path}.")
        if not Path(path).is_file():
            raise CaptureError(f"The {what} {path} {_what_it_is(path, what)}.")
        with open(path, "rb"):
            pass
    except OSError as error:
        raise CaptureError(f"The {what} {path} cannot be read: {error.strerror}.") from None


def _what_it_is(path, wanted):
    if Path(path).is_dir():
        return "is a folder: name the files in it"
    if Path(path).exists():
        return f"is no file: name one that holds a {wanted}"
    return f"is a link to {os.readlink(path)}, which is not there"


# What the user gave to decrypt with: whether a password, and the path of the keytab or None.
Keys = namedtuple("Keys", "password keytab")


class Tshark:
    """tshark with the plugin. `keys`: the Keys it was given. `limits`: seconds for all runs together, bytes for each;
    None for no limit. `said`: what the user says of servers.
    """

    def __init__(self, surroundings, program, arguments, keys, two_pass=False, limits=(None, None), said=unbound.Said()):
        self.keys = keys
        self.said = said
        self.process = None  # the number of the process that reads a capture now
        self._surroundings = surroundings
        self._program = program
        self._arguments = arguments
        self._two_pass = two_pass
        self._seconds, self._bytes = limits
        if self._bytes and host.resource is None:
            raise ToolError("The memory of tshark cannot be limited on Windows.")
        self._end = time.monotonic() + self._seconds if self._seconds else None
        self._running, self._stopped = set(), False
        # Several threads may read captures.
        self._lock = threading.Lock()

    def stop(self):
        """End what runs, and start nothing any more; for another thread than the one that reads."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    def seconds_left(self):
        """At least a moment; None if there is no limit."""
        return None if self._end is None else max(self._end - time.monotonic(), 0.001)

    @functools.cached_property
    def _doubles_backslashes(self):
        """True if -T fields writes every backslash of a value twice, as tshark does since 4.2."""
        said = subprocess.run(
            [self._program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            errors="replace", check=False, **self._surroundings.process_options()).stdout
        release = re.search(r"Wireshark\)? (\d+)\.(\d+)", said)
        return release is not None and (int(release[1]), int(release[2])) >= (4, 2)

    def rows(self, capture, filter, names, source=None, naming=()):
        """For each frame that matches a display filter the cells of these fields; a cell is a list of values.

        `naming`: further arguments.
        """
        words = [*naming, "-Y", filter, "-T", "fields", "-E", f"separator={_CELL}", "-E", f"aggregator={_VALUE}"]
        for name in names:
            words += ["-e", name]
        doubled = self._doubles_backslashes
        with self.lines(capture, words, source) as lines:
            for line in lines:
                cells = (line.replace("\\\\", "\\") if doubled else line).rstrip("\n").split(_CELL)
                if len(cells) != len(names):
                    raise ToolError(f"tshark did not print the fields of {capture} as it was asked to.")
                yield [cell.split(_VALUE) if cell else [] for cell in cells]

    @contextlib.contextmanager
    def lines(self, capture, arguments, source=None):
        """The lines that tshark prints about a capture, as an iterator; tshark has ended with the `with` block.

        A failure raises ToolError at the end of the lines. `source`: a joined.Join or a live.Feed.
        """
        words = [self._program, "-n", *self._arguments]
        words += ["-r", "-" if source else self._surroundings.readable(capture)]
        if self._two_pass:
            words.append("-2")
        with contextlib.ExitStack() as ending:
            errors = ending.enter_context(tempfile.TemporaryFile())
            pipe = ending.enter_context(source.pipe()) if source else None
            process = self._start([*words, *arguments], pipe or subprocess.DEVNULL, errors, source)
            expired = threading.Event()
            ending.callback(self._stop, process)
            self.process = process.pid
            if self._end is not None:
                timer = threading.Timer(self.seconds_left(), lambda: (expired.set(), process.kill()))
                ending.callback(timer.cancel)
                timer.start()
            yield self._until_end(process, errors, capture, expired)

    def _start(self, words, stdin, errors, source):
        # Python warns of what runs between fork and exec when there are threads: this is one system call.
        limited = {"preexec_fn": self._limit_memory} if self._bytes else {}
        # What ends a capture that goes on is not to end tshark, which has to tell what it read of it.
        apart = {"start_new_session": True, "creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)} \
            if isinstance(source, live.Feed) else {}
        with self._lock:
            if self._stopped:
                raise ToolError("tshark was stopped.")
            try:
                process = subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8",
                                           errors="replace", **self._surroundings.process_options(), **limited, **apart)
            except OSError as error:
                raise ToolError(f"{self._program} cannot be run: {error.strerror}.") from None
            self._running.add(process)
            return process

    def _stop(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()
        with self._lock:
            self._running.discard(process)
        process.stdout.close()

    def _limit_memory(self):
        host.resource.setrlimit(host.resource.RLIMIT_AS, (self._bytes, self._bytes))

    def _until_end(self, process, errors, capture, expired):
        yield from process.stdout
        status = process.wait()
        if expired.is_set():
            raise LimitExceeded(f"Reading {capture} took more than {self._seconds:g} s.")
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
        if "KERBEROS ERROR" in said:
            raise ToolError(f"tshark cannot read the keytab {self.keys.keytab}: is it one? klist -k shows what a keytab holds.")
        if status == 0:
            return
        if self._bytes and any(word in said for word in ("allocat", "emory", "failed to map")):
            raise LimitExceeded(f"Reading {capture} took more than {self._bytes / 2**20:.0f} MiB of memory.")
        raise self._failure(status, said, capture)

    def _failure(self, status, said, capture):
        if "cmrp." in said and "neither a field nor a protocol" in said or '"cmrp,rules"' in said or '"cmrp,json"' in said:
            return ToolError(self._why_not_loaded())
        if status < 0:
            return CaptureError(f"tshark was ended by signal {-status} while it read {capture}.")
        lines = [line for line in said.splitlines() if line.startswith("tshark: ")] or said.splitlines()[-1:]
        reason = lines[0].removeprefix("tshark: ") if lines else f"tshark failed with status {status}."
        if status == 1:
            return ToolError(f"tshark refuses its options: {reason}")
        # It may have read a copy.
        for word in reason.split('"')[1::2]:
            if word.endswith(Path(capture).name):
                reason = reason.replace(word, str(capture))
        return CaptureError(reason)

    def _why_not_loaded(self):
        """Called when tshark does not know the plugin's filters."""
        process = subprocess.run(
            [self._program, "-G", "plugins"], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            errors="replace", check=False, **self._surroundings.process_options())
        for line in process.stderr.splitlines():
            if "cmrp" in line:
                return f"tshark did not load the plugin: {line.strip().removeprefix('tshark: ')}"
        for line in process.stdout.splitlines():
            if line.startswith(host.PLUGIN_NAMES):
                return f"tshark loaded a plugin {line.split()[0]} that is too old for this program."
        return ("tshark did not load the plugin: it is not installed, or not for this Wireshark "
                "(--plugin-dir names the folder of one that is not installed).")


@contextlib.contextmanager
def opened(options, limits=(None, None)):
    """The Tshark for parsed options (see add_options)."""
    program = options.tshark or shutil.which("tshark")
    if program and os.path.dirname(program):
        program = os.path.abspath(program)
    if program is None:
        raise ToolError("tshark was not found: install the package tshark, or name the program with --tshark.")
    preferences = {}
    password = _password(options)
    if password is not None:
        preferences["ntlmssp.nt_password"] = password
    if options.keytab is not None:
        check_readable(options.keytab, "keytab")
    arguments = []
    said = unbound.Said(*(frozenset(map(tuple, one)) for one in (options.server, options.not_server)), frozenset(options.port))
    ports = dict.fromkeys([*options.port, *(port for _, port in said.servers)])
    for rule in [*(f"tcp.port=={port},dcerpc" for port in ports), *options.decode_as]:
        arguments += ["-d", rule]
    with Surroundings(options.plugin_dir or default_plugin_dir(), preferences) as surroundings:
        if options.keytab is not None:
            # The preference says that what the keys open is to be opened.
            arguments += ["-o", "kerberos.decrypt:TRUE", "-K", surroundings.readable_secret(options.keytab)]
        keys = Keys(password is not None, options.keytab)
        yield Tshark(surroundings, program, arguments, keys, getattr(options, "two_pass", False), limits, said)
