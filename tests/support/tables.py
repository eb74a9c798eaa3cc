# SPDX-License-Identifier: GPL-2.0-or-later
"""What do the tables hold that tshark -q -z prints?"""
import re
from collections import namedtuple

LINE = re.compile(r"=+$")


def rows(text, title):
    """The rows of a table as lists of texts, and the names of its columns: ([name, …], [[cell, …], …])."""
    lines = iter(text.splitlines())
    for line in lines:
        if line == f"{title}:":
            break
    else:
        raise AssertionError(f"no table {title!r} in:\n{text}")
    assert next(lines).startswith("Filter for statistics:")
    header = _cells(next(lines))
    # The name of the only table.
    next(lines)
    found = []
    for line in lines:
        if LINE.match(line):
            return header, found
        found.append(_cells(line))
    raise AssertionError(f"the table {title!r} does not end")


LIFE = ("number", "type", "name", "opened", "closed", "end", "uses", "duration", "server", "client")
LIFE_HEADER = ["cmrp.handle.id", "Type", "Name", "Opened in", "Closed in", "End", "Uses", "Duration (s)", "Server", "Client"]
Life = namedtuple("Life", LIFE)


def life(row):
    """A row of context handles, by the names of its cells; 0 for a frame that it does not have.

    A name may hold the character that ends a cell: it takes what the others leave."""
    name = " |".join(row[2:-7])
    opened, closed, end, uses, duration, server, client = row[-7:]
    return Life(int(row[0]), row[1], name, int(opened or 0), int(closed or 0), end, int(uses), float(duration), server, client)


def _cells(line):
    assert line.endswith(" |"), line
    return [cell.strip() for cell in line[:-2].split(" |")]


def tree(text, title):
    """The counts of a tree by path: {("Calls", "Version 3.0"): 13, …}."""
    lines = text.splitlines()
    start = lines.index(f"{title}:")
    found, path = {}, []
    for line in lines[start + 3:]:
        if line.startswith("---"):
            return found
        match = re.match(r"( *)(.+?)  +(-?\d+) ", line)
        if match:
            depth = len(match[1])
            path[depth:] = [match[2]]
            found[tuple(path)] = int(match[3])
    raise AssertionError(f"the tree {title!r} does not end")


def response_times(text):
    """{("3.0", 41): (method, calls, least, most, mean, sum)}"""
    found, version = {}, None
    for line in text.splitlines():
        match = re.match(r"Filter: cmrp.version == (\d) && cmrp.opnum(?: and \(.*\))?$", line)
        if match:
            version = f"{match[1]}.0"
        match = re.match(r" *(\d+)  (\w+) +(\d+)((?: +\d+\.\d{6}){4})$", line)
        if match:
            found[version, int(match[1])] = (match[2], int(match[3]), *map(float, match[4].split()))
    return found
