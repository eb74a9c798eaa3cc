# SPDX-License-Identifier: GPL-2.0-or-later
"""Is each rule about events at notification ports found when it is broken, and only then?

Every breach stands beside a look-alike that keeps the rule, or in which the capture does not hold what it takes
to decide.
"""
from uuid import UUID

import pytest
from support.ports import (  # noqa: F401 (fixtures)
    CLUSTER, CLUSTER_STATE, GROUP, GROUP_ADDED, GROUP_DELETED, GROUP_PROPERTY, GROUP_STATE, HANDLE_CLOSE,
    NO_MORE_ITEMS, NODE, NODE_STATE, RECONNECT, REGISTRY, REGISTRY_SUBTREE, REGISTRY_VALUE, RESOURCE_STATE,
    RESOURCE_TYPE, Client, client, event_2, judged, judged_after)

EARLY = {"notify-event-before-registration"}
KEY = {"notify-key-unknown"}
NOT_ASKED = {"notify-event-not-registered"}
OTHER_OBJECT = {"notify-key-of-other-object"}
NOT_ONE = {"notify-event-not-one-change"}
CLIENT_ONLY = {"notify-client-only-event"}
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
