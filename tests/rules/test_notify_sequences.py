# SPDX-License-Identifier: GPL-2.0-or-later
"""Is each rule about the sequences of states at notification ports found when it is broken, and only then?

Every breach stands beside a look-alike that keeps the rule, or in which the capture does not hold what it takes
to decide.
"""
import pytest
from support.ports import (  # noqa: F401 (fixtures)
    GROUP_PROPERTY, GROUP_STATE, INVALID_FUNCTION, NETINTERFACE_STATE, NETWORK_STATE, NODE_STATE, RECONNECT,
    RESOURCE_STATE, WAIT_TIMEOUT, Client, client, judged, judged_after)

NOT_TOLD = {"notify-change-not-told"}
INVENTED = {"notify-sequence-never-handed-out"}
OUTDATED = {"notify-sequence-outdated"}
STATES = {"group": GROUP_STATE, "node": NODE_STATE, "resource": RESOURCE_STATE, "network": NETWORK_STATE,
          "netinterface": NETINTERFACE_STATE}


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
