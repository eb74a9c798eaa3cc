# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the filters of docs/cmdlets.md show the methods that stand beside them?"""
import re

import pytest
from support import sandbox
from support.calls import ENCODINGS, Calls, handle

ROW = re.compile(r"\| `([A-Z][^|]*)\| ([^|]*) \| ([^|]*) \| `([^`]*)` \|$", re.MULTILINE)
PAGE = (sandbox.SOURCE_DIR / "docs" / "cmdlets.md").read_text(encoding="utf-8")
ROWS = [(methods.split(", "), filter) for _, _, methods, filter in ROW.findall(PAGE)]


@pytest.fixture(scope="module")
def opnums(model):
    interface = next(found for found in model.interfaces if found.version_major == 3)
    return {method.name: method.opnum for method in interface.methods}


def test_there_are_rows():
    assert len(ROWS) == PAGE.count("\n| `") > 20


@pytest.mark.parametrize("methods, filter", ROWS, ids=[filter for _, filter in ROWS])
def test_a_filter_is_of_its_methods(opnums, methods, filter):
    assert sorted(opnums[name] for name in methods) == [int(number) for number in re.findall(r"\d+", filter)]


def test_a_failing_move_reads_as_on_the_page(tshark, model, capture):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("SQL", handle(1))
    calls.request(66, lpszNodeName="NODE2")
    calls.response(Status=0, rpc_status=0, result=handle(2))
    calls.request(52, hGroup=handle(1), hNode=handle(2))
    calls.response(rpc_status=0, result=0x1398)
    shown = tshark.info(pcap, next(filter for methods, filter in ROWS if "ApiMoveGroupToNode" in methods) + ' && cmrp.outcome == "failure"')
    assert shown == ['ApiMoveGroupToNode response, HGROUP #1 "SQL", HNODE #2 "NODE2", ERROR_HOST_NODE_NOT_GROUP_OWNER']
    assert tshark.fields(pcap, ["cmrp.opnum"], "cmrp.status == 0x1398") == [["52"]]


def test_the_bundled_capture_is_what_the_page_says(tshark, captures_dir):
    """A move that fails, one that goes on, and a failover that nobody asked for."""
    path = captures_dir / "failover.pcapng"
    rows = tshark.fields(path, ["cmrp.opnum", "cmrp.status", "cmrp.NodeName", "cmrp.State"],
                         'cmrp.handle.name == "SQL" && cmrp.opnum in {45, 52} && dcerpc.pkt_type == 2')
    paused, pending, online, moving = "70", "997", "0", "4"
    assert rows == [["52", paused, "", ""], ["45", "0", "node1", online], ["52", pending, "", ""], ["45", "0", "node1", moving],
                    ["45", "0", "node2", online], ["45", "0", "node1", online]]
    events = tshark.fields(path, ["cmrp.dwStateSequence", "cmrp.Name"], 'cmrp.opnum == 65 && cmrp.Name == "SQL"')
    assert events == [[str(sequence), "SQL"] for sequence in (2, 3, 4, 5, 6)]
    broken = {rule for rules, in tshark.fields(path, ["cmrp.finding"], "cmrp.finding") for rule in rules.split(",")}
    assert broken == {"transport-level", "transport-level-served"}
