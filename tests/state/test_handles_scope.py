# SPDX-License-Identifier: GPL-2.0-or-later
"""To whom does a handle belong? Servers, associations of several connections, activities over UDP."""
from uuid import UUID

import pytest
from support.calls import ENCODINGS, Calls, handle
from support.lives import Client, close_group, read, use_group  # noqa: F401

GROUP = handle(1)
FOREIGN = [("handle-foreign", "suspicion")]
OTHER_SERVER = ("10.0.0.3", 49200)
OTHER_CLIENT = ("10.0.0.9", 51000)


def test_connections_of_one_association_share_handles(model, capture, read):
    pcap = capture()
    first = Client(model, pcap)
    opened = first.open_group("Shared", GROUP)
    second = Client(model, pcap, joins=0x1234)
    used, _ = use_group(second, GROUP)
    closed = close_group(second, GROUP)
    late, _ = use_group(first, GROUP)
    lives = read(pcap)
    for frame in (used, late):
        life = lives.only(frame)
        assert (life.id, life.name, life.opened_in, life.closed_in) == (1, "Shared", opened, closed)
    assert lives.findings(used) == []
    assert lives.findings(late) == [("handle-used-after-close", "MUST")]


def test_two_servers_use_the_same_bytes(model, capture, read):
    """Also a second port of one machine is another server."""
    pcap = capture()
    told = []
    for name, server in (("one", ("10.0.0.2", 49200)), ("two", OTHER_SERVER), ("three", ("10.0.0.2", 49201))):
        client = Client(model, pcap, server=server)
        told.append((client, name, client.open_group(name, GROUP)))
    uses = [(use_group(client, GROUP)[0], name, opened) for client, name, opened in told]
    closed = close_group(told[0][0], GROUP)
    after = [(use_group(client, GROUP)[0], name, opened) for client, name, opened in told]
    lives = read(pcap)
    for number, (frame, name, opened) in enumerate(uses + after):
        life = lives.only(frame)
        assert (life.id, life.name, life.opened_in) == (number % 3 + 1, name, opened)
        assert life.closed_in == (closed if name == "one" else None)
        assert lives.findings(frame) == ([("handle-used-after-close", "MUST")] if frame == after[0][0] else [])


def test_two_associations_at_one_server_use_the_same_bytes(model, capture, read):
    pcap = capture()
    one = Client(model, pcap, group=1)
    two = Client(model, pcap, group=2)
    opened = {one: one.open_group("one", GROUP), two: two.open_group("two", GROUP)}
    used = {client: use_group(client, GROUP)[0] for client in (one, two)}
    closed = close_group(one, GROUP)
    alive, _ = use_group(two, GROUP)
    dead, _ = use_group(one, GROUP)
    lives = read(pcap)
    for client, number, name in ((one, 1, "one"), (two, 2, "two")):
        life = lives.only(used[client])
        assert (life.id, life.name, life.opened_in) == (number, name, opened[client])
        assert lives.findings(used[client]) == []
    assert lives.ids(alive) == [2] and lives.findings(alive) == []
    assert lives.ids(dead) == [1] and lives.findings(dead) == [("handle-used-after-close", "MUST")]
    assert lives.only(dead).closed_in == closed


def test_a_handle_in_another_association_is_foreign(model, capture, read):
    """The life is the one that the handle has at this server; that it is used elsewhere is a suspicion."""
    pcap = capture()
    owner, stranger = Client(model, pcap, group=1), Client(model, pcap, client=OTHER_CLIENT, group=2)
    opened = owner.open_group("Private", GROUP)
    used, answered = use_group(stranger, GROUP, status=6)
    lives = read(pcap)
    for frame in (used, answered):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Private", opened, None)
    assert lives.findings(used) == FOREIGN
    assert lives.findings(answered) == []


def test_bind_without_its_answer(model, capture, read):
    """The association is not known, so a handle of another connection is not called foreign: a client may have
    several addresses."""
    pcap = capture()
    known, unknown = Client(model, pcap), Client(model, pcap, acknowledged=False)
    stranger = Client(model, pcap, client=OTHER_CLIENT, acknowledged=False)
    opened = known.open_group("Known", GROUP)
    shared, _ = use_group(unknown, GROUP)
    foreign, _ = use_group(stranger, GROUP)
    own = unknown.open_group("Own", handle(2))
    used, _ = use_group(unknown, handle(2))
    back, _ = use_group(known, handle(2))
    lives = read(pcap)
    for frame in (shared, foreign):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Known", opened, None)
    for frame in (used, back):
        assert lives.only(frame)[1:] == (2, "HGROUP_RPC", "Own", own, None)
    assert [lives.findings(frame) for frame in (shared, foreign, used, back)] == [[], [], [], []]


def test_bind_that_is_longer_than_a_segment(model, capture, read):
    """Kerberos needs several segments for a bind, and for its answer; the association is known all the same."""
    pcap = capture()
    token = (16, 5, bytes(3000))
    clients = []
    for group in (1, 2):
        conn = pcap.tcp(mss=1460)
        conn.bind(auth=token)
        conn.bind_ack(group, auth=token)
        clients.append(Client(model, pcap, bound=conn))
    clients[0].open_group("one", GROUP)
    used, _ = use_group(clients[1], GROUP)
    end = clients[0].conn.fin()
    lives = read(pcap)
    assert lives.only(used).name == "one"
    assert lives.findings(used) == FOREIGN
    assert lives.only(used).closed_in == end - 1


def test_a_server_without_group_numbers(model, capture, read):
    """0 names no association: two clients that are given it have nothing in common."""
    pcap = capture()
    one, two = Client(model, pcap, group=0), Client(model, pcap, client=OTHER_CLIENT, group=0)
    opened = one.open_group("one", GROUP), two.open_group("two", GROUP)
    frames = use_group(one, GROUP)[0], use_group(two, GROUP)[0]
    one.conn.rst()
    lives = read(pcap)
    assert [lives.only(frame)[1:] for frame in frames] == [
        (1, "HGROUP_RPC", "one", opened[0], None), (2, "HGROUP_RPC", "two", opened[1], None)]


def test_alter_context_keeps_the_association(model, capture, read):
    """NDR, then NDR64 by alter_context: one connection, one association, the same handles."""
    pcap = capture()
    client = Client(model, pcap)
    opened = client.open_group("Before", GROUP)
    client.conn.alter_context(ndr64=True)
    client.conn.alter_context_resp()
    client.encoding = ENCODINGS["3-ndr64"]
    used, _ = use_group(client, GROUP)
    other = Client(model, pcap, joins=0x1234)
    shared, _ = use_group(other, GROUP)
    closed = close_group(client, GROUP)
    lives = read(pcap)
    for frame in (used, shared):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Before", opened, closed)
        assert lives.findings(frame) == []


def test_alter_context_may_be_the_first_to_name_the_interface(model, capture, read):
    pcap = capture()
    other = UUID("12345678-1234-abcd-ef00-0123456789ab")
    conn = pcap.tcp()
    conn.bind(interface=other)
    conn.bind_ack(0x77)
    conn.alter_context()
    conn.alter_context_resp(0x77)
    Client(model, pcap, bound=conn).open_group("Late", GROUP)
    used, _ = use_group(Client(model, pcap, group=0x77, joins=0x77), GROUP)
    foreign, _ = use_group(Client(model, pcap, group=0x78), GROUP)
    lives = read(pcap)
    assert lives.only(used).name == "Late" and lives.findings(used) == []
    assert lives.findings(foreign) == FOREIGN


# Over UDP

ACTIVITIES = [UUID(int=0x1000 + number, version=4) for number in range(3)]


@pytest.mark.parametrize("encoding", ["2-ndr", "2-ndr-big"])
def test_activities_of_one_client_share_its_handles(encoding, model, capture, read):
    """Each thread of a client has an activity of its own; the handles belong to its address space."""
    pcap = capture()
    threads = [Calls(model, pcap, ENCODINGS[encoding], client=("10.0.0.1", 50001), activity=activity)
               for activity in ACTIVITIES]
    stranger = Calls(model, pcap, ENCODINGS[encoding], client=OTHER_CLIENT, activity=UUID(int=5))
    elsewhere = Calls(model, pcap, ENCODINGS[encoding], server=OTHER_SERVER, activity=ACTIVITIES[0])
    opened = threads[0].open_group("Group", GROUP)
    used = [use_group(thread, GROUP)[0] for thread in threads]
    foreign, _ = use_group(stranger, GROUP)
    unknown, _ = use_group(elsewhere, GROUP)
    closed = close_group(threads[1], GROUP)
    again = threads[2].open_group("Again", GROUP)
    after = [use_group(thread, GROUP)[0] for thread in threads]
    lives = read(pcap)
    for frame in [*used, foreign]:
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Group", opened, closed)
    assert [lives.findings(frame) for frame in used] == [[], [], []]
    # Another address may be the same client's.
    assert lives.findings(foreign) == []
    assert lives.only(unknown)[1:] == (2, "HGROUP_RPC", None, None, None)
    for frame in after:
        assert lives.only(frame)[1:] == (3, "HGROUP_RPC", "Again", again, None)
        assert lives.findings(frame) == []


def test_server_and_client_have_byte_orders_of_their_own(model, capture, read):
    """The UUID inside a handle is numbers: sent in the other byte order it is the same handle (C706 appendix N)."""
    def swapped(octets):
        return UUID(bytes_le=octets[4:]).bytes

    for version, orders in ((3, ("3-ndr", "3-ndr-big")), (2, ("2-ndr", "2-ndr-big"))):
        for client_order, server_order in (orders, orders[::-1]):
            pcap = capture(f"{client_order}-{server_order}")
            calls = Calls(model, pcap, ENCODINGS[client_order])

            def answer(**values):
                calls.encoding = ENCODINGS[server_order]
                calls.conn.big_endian = calls.encoding.big_endian
                frame = calls.response(**values)
                calls.encoding = ENCODINGS[client_order]
                calls.conn.big_endian = calls.encoding.big_endian
                return frame

            calls.request(41, lpszGroupName="Mixed")
            opened = answer(Status=0, rpc_status=0, result=GROUP)
            sent = bytes(4) + swapped(GROUP)
            frames = [opened, calls.request(49, hGroup=sent), answer(rpc_status=0, result=0),
                      calls.request(44, Group=sent), answer(Group=bytes(20), result=0)]
            lives = read(pcap)
            for frame in frames:
                assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Mixed", opened, frames[-1])
