# SPDX-License-Identifier: GPL-2.0-or-later
"""Which rows will the tables of buffers have? Layouts, formats, control codes and events, brought down to
what plugin/interface/contents.h declares."""

from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ..tables.contents import NUMBER_SIZES, place_of, least_size
from ..tables.lessons import control_lesson
from ..tables.meanings import NONE, Meaning

FIELD_TYPES = {
    "uint8": "FT_UINT8",
    "uint16": "FT_UINT16",
    "uint32": "FT_UINT32",
    "uint64": "FT_UINT64",
    "bool8": "FT_BOOLEAN",
    "bool32": "FT_BOOLEAN",
    "filetime": "FT_ABSOLUTE_TIME",
    "guid": "FT_GUID",
    "bytes": "FT_BYTES",
    "text": "FT_STRING",
    "string": "FT_STRING",
    "strings": "FT_STRING",
}
ITEM_KINDS = {
    "uint": "CMRP_ITEM_UINT",
    "bool": "CMRP_ITEM_BOOL",
    "filetime": "CMRP_ITEM_FILETIME",
    "guid": "CMRP_ITEM_GUID",
    "bytes": "CMRP_ITEM_BYTES",
    "text": "CMRP_ITEM_TEXT",
    "string": "CMRP_ITEM_STRING",
    "strings": "CMRP_ITEM_STRINGS",
}


@dataclass
class LayoutMemberRow:
    name: str
    field: Any
    meaning: Meaning
    kind: str
    size: int
    of: Optional[str]
    count: int
    counted_by: int
    to_the_end: bool
    when: tuple


@dataclass
class LayoutRow:
    name: str
    least: int
    members: list = field(default_factory=list)


@dataclass(frozen=True)
class FormatRow:
    kind: str
    layout: Optional[str]
    binary: Optional[int]
    otherwise: Optional[int]
    told_by: int = -1
    length: int = -1


class Contents:
    """`lowering` gives the fields and the meanings."""

    def __init__(self, lowering):
        self._tables = lowering.tables
        self._lowering = lowering
        self.layouts = [self._layout(name) for name in self._tables.layouts]
        self.syntaxes = self._tables.syntaxes
        self.formats = []
        self._format_index = {}
        self.controls = [
            (
                control,
                self._format(control.request),
                self._format(control.response),
                *control_lesson(self._tables, control, lowering.handle_types),
            )
            for control in self._tables.controls.values()
            if control.value is not None
        ]
        self.events = [(event, self._format(event.format)) for event in self._tables.events]

    def at(self, scope, name, struct, siblings):
        """Index of the format of a parameter or member, or None."""
        place = place_of(self._tables, *scope, name, struct)
        if place is None:
            return None
        names = [None, *(s.name for s in siblings)]
        return self._format(
            place.format, names.index(place.told_by) - 1, names.index(place.length) - 1
        )

    # ------------------------------------------------------------ layouts

    def _layout(self, name):
        rows = [self._member(member) for member in self._tables.layouts[name]]
        return LayoutRow(name, least_size(name, self._tables.layouts), rows)

    def _member(self, member):
        nested = member.type not in FIELD_TYPES
        meaning = self._meaning(member)
        ftype = "FT_NONE" if nested else FIELD_TYPES[member.type]
        kind = ITEM_KINDS.get(member.type.rstrip("0123456789"), "CMRP_ITEM_LAYOUT")
        return LayoutMemberRow(
            member.name,
            self._lowering.field_of_buffers(member.name, ftype, meaning),
            meaning,
            kind,
            NUMBER_SIZES.get(member.type, 0),
            member.type if nested else None,
            member.count,
            member.counted_by,
            member.to_the_end,
            member.when or (-1, 0),
        )

    def _meaning(self, member):
        if member.kind in ("", "mask"):
            return replace(NONE, is_hex=member.kind == "mask")
        return Meaning(self._lowering.meanings.named(member))

    # ------------------------------------------------------------ formats

    def _format(self, format_, told_by=-1, length=-1):
        """Index of the row of a format; those that it leads to stand before it."""
        if format_ is None:
            return None
        row = FormatRow(
            f"CMRP_FORMAT_{format_.kind.upper()}",
            format_.layout,
            self._format(format_.binary),
            self._format(format_.otherwise),
            told_by,
            length,
        )
        if row not in self._format_index:
            self._format_index[row] = len(self.formats)
            self.formats.append(row)
        return self._format_index[row]
