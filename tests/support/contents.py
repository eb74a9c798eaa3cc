# SPDX-License-Identifier: GPL-2.0-or-later
"""How are the contents of byte arrays made: property lists, registry batches, plain structures?

    octets = property_list(prop("Priority", value(DWORD, dword(7))))
    octets, expected = Sample(tables, names).layout("CLUS_DISK_NUMBER_INFO")
"""
import datetime
import struct
import uuid

from .tshark import time_text

ENDMARK, NAME = 0x00000000, 0x00040003
RESCLASS, SIGNATURE, SCSI, DISK_NUMBER = 0x00020002, 0x00050002, 0x00060002, 0x00070002
BINARY, DWORD, SZ, EXPAND_SZ, MULTI_SZ = 0x00010001, 0x00010002, 0x00010003, 0x00010004, 0x00010005
ULARGE, LONG, EXPANDED_SZ, DESCRIPTOR = 0x00010006, 0x00010007, 0x00010008, 0x00010009
LARGE, WORD, FILETIME = 0x0001000A, 0x0001000B, 0x0001000C
PARTITION_INFO, SERIAL, DISK_GUID = 0x00080001, 0x000A0003, 0x000B0003
DISK_SIZE, PARTITION_INFO_EX, PARTITION_INFO_EX2 = 0x000C0006, 0x000D0001, 0x000E0001

TIME, MOMENT = 132882409220000000, datetime.datetime(2022, 2, 2, 2, 2, 2)


def word(number):
    return struct.pack("<H", number)


def dword(number):
    return struct.pack("<I", number)


def qword(number):
    return struct.pack("<Q", number)


def text(string):
    return string.encode("utf-16-le") + b"\0\0"


def texts(*strings):
    """A multi-string: an empty one has its own NUL too."""
    return b"".join(map(text, strings)) + b"\0\0"


def padded(octets, unit=4):
    return octets + bytes(-len(octets) % unit)


def value(syntax, octets, size=None):
    return dword(syntax) + dword(len(octets) if size is None else size) + padded(octets)


def prop(name, *values, end=dword(ENDMARK)):
    return value(NAME, text(name)) + b"".join(values) + end


def value_list(*values, end=dword(ENDMARK)):
    return b"".join(values) + end


def property_list(*props, count=None):
    return dword(len(props) if count is None else count) + b"".join(props)


def command(type_, name, octets=b"", value_type=0, name_octets=None):
    """A BATCH_UPDATE_COMMAND."""
    name_octets = text(name) if name_octets is None else name_octets
    numbers = struct.pack("<III", type_, value_type, len(name_octets))
    return padded(numbers + name_octets + dword(len(octets)) + octets, 2)


def batch(*commands, version=1):
    return dword(version) + b"".join(commands)


def sid(*subauthorities, authority=5):
    return struct.pack(">BBHI", 1, len(subauthorities), 0, authority) + b"".join(
        map(dword, subauthorities)
    )


def ace(type_, rights, trustee):
    return struct.pack("<BBHI", type_, 0, 8 + len(trustee), rights) + trustee


def acl(*aces):
    octets = b"".join(aces)
    return struct.pack("<BBHHH", 2, 0, 8 + len(octets), len(aces), 0) + octets


def descriptor(owner=b"", group=b"", sacl=b"", dacl=b""):
    """A self-relative security descriptor; an empty part is absent."""
    offsets, body = [], b""
    for part in (owner, group, sacl, dacl):
        offsets.append(20 + len(body) if part else 0)
        body += part
    return struct.pack("<BBH4I", 1, 0, 0x8004, *offsets) + body


class Sample:
    """Octets of a layout of layouts.tsv and, for each of its fields, the values it must show.

    `tables` are those of the IDL compiler, `lowered` its rows, which know the names of filters."""

    def __init__(self, tables, lowered):
        self._tables = tables
        self._rows = {row.name: row for row in lowered.contents.layouts}
        self._next = 0

    def layout(self, name):
        octets, expected = b"", []
        numbers = []
        for place, member in enumerate(self._tables.layouts[name]):
            field = self._rows[name].members[place].field.abbrev
            if member.when is not None and numbers[member.when[0]] != member.when[1]:
                numbers.append(0)
                continue
            more, shown, number = self._member(name, place, member, field, numbers)
            octets += more
            expected += shown
            numbers.append(number)
        return octets, expected

    def _member(self, name, place, member, field, numbers):
        told = member.counted_by >= 0
        count = numbers[member.counted_by] if told else member.count or 2
        if member.type == "bytes":
            octets = self._octets(count)
            return octets, [(field, octets)], 0
        if member.type == "text":
            string = "ab" if count >= 6 else ""
            return text(string).ljust(count, b"\0")[:count], [(field, string)], 0
        octets, expected, number = b"", [], 0
        for _ in range(count):
            more, shown, number = self._one(name, place, member, field)
            octets += more
            expected += shown
        return octets, expected, number

    def _one(self, name, place, member, field):
        self._next += 1
        if member.type == "string":
            string = f"text{self._next}"
            return text(string), [(field, string)], 0
        if member.type == "strings":
            strings = [f"one{self._next}", f"two{self._next}"]
            return texts(*strings), [(field, string) for string in strings], 0
        if member.type == "guid":
            guid = uuid.UUID(int=0x11112222333344445555666677770000 + self._next)
            return guid.bytes_le, [(field, str(guid))], 0
        if member.type == "filetime":
            return qword(TIME), [(field, time_text(MOMENT, 0))], 0
        if member.type in self._tables.layouts:
            octets, expected = self.layout(member.type)
            return octets, expected, 0
        size = int(member.type.strip("uintbol")) // 8
        number = self._number(name, place, member)
        return number.to_bytes(size, "little"), [(field, number)], number

    def _number(self, name, place, member):
        rest = self._tables.layouts[name][place + 1:]
        if any(later.counted_by == place for later in rest):
            return 6
        if member.enumeration:
            values = [item.value for item in self._tables.enums[member.enumeration].items]
            return max(value for value in values if value is not None)
        return 1 if member.type.startswith("bool") else self._next % 200 + 1

    def _octets(self, count):
        return bytes(range(1, count + 1))


def shown(value):
    """A value of tshark's JSON as a Sample expects it: a number, a text, octets."""
    if value in ("True", "False"):
        return int(value == "True")
    try:
        return int(value, 0)
    except ValueError:
        return value


def judged(tree):
    """The findings of a frame that are about what is inside byte arrays."""
    return [rule for rule in tree.findings() if rule.startswith(("control-property", "registry-batch"))]
