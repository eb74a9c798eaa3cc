# SPDX-License-Identifier: GPL-2.0-or-later
"""How is text written that others chose: names from packets, and names of files, which may be no UTF-8?"""
import functools
import json
import re
import sys

_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text):
    """For a terminal: nothing in it moves the cursor or starts a new line."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char):
    # So Python writes a byte of a file name that is no UTF-8.
    return f"\\x{ord(char) - 0xDC00:02x}" if "\udc80" <= char <= "\udcff" else f"\\u{ord(char):04x}"


@functools.cache
def _encoder(**options):
    # For speed: json.dumps() makes one each time, which takes as long as its work.
    return json.JSONEncoder(check_circular=False, **options).encode


def as_json(one, **options):
    """One line of JSON that can be written as UTF-8, and from which json.loads() makes the same again."""
    text = _encoder(ensure_ascii=False, **options)(one)
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(one, **options):
    """A line of JSON on standard output, whatever its encoding."""
    # One call: print() makes one for the line and one for its end.
    sys.stdout.write((as_json(one, **options) if _is_utf8(sys.stdout.encoding) else json.dumps(one, **options)) + "\n")


@functools.cache
def _is_utf8(encoding):
    return (encoding or "").lower().replace("-", "") == "utf8"


def in_words(address, port):
    """An end of a connection: 192.0.2.7:49200, [2001:db8::7]:49200."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
