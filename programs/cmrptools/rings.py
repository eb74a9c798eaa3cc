# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files of a folder belong together, because one capture went on from file to file?

dumpcap writes NAME_00001_YYYYmmddHHMMSS.pcapng, NAME_00002_…, or with nametimenum the number last. Files belong
together when folder, name and ending are the same, numbers follow each other, times do not go back, and they were
captured at interfaces of the same name and link type.
"""
import gzip
import re
import struct
from pathlib import Path

CAPTURE = re.compile(r"\.(pcap|pcapng|cap|dmp|ntar)\d*(\.(gz|zst|lz4))?$", re.IGNORECASE)
RING = re.compile(r"(?P<point>.+)_(?:(?P<number>\d{5,})_(?P<time>\d{14})|(?P<time2>\d{14})_(?P<number2>\d{5,}))"
                  r"(?P<rest>\.[^_]*)")
_SECTION, _INTERFACE, _ENHANCED, _SIMPLE = 0x0A0D0D0A, 1, 6, 3
_IF_NAME = 2


def groups(paths, most_bytes):
    """Lists of paths, each to be read as one capture; `most_bytes` is the size at which a new one begins."""
    singles, rings = [], {}
    for path in sorted(map(Path, paths)):
        found = RING.fullmatch(path.name)
        if found is None:
            singles.append([path])
            continue
        key = path.parent, found["point"], found["rest"]
        when, number = found["time"] or found["time2"], int(found["number"] or found["number2"])
        rings.setdefault(key, []).append((when, number, path))
    found = singles
    for files in rings.values():
        found += _follow(sorted(files), most_bytes)
    return sorted(found)


def _follow(files, most_bytes):
    made, size, before = [], 0, None
    for _, number, path in files:
        length = path.stat().st_size
        now = number, interfaces(path)
        if before is None or number != before[0] + 1 or not _alike(before[1], now[1]) or size + length > most_bytes:
            made.append([])
            size = 0
        made[-1].append(path)
        size += length
        before = now
    return made


def _alike(one, other):
    # What cannot be read is no reason to part its neighbours: who judges it sees that it is not whole.
    return one is None or other is None or one == other


def interfaces(path):
    """The names and link types of the interfaces at the beginning of a capture file; None if that is not known."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as file:
            head = file.read(65536)
    except (OSError, EOFError):
        return None
    if len(head) >= 24 and head[:4] in (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        return [("", struct.unpack_from(">I", head, 20)[0])]
    if len(head) >= 24 and head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return [("", struct.unpack_from("<I", head, 20)[0])]
    if head[:4] == b"\x0a\x0d\x0d\x0a" and head[8:12] in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
        return _of_pcapng(head, "<" if head[8:9] == b"\x4d" else ">")
    return None


def _of_pcapng(head, order):
    found, place = [], 0
    while place + 12 <= len(head):
        kind, length = struct.unpack_from(order + "II", head, place)
        if length < 12 or length % 4 or kind in (_ENHANCED, _SIMPLE) or (kind == _SECTION and place):
            break
        if kind == _INTERFACE and place + length <= len(head) and length >= 20:
            found.append((_if_name(head[place + 16:place + length - 4], order),
                          struct.unpack_from(order + "H", head, place + 8)[0]))
        place += length
    return found


def _if_name(options, order):
    place = 0
    while place + 4 <= len(options):
        kind, length = struct.unpack_from(order + "HH", options, place)
        if kind == _IF_NAME:
            return options[place + 4:place + 4 + length].decode("utf-8", "replace").rstrip("\0")
        if kind == 0:
            break
        place += 4 + (length + 3) // 4 * 4
    return ""
