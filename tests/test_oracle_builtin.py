# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin show every value that Wireshark's built-in dissector shows, and where do they differ?

Both read the same captures: for every opnum that the built-in knows, requests and responses of random valid values, in
NDR and NDR64 and both byte orders. Names, values and bytes are compared (support/comparison.py), and each byte must belong
to a field of the plugin. What differs stands in data/builtin-differences.tsv with its reason; a difference that is not
in it fails, and so does one that is gone.
"""
from collections import namedtuple
from fnmatch import fnmatchcase

import pytest
from cmrp_ndr import values
from cmrpidl.model import ContextHandle
from support import leaves, sandbox
from support.calls import ENCODINGS
from support.comparison import differences
from support.scenes import Scene

TABLE = sandbox.SOURCE_DIR / "tests" / "data" / "builtin-differences.tsv"
DIRECTIONS = ("request", "response")
SOME = {name: encoding for name, encoding in ENCODINGS.items() if encoding.version == 3}

# Patterns of filters: what the built-in shows and the plugin does not, and the other way round.
Row = namedtuple("Row", "opnums direction builtin plugin what why section")
Difference = namedtuple("Difference", "opnum direction name")


class Any(values.SeededSource):
    """Printable texts, which are the same in JSON and in the values; with NULL pointers and empty arrays."""

    def text(self):
        letters = "abcXYZ019 \\{}\"/äßЖあ漢\ufffd😀𝒳"
        return "".join(self._random.choices(letters, k=self.length(0, values.LONGEST)))


class Filled(Any):
    def length(self, low, high):
        return self._random.randint(min(low + 1, high), high)


class Loud(Filled):
    """Every bit of every number is set."""

    def integer(self, low, high):
        return -1 if low < 0 else high


SOURCES = (Filled, Loud, Any, Any)


def rows():
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:
        opnums, direction, builtin, plugin, *rest = line.split("\t")
        yield Row([int(opnum) for opnum in opnums.split()], direction, builtin.split(), plugin.split(), *rest)


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
                source = source(f"{opnum} {number}")
                asked = values.make_request(source, model, 3, opnum)
                told = values.make_response(source, model, 3, opnum, asked)
                frames[opnum, "request", number] = calls.request(opnum, calls.pack_request(opnum, **asked))
                frames[opnum, "response", number] = calls.response(calls.pack_response(opnum, **told))
        return frames

    return write_all


@pytest.fixture(scope="module")
def found(tshark, model, operations):
    """The differences of each encoding, and how many values of the built-in were compared in each direction of each
    opnum."""
    result, compared = {}, {}
    for name, encoding in SOME.items():
        scene = Scene(tshark, model, encoding, write(model, operations))
        ours = leaves.read(tshark, scene.path)
        theirs = leaves.read(tshark, scene.path, plugin=False)
        result[name] = {}
        for (opnum, direction, number), frame in scene.frames.items():
            assert leaves.unclaimed(ours[frame]) == [], (name, opnum, direction)
            handle = direction == "response" and isinstance(model.method(3, opnum).returns, ContextHandle)
            compared[name, opnum, direction] = compared.get((name, opnum, direction), 0) + len(theirs[frame])
            for leaf in differences(theirs[frame], ours[frame], handle):
                result[name].setdefault(Difference(opnum, direction, leaf.name), []).append((number, leaf))
    return result, compared


def test_the_builtin_decoded_every_opnum_that_it_knows(model, operations, found):
    _, compared = found
    assert set(range(184)) <= set(operations)
    for name in SOME:
        for opnum in operations:
            method = model.method(3, opnum)
            # Each PDU has its opnum, all but the first a link; each parameter adds at least one value.
            assert compared[name, opnum, "request"] >= len(SOURCES) * (1 + len(method.request)), (name, opnum)
            assert compared[name, opnum, "response"] >= len(SOURCES) * (2 + len(method.response)), (name, opnum)


@pytest.mark.parametrize("encoding", SOME)
def test_only_the_listed_values_differ(found, encoding):
    listed = list(rows())
    unlisted = {difference: places[0] for difference, places in found[0][encoding].items()
                if not any(matches(row, difference) for row in listed)}
    assert not unlisted, "\n".join(f"{difference}: {place}" for difference, place in unlisted.items())


def test_every_listed_difference_is_there(found):
    """In one encoding at least, each field of a row, in each opnum of the row."""
    differing = {difference for encoding in found[0].values() for difference in encoding}
    gone = [(opnum, row.direction, pattern) for row in rows() for opnum in row.opnums
            for pattern in row.builtin + row.plugin
            if not any(difference.opnum == opnum and difference.direction == row.direction
                       and fnmatchcase(difference.name, pattern) for difference in differing)]
    assert gone == []


def test_each_row_says_why_and_where():
    assert all(row.what and row.why and row.section and row.direction in DIRECTIONS for row in rows())


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
