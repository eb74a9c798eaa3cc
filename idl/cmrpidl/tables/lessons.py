# SPDX-License-Identifier: GPL-2.0-or-later
"""What do calls teach about the objects of a cluster? Reads lessons.tsv and brings it down to what
plugin/interface/descriptors.h declares.

load_lessons() is a step of load_tables(); method_lessons() needs the rows of a method's parameters,
and so runs when the model is lowered. A mistake raises IdlError with file, line and reason.
"""

from dataclasses import dataclass
from typing import Optional

from ..front.declare import value_of
from ..model import Array, ContextHandle, String, Struct

FACTS = {
    "name": "CMRP_FACT_NAME",
    "id": "CMRP_FACT_ID",
    "resource_type": "CMRP_FACT_RESOURCE_TYPE",
    "group": "CMRP_FACT_GROUP",
    "owner_node": "CMRP_FACT_OWNER_NODE",
    "node": "CMRP_FACT_NODE",
    "network": "CMRP_FACT_NETWORK",
    "created": "CMRP_FACT_CREATED",
    "deleted": "CMRP_FACT_DELETED",
    "listed": "CMRP_FACT_LISTED",
}
ACTS = ("created", "deleted")
NAMING = ("name", "id")


@dataclass(frozen=True)
class LessonRow:
    """of: how the object is found. param: place of its handle. type: of handle, for entries of lists.
    only: bits of an entry's Type. value: place of a parameter. member: of each entry, or None."""

    of: str
    param: int
    type: str
    only: int
    fact: str
    value: int
    member: Optional[str]


def load_lessons(rows, model, tables):
    """Rows by opnum and by control code. `rows` is that of load_contents()."""
    opnums = {method.opnum for interface in model.interfaces for method in interface.methods}
    for row in rows("lessons.tsv", "scope object when fact value section"):
        fact = row.one_of("fact", FACTS)
        if fact in ACTS and row["value"]:
            row.fail(f"'{fact}' has no value")
        if row["scope"].isdigit():
            if row.number("scope") not in opnums:
                row.fail(f"unknown opnum '{row['scope']}'")
            tables.lessons.setdefault(int(row["scope"]), []).append(row)
            continue
        known = [key for key in tables.controls if key[1] == row["scope"]]
        if not known:
            row.fail(f"'{row['scope']}' is neither an opnum nor a control code")
        if known[0] in tables.control_lessons:
            row.fail(f"duplicate row for '{row['scope']}'")
        if row["value"] or row["when"] or fact in ACTS:
            row.fail("of a control code, the buffer is the value")
        tables.control_lessons[known[0]] = row


def control_lesson(tables, control, handle_types):
    """(fact, type of handle) of a control code."""
    row = tables.control_lessons.get((control.enumeration, control.code))
    if row is None:
        return "CMRP_FACT_NONE", "CMRP_HANDLE_NONE"
    return FACTS[row["fact"]], handle_types[row.one_of("object", handle_types)]


def _entry_members(param):
    """The names of the members of a list's entries; () if it is no list."""
    type_ = value_of(param.type)
    if not isinstance(type_, Struct) or not isinstance(value_of(type_.members[-1].type), Array):
        return ()
    element = value_of(value_of(type_.members[-1].type).element)
    return [m.name for m in element.members if isinstance(value_of(m.type), String)]


class _Method:
    """One method's parameters, as the lessons of its opnum see them."""

    def __init__(self, params, param_rows, handle_types):
        self._params = params
        self._rows = param_rows
        self._handle_types = handle_types

    def _place(self, row, name):
        for place, param in enumerate(self._params):
            if param.name == name:
                return place
        row.fail(f"unknown parameter '{name}'")

    def _is_request_handle(self, place):
        return self._rows[place].role in ("CMRP_ROLE_HANDLE_USED", "CMRP_ROLE_HANDLE_CLOSED")

    def object(self, row):
        """(how it is found, place, type of handle)"""
        name = row["object"]
        if name in ("opened", "cluster"):
            return f"CMRP_LESSON_{name.upper()}", -1, "CMRP_HANDLE_NONE"
        if name in self._handle_types:
            return "CMRP_LESSON_ENTRIES", -1, self._handle_types[name]
        place = self._place(row, name)
        if not self._is_request_handle(place):
            row.fail(f"'{name}' is no handle of the request")
        return "CMRP_LESSON_HANDLE", place, "CMRP_HANDLE_NONE"

    def value(self, row):
        """(place of a parameter or -1, member)"""
        if not row["value"]:
            return -1, None
        name, dot, member = row["value"].partition(".")
        place = self._place(row, name)
        param = self._params[place]
        if dot:
            if member not in _entry_members(param):
                row.fail(f"'{row['value']}' is no string of a list")
            return place, member
        is_handle = isinstance(value_of(param.type), ContextHandle) and self._is_request_handle(place)
        is_string = isinstance(value_of(param.type), String) and (
            "out" in param.directions or self._rows[place].role == "CMRP_ROLE_NAME"
        )
        if not is_string and (not is_handle or row["fact"] in (*NAMING, "resource_type")):
            row.fail(f"'{name}' cannot be the value of '{row['fact']}'")
        return place, None


def method_lessons(tables, opnum, params, param_rows, handle_types):
    """The LessonRows of a method. params: those on the wire; param_rows: their MemberRows."""
    method = _Method(params, param_rows, handle_types)
    found = []
    for row in tables.lessons.get(opnum, []):
        of, param, type_ = method.object(row)
        value, member = method.value(row)
        if (of == "CMRP_LESSON_ENTRIES") < bool(member):
            row.fail("a list teaches about its entries")
        found.append(LessonRow(of, param, type_, _bit(tables, row), FACTS[row["fact"]], value, member))
    return found


def _bit(tables, row):
    """The number of `when`; 0 if it is empty."""
    if not row["when"]:
        return 0
    for enum in tables.enums.values():
        for item in enum.items:
            if item.name == row["when"] and item.value is not None:
                return item.value
    row.fail(f"unknown value '{row['when']}'")
    return None
