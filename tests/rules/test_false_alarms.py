# SPDX-License-Identifier: GPL-2.0-or-later
"""Is nothing found that nobody did, whatever part of clean traffic the capture holds?

Clean exchanges are captured badly: each frame in turn is missing, the capture begins late, holds one direction or the
first bytes of frames, or each frame twice. None of this breaks a rule.
"""
import struct
from uuid import UUID

import pytest
from support import sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.lives import close_group, use_group
from support.ports import (
    GROUP_PROPERTY, GROUP_STATE, INVALID_FUNCTION, INVALID_HANDLE, NO_MORE_ITEMS, NODE, NODE_STATE, Client, event_2)
from support.rpcpcap import Capture

RECORD = struct.Struct(">IIII")
# A second thread of the client: a connection of the same association, or over UDP an activity.
SECOND = {"3-ndr": {}, "2-ndr": {"activity": UUID(int=2)}}
# What each of these captures shows, as nothing is sealed.
EXPECTED = ("transport-",)


@pytest.fixture
def found(clicker):
    """{frame: rules} of a capture, without the rules on transport."""
    def read(pcap):
        clicker.load(pcap)
        rows = clicker.call("frames", column0="cmrp.finding:0")
        seen = {row["num"]: [rule for rule in row["c"][0].split(",") if rule and not rule.startswith(EXPECTED)]
                for row in rows}
        return {frame: rules for frame, rules in seen.items() if rules}

    return read


# ---------------------------------------------------------------- clean exchanges


def shared_handles(pcap, model, encoding):
    """Handles that two connections share; a group that is opened again."""
    one = Calls(model, pcap, ENCODINGS[encoding])
    two = Calls(model, pcap, ENCODINGS[encoding], joins=True, **SECOND[encoding])
    one.open_group("Alpha", handle(1))
    two.open_group("Beta", handle(2))
    use_group(two, handle(1))
    use_group(one, handle(2))
    close_group(two, handle(1))
    one.open_group("Alpha", handle(3))
    use_group(two, handle(3))
    close_group(one, handle(3))
    close_group(one, handle(2))
    one.open_group("Alpha", handle(1))
    use_group(one, handle(1))
    close_group(one, handle(1))


def same_bytes_again(pcap, model, encoding):
    """The server gives out the bytes of a closed handle again, for an object of another type."""
    c = Calls(model, pcap, ENCODINGS[encoding])
    c.open_group("Alpha", handle(1))
    use_group(c, handle(1))
    close_group(c, handle(1))
    c.request(66, lpszNodeName="NODE1")
    c.response(Status=0, rpc_status=0, result=handle(1))
    c.request(69, hNode=handle(1))
    c.response(rpc_status=0, result=0)
    c.request(67, Node=handle(1))
    c.response(Node=NULL_HANDLE, result=0)
    c.open_group("Beta", handle(1))
    use_group(c, handle(1))
    close_group(c, handle(1))


def port_story(pcap, model, encoding):
    """Registrations for several objects, events that wait, a client that registers again, an end by unblocking."""
    c = Client(model, pcap, encoding)
    cluster, group, other, node, port = c.cluster(), c.group("Alpha"), c.group("Beta"), c.open("node", "N1"), c.port()
    waiter = c.connect(**SECOND[encoding])
    waiter.ask(port)
    c.add(port, group, GROUP_STATE | GROUP_PROPERTY, 7, sequence=3)
    waiter.answer(0, 7, GROUP_STATE, "Alpha", 4)
    waiter.ask(port)
    c.add(port, other, GROUP_STATE, 8, sequence=1)
    c.add(port, node, NODE_STATE, 9, sequence=5)
    waiter.answer(0, 9, NODE_STATE, "N1", 6)
    waiter.ask(port)
    waiter.answer(0, 8, GROUP_STATE, "Beta", 2)
    c.add(port, cluster, GROUP_STATE, 10)
    waiter.event(port, 10, GROUP_STATE, "Gamma", 7)
    waiter.event(port, 7, GROUP_STATE, "Alpha", 5)
    c.readd(port, group, GROUP_STATE, 11, sequence=4)
    waiter.event(port, 11, GROUP_STATE, "Alpha", 5)
    waiter.ask(port)
    c.ask_to_unblock(port)
    c.advance(2)
    waiter.answer(NO_MORE_ITEMS)
    c.response(result=0)
    c.close(port)


def port_of_version_2(pcap, model, encoding):
    c = Client(model, pcap, encoding)
    cluster, group, port = c.cluster(), c.group("Alpha"), c.port_2()
    waiter = c.connect(**SECOND[encoding])
    c.add_2(port, group, 2, 0x8, 7)
    c.add_2(port, cluster, NODE, 0x10, 8, targeted=0)
    waiter.events_2(port, event_2(7, 2, 0x8, "Alpha", buffer=bytes(4), object_id="g", parent_id="1"))
    waiter.events_2(port, event_2(8, NODE, 0x10, "N1", buffer=bytes(4), object_id="1"))
    waiter.request(139, hNotify=port)
    c.ask_to_unblock(port)
    waiter.answer_2(status=INVALID_FUNCTION)
    c.response(result=0)
    c.close(port)


def many_methods(pcap, model, encoding):
    """Calls whose answers are judged by what was asked."""
    c = Calls(model, pcap, ENCODINGS[encoding])
    c.request(0)
    c.response(Status=0, rpc_status=0, result=handle(1))
    c.open_group("Alpha", handle(2))
    c.request(77, hGroup=handle(2), dwControlCode=0x03000059, lpInBuffer=None, nInBufferSize=0, nOutBufferSize=0)
    c.response(lpOutBuffer=b"", lpBytesReturned=0, lpcbRequired=40, rpc_status=0, result=0xEA)
    c.request(77, hGroup=handle(2), dwControlCode=0x03000059, lpInBuffer=None, nInBufferSize=0, nOutBufferSize=40)
    c.response(lpOutBuffer=bytes(4), lpBytesReturned=4, lpcbRequired=4, nOutBufferSize=40, rpc_status=0, result=0)
    c.request(28, samDesired=1)
    c.response(Status=0, rpc_status=0, result=handle(3))
    c.request(34, hKey=handle(3), lpValueName="v", cbData=2)
    c.response(lpValueType=1, lpData=b"", lpcbRequired=8, rpc_status=0, result=0xEA, cbData=2)
    c.request(7, dwType=1)
    c.response(ReturnEnum={"EntryCount": 1, "Entry": [{"Type": 1, "Name": "N1"}]}, rpc_status=0, result=0)
    c.request(43, Group=handle(2), force=0)
    c.response(rpc_status=0, result=0)
    close_group(c, handle(2))


SCENES = [shared_handles, same_bytes_again, port_story]
RUNS = [(scene, encoding) for scene in SCENES for encoding in ("3-ndr", "2-ndr")]
RUNS += [(port_of_version_2, "3-ndr"), (many_methods, "3-ndr64")]


# ---------------------------------------------------------------- bad captures


class Records:
    """The frames of a capture file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._head, body = file.read(24), file.read()
        self.frames, at = [], 0
        while at < len(body):
            length = RECORD.unpack_from(body, at)[2]
            self.frames.append(body[at:at + 16 + length])
            at += 16 + length

    def write(self, path, frames):
        with open(path, "wb") as file:
            file.write(self._head + b"".join(frames))
        return path


def is_of_server(frame):
    """Servers have the ports below the clients'."""
    source, target = struct.unpack_from(">HH", frame, 16 + 34)
    return source < target


def cut(frame, length):
    seconds, micros, captured, total = RECORD.unpack_from(frame)
    captured = min(captured, length)
    return RECORD.pack(seconds, micros, captured, total) + frame[16:16 + captured]


def bad_captures(frames):
    """(what is wrong, frames)"""
    for place in range(len(frames)):
        yield f"{place + 1} missing", frames[:place] + frames[place + 1:]
    for place in range(1, len(frames), 4):
        yield f"begins at {place + 1}", frames[place:]
    for server in (False, True):
        yield f"one direction {server}", [frame for frame in frames if is_of_server(frame) == server]
    for length in (60, 110, 150):
        yield f"cut at {length}", [cut(frame, length) for frame in frames]
    for place in range(0, len(frames), 3):
        yield f"{place + 1} cut", [*frames[:place], cut(frames[place], len(frames[place]) - 20), *frames[place + 1:]]
    yield "twice", [frame for frame in frames for _ in range(2)]


@pytest.mark.parametrize("scene, encoding", RUNS, ids=[f"{scene.__name__}-{encoding}" for scene, encoding in RUNS])
def test_bad_captures_of_clean_traffic(scene, encoding, model, found):
    folder = sandbox.sandbox().new_folder()
    with Capture(folder / "whole.pcap") as pcap:
        scene(pcap, model, encoding)
    assert found(pcap) == {}
    records = Records(folder / "whole.pcap")
    alarms = {}
    for what, frames in bad_captures(records.frames):
        alarm = found(records.write(folder / "bad.pcap", frames))
        if alarm:
            alarms[what] = alarm
    assert alarms == {}


# ---------------------------------------------------------------- what else may have happened


def refused(calls, found):
    """A call on a handle that was opened before, refused as invalid: what is found on the answer."""
    frame = use_group(calls, handle(1), INVALID_HANDLE)[1]
    return found(calls.capture).get(frame, [])


def test_a_copy_of_a_segment_is_no_loss(model, capture, found):
    calls = Calls(model, capture(), ENCODINGS["3-ndr"])
    calls.open_group("Alpha", handle(1))
    calls.request(49, hGroup=handle(1))
    calls.conn.retransmit()
    calls.response(rpc_status=0, result=0)
    calls.conn.retransmit()
    assert refused(calls, found) == LIVE


LIVE = ["status-invalid-handle-on-live-handles"]


@pytest.mark.parametrize("encoding", ["3-ndr", "2-ndr"])
def test_handle_that_is_certainly_alive(encoding, model, capture, found):
    calls = Calls(model, capture(), ENCODINGS[encoding])
    calls.open_group("Alpha", handle(1))
    assert refused(calls, found) == LIVE


def test_server_that_started_anew_over_udp(model, capture, found):
    calls = Calls(model, capture(), ENCODINGS["2-ndr"], boot_time=1000)
    calls.open_group("Alpha", handle(1))
    calls.conn.boot_time = 2000
    assert refused(calls, found) == []


def test_client_that_was_silent_over_udp(model, capture, found):
    calls = Calls(model, capture(), ENCODINGS["2-ndr"])
    calls.open_group("Alpha", handle(1))
    calls.capture.advance(301)
    assert refused(calls, found) == []


def test_server_that_started_anew_over_tcp(model, capture, found):
    """It gives the number of an association that never ended to a client that asked for a new one."""
    calls = Calls(model, capture(), ENCODINGS["3-ndr"])
    calls.open_group("Alpha", handle(1))
    assert refused(Calls(model, calls.capture, ENCODINGS["3-ndr"]), found) == []


@pytest.mark.parametrize("counted", [True, False], ids=["analysed", "not analysed"])
@pytest.mark.parametrize("lost", [0, 32])
def test_handle_of_nowhere_and_losses(lost, counted, model, capture, tshark):
    """What was missed may have given it, also where Wireshark does not analyse TCP."""
    calls = Calls(model, capture(), ENCODINGS["3-ndr"])
    if lost:
        calls.conn.lose(lost, client=False)
    frame = use_group(calls, handle(1), INVALID_HANDLE)[0]
    calls.capture.close()
    option = f"tcp.analyze_sequence_numbers:{str(counted).upper()}"
    rows = tshark.fields(calls.capture.path, ["frame.number"], "cmrp.expert.handle_never_obtained", ["-o", option])
    assert rows == ([] if lost else [[str(frame)]])


def test_handle_of_an_association_that_may_be_older(model, capture, found):
    """A client that had an association before the capture may use its handles in another one, which is no invention."""
    older = Calls(model, capture(), ENCODINGS["3-ndr"], joins=True)
    use_group(older, handle(1))
    newer = Calls(model, older.capture, ENCODINGS["3-ndr"], assoc_group=0x77)
    assert refused(newer, found) == [] and found(older.capture) == {}


def test_close_that_was_missed(model, capture, found):
    calls = Calls(model, capture(), ENCODINGS["3-ndr"])
    calls.open_group("Alpha", handle(1))
    calls.conn.lose(100)
    calls.conn.lose(52, client=False)
    assert refused(calls, found) == []


def test_registration_that_was_missed_on_the_connection_of_its_event(model, capture, found):
    """The frame with the event is the first one that shows the gap."""
    c = Client(model, capture())
    group, port = c.group("Alpha"), c.port()
    c.ask(port)
    c.conn.lose(100)
    c.conn.lose(40, client=False)
    c.answer(0, 7, GROUP_STATE, "Alpha", 1)
    assert group and found(c.capture) == {}


def test_event_that_overtakes_the_answer_and_has_another_name(model, capture, found):
    """The group was opened by its id; the event calls it by its name."""
    c = Client(model, capture())
    group, port = c.group("0d3c1a3e-7d1c-4a6e-9f63-0d5e0f4b6a11"), c.port()
    waiter = c.connect()
    waiter.ask(port)
    c.ask_to_add(port, group, GROUP_STATE, 7)
    waiter.answer(0, 7, GROUP_STATE, "Alpha", 2)
    c.added(1)
    assert found(c.capture) == {}


def test_sequence_that_another_node_told(model, capture, found):
    """A client that reconnects brings the number of a node whose traffic the capture does not hold."""
    c = Client(model, capture())
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7, sequence=3)
    c.readd(port, group, GROUP_STATE, 7, sequence=5)
    assert found(c.capture) == {}


def test_sequence_that_nobody_told(model, capture, found):
    """Of a client that fetches its events here, a number that came in none of them is a suspicion."""
    c = Client(model, capture())
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7, sequence=3)
    c.event(port, 7, GROUP_STATE, "Alpha", 4)
    frame = c.readd(port, group, GROUP_STATE, 7, sequence=5)
    assert found(c.capture) == {frame: ["notify-sequence-never-handed-out"]}
