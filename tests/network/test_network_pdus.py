# SPDX-License-Identifier: GPL-2.0-or-later
"""Are PDUs found where TCP and UDP say that they are, all of them, whatever stands behind them in the frame?"""
import contextlib

import pytest
from support import sandbox, wraps
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.lives import close_group, use_group
from support.tshark import PASSWORD

CASES = sandbox.SOURCE_DIR / "tests" / "network" / "captures"
# nca_s_fault_context_mismatch, nca_s_op_rng_error
MISMATCH, NO_SUCH_OPERATION = 0x1C00001A, 0x1C010002

# Faults, findings of binds, lives that end with their association; sealed by three clients; datagrams; fragments.
BESIDE = ("notify-ndr", "notify-udp", "notify-sealed-ntlm", "notify-sealed-spnego-onecall", "association-groups",
          "smbtorture-group-signed-spnego", "alter-context-ndr64", "fragments-one-frame", "notify-v2-bigendian")
SIZES = (1, 2, 3, 8, 16, 20)


def options(name):
    return PASSWORD if "sealed" in name else ()


@pytest.fixture(scope="module")
def original(see, captures_dir):
    known = {}

    def read(name):
        if name not in known:
            known[name] = see(captures_dir / f"{name}.pcapng", *options(name))
        return known[name]

    return read


# ---------------------------------------------------------------- behind the packet


def test_trailer_of_four_bytes(see, original):
    found = see(CASES / "ethernet-trailer-fault.pcap")
    assert found.counts["Fault"] == 1 and found.counts["Unanswered"] == 0
    assert found == original("notify-ndr")


@pytest.mark.parametrize("name, size", [
    (name, SIZES[(place + step) % len(SIZES)]) for place, name in enumerate(BESIDE) for step in (0, 3)])
def test_trailers(see, original, captures_dir, wrapped, name, size):
    path = wrapped(captures_dir / f"{name}.pcapng", wraps.trailer(size))
    assert see(path, *options(name)) == original(name)


@pytest.mark.parametrize("name", BESIDE[:2])
@pytest.mark.parametrize("change", [wraps.checksum, wraps.padded], ids=["checksum", "padded"])
def test_what_ethernet_adds(see, original, captures_dir, wrapped, name, change):
    path = wrapped(captures_dir / f"{name}.pcapng", wraps.each(change))
    assert see(path, *options(name)) == original(name)


def test_sealed_with_a_trailer_and_without_the_password(see, captures_dir, wrapped):
    """Sealing is known from the bind, so nothing is judged that cannot be read."""
    path = captures_dir / "notify-sealed-ntlm.pcapng"
    assert see(wrapped(path, wraps.trailer(4))) == see(path)


def test_trailer_that_looks_like_a_pdu(see, original, captures_dir, wrapped):
    """A header of a fault whose length reaches exactly to the end of the frame."""
    fault = bytes.fromhex("0500030310000000200000000100000020000000000000001a00001c00000000")
    path = wrapped(captures_dir / "notify-ndr.pcapng", wraps.each(lambda data: data + fault))
    assert see(path) == original("notify-ndr")


# ---------------------------------------------------------------- several PDUs in a frame


def test_fault_behind_a_response(see):
    found = see(CASES / "fault-and-response-in-one-frame.pcap")
    assert found.counts["Fault"] == 1 and found.counts["Unanswered"] == 0
    assert found.methods["ApiOnlineGroup", "Fault"] == 1


@pytest.mark.parametrize("encoding, behind", [("3-ndr", 0), ("3-ndr-big", 6), ("3-ndr64", 0)])
@pytest.mark.parametrize("order", ["fault first", "response first", "between", "faults alone"])
def test_answers_that_share_a_frame(see, model, capture, wrapped, encoding, order, behind):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.open_group("Alpha", handle(1))
    calls.request(49, hGroup=handle(1), sent={"call_id": 10})
    calls.request(41, lpszGroupName="Beta", sent={"call_id": 11})
    calls.request(49, hGroup=handle(1), sent={"call_id": 12})
    answers = {
        "fault first": "faf", "response first": "aff", "between": "ffa", "faults alone": "ff"}[order]
    calls.answer_in_one_frame(answers, MISMATCH, [10, 12], 41, 11, Status=0, rpc_status=0, result=handle(2))
    close_group(calls, handle(1))
    found = see(wrapped(pcap, wraps.trailer(behind)))
    answered = 1 if "a" in answers else 0
    assert found.methods["ApiOnlineGroup", "Fault"] == 2
    assert found.methods.get(("ApiOpenGroup", "Succeeded")) == 1 + answered
    assert found.counts["Unanswered"] == 1 - answered and found.counts["Fault"] == 2
    assert len(found.lives) == 1 + answered


@pytest.mark.parametrize("together", [False, True], ids=["apart", "together"])
def test_fault_beside_a_signed_response(see, model, capture, together):
    """Between the stub of a response and the next PDU stands its signature; a fault has none."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.conn.bind(auth=(9, 5, bytes(64)))
    calls.conn.bind_ack(auth=(9, 5, bytes(64)))
    signed = {"auth": (9, 5, bytes(16))}
    calls.request(49, hGroup=handle(1), sent={"call_id": 20, **signed})
    calls.request(47, hGroup=handle(1), sent={"call_id": 21, **signed})
    with calls.conn.one_frame() if together else contextlib.nullcontext():
        calls.conn.fault(NO_SUCH_OPERATION, call_id=20)
        calls.response(pGuid="id", rpc_status=0, result=0, sent={"call_id": 21, **signed})
    found = see(pcap)
    assert found.methods["ApiOnlineGroup", "Fault"] == found.methods["ApiGetGroupId", "Succeeded"] == 1
    assert found.counts["Unanswered"] == 0


def test_bind_and_first_request_share_a_frame(see, model, capture):
    """A client does not have to wait: both are seen, and so are alter_context and request, and a fault and bind_ack."""
    pcap = capture()
    plain = capture("plain")
    for target, together in ((pcap, True), (plain, False)):
        calls = Calls.__new__(Calls)
        calls.model, calls.capture, calls.encoding = model, target, ENCODINGS["3-ndr"]
        calls.conn = target.tcp()
        _talk(calls, together)
    found, expected = see(pcap), see(plain)
    assert found.counts == expected.counts and found.counts["Fault"] == 1
    assert [life[1:4] + life[6:] for life in found.lives] == [life[1:4] + life[6:] for life in expected.lives]
    told = [sorted(rule for rules in one.findings.values() for rule in rules) for one in (found, expected)]
    assert told[0] == told[1]


def _talk(calls, together):
    conn = calls.conn
    opened = calls.pack_response(41, Status=0, rpc_status=0, result=handle(1))

    def ask_first():
        conn.bind()
        conn.request(41, calls.pack_request(41, lpszGroupName="Alpha"), call_id=2)

    def answer_first():
        conn.bind_ack(call_id=1)
        conn.response(opened, call_id=2)

    def ask_next():
        conn.alter_context(ctx_id=1, call_id=3)
        conn.request(49, calls.pack_request(49, hGroup=handle(1)), call_id=4)

    def answer_next():
        conn.alter_context_resp(call_id=3)
        conn.fault(MISMATCH, call_id=4)

    for step in (ask_first, answer_first, ask_next, answer_next):
        if together:
            with conn.one_frame():
                step()
        else:
            step()
    conn.fin()


def test_unbroken_story_of_faults(see, model, capture, wrapped):
    """Faults of several fragments' calls and of calls that other frames answer, each with and without a trailer."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("Alpha", handle(1))
    for number in range(4):
        calls.request(46, hGroup=handle(1), lpszGroupName="n" * 200, sent={"fragments": 3, "call_id": 30 + number})
    with calls.conn.one_frame():
        for number in range(3):
            calls.conn.fault(MISMATCH, call_id=30 + number)
    calls.opnum = 46
    calls.response(rpc_status=0, result=0, sent={"call_id": 33})
    use_group(calls, handle(1))
    calls.request(44, Group=handle(1))
    calls.response(Group=NULL_HANDLE, result=0)
    plain = see(pcap)
    assert plain.counts["Fault"] == 3 and plain.counts["Unanswered"] == 0
    assert see(wrapped(pcap, wraps.trailer(12))) == plain
