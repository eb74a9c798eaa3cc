# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tools/bench measure what docs/bench.md says that it measures?"""
from collections import Counter

import pytest
from support import programs, sandbox

PDUS = 4000


@pytest.fixture(scope="module")
def bench():
    return programs.load("bench").Bench(sandbox.sandbox().new_folder())


@pytest.fixture(scope="module")
def rows(bench, tshark):
    """(opnum, packet type, findings) of the PDUs that the mixture added to the beginnings of connections."""
    names = ["dcerpc.opnum", "dcerpc.pkt_type", "cmrp.finding"]
    begun = len(tshark.fields(bench.capture(0), names, filter="dcerpc"))
    return tshark.fields(bench.capture(PDUS), names, filter="dcerpc")[begun:]


def test_shares_of_the_methods(rows, bench):
    opnums = Counter(int(opnum) for opnum, kind, _ in rows if kind == "0")
    calls = PDUS // 2
    assert len(rows) == PDUS and sum(opnums.values()) == calls
    assert [opnums[opnum] / calls for opnum in (41, 63, 44, 65)] == pytest.approx([0.2, 0.2, 0.2, 0.1], abs=0.005)
    short_lived = Counter(opnum for life in bench.mixture.SHORT_LIVES for opnum in life)
    assert {opnums[method.opnum] for method in bench.methods.others if method.opnum not in short_lived} <= {3, 4}
    assert all(opnums[opnum] >= 3 * lives for opnum, lives in short_lived.items())
    assert set(opnums) == set(bench.methods.by_opnum) and len(opnums) > 150


def test_share_of_faults(rows):
    assert sum(kind == "3" for _, kind, _ in rows) == PDUS // 2 // 50


def test_little_fault_is_found(rows):
    assert sum(bool(findings) for _, _, findings in rows) < 0.04 * PDUS


def test_each_group_stays_one_object(bench, tshark):
    """What a list told of a group is known of it from then on: no later list makes anybody begin anew with it."""
    path, lists = bench.capture(PDUS), f"cmrp.opnum == {bench.mixture.GROUP_LIST} && dcerpc.pkt_type == 2"
    listed = [int(frame) for frame, in tshark.fields(path, ["frame.number"], filter=lists)]
    # A port is the first handle of these requests.
    told = tshark.fields(path, ["cmrp.handle.name", "cmrp.handle.object_id"], split=True,
                         filter=f"cmrp.opnum == 63 && dcerpc.pkt_type == 0 && frame.number > {listed[0]}")
    groups = {(names[1], *ids) for names, ids in told}
    assert len(listed) > 1 and groups == {(name, bench.mixture.identity(name)) for name in bench.methods.names}


def test_what_comes_goes(rows, bench):
    """What is deleted was made for it, and nobody uses it any more."""
    findings = {finding for _, _, found in rows for finding in found.split(",")}
    assert "handle-used-after-delete" not in findings


def test_every_pdu_is_read_whole_by_both(bench, tshark):
    path = bench.capture(PDUS)
    assert tshark.fields(path, ["frame.number"], filter="_ws.malformed || dcerpc.stub_data") == []
    assert tshark.fields(path, ["frame.number"], filter="_ws.malformed", plugin=False) == []


def test_a_size_adds_what_it_says(bench, tshark):
    sizes = [len(tshark.fields(bench.capture(size), ["frame.number"])) for size in (0, 1000, PDUS)]
    assert [size - sizes[0] for size in sizes] == [0, 1000, PDUS]


def test_no_field_is_registered_twice(bench):
    fields = bench.readers.fields()
    assert len(fields) > 500
    assert [field for field, count in Counter(fields).items() if count > 1] == []


def test_what_a_person_wrote_is_kept(bench):  # which lets tools/bench find its modules
    from cmrpbench import page

    old = (sandbox.SOURCE_DIR / "docs" / "bench.md").read_text(encoding="utf-8")
    assert old.count(page.BY_HAND) == 1 and len(page.by_hand(old)) > 10 * len(page.BY_HAND)
    new = page.page("Of ten calls.", [("date", "today")], [], old)
    assert page.by_hand(new) == page.by_hand(old) and "Of ten calls." in new and "2026-11-22 |" not in new
    assert page.page("", [], [], new) == page.page("", [], [], old)
    assert page.BY_HAND not in page.page("", [], [], "")
