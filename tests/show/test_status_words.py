# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a status said in words: its name as a text, and behind a failure what it means and the HRESULT that is made of it?"""
import csv
import json

import pytest
from support import sandbox
from support.calls import ENCODINGS, Calls, handle

ONE_STATUS = 49  # ApiOnlineGroup: a handle, and a status
UNNAMED = 0x0000FFF1
LARGE = 0x80004005


def texts():
    with open(sandbox.SOURCE_DIR / "idl" / "status_texts.tsv", encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return [(int(row["value"], 0), row["symbol"], row["text"]) for row in rows]


@pytest.fixture
def answers(model, capture):
    """A capture with an answer for each status."""
    def make(statuses, encoding="3-ndr"):
        pcap = capture()
        calls = Calls(model, pcap, ENCODINGS[encoding])
        for status in statuses:
            calls.request(ONE_STATUS, hGroup=handle(1))
            calls.response(rpc_status=0, result=status)
        return pcap
    return make


def status_lines(tshark, pcap):
    text = tshark.read(pcap, ["-V"], "cmrp.status").stdout
    return [line.strip().partition(": ")[2] for line in text.splitlines()
            if line.strip().startswith(("Status: ", "Return value: "))]


@pytest.mark.parametrize("encoding", ["2-ndr", "3-ndr", "3-ndr64"])
def test_each_row_of_the_table(tshark, answers, encoding):
    pcap = answers([value for value, _, _ in texts()], encoding)
    assert status_lines(tshark, pcap) == [
        f"{symbol} ({value}), HRESULT 0x8007{value:04x}: {text}" for value, symbol, text in texts()]
    assert tshark.fields(pcap, ["cmrp.status_name"], "cmrp.status") == [[symbol] for _, symbol, _ in texts()]


def test_success_has_a_name_and_no_more(tshark, answers):
    pcap = answers([0])
    assert status_lines(tshark, pcap) == ["ERROR_SUCCESS (0)"]
    assert tshark.fields(pcap, ["cmrp.status_name"], "cmrp.status") == [["ERROR_SUCCESS"]]


def test_a_number_without_a_name(tshark, answers):
    """Of 16 bits an HRESULT is made all the same; larger ones are printed as they are."""
    pcap = answers([UNNAMED, LARGE])
    assert status_lines(tshark, pcap) == [f"Unknown ({UNNAMED}), HRESULT 0x8007fff1", f"Unknown ({LARGE})"]
    assert tshark.fields(pcap, ["cmrp.status_name"], "cmrp.status") == [[""], [""]]


def test_method_and_status_are_texts_for_lists_and_filters(tshark, captures_dir):
    path = captures_dir / "notify-ndr.pcapng"
    rows = tshark.fields(path, ["cmrp.method", "cmrp.status_name"], 'cmrp.method == "ApiReAddNotifyGroup" && cmrp.status')
    assert ["ApiReAddNotifyGroup", "ERROR_INVALID_HANDLE"] in rows
    failed = tshark.fields(path, ["frame.number"], 'cmrp.status_name == "ERROR_INVALID_HANDLE"')
    assert failed and failed == tshark.fields(path, ["frame.number"], "cmrp.status == 6")
    asked = 'cmrp.status_name == "ERROR_INVALID_HANDLE" && cmrp.method'
    for layers in tshark.json(path, asked):
        assert layers["cmrp"]["cmrp.method"].startswith("Api") and layers["cmrp"]["cmrp.status_name"] == "ERROR_INVALID_HANDLE"
    lines = tshark.read(path, ["-T", "ek"], asked).stdout.splitlines()
    found = [json.loads(line)["layers"]["cmrp"] for line in lines if "layers" in line]
    assert len(found) == len(failed)
    assert {layer["cmrp_cmrp_status_name"] for layer in found} == {"ERROR_INVALID_HANDLE"}


def test_every_call_has_its_method(tshark, captures_dir):
    """Sealed ones, and those of version 2.0, too."""
    for name in ("smbtorture-group-ndr.pcapng", "notify-udp.pcapng", "notify-sealed-ntlm.pcapng"):
        path = captures_dir / name
        assert tshark.fields(path, ["frame.number"], "cmrp.method")
        assert tshark.fields(path, ["frame.number"], "cmrp.opnum && !cmrp.method") == []


def test_a_sealed_call_has_no_status(tshark, captures_dir):
    rows = tshark.fields(captures_dir / "notify-sealed-ntlm.pcapng", ["cmrp.method", "cmrp.status_name"], "cmrp.sealed && cmrp.opnum")
    assert rows and all(method.startswith("Api") and status == "" for method, status in rows)
