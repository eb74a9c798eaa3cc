# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the number of a parameter or member mean? The rows of meaning.tsv, looked up by place.

A place is a parameter of a method, (version, opnum) as its scope, or a member of a structure, whose
scope is that of the method through which it is reached: the Type of an ENUM_ENTRY means another
enumeration in each method.
"""

from dataclasses import dataclass
from typing import Optional

from ..front.declare import value_of
from ..model import Array, Struct


@dataclass(frozen=True)
class Named:
    """An enumeration or a mask with names: `values` is a tuple of (name, number)."""

    name: str
    values: tuple
    is_flags: bool
    is_hex: bool
    is_status: bool = False


@dataclass(frozen=True)
class Choice:
    """`named` holds while the sibling called `member` has this value."""

    member: str
    value: int
    named: Named


@dataclass(frozen=True)
class Meaning:
    named: Optional[Named] = None
    choices: tuple = ()
    is_hex: bool = False  # for a number without names

    @property
    def is_flags(self):
        return any(n.is_flags for n in self.all())

    def all(self):
        return [n for n in (self.named, *(c.named for c in self.choices)) if n is not None]


NONE = Meaning()
STATUS = Named("status", (), False, False, True)


class Meanings:
    def __init__(self, tables):
        self.tables = tables
        self._named = {}

    def of(self, scope, name, struct=None):
        """The Meaning of a parameter, or of a member of `struct`. scope: (version, opnum)."""
        rows = self.tables.meanings_of(*scope, name, struct)
        plain = [self.named(row) for row in rows if row.when is None]
        choices = tuple(Choice(*row.when, self.named(row)) for row in rows if row.when is not None)
        return Meaning(plain[0] if plain else None, choices) if rows else NONE

    def within(self, scope, type_):
        """All that a type means in a scope: types that mean the same may share a row."""
        found = {}
        self._collect(scope, type_, found)
        return tuple(found.items())

    def _collect(self, scope, type_, found):
        type_ = value_of(type_)
        if isinstance(type_, Array):
            self._collect(scope, type_.element, found)
        elif isinstance(type_, Struct):
            for member in type_.members:
                key = (type_.name, member.name)
                if key not in found:
                    found[key] = self.of(scope, member.name, type_.name)
                    self._collect(scope, member.type, found)

    def named(self, row):
        """The Named of a row of meaning.tsv or layouts.tsv."""
        if row.kind == "status":
            return STATUS
        key = (row.enumeration, row.kind)
        if key not in self._named:
            self._named[key] = self._new(row)
        return self._named[key]

    def _new(self, row):
        items = [
            (item.name, item.value)
            for item in self.tables.enums[row.enumeration].items
            if item.value is not None
        ]
        is_flags = row.kind in ("flags", "access")
        if is_flags:
            # A name for several bits says nothing that its bits do not say.
            items = [(n, v) for n, v in items if v and v & (v - 1) == 0]
        is_hex = row.kind == "control" or any(v > 0xFFFF and v != 0xFFFFFFFF for _, v in items)
        return Named(row.enumeration, tuple(items), is_flags, is_hex)


def status_names(tables):
    """(number, name) of every status that the tables name, sorted."""
    lists = [*tables.status.values(), *tables.generic.values()]
    return sorted({status.value: status.symbol for rows in lists for status in rows}.items())


def rpc_status_names(tables):
    """(number, name) of the values of rpc_status, sorted."""
    return _sorted_names(tables, "RPC_STATUS")


def fault_names(tables):
    """(number, name) of the statuses of fault PDUs, sorted."""
    return _sorted_names(tables, "C706_FAULT_STATUS")


def _sorted_names(tables, enumeration):
    return sorted({i.value: i.name for i in tables.enums[enumeration].items if i.value is not None}.items())
