# SPDX-License-Identifier: GPL-2.0-or-later
"""What do the tables beside the IDL say, and do they fit the interface?

    tables = load_tables("idl", model)

reads methods.tsv, status.tsv, enums.tsv and meaning.tsv of a folder, and what contents.py, lessons.py, limits.py, roles.py,
object_types.py, outcomes.py and status_texts.py read, and checks every name in them against the model. A mistake raises IdlError with file, line and reason.
"""

import os
import re
from dataclasses import dataclass, field
from typing import Optional

from ..errors import IdlError, Position
from ..front.declare import is_integer, value_of
from ..model import Array, ContextHandle, Struct
from .contents import load_contents
from .lessons import load_lessons
from .limits import load_limits
from .object_types import load_object_types
from .outcomes import load_outcomes
from .roles import load_roles
from .status_texts import load_status_texts

ACCESS = ("All", "Read", "requested", "control", "-")
# What a method does at a notification port, and whether the port's version matters.
PORT_ACTS = {"create": True, "register": True, "again": True, "get": True, "unblock": False, "close": False}
MARKS = ("deletes", "frequent", "readwrite")
STATUS_KINDS = ("listed", "generic", "reconnect")
MEANING_KINDS = ("enum", "flags", "access", "control", "status")


@dataclass
class MethodFacts:
    """holder: () if nothing is said, else 'client' or names of handle parameters.
    condition: text; if not empty, the access fields alone prove nothing.
    reserved: '', 'local' or 'future'. port: what it does at a notification port, or ''; port_version: of the
    ports that it makes or takes, 0 for any. marks: words of MARKS."""

    version: int
    opnum: int
    name: str
    section: str
    access: str
    holder: tuple
    demand: str
    condition: str
    reserved: str
    port: str
    port_version: int
    marks: tuple


@dataclass(frozen=True)
class Status:
    value: int
    symbol: str
    kind: str
    condition: str


@dataclass(frozen=True)
class Item:
    """value is None if the specification gives no number."""

    value: Optional[int]
    name: str
    section: str
    note: str


@dataclass
class Enumeration:
    """`idl` tells whether it is an enumeration of the IDL or of enums.tsv."""

    name: str
    items: list
    idl: bool


@dataclass(frozen=True)
class Meaning:
    """version, opnum and struct are None where the row is not bound to one.
    when: (member, value) of a sibling for which the row holds, or None."""

    version: Optional[int]
    opnum: Optional[int]
    struct: Optional[str]
    name: str
    kind: str
    enumeration: Optional[str]
    section: str
    when: Optional[tuple]


@dataclass
class Tables:
    methods: dict = field(default_factory=dict)  # (version, opnum) -> MethodFacts
    status: dict = field(default_factory=dict)  # (version, opnum) -> [Status]; listed ones
    generic: dict = field(default_factory=dict)  # version -> [Status]; generic and reconnect
    enums: dict = field(default_factory=dict)  # name -> Enumeration, those of the IDL included
    meanings: list = field(default_factory=list)
    layouts: dict = field(default_factory=dict)  # name -> [LayoutMember]
    syntaxes: dict = field(default_factory=dict)  # CLUSTER_PROPERTY_SYNTAX -> layout of the value
    controls: dict = field(default_factory=dict)  # (enumeration, code) -> Control
    events: list = field(default_factory=list)
    object_types: dict = field(default_factory=dict)  # number -> ObjectType
    outcomes: list = field(default_factory=list)  # (status, opnum or None) that are no failure
    status_texts: dict = field(default_factory=dict)  # status -> text
    places: dict = field(default_factory=dict)  # (version, opnum, struct, name) -> Place
    limits: dict = field(default_factory=dict)  # (version, opnum) -> Limits
    lessons: dict = field(default_factory=dict)  # opnum -> rows of lessons.tsv
    control_lessons: dict = field(default_factory=dict)  # (enumeration, code) -> row
    roles: dict = field(default_factory=dict)  # (struct or None, name) -> role

    def meanings_of(self, version, opnum, name, struct=None):
        """The rows of the most exact scope for a parameter (or a member of a structure)."""
        ranked = {}
        for row in self.meanings:
            rank = _rank(row, version, opnum, name, struct)
            if rank is not None:
                ranked.setdefault(rank, []).append(row)
        return ranked[min(ranked)] if ranked else []


def _rank(row, version, opnum, name, struct):
    """How exact a row is for this place: 0 is best; None if it does not apply."""
    if row.opnum is None:
        if row.name != name or row.struct not in (None, struct):
            return None
        return 3 if row.struct is None else 2
    if row.name != (f"{struct}.{name}" if struct else name) or row.opnum != opnum:
        return None
    if row.version is None:
        return 1
    return 0 if row.version == version else None


class _Row:
    """One line of a table: its cells by column name, and its place for messages."""

    def __init__(self, cells, position):
        self._cells = cells
        self.position = position

    def __getitem__(self, column):
        return self._cells[column]

    def fail(self, reason):
        raise IdlError(self.position, reason)

    def number(self, column):
        text = self[column]
        if not re.fullmatch(r"0x[0-9a-f]+|[0-9]+", text):
            self.fail(f"'{text}' is no number ({column})")
        return int(text, 0)

    def one_of(self, column, allowed):
        if self[column] not in allowed:
            self.fail(f"unknown {column} '{self[column]}', expected {' or '.join(allowed)}")
        return self[column]


def _read(folder, name, columns):
    """The rows of a table. Empty cells at the end of a line may be left out."""
    file = os.path.join(folder, name)
    header = None
    try:
        with open(file, encoding="utf-8") as stream:
            lines = stream.read().split("\n")
    except OSError as error:
        raise IdlError(Position(file, 1), f"cannot read '{file}': {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        position = Position(file, number)
        cells = line.split("\t")
        if header is None:
            if tuple(cells) != columns:
                raise IdlError(position, f"the header is not '{' '.join(columns)}'")
            header = cells
            continue
        if len(cells) > len(header):
            raise IdlError(position, f"{len(cells)} cells, but {len(header)} columns")
        cells += [""] * (len(header) - len(cells))
        yield _Row(dict(zip(header, cells)), position)


def _method(row, model):
    """(version, opnum, method) of a row; a version or opnum that does not exist is an error."""
    version, opnum = row.number("version"), row.number("opnum")
    try:
        return version, opnum, model.method(version, opnum)
    except KeyError as error:
        row.fail(error.args[0])


def _port(row):
    """(act, version of the port) of the column `port`."""
    act, _, version = row["port"].partition(" ")
    if act and (act not in PORT_ACTS or version not in (("1", "2") if PORT_ACTS[act] else ("",))):
        row.fail(f"unknown port '{row['port']}'")
    return act, int(version or 0)


def _marks(row):
    marks = tuple(row["marks"].split(",")) if row["marks"] else ()
    for mark in marks:
        if mark not in MARKS:
            row.fail(f"unknown mark '{mark}', expected {' or '.join(MARKS)}")
    return marks


def _load_methods(folder, model, tables):
    columns = "version opnum name section access holder demand condition reserved port marks"
    for row in _read(folder, "methods.tsv", tuple(columns.split())):
        version, opnum, method = _method(row, model)
        if (version, opnum) in tables.methods:
            row.fail(f"duplicate method {version}:{opnum}")
        if row["name"] != method.name:
            row.fail(f"{version}:{opnum} is '{method.name}' in the IDL, not '{row['name']}'")
        holder = () if row["holder"] == "-" else tuple(row["holder"].split(","))
        handles = [p.name for p in method.params if isinstance(value_of(p.type), ContextHandle)]
        for name in holder:
            if name != "client" and name not in handles:
                row.fail(f"'{name}' is no handle parameter of '{method.name}'")
        tables.methods[version, opnum] = MethodFacts(
            version,
            opnum,
            method.name,
            row["section"],
            row.one_of("access", ACCESS),
            holder,
            row.one_of("demand", ("MUST", "SHOULD", "-")),
            row["condition"],
            row.one_of("reserved", ("", "local", "future")),
            *_port(row),
            _marks(row),
        )
    for interface in model.interfaces:
        for method in interface.methods:
            if (interface.version_major, method.opnum) not in tables.methods:
                raise IdlError(method.position, f"'{method.name}' is missing in methods.tsv")


def _load_status(folder, model, tables):
    taken = {}  # (version, opnum) -> [(other opnum, row)]
    symbols = {}  # C speaks of a status by its symbol
    for row in _read(
        folder, "status.tsv", ("version", "opnum", "value", "symbol", "kind", "condition")
    ):
        kind = row.one_of("kind", STATUS_KINDS)
        if (row["opnum"] == "*") == (kind == "listed"):
            row.fail(f"kind '{kind}' does not go with opnum '{row['opnum']}'")
        if row["opnum"] == "*":
            known = tables.generic.setdefault(row.number("version"), [])
        else:
            version, opnum, _ = _method(row, model)
            known = tables.status.setdefault((version, opnum), [])
            if row["value"].startswith("see "):
                taken.setdefault((version, opnum), []).append((row["value"][4:], row))
                continue
        status = Status(row.number("value"), row["symbol"], kind, row["condition"])
        if symbols.setdefault(status.symbol, status.value) != status.value:
            row.fail(f"'{status.symbol}' is 0x{symbols[status.symbol]:08x} elsewhere")
        if any((s.value, s.kind) == (status.value, status.kind) for s in known):
            row.fail(f"duplicate status {row['value']}")
        known.append(status)
    for key in taken:
        tables.status[key] = _with_taken(key, taken, tables.status, ())


def _with_taken(key, taken, own, path):
    """The statuses of a method with those that it takes over, without duplicates."""
    found = {status.value: status for status in own.get(key, [])}
    for text, row in taken.get(key, []):
        other = (key[0], int(text)) if text.isdigit() else None
        if other not in own or other in path + (key,):
            row.fail(f"cannot take over the statuses of opnum '{text}'")
        for status in _with_taken(other, taken, own, path + (key,)):
            found.setdefault(status.value, status)
    return sorted(found.values(), key=lambda status: status.value)


def _load_enums(folder, model, tables):
    for enum in model.enums:
        items = [Item(number, name, "", "") for name, number in enum.values]
        tables.enums[enum.name] = Enumeration(enum.name, items, True)
    for row in _read(folder, "enums.tsv", ("enumeration", "value", "name", "section", "note")):
        if not re.fullmatch(r"[A-Za-z_]\w*", row["enumeration"]):
            row.fail(f"'{row['enumeration']}' is no name of an enumeration")
        enum = tables.enums.setdefault(
            row["enumeration"], Enumeration(row["enumeration"], [], False)
        )
        if enum.idl:
            row.fail(f"enumeration '{enum.name}' is defined in the IDL")
        value = None if row["value"] == "-" else row.number("value")
        for item in enum.items:
            if item.name == row["name"] or (value is not None and item.value == value):
                row.fail(f"duplicate '{row['name']}' ({row['value']}) in '{enum.name}'")
        named = [i for e in tables.enums.values() for i in e.items if i.name == row["name"]]
        if named and named[0].value != value:
            row.fail(f"'{row['name']}' has another value elsewhere")
        enum.items.append(Item(value, row["name"], row["section"], row["note"]))


def _structs_within(declared, found):
    """The structures that a type contains or points to, by name."""
    declared = value_of(declared)
    if isinstance(declared, Array):
        _structs_within(declared.element, found)
    elif isinstance(declared, Struct) and declared.name not in found:
        found[declared.name] = declared
        for member in declared.members:
            _structs_within(member.type, found)
    return found


def _members(params, name):
    """The parameters of that name, or the members for STRUCTURE.member."""
    struct, dot, member = name.partition(".")
    if not dot:
        return [p for p in params if p.name == name]
    structs = {}
    for param in params:
        _structs_within(param.type, structs)
    return [m for m in structs[struct].members if m.name == member] if struct in structs else []


def _find(row, model):
    """(version, opnum, struct, members meant) of a row of meaning.tsv."""
    scope, name = row["scope"], row["name"]
    if scope == "*":
        lists = [m.params for i in model.interfaces for m in i.methods]
        lists += [s.members for s in model.structs]
        return None, None, None, [m for l in lists for m in l if m.name == name]
    exact = re.fullmatch(r"(?:(\d+):)?(\d+)", scope)
    if exact is None:
        for struct in model.structs:
            if struct.name == scope:
                return None, None, scope, [m for m in struct.members if m.name == name]
        row.fail(f"unknown scope '{scope}'")
    version = int(exact[1]) if exact[1] else None
    opnum = int(exact[2])
    params = [
        interface.methods[opnum].params
        for interface in model.interfaces
        if version in (None, interface.version_major) and opnum < len(interface.methods)
    ]
    if not params:
        row.fail(f"unknown scope '{scope}'")
    found = [_members(p, name) for p in params]
    if not all(found):
        row.fail(f"unknown parameter '{name}' in opnum {scope}")
    return version, opnum, None, [m for l in found for m in l]


def _condition(row, model, struct, tables):
    """(member, number) of the column `when`."""
    if not row["when"]:
        return None
    member, _, value = row["when"].partition("=")
    siblings = next((s.members for s in model.structs if s.name == struct), [])
    if member not in [m.name for m in siblings]:
        row.fail(f"unknown member '{member}' in '{row['when']}'")
    for enum in tables.enums.values():
        for item in enum.items:
            if item.name == value and item.value is not None:
                return member, item.value
    row.fail(f"unknown value '{value}' in '{row['when']}'")


def _load_meanings(folder, model, tables):
    columns = ("scope", "name", "kind", "enumeration", "section", "when")
    for row in _read(folder, "meaning.tsv", columns):
        version, opnum, struct, members = _find(row, model)
        if not members:
            row.fail(f"unknown parameter or member '{row['name']}'")
        for member in members:
            if not is_integer(member.type):
                row.fail(f"'{row['name']}' is no integer")
        kind = row.one_of("kind", MEANING_KINDS)
        name = None if row["enumeration"] == "-" else row["enumeration"]
        if (name is None) != (kind == "status"):
            row.fail(f"kind '{kind}' does not go with enumeration '{row['enumeration']}'")
        if name is not None and name not in tables.enums:
            row.fail(f"unknown enumeration '{name}'")
        when = _condition(row, model, struct, tables)
        made = Meaning(version, opnum, struct, row["name"], kind, name, row["section"], when)
        for other in tables.meanings:
            if _place(other) == _place(made):
                row.fail(f"duplicate row for '{row['name']}' in scope '{row['scope']}'")
        tables.meanings.append(made)


def _place(meaning):
    return meaning.version, meaning.opnum, meaning.struct, meaning.name, meaning.when


class _Folder:
    """Reads the tables of a folder for contents.py and its sisters."""

    def __init__(self, folder):
        self._folder = folder

    def __call__(self, name, columns):
        return _read(self._folder, name, tuple(columns.split()))

    def fail(self, name, reason):
        """A mistake of a table that no line of it has."""
        raise IdlError(Position(os.path.join(self._folder, name), 1), reason)


def load_tables(folder, model):
    tables = Tables()
    _load_methods(folder, model, tables)
    _load_status(folder, model, tables)
    _load_enums(folder, model, tables)
    _load_meanings(folder, model, tables)
    load_contents(_Folder(folder), model, tables)
    load_lessons(_Folder(folder), model, tables)
    load_limits(_Folder(folder), model, tables)
    load_roles(_Folder(folder), model, tables)
    load_object_types(_Folder(folder), model, tables)
    load_outcomes(_Folder(folder), model, tables)
    load_status_texts(_Folder(folder), tables)
    return tables
