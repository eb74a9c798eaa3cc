# SPDX-License-Identifier: GPL-2.0-or-later
"""What does Wireshark show when a person clicks on frames in any order?

sharkd is the engine of Wireshark behind a JSON-RPC pipe. It reads a capture once and then dissects single
frames on demand, as the GUI does.

    with Sharkd() as sharkd:
        sharkd.load(pcap)
        sharkd.frame(7)["tree"]
"""
import json
import os
import selectors
import shutil
import subprocess
import time

from . import sandbox as sandboxes

TIMEOUT = 60
# What sharkd itself writes to stderr.
CHATTER = ("Hello in child.", "load: filename=", "sharkd_session_process_tap() count=")


def labels(tree):
    """The text of each line of a frame's tree, indented by its depth."""
    lines = []

    def walk(nodes, depth):
        for node in nodes:
            if "l" in node:
                lines.append("    " * depth + node["l"])
            walk(node.get("n", ()), depth + 1)

    walk(tree, 0)
    return lines


class Sharkd:
    def __init__(self, plugin=True, env=None, program=None):
        box = sandboxes.sandbox()
        program = program or shutil.which("sharkd")
        if not program:
            raise AssertionError("sharkd was not found: install the package wireshark-common")
        self._box = box
        self._errors = open(box.folder / f"sharkd-{os.getpid()}-{id(self)}.log", "w+b")
        self._process = subprocess.Popen(
            box.command(program, ["-"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, **box.process_options(plugin, env))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._buffer = b""
        self._id = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(check=kind is None)

    def call(self, method, **params):
        """One JSON-RPC call; the result, or an AssertionError with the error's text."""
        self._id += 1
        message = {"jsonrpc": "2.0", "id": self._id, "method": method}
        if params:
            message["params"] = params
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(f"sharkd ended before {method}: {self.stderr()}") from None
        answer = json.loads(self._line(method))
        if "error" in answer:
            raise AssertionError(f"sharkd {method} {params}: {answer['error']}")
        return answer["result"]

    def load(self, pcap):
        return self.call("load", file=str(self._box.readable(pcap)))

    def frame(self, number, **params):
        """The tree (key "tree") and the columns (key "col") of one frame."""
        return self.call("frame", frame=number, proto=True, columns=True, **params)

    def labels(self, number):
        """The text lines of one frame's tree."""
        return labels(self.frame(number)["tree"])

    def frames(self, filter=None):
        """The packet list: number ("num") and columns ("c") of each frame."""
        return self.call("frames", **({"filter": filter} if filter else {}))

    def tap(self, *names):
        return self.call("tap", **{f"tap{index}": name for index, name in enumerate(names)})["taps"]

    def stderr(self):
        self._errors.seek(0)
        text = self._errors.read().decode("utf-8", "replace")
        return "\n".join(line for line in text.splitlines() if not line.startswith(CHATTER))

    def close(self, check=True):
        """End sharkd. It must have said nothing on stderr and end by itself."""
        if self._process.stdin:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        try:
            rc = self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            rc = self._process.wait()
        self._process.stdout.close()
        self._selector.close()
        stderr = self.stderr()
        self._errors.close()
        if check and (rc != 0 or stderr):
            raise AssertionError(f"sharkd ended with {rc}, stderr:\n{stderr}")

    def _line(self, method):
        deadline = time.monotonic() + TIMEOUT
        while b"\n" not in self._buffer:
            if not self._selector.select(max(0, deadline - time.monotonic())):
                self._process.kill()
                raise AssertionError(f"sharkd took more than {TIMEOUT} s for {method}")
            chunk = os.read(self._process.stdout.fileno(), 1 << 20)
            if not chunk:
                raise AssertionError(f"sharkd died in {method}: {self.stderr()}")
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line
