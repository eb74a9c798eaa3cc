# SPDX-License-Identifier: GPL-2.0-or-later
"""Is the order of frames taken for the order of events only where the capture itself does not contradict it?

Files joined behind each other, two taps, frames that changed places: a handle cannot be used before it exists, and what
the stamps contradict is no breach. A breach that stamps and order agree on stays one.
"""
from uuid import UUID

import pytest
from support import sandbox, seen, traffic, wraps
from support.calls import ENCODINGS, Calls, handle
from support.lives import close_group, use_group
from support.ports import GROUP_STATE, Client
from support.tshark import PASSWORD

CASES = sandbox.SOURCE_DIR / "tests" / "network" / "captures"
JUDGED = "(?!transport-)"
# A second thread: a connection of the association, or an activity.
SECOND = {"2": {"activity": UUID(int=2)}, "3": {}}
ALL = ["3-ndr", "3-ndr-big", "3-ndr64", "2-ndr", "2-ndr-big"]


def lives(found):
    return [(life.type, life.uses, life.state, life.name) for life in found.lives]


def two(model, pcap, encoding):
    """Two threads of one client, which share its handles."""
    options = SECOND[encoding[0]]
    client = {"client": ("10.0.0.1", 50001)} if encoding[0] == "2" else {}
    return (Calls(model, pcap, ENCODINGS[encoding], **client),
            Calls(model, pcap, ENCODINGS[encoding], **client, **options))


# ---------------------------------------------------------------- files behind each other


def test_time_goes_back(see):
    found = see(CASES / "time-goes-back.pcap")
    assert seen.rules(found, JUDGED) == {}
    assert [(life.type, life.name) for life in found.lives] == [("HGROUP_RPC", "Cluster Group")]


@pytest.mark.parametrize("encoding", ALL)
@pytest.mark.parametrize("wrap", [wraps.trailer(0), wraps.doubled], ids=["plain", "copies"])
def test_two_threads_in_two_files(see, model, capture, wrapped, encoding, wrap):
    """The handle is used by the second thread before the first closes it; the second file is behind the first."""
    pcap = capture()
    one, other = two(model, pcap, encoding)
    pcap.at(1_000_001_000)
    one.open_group("Alpha", handle(1))
    pcap.at(1_000_001_010)
    close_group(one, handle(1))
    pcap.at(1_000_001_005)
    use_group(other, handle(1))
    found = see(wrapped(pcap, wrap), "-o", "tcp.analyze_sequence_numbers:TRUE")
    assert seen.rules(found, JUDGED) == {}
    assert [(life.type, life.name) for life in found.lives] == [("HGROUP_RPC", "Alpha")]


@pytest.mark.parametrize("encoding", ALL)
def test_a_breach_in_the_order_of_stamps_stays_one(see, model, capture, encoding):
    pcap = capture()
    one, other = two(model, pcap, encoding)
    one.open_group("Alpha", handle(1))
    pcap.advance(5)
    close_group(one, handle(1))
    pcap.advance(5)
    used, answered = use_group(other, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {
        used: ["handle-used-after-close"], answered: ["status-success-on-closed-handle"]}


@pytest.mark.parametrize("encoding", ALL)
def test_a_breach_of_one_thread_needs_no_stamps(see, model, capture, encoding):
    """One connection has an order of its own, whatever the clock says."""
    pcap = capture(step=0)
    calls, _ = two(model, pcap, encoding)
    calls.open_group("Alpha", handle(1))
    close_group(calls, handle(1))
    used, answered = use_group(calls, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {
        used: ["handle-used-after-close"], answered: ["status-success-on-closed-handle"]}


@pytest.mark.parametrize("name", ["notify-clean-ndr", "notify-v2-ndr64", "notify-sealed-spnego-onecall", "notify-udp",
                                  "association-groups"])
def test_a_file_for_each_connection(see, captures_dir, wrapped, name):
    """Nothing is found that was not found when the frames stood in their order."""
    options = PASSWORD if "sealed" in name else ()
    path = captures_dir / f"{name}.pcapng"
    joined = wraps.by_connection(traffic.read(path))
    found = see(wrapped(path, wraps.by_connection), *options)
    plain = see(path, *options)
    origins = joined.origins()
    known = {frame: set(rules) for frame, rules in plain.findings.items()}
    new = {frame: set(rules) - known.get(origins[frame][0], set()) for frame, rules in found.findings.items()}
    assert {frame: rules for frame, rules in new.items() if rules} == {}
    assert found.counts == plain.counts


# ---------------------------------------------------------------- used before it was opened


def test_request_before_open(see):
    found = see(CASES / "request-before-open-udp.pcap")
    assert found.findings == {1: ["transport-datagram-unauthenticated"]}
    assert [life.type for life in found.lives] == ["HGROUP_RPC", "HNOTIFY_RPC"]
    port = found.lives[1]
    assert (port.opened, port.uses, port.name) == (5, 2, "port 1")


def port_story(c, waiter):
    """A port is opened, a group registered, and an event comes; the frame of the answer that opens the port."""
    group = c.group("Alpha")
    port = c.port()
    opened = c.capture.frames
    waiter.ask_to_add(port, group, GROUP_STATE, 7)
    waiter.added(0)
    waiter.event(port, 7, GROUP_STATE, "Alpha", 1)
    return opened


@pytest.mark.parametrize("encoding", ALL)
@pytest.mark.parametrize("stamps, wrap", [(True, wraps.trailer(0)), (False, wraps.trailer(0)), (False, wraps.doubled)],
                         ids=["stamps go back", "stamps of the capture", "copies"])
def test_the_answer_that_opens_and_the_next_request_change_places(
        see, model, capture, wrapped, encoding, stamps, wrap):
    """The use adopts the life that the answer begins, whatever the stamps say: nobody has a handle before it is."""
    pcap = capture()
    options = {"client": ("10.0.0.1", 50001)} if encoding[0] == "2" else {}
    c = Client(model, pcap, encoding, **options)
    waiter = c.connect(**options, **SECOND[encoding[0]])
    opened = port_story(c, waiter)
    plain = see(pcap)
    path = wrapped(pcap, lambda told: wrap(wraps.swapped([opened - 1], stamps)(told)))
    found = see(path)
    assert seen.rules(found, JUDGED) == seen.rules(plain, JUDGED) == {}
    assert lives(found) == lives(plain)


@pytest.mark.parametrize("encoding", ALL)
def test_a_handle_that_was_only_used_and_then_is_opened_long_after(see, model, capture, encoding):
    """What is used after the opening is what was opened, whatever had the bytes an hour before."""
    pcap = capture()
    one, other = two(model, pcap, encoding)
    use_group(other, handle(1))
    pcap.advance(3600)
    one.open_group("Alpha", handle(1))
    used, _ = use_group(other, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {}
    assert found.handles[used] == [found.lives[-1].number] and found.lives[-1].name == "Alpha"


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr-big", "3-ndr64"])
@pytest.mark.parametrize("stub", [None, b"\1\2\3"], ids=["whole", "broken"])
def test_an_answer_before_the_last_fragment_of_its_request(tshark, model, capture, wrapped, encoding, stub):
    """Of what it answers nobody knows when it comes; it is judged alone, at later visits as well."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.request(41, lpszGroupName="Alpha", sent={"fragments": 2})
    answer = calls.response(Status=0, rpc_status=0, result=handle(1)) if stub is None else calls.response(stub=stub)
    calls.open_group("Beta", handle(2))
    path = wrapped(pcap, wraps.swapped([answer - 2], False))
    fields, once = ["frame.number", "cmrp.opnum", "cmrp.finding"], ["-o", "tcp.analyze_sequence_numbers:FALSE"]
    first, later = (tshark.fields(path, fields, "cmrp.opnum", passes) for passes in (once, [*once, "-2"]))
    assert first == later and [opnum for _, opnum, _ in first] == ["41"] * 4
    assert ("ndr-truncated" in first[0][2]) == (stub is not None)


@pytest.mark.parametrize("name", ["notify-ndr", "notify-udp", "out-of-order"])
@pytest.mark.parametrize("first", [0, 1])
def test_every_second_frame_changes_places(see, captures_dir, wrapped, name, first):
    path = captures_dir / f"{name}.pcapng"
    plain = see(path)
    count = len(traffic.read(path).frames)
    swap = wraps.swapped(range(first, count - 1, 6))
    origins = swap(traffic.read(path)).origins()
    found = see(wrapped(path, swap))
    for frame, rules in seen.rules(found, JUDGED).items():
        assert set(rules) <= set(plain.findings.get(origins[frame][0], ())), frame
