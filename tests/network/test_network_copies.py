# SPDX-License-Identifier: GPL-2.0-or-later
"""Is what was captured twice, or sent twice, judged once? And is each of several different answers judged by itself?"""
import pytest
from support import rpcpdu, sandbox, seen, wraps
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.lives import close_group, use_group
from support.tshark import PASSWORD

CASES = sandbox.SOURCE_DIR / "tests" / "network" / "captures"
# Often switched off for speed: copies then reach the dissectors of TCP's payload.
UNANALYSED = ("-o", "tcp.analyze_sequence_numbers:FALSE")
JUDGED = "(?!transport-)"
MICROSECOND = 1000
# At once, soon, later, much later.
DELAYS = (1, 15 * MICROSECOND, 400 * MICROSECOND, 50_000 * MICROSECOND)


def total(found):
    """How often each rule is broken."""
    told = {}
    for rules in found.findings.values():
        for rule in rules:
            told[rule] = told.get(rule, 0) + 1
    return told


def lives(found):
    return [(life.type, life.client, life.uses, life.state, life.name) for life in found.lives]


def check_same(see, path, copied, *extra):
    one, two = (see(pcap, *extra) for pcap in (path, copied))
    assert total(two) == total(one)
    assert two.counts == one.counts and two.methods == one.methods
    assert lives(two) == lives(one)


# ---------------------------------------------------------------- over TCP


def test_copies_without_tcp_analysis(see):
    path = CASES / "copies-without-tcp-analysis.pcap"
    found = see(path, *UNANALYSED)
    assert seen.rules(found, JUDGED) == {}
    assert total(found) == {"transport-level": 1, "transport-level-served": 1}
    assert lives(found) == lives(see(path))


# Each capture with some of the delays.
MIRRORED = [(name, extra, DELAYS[(place + step) % len(DELAYS)])
            for place, name in enumerate(("notify-ndr", "notify-ndr64", "notify-v2-bigendian", "association-groups",
                                          "notify-udp"))
            for step, extra in enumerate(((), UNANALYSED))]
MIRRORED += [("notify-sealed-ntlm", PASSWORD, DELAYS[1]), ("fragments-ndr", (), DELAYS[1])]
MIRRORED += [("fragments-udp", (), delay) for delay in DELAYS]


@pytest.mark.parametrize("name, extra, delay", MIRRORED)
def test_a_mirror_port(see, captures_dir, wrapped, name, extra, delay):
    path = captures_dir / f"{name}.pcapng"
    check_same(see, path, wrapped(path, wraps.copies(delay)), *extra)


def behind(distance):
    """A copy of each frame stands that many frames behind it."""
    def wrap(told):
        frames = told.frames
        placed = [(place + (distance + 0.5 if copy else 0), frame) for copy in (False, True)
                  for place, frame in enumerate(frames)]
        return told.over(frame._replace(when=frames[0].when + number) for number, (_, frame) in enumerate(
            sorted(placed, key=lambda pair: pair[0])))
    return wrap


@pytest.mark.parametrize("name, distance", [("notify-ndr", 2), ("notify-ndr", 8), ("notify-v2-ndr64", 3)])
def test_copies_behind_the_next_frames(see, captures_dir, wrapped, name, distance):
    """Wireshark calls some of them out of order, and hands none on: nothing is missing all the same."""
    path = captures_dir / f"{name}.pcapng"
    check_same(see, path, wrapped(path, behind(distance)))


@pytest.mark.parametrize("name, delay", [
    ("notify-sealed-ntlm", DELAYS[0]), ("notify-sealed-ntlm", DELAYS[3]), ("fragments-ndr", DELAYS[0]),
    ("fragments-ndr", DELAYS[1]), ("fragments-ndr64", DELAYS[1])])
def test_what_wireshark_puts_together_wrongly(see, captures_dir, wrapped, name, delay):
    """Without analysis Wireshark opens copies with the next bytes of the key stream, and puts fragments into a stub twice."""
    path = captures_dir / f"{name}.pcapng"
    extra = (*UNANALYSED, *PASSWORD) if "sealed" in name else UNANALYSED
    one, two = (see(pcap, *extra) for pcap in (path, wrapped(path, wraps.copies(delay))))
    assert {rule for rule in total(two) if total(two)[rule] > total(one).get(rule, 0)} == set()


@pytest.mark.parametrize("name", ["fragments-ndr", "fragments-ndr64"])
def test_segments_that_bring_bytes_again(see, captures_dir, wrapped, name):
    """Without analysis Wireshark takes all bytes of such a segment for new, and puts them into a stub of fragments."""
    path = captures_dir / f"{name}.pcapng"
    one, two = (total(see(pcap, *UNANALYSED)) for pcap in (path, wrapped(path, wraps.CATALOGUE["overlapping"].make)))
    assert {rule for rule in two if two[rule] > one.get(rule, 0)} == set()


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr-big", "3-ndr64", "2-ndr", "2-ndr-big"])
@pytest.mark.parametrize("extra", [(), UNANALYSED], ids=["analysed", "not analysed"])
def test_a_breach_that_is_sent_again_is_one_breach(see, model, capture, wrapped, encoding, extra):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.open_group("Alpha", handle(1))
    close_group(calls, handle(1))
    use_group(calls, handle(1))
    calls.open_group("Beta", NULL_HANDLE)
    plain = see(pcap, *extra)
    broken = {"handle-used-after-close": 1, "status-success-on-closed-handle": 1, "open-success-without-handle": 1}
    assert {rule: count for rule, count in total(plain).items() if not rule.startswith("transport-")} == broken
    check_same(see, pcap, wrapped(pcap, wraps.copies(15 * MICROSECOND)), *extra)


def test_the_same_call_made_twice_is_two(see, model, capture):
    """Other sequence numbers of TCP, the same bytes: a client that starts counting its calls anew."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("Alpha", handle(1))
    close_group(calls, handle(1))
    for _ in range(2):
        calls.request(49, hGroup=handle(1), sent={"call_id": 9})
        calls.response(rpc_status=0, result=0, sent={"call_id": 9})
    found = see(pcap, *UNANALYSED)
    assert total(found)["handle-used-after-close"] == 2


# ---------------------------------------------------------------- over UDP


def datagrams(model, pcap, encoding="2-ndr"):
    return Calls(model, pcap, ENCODINGS[encoding])


def opened(calls, *handles):
    """ApiOpenGroup with several answers; their frames."""
    calls.request(41, lpszGroupName="Group")
    return [calls.response(Status=0, rpc_status=0, result=one) for one in handles]


def test_answers_differ(see):
    found = see(CASES / "udp-answers-differ.pcap")
    assert seen.rules(found, JUDGED) == {2: ["open-success-without-handle"]}


@pytest.mark.parametrize("encoding", ["2-ndr", "2-ndr-big"])
def test_the_first_answer_is_right_and_the_second_is_not(see, model, capture, encoding):
    pcap = capture()
    _, broken = opened(datagrams(model, pcap, encoding), handle(1), NULL_HANDLE)
    assert seen.rules(see(pcap), JUDGED) == {broken: ["open-success-without-handle"]}


def test_three_answers(see, model, capture):
    pcap = capture()
    broken, _, _ = opened(datagrams(model, pcap), NULL_HANDLE, handle(1), handle(1))
    assert seen.rules(see(pcap), JUDGED) == {broken: ["open-success-without-handle"]}


def test_answers_differ_over_tcp(see, model, capture):
    """No server answers twice; a capture of two taps with different clocks may hold what was never one connection."""
    pcap = capture()
    broken, _ = opened(Calls(model, pcap, ENCODINGS["3-ndr"]), NULL_HANDLE, handle(1))
    assert seen.rules(see(pcap), JUDGED) == {broken: ["open-success-without-handle"]}


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr-big", "3-ndr64"])
@pytest.mark.parametrize("answers", [(handle(1), NULL_HANDLE), (NULL_HANDLE, handle(1)), (NULL_HANDLE, NULL_HANDLE),
                                     (handle(1), NULL_HANDLE, handle(1))], ids=["good-bad", "bad-good", "copy", "three"])
def test_answers_that_share_a_frame_are_told_apart_at_each_visit(tshark, model, capture, encoding, answers):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.request(41, lpszGroupName="Group")
    with calls.conn.one_frame():
        for one in answers:
            calls.response(Status=0, rpc_status=0, result=one)
    once, twice = (tshark.fields(pcap, ["frame.number", "cmrp.finding"], "cmrp.opnum", passes) for passes in ((), ("-2",)))
    assert once == twice
    assert sum(cell.count("open-success-without-handle") for _, cell in once) == 1


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr-big", "3-ndr64"])
@pytest.mark.parametrize("first, second", [(handle(1), NULL_HANDLE), (NULL_HANDLE, handle(1))], ids=["good-bad", "bad-good"])
@pytest.mark.parametrize("pieces", [(2, None), (None, 2), (2, 2)])
def test_answers_in_pieces_that_share_a_frame(tshark, model, capture, encoding, first, second, pieces):
    """Each stub is that of the last fragment of its own PDU: the second one is no copy of the first."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.request(41, lpszGroupName="Group")
    with calls.conn.one_frame():
        for one, fragments in zip((first, second), pieces):
            calls.response(Status=0, rpc_status=0, result=one, sent={"fragments": fragments})
    once, twice = (tshark.fields(pcap, ["frame.number", "cmrp.finding"], "cmrp.opnum", passes) for passes in ((), ("-2",)))
    assert once == twice
    assert sum(cell.count("open-success-without-handle") for _, cell in once) == 1


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr-big"])
def test_a_request_that_dcerpc_puts_together_otherwise_at_a_later_visit(tshark, model, capture, encoding):
    """First fragments of two calls in one frame, and last ones that nobody waits for: what was put together once is not read
    at a later visit. What was found of a parameter is said still, though no parameter stands in the tree."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.open_group("Group", handle(1))
    stub = calls.pack_request(75, hCluster=handle(1), lpszResourceTypeName="Generic Service", dwControlCode=0x02000005, lpInBuffer=None,
                              nInBufferSize=0, nOutBufferSize=16384)
    first, last = rpcpdu.FIRST_FRAG, rpcpdu.LAST_FRAG
    with calls.conn.one_frame():
        for call_id, flags, size in ((7, first, 80), (8, first, 70), (8, last, 1), (8, last, 5), (8, last, 5), (8, last, 9)):
            piece = rpcpdu.request(75, stub[:size], call_id, big_endian=calls.conn.big_endian)[16:]
            calls.conn.pdu(rpcpdu.REQUEST, piece, call_id=call_id, flags=flags)
    for passes in ((), ("-2",)):
        frames = tshark.fields(pcap, ["cmrp.finding"], "cmrp.opnum == 75", passes)
        assert len(frames) == 1 and "handle-of-wrong-type" in frames[0][0]
        assert "handle-of-wrong-type" in tshark.run([*passes, "-n", "-V", "-r", tshark.readable(pcap)]).stdout


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr-big", "3-ndr64"])
def test_last_fragments_behind_a_whole_request(tshark, model, capture, encoding):
    """Nobody waits for them, and dcerpc hands on a stub of nothing for each: they say nothing of who sent the request."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.open_group("Group", handle(1))
    stub = calls.pack_request(45, hGroup=handle(1))
    with calls.conn.one_frame():
        for flags, size in ((rpcpdu.WHOLE, len(stub)), (rpcpdu.LAST_FRAG, 1), (rpcpdu.LAST_FRAG, 5), (rpcpdu.LAST_FRAG, 9)):
            piece = rpcpdu.request(45, stub[:size], 7, big_endian=calls.conn.big_endian, ctx_id=calls.conn.ctx_id)[16:]
            calls.conn.pdu(rpcpdu.REQUEST, piece, call_id=7, flags=flags)
    once, twice = (tshark.fields(pcap, ["frame.number", "cmrp.finding"], "cmrp.opnum", passes) for passes in ((), ("-2",)))
    assert once == twice
    assert "ndr-" not in once[-1][1]


def test_different_answers_seen_twice(see, model, capture, wrapped):
    pcap = capture()
    opened(datagrams(model, pcap), NULL_HANDLE, handle(1))
    found = see(wrapped(pcap, wraps.copies(15 * MICROSECOND)))
    assert total(found)["open-success-without-handle"] == 1


def test_fragments_that_come_twice_leave_the_response_time(tshark, captures_dir, wrapped):
    """Wireshark takes the last copy of a fragment for the request, though the stub was put together before."""
    path = captures_dir / "fragments-udp.pcapng"
    fields = ["cmrp.opnum", "cmrp.response_time"]
    plain, copied = (
        [time for opnum, time in tshark.fields(pcap, fields, "cmrp.response_time", extra=["-2"]) if opnum == "32"]
        for pcap in (path, wrapped(path, wraps.copies(15 * MICROSECOND))))
    assert len(plain) == 1 and copied[:1] == plain


# ---------------------------------------------------------------- a broken request with several answers


def at_most_once(found, answers):
    for frame in answers:
        rules = found.findings.get(frame, [])
        assert len(rules) == len(set(rules)), (frame, rules)
    assert sum(rule.startswith("ndr-broken-request-served") for rule in found.findings[answers[0]]) == 1


def test_broken_request_answered_twice(see):
    at_most_once(see(CASES / "udp-broken-request-answered-twice.pcap"), [2, 3])


@pytest.mark.parametrize("encoding", ["2-ndr-big", "3-ndr", "3-ndr64"])
def test_broken_request_answered_several_times(see, model, capture, encoding):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.request(41, stub=b"\1\2\3")
    answers = [calls.response(Status=0, rpc_status=0, result=handle(number)) for number in (1, 1, 2)]
    at_most_once(see(pcap), answers)


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64", "2-ndr"])
def test_broken_request_answered_a_thousand_times(see, model, capture, encoding):
    """A finding of a rule is made once a frame, so that time and output grow with the bytes."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.request(41, stub=b"\1\2\3")
    answers = [calls.response(Status=0, rpc_status=0, result=handle(1)) for _ in range(1000)]
    at_most_once(see(pcap), answers)
