# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the captures that the tests make look to Wireshark like what they claim to be?

Judged by Wireshark's own dissectors, without the plugin, so that a fault of the plugin cannot hide a fault of
the test library.
"""
import os
import struct
import time
from uuid import UUID

import pytest
from support import rpcpdu
from support.rpcpcap import Capture
from support.tshark import find

# ApiOpenGroup (opnum 41): a conformant varying string; a status, an rpc_status and a handle.
NAME = "Gruppe"
OPEN_GROUP, GET_GROUP_ID = 41, 44
HANDLE = struct.pack("<I", 0) + UUID("01020304-0506-0708-090a-0b0c0d0e0f10").bytes_le


def open_group_in(order="<"):
    text = (NAME + "\0").encode("utf-16-le" if order == "<" else "utf-16-be")
    count = len(NAME) + 1
    return struct.pack(order + "III", count, 0, count) + text


def open_group_in64():
    count = len(NAME) + 1
    return struct.pack("<QQQ", count, 0, count) + (NAME + "\0").encode("utf-16-le")


def open_group_out(order="<"):
    return struct.pack(order + "II", 0, 0) + HANDLE


def column(tshark, pcap, name, filter=None):
    return [row[0] for row in tshark.fields(pcap, [name], filter, plugin=False)]


@pytest.mark.parametrize("port", [1025, 49200, 51515, 65535])
@pytest.mark.parametrize("big_endian", [False, True])
def test_call_over_tcp_is_recognised_on_any_port(tshark, capture, port, big_endian):
    pcap = capture()
    conn = pcap.tcp(("10.1.0.1", 50000), ("10.1.0.2", port), big_endian=big_endian)
    order = ">" if big_endian else "<"
    conn.bind(assoc_group=0)
    conn.bind_ack(assoc_group=0x77)
    request = conn.request(OPEN_GROUP, open_group_in(order))
    response = conn.response(open_group_out(order))
    conn.fin()
    rows = tshark.fields(pcap, ["frame.number", "dcerpc.opnum", "clusapi.clusapi_OpenGroup.lpszGroupName"],
                         "clusapi", plugin=False)
    assert rows == [[str(request), "41", NAME], [str(response), "41", ""]]
    assert column(tshark, pcap, "dcerpc.cn_assoc_group", "dcerpc.pkt_type == 12") == ["0x00000077"]
    assert column(tshark, pcap, "frame.number", "_ws.malformed || _ws.expert.severity >= 0x600000") == []


def test_tcp_is_clean(tshark, capture):
    """Sequence numbers agree: nothing is lost, sent twice or out of order."""
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    for _ in range(3):
        conn.request(OPEN_GROUP, open_group_in())
        conn.response(open_group_out())
    conn.fin()
    other = pcap.tcp(handshake=False)
    other.bind()
    other.bind_ack()
    other.rst()
    assert column(tshark, pcap, "tcp.analysis.flags", "tcp.analysis.flags") == []
    assert column(tshark, pcap, "tcp.stream", "tcp.flags.reset == 1 || tcp.flags.fin == 1") == ["0", "0", "1"]


def test_second_association_and_ndr64(tshark, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind(ndr64=True)
    conn.bind_ack()
    request = conn.request(OPEN_GROUP, open_group_in64())
    conn.response(struct.pack("<II", 0, 0) + HANDLE)
    assert conn.ctx_id == 1
    tree = tshark.json(pcap, f"frame.number == {request}", plugin=False)[0]
    assert find(tree, "clusapi.clusapi_OpenGroup.lpszGroupName") == [NAME]
    assert find(tree, "dcerpc.cn_ctx_id") == ["1"]
    assert column(tshark, pcap, "dcerpc.cn_ack_result", "dcerpc.pkt_type == 12") == ["2,0"]


def test_alter_context(tshark, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind(interface=UUID(int=5))
    conn.bind_ack()
    conn.alter_context(ctx_id=7)
    conn.alter_context_resp()
    request = conn.request(OPEN_GROUP, open_group_in())
    response = conn.response(open_group_out())
    assert column(tshark, pcap, "frame.number", "clusapi") == [str(request), str(response)]


def test_fragments_are_put_together(tshark, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    request = conn.request(OPEN_GROUP, open_group_in(), fragments=[8, 12])
    response = conn.response(open_group_out(), fragments=2)
    rows = tshark.fields(pcap, ["frame.number", "clusapi.clusapi_OpenGroup.lpszGroupName"], "clusapi", plugin=False)
    assert rows == [[str(request), NAME], [str(response), ""]]
    assert column(tshark, pcap, "dcerpc.cn_flags", "dcerpc.pkt_type == 0") == ["0x01", "0x00", "0x02"]


def test_several_pdus_in_one_frame_and_calls_in_flight(tshark, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    with conn.one_frame():
        conn.request(OPEN_GROUP, open_group_in(), call_id=10)
        conn.request(GET_GROUP_ID, HANDLE, call_id=11)
    second = conn.fault(0x1C010002, call_id=11)
    first = conn.response(open_group_out(), call_id=10)
    rows = tshark.fields(pcap, ["frame.number", "dcerpc.cn_call_id", "dcerpc.opnum"], "dcerpc.pkt_type in {0, 2, 3}",
                         plugin=False)
    assert rows == [[str(second - 1), "10,11", "41,44"], [str(second), "11", "44"], [str(first), "10", "41"]]


def test_pdu_in_several_segments(tshark, capture):
    pcap = capture()
    conn = pcap.tcp(mss=20)
    conn.bind()
    conn.bind_ack()
    request = conn.request(OPEN_GROUP, open_group_in())
    assert column(tshark, pcap, "frame.number", "clusapi") == [str(request)]


def test_retransmission_loss_and_cut(tshark, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    conn.request(OPEN_GROUP, open_group_in())
    again = conn.retransmit()
    conn.lose(100, client=False)
    after_hole = conn.response(open_group_out())
    pcap.cut_next(80)
    cut = conn.request(OPEN_GROUP, open_group_in())
    assert column(tshark, pcap, "frame.number", "tcp.analysis.retransmission") == [str(again)]
    assert column(tshark, pcap, "frame.number", "tcp.analysis.lost_segment") == [str(after_hole)]
    assert tshark.fields(pcap, ["frame.cap_len", "frame.len"], f"frame.number == {cut}", plugin=False) == [
        ["80", str(54 + 24 + len(open_group_in()))]]


def test_authentication_trailer(tshark, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind(auth=(10, 5, b"\1" * 16))
    conn.bind_ack(auth=(10, 5, b"\2" * 16))
    conn.auth3((10, 5, b"\3" * 16))
    request = conn.request(OPEN_GROUP, open_group_in(), auth=(10, 5, b"\4" * 16))
    rows = tshark.fields(pcap, ["frame.number", "dcerpc.auth_type", "dcerpc.auth_level", "dcerpc.cn_auth_len"],
                         "dcerpc.auth_level && dcerpc.pkt_type != 16", plugin=False)
    assert rows == [[str(frame), "10", "5", "16"] for frame in (request - 3, request - 2, request)]
    assert column(tshark, pcap, "clusapi.clusapi_OpenGroup.lpszGroupName", "clusapi") == [NAME]


def test_object_uuid_bind_nak_and_others(tshark, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    conn.request(OPEN_GROUP, open_group_in(), object_uuid=UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"))
    conn.cancel()
    conn.orphaned()
    conn.shutdown()
    other = pcap.tcp()
    other.bind()
    other.bind_nak(4)
    assert column(tshark, pcap, "dcerpc.obj_id", "dcerpc.obj_id") == ["aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"]
    assert column(tshark, pcap, "dcerpc.pkt_type", "dcerpc") == ["11", "12", "0", "18", "19", "17", "11", "13"]
    assert column(tshark, pcap, "dcerpc.cn_reject_reason", "dcerpc.pkt_type == 13") == ["4"]
    assert column(tshark, pcap, "clusapi.clusapi_OpenGroup.lpszGroupName", "clusapi") == [NAME]


@pytest.mark.parametrize("port", [1025, 49200, 51515])
@pytest.mark.parametrize("big_endian", [False, True])
def test_call_over_udp_is_recognised(tshark, capture, port, big_endian):
    """Interface 2.0 is unknown to Wireshark; the call and what it belongs to are not."""
    pcap = capture()
    udp = pcap.udp(("10.1.0.1", 50001), ("10.1.0.2", port), big_endian=big_endian)
    udp.request(OPEN_GROUP, open_group_in())
    udp.response(HANDLE)
    udp.request(GET_GROUP_ID, HANDLE)
    udp.fault(0x1C010002)
    names = ["dcerpc.pkt_type", "dcerpc.dg_seqnum", "dcerpc.opnum", "dcerpc.dg_if_id", "dcerpc.dg_if_ver",
             "dcerpc.dg_act_id", "dcerpc.dg_frag_len"]
    rows = tshark.fields(pcap, names, "dcerpc && !wg", plugin=False)
    activity = "00112233-4455-6677-8899-aabbccddeeff"
    lengths = [len(open_group_in()), 20, 20, 4]
    assert rows == [
        [ptype, seq, opnum, str(rpcpdu.INTERFACE), "2", activity, str(length)]
        for (ptype, seq, opnum), length in zip(
            [("0", "0", "41"), ("2", "0", "41"), ("0", "1", "44"), ("3", "1", "44")], lengths)]
    assert column(tshark, pcap, "dcerpc.dg_status", "dcerpc.pkt_type == 3") == ["0x1c010002"]


def test_udp_fragments(tshark, capture):
    pcap = capture()
    udp = pcap.udp(version=3)
    udp.request(OPEN_GROUP, open_group_in(), fragments=[16])
    udp.response(open_group_out())
    names = column(tshark, pcap, "clusapi.clusapi_OpenGroup.lpszGroupName", "clusapi && dcerpc.pkt_type == 0")
    assert names == [NAME]


def test_time_is_what_the_test_says(tshark, capture):
    pcap = capture(start=1_600_000_000.25, step=0.5)
    conn = pcap.tcp(handshake=False)
    conn.bind()
    pcap.advance(10)
    conn.bind_ack()
    pcap.at(1_700_000_000.000001)
    conn.request(OPEN_GROUP, open_group_in())
    assert column(tshark, pcap, "frame.time_epoch") == [
        "1600000000.250000000", "1600000010.750000000", "1700000000.000001000"]


def test_same_calls_make_the_same_file(tmp_path):
    contents = []
    for name in ("one", "two"):
        with Capture(tmp_path / name) as pcap:
            conn = pcap.tcp()
            conn.bind()
            conn.bind_ack()
            conn.request(OPEN_GROUP, open_group_in())
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def test_large_captures_are_made_quickly(tmp_path):
    """Stress tests need hundreds of thousands of PDUs: 20,000 in 2 s is ten times slower than seen."""
    stub = open_group_in()
    start = time.process_time()
    with Capture(tmp_path / "large.pcap") as pcap:
        conn = pcap.tcp()
        for _ in range(10_000):
            conn.request(OPEN_GROUP, stub)
            conn.response(HANDLE)
    assert time.process_time() - start < 2
    assert os.path.getsize(tmp_path / "large.pcap") > 10_000 * (len(stub) + len(HANDLE))


def test_sharkd_shows_frames_in_any_order(sharkd, capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    request = conn.request(OPEN_GROUP, open_group_in())
    response = conn.response(open_group_out())
    session = sharkd(pcap, plugin=False)
    assert any("Group" in line for line in session.labels(response))
    assert any(NAME in line for line in session.labels(request))
    assert [row["num"] for row in session.frames("clusapi")] == [request, response]


def test_a_message_on_stderr_fails(tshark, capture):
    pcap = capture()
    with pytest.raises(AssertionError, match="stderr"):
        tshark.read(pcap, filter="no.such.field == 1", plugin=False)
