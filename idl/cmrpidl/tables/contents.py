# SPDX-License-Identifier: GPL-2.0-or-later
"""What is inside byte arrays? Reads layouts.tsv, controls.tsv, events.tsv and buffers.tsv.

load_contents() is the last step of load_tables(): names are checked against the model and against
the other tables. A mistake raises IdlError with file, line and reason.
"""

import re
from dataclasses import dataclass
from typing import Optional

from ..front.declare import is_integer, value_of
from ..model import Array, Base

# Formats that a cell of any table may name, and those that only buffers.tsv may.
COMMON_FORMATS = (
    "bytes",
    "property_list",
    "property_formats",
    "value_list",
    "value_lists",
)
PLACE_FORMATS = (
    "registry_value",
    "registry_batch",
    "security_descriptor",
    "event",
    "control_in",
    "control_out",
    "control_code",
)
LISTS = ("property_list", "value_list", "value_lists")

NUMBER_SIZES = {
    "uint8": 1,
    "uint16": 2,
    "uint32": 4,
    "uint64": 8,
    "bool8": 1,
    "bool32": 4,
    "filetime": 8,
    "guid": 16,
}
# Types that end by themselves; the fewest bytes of each.
TEXT_SIZES = {"string": 2, "strings": 2}
SIZED = ("bytes", "text")
MAX_MEMBERS = 32


@dataclass(frozen=True)
class Format:
    """layout: name of a layout, for kind `layout`. binary: what binary values of a list hold.
    otherwise: the next format to try."""

    kind: str
    layout: Optional[str] = None
    binary: Optional["Format"] = None
    otherwise: Optional["Format"] = None


@dataclass(frozen=True)
class LayoutMember:
    """count: a number, unless counted_by is the place of the member that tells it (else -1) or
    to_the_end. when: (place of a member, its number) or None."""

    name: str
    type: str
    count: int
    counted_by: int
    to_the_end: bool
    kind: str
    enumeration: Optional[str]
    section: str
    when: Optional[tuple]


@dataclass(frozen=True)
class Control:
    enumeration: str
    code: str
    value: Optional[int]
    request: Optional[Format]
    response: Optional[Format]
    reason: str


@dataclass(frozen=True)
class Event:
    object_type: int
    event: str
    value: int
    format: Optional[Format]
    reason: str


@dataclass(frozen=True)
class Place:
    """What a parameter or member holds, and the siblings that tell more about it."""

    format: Format
    told_by: Optional[str]
    length: Optional[str]


# Layouts


def _layout_count(row, members):
    """(count, counted_by, to_the_end) of a member."""
    text = row["count"]
    if text == "*":
        return 0, -1, True
    if text == "" or text.isdigit():
        if row["type"] in SIZED and not text:
            row.fail(f"'{row['type']}' needs a count of bytes")
        return int(text or 1), -1, False
    for place, member in enumerate(members):
        if member.name == text and member.type.startswith("uint") and member.count == 1:
            return 0, place, False
    row.fail(f"count '{text}' is neither a number nor a number member above")


def _layout_when(row, members, tables):
    if not row["when"]:
        return None
    name, _, value = row["when"].partition("=")
    for place, member in enumerate(members):
        if member.name == name and member.enumeration:
            for item in tables.enums[member.enumeration].items:
                if item.name == value:
                    return place, item.value
            row.fail(f"unknown value '{value}' in '{row['when']}'")
    row.fail(f"'{name}' is no member above with an enumeration")


def _take_syntax(row, members, tables):
    """Notes the syntax of the property values that are of this layout."""
    if not row["syntax"]:
        return
    item = next((i for i in tables.enums["CLUSTER_PROPERTY_SYNTAX"].items if i.name == row["syntax"]), None)
    if item is None:
        row.fail(f"unknown syntax '{row['syntax']}'")
    if members:
        row.fail(f"the syntax of '{row['layout']}' belongs to its first member")
    if item.value in tables.syntaxes:
        row.fail(f"'{row['syntax']}' is the syntax of '{tables.syntaxes[item.value]}'")
    tables.syntaxes[item.value] = row["layout"]


def _load_layouts(rows, tables):
    for row in rows("layouts.tsv", "layout member type count kind enumeration section when syntax"):
        name, type_ = row["layout"], row["type"]
        if not re.fullmatch(r"[A-Za-z]\w*", name) or not re.fullmatch(r"[A-Za-z]\w*", row["member"]):
            row.fail(f"'{name}.{row['member']}' is no name")
        if name in COMMON_FORMATS + PLACE_FORMATS:
            row.fail(f"'{name}' is the name of a format")
        if name in tables.layouts and next(reversed(tables.layouts)) != name:
            row.fail(f"the members of '{name}' do not follow each other")
        if type_ not in (*NUMBER_SIZES, *TEXT_SIZES, *SIZED, *tables.layouts) or type_ == name:
            row.fail(f"unknown type '{type_}'")
        members = tables.layouts.setdefault(name, [])
        if row["member"] in [m.name for m in members]:
            row.fail(f"duplicate member '{row['member']}' in '{name}'")
        _take_syntax(row, members, tables)
        if members and members[-1].to_the_end:
            row.fail(f"nothing can follow '{members[-1].name}', which takes all that is left")
        if len(members) == MAX_MEMBERS:
            row.fail(f"'{name}' has more than {MAX_MEMBERS} members")
        row.one_of("kind", ("", "enum", "flags", "status", "mask"))
        if row["kind"] and not type_.startswith("uint"):
            row.fail(f"kind '{row['kind']}' does not go with type '{type_}'")
        if (row["kind"] in ("enum", "flags")) != bool(row["enumeration"]):
            row.fail(f"kind '{row['kind']}' does not go with enumeration '{row['enumeration']}'")
        if row["enumeration"] and row["enumeration"] not in tables.enums:
            row.fail(f"unknown enumeration '{row['enumeration']}'")
        count, counted_by, to_the_end = _layout_count(row, members)
        members.append(
            LayoutMember(
                row["member"],
                type_,
                count,
                counted_by,
                to_the_end,
                row["kind"],
                row["enumeration"] or None,
                row["section"],
                _layout_when(row, members, tables),
            )
        )


def least_size(name, layouts):
    """The fewest bytes that a layout takes; a member that may be absent takes none."""
    total = 0
    for member in layouts[name]:
        if member.when is not None or member.counted_by >= 0 or member.to_the_end:
            continue
        one = {**NUMBER_SIZES, **TEXT_SIZES, "bytes": 1, "text": 1}.get(member.type)
        total += member.count * (least_size(member.type, layouts) if one is None else one)
    return total


# Formats


def parse_format(text, fail, tables, own=()):
    """The Format of a cell, None for '-'. `own`: formats that only this table knows."""
    if text == "-":
        return None
    words = re.findall(r"[\w]+|[|()]|.", text)
    format_, rest = _alternatives(words, fail, tables, own)
    if rest:
        fail(f"'{''.join(rest)}' does not belong to format '{text}'")
    return format_


def _alternatives(words, fail, tables, own):
    first, rest = _one_format(words, fail, tables, own)
    if rest[:1] != ["|"]:
        return first, rest
    otherwise, rest = _alternatives(rest[1:], fail, tables, own)
    return Format(first.kind, first.layout, first.binary, otherwise), rest


def _one_format(words, fail, tables, own):
    name, rest = (words[0], words[1:]) if words else ("", [])
    binary = None
    if rest[:1] == ["("]:
        if name not in LISTS:
            fail(f"'{name}' has no binary values")
        binary, rest = _alternatives(rest[1:], fail, tables, own)
        if rest[:1] != [")"]:
            fail("')' is missing")
        rest = rest[1:]
    if name in tables.layouts:
        return Format("layout", layout=name), rest
    if name not in (*COMMON_FORMATS, *own):
        fail(f"unknown format '{name}'")
    return Format(name, binary=binary), rest


def _has_bytes(format_):
    """Is nothing known about a buffer?"""
    return format_ is not None and format_.kind == "bytes"


# Control codes and events


def _load_controls(rows, tables):
    known = {m.enumeration for m in tables.meanings if m.kind == "control"}
    for row in rows("controls.tsv", "enumeration code in out reason"):
        name, code = row.one_of("enumeration", sorted(known)), row["code"]
        item = next((i for i in tables.enums[name].items if i.name == code), None)
        if item is None:
            row.fail(f"unknown control code '{code}' in '{name}'")
        if (name, code) in tables.controls:
            row.fail(f"duplicate control code '{code}'")
        formats = [parse_format(row[column], row.fail, tables) for column in ("in", "out")]
        if bool(row["reason"]) != (item.value is None or any(map(_has_bytes, formats))):
            row.fail("a reason stands beside bytes, or beside a code without a number, and nowhere else")
        tables.controls[name, code] = Control(name, code, item.value, *formats, row["reason"])
    for name in sorted(known):
        for item in tables.enums[name].items:
            if (name, item.name) not in tables.controls:
                rows.fail("controls.tsv", f"control code '{item.name}' is missing")


def event_enumerations(tables):
    """{number of an object type: enumeration of its events}"""
    found = tables.meanings_of(3, 139, "FilterFlags", "NOTIFY_FILTER_AND_TYPE_RPC")
    return {meaning.when[1]: meaning.enumeration for meaning in found if meaning.when}


def _load_events(rows, tables):
    enumerations = event_enumerations(tables)
    types = {i.name: i.value for i in tables.enums["CLUSTER_OBJECT_TYPE"].items}
    seen = set()
    for row in rows("events.tsv", "object event format reason"):
        number = types.get(row["object"])
        if number not in enumerations:
            row.fail(f"unknown object type '{row['object']}'")
        items = tables.enums[enumerations[number]].items
        item = next((i for i in items if i.name == row["event"]), None)
        if item is None:
            row.fail(f"unknown event '{row['event']}' of '{row['object']}'")
        if (number, item.value) in seen:
            row.fail(f"duplicate event '{row['event']}'")
        seen.add((number, item.value))
        format_ = parse_format(row["format"], row.fail, tables)
        if bool(row["reason"]) != _has_bytes(format_):
            row.fail("a reason stands beside bytes, and nowhere else")
        tables.events.append(Event(number, item.name, item.value, format_, row["reason"]))
    for number, name in enumerations.items():
        for item in tables.enums[name].items:
            if item.value & (item.value - 1) == 0 and (number, item.value) not in seen:
                rows.fail("events.tsv", f"event '{item.name}' is missing")


# Places


def _is_byte_array(type_):
    type_ = value_of(type_)
    while isinstance(type_, Array) and isinstance(value_of(type_.element), Array):
        type_ = value_of(type_.element)
    return (
        isinstance(type_, Array) and isinstance(type_.element, Base) and type_.element.name == "uint8"
    )


def _siblings(row, model):
    """(version, opnum, struct, lists of siblings) of a row's scope."""
    exact = re.fullmatch(r"(?:(\d+):)?(\d+)", row["scope"])
    if exact is None:
        found = [s.members for s in model.structs if s.name == row["scope"]]
        if not found:
            row.fail(f"unknown scope '{row['scope']}'")
        return None, None, row["scope"], found
    version, opnum = int(exact[1]) if exact[1] else None, int(exact[2])
    return version, opnum, None, [method.params for _, method in methods_in_scope(row, model)]


def methods_in_scope(row, model):
    """(version, method) for each method that the column `scope` means: an opnum, or version:opnum."""
    exact = re.fullmatch(r"(?:(\d+):)?(\d+)", row["scope"])
    found = [
        (interface.version_major, interface.methods[int(exact[2])])
        for interface in model.interfaces
        if exact
        and exact[1] in (None, str(interface.version_major))
        and int(exact[2]) < len(interface.methods)
    ]
    if not found:
        row.fail(f"unknown scope '{row['scope']}'")
    return found


def _sibling(row, column, siblings):
    name = row[column]
    if not name:
        return None
    for members in siblings:
        member = next((m for m in members if m.name == name), None)
        if member is None or not is_integer(member.type):
            row.fail(f"'{name}' is no number beside '{row['name']}' ({column})")
    return name


def _load_places(rows, model, tables):
    for row in rows("buffers.tsv", "scope name format told_by length section"):
        version, opnum, struct, siblings = _siblings(row, model)
        format_ = parse_format(row["format"], row.fail, tables, PLACE_FORMATS)
        if format_ is None:
            row.fail("a row without a format says nothing")
        for members in siblings:
            member = next((m for m in members if m.name == row["name"]), None)
            if member is None:
                row.fail(f"unknown parameter or member '{row['name']}' in scope '{row['scope']}'")
            if format_.kind == "control_code" and not is_integer(member.type):
                row.fail(f"'{row['name']}' is no integer")
            if format_.kind != "control_code" and not _is_byte_array(member.type):
                row.fail(f"'{row['name']}' is no array of bytes")
        if (format_.kind == "registry_value") != bool(row["told_by"]):
            row.fail(f"format '{row['format']}' does not go with told_by '{row['told_by']}'")
        key = (version, opnum, struct, row["name"])
        if key in tables.places:
            row.fail(f"duplicate row for '{row['name']}' in scope '{row['scope']}'")
        tables.places[key] = Place(
            format_, _sibling(row, "told_by", siblings), _sibling(row, "length", siblings)
        )


def place_of(tables, version, opnum, name, struct=None):
    """The most exact Place of a parameter, or of a member of `struct`; None if its bytes are bytes."""
    scopes = [(None, None, struct)] if struct else [(version, opnum, None), (None, opnum, None)]
    found = [tables.places[*scope, name] for scope in scopes if (*scope, name) in tables.places]
    return found[0] if found else None


def load_contents(rows, model, tables):
    """`rows` reads a table of the folder: rows(file name, columns); rows.fail(file name, reason)."""
    _load_layouts(rows, tables)
    _load_controls(rows, tables)
    _load_events(rows, tables)
    _load_places(rows, model, tables)
