# SPDX-License-Identifier: GPL-2.0-or-later
"""Which rows will the plugin's tables have? The model, brought down to types, members and fields.

A row is what plugin/interface/descriptors.h declares. Types that are alike share a row; the same name with
the same wire type and the same meaning shares a field.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ..errors import IdlError
from ..model import Array, Base, ContextHandle, Enum, Pointer, String, Struct
from ..tables.lessons import method_lessons
from ..tables.meanings import NONE, Meaning, Meanings
from ..wire_size import SYNTAXES, has_pointers, is_conformant, wide, wire_size
from .lower_contents import Contents
from .method_row import MAX_REQUEST_HANDLES, MAX_SIBLINGS, MethodRow

HANDLE_TYPES = {
    "HCLUSTER_RPC": "CMRP_HCLUSTER",
    "HNODE_RPC": "CMRP_HNODE",
    "HGROUP_RPC": "CMRP_HGROUP",
    "HRES_RPC": "CMRP_HRES",
    "HKEY_RPC": "CMRP_HKEY",
    "HNOTIFY_RPC": "CMRP_HNOTIFY",
    "HNETWORK_RPC": "CMRP_HNETWORK",
    "HNETINTERFACE_RPC": "CMRP_HNETINTERFACE",
    "HBATCH_PORT_RPC": "CMRP_HBATCH_PORT",
    "HGENERIC_RPC": "CMRP_HGENERIC",
    "HGROUPSET_RPC": "CMRP_HGROUPSET",
}

# What a kind of number is called in a filter, and how Wireshark stores and prints it.
FIELD_TYPES = {
    "CMRP_UINT8": "FT_UINT8",
    "CMRP_UINT16": "FT_UINT16",
    "CMRP_UINT32": "FT_UINT32",
    "CMRP_UINT64": "FT_UINT64",
    "CMRP_INT32": "FT_INT32",
    "CMRP_INT64": "FT_INT64",
    "CMRP_BOOL": "FT_BOOLEAN",
    # A DWORD_PTR carries a DWORD everywhere in this interface: one field for both widths.
    "CMRP_UINT3264": "FT_UINT32",
    "CMRP_ENUM16": "FT_UINT32",
    "CMRP_FILETIME": "FT_ABSOLUTE_TIME",
    "CMRP_HANDLE": "FT_BYTES",
    "CMRP_STRUCT": "FT_NONE",
    "CMRP_STRING": "FT_STRING",
}


# Fields of one name must hold comparable values. The first class of a tie keeps the plain name.
CLASS_OF_FIELD_TYPE = {
    "FT_UINT8": "number",
    "FT_UINT16": "number",
    "FT_UINT32": "number",
    "FT_STRING": "string",
    "FT_UINT64": "number64",
    "FT_INT32": "signed",
    "FT_INT64": "signed64",
    "FT_BOOLEAN": "boolean",
    "FT_ABSOLUTE_TIME": "time",
    "FT_BYTES": "bytes",
    "FT_GUID": "guid",
    "FT_NONE": "structure",
}
VALUE_CLASSES = list(dict.fromkeys(CLASS_OF_FIELD_TYPE.values()))


@dataclass
class TypeRow:
    name: str
    kind: str
    flags: list
    align: tuple
    size: tuple
    count: str = "0"
    of: Optional[int] = None
    members: list = field(default_factory=list)


@dataclass(eq=False)
class FieldRow:
    name: str
    ftype: str
    meaning: Meaning
    of_buffers: bool = False  # only members of layouts have it
    abbrev: str = ""
    variable: str = ""


@dataclass
class MemberRow:
    name: str
    type: int
    field: Any  # FieldRow, or the name of a variable of plugin/interface/fields.h
    meaning: Meaning = NONE
    chosen_by: int = -1
    size_is: int = -1
    length_is: int = -1
    directions: list = field(default_factory=list)
    role: str = "CMRP_ROLE_NONE"
    format: Optional[int] = None  # place among the formats of Contents


def _through_refs(type_):
    while isinstance(type_, Pointer):
        type_ = type_.to
    return type_


def _least_size(type_, syntax):
    """The fewest bytes that the flat part of a value takes."""
    size = wire_size(type_, syntax)[1]
    if size is not None:
        return size
    word = wide(syntax)
    if isinstance(type_, String):
        return 3 * word
    if isinstance(type_, Array):
        return word * (type_.conformant + 2 * type_.varying)
    return sum(_least_size(member.type, syntax) for member in type_.members)


class Lowering:
    """Rows of one model. `tables` are those beside the IDL (tables.py)."""

    handle_types = HANDLE_TYPES

    def __init__(self, model, tables):
        self.model = model
        self.tables = tables
        self.meanings = Meanings(tables)
        self.types = []
        self.fields = []
        self.methods = []
        self._type_index = {}
        self._field_index = {}
        self.contents = Contents(self)
        for interface in model.interfaces:
            for method in interface.methods:
                self.methods.append(self._method(interface, method))
        self._name_fields()

    # ------------------------------------------------------------ types

    def _type(self, type_, scope):
        """Index of the row of a type. Structures exist once; the rest is compared by value."""
        key = (self._key(type_), self.meanings.within(scope, type_))
        if key not in self._type_index:
            self._type_index[key] = len(self.types)
            self.types.append(None)
            index = self._type_index[key]
            self.types[index] = self._new_type(type_, scope)
        return self._type_index[key]

    def _key(self, type_):
        if isinstance(type_, (Struct, Enum)):
            return id(type_)
        if isinstance(type_, Pointer):
            return ("pointer", type_.kind, self._key(type_.to))
        if isinstance(type_, Array):
            return ("array", self._key(type_.element), type_.count, type_.conformant, type_.varying)
        if isinstance(type_, Base):
            return ("base", type_.name, "BOOL" in type_.names)
        return type_

    def _new_type(self, type_, scope):
        row = TypeRow(
            name=self._type_name(type_),
            kind=kind_of(type_),
            flags=[],
            align=tuple(wire_size(type_, s)[0] for s in SYNTAXES),
            size=tuple(_least_size(type_, s) for s in SYNTAXES),
        )
        if wire_size(type_, "ndr")[1] is not None and not has_pointers(type_):
            row.flags.append("CMRP_TYPE_FLAT")
        if isinstance(type_, Pointer):
            row.of = self._type(type_.to, scope)
            row.flags += ["CMRP_TYPE_REF"] if type_.kind == "ref" else []
        elif isinstance(type_, Array):
            row.of = self._type(type_.element, scope)
            row.count = str(type_.count or 0)
            row.flags += ["CMRP_TYPE_CONFORMANT"] if type_.conformant else []
            row.flags += ["CMRP_TYPE_VARYING"] if type_.varying else []
            row.flags += ["CMRP_TYPE_TEXT"] if is_text(type_.element) else []
        elif isinstance(type_, String):
            row.count = str(type_.char.size)
        elif isinstance(type_, ContextHandle):
            row.count = HANDLE_TYPES[type_.name]
        elif isinstance(type_, Struct) and row.kind == "CMRP_STRUCT":
            self._check_count(type_, type_.members)
            row.flags += ["CMRP_TYPE_CONFORMANT"] if is_conformant(type_) else []
            row.members = [
                self._member(m, type_.members, scope, type_.name) for m in type_.members
            ]
        return row

    @staticmethod
    def _type_name(type_):
        if isinstance(type_, (Struct, Enum, ContextHandle)):
            return type_.name
        return type_.names[0] if type_.names else getattr(type_, "name", type(type_).__name__.lower())

    @staticmethod
    def _check_count(owner, siblings):
        if len(siblings) > MAX_SIBLINGS:
            raise IdlError(
                owner.position, f"'{owner.name}' has more than {MAX_SIBLINGS} members or parameters"
            )

    # ------------------------------------------------------------ members and parameters

    def _member(self, member, siblings, scope, struct=None):
        meaning = self.meanings.of(scope, member.name, struct)
        type_ = member.type
        if meaning.is_flags and isinstance(type_, Base):
            # The sign of a LONGLONG that is a mask means nothing.
            type_ = replace(type_, name="u" + type_.name.removeprefix("u"), signed=False)
        row = MemberRow(member.name, self._type(type_, scope), None, meaning)
        row.size_is, row.length_is = _counts(type_, siblings)
        if meaning.choices:
            row.chosen_by = [s.name for s in siblings].index(meaning.choices[0].member)
        # Parameters that are a status share one field: a field of their own would never be met.
        if struct is not None or not _is_status(type_):
            row.field = self._field(member.name, type_, meaning)
        row.format = self.contents.at(scope, member.name, struct, siblings)
        row.role = self._role(struct, member.name)
        return row

    def _method(self, interface, method):
        scope = (interface.version_major, method.opnum)
        facts = self.tables.methods[scope]
        siblings = [p for p in method.params if p.on_wire]
        self._check_count(method, siblings + [method.returns])
        rows = [self._param(p, siblings, scope) for p in siblings]
        if method.returns is not None:
            rows.append(self._returned(method.returns, scope))
        self._mark_name(rows)
        handles = [r for r in rows if r.role in ("CMRP_ROLE_HANDLE_USED", "CMRP_ROLE_HANDLE_CLOSED")]
        if len(handles) > MAX_REQUEST_HANDLES:
            raise IdlError(
                method.position, f"'{method.name}' has more than {MAX_REQUEST_HANDLES} handles"
            )
        formats = [row.format is not None and self.contents.formats[row.format].kind for row in rows]
        code = "CMRP_FORMAT_CONTROL_CODE"
        return MethodRow(
            method.name,
            method.opnum,
            interface.version_major,
            facts,
            rows,
            kinds=[self._kind_behind_pointers(row.type) for row in rows],
            control_code=formats.index(code) if code in formats else -1,
            limits=self.tables.limits.get(scope),
            ranges=[self._range(param) for param in siblings],
            statuses=sorted({s.value for s in self.tables.status.get(scope, [])}),
            lessons=method_lessons(self.tables, method.opnum, siblings, rows, HANDLE_TYPES),
        )

    @staticmethod
    def _range(param):
        if param.range and param.range[0] != 0:
            raise IdlError(param.position, f"the range of '{param.name}' does not begin at 0")
        return param.range

    def _param(self, param, siblings, scope):
        row = self._member(param, siblings, scope)
        row.directions = [f"CMRP_{d.upper()}" for d in ("in", "out") if d in param.directions]
        target = _through_refs(param.type)
        if isinstance(target, ContextHandle):
            if param.directions == {"in"}:
                row.role = "CMRP_ROLE_HANDLE_USED"
            elif param.directions == {"out"}:
                row.role = "CMRP_ROLE_HANDLE_OPENED"
            else:
                row.role = "CMRP_ROLE_HANDLE_CLOSED"
        elif _is_status(target):
            row.role, row.field = _status(param.name)
            row.meaning = NONE
        return row

    def _role(self, struct, name):
        """The role that roles.tsv gives a member, or without a structure a parameter."""
        return f"CMRP_ROLE_{self.tables.roles.get((struct, name), 'none').upper()}"

    def _returned(self, type_, scope):
        row = MemberRow("return value", self._type(type_, scope), "hf_cmrp_handle")
        row.directions = ["CMRP_OUT"]
        if isinstance(type_, ContextHandle):
            row.role = "CMRP_ROLE_HANDLE_OPENED"
        else:
            row.role, row.field = _status("return value")
        return row

    def _mark_name(self, rows):
        """The object that a method is about is the first string of its request."""
        for row in rows:
            if row.directions == ["CMRP_IN"] and self._kind_behind_pointers(row.type) == "CMRP_STRING":
                row.role = "CMRP_ROLE_NAME"
                return

    def _kind_behind_pointers(self, index):
        row = self.types[index]
        while row.kind == "CMRP_POINTER":
            row = self.types[row.of]
        return row.kind

    # ------------------------------------------------------------ fields

    def _field(self, name, type_, meaning):
        row = self.field_of_buffers(name, field_type(type_), meaning)
        row.of_buffers = False
        return row

    def field_of_buffers(self, name, ftype, meaning):
        """The field of a member of a layout, which may be that of a parameter as well."""
        key = (name, ftype, meaning)
        if key not in self._field_index:
            self._field_index[key] = FieldRow(name, ftype, meaning, of_buffers=True)
            self.fields.append(self._field_index[key])
        return self._field_index[key]

    def _name_fields(self):
        """Names for filters and variables. One name, one class of values: Wireshark compares the
        values of all fields of a name with each other. Parameters have the first choice."""
        usual = {}
        for name in {f.name for f in self.fields}:
            fields = [f for f in self.fields if f.name == name]
            fields = [f for f in fields if not f.of_buffers] or fields
            count = Counter(_value_class(f.ftype) for f in fields)
            usual[name] = max(count, key=lambda c: (count[c], -VALUE_CLASSES.index(c)))
        taken = set()
        for row in self.fields:
            value_class = _value_class(row.ftype)
            row.abbrev = f"cmrp.{row.name}"
            if value_class != usual[row.name]:
                row.abbrev += f".{value_class}"
            variable = row.abbrev.replace(".", "_")
            if row.meaning.named:
                variable += f"_{row.meaning.named.name}"
            if variable in taken:
                variable += f"_{row.ftype.removeprefix('FT_').lower()}"
            taken.add(variable)
            row.variable = f"hf_{variable}"


def _is_status(type_):
    target = _through_refs(type_)
    return isinstance(target, Base) and target.name == "error_status"


def _status(name):
    if name == "rpc_status":
        return "CMRP_ROLE_RPC_STATUS", "hf_cmrp_rpc_status"
    return "CMRP_ROLE_STATUS", "hf_cmrp_status"


def _value_class(ftype):
    return CLASS_OF_FIELD_TYPE[ftype]


def kind_of(type_):
    """The cmrp_kind of a type."""
    if isinstance(type_, Base):
        if "BOOL" in type_.names or type_.name == "boolean":
            return "CMRP_BOOL"
        if type_.size is None:
            return "CMRP_UINT3264"
        signed = type_.signed and type_.size >= 4
        return f"CMRP_{'' if signed else 'U'}INT{8 * type_.size}"
    if isinstance(type_, Enum):
        return "CMRP_UINT32" if type_.v1 else "CMRP_ENUM16"
    if isinstance(type_, Struct) and type_.name == "FILETIME":
        return "CMRP_FILETIME"
    return {
        Pointer: "CMRP_POINTER",
        Array: "CMRP_ARRAY",
        String: "CMRP_STRING",
        ContextHandle: "CMRP_HANDLE",
        Struct: "CMRP_STRUCT",
    }[type(type_)]


def is_text(element):
    """An array of wchar_t without [string] is a multi-string: text all the same."""
    return isinstance(element, Base) and element.name == "wchar"


def field_type(type_):
    """The type of the field that shows a value: that of the elements of an array, bytes together."""
    while isinstance(type_, (Pointer, Array)):
        if isinstance(type_, Array) and is_text(type_.element):
            return "FT_STRING"
        if isinstance(type_, Array) and kind_of(type_.element) == "CMRP_UINT8":
            return "FT_BYTES"
        type_ = type_.to if isinstance(type_, Pointer) else type_.element
    return FIELD_TYPES[kind_of(type_)]


def _counts(type_, siblings):
    """Siblings that give the counts of the array to which a member leads."""
    while isinstance(type_, Pointer):
        type_ = type_.to
    if not isinstance(type_, Array):
        return -1, -1
    return _sibling(type_.size_is, siblings), _sibling(type_.length_is, siblings)


def _sibling(expression, siblings):
    """The sibling that an expression names. One that computes is left unchecked."""
    name = getattr(getattr(expression, "operand", expression), "name", None)
    for index, sibling in enumerate(siblings):
        if sibling.name == name:
            return index
    return -1
