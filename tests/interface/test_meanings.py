# SPDX-License-Identifier: GPL-2.0-or-later
"""Does every number that has a meaning show the name of its value, in every method of version 3.0?

Each value of each enumeration, each bit of each mask, each control code is sent once in each parameter and member
that carries it; the lines that a person reads must have its name.
"""
import re
from collections import namedtuple

import pytest
from cmrpidl.model import Array, Base, Pointer, Struct
from support.calls import ENCODINGS
from support.examples import Full, call_of
from support.scenes import Scene

# A parameter, or the member of a structure, and what it means.
Place = namedtuple("Place", "opnum direction name struct type row")
ACCESS_DENIED = 5


def numbers(fields, struct=None):
    """(name, structure, type) of all numbers, within structures too."""
    for field in fields:
        type_ = field.type
        while isinstance(type_, (Pointer, Array)):
            type_ = type_.to if isinstance(type_, Pointer) else type_.element
        if isinstance(type_, Struct):
            yield from numbers(type_.members, type_.name)
        else:
            yield field.name, struct, type_


def places(model, tables):
    for method in model.interface(3).methods:
        for direction in ("request", "response"):
            for name, struct, type_ in numbers(getattr(method, direction)):
                for row in tables.meanings_of(3, method.opnum, name, struct):
                    yield Place(method.opnum, direction, name, struct, type_, row)


def items(tables, place):
    """(number, patterns of lines that must be there): all bits of a mask at once, other values one by one."""
    row = place.row
    if row.kind == "status":
        yield ACCESS_DENIED, [rf"{place.name}: ERROR_ACCESS_DENIED \({ACCESS_DENIED}\)"]
        return
    known = [item for item in tables.enums[row.enumeration].items if item.value is not None]
    if row.kind in ("flags", "access"):
        bits = [item for item in known if item.value.bit_count() == 1]
        number = 0
        for item in bits:
            number |= item.value
        yield number, [rf"= {item.name}: True" for item in bits]
        return
    for number in {item.value for item in known}:
        same = "|".join(item.name for item in known if item.value == number)
        yield number, [rf"{place.name}: ({same}) \("]


def put(tree, place, number):
    """Writes a number into every place that is meant, and that of its sibling on which the meaning depends."""
    if isinstance(tree, list):
        return sum(put(element, place, number) for element in tree)
    if not isinstance(tree, dict):
        return 0
    done = sum(put(element, place, number) for element in tree.values()) if place.struct else 0
    if place.name in tree and isinstance(tree[place.name], int):
        signed = isinstance(place.type, Base) and place.type.signed
        size = 8 * (getattr(place.type, "size", None) or 4)
        number %= 1 << size
        tree[place.name] = number - (1 << size) if signed and number >> size - 1 else number
        if place.row.when:
            sibling, value = place.row.when
            tree[sibling] = value
        done += 1
    return done


@pytest.fixture(scope="module")
def shown(tshark, model, tables):
    """[(place, patterns, text of the frame), ...]"""
    sent = []

    def write(calls):
        for place in places(model, tables):
            for number, patterns in items(tables, place):
                # Full, so that every member is there.
                asked, told = call_of(Full(f"{place.opnum}"), model, 3, place.opnum)
                assert put(asked if place.direction == "request" else told, place, number), place
                frames = [calls.request(place.opnum, calls.pack_request(place.opnum, **asked)),
                          calls.response(calls.pack_response(place.opnum, **told))]
                sent.append((place, patterns, frames[place.direction == "response"]))
        return {}

    scene = Scene(tshark, model, ENCODINGS["3-ndr"], write)
    text = tshark.read(scene.path, ["-V", "-O", "cmrp"]).stdout
    frames = dict(re.findall(r"^Frame (\d+):(.*?)(?=^Frame \d|\Z)", text, re.M | re.S))
    return [(place, patterns, frames[str(frame)]) for place, patterns, frame in sent]


def test_every_value_shows_its_name(shown):
    failed = [(place.opnum, place.direction, place.struct, place.name, pattern) for place, patterns, text in shown
              for pattern in patterns if not re.search(pattern, text)]
    assert failed == []


def test_every_meaning_was_met(tables, shown):
    """Those of version 3.0. What only version 2.0 has is met in other tests."""
    met = {id(place.row) for place, _, _ in shown}
    missing = [row for row in tables.meanings if row.version != 2 and id(row) not in met]
    assert missing == []
    assert len({place.row.enumeration for place, _, _ in shown}) > 40
