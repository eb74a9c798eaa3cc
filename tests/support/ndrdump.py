# SPDX-License-Identifier: GPL-2.0-or-later
"""What does Samba's ndrdump read in a stub?

    dump = Ndrdump(statuses).read(43, "request", stub, ndr64=True)
    dump.values    {"Group": b"…", "force": 1}, in the order of the stub; None if ndrdump refused it
    dump.unread    how many bytes it left
    dump.error     why it refused the stub: "Bad Array Size"

Values look like those of cmrp_ndr, but for times, which are the text that ndrdump prints, or 0. Pointers are left out:
what they point to stands in their place, or None. The value that a method returns is among the others, as Samba names it.
"""
import re
import shutil
import subprocess
import tempfile
from collections import namedtuple
from pathlib import Path
from uuid import UUID

Dump = namedtuple("Dump", "values unread error text")

INDENTATION = 4
PIPE = "clusapi"
# A name (or the number of an element) and what is said of it. The bits of a mask, which follow its number with
# another indentation, are no lines of this form.
_LINE = re.compile(r"((?:    )+)([A-Za-z]\w*|\[\d+\]) *: ?(.*)")
_ARRAY = re.compile(r"ARRAY\((\d+)\)( : NULL)?")
# A number in brackets behind its hexadecimal form or its name, or a plain one.
_NUMBER = re.compile(r"(?:.*\((-?\d+)\)|(-?\d+))")
_STATUS = re.compile(r"(?:(?:DOS|HRES) code )?(0x[0-9a-f]{8})")


class Ndrdump:
    """`statuses`: the numbers of the names that it prints for statuses."""

    def __init__(self, statuses):
        assert shutil.which("ndrdump"), "ndrdump is missing: install the package samba-testsuite"
        self._statuses = statuses

    def methods(self):
        """The names of the methods that ndrdump knows, in the order of their opnums."""
        done = subprocess.run(["ndrdump", PIPE], capture_output=True, text=True, timeout=60, check=False)
        found = re.findall(r"^\s+0x[0-9a-f]+ \( *(\d+)\) (\w+)$", done.stdout, re.MULTILINE)
        assert found and [int(opnum) for opnum, _ in found] == list(range(len(found))), done.stdout
        return [name.removeprefix("clusapi_") for _, name in found]

    def read(self, opnum, direction, stub, ndr64=False, request=None):
        """`request`: the stub that told the sizes of this response's buffers."""
        words = ["--ndr64"] if ndr64 else []
        with tempfile.TemporaryDirectory(prefix="cmrp-ndrdump-") as folder:
            if request is not None:
                (Path(folder) / "context").write_bytes(request)
                words += ["--context-file", "context"]
            (Path(folder) / "stub").write_bytes(stub)
            words += [PIPE, str(opnum), "in" if direction == "request" else "out", "stub"]
            # Times are local ones.
            done = subprocess.run(["ndrdump", *words], cwd=folder, capture_output=True, timeout=60, check=False,
                                  env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"})
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        return self._dump(text)

    def _dump(self, text):
        refused = re.search(r"^pull (?:for context file )?returned (?!Success)(.*)$", text, re.MULTILINE)
        if refused:
            return Dump(None, 0, refused[1], text)
        assert "dump OK" in text, text
        unread = re.search(r"^WARNING! (\d+) unread bytes$", text, re.MULTILINE)
        matches = filter(None, map(_LINE.fullmatch, text.splitlines()))
        lines = [(len(match[1]) // INDENTATION, match[2], match[3].strip()) for match in matches]
        # The method, and within it the direction.
        (_, method), = self._block(lines, 1)
        values, = method.values()
        assert lines == [], text
        return Dump(values, int(unread[1]) if unread else 0, None, text)

    def _block(self, lines, depth):
        """Takes the lines of a depth and those below them: [(name, value)]."""
        found = []
        while lines and lines[0][0] == depth:
            _, name, said = lines.pop(0)
            found.append((name, self._value(said, lines, depth + 1)))
        return found

    def _value(self, said, lines, below):
        array = _ARRAY.fullmatch(said)
        if said == "NULL" or array and array[2]:
            return None
        if said == "*":
            (_, value), = self._block(lines, below)
            return value
        if array:
            elements = [value for _, value in self._block(lines, below)]
            assert len(elements) == int(array[1]), elements
            return elements
        if said.startswith("struct "):
            block = self._block(lines, below)
            members = dict(block)
            assert len(members) == len(block), members
            if said == "struct policy_handle":
                return members["handle_type"].to_bytes(4, "little") + UUID(members["uuid"]).bytes_le
            return members
        return self._scalar(said)

    def _scalar(self, said):
        if len(said) > 1 and said[0] == said[-1] == "'":
            return said[1:-1]
        status = _STATUS.fullmatch(said)
        if status:
            return int(status[1], 16)
        # NTTIME(0) is one of them.
        number = _NUMBER.fullmatch(said)
        if number:
            return int(number[1] or number[2])
        # What remains is a status by its name, a UUID or a time.
        return self._statuses.get(said, said)
