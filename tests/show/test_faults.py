# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a fault that answers a call say of which method and object it is: in columns, Info, tree and filters?"""
import pytest

from support import rpcpdu
from support.calls import ENCODINGS, Calls, handle
from support.tshark import PASSWORD, find

MISMATCH, MISMATCH_NAME = 0x1C00001A, "nca_s_fault_context_mismatch"
DENIED, NO_SUCH_OPERATION = 5, 0x1C010002
ONLINE, MOVE_TO, OPEN_GROUP, OPEN_NODE = 49, 52, 41, 66
FAILED = 'cmrp.outcome in {"failure", "fault"}'
UNANALYSED = ("-o", "tcp.analyze_sequence_numbers:FALSE")


def opened(model, pcap, encoding="3-ndr"):
    """A client with a group and a node."""
    calls = Calls(model, pcap, ENCODINGS[encoding])
    calls.open_group("SQL", handle(1))
    calls.request(OPEN_NODE, lpszNodeName="NODE2")
    calls.response(Status=0, rpc_status=0, result=handle(2))
    return calls


def refused_move(model, pcap, encoding="3-ndr", status=MISMATCH):
    """The frames of a move and of the fault that answers it."""
    calls = opened(model, pcap, encoding)
    return calls, calls.request(MOVE_TO, hGroup=handle(1), hNode=handle(2)), calls.conn.fault(status)


def frames(tshark, pcap, filter):
    return [int(number) for number, in tshark.fields(pcap, ["frame.number"], filter)]


def info(tshark, pcap, frame, *extra):
    return tshark.info(pcap, f"frame.number == {frame}", extra)[0]


@pytest.mark.parametrize("encoding", ["2-ndr", "2-ndr-big", "3-ndr", "3-ndr64-big"])
def test_method_handles_and_status(tshark, model, capture, encoding):
    pcap = capture()
    _, asked, fault = refused_move(model, pcap, encoding)
    sentence = f'ApiMoveGroupToNode fault, HGROUP #1 "SQL", HNODE #2 "NODE2", {MISMATCH_NAME}'
    names = ["cmrp.fault", "cmrp.opnum", "cmrp.method", "cmrp.version", "cmrp.outcome", "cmrp.status_name",
             "cmrp.response_time", "cmrp.handle.id", "cmrp.handle.name", "dcerpc.request_in", "_ws.col.Protocol", "_ws.col.Info"]
    expected = [[f"0x{MISMATCH:08x}", str(MOVE_TO), "ApiMoveGroupToNode", encoding[0], "fault", MISMATCH_NAME, "0.001000000",
                "1,2", "SQL,NODE2", str(asked), "CMRPv2" if encoding[0] == "2" else "CMRP", sentence]]
    for passes in ((), ("-2",)):
        rows = tshark.fields(pcap, names, f"frame.number == {fault}", passes, split=True)
        assert [[",".join(cell) for cell in row] for row in rows] == expected


def test_filters_find_it_as_a_failing_call_and_not_as_a_response(tshark, model, capture):
    pcap = capture()
    calls, asked, fault = refused_move(model, pcap)
    failing = calls.request(ONLINE, hGroup=handle(1)), calls.response(rpc_status=0, result=DENIED)
    assert frames(tshark, pcap, FAILED) == [fault, failing[1]]
    assert frames(tshark, pcap, "cmrp.fault") == [fault]
    alike = f'cmrp.fault == {MISMATCH} && cmrp.fault == "{MISMATCH_NAME}" && cmrp.status_name == "{MISMATCH_NAME}"'
    assert frames(tshark, pcap, alike) == [fault]
    assert frames(tshark, pcap, f'cmrp.opnum == {MOVE_TO} && cmrp.handle.name == "SQL"') == [asked, fault]
    assert fault not in frames(tshark, pcap, "cmrp || clusapi || cmrp.status")


def test_version_2_is_no_response_either(tshark, model, capture):
    pcap = capture()
    fault = refused_move(model, pcap, "2-ndr")[-1]
    assert fault not in frames(tshark, pcap, "cmrp || cmrp2 || clusapi")


def test_the_tree_says_it_below_dcerpc(tshark, model, capture):
    pcap = capture()
    fault = refused_move(model, pcap)[-1]
    text = tshark.read(pcap, ["-V"], f"frame.number == {fault}").stdout
    for line in (f"[ApiMoveGroupToNode fault: {MISMATCH_NAME} (0x{MISMATCH:08x})]",
                 '[hGroup of the request (HGROUP_RPC #1 "SQL")]', '[hNode of the request (HNODE_RPC #2 "NODE2")]'):
        assert line in text
    assert "ClusAPI), " not in text


def test_a_win32_error_is_said_in_words(tshark, model, capture):
    pcap = capture()
    fault = refused_move(model, pcap, status=DENIED)[-1]
    assert info(tshark, pcap, fault).endswith(", ERROR_ACCESS_DENIED")
    text = tshark.read(pcap, ["-V"], f"frame.number == {fault}").stdout
    assert "[ApiMoveGroupToNode fault: ERROR_ACCESS_DENIED (0x00000005), HRESULT 0x80070005: the caller is not allowed to]" in text


def test_a_status_that_has_no_name(tshark, model, capture):
    pcap = capture()
    fault = refused_move(model, pcap, status=0xDEADBEEF)[-1]
    assert info(tshark, pcap, fault).endswith('"NODE2", status 0xdeadbeef')
    assert tshark.fields(pcap, ["cmrp.fault", "cmrp.status_name"], "cmrp.fault") == [["0xdeadbeef", ""]]


def test_what_the_request_named(tshark, model, capture):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.request(OPEN_GROUP, lpszGroupName="SQL")
    assert info(tshark, pcap, calls.conn.fault(DENIED)) == 'ApiOpenGroup fault, "SQL", ERROR_ACCESS_DENIED'


def test_a_reject(tshark, model, capture):
    pcap = capture()
    calls = opened(model, pcap, "2-ndr")
    asked = calls.request(ONLINE, hGroup=handle(1))
    reject = calls.conn.reject(NO_SUCH_OPERATION)
    assert info(tshark, pcap, reject) == 'ApiOnlineGroup fault, HGROUP #1 "SQL", nca_op_rng_error'
    assert tshark.fields(pcap, ["frame.number", "dcerpc.request_in"], FAILED) == [[str(reject), str(asked)]]


@pytest.mark.parametrize("order", ["ffa", "faf", "aff", "ff"])
def test_several_in_a_frame(tshark, model, capture, order):
    """Each stands below the item of its own PDU, and the column names it."""
    pcap = capture()
    calls = opened(model, pcap)
    calls.request(ONLINE, hGroup=handle(1), sent={"call_id": 10})
    calls.request(OPEN_GROUP, lpszGroupName="Beta", sent={"call_id": 11})
    calls.request(MOVE_TO, hGroup=handle(1), hNode=handle(2), sent={"call_id": 12})
    calls.answer_in_one_frame(order, MISMATCH, [10, 12], OPEN_GROUP, 11, Status=0, rpc_status=0, result=handle(3))
    frame, = frames(tshark, pcap, "cmrp.fault")
    for passes in ((), ("-2",)):
        layers, = tshark.json(pcap, "cmrp.fault", [*passes, "-J", "dcerpc"])
        told = {find(pdu, "dcerpc.cn_call_id")[0]: find(pdu, "cmrp.handle.id")
                for pdu in layers["dcerpc"] if find(pdu, "cmrp.fault")}
        assert told == {"10": ["1"], "12": ["1", "2"]}
        shown = info(tshark, pcap, frame, *passes)
        assert shown.count(f'ApiOnlineGroup fault, HGROUP #1 "SQL", {MISMATCH_NAME}') == 1
        assert shown.count(f'ApiMoveGroupToNode fault, HGROUP #1 "SQL", HNODE #2 "NODE2", {MISMATCH_NAME}') == 1
        assert "call_id" not in shown


def test_copies(tshark, model, capture):
    """What was captured twice looks the same twice, and is counted once."""
    pcap = capture()
    calls, _, fault = refused_move(model, pcap)
    again = calls.conn.retransmit()
    assert info(tshark, pcap, fault) == info(tshark, pcap, again, *UNANALYSED)
    assert [cells for _, *cells in tshark.fields(pcap, ["frame.number", "cmrp.opnum", "cmrp.handle.id"], "cmrp.fault", UNANALYSED)] == [
        [str(MOVE_TO), "1,2"]] * 2
    tree = tshark.read(pcap, ["-q", "-z", "cmrp,tree", *UNANALYSED]).stdout
    assert [line.split()[1] for line in tree.splitlines() if line.strip().startswith("Fault ")][-1:] == ["1"]


def test_copies_of_datagrams(tshark, model, capture):
    pcap = capture()
    calls, _, fault = refused_move(model, pcap, "2-ndr")
    again = calls.conn.fault(MISMATCH)
    assert info(tshark, pcap, again) == info(tshark, pcap, fault)
    assert frames(tshark, pcap, FAILED) == [fault, again]


@pytest.mark.parametrize("key, handles", [((), []), (PASSWORD, ["3", "2"])], ids=["sealed", "opened"])
def test_sealed_calls(tshark, captures_dir, key, handles):
    """The method is known without a key, the handles are not."""
    rows = tshark.fields(captures_dir / "notify-sealed-ntlm.pcapng", ["_ws.col.Info", "cmrp.handle.id"], "cmrp.fault", key, split=True)
    (text,), found = rows[0]
    assert text.startswith("ApiReAddNotifyGroup fault, ") and text.endswith(MISMATCH_NAME)
    assert found == handles and ("HNOTIFY #3" in text) == bool(handles)


def test_faults_that_answer_no_known_call_are_left_alone(tshark, model, capture):
    pcap = capture()
    calls = opened(model, pcap)
    lone = calls.conn.fault(MISMATCH, call_id=77)
    foreign = pcap.tcp(server=("10.0.0.2", 49300))
    foreign.bind(interface=rpcpdu.INTERFACE.__class__(int=5), version=1)
    foreign.bind_ack()
    foreign.request(ONLINE)
    other = foreign.fault(MISMATCH)
    assert frames(tshark, pcap, "cmrp.fault || cmrp.outcome == \"fault\"") == []
    for frame in (lone, other):
        assert info(tshark, pcap, frame).startswith("Fault: call_id: ")


def test_passes_agree(tshark, captures_dir):
    path = captures_dir / "association-groups.pcapng"
    one, two = (tshark.json(path, "cmrp.fault", ["-J", "dcerpc", *passes]) for passes in ((), ("-2",)))
    assert one == two and len(one) == 3
