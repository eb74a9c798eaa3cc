# SPDX-License-Identifier: GPL-2.0-or-later
"""Who compared which stubs with the plugin, and where did they differ?

Each judge's test keeps a record, which is written into the build folder; test_comparisons.py makes one table of all.
Whether a difference is explained, the judge's own test decides.

    with Record("ndrdump") as record:                               a name in JUDGES
        record.agreed(41, "request", "3-ndr")                       all values are equal
        record.differs(43, "request", "3-ndr", "force")             all but this is equal
        record.unknown(184, "request", "3-ndr")                     the judge does not know the method

Encodings are those of support.calls. A stub may differ in several things; each is said by a call of its own.
"""
import json
from collections import Counter, namedtuple

from . import sandbox

Judge = namedtuple("Judge", "encodings what")

DIRECTIONS = ("request", "response")
# Of the encodings that a judge reads, each method of the version must have a verdict. The test of a judge is also named
# in cmake/CmrpTests.cmake, so that it runs before the table is made.
JUDGES = {
    "codec": Judge(("2-ndr", "2-ndr-big", "3-ndr", "3-ndr-big", "3-ndr64", "3-ndr64-big"),
                   "random values that the tests' own codec packed, found again: tests/ndr/test_encodings.py"),
    "ndrdump": Judge(("3-ndr", "3-ndr64"),
                     "Samba's ndrdump, which reads no big-endian stubs: tests/ndr/test_oracle_ndrdump.py"),
    "builtin": Judge(("3-ndr", "3-ndr-big", "3-ndr64", "3-ndr64-big"),
                     "Wireshark's built-in dissector, values and bytes: tests/ndr/test_oracle_builtin.py"),
}
AGREED, UNKNOWN = "agreed", "unknown"
FOLDER = sandbox.BUILD_DIR / "comparisons"


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
        """`what`: the name of a parameter, or a few words."""
        self._say(opnum, direction, encoding, "differs", what)

    def _say(self, opnum, direction, encoding, verdict, what):
        assert direction in DIRECTIONS and encoding in JUDGES[self.judge].encodings, (direction, encoding)
        self.said[opnum, direction, encoding, verdict, what] += 1


def read(judge):
    """What the judge's test recorded: {(opnum, direction, encoding): {(verdict, what): how many stubs}}"""
    path = FOLDER / f"{judge}.json"
    assert path.exists(), f"no record of {judge}: its test was not run, or it failed"
    found = {}
    for opnum, direction, encoding, verdict, what, count in json.loads(path.read_text()):
        found.setdefault((opnum, direction, encoding), {})[verdict, what] = count
    return found
