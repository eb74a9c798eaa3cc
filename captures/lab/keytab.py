# SPDX-License-Identifier: GPL-2.0-or-later
"""How a keytab becomes a file that is the same in each run: MIT's format, version 2, without the time of its making."""
import struct

MAGIC = b"\x05\x02"


def entries(data):
    """The entries of a keytab, as bytes without their length."""
    if not data.startswith(MAGIC):
        raise ValueError("no keytab of version 2")
    offset = len(MAGIC)
    while offset < len(data):
        size, = struct.unpack_from(">l", data, offset)
        offset += 4
        # A negative size is a hole that a removed entry has left.
        if size > 0:
            yield data[offset:offset + size]
        offset += abs(size)


def _time_at(entry):
    """Where the time of an entry stands: behind the components of the name, the realm and the type of the name."""
    components, = struct.unpack_from(">H", entry)
    offset = 2
    for _ in range(components + 1):
        offset += 2 + struct.unpack_from(">H", entry, offset)[0]
    return offset + 4


def timeless(data):
    """The same keytab with each time set to zero."""
    out = MAGIC
    for entry in entries(data):
        start = _time_at(entry)
        out += struct.pack(">l", len(entry)) + entry[:start] + bytes(4) + entry[start + 4:]
    return out
