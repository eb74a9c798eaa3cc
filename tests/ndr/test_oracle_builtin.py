# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin show every value that Wireshark's built-in dissector shows, and where do they differ?

Both read the same captures: for every opnum that the built-in knows, requests and responses of random valid values, in
NDR and NDR64 and both byte orders. Names, values and bytes are compared (support/builtin.py), and each byte must
belong to a field of the plugin. What differs stands in data/builtin-differences.tsv with its reason; a difference that
is not in it fails, and so does one that is gone. What was compared goes into the table of comparisons.
"""
from collections import Counter, namedtuple
from fnmatch import fnmatchcase

import pytest
from cmrpidl.model import ContextHandle
from support import leaves, sandbox
from support.builtin import differences
from support.calls import ENCODINGS
from support.comparisons import DIRECTIONS, JUDGES, Record
from support.examples import Full, Printable, call_of
from support.scenes import Scene

TABLE = sandbox.SOURCE_DIR / "tests" / "data" / "builtin-differences.tsv"

# `builtin` and `plugin` are patterns of filters: what the one shows and the other does not.
Row = namedtuple("Row", "opnums direction name builtin plugin what why section until", defaults=("",))
Difference = namedtuple("Difference", "opnum direction name")


class Loud(Full):
    """Every bit of every number is set."""

    def integer(self, low, high):
        return -1 if low < 0 else high


# The last two with NULL pointers and empty arrays.
SOURCES = (Full, Loud, Printable, Printable)


def rows(every=False):
    """Those of the Wireshark that is tested, or of every release."""
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:
        opnums, direction, name, builtin, plugin, *rest = line.split("\t")
        row = Row([int(opnum) for opnum in opnums.split()], direction, name, builtin.split(), plugin.split(), *rest)
        if every or not row.until or sandbox.wireshark_release() < tuple(map(int, row.until.split("."))):
            yield row


ROWS = list(rows())


def matches(row, difference):
    return difference.opnum in row.opnums and difference.direction == row.direction and any(
        fnmatchcase(difference.name, pattern) for pattern in row.builtin + row.plugin)


@pytest.fixture(scope="module")
def operations(tshark):
    """The names that the built-in has for opnums."""
    lines = [line.split("\t") for line in tshark.run(["-G", "values"], plugin=False).stdout.splitlines()]
    return {int(line[2], 0): line[3] for line in lines if line[:2] == ["V", "clusapi.opnum"]}


def write(model, opnums):
    def write_all(calls):
        frames = {}
        for opnum in opnums:
            for number, source in enumerate(SOURCES):
                asked, told = call_of(source(f"{opnum} {number}"), model, 3, opnum)
                frames[opnum, "request", number] = calls.request(opnum, calls.pack_request(opnum, **asked))
                frames[opnum, "response", number] = calls.response(calls.pack_response(opnum, **told))
        return frames

    return write_all


@pytest.fixture(scope="module")
def found(tshark, model, operations):
    """The differences of each encoding, and how many values of the built-in were compared in each direction of each
    opnum."""
    result, compared = {}, Counter()
    with Record("builtin") as record:
        for encoding in JUDGES["builtin"].encodings:
            scene = Scene(tshark, model, ENCODINGS[encoding], write(model, operations))
            ours = leaves.read(tshark, scene.path)
            theirs = leaves.read(tshark, scene.path, plugin=False)
            result[encoding] = {}
            for (opnum, direction, number), frame in scene.frames.items():
                assert leaves.unclaimed(ours[frame]) == [], (encoding, opnum, direction)
                compared[encoding, opnum, direction] += len(theirs[frame])
                handle = direction == "response" and isinstance(model.method(3, opnum).returns, ContextHandle)
                different = differences(theirs[frame], ours[frame], handle)
                for leaf in different:
                    result[encoding].setdefault(Difference(opnum, direction, leaf.name), []).append((number, leaf))
                say(record, opnum, direction, encoding, different)
            for method in model.interface(3).methods:
                for direction in DIRECTIONS:
                    if method.opnum not in operations:
                        record.unknown(method.opnum, direction, encoding)
    return result, compared


def say(record, opnum, direction, encoding, different):
    if not different:
        record.agreed(opnum, direction, encoding)
    names = {next((row.name for row in ROWS if matches(row, Difference(opnum, direction, leaf.name))), leaf.name)
             for leaf in different}
    for name in names:
        record.differs(opnum, direction, encoding, name)


def test_the_builtin_decoded_every_opnum_that_it_knows(model, operations, found):
    _, compared = found
    assert set(range(184)) <= set(operations)
    for encoding in JUDGES["builtin"].encodings:
        for opnum in operations:
            method = model.method(3, opnum)
            # Each PDU has its opnum, all but the first a link; each parameter adds at least one value.
            assert compared[encoding, opnum, "request"] >= len(SOURCES) * (1 + len(method.request)), (encoding, opnum)
            assert compared[encoding, opnum, "response"] >= len(SOURCES) * (2 + len(method.response)), (encoding, opnum)


@pytest.mark.parametrize("encoding", JUDGES["builtin"].encodings)
def test_only_the_listed_values_differ(found, encoding):
    unlisted = {difference: places[0] for difference, places in found[0][encoding].items()
                if not any(matches(row, difference) for row in ROWS)}
    assert not unlisted, "\n".join(f"{difference}: {place}" for difference, place in unlisted.items())


def test_every_listed_difference_is_there(found):
    """In one encoding at least, each field of a row, in each opnum of the row."""
    differing = {difference for encoding in found[0].values() for difference in encoding}
    gone = [(opnum, row.direction, pattern) for row in ROWS for opnum in row.opnums
            for pattern in row.builtin + row.plugin
            if not any(difference.opnum == opnum and difference.direction == row.direction
                       and fnmatchcase(difference.name, pattern) for difference in differing)]
    assert gone == []


def test_each_row_says_why_and_where():
    assert all(row.name and row.what and row.why and row.section and row.direction in DIRECTIONS
               for row in rows(every=True))


def test_operations_have_the_specifications_names(model, operations):
    """The built-in's lack the prefix. It names what MS-CMRP reserves, and repeats a misprint (idl/README.md)."""
    other = {opnum for opnum, name in operations.items() if name != model.method(3, opnum).name.removeprefix("Api")}
    assert other == {140, 141, 142, 149}


def leaf(name, value, start=0, octets=b"\1\0\0\0", mask=0):
    return leaves.Leaf(name, value, start, len(octets), octets, mask)


@pytest.mark.parametrize("theirs, ours", [
    (leaf("clusapi.m.dwType", "1"), leaf("cmrp.dwType", "2")),
    (leaf("clusapi.m.dwType", "1"), leaf("cmrp.dwFilter", "1")),
    (leaf("clusapi.m.dwType", "1"), leaf("cmrp.dwType", "1", start=4)),
    (leaf("clusapi.m.dwType", "1"), leaf("cmrp.dwType", "1", octets=b"\1\0")),
    (leaf("clusapi.m.dwType", "1"), leaf("cmrp.dwType", "")),
    (leaf("clusapi.m.lpData", "2", start=1, octets=b"\2"), leaf("cmrp.lpData", "01:03", octets=b"\1\3")),
    (leaf("clusapi.m.lpData", "1", start=2, octets=b"\1"), leaf("cmrp.lpData", "01:01", octets=b"\1\1")),
])
def test_an_unequal_value_is_a_difference(theirs, ours):
    assert differences([theirs], [ours]) == [theirs, ours]


@pytest.mark.parametrize("theirs, ours", [
    ([leaf("clusapi.m.CLUSTER_ENUM_NODE", "1", mask=1)], []),
    ([leaf("dcerpc.ndr_padding", "00:00", start=2, octets=bytes(2))], [leaf("cmrp.dwType", "1")]),
    ([leaf("clusapi.m.CLUSTER_ENUM_NODE", "0", mask=1)], [leaf("cmrp.OTHER", "True", mask=1)]),
    ([leaf("dcerpc.long_frame", "", start=None)], []),
    ([], [leaf("cmrp.dwType", "1")]),
])
def test_a_value_without_a_partner_is_a_difference(theirs, ours):
    assert differences(theirs, ours)


@pytest.mark.parametrize("theirs, ours", [
    ([leaf("clusapi.m.dwType", "16")], [leaf("cmrp.dwType.number64", "0x10"), leaf("cmrp.A_BIT", "True", mask=16)]),
    ([leaf("clusapi.m.lpData", "2", start=1, octets=b"\2")],
     [leaf("cmrp.lpData", "01:02", octets=b"\1\2"), leaf("cmrp.buffer.unread", "01:02", octets=b"\1\2")]),
    ([leaf("clusapi.e.CLUSTER_ENUM_NODE", "0", mask=1)], []),
    ([leaf("dcerpc.ndr_padding", "00:00", start=4, octets=bytes(2))], []),
])
def test_ways_of_showing_the_same_are_no_difference(theirs, ours):
    assert differences(theirs, ours) == []


def test_the_readme_lists_the_same():
    """idl/README.md explains the differences, a line for each kind."""
    _, _, text = (sandbox.SOURCE_DIR / "idl" / "README.md").read_text().partition("built-in dissector differs\n")
    cells = [line.split("|")[1] for line in text.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    explained = sorted(int(opnum) for cell in cells[1:] for opnum in cell.split(","))
    assert explained == sorted(opnum for row in rows(every=True) for opnum in row.opnums)
