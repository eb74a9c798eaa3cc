# SPDX-License-Identifier: GPL-2.0-or-later
"""Which expert item does a stub get that breaks NDR: counts, offsets, terminators, leftovers (MS-CMRP 3.1.4.2)?"""
import struct
import time

import pytest
from cmrp_ndr.writer import Writer
from support import trees
from support.calls import ENCODINGS, handle
from support.scenes import Scene

GROUP, PORT = handle(1), handle(101)
TEXT = [ord(letter) for letter in "abc"] + [0]
# MS-RPCE 2.2.2.13: signature, then one command: the bit mask, marked as the last one.
TRAILER = bytes.fromhex("8ae3137102f43671") + struct.pack("<HHI", 0x4001, 4, 1)


class Stub(Writer):
    """Octets one by one, each number aligned."""

    def __init__(self, encoding):
        super().__init__(encoding.ndr64, encoding.big_endian)
        self.version = encoding.version
        self.pointer = 8 if encoding.ndr64 else 4
        # A referent id, not 0.
        self.somewhere = 0x20000

    def counts(self, *counts):
        for count in counts:
            self.count(count)
        return self

    def numbers(self, *numbers):
        for number in numbers:
            self.number(number, 4)
        return self

    def raw(self, octets):
        self.octets += octets
        return self

    def string(self, maximum, offset, actual, units=()):
        self.counts(maximum, offset, actual)
        for unit in units:
            self.number(unit, 2)
        return self


def string(*counts, units=TEXT):
    return 41, "request", lambda s: s.string(*counts, units)


def control(maximum, size, octets=b"1234", referent=True):
    """ApiGroupControl: lpInBuffer of nInBufferSize bytes, right behind its referent id."""
    def make(s):
        s.raw(GROUP).numbers(0x03000059)
        if referent:
            s.counts(s.somewhere, maximum).raw(octets)
        else:
            s.counts(0)
        return s.numbers(size, 16)

    return 77, "request", make


def answer(maximum, offset, actual, returned, octets=b"12345"):
    """ApiGroupControl: lpOutBuffer holds *lpBytesReturned bytes."""
    return 77, "response", lambda s: finish(s.counts(maximum, offset, actual).raw(octets).numbers(returned, 5))


def finish(s):
    return s.numbers(0, 0) if s.version == 3 else s.numbers(0)


def enumeration(maximum, entries, count=0):
    """ApiCreateEnum: EntryCount entries, each a type and a name that is NULL."""
    def make(s):
        s.counts(s.somewhere, maximum).numbers(entries)
        for _ in range(count):
            # A structure is aligned like its widest member, the pointer.
            s.align(s.pointer)
            s.numbers(1).counts(0)
        return finish(s)

    return 7, "response", make


def priorities(count, maximum):
    """ApiSetNetworkPriorityOrder: NetworkCount strings, NULL here."""
    return 87, "request", lambda s: s.numbers(count).counts(maximum, *[0] * min(maximum, 8))


LARGE, LARGEST = 2**31 - 1, 2**32 - 1
EXCEEDS, MISMATCH = ["ndr-count-exceeds-data"], ["ndr-count-mismatch"]
OFFSET, ACTUAL, TERMINATOR = "ndr-offset-not-zero", "ndr-actual-exceeds-maximum", "ndr-string-not-terminated"

# What is on the wire, and the findings that it gets, in this order.
CASES = {
    "correct string": (string(4, 0, 4), []),
    "room for more": (string(LARGEST, 0, 4), []),
    "2^31-1 characters": (string(LARGE, 0, LARGE), EXCEEDS),
    "2^32-1 characters": (string(LARGEST, 0, LARGEST), EXCEEDS),
    "2^31+4 characters, 8 bytes modulo 2^32": (string(2**31 + 4, 0, 2**31 + 4), EXCEEDS),
    "one character too many": (string(5, 0, 5), EXCEEDS),
    "offset 1": (string(4, 1, 4), [OFFSET]),
    "offset 2^32-1": (string(4, LARGEST, 4), [OFFSET]),
    "actual 4 of 3": (string(3, 0, 4), [ACTUAL]),
    "actual 4 of 0": (string(0, 0, 4), [ACTUAL]),
    "no terminator": (string(3, 0, 3, units=TEXT[:3]), [TERMINATOR]),
    "no character at all": (string(0, 0, 0, units=()), [TERMINATOR]),
    "three faults": (string(2, 7, 3, units=TEXT[:3]), [TERMINATOR, OFFSET, ACTUAL]),
    "correct buffer": (control(4, 4), []),
    "NULL buffer": (control(0, 0, referent=False), []),
    "buffer of 4 called 5": (control(4, 5), MISMATCH),
    "buffer of 4 called 0": (control(4, 0), MISMATCH),
    "buffer of 2^32-1": (control(LARGEST, LARGEST), EXCEEDS),
    "correct answer": (answer(16, 0, 5, 5), []),
    "answer of 5 called 4": (answer(16, 0, 5, 4), MISMATCH),
    "answer with offset": (answer(16, 1, 5, 5), [OFFSET]),
    "answer of 5 of 4": (answer(4, 0, 5, 5), [ACTUAL]),
    "answer of 2^31-1": (answer(LARGE, 0, LARGE, LARGE), EXCEEDS),
    "correct list": (enumeration(2, 2, 2), []),
    "list of 2 called 3": (enumeration(2, 3, 2), MISMATCH),
    "list of 2 called 2^32-1": (enumeration(2, LARGEST, 2), MISMATCH),
    "list of 2^32-1": (enumeration(LARGEST, LARGEST, 1), EXCEEDS),
    "2^29 entries, 0 bytes modulo 2^32": (enumeration(2**29, 2**29, 1), EXCEEDS),
    "2^28 entries, 0 bytes modulo 2^32 in NDR64": (enumeration(2**28, 2**28, 1), EXCEEDS),
    "correct priorities": (priorities(3, 3), []),
    "3 priorities called 2": (priorities(2, 3), MISMATCH),
    "2^31-1 priorities": (priorities(LARGE, LARGE), EXCEEDS),
    "empty stub": ((41, "request", lambda s: s), ["ndr-truncated"]),
    "one byte more": ((41, "request", lambda s: s.string(4, 0, 4, TEXT).raw(b"\1")), ["ndr-trailing-bytes"]),
    "zeros more": ((63, "request", lambda s: s.raw(PORT + GROUP).numbers(1, 2, 3).raw(bytes(4))),
                   ["ndr-trailing-bytes"]),
    "stub where none belongs": ((55, "request", lambda s: s.raw(bytes(4))), ["ndr-trailing-bytes"]),
    "more behind the result": ((63, "response", lambda s: finish(s).raw(b"123")), ["ndr-trailing-bytes"]),
}
# Counts are 8 bytes wide in NDR64 only.
CASES_64 = {
    "2^63 characters, 0 bytes modulo 2^64": (string(2**63, 0, 2**63), EXCEEDS),
    "2^63+4 characters, 8 bytes modulo 2^64": (string(2**63 + 4, 0, 2**63 + 4), EXCEEDS),
    "2^64-1 characters": (string(2**64 - 1, 0, 2**64 - 1), EXCEEDS),
    "offset 2^63": (string(4, 2**63, 4), [OFFSET]),
    "2^32+4 in the maximum": (string(2**32 + 4, 0, 4), []),
    "2^32+4 characters, 4 modulo 2^32": (string(2**32 + 4, 0, 2**32 + 4), EXCEEDS),
    "buffer of 2^32+4 called 4": (control(2**32 + 4, 4), EXCEEDS),
    "list of 2^60": (enumeration(2**60, 1, 1), EXCEEDS),
}
ASKED = {7: {"dwType": 1}, 63: {"hNotify": PORT, "hGroup": GROUP, "dwFilter": 1, "dwNotifyKey": 2, "StateSequence": 3},
         77: {"hGroup": GROUP, "dwControlCode": 1, "lpInBuffer": None, "nInBufferSize": 0, "nOutBufferSize": 16}}


def cases_of(encoding):
    return {**CASES, **(CASES_64 if encoding.ndr64 else {})}


def write(calls):
    frames = {"before": calls.request(41, lpszGroupName="Gruppe")}
    calls.response(Status=0, rpc_status=0, result=GROUP)
    for label, ((opnum, kind, make), _) in cases_of(calls.encoding).items():
        octets = bytes(make(Stub(calls.encoding)).octets)
        if kind == "request":
            frames[label] = calls.request(opnum, octets)
        else:
            calls.request(opnum, **ASKED[opnum])
            frames[label] = calls.response(octets)
    frames["after"] = calls.request(41, lpszGroupName="Gruppe")
    return frames


@pytest.fixture(scope="module", params=ENCODINGS.values(), ids=ENCODINGS.keys())
def scene(request, tshark, model):
    start = time.monotonic()
    made = Scene(tshark, model, request.param, write)
    # Reading all of it is a matter of milliseconds; a loop over 2^31 elements would not be.
    assert made.trees and time.monotonic() - start < 20
    yield made
    made.close()


def test_each_breach_has_its_expert_item_and_its_finding(scene):
    expected = {label: findings for label, (_, findings) in cases_of(scene.encoding).items()}
    found = {label: scene.tree(label).findings("ndr-") for label in expected}
    assert found == expected
    names = {label: scene.tree(label).experts("ndr_") for label in expected}
    assert {label: sorted(items) for label, items in names.items()} == {
        label: sorted("cmrp.expert." + rule.replace("-", "_") for rule in findings)
        for label, findings in expected.items()}


def test_severity_follows_from_what_can_still_be_read(scene):
    """A breach that does not lose the way is a warning; a stub that cannot be read on is an error."""
    for label, (_, findings) in cases_of(scene.encoding).items():
        for rule in findings:
            lost = rule in ("ndr-truncated", "ndr-count-exceeds-data")
            severity = scene.tree(label).severity("cmrp.expert." + rule.replace("-", "_"))
            assert severity == ("error" if lost else "warning"), label


def test_what_was_wrong_is_told_in_numbers(scene):
    """The message names parameter and numbers, so that nobody has to count bytes."""
    messages = {label: " ".join(scene.tree(label).all("_ws.expert.message")) for label in (
        "offset 1", "actual 4 of 3", "buffer of 4 called 5", "2^31-1 characters", "one byte more")}
    assert "lpszGroupName is 1." in messages["offset 1"]
    assert "lpszGroupName is 4, not 3." in messages["actual 4 of 3"]
    assert "lpInBuffer is 4, not 5." in messages["buffer of 4 called 5"]
    assert "needs 2147483647 elements" in messages["2^31-1 characters"]
    assert "there are 1 more bytes" in messages["one byte more"]


def test_what_can_be_read_is_shown_in_spite_of_a_breach(scene):
    assert scene.tree("three faults").one("cmrp.lpszGroupName") == "abc"
    assert scene.tree("offset 2^32-1").below("cmrp.lpszGroupName").one("cmrp.ndr.offset") == str(LARGEST)
    assert scene.tree("no terminator").one("cmrp.lpszGroupName") == "abc"
    assert scene.tree("buffer of 4 called 5").one("cmrp.lpInBuffer") == "31:32:33:34"
    assert scene.tree("one byte more").one("cmrp.ndr.trailing") == "01"
    assert scene.tree("2^31-1 characters").all("cmrp.lpszGroupName") == []


def test_rest_of_the_capture_is_decoded_as_before(scene):
    before, after = (scene.tree(label).decoded(trees.FORWARD) for label in ("before", "after"))
    assert before == after


def test_no_exception_reaches_wireshark(tshark, scene):
    assert tshark.fields(scene.path, ["frame.number"], trees.ACCIDENTS) == []


# Verification trailers: they belong to the RPC runtime, and are none of the method's bytes


@pytest.mark.parametrize("encoding", [ENCODINGS["3-ndr"], ENCODINGS["3-ndr64"]], ids=["3-ndr", "3-ndr64"])
def test_verification_trailer_is_no_leftover(tshark, model, encoding):
    """Up to three bytes align it; more before it, or something in its place, is a leftover."""
    names = ["Gruppe", "Grupp"]  # stubs of a length that is 2 and 0 modulo 4

    def write_trailers(calls):
        frames = {}
        for name in names:
            stub = calls.pack_request(41, lpszGroupName=name)
            padded = stub + bytes(-len(stub) % 4)
            frames[f"{name} trailer"] = calls.request(41, padded + TRAILER)
            frames[f"{name} filled"] = calls.request(41, padded + bytes(4) + TRAILER)
            frames[f"{name} alone"] = calls.request(41, padded + bytes(4))
            frames[f"{name} no trailer"] = calls.request(41, padded + b"\x8b" + TRAILER[1:])
        return frames

    scene = Scene(tshark, model, encoding, write_trailers)
    for label in scene.frames:
        expected = [] if label.endswith(" trailer") and "no" not in label else ["ndr-trailing-bytes"]
        assert scene.tree(label).findings("ndr-") == expected, label
        assert scene.tree(label).one("cmrp.lpszGroupName") == label.split()[0]
    # Wireshark itself dissects the trailers, and reports nothing on top.
    assert tshark.fields(scene.path, ["frame.number"], trees.ACCIDENTS) == []
    assert len(tshark.fields(scene.path, ["frame.number"], "dcerpc.rpc_sec_vt.signature")) == 4


def test_array_beyond_what_is_shown_is_read_to_its_end(tshark, model):
    """20,000 entries: tree items end at a bound, the parameters behind the array are decoded all the same."""
    def write_long(calls):
        calls.request(7, dwType=1)
        entries = [{"Type": 1, "Name": None}] * 20_000
        return {"long": calls.response(ReturnEnum={"EntryCount": 20_000, "Entry": entries}, rpc_status=0, result=5,
                                       sent={"fragments": 40})}

    scene = Scene(tshark, model, ENCODINGS["3-ndr"], write_long)
    tree = scene.tree("long")
    assert tree.one("cmrp.EntryCount") == "20000"
    assert tree.all("cmrp.Type") == ["0x00000001"] * 10_000
    assert tree.one("cmrp.status") == "5" and tree.findings("ndr-") == []
