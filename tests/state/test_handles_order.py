# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a network do to calls, and are their handles understood all the same?

Calls in flight, several PDUs in one frame, fragments, segments, copies, losses, faults, frames that were cut.
"""
from uuid import UUID

import pytest
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.lives import Client, Handle, close_group, read, use_group  # noqa: F401

GROUP, OTHER, THIRD = handle(1), handle(50), handle(100)


def test_calls_in_flight_are_answered_in_any_order(model, capture, read):
    pcap = capture()
    client = Client(model, pcap)
    names = {10: "ten", 11: "eleven", 12: "twelve"}
    for number, name in names.items():
        client.request(41, lpszGroupName=name, sent={"call_id": number})
    opened = {}
    for number in (12, 10, 11):
        opened[number] = client.response(Status=0, rpc_status=0, result=handle(number), sent={"call_id": number})
    used = {number: use_group(client, handle(number))[0] for number in names}
    for number in names:
        client.request(44, Group=handle(number), sent={"call_id": 20 + number})
    closed = {}
    for number in (11, 12, 10):
        closed[number] = client.response(Group=NULL_HANDLE, result=0, sent={"call_id": 20 + number})
    lives = read(pcap)
    for life, number in enumerate((12, 10, 11), 1):
        expected = (life, "HGROUP_RPC", names[number], opened[number], closed[number])
        for frame in (opened[number], used[number], closed[number]):
            assert lives.only(frame)[1:] == expected


def test_several_pdus_in_one_frame(model, capture, read):
    """Three answers in a frame open three lives; a close and an open of the same bytes follow each other there."""
    pcap = capture()
    client = Client(model, pcap)
    for number in (10, 11, 12):
        client.request(41, lpszGroupName=str(number), sent={"call_id": number})
    with client.conn.one_frame():
        for number in (10, 11, 12):
            opened = client.response(Status=0, rpc_status=0, result=handle(number), sent={"call_id": number})
    with client.conn.one_frame():
        asked = client.request(44, Group=handle(11), sent={"call_id": 20})
        client.request(41, lpszGroupName="again", sent={"call_id": 21})
        client.request(49, hGroup=handle(12), sent={"call_id": 22})
    with client.conn.one_frame():
        client.opnum = 44
        closed = client.response(Group=NULL_HANDLE, result=0, sent={"call_id": 20})
        client.opnum = 41
        client.response(Status=0, rpc_status=0, result=handle(11), sent={"call_id": 21})
    used, _ = use_group(client, handle(11))
    lives = read(pcap)
    assert [(life.id, life.name) for life in lives.at(opened)] == [(1, "10"), (2, "11"), (3, "12")]
    assert [(life.holder, life.id) for life in lives.at(asked)] == [("Group", 2), ("hGroup", 3)]
    assert lives.at(closed) == [Handle("Group of the request", 2, "HGROUP_RPC", "11", opened, closed),
                                Handle("handle", 4, "HGROUP_RPC", "again", closed)]
    assert lives.ids(used) == [4] and lives.findings(used) == []


def test_a_pdu_behind_a_broken_one_in_the_same_frame(model, capture, read):
    """The broken one teaches nothing, and shows no life that only its neighbour began."""
    pcap = capture()
    client = Client(model, pcap)
    whole = client.pack_request(47, hGroup=GROUP)
    broken = client.pack_request(46, hGroup=GROUP, lpszGroupName="x")[:-6]
    with client.conn.one_frame():
        frame = client.request(46, stub=broken)
        client.request(47, stub=whole)
    lives = read(pcap)
    assert lives.only(frame) == Handle("hGroup", 1, "HGROUP_RPC")


# Copies

@pytest.mark.parametrize("extra", [(), ("-o", "tcp.reassemble_out_of_order:TRUE")], ids=["plain", "reordering"])
def test_tcp_retransmissions_teach_nothing_new(extra, model, capture, read):
    pcap = capture()
    client = Client(model, pcap)
    told = []

    def twice(frame):
        client.conn.retransmit()
        told.append(frame)

    twice(client.request(41, lpszGroupName="Group"))
    twice(client.response(Status=0, rpc_status=0, result=GROUP))
    twice(client.request(49, hGroup=GROUP))
    twice(client.response(rpc_status=0, result=0))
    twice(client.request(44, Group=GROUP))
    twice(client.response(Group=NULL_HANDLE, result=0))
    client.open_group("Second", GROUP)
    lives = read(pcap, extra)
    for frame in told[1:]:
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Group", told[1], told[5])
    assert lives.only(told[5] + 3).id == 2
    for frame in lives.frames():
        assert lives.findings(frame, ("handle-", "close-", "open-", "status-")) == []


def test_udp_retransmissions_are_the_same_call(model, capture, read):
    """A client asks again, the server sends its answer again: one life, also after an answer was seen."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["2-ndr"])
    copies = {}

    def call(label, opnum, asked, answered):
        frames = copies.setdefault(label, [])
        for seq in (None, calls.conn.seq + 1, calls.conn.seq + 1):
            frames.append(calls.request(opnum, **asked, sent={"seq": seq}))
            if seq is not None:
                frames += [calls.response(**answered), calls.response(**answered)]

    call("open", 41, {"lpszGroupName": "Group"}, {"Status": 0, "result": GROUP})
    call("port", 55, {}, {"Status": 0, "result": OTHER})
    call("use", 49, {"hGroup": GROUP}, {"result": 0})
    call("close", 44, {"Group": GROUP}, {"Group": NULL_HANDLE, "result": 0})
    call("next", 55, {}, {"Status": 0, "result": THIRD})
    lives = read(pcap)
    opened, closed = copies["open"][2], copies["close"][2]
    for frame in copies["use"] + copies["close"]:
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Group", opened, closed)
    for label, expected in (("open", (1, "HGROUP_RPC", "Group", opened, closed)),
                            ("port", (2, "HNOTIFY_RPC", "port 1", copies["port"][2], None)),
                            ("next", (3, "HNOTIFY_RPC", "port 2", copies["next"][2], None))):
        for place in (2, 3, 5, 6):
            assert lives.only(copies[label][place])[1:] == expected
    for frame in lives.frames():
        assert lives.findings(frame, ("handle-", "close-", "open-", "status-")) == []


def test_udp_copies_that_come_late(model, capture, read):
    """What has the bytes of an older PDU is a copy of it, and means the life that it meant: nothing is learnt."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["2-ndr"])
    first = calls.open_group("First", GROUP)
    closed = close_group(calls, GROUP)
    second = calls.open_group("Second", GROUP)
    calls.opnum = 44
    late = calls.request(44, Group=GROUP, sent={"seq": 1})
    calls.response(Group=NULL_HANDLE, result=0, sent={"seq": 1})
    calls.request(41, lpszGroupName="First", sent={"seq": 0})
    again = calls.response(Status=0, result=GROUP, sent={"seq": 0})
    calls.conn.seq = 2
    used, _ = use_group(calls, GROUP)
    lives = read(pcap)
    for frame in (first, late, again):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "First", first, closed)
    assert lives.only(used)[1:] == (2, "HGROUP_RPC", "Second", second, None)
    assert lives.findings(used) == []


def test_the_same_number_with_another_operation(model, capture, read):
    """Forged: a copy that is none gets a record of its own, and nothing is mixed up."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["2-ndr"])
    opened = calls.open_group("Group", GROUP)
    calls.request(47, hGroup=GROUP)
    forged = calls.request(63, hNotify=OTHER, hGroup=GROUP, dwFilter=1, dwNotifyKey=1, StateSequence=1,
                           sent={"seq": calls.conn.seq})
    answered = calls.response(result=6)
    lives = read(pcap)
    assert lives.at(forged) == [Handle("hGroup", 1, "HGROUP_RPC", "Group", opened)]
    assert lives.ids(answered) == [1] and lives.findings(answered, "status-") == []


# Losses and faults

@pytest.mark.parametrize("encoding", ["2-ndr", "3-ndr"])
def test_lost_answers_and_faults_change_nothing(encoding, model, capture, read):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.request(41, lpszGroupName="Lost")
    opened = calls.open_group("Group", GROUP)
    asked = calls.request(44, Group=GROUP)
    faulted = calls.request(44, Group=GROUP)
    calls.conn.fault(0x1C00001A)
    calls.request(41, lpszGroupName="Faulted")
    calls.conn.fault(0x1C010002)
    used, _ = use_group(calls, GROUP)
    lives = read(pcap)
    for frame in (asked, faulted, used):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Group", opened, None)
    assert lives.findings(used) == []


def test_lost_requests(model, capture, read):
    """An answer without its request teaches nothing; the handle that it gave begins before what was captured."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["2-ndr"])
    calls.opnum, calls.conn.opnum, calls.conn.seq = 41, 41, 0
    lonely = calls.response(Status=0, result=GROUP)
    used, _ = use_group(calls, GROUP)
    calls.opnum, calls.conn.opnum = 44, 44
    calls.conn.seq += 1
    unclosed = calls.response(Group=NULL_HANDLE, result=0)
    later, _ = use_group(calls, GROUP)
    lives = read(pcap)
    assert lives.at(lonely) == lives.at(unclosed) == []
    for frame in (used, later):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", None, None, None)


# Fragments and segments

def story(calls, fragments):
    """One life whose PDUs are all sent in pieces; the frames in which they are whole."""
    sent = {"fragments": fragments} if fragments else None
    calls.request(41, lpszGroupName="In pieces", sent=sent)
    opened = calls.response(Status=0, rpc_status=0, result=GROUP, sent=sent)
    used = calls.request(46, hGroup=GROUP, lpszGroupName="n" * 300, sent=sent)
    answered = calls.response(rpc_status=0, result=0)
    closing = calls.request(44, Group=GROUP, sent=sent)
    closed = calls.response(Group=NULL_HANDLE, result=0, sent=sent)
    return [opened, used, answered, closing, closed]


def check(lives, frames):
    for frame in frames:
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "In pieces", frames[0], frames[-1])
        assert lives.findings(frame) == []


@pytest.mark.parametrize("encoding", ["2-ndr", "2-ndr-big", "3-ndr", "3-ndr64", "3-ndr-big"])
@pytest.mark.parametrize("fragments", [2, 3])
def test_fragments_of_dcerpc(encoding, fragments, model, capture, read):
    """A handle may be cut in two by its fragments. Over UDP the activity is found all the same."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    if encoding.startswith("2"):
        # Another activity of another client: its handles stay its own.
        stranger = Calls(model, pcap, ENCODINGS[encoding], client=("10.0.0.7", 50001), activity=UUID(int=9))
        stranger.request(47, hGroup=OTHER)
    frames = story(calls, fragments)
    foreign = None
    if encoding.startswith("2"):
        foreign = stranger.request(46, hGroup=OTHER, lpszGroupName="x" * 300, sent={"fragments": 3})
    lives = read(pcap)
    if foreign:
        assert lives.findings(foreign) == [] and lives.only(foreign).name is None
        frames_lives = [lives.only(frame)[1:] for frame in frames]
        assert frames_lives == [(2, "HGROUP_RPC", "In pieces", frames[0], frames[-1])] * len(frames)
    else:
        check(lives, frames)


@pytest.mark.parametrize("mss", [30, 61, 100])
def test_segments_of_tcp(mss, model, capture, read):
    """PDUs over several segments, the bind and its answer included; segments that end inside a handle."""
    pcap = capture()
    client = Client(model, pcap, mss=mss)
    frames = story(client, None)
    end = client.conn.fin()
    lives = read(pcap)
    check(lives, frames)
    assert end > frames[-1]


def test_fragments_in_one_frame(model, capture, read):
    pcap = capture()
    client = Client(model, pcap)
    with client.conn.one_frame():
        client.request(41, lpszGroupName="In pieces", sent={"fragments": 3})
    with client.conn.one_frame():
        opened = client.response(Status=0, rpc_status=0, result=GROUP, sent={"fragments": 2})
    used, answered = use_group(client, GROUP)
    lives = read(pcap)
    for frame in (opened, used, answered):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "In pieces", opened, None)


# Frames that were cut, PDUs that do not decode

@pytest.mark.parametrize("encoding", ["2-ndr", "3-ndr"])
def test_what_does_not_decode_to_its_end_teaches_nothing(encoding, model, capture, read):
    """Its handles are still shown, with what is known of them from elsewhere."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    opened = calls.open_group("Group", GROUP)
    rename = calls.pack_request(46, hGroup=GROUP, lpszGroupName="New")
    broken = calls.request(46, stub=rename[:-4])
    answered = calls.response(rpc_status=0, result=0)
    unknown = calls.request(46, stub=OTHER + rename[20:-4])
    calls.response(rpc_status=0, result=0)
    calls.request(41, lpszGroupName="Half")
    half = calls.response(stub=calls.pack_response(41, Status=0, rpc_status=0, result=OTHER)[:-4])
    calls.request(41, stub=calls.pack_request(41, lpszGroupName="Half")[:-4])
    unasked = calls.response(Status=0, rpc_status=0, result=OTHER)
    closing = calls.request(44, Group=GROUP)
    unclosed = calls.response(stub=calls.pack_response(44, Group=NULL_HANDLE, result=0)[:-2])
    used, _ = use_group(calls, GROUP)
    lives = read(pcap)
    for frame in (broken, answered, closing, unclosed, used):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Group", opened, None)
    for frame in (unknown, half, unasked):
        assert lives.at(frame) == []


@pytest.mark.parametrize("encoding", ["2-ndr", "3-ndr"])
def test_frames_that_were_cut_by_the_capture(encoding, model, capture, read):
    """Wireshark does not decode such stubs. The close in one of them is not seen, and nothing is guessed."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    opened = calls.open_group("Group", GROUP)
    header = {"2-ndr": 14 + 28 + 80, "3-ndr": 14 + 40 + 24}[encoding]
    pcap.cut_next(header + 22)
    renamed = calls.request(46, hGroup=GROUP, lpszGroupName="New")
    calls.response(rpc_status=0, result=0)
    pcap.cut_next(header + 10)
    inside = calls.request(49, hGroup=GROUP)
    calls.response(rpc_status=0, result=0)
    calls.request(44, Group=GROUP)
    pcap.cut_next(header + 20)
    closed = calls.response(Group=NULL_HANDLE, result=0)
    used, _ = use_group(calls, GROUP)
    lives = read(pcap)
    for frame in {renamed, inside, closed} & set(lives.frames()):
        assert set(lives.ids(frame)) <= {1}
    assert lives.only(used)[1:] == (1, "HGROUP_RPC", "Group", opened, None)
    assert lives.findings(used) == []
