# SPDX-License-Identifier: GPL-2.0-or-later
"""Which life does a handle mean at a moment? Closed, issued again, unknown, NULL, failed, in flight."""
from uuid import UUID

import pytest
from support import trees
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.lives import Client, Handle, close_group, read, use_group  # noqa: F401

GROUP, OTHER = handle(1), handle(50)
AFTER_CLOSE = [("handle-used-after-close", "MUST")]

both_versions = pytest.mark.parametrize("encoding", [ENCODINGS["2-ndr"], ENCODINGS["3-ndr"]], ids=["2", "3"])


@both_versions
def test_the_same_bytes_after_a_close_are_another_life(encoding, model, capture, read):
    pcap = capture()
    calls = Calls(model, pcap, encoding)
    told = []
    for number in range(1, 6):
        opened = calls.open_group(f"Life {number}", GROUP)
        frames = [opened, *use_group(calls, GROUP)]
        closed = close_group(calls, GROUP)
        told.append((number, opened, closed, [*frames, closed]))
        dead, _ = use_group(calls, GROUP, status=6)
        told[-1][3].append(dead)
    lives = read(pcap)
    for number, opened, closed, frames in told:
        for frame in frames:
            assert lives.only(frame)[1:] == (number, "HGROUP_RPC", f"Life {number}", opened, closed)
        assert [lives.findings(frame) for frame in frames] == [[], [], [], [], AFTER_CLOSE]


@both_versions
def test_issued_again_though_no_close_was_seen(encoding, model, capture, read):
    """The old life ended, at the latest, where the server gave the bytes away again; that is no breach of the client."""
    pcap = capture()
    calls = Calls(model, pcap, encoding)
    first = calls.open_group("First", GROUP)
    used, _ = use_group(calls, GROUP)
    second = calls.open_group("Second", GROUP)
    again, _ = use_group(calls, GROUP)
    lives = read(pcap)
    assert lives.only(used)[1:] == (1, "HGROUP_RPC", "First", first, second)
    assert lives.only(again)[1:] == (2, "HGROUP_RPC", "Second", second, None)
    assert lives.findings(used) == lives.findings(again) == []


def test_issued_again_beside_a_life_of_another_association(model, capture, read):
    """The newest life of the bytes is another's; the own one behind it is found all the same."""
    pcap = capture()
    mine, other = Client(model, pcap, group=1), Client(model, pcap, group=2)
    first = mine.open_group("First", GROUP)
    foreign = other.open_group("Other", GROUP)
    used, _ = use_group(mine, GROUP)
    second = mine.open_group("Second", GROUP)
    untouched, _ = use_group(other, GROUP)
    lives = read(pcap)
    assert lives.only(used)[1:] == (1, "HGROUP_RPC", "First", first, second)
    assert lives.only(untouched)[1:] == (2, "HGROUP_RPC", "Other", foreign, None)
    assert lives.only(second)[1:4] == (3, "HGROUP_RPC", "Second")


@both_versions
def test_a_handle_of_another_type_may_get_the_bytes(encoding, model, capture, read):
    pcap = capture()
    calls = Calls(model, pcap, encoding)
    calls.open_group("Group", GROUP)
    close_group(calls, GROUP)
    port = calls.create_notify(GROUP)
    asked = calls.request(63, hNotify=GROUP, hGroup=GROUP, dwFilter=1, dwNotifyKey=1, StateSequence=1)
    calls.response(rpc_status=0, result=6)
    lives = read(pcap)
    assert lives.at(asked) == [Handle(name, 2, "HNOTIFY_RPC", "port 1", port) for name in ("hNotify", "hGroup")]


@both_versions
def test_opened_before_the_capture(encoding, model, capture, read):
    """Type from its use, no name, no frame that opened it, and no finding; its end is seen."""
    pcap = capture()
    calls = Calls(model, pcap, encoding, joins=True)
    used, answered = use_group(calls, GROUP)
    refused, _ = use_group(calls, GROUP, status=6)
    closed = close_group(calls, GROUP)
    again = calls.open_group("New", GROUP)
    lives = read(pcap)
    for frame in (used, answered, refused, closed):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", None, None, closed)
        assert lives.findings(frame, ("handle-", "open-", "close-", "status-", "access-")) == []
    assert lives.only(again)[1:4] == (2, "HGROUP_RPC", "New")
    assert ", HGROUP #1" in lives.info(used) and "HGROUP #1 closed" in lives.info(closed)


@both_versions
def test_null_handles_have_no_life(encoding, model, capture, read):
    pcap = capture()
    calls = Calls(model, pcap, encoding)
    frames = list(use_group(calls, NULL_HANDLE, status=6))
    frames.append(calls.request(44, Group=NULL_HANDLE))
    frames.append(calls.response(Group=NULL_HANDLE, result=6))
    frames.append(calls.open_group("Nothing", NULL_HANDLE))
    opened = calls.open_group("Something", GROUP)
    lives = read(pcap)
    assert [lives.at(frame) for frame in frames] == [[]] * len(frames)
    assert lives.findings(frames[0]) == [("handle-null", "MUST")]
    assert "NULL handle" in lives.info(frames[0])
    assert lives.only(opened).id == 1


@both_versions
def test_failed_opens_and_closes(encoding, model, capture, read):
    """A failed open begins nothing, a failed close ends nothing, whatever bytes come back."""
    pcap = capture()
    calls = Calls(model, pcap, encoding)
    calls.request(41, lpszGroupName="Nobody")
    failed = calls.response(Status=0x1395, rpc_status=0, result=NULL_HANDLE)
    opened = calls.open_group("Group", GROUP)
    with_handle = close_group(calls, GROUP, status=6)
    calls.request(44, Group=GROUP)
    with_null = calls.response(Group=NULL_HANDLE, result=6)
    calls.request(44, Group=GROUP)
    with_another = calls.response(Group=OTHER, result=6)
    calls.request(44, Group=GROUP)
    calls.conn.fault(0x1C00001A)
    used, _ = use_group(calls, GROUP)
    lives = read(pcap)
    assert lives.at(failed) == []
    group = Handle("hGroup", 1, "HGROUP_RPC", "Group", opened)
    of_request = group._replace(holder="Group of the request")
    assert lives.at(with_handle) == [group._replace(holder="Group"), of_request]
    assert lives.at(with_null) == lives.at(with_another) == [of_request]
    assert lives.at(used) == [group]


def test_a_failed_open_with_a_handle_in_a_parameter(model, capture, read):
    """ApiCreateBatchPort: after a failure the bytes of the [out] parameter mean nothing."""
    pcap = capture()
    client = Client(model, pcap)
    client.request(28, samDesired=1)
    root = client.response(Status=0, rpc_status=0, result=GROUP)
    client.request(114, hKey=GROUP)
    failed = client.response(phBatchPort=OTHER, rpc_status=0, result=5)
    client.request(114, hKey=GROUP)
    same = client.response(phBatchPort=GROUP, rpc_status=0, result=5)
    lives = read(pcap)
    for frame in (failed, same):
        assert lives.at(frame) == [Handle("hKey of the request", 1, "HKEY_RPC", "\\", root)]


@both_versions
def test_a_life_ends_with_the_answer_not_with_the_request(encoding, model, capture, read):
    """A use while the close is in flight is no use after close."""
    pcap = capture()
    first = Calls(model, pcap, encoding, client=("10.0.0.1", 50001))
    opened = first.open_group("Group", GROUP)
    if encoding.version == 3:
        second = first
    else:
        second = Calls(model, pcap, encoding, client=("10.0.0.1", 50001), activity=UUID(int=77))
    asked = first.request(44, Group=GROUP)
    number = getattr(first.conn, "call_id", None)
    used = second.request(49, hGroup=GROUP)
    sent = {"call_id": number} if encoding.version == 3 else None
    first.opnum = 44
    closed = first.response(Group=NULL_HANDLE, result=0, sent=sent)
    second.opnum = 49
    answered = second.response(rpc_status=0, result=0)
    late, _ = use_group(second, GROUP, status=6)
    lives = read(pcap)
    for frame in (asked, used, closed, answered, late):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Group", opened, closed)
    assert lives.findings(used) == [] and lives.findings(late) == AFTER_CLOSE


def test_links_stand_below_the_handle_that_they_speak_of(model, capture, read):
    """Two handles in one request: each has its own frames in its own subtree."""
    pcap = capture()
    client = Client(model, pcap)
    port, group = client.create_notify(OTHER), client.open_group("Group", GROUP)
    asked = client.request(63, hNotify=OTHER, hGroup=GROUP, dwFilter=1, dwNotifyKey=1, StateSequence=1)
    answered = client.response(rpc_status=0, result=0)
    closed_group = close_group(client, GROUP)
    client.request(56, Notify=OTHER)
    closed_port = client.response(Notify=NULL_HANDLE, result=0)
    lives = read(pcap)
    expected = [Handle("hNotify", 1, "HNOTIFY_RPC", "port 1", port, closed_port),
                Handle("hGroup", 2, "HGROUP_RPC", "Group", group, closed_group)]
    assert lives.at(asked) == expected
    assert lives.at(answered) == [life._replace(holder=f"{life.holder} of the request") for life in expected]
    for name in ("cmrp.hNotify", "cmrp.hGroup"):
        below = lives.trees[asked].below(name)
        assert len(below.own("cmrp.handle.opened_in")) == len(below.own("cmrp.handle.closed_in")) == 1


@pytest.mark.parametrize("targeted, object_type, kind", [
    (1, 1, "HCLUSTER_RPC"), (1, 2, "HGROUP_RPC"), (1, 3, "HRES_RPC"), (1, 5, "HNETINTERFACE_RPC"),
    (1, 6, "HNETWORK_RPC"), (1, 7, "HNODE_RPC"), (1, 8, "HKEY_RPC"), (1, 10, "HCLUSTER_RPC"),
    (1, 13, "HGROUPSET_RPC"), (0, 2, "HCLUSTER_RPC"), (1, 14, "HGENERIC_RPC"), (1, 0, "HGENERIC_RPC"),
])
def test_the_filter_tells_the_type_of_an_unknown_object(targeted, object_type, kind, model, capture, tshark):
    """ApiAddNotifyV2 takes handles of any type; which one follows from the filter (3.1.4.2.137)."""
    pcap = capture()
    client = Client(model, pcap)
    asked = client.request(138, hNotify=OTHER, hObject=GROUP, dwNotifyKey=1, dwVersion=2,
                           filter={"dwObjectType": object_type, "FilterFlags": 1}, isTargetedAtObject=targeted)
    pcap.close()
    assert trees.read(tshark, pcap)[asked].all("cmrp.handle.type") == ["HNOTIFY_RPC", kind]


def test_names_are_safe_to_show(model, capture, read):
    """A name from the wire is escaped and bounded where it is shown as the name of a handle."""
    pcap = capture()
    client = Client(model, pcap)
    plain = client.open_group("a\x1b[2J\u202eb", GROUP)
    long = client.open_group("x" * 5000, OTHER)
    lives = read(pcap)
    assert lives.only(plain).name == "a\\033[2J\\u202Eb"
    assert lives.only(long).name == "x" * 256
