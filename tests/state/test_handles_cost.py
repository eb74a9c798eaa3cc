# SPDX-License-Identifier: GPL-2.0-or-later
"""What do lives cost? Memory for each, none that is kept between captures, time that grows with their number alone.

A small version of tools/bench-handles, with generous limits: it is to catch leaks and squares, not to measure.
"""
import os

import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.lives import close_group, use_group

LIVES = 20000
# AddressSanitizer surrounds every block of memory; what leaks without bound is still seen.
ROOM = 10 if "CMRP_LD_PRELOAD" in os.environ else 2

tool = programs.load("bench-handles")


@pytest.fixture(scope="module")
def bench():
    return tool.Bench(sandbox.sandbox().new_folder())


def test_memory_and_work_for_each_life(bench):
    """At most 256 bytes above the built-in are allowed; it is compared with less, dcerpc alone."""
    once, path = bench.capture(1, 1), bench.capture(LIVES, 1)
    costs = {reader: bench.read(path, reader) for reader in (tool.PLUGIN, tool.FLOOR)}
    above = {reader: costs[reader].kib - bench.read(once, reader).kib for reader in costs}
    assert (above[tool.PLUGIN] - above[tool.FLOOR]) * 1024 / LIVES < ROOM * tool.TARGET
    assert costs[tool.PLUGIN].cpu < 4 * costs[tool.FLOOR].cpu + 1


@pytest.mark.parametrize("associations", [1, 200])
def test_the_same_bytes_again_and_again(bench, associations):
    """Lives of the same bytes hang behind each other; a search among them is bounded."""
    path = bench.capture(LIVES, 1, bytes_of=tool.always_the_same, associations=associations)
    costs = {reader: bench.read(path, reader) for reader in (tool.PLUGIN, tool.FLOOR)}
    assert costs[tool.PLUGIN].cpu < 4 * costs[tool.FLOOR].cpu + 1


def test_nothing_is_kept_when_a_capture_is_closed(bench):
    """sharkd itself leaks; with the plugin it does not leak more, not even 32 bytes of each life."""
    assert tool.reload_growth(bench, 4000, 7) < 125


def rows(tshark, pcap, *passes):
    """The rows of -z cmrp,handles as (number, type, uses)."""
    text = tshark.read(pcap, ["-q", "-z", "cmrp,handles", *passes]).stdout
    cells = [[cell.strip() for cell in line.split("|")] for line in text.splitlines()]
    return [(int(row[0]), row[1], int(row[6])) for row in cells if len(row) > 7 and row[0].isdigit()]


@pytest.mark.parametrize("encoding", ["2-ndr", "3-ndr"])
def test_uses_are_counted(encoding, tshark, model, capture):
    """Requests that carry the handle, whatever is answered; not its close, not copies, not what is broken."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding])
    group, port = handle(1), handle(50)
    calls.open_group("Group", group)
    calls.create_notify(port)
    for status in (0, 5, 0):
        use_group(calls, group, status)
    calls.request(49, hGroup=group)
    calls.conn.fault(5)
    calls.request(49, hGroup=group)
    both = {"dwFilter": 1, "dwNotifyKey": 1, "StateSequence": 1}
    calls.request(63, hNotify=port, hGroup=group, **both)
    calls.response(rpc_status=0, result=0)
    calls.request(63, hNotify=port, hGroup=port, **both)
    calls.response(rpc_status=0, result=6)
    calls.request(46, stub=calls.pack_request(46, hGroup=group, lpszGroupName="x")[:-4])
    if encoding == "3-ndr":
        calls.request(49, hGroup=group)
        calls.conn.retransmit()
    else:
        for _ in range(3):
            calls.request(49, hGroup=group, sent={"seq": 20})
        calls.response(result=0, sent={"seq": 20})
        calls.request(49, hGroup=group, sent={"seq": 20})
    calls.request(49, hGroup=NULL_HANDLE)
    close_group(calls, group, status=6)
    close_group(calls, group)
    expected = [(1, "HGROUP_RPC", 7), (2, "HNOTIFY_RPC", 2)]
    assert rows(tshark, pcap) == rows(tshark, pcap, "-2") == expected
