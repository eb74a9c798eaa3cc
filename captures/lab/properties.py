# SPDX-License-Identifier: GPL-2.0-or-later
"""How property lists are laid out, and how they are read (MS-CMRP 2.2.3.10)."""
import struct

from cluster import text

NAME, DWORD, SZ, MULTI_SZ, END = 0x00040003, 0x00010002, 0x00010003, 0x00010005, 0


def _value(syntax, data):
    return struct.pack("<LL", syntax, len(data)) + data + bytes(-len(data) % 4)


def property_list(properties):
    """`properties`: name to int, str or list of str."""
    out = struct.pack("<L", len(properties))
    for name, value in properties.items():
        out += _value(NAME, text(name))
        if isinstance(value, int):
            out += _value(DWORD, struct.pack("<L", value))
        elif isinstance(value, str):
            out += _value(SZ, text(value))
        else:
            out += _value(MULTI_SZ, b"".join(text(v) for v in value) + b"\0\0")
        out += struct.pack("<L", END)
    return out


def parse(data):
    """The names and values of a property list; ValueError if it is none."""
    try:
        count, offset, properties = struct.unpack_from("<L", data)[0], 4, {}
        for _ in range(count):
            syntax, name, offset = _element(data, offset)
            if syntax != NAME:
                raise ValueError("no property name")
            name = _string(name)
            syntax, value, offset = _element(data, offset)
            readers = {DWORD: lambda v: int.from_bytes(v, "little"), SZ: _string,
                       MULTI_SZ: lambda v: _string(v).split("\0")[:-1]}
            properties[name] = readers[syntax](value)
            if struct.unpack_from("<L", data, offset)[0] != END:
                raise ValueError("no end mark")
            offset += 4
    except (struct.error, KeyError) as error:
        raise ValueError("not a property list") from error
    return properties


def _element(data, offset):
    syntax, size = struct.unpack_from("<LL", data, offset)
    start = offset + 8
    return syntax, data[start:start + size], start + size + -size % 4


def _string(value):
    return value.decode("utf-16le").removesuffix("\0")
