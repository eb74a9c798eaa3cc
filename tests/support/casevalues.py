# SPDX-License-Identifier: GPL-2.0-or-later
"""How are the values of a conformance case written, and what stands where the case says nothing?

    parse('Status=0 Name="x" return=$group list=[{Type: 1}]', handles, names) -> {"Status": 0, ...}
    fill(params, values) -> the same with a value for every parameter
    specified(model, tables) -> {name: number} of all that the specification names

Numbers, the specification's names for them, both joined by |, "strings" as in JSON, NULL, TRUE, FALSE, hex:00ff for
bytes, $name for a handle of the case, [lists], {structures}. Missing numbers are 0 or the size of what they count, missing strings are empty, missing pointers
NULL.
"""
import json
import re

from cmrp_ndr.values import size_names
from cmrpidl.model import Array, ContextHandle, Pointer, String, Struct

from .calls import NULL_HANDLE, handle

_TOKEN = re.compile(r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*") | hex:(?P<hex>[0-9a-fA-F]*(?:\ [0-9a-fA-F]{2,}(?=\s|$))*) | (?P<number>-?0x[0-9a-fA-F]+|-?\d+) |
    \$(?P<handle>\w+) | (?P<word>\w+) | (?P<mark>[\[\]{},:=|]))""", re.X)
_WORDS = {"NULL": None, "TRUE": 1, "FALSE": 0}


def specified(model, tables):
    """Numbers by name: the constants of the IDL, the enumerations beside it, the statuses."""
    found = dict(model.constants)
    for enum in tables.enums.values():
        found.update({item.name: item.value for item in enum.items if item.value is not None})
    for rows in (*tables.status.values(), *tables.generic.values()):
        found.update({row.symbol: row.value for row in rows})
    return found


class Handles:
    """The context handles of a case, by name."""

    def __init__(self, first):
        self._first, self._numbers = first, {}

    def __getitem__(self, name):
        number = self._numbers.setdefault(name, len(self._numbers))
        return handle(self._first + 16 * number)


class _Parser:
    def __init__(self, text, handles, names):
        self._tokens, self._handles, self._names, at = [], handles, names, 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if not match:
                raise ValueError(f"cannot read {text[at:]!r}")
            self._tokens.append((match.lastgroup, match.group(match.lastgroup)))
            at = match.end()

    def _next(self, expected=None):
        if not self._tokens:
            raise ValueError("something is missing")
        kind, text = self._tokens.pop(0)
        if expected is not None and text != expected:
            raise ValueError(f"{text!r} where {expected!r} was expected")
        return kind, text

    def assignments(self, sign="=", end=None):
        values = {}
        while self._tokens and self._tokens[0][1] != end:
            name = self._next()[1]
            self._next(sign)
            values[name] = self.value()
            if self._tokens and self._tokens[0][1] == ",":
                self._next()
        return values

    def value(self):
        kind, text = self._next()
        if kind == "string":
            return json.loads(text)
        if kind == "hex":
            return bytes.fromhex(text)
        if kind == "handle":
            return self._handles[text]
        if kind == "word" and text in _WORDS:
            return _WORDS[text]
        if kind in ("number", "word"):
            return self._number(kind, text)
        if text == "{":
            values = self.assignments(":", "}")
            self._next("}")
            return values
        if text != "[":
            raise ValueError(f"{text!r} is no value")
        items = []
        while self._tokens and self._tokens[0][1] != "]":
            items.append(self.value())
            if self._tokens and self._tokens[0][1] == ",":
                self._next()
        self._next("]")
        return items


    def _number(self, kind, text):
        value = int(text, 0) if kind == "number" else self._names[text]
        if self._tokens and self._tokens[0][1] == "|":
            self._next()
            value |= self._number(*self._next())
        return value


def parse(text, handles, names):
    return _Parser(text, handles, names).assignments()


def _default(type_):
    if isinstance(type_, Pointer):
        return _default(type_.to) if type_.kind == "ref" else None
    if isinstance(type_, ContextHandle):
        return NULL_HANDLE
    if isinstance(type_, String):
        return ""
    if isinstance(type_, Array):
        return b"" if getattr(type_.element, "size", None) == 1 else []
    if isinstance(type_, Struct):
        return fill(type_.members, {})
    return 0


def _complete(type_, value):
    """A value with what it leaves out."""
    if isinstance(type_, ContextHandle) and value is None:
        return NULL_HANDLE
    if isinstance(type_, Pointer) and value is not None:
        return _complete(type_.to, value)
    if isinstance(type_, Pointer):
        return _complete(type_.to, None) if isinstance(type_.to, ContextHandle) else None
    if isinstance(type_, Struct) and isinstance(value, dict):
        return fill(type_.members, value)
    if isinstance(type_, Array) and isinstance(value, list):
        return [_complete(type_.element, item) for item in value]
    return value


def fill(members, given):
    """A value for each parameter or member."""
    values = {}
    for member in members:
        if member.name in given:
            values[member.name] = _complete(member.type, given[member.name])
        else:
            values[member.name] = _default(member.type)
    for member in members:
        for _, name in size_names(member.type):
            if name in values and name not in given and member.name in given:
                value = values[member.name]
                values[name] = 0 if value is None else len(value)
    return values
