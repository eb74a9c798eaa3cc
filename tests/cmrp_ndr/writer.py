# SPDX-License-Identifier: GPL-2.0-or-later
"""How do values become octets? Scalars first, pointees after the outermost construct."""

import struct

from cmrpidl.front import expression
from cmrpidl.model import Array, Base, ContextHandle, Enum, Pointer, String, Struct

from . import shape

_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}


def code_units(value):
    """The UTF-16 code units of a str, or of a list of them."""
    if not isinstance(value, str):
        return list(value)
    octets = value.encode("utf-16-le", "surrogatepass")
    return list(struct.unpack(f"<{len(octets) // 2}H", octets))


class Writer:
    def __init__(self, ndr64, big_endian):
        self.octets = bytearray()
        self._ndr64 = ndr64
        self._order = ">" if big_endian else "<"
        self._referent = 0x00020000

    def align(self, alignment):
        self.octets += bytes(-len(self.octets) % alignment)

    def number(self, value, size):
        self.align(size)
        self.octets += struct.pack(self._order + _FORMATS[size], value & ((1 << 8 * size) - 1))

    def count(self, value):
        self.number(value, shape.pointer_size(self._ndr64))

    def referent(self, value):
        if value is None:
            self.count(0)
            return
        self.count(self._referent)
        self._referent += 4

    def parameter(self, type_, value, siblings):
        """A parameter, or what a pointer at the top level points to."""
        if not isinstance(type_, Pointer):
            self.construct(type_, value, siblings)
            return
        if type_.kind == "ref":
            # The NULL may be that of the pointer behind it.
            if value is None and not isinstance(type_.to, Pointer):
                raise ValueError("a reference pointer cannot be NULL")
        else:
            self.referent(value)
            if value is None:
                return
        self.parameter(type_.to, value, siblings)

    def construct(self, type_, value, siblings):
        """A whole with all that it points to."""
        opening = shape.open_end(type_)
        if opening is not None:
            self.count(self._maximum(type_, value, siblings))
        deferred = []
        self.body(type_, value, siblings, deferred)
        for pointee, content, scope in deferred:
            self.construct(pointee, content, scope)

    def _maximum(self, type_, value, siblings):
        """The maximum count of the array at the end of a type."""
        while isinstance(type_, Struct):
            last = type_.members[-1]
            type_, value, siblings = last.type, value[last.name], value
        if isinstance(type_, Array) and not type_.varying:
            return len(self._elements(type_, value))
        own = len(self._elements(type_, value))
        if type_.size_is is None:
            return own
        try:
            return expression.evaluate(type_.size_is, lambda name: siblings[name])
        except KeyError:
            # A response does not have to repeat the sizes that the request gave.
            return own

    def _elements(self, type_, value):
        """What an array or a string transmits, as a list or as bytes."""
        if isinstance(type_, String):
            units = code_units(value)
            return units + [0] if isinstance(value, str) else units
        return code_units(value) if shape.is_wide(type_.element) else value

    def body(self, type_, value, siblings, deferred):
        if isinstance(type_, (Base, Enum)):
            self.number(value, shape.number_size(type_, self._ndr64))
        elif isinstance(type_, ContextHandle):
            if len(value) != 20:
                raise ValueError("a context handle has 20 bytes")
            self.align(4)
            self.octets += value
        elif isinstance(type_, Pointer):
            self.referent(value)
            if value is not None:
                deferred.append((type_.to, value, siblings))
        elif isinstance(type_, String):
            units = self._elements(type_, value)
            self.count(0)
            self.count(len(units))
            for unit in units:
                self.number(unit, type_.char.size)
        elif isinstance(type_, Array):
            self._array(type_, value, siblings, deferred)
        else:
            alignment = shape.alignment(type_, self._ndr64)
            self.align(alignment)
            for member in type_.members:
                self.body(member.type, value[member.name], value, deferred)
            if self._ndr64:
                self.align(alignment)

    def _array(self, type_, value, siblings, deferred):
        elements = self._elements(type_, value)
        if type_.count is not None and not type_.varying and len(elements) != type_.count:
            raise ValueError(f"an array of {type_.count} elements got {len(elements)}")
        if type_.varying:
            self.count(0)
            self.count(len(elements))
        if isinstance(elements, (bytes, bytearray)):
            self.octets += elements
            return
        if not elements:
            self.align(shape.alignment(type_.element, self._ndr64))
        for element in elements:
            self.body(type_.element, element, siblings, deferred)
