# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the tree, the Info column and the statistics tell the story of a notification port?

Which frame registered an event and which events a registration brought, whatever the version of the port; what
the lab's captures hold; and the same words in one pass, in two, and by clicks.
"""
import pytest
from support import keys, trees
from support.calls import ENCODINGS
from support.ports import (  # noqa: F401 (fixtures)
    CLUSTER, GROUP, GROUP_ADDED, GROUP_DELETED, GROUP_PROPERTY, GROUP_STATE, RESOURCE_TYPE, client, event_2)
from support.sharkd import Sharkd

REGISTERED_IN, EVENT_IN, OBJECT = "cmrp.notify.registered_in", "cmrp.notify.event_in", "cmrp.notify.object"
LAB = [f"notify-{name}" for name in (
    "ndr", "ndr64", "bigendian", "clean-ndr", "reconnect", "sealed-ntlm", "sealed-ntlm-ndr64", "sealed-spnego-onecall",
    "v2-ndr", "v2-ndr64", "v2-bigendian", "v2-sealed-ntlm", "udp", "udp-bigendian", "sealed-spnego", "sealed-kerberos", "sealed-kerberos-bare",
    "sealed-kerberos-ndr64", "sealed-kerberos-raw", "signed-kerberos", "v2-sealed-kerberos")]
# How many events the captures hold.
EVENTS = {"notify-reconnect": 1, "notify-udp": 1, "notify-udp-bigendian": 1}


def links(tshark, pcap, field, extra=()):
    """{frame: [frames]} of a field with frame numbers."""
    rows = tshark.fields(pcap, ["frame.number", field], field, extra, split=True)
    return {int(number[0]): [int(frame) for frame in frames] for number, frames in rows}


def infos(tshark, pcap):
    return {int(number): info for number, info in tshark.fields(pcap, ["frame.number", "_ws.col.Info"], "cmrp")}


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_events_and_registrations_are_linked(client, tshark, encoding):
    c = client(encoding)
    alpha, beta, port = c.group("Alpha"), c.group("Beta"), c.port()
    state = c.add(port, alpha, GROUP_STATE, 7)
    property = c.add(port, alpha, GROUP_PROPERTY, 7)
    other = c.add(port, beta, GROUP_STATE, 7)
    events = {c.event(port, 7, GROUP_STATE, "Alpha", 1): [state], c.event(port, 7, GROUP_PROPERTY, "Alpha", 1): [property],
              c.event(port, 7, GROUP_STATE, "Beta", 1): [other], c.event(port, 7, GROUP_STATE, "Alpha", 2): [state]}
    assert links(tshark, c.capture, REGISTERED_IN) == events
    first, second, third, fourth = events
    brought = {state: [first, fourth], property: [second], other: [third]}
    # A registration is its request and its response.
    both = {**brought, **{frame - 1: frames for frame, frames in brought.items()}}
    assert links(tshark, c.capture, EVENT_IN, ["-2"]) == both
    tree = trees.read(tshark, c.capture)[first]
    assert tree.below(REGISTERED_IN).flat() == [(OBJECT, "Alpha")]


def test_names_differ_in_case(client, tshark):
    c = client()
    group, port = c.group("ALPHA Größe"), c.port()
    registered = c.add(port, group, GROUP_STATE, 7)
    event = c.event(port, 7, GROUP_STATE, "Alpha GRÖßE", 1)
    assert links(tshark, c.capture, REGISTERED_IN) == {event: [registered]}


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr-big", "3-ndr64", "3-ndr64-big"])
def test_each_event_of_version_2_is_linked(client, tshark, encoding):
    c = client(encoding)
    cluster, alpha, port = c.cluster(), c.group("Alpha"), c.port_2()
    _, of_group = c.add_2(port, alpha, GROUP, 8, 1)
    _, of_groups = c.add_2(port, cluster, GROUP, 1, 2, targeted=0)
    _, of_cluster = c.add_2(port, cluster, CLUSTER, 4, 3)
    _, of_type = c.add_type_2(port, "File Server", 2, 4)
    frame = c.events_2(port, event_2(4, RESOURCE_TYPE, 2, "File Server"), event_2(3, CLUSTER, 4, "New", bytes(4)),
                       event_2(2, GROUP, 1, "Gone"), event_2(1, GROUP, 8, "Alpha", bytes(4)))
    expected = [of_type, of_cluster, of_groups, of_group]
    assert links(tshark, c.capture, REGISTERED_IN) == {frame: expected}
    # Each stands with its own event.
    elements = trees.read(tshark, c.capture)[frame].branches("cmrp.Notifications")
    elements = [element for element in elements if element.own("cmrp.dwNotifyKey")]
    assert [element.own(REGISTERED_IN) for element in elements] == [[str(one)] for one in expected]
    assert [element.all(OBJECT) for element in elements] == [["File Server"], [], [], ["Alpha"]]


def test_asynchronous_events_are_linked(client, tshark):
    c = client()
    cluster, alpha, port = c.cluster(), c.group("Alpha"), c.port()
    of_cluster = c.add(port, cluster, GROUP_ADDED | GROUP_DELETED, 1)
    of_group = c.add(port, alpha, GROUP_STATE, 2)
    frame = c.events_async(port, (1, GROUP_ADDED, "New"), (2, GROUP_STATE, "Alpha"), (1, GROUP_DELETED, "Alpha"))
    assert links(tshark, c.capture, REGISTERED_IN) == {frame: [of_cluster, of_group, of_cluster]}


def test_event_before_the_answer_is_linked_with_the_request(client, tshark):
    c = client()
    group, port = c.group("Alpha"), c.port()
    waiter = c.connect()
    waiter.ask(port)
    asked = c.ask_to_add(port, group, GROUP_STATE, 7)
    early = waiter.answer(0, 7, GROUP_STATE, "Alpha", 2)
    answered = c.added(1)
    late = c.event(port, 7, GROUP_STATE, "Alpha", 3)
    for passes in ([], ["-2"]):
        assert links(tshark, c.capture, REGISTERED_IN, passes) == {early: [asked], late: [answered]}


def test_port_from_before_the_capture(client, tshark):
    c = client()
    group, port = c.group("Alpha"), c._new("port")
    registered = c.add(port, group, GROUP_STATE, 7)
    event = c.event(port, 7, GROUP_STATE, "Alpha", 1)
    c.event(port, 8, GROUP_STATE, "Alpha", 1)
    assert links(tshark, c.capture, REGISTERED_IN) == {event: [registered]}


def test_same_handle_is_another_port_after_its_close(client, tshark):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    c.close(port)
    c.request(55)
    c.response(Status=0, rpc_status=0, result=port)
    c.event(port, 7, GROUP_STATE, "Alpha", 1)
    assert links(tshark, c.capture, REGISTERED_IN) == {}
    found = tshark.fields(c.capture, ["cmrp.finding"], 'cmrp.finding contains "notify-event"')
    assert found == [["notify-event-before-registration"]]


def test_many_registrations_with_one_key(client, tshark):
    """A client need not tell its registrations apart by keys; what an event belongs to is found all the same."""
    c = client()
    port, count = c.port(), 200
    registered = [c.add(port, c.group(f"Group {number}"), GROUP_STATE, 0) for number in range(count)]
    events = {c.event(port, 0, GROUP_STATE, f"GROUP {number}", 1): [registered[number]] for number in range(count)}
    assert links(tshark, c.capture, REGISTERED_IN) == events


@pytest.mark.parametrize("key, change, rule", [(8, GROUP_STATE, "notify-key-unknown"),
                                               (7, GROUP_PROPERTY, "notify-event-not-registered")])
@pytest.mark.parametrize("passes", [[], ["-2"]])
def test_port_that_registers_its_object_after_each_event_is_judged(client, tshark, key, change, rule, passes):
    """That is how clients use it. More registrations than a search goes through (CMRP_MAX_PORT_SEARCH)."""
    c = client()
    group, port = c.group("Alpha"), c.port()
    for sequence in range(1, 100):
        c.add(port, group, GROUP_STATE, 7)
        c.event(port, 7, GROUP_STATE, "Alpha", sequence)
    wrong = c.event(port, key, change, "Alpha", 100)
    found = [(number, one) for number, tree in trees.read(tshark, c.capture, extra=passes).items()
             for one in tree.findings() if one.startswith(("notify-key", "notify-event"))]
    assert found == [(wrong, rule)]


def test_many_events_of_one_registration(client, tshark):
    """A hundred are listed, the others counted."""
    c = client()
    group, port = c.group("Alpha"), c.port()
    registered = c.add(port, group, GROUP_STATE, 7)
    for number in range(130):
        c.event(port, 7, GROUP_STATE, "Alpha", number)
    tree = trees.read(tshark, c.capture, extra=["-2"])[registered]
    assert len(tree.all(EVENT_IN)) == 100 and tree.one("cmrp.notify.more_events") == "30"


# ---------------------------------------------------------------- the Info column


def test_event_reads_like_a_sentence(client, tshark):
    c = client()
    group, port = c.group("Alpha"), c.port()
    c.add(port, group, GROUP_STATE, 7)
    info = {c.event(port, 7, GROUP_STATE, "Alpha", 4): 'key 7, GROUP_STATE "Alpha", sequence 4',
            c.event(port, 9, 0x80000): "key 9, CLUSTER_RECONNECT, sequence 0",
            c.event(port, 7, 0x3000, "Alpha"): 'key 7, GROUP_STATE|GROUP_DELETED "Alpha", sequence 0',
            c.event(port, 7, 0): "key 7, 0x0, sequence 0"}
    found = infos(tshark, c.capture)
    assert {frame: found[frame] for frame in info} == {
        frame: f"ApiGetNotify response, {text}" for frame, text in info.items()}


def test_events_of_version_2_read_like_a_sentence(client, tshark):
    c = client()
    port = c.port_2()
    state, added = event_2(1, GROUP, 8, "Alpha"), event_2(3, CLUSTER, 4, "New")
    info = {c.events_2(port, state): 'key 1, GROUP_STATE "Alpha"',
            c.events_2(port, added, state): '2 events, the first with key 3, CLUSTER_GROUP_ADDED "New"',
            c.events_2(port, event_2(5, RESOURCE_TYPE, 0x20, "T")): 'key 5, RESOURCE_TYPE_SPECIFIC "T"',
            c.events_2(port, event_2(5, GROUP, 0x100000008)): "key 5, GROUP_STATE|0x100000000",
            c.events_2(port, event_2(5, 14, 3)): "key 5, 0x3"}
    found = infos(tshark, c.capture)
    assert {frame: found[frame] for frame in info} == {
        frame: f"ApiGetNotifyV2 response, {text}" for frame, text in info.items()}


def test_registrations_of_version_2_read_like_a_sentence(client, tshark):
    c = client()
    cluster, group, port = c.cluster(), c.group("Alpha"), c.port_2()
    of_group = c.ask_to_add_2(port, group, GROUP, 9, 1)
    of_groups = c.ask_to_add_2(port, cluster, GROUP, 1, 2, targeted=0)
    of_cluster = c.ask_to_add_2(port, cluster, CLUSTER, 0x44, 3)
    of_type, _ = c.add_type_2(port, "File Server", 2, 4)
    found = infos(tshark, c.capture)
    for frame, text in (
            (of_group, 'ApiAddNotifyV2 request, HNOTIFY #3, HGROUP #2 "Alpha", filter DELETED|STATE, key 1'),
            (of_groups, "ApiAddNotifyV2 request, HNOTIFY #3, HCLUSTER #1, filter GROUP_DELETED, key 2"),
            (of_cluster, "ApiAddNotifyV2 request, HNOTIFY #3, HCLUSTER #1, filter "
                         "CLUSTER_GROUP_ADDED|CLUSTER_RESOURCE_TYPE_ADDED, key 3"),
            (of_type, 'ApiAddNotifyResourceTypeV2 request, HNOTIFY #3, filter COMMON_PROPERTY, key 4, "File Server"')):
        assert found[frame].startswith(text)


# ---------------------------------------------------------------- statistics


def test_statistics(client, tshark):
    c = client()
    group, port, other = c.group("Alpha"), c.port(), c.port_2()
    c.add(port, group, GROUP_STATE, 7)
    c.add(port, group, GROUP_STATE, 8, status=5)
    c.add_2(other, group, GROUP, 8, 7)
    c.ask(port)
    c.advance(1.5)
    c.answer(0, 7, GROUP_STATE, "Alpha", 1)
    c.ask(port)
    c.events_2(other, event_2(7, GROUP, 8, "Alpha"), event_2(7, GROUP, 8, "Alpha"))
    for passes in ([], ["-2"]):
        text = tshark.read(c.capture, ["-q", "-z", "cmrp,notify", *passes]).stdout
        rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if "10.0.0.2" in line]
        #                    id   name    events calls open       regs version opened server    client
        assert [[*row[:5], *row[6:11]] for row in rows] == [
            ["2", "port 1", "1", "2", "1", "1", "1", "9", "10.0.0.2", "10.0.0.1"],
            ["3", "port 2", "2", "1", "0", "1", "2", "11", "10.0.0.2", "10.0.0.1"]]
        assert float(rows[0][5]) == pytest.approx(1.501) and float(rows[1][5]) == pytest.approx(0.001)
    text = tshark.read(c.capture, ["-q", "-z", "cmrp,notify,cmrp.opnum == 139"]).stdout
    assert text.count("10.0.0.2") == 1 and "port 2" in text


# ---------------------------------------------------------------- the lab's captures


@pytest.mark.parametrize("name", LAB)
def test_every_event_of_the_lab_has_its_registration(tshark, captures_dir, name):
    found = trees.read(tshark, captures_dir / f"{name}.pcapng", "cmrp", [*keys.of(name), "-2"])
    events = 0
    for number, tree in found.items():
        if tree.all("cmrp.opnum") not in (["65"], ["139"], ["147"]) or tree.all("cmrp.status") != ["0"]:
            continue
        told, registered = tree.all("cmrp.dwNotifyKey"), tree.all(REGISTERED_IN)
        assert len(told) == len(registered)
        for key, frame in zip(told, registered):
            # The response that registered it, and right before it the request with the key.
            assert found[int(frame)].one("cmrp.status") == "0"
            request = found[int(frame) - 1]
            assert request.all("cmrp.dwNotifyKey") == [key] and str(number) in request.all(EVENT_IN)
        events += len(told)
    assert events == EVENTS.get(name, 6 if "-v2-" in name else 2)


@pytest.mark.parametrize("name", ["notify-ndr", "notify-v2-ndr64", "notify-udp"])
def test_one_pass_two_passes_and_clicks_agree(tshark, captures_dir, name):
    pcap = captures_dir / f"{name}.pcapng"
    once, twice = (links(tshark, pcap, REGISTERED_IN, passes) for passes in ([], ["-2"]))
    assert once == twice and once
    with Sharkd() as session:
        session.load(pcap)
        for frame in sorted(once, reverse=True):
            lines = [line.strip() for line in session.labels(frame)]
            found = [int(line.split()[2]) for line in lines if line.startswith("Registered in: ")]
            assert found == once[frame]
