# SPDX-License-Identifier: GPL-2.0-or-later
"""Which syntax do stubs have: the one that the answer to the offer names (C706 12.6.4.4), not one that was offered."""
import pytest
from support import rpcpdu, sandbox, seen, trees, wraps
from support.calls import ENCODINGS, Calls, handle
from support.lives import close_group, use_group
from support.rpcpdu import INTERFACE, NDR, NDR64, NIL

CASES = sandbox.SOURCE_DIR / "tests" / "network" / "captures"
REJECTED = (2, 2, (NIL, 0))


def accepted(ndr64):
    return (0, 0, NDR64 if ndr64 else NDR)


def unbound(model, pcap, encoding):
    """A client of an encoding that has not said a word."""
    calls = Calls.__new__(Calls)
    calls.model, calls.capture, calls.encoding = model, pcap, ENCODINGS[encoding]
    calls.conn = pcap.tcp(big_endian=calls.encoding.big_endian)
    return calls


def story(calls):
    calls.open_group("Cluster Group", handle(1))
    use_group(calls, handle(1))
    close_group(calls, handle(1))
    calls.conn.fin()


def check(see, path):
    found = see(path)
    assert seen.rules(found, "ndr-|handle-|open-|close-|status-") == {}
    assert [(life.type, life.uses, life.state, life.name) for life in found.lives] == [
        ("HGROUP_RPC", 1, "closed", "Cluster Group")]


def test_two_syntaxes_in_one_item(see):
    check(see, CASES / "two-syntaxes-in-one-item.pcap")


@pytest.mark.parametrize("encoding, wrap", [
    ("3-ndr", wraps.trailer(0)), ("3-ndr-big", wraps.trailer(4)), ("3-ndr64", wraps.trailer(0)),
    ("3-ndr64-big", wraps.copies(wraps.MILLISECOND))], ids=["ndr", "ndr-big-trailer", "ndr64", "ndr64-big-copies"])
@pytest.mark.parametrize("offer", [[NDR, NDR64], [NDR64, NDR]], ids=["ndr first", "ndr64 first"])
@pytest.mark.parametrize("later", [False, True], ids=["bind", "alter_context"])
def test_the_answer_names_the_syntax(see, model, capture, wrapped, encoding, offer, later, wrap):
    pcap = capture()
    calls = unbound(model, pcap, encoding)
    ndr64 = calls.encoding.ndr64
    if later:
        # The first bind is to the same interface in the other syntax.
        calls.conn.bind(contexts=[(0, (INTERFACE, 3), [NDR if ndr64 else NDR64])])
        calls.conn.bind_ack()
        calls.conn.bind(contexts=[(1, (INTERFACE, 3), offer)], ptype=14)
        calls.conn.bind_ack(results=[accepted(ndr64)], ptype=15)
    else:
        calls.conn.bind(contexts=[(0, (INTERFACE, 3), offer)])
        calls.conn.bind_ack(results=[accepted(ndr64)])
    story(calls)
    check(see, wrapped(pcap, wrap))


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64"])
def test_two_items_with_two_syntaxes_each(see, model, capture, encoding):
    """The server takes the second item, and of it the syntax that does not come last."""
    pcap = capture()
    calls = unbound(model, pcap, encoding)
    ndr64 = calls.encoding.ndr64
    offer = [NDR64, NDR] if ndr64 else [NDR, NDR64]
    calls.conn.bind(contexts=[(0, (INTERFACE, 3), offer[::-1]), (1, (INTERFACE, 3), offer)])
    calls.conn.bind_ack(results=[REJECTED, accepted(ndr64)])
    story(calls)
    check(see, pcap)


def test_each_context_has_the_syntax_of_its_answer(see, model, capture):
    """Both items offer both: the first is taken in NDR64, the second in NDR, and calls use both in turn."""
    pcap = capture()
    calls = unbound(model, pcap, "3-ndr")
    calls.conn.bind(contexts=[(number, (INTERFACE, 3), [NDR, NDR64]) for number in (0, 1)])
    calls.conn.bind_ack(results=[accepted(True), accepted(False)])
    calls.open_group("Cluster Group", handle(1))
    calls.encoding, calls.conn.ctx_id = ENCODINGS["3-ndr64"], 0
    use_group(calls, handle(1))
    calls.encoding, calls.conn.ctx_id = ENCODINGS["3-ndr"], 1
    close_group(calls, handle(1))
    check(see, pcap)


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64"])
def test_the_answer_is_not_in_the_capture(see, model, capture, encoding):
    """Which of the offered syntaxes the stubs have cannot be decided: no stub is a breach."""
    pcap = capture()
    calls = unbound(model, pcap, encoding)
    calls.conn.bind(contexts=[(0, (INTERFACE, 3), [NDR, NDR64])])
    calls.conn.lose(60, client=False)
    story(calls)
    found = see(pcap)
    assert seen.rules(found, "ndr-|handle-|open-|close-|status-") == {}


@pytest.mark.parametrize("passes", [(), ("-2",)], ids=["one pass", "two passes"])
@pytest.mark.parametrize("again", [9, 3], ids=["another version", "same version"])
def test_answer_without_its_request_keeps_what_the_first_visit_knew(tshark, capture, passes, again):
    """Of the request only a first fragment came. Later the client offers the context anew, and leaves a choice."""
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    conn.send(rpcpdu.request(0, b"", conn.call_id + 1, flags=rpcpdu.FIRST_FRAG))
    answer = conn.response(bytes(32), call_id=conn.call_id + 1)
    conn.bind(contexts=[(0, (INTERFACE, again), [NDR])], call_id=conn.call_id + 2)
    conn.bind_ack()
    conn.bind(contexts=[(0, (INTERFACE, 3), [NDR]), (1, (INTERFACE, 3), [NDR, NDR64])])
    tree = trees.read(tshark, pcap, extra=passes)[answer]
    assert tree.one("cmrp.opnum") == "0" and tree.findings() == ["ndr-trailing-bytes"]


@pytest.mark.parametrize("behind", [1, 0])
def test_a_fragment_behind_a_whole_request_says_nothing_of_it(tshark, capture, behind):
    """dcerpc takes both for one call. The syntax of the one is in doubt, that of the other is not."""
    pcap = capture()
    conn = pcap.tcp()
    conn.bind(contexts=[(0, (INTERFACE, 3), [NDR]), (1, (INTERFACE, 3), [NDR, NDR64])])
    conn.request(65, bytes(18), call_id=7, ctx_id=0)
    piece = rpcpdu.request(65, b"", 7, ctx_id=behind)[16:]
    conn.pdu(rpcpdu.REQUEST, piece, call_id=7, flags=rpcpdu.LAST_FRAG)
    once, twice = (tshark.fields(pcap, ["cmrp.finding"], "cmrp.opnum", passes) for passes in ((), ("-2",)))
    assert "ndr-truncated" in once[0][0]
    assert once == twice
