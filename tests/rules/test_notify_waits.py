# SPDX-License-Identifier: GPL-2.0-or-later
"""Is each rule about calls that wait at notification ports found when it is broken, and only then?

Every breach stands beside a look-alike that keeps the rule, or in which the capture does not hold what it takes
to decide.
"""
from uuid import UUID

import pytest
from support.ports import (  # noqa: F401 (fixtures)
    GROUP, GROUP_STATE, INVALID_FUNCTION, NO_MORE_ITEMS, WAIT_TIMEOUT, client, event_2, judged, judged_after)

NO_CAUSE = {"notify-wait-ended-without-cause"}


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
