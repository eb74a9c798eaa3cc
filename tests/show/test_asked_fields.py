# SPDX-License-Identifier: GPL-2.0-or-later
"""Is what only repeats something else made for those who ask for it, and for nobody else? Do JSON and ek have the keys
that the fields are called by?"""
import json
import re

import pytest

from support import trees
from support.calls import ENCODINGS, Calls, handle
from support.tshark import find

# What a list of fields is given only where it says what it lists, or where hidden items are shown.
NAMED = ("clusapi", "clusapi.opnum", "cmrp.handle.attributes", "cmrp.handle.uuid")
# Where lists say nothing, these are always made.
LISTED = ("cmrp.version", "cmrp.response_time", "cmrp.outcome", "cmrp.method", "cmrp.status_name", "cmrp.handle.type", "cmrp.handle")
SHOW_HIDDEN = ("-o", "protocols.display_hidden_proto_items:TRUE")
# Of a response's handles of the request.
STORY = trees.OF_REQUEST
# Not of groups.
OTHERS = [f"cmrp.handle.{name}" for name in ("object_name", "resource_type", "group", "node", "network")]
# Words of Wireshark's own that are keys.
FRAME = ("filtered", "text")


@pytest.fixture(scope="module")
def path(captures_dir):
    """Handles of several types, two of them in one request, groups whose owner was told, a close of each."""
    return captures_dir / "smbtorture-group-ndr.pcapng"


def counts(tshark, path, field, *extra):
    """How often a field stands in each frame of JSON."""
    return [len(find(layers, field)) for layers in tshark.json(path, "frame.number > 0", extra)]


def frames(tshark, path, filter):
    return [int(number) for number, in tshark.fields(path, ["frame.number"], filter)]


@pytest.mark.parametrize("field", NAMED)
def test_what_repeats_is_made_for_filters_and_for_those_who_show_hidden_items(tshark, path, field):
    assert sum(counts(tshark, path, field)) == 0
    matching = frames(tshark, path, field)
    assert len(matching) > 10
    shown = tshark.json(path, "frame.number > 0", SHOW_HIDDEN)
    assert [int(find(layers, "frame.number")[0]) for layers in shown if find(layers, field)] == matching
    # A filter that names it is asked for it in whatever is written.
    assert all(find(layers, field) for layers in tshark.json(path, field))


def repeated(field, value, inside=False):
    """How often a field stands in a tree of JSON; a handle's bytes count where they repeat a parameter."""
    if isinstance(value, list):
        return sum(repeated(field, below, inside) for below in value)
    if not isinstance(value, dict):
        return 0
    named = [key for key in value if key == field and (inside or field != "cmrp.handle")]
    return len(named) + sum(repeated(field, below, key != "cmrp.handle_tree" and key.endswith("_tree"))
                            for key, below in value.items())


@pytest.mark.parametrize("field", LISTED)
def test_what_people_list_is_always_there_where_lists_do_not_announce_it(tshark, path, field, release):
    count = sum(repeated(field, layers["cmrp"]) for layers in tshark.json(path, "cmrp"))
    asked = sum(repeated(field, layers["cmrp"]) for layers in tshark.json(path, f"cmrp && (frame || {field})"))
    assert asked > 10 and count == (asked if release == "4.0" else 0)


@pytest.mark.parametrize("field", [*NAMED, *LISTED, *STORY])
def test_a_list_of_fields_has_them(tshark, path, field, release):
    """Where tshark says what it lists; where it does not, with a filter that names the field, or with hidden items."""
    expected = [len(find(layers, field)) for layers in tshark.json(path, f"frame.number > 0 || {field}")]
    filters = [f"frame.number > 0 || {field}"]
    if release != "4.0" or field in LISTED:
        filters.append("frame.number > 0")
    assert sum(expected) > 0 or field in OTHERS
    for filter in filters:
        assert [len(row[0]) for row in tshark.fields(path, [field], filter, split=True)] == expected, filter


def test_a_response_keeps_id_and_name_of_the_requests_handles(tshark, model, capture):
    calls = Calls(model, capture(), ENCODINGS["3-ndr"])
    opened = calls.open_group("Gruppe", handle(1))
    calls.request(45, hGroup=handle(1))
    told = calls.response(State=0, NodeName="NODE1", rpc_status=0, result=0)
    used = calls.request(45, hGroup=handle(1)), calls.response(
        State=0, NodeName="NODE1", rpc_status=0, result=0)
    closed = calls.request(44, Group=handle(1)), calls.response(Group=bytes(20), result=0)
    plain = trees.read(tshark, calls.capture, asked=())
    again = plain[used[1]].below("cmrp.handle.of_request")
    assert plain[used[1]].one("cmrp.handle.of_request") == "hGroup"
    assert (again.one("cmrp.handle.id"), again.one("cmrp.handle.name")) == ("1", "Gruppe")
    assert not set(again.names()) & set(STORY)
    asking = plain[used[0]].below("cmrp.hGroup")
    assert asking.one("cmrp.handle.opened_in") == str(opened) and asking.one("cmrp.handle.owner_node") == "NODE1"
    # That it ends is news.
    assert plain[closed[1]].below("cmrp.handle.of_request").one("cmrp.handle.closed_in") == str(closed[1])
    line = 'hGroup of the request (HGROUP_RPC #1 "Gruppe")'
    assert line in tshark.read(calls.capture, ["-V"], f"frame.number == {used[1]}").stdout
    everything = trees.read(tshark, calls.capture)[used[1]].below("cmrp.handle.of_request")
    assert everything.one("cmrp.handle.owner_node") == "NODE1"
    assert frames(tshark, calls.capture, 'cmrp.handle.owner_node == "NODE1"') == [told, *used, *closed]
    assert frames(tshark, calls.capture, "cmrp.handle.closed_in == frame.number") == [closed[1]]
    assert frames(tshark, calls.capture, f"cmrp.handle.opened_in == {opened}") == [opened, told - 1, told, *used, *closed]


# ---------------------------------------------------------------- keys


def keys(value):
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from keys(below)
    elif isinstance(value, list):
        for below in value:
            yield from keys(below)


@pytest.fixture(scope="module")
def known(tshark):
    """The names of all fields and protocols."""
    rows = [line.split("\t") for line in tshark.run(["-G", "fields"]).stdout.splitlines()]
    return {row[2] for row in rows if row[0] in "PF"}


KEYED = ("smbtorture-group-ndr.pcapng", "smbtorture-cluster-ndr.pcapng", "smbtorture-registry-ndr.pcapng",
         "notify-v2-ndr.pcapng", "smbtorture-resource-ndr.pcapng", "smbtorture-groupset-ndr.pcapng", "bad-stub.pcapng")


@pytest.mark.parametrize("name", KEYED)
def test_keys_are_names_of_fields(tshark, captures_dir, known, name):
    """A key with a name or a number of the capture would be another key in each packet."""
    layers = tshark.json(captures_dir / name, "cmrp", ["-J", "cmrp cmrp2"])
    found = {key.removesuffix("_tree") for packet in layers for key in keys(packet.get("cmrp", packet.get("cmrp2")))}
    assert found - known - {*FRAME} == set() and len(found) > 5


# Wireshark 4.0 writes a key for each field that a field stands below: twice if it stands below two.
TWICE = re.compile(r"cmrp_cmrp_(handle|ndr|property)(_\w+)?|cmrp_cmrp_[A-Z]\w*|_ws_\w+|dcerpc_\w+")


@pytest.mark.parametrize("name", KEYED)
def test_keys_of_ek_are_names_of_fields_and_stand_there_once(tshark, captures_dir, known, name, release):
    names = {field.replace(".", "_") for field in known}
    twice = set()

    def look(pairs):
        found = [key for key, _ in pairs]
        twice.update(key for key in found if found.count(key) > 1 and key.startswith(("cmrp_", "_ws_", "text")))
        return dict(pairs)

    for line in tshark.read(captures_dir / name, ["-T", "ek"], "cmrp").stdout.splitlines():
        layer = json.loads(line, object_pairs_hook=look).get("layers", {}).get("cmrp", {})
        unknown = {key for key in keys(layer) if key not in names and key.split("_", 1)[-1] not in names}
        assert {key for key in unknown if not key.startswith(("_ws_", "dcerpc_"))} == set()
    assert {key for key in twice if release != "4.0" or not TWICE.fullmatch(key)} == set()
