# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin keep its promises to those who use its names, and to those who do not use it at all?"""
import re
import struct
from collections import defaultdict
from uuid import UUID

import pytest
from cmrpidl.front.declare import value_of
from cmrpidl.model import Base
from support import rpcpdu, trees
from support.calls import ENCODINGS, Calls, handle
from support.rpcpcap import Capture

# The names and types that profiles, scripts and colouring rules rely on. Names may be added, none renamed.
PROMISED = {
    "cmrp.version": "FT_UINT8",
    "cmrp.opnum": "FT_UINT16",
    "cmrp.status": "FT_UINT32",
    "cmrp.rpc_status": "FT_UINT32",
    "cmrp.handle": "FT_BYTES",
    "cmrp.handle.type": "FT_STRING",
    "cmrp.handle.id": "FT_UINT32",
    "cmrp.handle.name": "FT_STRING",
    "cmrp.handle.opened_in": "FT_FRAMENUM",
    "cmrp.handle.closed_in": "FT_FRAMENUM",
    "cmrp.finding": "FT_STRING",
    "cmrp.finding.level": "FT_STRING",
    "cmrp.finding.section": "FT_STRING",
    "cmrp.response_time": "FT_RELATIVE_TIME",
    "cmrp.outcome": "FT_STRING",
    "cmrp.fault": "FT_UINT32",
    "cmrp.method": "FT_STRING",
    "cmrp.status_name": "FT_STRING",
    "cmrp.lpszGroupName": "FT_STRING",
    "cmrp.hNotify": "FT_BYTES",
    "cmrp.hGroup": "FT_BYTES",
    "cmrp.dwFilter": "FT_UINT32",
    "cmrp.dwNotifyKey": "FT_UINT32",
    "cmrp.StateSequence": "FT_UINT32",
    "cmrp.CLUSTER_CHANGE_GROUP_STATE": "FT_BOOLEAN",
    "cmrp.ndr.trailing": "FT_BYTES",
    "cmrp.ndr.unread": "FT_BYTES",
    "cmrp.expert.ndr_truncated": "FT_NONE",
    "cmrp.expert.ndr_count_exceeds_data": "FT_NONE",
    "cmrp.expert.ndr_offset_not_zero": "FT_NONE",
    "cmrp.expert.ndr_actual_exceeds_maximum": "FT_NONE",
    "cmrp.expert.ndr_string_not_terminated": "FT_NONE",
    "cmrp.expert.ndr_count_mismatch": "FT_NONE",
    "cmrp.expert.ndr_trailing_bytes": "FT_NONE",
    "cmrp.expert.cut_short": "FT_NONE",
}
# Wireshark compares values of all fields of one name; within these groups it can.
SIMILAR = {"FT_CHAR": "unsigned", "FT_UINT8": "unsigned", "FT_UINT16": "unsigned", "FT_UINT24": "unsigned",
           "FT_UINT32": "unsigned", "FT_INT8": "signed", "FT_INT16": "signed", "FT_INT32": "signed"}
INTERFACE = str(rpcpdu.INTERFACE)


@pytest.fixture(scope="module")
def registered(tshark):
    """(filter, type) of each field of the plugin."""
    rows = [line.split("\t") for line in tshark.run(["-G", "fields"]).stdout.splitlines()]
    return [(row[2], row[3]) for row in rows if row[0] == "F" and row[2].startswith("cmrp")]


def test_promised_filters_exist_with_their_types(registered):
    assert set(PROMISED.items()) <= set(registered)


def test_every_field_is_below_the_protocol_and_can_be_typed(registered):
    for name, _ in registered:
        assert re.fullmatch(r"cmrp\.[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*", name), name


def test_fields_of_one_name_can_be_compared(registered):
    types = defaultdict(set)
    for name, kind in registered:
        types[name].add(SIMILAR.get(kind, kind))
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}


def test_every_parameter_of_the_interface_has_its_field(registered, model):
    """Under its own name, whatever its type; statuses are cmrp.status and cmrp.rpc_status."""
    names = {name.split(".")[1] for name, _ in registered}
    for interface in model.interfaces:
        for method in interface.methods:
            parameters = {param.name for param in method.params if param.on_wire and not is_status(param)}
            assert parameters <= names, method.name
    for struct_ in model.structs:
        if struct_.name != "FILETIME":
            assert {member.name for member in struct_.members} <= names, struct_.name


def is_status(param):
    type_ = value_of(param.type)
    return isinstance(type_, Base) and type_.name == "error_status"


def test_each_finding_has_an_expert_item_of_the_same_name(registered):
    """cmrp.expert.RULE_ID with underscores: no other spelling exists."""
    experts = [name for name, _ in registered if name.startswith("cmrp.expert.")]
    assert len(experts) == len(set(experts))
    for name in experts:
        assert re.fullmatch(r"cmrp\.expert\.[a-z0-9]+(_[a-z0-9]+)*", name), name


def test_protocols(tshark):
    rows = [line.split("\t") for line in tshark.run(["-G", "protocols"]).stdout.splitlines()]
    ours = {row[2]: row[1] for row in rows if row[2].startswith("cmrp")}
    assert ours == {"cmrp": "CMRP", "cmrp2": "CMRPv2"}
    assert "clusapi" in {row[2] for row in rows}


@pytest.mark.parametrize("args", [["-v"], ["-G", "fields"], ["-G", "protocols"], ["-G", "decodes"], ["-G", "values"],
                                  ["-G", "defaultprefs"]], ids=" ".join)
def test_start_says_nothing(tshark, args):
    """No message about equal dissector names, or any other, at any kind of start."""
    result = tshark.run(args)
    assert result.stderr == "" and "same dissector name" not in result.stdout


def test_filters_of_the_built_in_dissector_are_still_accepted(tshark, captures_dir):
    """clusapi and clusapi.opnum match; the names of its parameters are known, if without a match."""
    pcap = captures_dir / "smbtorture-group-ndr.pcapng"
    every = tshark.fields(pcap, ["frame.number"], "cmrp")
    assert every and tshark.fields(pcap, ["frame.number"], "clusapi") == every
    opens = tshark.fields(pcap, ["frame.number"], "cmrp.opnum == 41")
    assert opens and tshark.fields(pcap, ["frame.number"], "clusapi.opnum == 41") == opens
    assert tshark.fields(pcap, ["frame.number"], "clusapi.clusapi_OpenGroup.lpszGroupName") == []


def test_cmrp_matches_requests_and_responses_alone(tshark, model, capture):
    """A bind, its answer and a fault can carry findings; they are found by cmrp.finding."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    pdus = [calls.request(41, lpszGroupName="Gruppe"), calls.conn.request(200)]
    fault = calls.conn.fault(0x1C00001A)
    other = pcap.tcp()
    bind = other.bind(version=9)
    found = [int(frame) for frame, in tshark.fields(pcap, ["frame.number"], "cmrp.finding")]
    assert {fault, bind} < set(found)
    assert [int(frame) for frame, in tshark.fields(pcap, ["frame.number"], "cmrp")] == pdus


# Captures without ClusAPI: the plugin changes not a word


def foreign_rpc(capture):
    """Interfaces that Wireshark knows and one that it does not, in both versions of RPC."""
    for number, interface in enumerate((UUID("338cd001-2244-31f1-aaaa-900038001003"), UUID(int=5))):
        conn = capture.tcp(("10.0.0.1", 51000 + number), ("10.0.0.2", 49300))
        conn.bind(version=1, interface=interface)
        conn.bind_ack()
        conn.request(2, bytes(range(48)))
        conn.response(bytes(range(24)))
        conn.request(200, b"")
        conn.fault(0x1C010002)
        conn.fin()
    udp = capture.udp(("10.0.0.1", 51100), ("10.0.0.2", 49301), version=0)
    udp.request(1, bytes(20), interface=UUID(int=7))
    udp.response(bytes(20), interface=UUID(int=7))


def look_alikes(capture):
    """Bytes that resemble a bind, a request and the interface's UUID, outside DCE/RPC or cut off."""
    bind = rpcpdu.bind([(0, (rpcpdu.INTERFACE, 3), [rpcpdu.NDR])], 1)
    conn = capture.tcp(("10.0.0.1", 51200), ("10.0.0.2", 80))
    conn.send(b"GET / HTTP/1.0\r\n\r\n" + bind)
    conn.send(b"HTTP/1.0 200 OK\r\n\r\n" + rpcpdu.INTERFACE.bytes_le, client=False)
    conn.rst()
    plain = capture.tcp(("10.0.0.1", 51201), ("10.0.0.2", 9999))
    plain.send(b"\0" * 7 + bind)
    plain.send(bind[:15])
    plain.lose(5)
    plain.send(b"\5\0\13")
    plain.fin()


def names_and_data(capture):
    """DNS-like and other datagrams."""
    question = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"\7cluster\5local\0" + struct.pack(">2H", 1, 1)
    capture.udp(("10.0.0.1", 51300), ("10.0.0.2", 53)).send(question)
    capture.udp(("10.0.0.1", 51301), ("10.0.0.2", 9999)).send(rpcpdu.INTERFACE.bytes_le)
    capture.udp(("10.0.0.1", 51302), ("10.0.0.2", 9999)).send(b"")


FOREIGN = (foreign_rpc, look_alikes, names_and_data)


@pytest.mark.parametrize("make", FOREIGN, ids=lambda make: make.__name__)
def test_other_protocols_are_dissected_as_without_the_plugin(tshark, capture, make):
    """Word for word, with the plugin active, with its protocol disabled, and in two passes."""
    pcap = capture()
    make(pcap)
    for passes in ([], ["-2"]):
        expected = tshark.read(pcap, ["-V", *passes], plugin=False).stdout
        assert expected.count("Frame ") >= pcap.frames
        assert tshark.read(pcap, ["-V", *passes]).stdout == expected
        assert tshark.read(pcap, ["-V", *passes, "--disable-protocol", "cmrp"]).stdout == expected
    assert tshark.read(pcap, []).stdout == tshark.read(pcap, [], plugin=False).stdout
    assert tshark.fields(pcap, ["frame.number"], "cmrp") == []


@pytest.mark.parametrize("encoding", [ENCODINGS["2-ndr"], ENCODINGS["3-ndr64"]], ids=["2-ndr", "3-ndr64"])
def test_disabled_protocol_decodes_nothing(tshark, model, capture, encoding):
    """The user's choice holds for both versions; what remains is the call as DCE/RPC knows it."""
    calls = Calls(model, capture(), encoding)
    calls.open_group("Gruppe", handle(1))
    off = ["--disable-protocol", "cmrp"]
    assert tshark.fields(calls.capture, ["frame.number"], "cmrp", off) == []
    assert tshark.fields(calls.capture, ["frame.number"], "cmrp.opnum || cmrp.version", off) == []
    assert len(tshark.fields(calls.capture, ["frame.number"], "dcerpc.opnum == 41", off)) == 2
    assert tshark.fields(calls.capture, ["frame.number"], trees.ACCIDENTS, off) == []
    assert len(tshark.fields(calls.capture, ["frame.number"], "cmrp")) == 2
    # The built-in dissector's protocol is another one: who switched it off gets the plugin all the same.
    without = tshark.fields(calls.capture, ["frame.number"], "cmrp", ["--disable-protocol", "clusapi"])
    assert len(without) == 2


# Tables of Wireshark's own


@pytest.mark.parametrize("version", [2, 3])
def test_response_times_of_rpc(tshark, tmp_path, model, version):
    """-z dcerpc,srt works for both versions, names the methods, and survives captures of the other version."""
    paths = {}
    for name in ("2-ndr", "3-ndr"):
        paths[name] = Capture(tmp_path / f"{name}.pcap")
        with paths[name] as made:
            calls = Calls(model, made, ENCODINGS[name])
            calls.open_group("Gruppe", handle(1))
            calls.open_group("Gruppe", handle(2))
    table = f"dcerpc,srt,{INTERFACE},{version}.0"
    mine = tshark.statistics(paths[f"{version}-ndr"], table)
    rows = [line.split() for line in mine.splitlines() if "Api" in line]
    assert [(row[0], row[1], row[2]) for row in rows] == [("41", "ApiOpenGroup", "2")]
    others = tshark.statistics(paths[f"{5 - version}-ndr"], table)
    assert "Api" not in others


def test_rpc_programs_and_hierarchy(tshark, captures_dir):
    """Statistics that go over all protocols name the plugin's, once for each PDU."""
    pcap = captures_dir / "smbtorture-group-ndr.pcapng"
    pdus = len(tshark.fields(pcap, ["frame.number"], "cmrp"))
    hierarchy = tshark.statistics(pcap, "io,phs")
    assert re.search(rf"dcerpc +frames:\d+ bytes:\d+\n +cmrp +frames:{pdus} ", hierarchy)
