# SPDX-License-Identifier: GPL-2.0-or-later
"""How do octets become values? The counterpart of writer.py, strict about counts."""

import struct

from cmrpidl.model import Array, Base, ContextHandle, Enum, Pointer, String

from . import shape

_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}


class NdrError(Exception):
    """The octets are no valid stub."""


class _Later:
    """A place in a value to which a pointee comes later."""

    def __init__(self, pointee, holder, key):
        self.pointee, self.holder, self.key = pointee, holder, key


class Reader:
    def __init__(self, octets, ndr64, big_endian):
        self._octets = bytes(octets)
        self._at = 0
        self._ndr64 = ndr64
        self._order = ">" if big_endian else "<"

    def finish(self):
        if self._at != len(self._octets):
            raise NdrError(f"{len(self._octets) - self._at} octets left over")

    def align(self, alignment):
        self._at += -self._at % alignment

    def take(self, size):
        if self._at + size > len(self._octets):
            raise NdrError(f"{size} octets wanted at {self._at}, {len(self._octets)} in all")
        self._at += size
        return self._octets[self._at - size : self._at]

    def number(self, size, signed=False):
        self.align(size)
        code = _FORMATS[size].lower() if signed else _FORMATS[size]
        return struct.unpack(self._order + code, self.take(size))[0]

    def count(self):
        return self.number(shape.pointer_size(self._ndr64))

    def parameter(self, type_):
        if not isinstance(type_, Pointer):
            return self.construct(type_)
        if type_.kind != "ref" and self.count() == 0:
            return None
        return self.parameter(type_.to)

    def construct(self, type_):
        maximum = self.count() if shape.open_end(type_) is not None else None
        deferred = []
        holder = {}
        self.body(type_, maximum, deferred, holder, "value")
        for later in deferred:
            later.holder[later.key] = self.construct(later.pointee)
        return holder["value"]

    def body(self, type_, maximum, deferred, holder, key):
        """Read a value in place into holder[key]."""
        if isinstance(type_, (Base, Enum)):
            size = shape.number_size(type_, self._ndr64)
            holder[key] = self.number(size, isinstance(type_, Base) and type_.signed)
        elif isinstance(type_, ContextHandle):
            self.align(4)
            holder[key] = self.take(20)
        elif isinstance(type_, Pointer):
            holder[key] = None
            if self.count() != 0:
                deferred.append(_Later(type_.to, holder, key))
        elif isinstance(type_, String):
            holder[key] = self._string(type_, maximum)
        elif isinstance(type_, Array):
            holder[key] = self._array(type_, maximum, deferred)
        else:
            holder[key] = self._struct(type_, maximum, deferred)

    def _span(self, maximum):
        """The number of transmitted elements, after offset and actual count."""
        offset, actual = self.count(), self.count()
        if offset != 0 or (maximum is not None and actual > maximum):
            raise NdrError(f"offset {offset} and actual count {actual} of at most {maximum}")
        return actual

    def _string(self, type_, maximum):
        actual = self._span(type_.count if maximum is None else maximum)
        units = [self.number(type_.char.size) for _ in range(actual)]
        if not units or units[-1] != 0:
            raise NdrError("a string does not end in NUL")
        return self._text(units[:-1])

    def _text(self, units):
        return struct.pack(f"<{len(units)}H", *units).decode("utf-16-le", "surrogatepass")

    def _array(self, type_, maximum, deferred):
        count = maximum if type_.count is None else type_.count
        if type_.varying:
            count = self._span(count)
        if shape.is_bytes(type_.element):
            return self.take(count)
        self.align(shape.alignment(type_.element, self._ndr64))
        if count > len(self._octets):
            raise NdrError(f"{count} elements in {len(self._octets)} octets")
        elements = [None] * count
        for index in range(count):
            self.body(type_.element, None, deferred, elements, index)
        return self._text(elements) if shape.is_wide(type_.element) else elements

    def _struct(self, type_, maximum, deferred):
        alignment = shape.alignment(type_, self._ndr64)
        self.align(alignment)
        members = {}
        for member in type_.members:
            # Only the last member can be the one that the maximum count belongs to.
            open_end = shape.open_end(member.type) is not None
            self.body(member.type, maximum if open_end else None, deferred, members, member.name)
        if self._ndr64:
            self.align(alignment)
        return members
