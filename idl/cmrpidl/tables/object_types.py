# SPDX-License-Identifier: GPL-2.0-or-later
"""What is there to know of the types of objects that notification ports tell of? Reads object_types.tsv.

load_object_types() is a step of load_tables(). A mistake raises IdlError with file, line and reason.
"""

from dataclasses import dataclass
from typing import Optional

from ..front.declare import value_of
from ..model import ContextHandle
from .contents import event_enumerations

NAMED = ("-", "name", "id")
COLUMNS = "type name handle changes state client_only named of_others"


@dataclass(frozen=True)
class ObjectType:
    """changes and state: bits of CLUSTER_CHANGE; client_only and of_others: bits of the type's events of version 2.
    handle: name of a handle type, or None."""

    name: str
    handle: Optional[str]
    changes: int
    state: int
    client_only: int
    named: str
    of_others: int


def load_object_types(rows, model, tables):
    """tables.object_types: number of the type -> ObjectType. `rows` is that of load_contents()."""
    types = {item.name: item.value for item in tables.enums["CLUSTER_OBJECT_TYPE"].items}
    events = event_enumerations(tables)
    handles = _handle_types(model)
    for row in rows("object_types.tsv", COLUMNS):
        number = types.get(row["type"])
        if number is None:
            row.fail(f"unknown object type '{row['type']}'")
        if number in tables.object_types:
            row.fail(f"duplicate object type '{row['type']}'")
        if row["handle"] not in ("-", *handles):
            row.fail(f"unknown handle type '{row['handle']}'")
        own = tables.enums[events[number]].items if number in events else []
        tables.object_types[number] = ObjectType(
            row["name"],
            None if row["handle"] == "-" else row["handle"],
            *_changes(row, tables),
            _bits(row, "client_only", own),
            row.one_of("named", NAMED),
            _bits(row, "of_others", own),
        )
    for name, number in types.items():
        if number not in tables.object_types:
            rows.fail("object_types.tsv", f"object type '{name}' is missing")


def _handle_types(model):
    params = [param for interface in model.interfaces for method in interface.methods for param in method.params]
    found = [value_of(param.type) for param in params]
    return {type_.name for type_ in found if isinstance(type_, ContextHandle)}


def _changes(row, tables):
    """(bits, bit of the state) of version 1. No bit belongs to two types."""
    changes = row.number("changes") if row["changes"] else 0
    known = tables.enums["CLUSTER_CHANGE"].items
    if changes & ~sum(item.value for item in known):
        row.fail(f"'{row['changes']}' has bits that CLUSTER_CHANGE has not")
    if any(changes & other.changes for other in tables.object_types.values()):
        row.fail(f"'{row['changes']}' has bits of another type")
    state = _bits(row, "state", [item for item in known if item.value & changes])
    return changes, state


def _bits(row, column, items):
    """The bits that a cell names."""
    found = 0
    for name in filter(None, row[column].split(",")):
        item = next((item for item in items if item.name == name), None)
        if item is None:
            row.fail(f"unknown event '{name}' of '{row['type']}'")
        found |= item.value
    return found
