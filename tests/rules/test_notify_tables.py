# SPDX-License-Identifier: GPL-2.0-or-later
"""Is every bit of a filter judged as its page says, and every string and size of an event of version 2?

One of each kind stands in tests/conformance, in notify_filters.md and notify_v2_events.md.
"""
import pytest
from support.ports import (  # noqa: F401 (fixtures)
    CLUSTER, GROUP, NETINTERFACE, NETWORK, NODE, QUORUM, REGISTRY, RESOURCE, RESOURCE_TYPE, client,
    event_2, judged)

# The bits that a filter may have, by what is registered (3.1.4.2.58 to .62, .90, .99).
ALLOWED = {"cluster": 0x5FF7FFFF, "node": 0xF, "group": 0xF000, "resource": 0xF00, "key": 0x70, "network": 0xF00000,
           "netinterface": 0xF000000}
EMPTY, FOREIGN, CLIENT_ONLY = "notify-filter-empty", "notify-filter-foreign-bits", "notify-filter-client-only"
# Bits of each enumeration of version 2: those that a client may ask for, and those that only its library queues.
FLAGS_2 = {CLUSTER: (0x1FF4, 0xB), GROUP: (0x1FF, 0x200), RESOURCE: (0x1FF, 0x200), RESOURCE_TYPE: (0x3F, 0),
           NETINTERFACE: (0xF, 0x10), NETWORK: (0xF, 0x10), NODE: (0x7F, 0x80), REGISTRY: (0xF, 0x10), QUORUM: (1, 0),
           10: (1, 0), 11: (1, 0), 12: (7, 0), 13: (0xFF, 0x100)}
LOCAL_2, FOREIGN_2 = "notify-v2-client-only-flags", "notify-v2-foreign-flags"
HANDLE_2 = "notify-v2-object-handle"
STRINGS, BUFFER = "notify-v2-event-strings", "notify-v2-event-buffer"


def expected(rules):
    """Frames and the rule that each breaks, those that break none left out."""
    return {frame: {rule} for frame, rule in rules.items() if rule}


def thing(client, kind):
    return getattr(client, kind)() if kind in ("cluster", "key") else client.open(kind, "Alpha")


# ---------------------------------------------------------------- version 1


@pytest.mark.parametrize("encoding", ["3-ndr", "2-ndr", "3-ndr64", "3-ndr-big"])
@pytest.mark.parametrize("kind", ALLOWED)
def test_filters_of_version_1(client, judged, encoding, kind):
    """Every single bit, all that are allowed together, and none."""
    c = client(encoding)
    object, port = thing(c, kind), c.port()
    rules = {c.ask_to_add(port, object, ALLOWED[kind], 1): "", c.ask_to_add(port, object, 0, 1): EMPTY}
    for bit in range(32):
        broken = not ALLOWED[kind] & 1 << bit
        rules[c.ask_to_add(port, object, 1 << bit, 1)] = broken * (CLIENT_ONLY if kind == "cluster" else FOREIGN)
    assert judged(c) == expected(rules)


@pytest.mark.parametrize("kind", set(ALLOWED) - {"cluster", "key"})
def test_filters_that_are_registered_again(client, judged, kind):
    c = client()
    object, port = thing(c, kind), c.port()
    rules = {c.ask_to_readd(port, object, ALLOWED[kind], 1, 0): "", c.ask_to_readd(port, object, 0, 1, 0): EMPTY,
             c.ask_to_readd(port, object, 0x10, 1, 0): FOREIGN}
    assert judged(c) == expected(rules)


# ---------------------------------------------------------------- version 2


@pytest.mark.parametrize("type", FLAGS_2)
def test_flags_of_version_2(client, judged, type):
    c = client()
    cluster, port = c.cluster(), c.port_2()
    allowed, local = FLAGS_2[type]
    rules = {c.ask_to_add_2(port, cluster, type, allowed, 1, targeted=0): ""}
    for bit in (*range(16), 31, 32, 62):
        flag = 1 << bit
        rules[c.ask_to_add_2(port, cluster, type, flag, 1, targeted=0)] = (
            LOCAL_2 if flag & local else "" if flag & allowed else FOREIGN_2)
    assert judged(c) == expected(rules)


def test_flags_of_a_resource_type(client, judged):
    c = client()
    port = c.port_2()
    rules = {c.add_type_2(port, "File Server", 1 << bit, 1)[0]: FOREIGN_2 * (bit > 5) for bit in range(8)}
    assert judged(c) == expected(rules)


@pytest.mark.parametrize("kind, type", [
    ("cluster", CLUSTER), ("group", GROUP), ("resource", RESOURCE), ("cluster", RESOURCE_TYPE),
    ("netinterface", NETINTERFACE), ("network", NETWORK), ("node", NODE), ("key", REGISTRY), ("cluster", QUORUM),
    ("cluster", 10), ("cluster", 11), ("cluster", 12)])
def test_object_handle(client, judged, kind, type):
    """The type's own handle, or that of the cluster if no object is meant; of unknown handles nothing is said."""
    c = client()
    objects = {name: thing(c, name) for name in ALLOWED}
    port, unknown = c.port_2(), c._new("unknown")
    rules = {c.ask_to_add_2(port, unknown, type, 0, 1): ""}
    for name, object in objects.items():
        rules[c.ask_to_add_2(port, object, type, 0, 1)] = HANDLE_2 * (name != kind)
        rules[c.ask_to_add_2(port, object, type, 0, 1, targeted=0)] = HANDLE_2 * (name != "cluster")
    assert judged(c) == expected(rules)


# ---------------------------------------------------------------- what an event of version 2 carries

FULL = {"object_id": "id", "parent_id": "parent", "type_name": "type"}
# Object type, flags, which of ObjectId, ParentId and Type must be empty and which not.
STRING_RULES = [
    (CLUSTER, 0x4, "type_name", ""), (CLUSTER, 0x30, "parent_id type_name", ""),
    (CLUSTER, 0x280, "object_id parent_id type_name", ""), (GROUP, 0xA, "type_name", "parent_id"),
    (GROUP, 1, "type_name", ""), (RESOURCE, 6, "", "parent_id type_name"), (RESOURCE, 0x80, "", ""),
    (RESOURCE_TYPE, 3, "object_id parent_id type_name", ""), (NETINTERFACE, 8, "type_name", "parent_id"),
    (NETINTERFACE, 1, "type_name", ""), (NETWORK, 9, "parent_id type_name", ""),
    (NODE, 0x10, "parent_id type_name", ""),
    (REGISTRY, 8, "parent_id type_name", ""), (QUORUM, 1, "parent_id type_name", ""), (10, 1, "", "")]
SIZES = {(CLUSTER, 0x4): {4}, (CLUSTER, 0x20): {4}, (CLUSTER, 0x10): {0}, (CLUSTER, 0x80): None, (GROUP, 8): {4},
         (GROUP, 1): {0}, (GROUP, 2): None, (RESOURCE, 4): {4}, (RESOURCE, 2): {0}, (RESOURCE_TYPE, 1): {0},
         (NETINTERFACE, 8): {4}, (NETINTERFACE, 1): {0}, (NETWORK, 8): {4}, (NETWORK, 1): {0}, (NODE, 0x10): {4},
         (REGISTRY, 8): {0}, (QUORUM, 1): {0, 4}}


def fitting(type, flags):
    """What an event of this kind should carry."""
    empty, filled = next((rule[2:] for rule in STRING_RULES if rule[0] == type and rule[1] & flags), ("", ""))
    strings = {name: "" if name in empty.split() else FULL[name] for name in FULL}
    return {**strings, "buffer": bytes(max(SIZES.get((type, flags)) or {0}))}


def listening(c):
    """A port that may be told anything."""
    cluster, port = c.cluster(), c.port_2()
    for type, (allowed, _) in FLAGS_2.items():
        c.add_2(port, cluster, type, allowed, 1, targeted=0)
    return port


@pytest.mark.parametrize("type, flags, empty, filled", STRING_RULES)
@pytest.mark.parametrize("null", [None, ""], ids=["NULL", "empty"])
def test_strings_of_an_event(client, judged, type, flags, empty, filled, null):
    c = client()
    port = listening(c)
    rules = {}
    for flag in (1 << bit for bit in range(16) if flags & 1 << bit):
        fine = fitting(type, flag)
        rules[c.events_2(port, event_2(1, type, flag, "Alpha", **fine))] = ""
        for name in FULL:
            given = {**fine, name: null}
            rules[c.events_2(port, event_2(1, type, flag, "Alpha", **given))] = STRINGS * (name in filled.split())
            given = {**fine, name: FULL[name]}
            rules[c.events_2(port, event_2(1, type, flag, "Alpha", **given))] = STRINGS * (name in empty.split())
    assert judged(c) == expected(rules)


@pytest.mark.parametrize("type, flags", SIZES)
def test_buffer_of_an_event(client, judged, type, flags):
    c = client()
    port = listening(c)
    allowed = SIZES[type, flags]
    rules = {}
    for size in (0, 2, 4, 8):
        given = {**fitting(type, flags), "buffer": bytes(size)}
        rules[c.events_2(port, event_2(1, type, flags, "Alpha", **given))] = (
            BUFFER * (allowed is not None and size not in allowed))
    assert judged(c) == expected(rules)
