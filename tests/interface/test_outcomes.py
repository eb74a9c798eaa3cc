# SPDX-License-Identifier: GPL-2.0-or-later
"""Does every row of idl/outcomes.tsv say that a call is no failure, and is everything else one?"""
import csv

import pytest
from support import examples, sandbox, tables
from support.calls import ENCODINGS, Calls, handle

SUCCEEDED, CONTINUES, FAILED = "success", "continues", "failure"
OF_ONE = 49  # ApiOnlineGroup: a handle, and a status


def rows():
    with open(sandbox.SOURCE_DIR / "idl" / "outcomes.tsv", encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def outcomes(tshark, pcap):
    return [outcome for outcome, in tshark.fields(pcap, ["cmrp.outcome"], "cmrp.outcome")]


def answer(calls, status):
    calls.request(OF_ONE, hGroup=handle(1))
    calls.response(rpc_status=0, result=status)


@pytest.mark.parametrize("encoding", ["2-ndr", "3-ndr", "3-ndr64"])
def test_rows_of_any_method(tshark, model, capture, encoding):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    statuses = [int(row["value"], 0) for row in rows() if row["opnum"] == "*"]
    assert statuses
    for status in (0, *statuses, 5, 0x13CC):
        answer(calls, status)
    assert outcomes(tshark, pcap) == [SUCCEEDED, *[CONTINUES] * len(statuses), FAILED, FAILED]
    shown = tshark.fields(pcap, ["cmrp.status"], 'cmrp.outcome == "continues"')
    assert [int(status) for status, in shown] == statuses
    tree = tables.tree(tshark.run(["-q", "-r", tshark.readable(pcap), "-z", "cmrp,tree"]).stdout, "ClusAPI Calls")
    assert (tree["Outcomes", "Succeeded"], tree["Outcomes", "Continues"], tree["Outcomes", "Failed"]) == (1, len(statuses), 2)


def test_symbols_are_those_of_the_numbers(tshark, model, capture):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    for row in rows():
        answer(calls, int(row["value"], 0))
    text = tshark.run(["-r", tshark.readable(pcap), "-Y", "cmrp.status", "-V"]).stdout
    shown = [line.split()[1] for line in text.splitlines() if line.strip().startswith("Return value: ")
             or line.strip().startswith("Status: ")]
    assert [row["symbol"] for row in rows()] == shown


@pytest.mark.parametrize("encoding", ["2-ndr", "3-ndr", "3-ndr64"])
def test_a_row_of_one_method_is_true_of_it_alone(tshark, model, capture, encoding):
    opnums = {method.opnum for one in model.interfaces if one.version_major == int(encoding[0]) for method in one.methods}
    own = [row for row in rows() if row["opnum"] != "*" and int(row["opnum"]) in opnums]
    assert len(own) >= 4
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    for row in own:
        opnum, status = int(row["opnum"]), int(row["value"], 0)
        asked, answered = examples.call_of(examples.Full(1), model, int(encoding[0]), opnum)
        calls.request(opnum, **asked)
        calls.response(**{**answered, "return": status})
        answer(calls, status)
    assert outcomes(tshark, pcap) == [CONTINUES, FAILED] * len(own)


def test_of_what_was_not_read_nothing_is_said(tshark, model, capture):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.request(OF_ONE, hGroup=handle(1))
    calls.response(stub=b"\1\2")
    assert outcomes(tshark, pcap) == []


def test_requests_have_no_outcome(tshark, captures_dir):
    path = captures_dir / "notify-ndr.pcapng"
    assert {kind for kind, in tshark.fields(path, ["dcerpc.pkt_type"], "cmrp.outcome")} == {"2", "3"}
