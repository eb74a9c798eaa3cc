# SPDX-License-Identifier: GPL-2.0-or-later
"""Is each rule about events and waits at notification ports found when it is broken, and only then?

Every breach stands beside a look-alike that keeps the rule, or in which the capture does not hold what it takes
to decide.
"""
from uuid import UUID

import pytest
from support.ports import (  # noqa: F401 (fixtures)
    CLUSTER, CLUSTER_STATE, GROUP, GROUP_ADDED, GROUP_DELETED, GROUP_PROPERTY, GROUP_STATE, HANDLE_CLOSE,
    INVALID_FUNCTION, NETINTERFACE_STATE, NETWORK_STATE, NO_MORE_ITEMS, NODE, NODE_STATE, RECONNECT,
    REGISTRY, REGISTRY_SUBTREE, REGISTRY_VALUE, RESOURCE_STATE, RESOURCE_TYPE, WAIT_TIMEOUT, Client, client, event_2,
    judged, judged_after)

EARLY = {"notify-event-before-registration"}
KEY = {"notify-key-unknown"}
NOT_ASKED = {"notify-event-not-registered"}
OTHER_OBJECT = {"notify-key-of-other-object"}
NOT_ONE = {"notify-event-not-one-change"}
CLIENT_ONLY = {"notify-client-only-event"}
NO_CAUSE = {"notify-wait-ended-without-cause"}
NOT_TOLD = {"notify-change-not-told"}
INVENTED = {"notify-sequence-never-handed-out"}
OUTDATED = {"notify-sequence-outdated"}
STATES = {"group": GROUP_STATE, "node": NODE_STATE, "resource": RESOURCE_STATE, "network": NETWORK_STATE,
          "netinterface": NETINTERFACE_STATE}
BOTH_VERSIONS = pytest.mark.parametrize("encoding", ["3-ndr", "2-ndr"])


# ---------------------------------------------------------------- events and registrations


@BOTH_VERSIONS
def test_event_before_registration(client, judged, encoding):
    c = client(encoding)
    group, port = c.group("Alpha"), c.port()
    early = c.event(port, 7, GROUP_STATE, "Alpha", 1)
    c.add(port, group, GROUP_STATE, 7)
    c.event(port, 7, GROUP_STATE, "Alpha", 2)
    assert judged(c) == {early: EARLY}


def test_event_of_version_2_before_registration(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port_2()
    event = event_2(7, GROUP, 8, "Alpha", bytes(4), "id", "node")
    early = c.events_2(port, event)
    c.add_2(port, group, GROUP, 8, 7)
    c.events_2(port, event)
    assert judged(c) == {early: EARLY}


@BOTH_VERSIONS
def test_key_of_no_registration(client, judged, encoding):
    c = client(encoding)
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    wrong = c.event(port, 8, GROUP_STATE, "Alpha", 1)
    c.event(port, 7, GROUP_STATE, "Alpha", 2)
    assert judged(c) == {wrong: KEY}


def test_key_of_another_port(client, judged):
    """Keys belong to their port."""
    c = client()
    group, port, other = c.group("Alpha"), c.port(), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.add(other, group, GROUP_STATE, 8)
    assert judged(c) == {}
    assert judged_after(c, judged, c.event(port, 8, GROUP_STATE, "Alpha", 1)) == KEY


@pytest.mark.parametrize("filter", [GROUP_PROPERTY, GROUP_ADDED, RESOURCE_STATE], ids=hex)
def test_event_that_nobody_asked_for(client, judged, filter):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE | GROUP_DELETED, 7)
    c.event(port, 7, GROUP_DELETED, "Alpha", 1)
    assert judged_after(c, judged, c.event(port, 7, filter, "Alpha", 1)) == NOT_ASKED


def test_refused_registration_asks_for_nothing(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.add(port, group, GROUP_PROPERTY, 8, status=5)
    assert judged_after(c, judged, c.event(port, 8, GROUP_PROPERTY, "Alpha", 1)) == KEY


def test_registration_of_the_cluster_covers_every_object(client, judged):
    c = client()
    cluster, port = c.cluster(), c.port()
    c.add(port, cluster, GROUP_STATE | RESOURCE_STATE | 0x10040000, 7)
    for filter in (GROUP_STATE, RESOURCE_STATE, 0x10000000, 0x40000):
        c.event(port, 7, filter, "Anything", 1)
    assert judged(c) == {}
    assert judged_after(c, judged, c.event(port, 7, NODE_STATE, "Anything", 1)) == NOT_ASKED


def test_registration_of_a_key(client, judged):
    """Keys are named relatively in events: any name will do."""
    c = client()
    key, port = c.key(), c.port()
    c.add(port, key, REGISTRY_VALUE, 7)
    c.event(port, 7, REGISTRY_VALUE, "Groups\\1")
    assert judged(c) == {}


def test_event_of_an_object_with_an_unknown_name(client, judged):
    """A group may be opened by its id, or be renamed: the name in the event proves nothing."""
    c = client()
    group, port = c.group("2f9b"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.event(port, 7, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


def test_names_differ_in_case(client, judged, tshark):
    c = client()
    group, port = c.group("ALPHA Größe"), c.port()
    registered = c.add(port, group, GROUP_STATE, 7)
    event = c.event(port, 7, GROUP_STATE, "Alpha GRÖßE", 1)
    assert judged(c) == {}
    rows = tshark.fields(c.capture, ["frame.number"], f"cmrp.notify.registered_in == {registered}")
    assert rows == [[str(event)]]


def test_key_of_another_object(client, judged):
    """Only when events proved that the server knows the key's own object by the name that the client used."""
    c = client()
    alpha, beta, port = c.group("Alpha"), c.group("Beta"), c.port()
    c.add(port, alpha, GROUP_STATE, 7)
    c.add(port, beta, GROUP_STATE, 8)
    c.event(port, 7, GROUP_STATE, "Beta", 1)
    c.event(port, 7, GROUP_STATE, "Alpha", 1)
    c.event(port, 8, GROUP_STATE, "Beta", 2)
    assert judged_after(c, judged, c.event(port, 7, GROUP_STATE, "Beta", 3)) == OTHER_OBJECT


def test_event_overtakes_the_answer_of_its_registration(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    waiter = c.connect()
    waiter.ask(port)
    c.ask_to_add(port, group, GROUP_STATE, 7)
    waiter.answer(0, 7, GROUP_STATE, "Alpha", 2)
    c.added(1)
    assert judged(c) == {}


def test_port_from_before_the_capture(client, judged):
    c = client()
    group = c.group("Alpha")
    port = c._new("port")
    c.add(port, group, GROUP_STATE, 7)
    c.event(port, 8, GROUP_STATE, "Alpha", 1)
    c.event(port, 7, GROUP_PROPERTY, "Alpha", 1)
    c.ask(port)
    c.answer(NO_MORE_ITEMS)
    assert judged(c) == {}


def test_association_from_before_the_capture(client, judged):
    """Without the bind nobody knows which other connections there are."""
    c = client()
    c.conn.rst()
    c = Client(c.model, c.capture, handshake=False)
    late = Client.__new__(Client)
    late.__dict__.update(c.__dict__)
    late.conn = c.capture.tcp(handshake=False)
    group, port = late.group("Alpha"), late.port()
    late.add(port, group, GROUP_STATE, 7)
    late.event(port, 8, GROUP_STATE, "Alpha", 1)
    assert judged(late) == {}


def test_lost_segment(client, judged):
    """The registration may have been in what TCP lost."""
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.conn.lose(68, client=True)
    c.conn.lose(32, client=False)
    c.event(port, 8, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


def test_lost_segment_before_a_bare_acknowledgement(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.conn.lose(68, client=True)
    c.conn.lose(32, client=False)
    c.conn.send(b"")
    c.event(port, 8, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


def test_lost_datagram(client, judged):
    """Calls over UDP are numbered: one is missing."""
    c = client("2-ndr")
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.conn.seq += 1
    c.event(port, 8, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


def test_request_that_cannot_be_read(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.capture.cut_next(100)
    c.add(port, group, GROUP_STATE, 8)
    c.event(port, 8, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


def test_registration_on_another_activity(client, judged):
    """Over UDP a client's activities share its handles."""
    c = client("2-ndr")
    group, port = c.group("Alpha"), c.port()
    other = c.connect(activity=UUID(int=7))
    other.add(port, group, GROUP_STATE, 7)
    c.event(port, 7, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


# ---------------------------------------------------------------- events by themselves


@BOTH_VERSIONS
@pytest.mark.parametrize("filter", [0, GROUP_STATE | GROUP_DELETED], ids=hex)
def test_event_is_one_change(client, judged, encoding, filter):
    c = client(encoding)
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE | GROUP_DELETED, 7)
    assert judged_after(c, judged, c.event(port, 7, filter, "Alpha", 1)) == NOT_ONE


def test_event_of_version_2_is_one_change(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port_2()
    c.add_2(port, group, GROUP, 9, 7)
    fine = event_2(7, GROUP, 8, "Alpha", bytes(4), "id", "node")
    c.events_2(port, fine, fine)
    assert judged_after(c, judged, c.events_2(port, fine, event_2(7, GROUP, 9, "Alpha", bytes(4), "id", "node"))) == (
        NOT_ONE)


def test_asynchronous_event_is_one_change(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE | GROUP_DELETED, 7)
    c.events_async(port, (7, GROUP_STATE, "Alpha"), (7, GROUP_DELETED, "Alpha"))
    assert judged_after(c, judged, c.events_async(port, (7, GROUP_STATE, "Alpha"), (7, 0x3000, "Alpha"))) == NOT_ONE


@BOTH_VERSIONS
@pytest.mark.parametrize("filter", [REGISTRY_SUBTREE, CLUSTER_STATE, HANDLE_CLOSE], ids=hex)
def test_event_that_only_a_client_queues(client, judged, encoding, filter):
    c = client(encoding)
    cluster, port = c.cluster(), c.port()
    c.add(port, cluster, 0x5FF7FFFF, 7)
    assert CLIENT_ONLY <= judged_after(c, judged, c.event(port, 7, filter))


@pytest.mark.parametrize("encoding, rules", [("3-ndr", set()), ("2-ndr", CLIENT_ONLY)])
def test_server_that_dropped_events_says_so_in_3_0_only(client, judged, encoding, rules):
    c = client(encoding)
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    event = c.event(port, 9, RECONNECT)
    assert judged(c) == ({event: rules} if rules else {})


@pytest.mark.parametrize("type, flags", [(CLUSTER, 1), (CLUSTER, 8), (GROUP, 0x200), (NODE, 0x80), (REGISTRY, 0x10)])
def test_event_of_version_2_that_only_a_client_queues(client, judged, type, flags):
    c = client()
    cluster, port = c.cluster(), c.port_2()
    c.add_2(port, cluster, CLUSTER, 4, 7)
    found = judged_after(c, judged, c.events_2(port, event_2(7, type, flags)))
    assert CLIENT_ONLY <= found


def test_lost_notifications_need_no_registration(client, judged):
    c = client()
    cluster, port = c.cluster(), c.port_2()
    c.add_2(port, cluster, GROUP, 8, 7, targeted=0)
    c.events_2(port, event_2(9, CLUSTER, 0x200))
    assert judged(c) == {}


@pytest.mark.parametrize("how", ["events_2", "events_async"])
def test_success_without_events(client, judged, how):
    c = client()
    port = c.port_2() if how == "events_2" else c.port()
    assert judged_after(c, judged, getattr(c, how)(port)) == {"notify-no-events"}


# ---------------------------------------------------------------- version 2: which event belongs to which filter


def test_version_2_targets(client, judged):
    """By object, by type, by the name of a resource type; and events that name another object than their own."""
    c = client()
    cluster, alpha, beta, port = c.cluster(), c.group("Alpha"), c.group("Beta"), c.port_2()
    c.add_2(port, alpha, GROUP, 0x48, 7)
    c.add_2(port, cluster, GROUP, 1, 8, targeted=0)
    c.add_type_2(port, "File Server", 2, 9)
    c.events_2(port, event_2(7, GROUP, 8, "Alpha", bytes(4), "id", "node"),
               event_2(7, GROUP, 0x40, "New Resource", bytes(2), "id", "node"),
               event_2(8, GROUP, 1, "Gamma", b"", "id", "node"), event_2(9, RESOURCE_TYPE, 2, "file server", bytes(4)))
    assert judged(c) == {}
    c.add_2(port, beta, GROUP, 2, 10)
    wrong = c.events_2(port, event_2(10, GROUP, 8, "Beta", bytes(4), "id", "node"))
    unknown = c.events_2(port, event_2(11, GROUP, 8, "Beta", bytes(4), "id", "node"))
    assert judged(c) == {wrong: NOT_ASKED, unknown: KEY}


# ---------------------------------------------------------------- waits


@pytest.mark.parametrize("status", [INVALID_FUNCTION, NO_MORE_ITEMS])
def test_wait_that_ends_without_cause(client, judged, status):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.ask(port)
    assert judged_after(c, judged, c.answer(status)) == NO_CAUSE


def test_wait_that_a_missed_request_may_have_ended(client, judged):
    """On another connection, or over UDP, a request can be missed without a trace in what was captured so far."""
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.connect()
    c.add(port, group, GROUP_STATE, 7)
    c.ask(port)
    c.answer(NO_MORE_ITEMS)
    assert judged(c) == {}
    c = client("2-ndr", name="udp")
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.ask(port)
    c.answer(NO_MORE_ITEMS)
    assert judged(c) == {}


@pytest.mark.parametrize("stop", ["ask_to_unblock", "close"])
def test_wait_that_is_ended(client, judged, stop):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    waiter = c.connect()
    waiter.ask(port)
    getattr(c, stop)(port)
    waiter.answer(INVALID_FUNCTION)
    assert judged(c) == {}


def test_wait_of_version_2_that_ends_without_cause(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port_2()
    c.add_2(port, group, GROUP, 8, 7)
    c.request(139, hNotify=port)
    assert judged_after(c, judged, c.answer_2(status=NO_MORE_ITEMS)) == NO_CAUSE


def test_other_failures_need_no_cause(client, judged):
    c = client()
    port = c.port()
    c.ask(port)
    c.answer(0x13D0)
    assert judged(c) == {}


@pytest.mark.parametrize("stop, rule", [("unblock", "notify-wait-outlived-unblock"),
                                        ("close", "notify-wait-outlived-close")])
@pytest.mark.parametrize("seconds", [9, 11])
def test_wait_goes_on(client, judged, stop, rule, seconds):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    waiter = c.connect()
    waiter.ask(port)
    getattr(c, stop)(port)
    c.advance(seconds)
    late = waiter.answer(0, 7, GROUP_STATE, "Alpha", 1)
    assert judged(c) == ({late: {rule}} if seconds > 10 else {})


def test_wait_that_began_after_the_unblock(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    waiter = c.connect()
    c.ask_to_unblock(port)
    waiter.ask(port)
    c.response(result=0)
    c.advance(60)
    waiter.answer(0, 7, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


@pytest.mark.parametrize("timeout, waited, rules", [
    (10000, 2, {"notify-timeout-early"}), (10000, 8.5, set()), (10000, 10.1, set()), (600, 0.1, set()),
    (10000, 19, set()), (10000, 21, {"notify-timeout-late"})])
def test_timeout(client, judged, timeout, waited, rules):
    c = client("2-ndr")
    port = c.port()
    c.ask(port, timeout)
    c.advance(waited)
    answer = c.answer(WAIT_TIMEOUT)
    assert judged(c) == ({answer: rules} if rules else {})


def test_infinite_timeout(client, judged):
    c = client("2-ndr")
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.ask(port, 0xFFFFFFFF)
    c.advance(5000)
    c.answer(0, 7, GROUP_STATE, "Alpha", 1)
    assert judged(c) == {}


# ---------------------------------------------------------------- the client's side of waits


@pytest.mark.parametrize("unblocks", [False, True])
@pytest.mark.parametrize("seconds", [0.5, 2])
def test_close_while_a_call_waits(client, judged, unblocks, seconds):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    waiter = c.connect()
    waiter.ask(port)
    c.advance(seconds)
    if unblocks:
        c.unblock(port)
    close = c.close(port)
    waiter.answer(NO_MORE_ITEMS)
    broken = not unblocks and seconds > 1
    assert judged(c) == ({close: {"notify-close-without-unblock"}} if broken else {})


def test_close_after_a_fault_ended_the_wait(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    waiter = c.connect()
    waiter.ask(port)
    waiter.conn.fault(5)
    c.advance(5)
    c.close(port)
    assert judged(c) == {}


def test_close_in_2_0(client, judged):
    """Not every 2.0 server has ApiUnblockGetNotifyCall."""
    c = client("2-ndr")
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    waiter = c.connect(activity=UUID(int=7))
    waiter.ask(port)
    c.advance(5)
    c.close(port)
    assert judged(c) == {}


@pytest.mark.parametrize("registers", [False, True])
@pytest.mark.parametrize("asks", [False, True])
def test_port_that_nobody_reads(client, judged, registers, asks):
    c = client()
    group, port = c.group("Alpha"), c.port()
    if registers:
        c.add(port, group, GROUP_STATE, 7)
    if asks:
        c.ask(port)
        c.answer(5)
    close = c.close(port)
    assert judged(c) == ({close: {"notify-port-never-read"}} if registers and not asks else {})


# ---------------------------------------------------------------- sequences


@pytest.mark.parametrize("kind", STATES)
def test_sequence_that_was_never_told(client, judged, kind):
    c = client()
    thing, port = c.open(kind, "Alpha"), c.port()
    c.add(port, thing, STATES[kind], 7, sequence=3)
    c.readd(port, thing, STATES[kind], 8, sequence=3)
    c.event(port, 7, STATES[kind], "Alpha", sequence=4)
    c.readd(port, thing, STATES[kind], 9, sequence=4)
    assert judged(c) == {}
    assert judged_after(c, judged, c.readd(port, thing, STATES[kind], 10, sequence=5)) == INVENTED


def test_sequence_from_before_the_capture(client, judged):
    """Sequences grow: one below the first that was seen may be older than the capture."""
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.readd(port, group, GROUP_STATE, 7, sequence=90)
    c.event(port, 7, GROUP_STATE, "Alpha", sequence=92)
    c.readd(port, group, GROUP_STATE, 8, sequence=91)
    assert judged(c) == {}


def test_sequence_told_by_another_server(client, judged):
    """A client that reconnects to another node brings the sequence along."""
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7, sequence=3)
    c.event(port, 7, GROUP_STATE, "Alpha", sequence=9)
    c.conn.rst()
    other = Client(c.model, c.capture, server=("10.0.0.3", 49200))
    group, port = other.group("Alpha"), other.port()
    other.add(port, group, GROUP_STATE, 7, sequence=3)
    other.readd(port, group, GROUP_STATE, 7, sequence=9)
    assert judged(c) == {}


def test_sequence_of_another_object(client, judged):
    c = client()
    alpha, beta, port = c.group("Alpha"), c.group("Beta"), c.port()
    c.add(port, alpha, GROUP_STATE, 7, sequence=30)
    c.add(port, beta, GROUP_STATE, 7, sequence=3)
    assert judged_after(c, judged, c.readd(port, beta, GROUP_STATE, 8, sequence=30)) == INVENTED


def test_sequence_of_an_object_that_was_made_again(client, judged):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7, sequence=30)
    c.add(port, group, GROUP_STATE, 8, sequence=0)
    c.readd(port, group, GROUP_STATE, 9, sequence=29)
    assert judged(c) == {}


def test_sequence_when_something_was_missed(client, judged):
    """Another association of the client may have been told."""
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7, sequence=3)
    c.conn.lose(100, client=False)
    c.event(port, 7, GROUP_STATE, "Alpha", sequence=4)
    c.readd(port, group, GROUP_STATE, 8, sequence=6)
    assert judged(c) == {}


@pytest.mark.parametrize("seconds", [0.5, 2])
def test_sequence_of_an_older_event(client, judged, seconds):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7, sequence=3)
    for sequence in (4, 5):
        c.event(port, 7, GROUP_STATE, "Alpha", sequence)
    c.advance(seconds)
    c.readd(port, group, GROUP_STATE, 8, sequence=3)
    c.readd(port, group, GROUP_STATE, 8, sequence=5)
    old = c.readd(port, group, GROUP_STATE, 8, sequence=4)
    assert judged(c) == ({old: OUTDATED} if seconds > 1 else {})


def test_registered_again_without_an_earlier_registration(client, judged, tshark):
    """A fact, no finding: the client comes back from a connection that was not captured."""
    c = client()
    alpha, beta, port = c.group("Alpha"), c.group("Beta"), c.port()
    c.add(port, alpha, GROUP_STATE, 7, sequence=3)
    c.readd(port, alpha, GROUP_STATE, 8, sequence=3)
    again = c.readd(port, beta, GROUP_STATE, 9, sequence=3)
    assert judged(c) == {}
    assert tshark.fields(c.capture, ["frame.number"], "cmrp.expert.notify_readd_without_add") == [[str(again)]]


# ---------------------------------------------------------------- what the server owes


def owing(c, kind="group", filter=None, given=3):
    """A port whose registration gave back an old sequence of "Alpha"."""
    filter = STATES[kind] if filter is None else filter
    thing, port, other = c.open(kind, "Alpha"), c.port(), c.port()
    c.add(port, thing, STATES[kind], 7, sequence=3)
    c.add(other, thing, STATES[kind], 8, sequence=5)
    c.readd(port, thing, filter, 9, sequence=given)
    return port


@pytest.mark.parametrize("kind", STATES)
def test_change_that_is_not_told(client, judged, kind):
    c = client()
    port = owing(c, kind)
    waiter = c.connect()
    waiter.ask(port)
    c.advance(2)
    c.unblock(port)
    assert judged_after(c, judged, waiter.answer(INVALID_FUNCTION)) == NOT_TOLD


def test_change_that_is_not_told_in_2_0(client, judged):
    c = client("2-ndr")
    port = owing(c)
    c.ask(port, 5000)
    c.advance(5)
    assert judged_after(c, judged, c.answer(WAIT_TIMEOUT)) == NOT_TOLD


def test_change_that_is_told(client, judged):
    c = client()
    port = owing(c)
    c.event(port, 9, GROUP_STATE, "Alpha", 5)
    waiter = c.connect()
    waiter.ask(port)
    c.advance(2)
    c.unblock(port)
    waiter.answer(INVALID_FUNCTION)
    assert judged(c) == {}


@pytest.mark.parametrize("options", [{"given": 5}, {"filter": GROUP_PROPERTY}], ids=["up to date", "not asked for"])
def test_nothing_is_owed(client, judged, options):
    c = client()
    port = owing(c, **options)
    waiter = c.connect()
    waiter.ask(port)
    c.advance(2)
    c.unblock(port)
    waiter.answer(INVALID_FUNCTION)
    assert judged(c) == {}


def test_change_may_be_told_to_another_call(client, judged):
    """The event may be on its way in the answer of a call that is still waiting."""
    c = client()
    port = owing(c)
    first, second = c.connect(), c.connect()
    first.ask(port)
    second.ask(port)
    c.advance(2)
    c.unblock(port)
    first.answer(INVALID_FUNCTION)
    second.answer(0, 9, GROUP_STATE, "Alpha", 5)
    assert judged(c) == {}


def test_wait_that_was_too_short_to_tell(client, judged):
    c = client()
    port = owing(c)
    waiter = c.connect()
    waiter.ask(port)
    c.unblock(port)
    waiter.answer(INVALID_FUNCTION)
    assert judged(c) == {}


def test_change_told_before_the_registration_was_answered(client, judged):
    c = client()
    group, port, other = c.group("Alpha"), c.port(), c.port()
    c.add(port, group, GROUP_STATE, 7, sequence=3)
    c.add(other, group, GROUP_STATE, 8, sequence=5)
    waiter = c.connect()
    waiter.ask(port)
    c.ask_to_readd(port, group, GROUP_STATE, 9, 3)
    waiter.answer(0, 9, GROUP_STATE, "Alpha", 5)
    c.response(rpc_status=0, result=0)
    waiter.ask(port)
    c.advance(2)
    c.unblock(port)
    waiter.answer(INVALID_FUNCTION)
    assert judged(c) == {}


@pytest.mark.parametrize("event", [(9, RECONNECT, ""), (9, GROUP_STATE, "The same by another name")],
                         ids=["dropped", "another name"])
def test_change_may_be_among_events_of_no_registration(client, judged, event):
    c = client()
    port = owing(c)
    c.event(port, *event)
    waiter = c.connect()
    waiter.ask(port)
    c.advance(2)
    c.unblock(port)
    waiter.answer(INVALID_FUNCTION)
    assert judged(c) == {}


def test_answer_in_fragments_ends_one_wait_only(client, judged):
    """dcerpc knows of an answer with its first fragment, the plugin with the last."""
    c = client()
    group, port = c.group("Alpha"), c.port_2()
    c.add_2(port, group, GROUP, 8, 7)
    first, second = c.connect(), c.connect()
    for waiter in (first, second):
        waiter.request(139, hNotify=port)
    event = event_2(7, GROUP, 8, "Alpha", bytes(4), "id", "node")
    first.response(Notifications=[event] * 20, dwNumNotifications=20, result=0, sent={"fragments": 3})
    c.advance(2)
    close = c.close(port)
    assert judged(c) == {close: {"notify-close-without-unblock"}}
