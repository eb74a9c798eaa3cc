# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin accept and refuse the same stubs as a second reader, when the stubs are random or damaged?

The second reader is that of tests/cmrp_ndr, written apart from the plugin's. What it cannot read must be a
finding; what it reads to the end must not be called torn.
"""
import random

import pytest
from cmrp_ndr import NdrError, unpack_request, unpack_response, values
from support import trees
from support.calls import ENCODINGS, handle
from support.examples import call_of
from support.scenes import Scene, every_encoding

GROUP = handle(1)
# A file per encoding: each method twice damaged and once replaced in each direction.
DAMAGED, RANDOM = 2, 1
# What the second reader does not judge: whether a count agrees with a parameter.
UNJUDGED = {"ndr-count-mismatch"}
TORN = {"ndr-truncated", "ndr-count-exceeds-data"}


def damaged(source, octets):
    """A stub with a few faults: bytes set to telling values, cut out, doubled, or appended."""
    stub = bytearray(octets)
    for _ in range(source.randint(1, 3)):
        place = source.randrange(len(stub) + 1)
        kind = source.randrange(5)
        if kind == 0 and place < len(stub):
            stub[place] = source.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind == 1:
            # A whole word, where counts and referent ids may stand.
            place -= place % 4
            stub[place:place + 4] = source.choice((bytes(4), b"\xff" * 4, b"\0\0\0\1", b"\1\0\0\0"))
        elif kind == 2:
            del stub[place:place + source.randint(1, 4)]
        elif kind == 3:
            stub[place:place] = stub[place:place + 8]
        else:
            stub += source.randbytes(source.randint(1, 9))
    return bytes(stub)


def write(calls):
    """Labels are (opnum, kind, number, stub)."""
    encoding, model = calls.encoding, calls.model
    source = random.Random(encoding.name)
    frames = {"before": calls.open_group("Gruppe", GROUP)}
    methods = model.interface(encoding.version).methods
    for opnum in range(len(methods)):
        for number in range(DAMAGED + RANDOM):
            asked, told = call_of(values.SeededSource(source.random()), model, encoding.version, opnum)
            stubs = {"request": calls.pack_request(opnum, **asked), "response": calls.pack_response(opnum, **told)}
            for kind, stub in stubs.items():
                broken = damaged(source, stub) if number < DAMAGED else source.randbytes(source.randrange(200))
                if kind == "request":
                    frames[opnum, kind, number, broken] = calls.request(opnum, broken)
                else:
                    calls.request(opnum, stubs["request"])
                    frames[opnum, kind, number, broken] = calls.response(broken)
    frames["after"] = calls.open_group("Gruppe", GROUP)
    return frames


scene = every_encoding(write)


def readable(model, encoding, opnum, kind, stub):
    unpack = unpack_request if kind == "request" else unpack_response
    try:
        unpack(model, encoding.version, opnum, stub, encoding.ndr64, encoding.big_endian)
    except NdrError as error:
        return str(error)
    return ""


def test_both_readers_refuse_the_same_stubs(scene, model):
    refused = accepted = 0
    for label in scene.frames:
        if isinstance(label, str):
            continue
        opnum, kind, _, stub = label
        error = readable(model, scene.encoding, opnum, kind, stub)
        findings = set(scene.tree(label).findings("ndr-"))
        hint = f"opnum {opnum} {kind}, stub {stub.hex()}, second reader: {error or 'whole'}, plugin: {findings}"
        if error:
            assert findings, hint
            refused += 1
        else:
            assert findings <= UNJUDGED, hint
            accepted += 1
    # Neither half of the question was left out.
    assert refused > 100 and accepted > 20


def test_a_stub_that_ends_too_early_is_read_no_further(scene):
    for label in scene.frames:
        if isinstance(label, str):
            continue
        rules = scene.tree(label).findings("ndr-")
        assert len(TORN & set(rules)) <= 1
        if TORN & set(rules):
            assert rules[-1] in TORN and "ndr-trailing-bytes" not in rules


def test_rest_of_the_capture_is_decoded_as_before(scene):
    """A capture of nothing but rubbish does not change what a whole call says."""
    changing = (*trees.FORWARD, "cmrp.handle.id", "cmrp.handle.opened_in", "dcerpc.request_in")
    assert scene.tree("before").decoded(changing) == scene.tree("after").decoded(changing)
    assert scene.tree("after").one("cmrp.handle.name") == "Gruppe"


def test_no_exception_reaches_wireshark(tshark, scene):
    assert tshark.fields(scene.path, ["frame.number"], trees.ACCIDENTS) == []


@pytest.mark.parametrize("encoding", [ENCODINGS["2-ndr"], ENCODINGS["3-ndr64"]], ids=["2-ndr", "3-ndr64"])
def test_passes_and_the_fast_path_agree(tshark, model, encoding):
    """Two passes, and a run that builds no tree before it prints, say the same of rubbish."""
    once = Scene(tshark, model, encoding, write)
    twice = Scene(tshark, model, encoding, write, extra=["-2"])
    assert once.infos == twice.infos
    for number, tree in once.trees.items():
        assert tree.flat(trees.FORWARD) == twice.trees[number].flat(trees.FORWARD), number
    # Without a tree: the plain packet list, which asks for columns only.
    plain = tshark.read(once.path, ["-o", 'gui.column.format:"No","%m","Info","%i"']).stdout
    lines = dict(line.strip().split(" ", 1) for line in plain.splitlines() if " " in line.strip())
    assert {number: " ".join(lines[str(number)].split()) for number in once.infos} == {
        number: " ".join(info.split()) for number, info in once.infos.items()}
