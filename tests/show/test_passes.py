# SPDX-License-Identifier: GPL-2.0-or-later
"""Do one pass, two passes and clicks say the same of every capture, and is nothing reported that is not there?"""
import re
from collections import Counter

import pytest
from support import keys, sandbox, traffic, trees

CAPTURES = sorted(path.stem for path in (sandbox.SOURCE_DIR / "captures").glob("*.pcapng"))

# The rules that captures break on purpose, or because their client does (captures/README.md), and how often. The
# first beginning of a name counts; captures that are not here break none.
NOTIFY = {
    "handle-of-wrong-type": 1,  # ReAddNotifyGroup with a cluster handle in the place of the group's
    "handle-used-after-close": 1,  # ReAddNotifyGroup with the handle of a closed group
}
EXPECTED = {
    "notify-clean": {},
    "notify-reconnect": {},
    "notify-sealed-spnego-onecall": {},
    "notify-v2": {},
    "notify": NOTIFY,
    "ipv6": NOTIFY,
    # A handle on the connection of another association, and after its own association has ended.
    "association-groups": {"handle-foreign": 3},
    # Opnums 111 and 200.
    "refused-opnums": {"method-reserved-for-local-use": 1, "method-reserved-for-future-use": 1},
    # GetGroupState of a group that was deleted.
    "failures": {"handle-used-after-delete": 1},
    # smbtorture asks for each enumeration type it can think of, and sends control code 0 to everything.
    "smbtorture-cluster": {"enum-type-not-listed": 15, "control-code-of-other-object": 5},
    "smbtorture-group-": {"enum-type-not-listed": 9, "control-code-of-other-object": 6},
    "smbtorture-node": {"control-code-of-other-object": 2},
    "smbtorture-resourcetype": {"control-code-of-other-object": 35},
}
# Encryption, SPNEGO, byte order: captures/README.md says which captures break section 2.1, the rules of that
# family have tests of their own.
TRANSPORT = "transport-"


@pytest.fixture(scope="module")
def read(tshark, captures_dir):
    known = {}

    def both(name):
        """The trees of one pass and of two, and the frames in which something failed."""
        if name not in known:
            filter = f"cmrp || cmrp.finding || {trees.ACCIDENTS}"
            pcap = captures_dir / f"{name}.pcapng"
            known[name] = [trees.read(tshark, pcap, filter, [*keys.of(name), *passes]) for passes in ((), ("-2",))]
        return known[name]

    return both


def test_there_are_captures():
    """A folder that was not found must not look like success."""
    assert len(CAPTURES) >= 60


@pytest.mark.parametrize("name", CAPTURES)
def test_two_passes_say_the_same(read, name):
    once, twice = read(name)
    assert list(once) == list(twice)
    for number, tree in once.items():
        assert tree.flat(trees.FORWARD) == twice[number].flat(trees.FORWARD), f"frame {number}"


@pytest.mark.parametrize("name", CAPTURES)
def test_nothing_failed(read, name):
    """No exception, no dissector bug, no bytes left over, and no error among the plugin's own expert items."""
    for number, tree in read(name)[1].items():
        if name in keys.EMPTY_STUBS and not tree.nodes:
            continue
        assert tree.all("cmrp.opnum") or tree.findings(), f"frame {number}"
        for leftover in ("cmrp.ndr.trailing", "cmrp.ndr.unread"):
            # rpcclient aligns the verification trailers behind its requests.
            padding = leftover == "cmrp.ndr.trailing" and name in keys.PADDED and tree.all(leftover) == ["00:00"]
            assert padding or tree.all(leftover) == [], f"frame {number}"
        for accident in ("dcerpc.long_frame", "_ws.malformed.expert"):
            assert tree.all(accident) == [], f"frame {number}"
        assert all(int(severity) < 0x800000 for severity in tree.all("_ws.expert.severity")), f"frame {number}"


@pytest.mark.parametrize("name", CAPTURES)
def test_findings_are_those_that_the_capture_was_made_for(read, name):
    found = Counter(rule for tree in read(name)[1].values() for rule in tree.findings()
                    if not rule.startswith(TRANSPORT))
    expected = next((rules for start, rules in EXPECTED.items() if name.startswith(start)), {})
    assert found == expected


@pytest.mark.parametrize("name", ["notify-ndr", "notify-udp", "association-groups", "smbtorture-group-ndr64"])
def test_clicks_in_any_order_show_the_same(sharkd, tshark, captures_dir, name):
    """sharkd, frame by frame backwards, shows the lines that it shows forwards, and tshark's Info column, which is
    the same in one pass and in two."""
    pcap = captures_dir / f"{name}.pcapng"
    infos, once = (dict(tshark.fields(pcap, ["frame.number", "_ws.col.Info"], "cmrp.opnum", passes))
                   for passes in (["-2"], []))
    assert infos == once
    # dcerpc's own words end at the method's name and the direction: ours say more in most frames.
    assert sum(bool(re.search(r"Api\w+ re(quest|sponse)[ ,]+\S", info)) for info in infos.values()) > len(infos) / 2
    session = sharkd(pcap)
    frames = [int(number) for number in infos]
    backwards = {frame: session.labels(frame) for frame in reversed(frames)}
    assert backwards == {frame: session.labels(frame) for frame in frames}
    assert {str(row["num"]): row["c"][-1] for row in session.frames("cmrp.opnum")} == infos


def test_what_dcerpc_finds_out_later_is_shown_and_not_judged(tshark, captures_dir):
    """The bind stands at the end: dcerpc hands nothing on at the first visit, and all of it at the second."""
    frames = traffic.read(captures_dir / "bad-stub.pcapng").frames
    name, sizes = "Lab File Server".encode("utf-16-le"), b"\x10\0\0\0" + bytes(4) + b"\x10\0\0\0"
    broken = [frame._replace(data=frame.data.replace(sizes + name, sizes[:8] + b"\xff\0\0\0" + name)) for frame in frames]
    assert broken != frames
    late = {place: traffic.Traffic(told).write(sandbox.sandbox().new_folder() / "late.pcap")
            for place, told in (("first", broken), ("last", [*broken[6:], *broken[3:6]]))}

    def found(place, *passes):
        told = trees.read(tshark, late[place], extra=["-o", "tcp.analyze_sequence_numbers:FALSE", *passes])
        return ([rule for tree in told.values() for rule in tree.findings()],
                [opnum for tree in told.values() for opnum in tree.all("cmrp.opnum")])

    assert "ndr-count-exceeds-data" in found("first")[0] and found("first") == found("first", "-2")
    assert found("last") == ([], [])
    assert found("last", "-2") == ([], found("first")[1])
