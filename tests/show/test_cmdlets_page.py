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
    shown = tshark.info(pcap, next(filter for methods, filter in ROWS if "ApiMoveGroupToNode" in methods) + ' && cmrp.outcome == "Failed"')
    assert shown == ['ApiMoveGroupToNode response, HGROUP #1 "SQL", HNODE #2 "NODE2", ERROR_HOST_NODE_NOT_GROUP_OWNER']
    assert tshark.fields(pcap, ["cmrp.opnum"], "cmrp.status == 0x1398") == [["52"]]
