# SPDX-License-Identifier: GPL-2.0-or-later
"""Which keys does a Kerberos keytab hold? Their names only, to say why one does not fit."""
import struct
from collections import namedtuple
from pathlib import Path

# Key of a principal, "service/host@REALM": its version, and its encryption type as a number.
Key = namedtuple("Key", "principal version type")

# Those that domains have used.
TYPES = {1: "des-cbc-crc", 3: "des-cbc-md5", 17: "aes128-cts-hmac-sha1-96", 18: "aes256-cts-hmac-sha1-96",
         19: "aes128-cts-hmac-sha256-128", 20: "aes256-cts-hmac-sha384-192", 23: "rc4-hmac"}
MOST_NAMES = 3


def type_name(number):
    return TYPES.get(number, f"encryption type {number}")


def keys(path):
    """The keys of a keytab in the one format that is in use; none if it is of another, or damaged from there on."""
    try:
        data = Path(path).read_bytes()
    except OSError:
        return []
    found, place = [], 2
    while data[:2] == b"\x05\x02" and place + 4 <= len(data):
        size, = struct.unpack_from(">i", data, place)
        place += 4
        try:
            # A negative size is a hole that a removed key left.
            if size > 0:
                found.append(_key(data[place:place + size]))
        except (IndexError, struct.error):
            break
        place += abs(size)
    return found


def _key(entry):
    place = 2

    def text():
        nonlocal place
        length, = struct.unpack_from(">H", entry, place)
        place += 2 + length
        return entry[place - length:place].decode("utf-8", "replace")

    parts = struct.unpack_from(">H", entry)[0]
    realm = text()
    name = "/".join(text() for _ in range(parts))
    place += 8  # name type, time
    version = entry[place]
    kind, length = struct.unpack_from(">HH", entry, place + 1)
    place += 5 + length
    # A version above 255 follows the key.
    if place + 4 <= len(entry):
        version = struct.unpack_from(">I", entry, place)[0] or version
    return Key(f"{name}@{realm}", version, kind)


def why_not(held, wanted):
    """Why none of the keys that are held opens what was sealed with the wanted one: the end of a sentence."""
    if not held:
        return "has no key that could be read"
    # Windows does not tell small from capital letters here.
    same = [key for key in held if key.principal.casefold() == wanted.principal.casefold()]
    if not same:
        names = list(dict.fromkeys(key.principal for key in held))
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return f"has no key of that service, only of {', '.join(names[:MOST_NAMES])}{more}"
    if wanted.version and all(key.version != wanted.version for key in same):
        return f"has its key of version {_list(key.version for key in same)} only"
    if all(key.type != wanted.type for key in same if key.version == wanted.version or not wanted.version):
        return f"has no key of that type, only {_list(type_name(key.type) for key in same)}"
    return "has a key of that name, version and type, but it is another one: the account's password was not this one"


def _list(values):
    return ", ".join(map(str, dict.fromkeys(values)))
