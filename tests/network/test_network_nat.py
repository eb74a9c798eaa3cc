# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose handle is it, when the same bytes are seen of several clients?

The host that translates addresses sees each frame twice, before and behind. A server may give all clients one number of
an association group, none, or one that was in use; bytes of handles may be the same. Lives are never mixed, replaced by each
other or summed up, and nothing is found on either side that the traffic of that side alone does not have.
"""
import re
from collections import Counter
from uuid import UUID

import pytest
from support import sandbox, seen, traffic, wraps
from support.calls import ENCODINGS, Calls, handle
from support.lives import Client, close_group, use_group
from support.pipes import Pipe
from support.tshark import PASSWORD

CASES = sandbox.SOURCE_DIR / "tests" / "network" / "captures"
JUDGED = "(?!transport-)"
OTHER = "10.9.9.9"
ALL = ["3-ndr", "3-ndr-big", "3-ndr64", "2-ndr", "2-ndr-big"]


def facts(lives):
    """Without the numbers of ports, which are given out over the whole capture."""
    return sorted((life.type, life.uses, life.state, re.sub(r"^port \d+$", "port", life.name)) for life in lives)


def sides(found, of_client=True):
    """The lives before the translation, and those behind it."""
    behind = [life for life in found.lives if OTHER in (life.client if of_client else life.server)]
    return [life for life in found.lives if life not in behind], behind


def check(see, plain, told, path, of_client, *options):
    """Each side has the lives of the traffic alone, and at most its findings, at the same PDUs."""
    found = see(path, *options)
    for side in sides(found, of_client):
        assert facts(side) == facts(plain.lives)
    allowed, origins, twice = dict(plain.findings), told.origins(), Counter()
    for frame, rules in found.findings.items():
        twice.update((origins[frame], rule) for rule in rules)
        assert set(rules) <= set(allowed.get(origins[frame][0], ())), (frame, rules)
    assert all(count <= 2 for count in twice.values())
    assert found.counts == {name: 2 * count for name, count in plain.counts.items()}


def test_both_sides(see, captures_dir):
    plain = see(captures_dir / "notify-clean-ndr.pcapng")
    found = see(CASES / "nat-both-sides.pcap")
    assert seen.rules(found, JUDGED) == {}
    for side in sides(found):
        assert facts(side) == facts(plain.lives)
    # Of each connection of each side, the first call and its answer.
    told = Counter(rule for rules in found.findings.values() for rule in rules)
    assert told == {"transport-level": 4, "transport-level-served": 4}


@pytest.mark.parametrize("name", ["notify-clean-ndr", "notify-ndr", "notify-v2-ndr64", "notify-udp", "notify-sealed-ntlm",
                                  "notify-sealed-spnego-onecall", "association-groups", "smbtorture-group-bigendian"])
@pytest.mark.parametrize("delay, of_client", [(400_000, True), (15_000, True), (400_000, False)],
                         ids=["client", "client, at once", "server"])
def test_captures_seen_on_both_sides(see, captures_dir, name, delay, of_client):
    options = PASSWORD if "sealed" in name else ()
    path = captures_dir / f"{name}.pcapng"
    told = wraps.both_sides(delay, of_client=of_client)(traffic.read(path))
    made = told.write(sandbox.sandbox().new_folder() / "nat.pcap")
    check(see, see(path, *options), told, made, of_client, *options)


# ---------------------------------------------------------------- equal bytes of two clients


def pair(model, pcap, encoding, group=0x1234):
    """Two clients of other addresses, to which the server tells the same number of a group."""
    if encoding[0] == "2":
        return [Calls(model, pcap, ENCODINGS[encoding], client=(f"10.0.0.{number}", 50001), activity=UUID(int=number))
                for number in (5, 6)]
    return [Calls(model, pcap, ENCODINGS[encoding], assoc_group=group, client=(f"10.0.0.{number}", 50001))
            for number in (5, 6)]


def of(found, client):
    return [(life.uses, life.state, life.name) for life in found.lives if life.client == client]


@pytest.mark.parametrize("encoding", ALL)
@pytest.mark.parametrize("group", [0x1234, 0])
def test_two_clients_have_the_same_bytes(see, model, capture, encoding, group):
    pcap = capture()
    one, two = pair(model, pcap, encoding, group)
    one.open_group("Alpha", handle(1))
    two.open_group("Beta", handle(1))
    use_group(one, handle(1))
    use_group(two, handle(1))
    close_group(one, handle(1))
    use_group(two, handle(1))
    close_group(two, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {}
    assert of(found, "10.0.0.5") == [(1, "closed", "Alpha")]
    assert of(found, "10.0.0.6") == [(2, "closed", "Beta")]


@pytest.mark.parametrize("encoding", ALL)
def test_a_breach_of_one_of_them_is_its_own(see, model, capture, encoding):
    pcap = capture()
    one, two = pair(model, pcap, encoding)
    one.open_group("Alpha", handle(1))
    two.open_group("Beta", handle(1))
    close_group(one, handle(1))
    used, _ = use_group(one, handle(1), status=6)
    fine, _ = use_group(two, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {used: ["handle-used-after-close"]}
    assert fine not in found.findings or found.findings[fine] == ["transport-level"]


@pytest.mark.parametrize("group", [0x1234, 0])
@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64"])
def test_a_client_with_two_connections_beside_another(see, model, capture, encoding, group):
    """One client shares its handle between connections (of one group number); the other has equal bytes."""
    pcap = capture()
    first, other = pair(model, pcap, encoding, group)
    first.open_group("Alpha", handle(1))
    other.open_group("Beta", handle(1))
    second = Calls(model, pcap, ENCODINGS[encoding], assoc_group=group, client=("10.0.0.5", 50007))
    if group:
        use_group(second, handle(1))
    close_group(other, handle(1))
    use_group(first, handle(1))
    close_group(first, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {}
    assert of(found, "10.0.0.5") == [(2 if group else 1, "closed", "Alpha")]
    assert of(found, "10.0.0.6") == [(0, "closed", "Beta")]


@pytest.mark.parametrize("same_client", [True, False])
def test_a_group_number_is_given_out_again_after_its_last_connection(see, model, capture, same_client):
    """The handles of the first association ended with it: the same bytes are another life."""
    pcap = capture()
    one = Client(model, pcap, client=("10.0.0.5", 50001))
    one.open_group("Alpha", handle(1))
    one.conn.fin()
    two = Client(model, pcap, client=("10.0.0.5" if same_client else "10.0.0.6", 50002))
    two.open_group("Beta", handle(1))
    use_group(two, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {}
    assert [(life.uses, life.state, life.name) for life in found.lives] == [(0, "run down", "Alpha"), (1, "open", "Beta")]


@pytest.mark.parametrize("behind", [0, 1, 2])
def test_a_group_is_joined_while_the_last_end_is_on_its_way(see, model, capture, behind):
    """The client asks to join, the server's answer comes behind `behind` of the frames that end the other connection."""
    pcap = capture()
    one = Client(model, pcap, client=("10.0.0.5", 50001))
    one.open_group("Alpha", handle(1))
    conn = pcap.tcp(client=("10.0.0.5", 50002))
    conn.bind(assoc_group=0x1234)
    if behind == 0:
        conn.bind_ack(0x1234)
    one.conn._segment(0, b"", 0x11)
    if behind == 1:
        conn.bind_ack(0x1234)
    one.conn._segment(1, b"", 0x11)
    if behind == 2:
        conn.bind_ack(0x1234)
    two = Client(model, pcap, bound=conn)
    use_group(two, handle(1))
    close_group(two, handle(1))
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {}


# ---------------------------------------------------------------- pipes


def pipes(model, pcap, groups, opened=True, smb=None):
    """Clients at named pipes of one SMB connection."""
    smb = smb or pcap.tcp(server=("10.0.0.2", 445))
    made = []
    for number, group in enumerate(groups, 1):
        pipe = Pipe(smb, number, opened=opened)
        pipe.bind()
        pipe.bind_ack(group)
        made.append(Client(model, pcap, bound=pipe))
    return made


@pytest.mark.parametrize("extra", [(), ("-o", "tcp.analyze_sequence_numbers:FALSE")], ids=["analysed", "not analysed"])
def test_two_pipes_of_one_connection(see, model, capture, extra):
    """Each pipe is an association of its own, whose handles may have the bytes of the other's."""
    pcap = capture()
    one, two = pipes(model, pcap, (0x1234, 0x2468))
    one.open_group("Alpha", handle(1))
    two.open_group("Beta", handle(1))
    use_group(one, handle(1))
    use_group(two, handle(1))
    close_group(one, handle(1))
    use_group(two, handle(1))
    close_group(two, handle(1))
    found = see(pcap, *extra)
    assert seen.rules(found, JUDGED) == {}
    assert [(life.uses, life.state, life.name) for life in found.lives] == [(1, "closed", "Alpha"), (2, "closed", "Beta")]


@pytest.mark.parametrize("extra", [(), ("-o", "tcp.analyze_sequence_numbers:FALSE")], ids=["analysed", "not analysed"])
@pytest.mark.parametrize("lost", [0, 200])
def test_what_is_missing_may_be_of_any_pipe(see, model, capture, lost, extra):
    """The gap shows in a frame of the second pipe: the first one may have been given the handle again in it."""
    pcap = capture()
    smb = pcap.tcp(server=("10.0.0.2", 445))
    one, two = pipes(model, pcap, (0x1234, 0x2468), smb=smb)
    one.open_group("Alpha", handle(1))
    close_group(one, handle(1))
    if lost:
        smb.lose(lost)
        smb.lose(lost, client=False)
    two.open_group("Beta", handle(2))
    used, _ = use_group(one, handle(1), status=6)
    assert seen.rules(see(pcap, *extra), JUDGED) == ({} if lost else {used: ["handle-used-after-close"]})


def test_two_pipes_of_one_association(see, model, capture):
    """The group is what they share, not the connection below."""
    pcap = capture()
    one, two = pipes(model, pcap, (0x1234, 0x1234))
    one.open_group("Alpha", handle(1))
    use_group(two, handle(1))
    close_group(two, handle(1))
    used, _ = use_group(one, handle(1), status=6)
    found = see(pcap)
    assert seen.rules(found, JUDGED) == {used: ["handle-used-after-close"]}
    assert [(life.state, life.name) for life in found.lives] == [("closed", "Alpha")]


def test_pipes_that_were_opened_before_the_capture(see, model, capture):
    """Wireshark cannot tell them apart, so nothing is said of handles that may be one pipe's or the other's."""
    pcap = capture()
    one, two = pipes(model, pcap, (0x1234, 0x2468), opened=False)
    one.open_group("Alpha", handle(1))
    two.open_group("Beta", handle(1))
    close_group(one, handle(1))
    use_group(two, handle(1))
    close_group(two, handle(1))
    assert seen.rules(see(pcap), JUDGED) == {}
