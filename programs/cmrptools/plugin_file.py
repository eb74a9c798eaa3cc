# SPDX-License-Identifier: GPL-2.0-or-later
"""For which Wireshark was a plugin file made, and is it whole? Read from the file itself, without loading it."""
import os
import re
import shlex
import struct
from collections import namedtuple
from pathlib import Path

PT_LOAD = 1
SHT_DYNSYM = 11
# Layouts after the identification: 64-bit and 32-bit.
_HEADER = {2: "HHIQQQIHHHHHH", 1: "HHIIIIIHHHHHH"}
_SECTION = {2: "IIQQQQIIQQ", 1: "IIIIIIIIII"}
_SEGMENT = {2: "IIQQQQQQ", 1: "IIIIIIII"}
_SYMBOL = {2: "IBBHQQ", 1: "IIIBBH"}

_Section = namedtuple("_Section", "type offset size link")
_Segment = namedtuple("_Segment", "type offset address size")


class NotElf(Exception):
    """A file of another kind, or a damaged one."""


class _Elf:
    def __init__(self, data):
        if data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] not in (1, 2):
            raise NotElf
        self._data = data
        self._wide = data[4] == 2
        self._order = "<" if data[5] == 1 else ">"
        header = self._unpack(_HEADER, 16)
        # The table of sections stands at the end of what a linker writes.
        self.size = header[5] + header[10] * header[11]
        self._segments = [self._segment(header[4] + i * header[8]) for i in range(header[9])]
        self._section_table = header[5], header[10], header[11]

    def _unpack(self, layouts, offset):
        return struct.unpack_from(self._order + layouts[2 if self._wide else 1], self._data, offset)

    def _section(self, offset):
        row = self._unpack(_SECTION, offset)
        return _Section(row[1], row[4], row[5], row[6])

    def _segment(self, offset):
        row = self._unpack(_SEGMENT, offset)
        kind, _, start, address, _, size = row[:6] if self._wide else (row[0], 0, *row[1:3], 0, row[4])
        self.size = max(self.size, start + size)
        return _Segment(kind, start, address, size)

    def _symbols(self):
        """(name, address) of what the file exports and wants."""
        start, size, number = self._section_table
        sections = [self._section(start + i * size) for i in range(number)]
        for table in (section for section in sections if section.type == SHT_DYNSYM):
            names = sections[table.link]
            size = struct.calcsize(self._order + _SYMBOL[2 if self._wide else 1])
            for offset in range(table.offset, table.offset + table.size, size):
                row = self._unpack(_SYMBOL, offset)
                start = names.offset + row[0]
                name = self._data[start:self._data.index(b"\0", start)]
                yield name.decode("ascii", "replace"), row[4] if self._wide else row[1]

    def integers(self, *names):
        """The values of exported C variables of type int, None where there is no such variable."""
        found = dict.fromkeys(names)
        for name, address in self._symbols():
            for segment in self._segments:
                if name in found and segment.type == PT_LOAD and 0 <= address - segment.address <= segment.size - 4:
                    offset = address - segment.address + segment.offset
                    found[name] = struct.unpack_from(self._order + "i", self._data, offset)[0]
        return [found[name] for name in names]


def release_of(path):
    """"4.0", or None where neither the file nor its folder tells."""
    path = Path(path)
    try:
        major, minor = _Elf(path.read_bytes()).integers("plugin_want_major", "plugin_want_minor")
        if major is not None and minor is not None:
            return f"{major}.{minor}"
    except (NotElf, IndexError, OverflowError, ValueError, struct.error, OSError):
        pass
    for folder in path.parents[:2]:
        match = re.fullmatch(r"(\d+)[.-](\d+)", folder.name)
        if match:
            return f"{match[1]}.{match[2]}"
    return None


def damage(path):
    """What is wrong with a plugin file: words to follow its name, and what to do. (None, None) if nothing is known."""
    again = "Remove it, then install it again."
    if not os.path.exists(path):
        return ("is a link to a file that is not there", again) if os.path.islink(path) else (None, None)
    if not os.path.isfile(path):
        return "is no file", again
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror})", f"Let everybody read it: chmod a+r {shlex.quote(str(path))}"
    if not data:
        return "is empty", again
    # A library of Windows is another matter.
    said = _damage_of_elf(data) if Path(path).suffix == ".so" else None
    return (said, again) if said else (None, None)


def _damage_of_elf(data):
    try:
        size = _Elf(data).size
    except NotElf:
        return "is no plugin of Linux"
    except (IndexError, OverflowError, struct.error):
        return f"is not whole: these {len(data):,} bytes are its beginning"
    return f"is not whole: it has {len(data):,} of {size:,} bytes" if size > len(data) else None
