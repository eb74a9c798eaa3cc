# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a test read a capture, change its frames, and write another one?

    traffic = traffic.read(path)          a Traffic: its link type and its frames
    changed = traffic.over([frame._replace(data=frame.data + trailer) for frame in traffic.frames])
    changed.write(other)

A frame knows of which frames of the first capture it is made (`origins`), so that what is said of it can be compared
with what was said of them. Captures are read in both formats (pcap, pcapng) and written as pcap with nanoseconds.
"""
import struct
from collections import namedtuple
from pathlib import Path

ETHERNET = 1
_RECORD = ">IIII"
_NANOSECONDS = 0xA1B23C4D
_MAGICS = {bytes.fromhex(magic): (order, unit) for magic, order, unit in (
    ("a1b2c3d4", ">", 1000), ("d4c3b2a1", "<", 1000), ("a1b23c4d", ">", 1), ("4d3cb2a1", "<", 1))}

# `when` in nanoseconds since 1970; `length` that the frame had on the wire.
Frame = namedtuple("Frame", "when data length origins")


class Traffic:
    """Frames of one link type, in the order in which they stand in the capture."""

    def __init__(self, frames, link=ETHERNET):
        self.frames = list(frames)
        self.link = link

    def over(self, frames, link=None):
        """Other frames; the link type stays unless told otherwise."""
        return Traffic(frames, self.link if link is None else link)

    def origins(self):
        """{frame number here: frame numbers in the capture that was read}"""
        return {number: frame.origins for number, frame in enumerate(self.frames, 1)}

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack(">IHHiIII", _NANOSECONDS, 2, 4, 0, 0, 262144, self.link))
            for frame in self.frames:
                file.write(struct.pack(_RECORD, *divmod(frame.when, 10**9), len(frame.data), frame.length) + frame.data)
        return path


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    link, found = _pcap(data) if data[:4] in _MAGICS else _pcapng(data)
    return Traffic([Frame(*frame, (number,)) for number, frame in enumerate(found, 1)], link)


def _pcap(data):
    order, unit = _MAGICS[data[:4]]
    found, at = [], 24
    while at < len(data):
        seconds, fraction, captured, length = struct.unpack_from(order + "IIII", data, at)
        at += 16 + captured
        found.append((seconds * 10**9 + fraction * unit, data[at - captured:at], length))
    return struct.unpack_from(order + "I", data, 20)[0], found


def _pcapng(data):
    """Of one section with interfaces of one link type, as dumpcap writes them."""
    order = "<" if data[8:12] == bytes.fromhex("4d3c2b1a") else ">"
    units, links, found, at = [], set(), [], 0
    while at < len(data):
        kind, size = struct.unpack_from(order + "II", data, at)
        body = data[at + 8:at + size - 4]
        if kind == 1:
            links.add(struct.unpack_from(order + "H", body)[0])
            units.append(_unit(order, body[8:]))
        elif kind == 6:
            interface, high, low, captured, length = struct.unpack_from(order + "5I", body)
            found.append(((high << 32 | low) * units[interface], body[20:20 + captured], length))
        at += size
    link, = links
    return link, found


def _unit(order, options):
    """The nanoseconds of a time stamp's unit: option if_tsresol, a negative power of ten."""
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, at)
        if code == 9:
            return 10 ** (9 - options[at + 4])
        at += 4 + size + -size % 4
    return 1000


def without_times(path):
    """The frames of a pcap file as a pcapng file of simple packet blocks, which have no times."""
    content = Path(path).read_bytes()
    order = "<" if content[:4] == b"\xd4\xc3\xb2\xa1" else ">"

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)

    whole = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    whole += block(1, struct.pack(order + "HHI", struct.unpack_from(order + "I", content, 20)[0], 0, 0))
    place = 24
    while place < len(content):
        length, original = struct.unpack_from(order + "II", content, place + 8)
        whole += block(3, struct.pack(order + "I", original) + content[place + 16:place + 16 + length])
        place += 16 + length
    return whole
