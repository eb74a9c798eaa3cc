# SPDX-License-Identifier: GPL-2.0-or-later
"""When does a handle end with its association? With the last connection (MS-RPCE 3.3.3.7.1), and not earlier."""
from uuid import UUID

import pytest
from support.calls import handle
from support.lives import Client, close_group, read, use_group  # noqa: F401
from support.rpcpcap import ACK, FIN, SYN

GROUP, OTHER = handle(1), handle(50)


def fin(conn, side):
    """One side's FIN."""
    return conn._segment(side, b"", FIN | ACK)


def both_fins(conn):
    fin(conn, 0)
    return fin(conn, 1)


def reset_by_client(conn):
    return conn.rst()


def reset_by_server(conn):
    return conn.rst(client=False)


def fin_then_reset(conn):
    fin(conn, 0)
    return conn.rst(client=False)


def server_first(conn):
    fin(conn, 1)
    return fin(conn, 0)


def sent_again(conn):
    """The first FIN twice; the second side's is what counts."""
    fin(conn, 0)
    conn.retransmit()
    end = fin(conn, 1)
    conn.retransmit()
    return end


@pytest.mark.parametrize("end", [both_fins, server_first, sent_again, fin_then_reset, reset_by_client,
                                 reset_by_server])
def test_end_of_the_only_connection_ends_its_handles(end, model, capture, read):
    pcap = capture()
    client = Client(model, pcap)
    open_, closed = client.open_group("Open", GROUP), client.open_group("Closed", OTHER)
    used, answered = use_group(client, GROUP)
    close = close_group(client, OTHER)
    ended = end(client.conn)
    lives = read(pcap)
    for frame in (open_, used, answered):
        assert lives.only(frame).closed_in == ended
    assert lives.only(closed).closed_in == lives.only(close).closed_in == close


@pytest.mark.parametrize("side", [0, 1])
def test_half_a_close_ends_nothing(side, model, capture, read):
    """After the FIN of one side the other may still send, answers for instance."""
    pcap = capture()
    client = Client(model, pcap)
    opened = client.open_group("Open", GROUP)
    fin(client.conn, side)
    client.conn.retransmit()
    used, answered = use_group(client, GROUP)
    lives = read(pcap)
    for frame in (opened, used, answered):
        assert lives.only(frame).closed_in is None


def test_the_last_of_several_connections_counts(model, capture, read):
    pcap = capture()
    clients = [Client(model, pcap)]
    clients += [Client(model, pcap, joins=0x1234) for _ in range(2)]
    opened = clients[1].open_group("Shared", GROUP)
    clients[1].conn.rst()
    both_fins(clients[0].conn)
    used, _ = use_group(clients[2], GROUP)
    fourth = Client(model, pcap, joins=0x1234)
    clients[2].conn.rst()
    late, _ = use_group(fourth, GROUP)
    ended = both_fins(fourth.conn)
    lives = read(pcap)
    for frame in (opened, used, late):
        assert lives.only(frame)[1:] == (1, "HGROUP_RPC", "Shared", opened, ended)
        assert lives.findings(frame) == []


def test_a_connection_for_another_interface_keeps_the_association(model, capture, read):
    pcap = capture()
    client = Client(model, pcap)
    opened = client.open_group("Open", GROUP)
    other = pcap.tcp()
    other.bind(interface=UUID("12345678-1234-abcd-ef00-0123456789ab"), assoc_group=0x1234)
    other.bind_ack()
    client.conn.rst()
    ended = both_fins(other)
    lives = read(pcap)
    assert lives.only(opened).closed_in == ended


def test_the_end_of_one_association_is_nothing_to_the_others(model, capture, read):
    pcap = capture()
    one, two = Client(model, pcap, group=1), Client(model, pcap, group=2)
    three = Client(model, pcap, group=1, server=("10.0.0.3", 49200))
    opened = [client.open_group("Open", GROUP) for client in (one, two, three)]
    ended = one.conn.rst()
    lives = read(pcap)
    assert [lives.only(frame).closed_in for frame in opened] == [ended, None, None]


def test_handles_do_not_survive_a_reconnect(model, capture, read):
    """A new association, even with the old number: old handles are another association's, equal bytes live anew."""
    pcap = capture()
    before = Client(model, pcap)
    opened = before.open_group("Before", GROUP)
    before.open_group("Second", OTHER)
    ended = both_fins(before.conn)
    after = Client(model, pcap)
    used, _ = use_group(after, OTHER, status=6)
    again = after.open_group("After", GROUP)
    fresh, _ = use_group(after, GROUP)
    lives = read(pcap)
    assert lives.only(opened)[1:] == (1, "HGROUP_RPC", "Before", opened, ended)
    assert lives.only(used)[1:4] == (2, "HGROUP_RPC", "Second") and lives.only(used).closed_in == ended
    assert lives.findings(used) == [("handle-foreign", "suspicion")]
    assert lives.only(fresh)[1:] == (3, "HGROUP_RPC", "After", again, None)
    assert lives.findings(fresh) == []


def test_the_same_ports_again(model, capture, read):
    """A new connection from the old port is another one."""
    pcap = capture()
    port = ("10.0.0.1", 50500)
    before = Client(model, pcap, group=1, client=port)
    opened = before.open_group("Before", GROUP)
    ended = before.conn.rst()
    conn = pcap.tcp(client=port, handshake=False)
    conn._sequence = [700000, 800000]
    for side, flags in ((0, SYN), (1, SYN | ACK), (0, ACK)):
        conn._segment(side, b"", flags)
    conn.bind()
    conn.bind_ack(2)
    after = Client(model, pcap, bound=conn)
    again = after.open_group("After", GROUP)
    used, _ = use_group(after, GROUP)
    end = both_fins(after.conn)
    lives = read(pcap)
    assert lives.only(opened)[1:] == (1, "HGROUP_RPC", "Before", opened, ended)
    assert lives.only(used)[1:] == (2, "HGROUP_RPC", "After", again, end)


def test_older_associations_never_end(model, capture, read):
    """They may have connections that nobody saw: the client asks for a group, or the bind_ack is missing."""
    pcap = capture()
    joined = Client(model, pcap, group=7, joins=7)
    unknown = Client(model, pcap, acknowledged=False, server=("10.0.0.3", 49200))
    opened = joined.open_group("One", GROUP), unknown.open_group("Two", GROUP)
    both_fins(joined.conn)
    unknown.conn.rst()
    lives = read(pcap)
    assert [lives.only(frame).closed_in for frame in opened] == [None, None]


def test_an_end_without_calls(model, capture, read):
    """Connections that end before they were bound, or are not DCE/RPC at all, end nothing."""
    pcap = capture()
    client = Client(model, pcap)
    opened = client.open_group("Open", GROUP)
    for conn in (pcap.tcp(), pcap.tcp(server=("10.0.0.2", 80))):
        conn.send(b"hello, this is something else")
        both_fins(conn)
    pcap.tcp().rst(client=False)
    lives = read(pcap)
    assert lives.only(opened).closed_in is None
