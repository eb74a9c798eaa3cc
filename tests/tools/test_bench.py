# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tools/bench measure what docs/bench.md says that it measures?"""
import subprocess
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


@pytest.mark.parametrize("place, protocol", enumerate(["http", "dns", "data", "dcerpc"]))
def test_frames_of_others_are_read_as_what_they_are(bench, tshark, place, protocol):
    """What the plugin adds to them would say nothing of frames that Wireshark takes for something else."""
    from cmrpbench import others

    turns, path = 30, bench.folder / f"{protocol}.pcap"
    frames = others.write(path, others.KINDS[place], turns)
    read = [protocols for protocols, in tshark.fields(path, ["frame.protocols"])]
    assert len(read) == frames
    assert sum(protocol in protocols.split(":") for protocols in read) >= 2 * turns
    assert tshark.fields(path, ["frame.number"], filter="cmrp || _ws.malformed || _ws.expert.severity == error") == []


def test_no_field_is_registered_twice(bench):
    fields = bench.readers.fields()
    assert len(fields) > 500
    assert [field for field, count in Counter(fields).items() if count > 1] == []


def test_what_a_person_wrote_is_kept(bench):  # which lets tools/bench find its modules
    from cmrpbench import kept, page

    old = (sandbox.SOURCE_DIR / "docs" / "bench.md").read_text(encoding="utf-8")
    assert old.count(page.BY_HAND) == 1 and len(page.by_hand(old)) > 10 * len(page.BY_HAND)
    new = page.page("Of ten calls.", [kept.Kept("4.0", "abc", [("date", "today")], {})], [], old)
    assert page.by_hand(new) == page.by_hand(old) and "Of ten calls." in new and "2026-11-22 |" not in new
    assert page.page("", [], [], new) == page.page("", [], [], old)
    assert page.BY_HAND not in page.page("", [], [], "")


def measured(release, revision, **tables):
    from cmrpbench import kept, measures

    made = {part: measures.Table(f"The {part}", "In words.", ["read as", "ratio", "target", "kept"],
                                 [["lines", ratio, "1.00", "yes"]], True) for part, ratio in tables.items()}
    return kept.Kept(release, revision, [("Wireshark", release)], made)


def test_parts_of_one_revision_are_kept_together(bench, tmp_path):
    from cmrpbench import kept

    for new in (measured("4.10", "a", times="0.1"), measured("4.4", "a", times="0.2"), measured("4.4", "a", memory="0.3")):
        kept.add(tmp_path / "new", new)
    assert kept.releases(tmp_path / "new") == [measured("4.4", "a", times="0.2", memory="0.3"),
                                               measured("4.10", "a", times="0.1")]
    kept.add(tmp_path / "new", measured("4.4", "b", memory="0.4"))
    assert kept.releases(tmp_path / "new")[0] == measured("4.4", "b", memory="0.4")


def test_a_revision_is_that_of_what_is_measured(bench, tmp_path):
    from cmrpbench import kept

    def git(*words):
        return subprocess.run(["git", "-C", tmp_path, "-c", "user.name=n", "-c", "user.email=e", *words], check=True,
                              capture_output=True, text=True).stdout.strip()

    def commit(name):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
        git("add", ".")
        git("commit", "-m", name)
        return git("log", "-1", "--format=%h")

    assert kept.revision(tmp_path) == ""
    git("init")
    measured_one = commit("plugin/plugin.c")
    assert commit("docs/bench.md") != measured_one
    assert kept.revision(tmp_path) == measured_one
    (tmp_path / "docs/bench.md").write_text("changed")
    assert kept.revision(tmp_path) == measured_one
    (tmp_path / "plugin/plugin.c").write_text("changed")
    assert kept.revision(tmp_path) == f"{measured_one}-dirty"


def test_releases_stand_side_by_side(bench):
    from cmrpbench import page

    both = [measured("4.0", "a", times="0.11", memory="0.12"), measured("4.4", "b", times="0.21")]
    text = page.page("", both, ("times", "memory"), "")
    assert "| lines | 0.11 | 1.00 | yes | 0.21 | 1.00 | yes |" in text
    assert "| revision | a | b |" in text and "| Wireshark | 4.0 | 4.4 |" in text
    assert text.count("## The times") == text.count("## The memory") == 1
    assert text.index("## The times") < text.index("| lines | 0.21 |") < text.index("## The memory")
    assert [line for line in text.split("\n") if line.startswith("### ")] == [
        "### Wireshark 4.0", "### Wireshark 4.4", "### Wireshark 4.0"]
