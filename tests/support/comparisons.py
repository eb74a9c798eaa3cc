# SPDX-License-Identifier: GPL-2.0-or-later
"""Who compared which stubs with the plugin, and where did they differ?

Each judge's test keeps a record, which is written into the build folder; test_comparisons.py makes one table of all.

    with Record("ndrdump") as record:                               a name in JUDGES
        record.agreed(41, "request", "3-ndr")                       all values are equal
        record.differs(43, "request", "3-ndr", "force")             equal but for this, which the table must list
        record.unknown(184, "request", "3-ndr")                     the judge does not know the method

Encodings are those of support.calls. A stub may differ in several things; each is said by a call of its own.
"""
import csv
import json
from collections import Counter, namedtuple

from . import sandbox

Judge = namedtuple("Judge", "encodings what")

DIRECTIONS = ("request", "response")
# Of the encodings that a judge reads, each method of the version must have a verdict. The test of a judge is also named
# in cmake/CmrpTests.cmake, so that it runs before the table is made.
JUDGES = {
    "codec": Judge(("2-ndr", "2-ndr-big", "3-ndr", "3-ndr-big", "3-ndr64", "3-ndr64-big"),
                   "random values that the tests' own codec packed, found again: tests/test_encodings.py"),
}
AGREED, UNKNOWN = "agreed", "unknown"
FOLDER = sandbox.BUILD_DIR / "comparisons"
DIFFERENCES = sandbox.SOURCE_DIR / "tests" / "data" / "oracle-differences.tsv"

Difference = namedtuple("Difference", "judges opnum direction encodings what why section")


class Record:
    """What one judge said. It is written at the end, in the place of what an earlier run wrote."""

    def __init__(self, judge):
        assert judge in JUDGES, judge
        self.judge = judge
        self.said = Counter()
        self._path = FOLDER / f"{judge}.json"

    def __enter__(self):
        FOLDER.mkdir(exist_ok=True)
        self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self._path.write_text(json.dumps([[*place, count] for place, count in sorted(self.said.items())]))

    def agreed(self, opnum, direction, encoding):
        self._say(opnum, direction, encoding, AGREED, "")

    def unknown(self, opnum, direction, encoding):
        self._say(opnum, direction, encoding, UNKNOWN, "")

    def differs(self, opnum, direction, encoding, what):
        """`what`: the name in the table of differences."""
        self._say(opnum, direction, encoding, "differs", what)

    def _say(self, opnum, direction, encoding, verdict, what):
        assert direction in DIRECTIONS and encoding in JUDGES[self.judge].encodings, (direction, encoding)
        self.said[opnum, direction, encoding, verdict, what] += 1

    def differences(self):
        """What this judge read differently, as listed() has it."""
        return {(*place, what) for *place, verdict, what in self.said if verdict == "differs"}


def read(judge):
    """What the judge's test recorded: {(opnum, direction, encoding): {(verdict, what): how many stubs}}"""
    path = FOLDER / f"{judge}.json"
    assert path.exists(), f"no record of {judge}: its test was not run, or it failed"
    found = {}
    for opnum, direction, encoding, verdict, what, count in json.loads(path.read_text()):
        found.setdefault((opnum, direction, encoding), {})[verdict, what] = count
    return found


def table():
    """The rows of the table of differences."""
    lines = [line for line in DIFFERENCES.read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert tuple(rows[0]) == Difference._fields
    assert all(len(row) == len(rows[0]) and all(row) for row in rows), "a row with too few or empty cells"
    return [Difference(row[0].split(","), int(row[1]), *row[2:]) for row in rows[1:]]


def listed(judge):
    """The differences that the table has of this judge: {(opnum, direction, encoding, what)}"""
    found = set()
    for row in table():
        assert set(row.judges) <= set(JUDGES) and row.direction in DIRECTIONS, row
        if judge in row.judges:
            encodings = JUDGES[judge].encodings if row.encodings == "*" else row.encodings.split(",")
            assert set(encodings) <= set(JUDGES[judge].encodings), row
            found |= {(row.opnum, row.direction, encoding, row.what) for encoding in encodings}
    return found
