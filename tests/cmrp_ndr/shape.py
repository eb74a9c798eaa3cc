# SPDX-License-Identifier: GPL-2.0-or-later
"""Where may a value start, and what stands in front of it? Alignment by transfer syntax."""

from cmrpidl.model import (
    Array,
    Base,
    ContextHandle,
    Enum,
    Pointer,
    String,
    Struct,
)


def pointer_size(ndr64):
    return 8 if ndr64 else 4


def number_size(type_, ndr64):
    """Size of a number or an enumeration."""
    if isinstance(type_, Enum):
        return 4 if ndr64 or type_.v1 else 2
    return pointer_size(ndr64) if type_.size is None else type_.size


def alignment(type_, ndr64):
    if isinstance(type_, (Base, Enum)):
        return number_size(type_, ndr64)
    if isinstance(type_, Pointer):
        return pointer_size(ndr64)
    if isinstance(type_, ContextHandle):
        return 4
    if isinstance(type_, Struct):
        return max((alignment(member.type, ndr64) for member in type_.members), default=1)
    if isinstance(type_, Array):
        counts = pointer_size(ndr64) if type_.varying else 1
        return max(alignment(type_.element, ndr64), counts)
    return pointer_size(ndr64)


def open_end(type_):
    """The array or string whose maximum count stands in front of a type, or None."""
    if isinstance(type_, Array) and type_.count is None:
        return type_
    if isinstance(type_, String) and type_.count is None:
        return type_
    if isinstance(type_, Struct) and type_.members:
        return open_end(type_.members[-1].type)
    return None


def is_bytes(type_):
    """Is an array of this element a Python bytes object?"""
    return isinstance(type_, Base) and type_.name in ("uint8", "int8", "char")


def is_wide(type_):
    return isinstance(type_, Base) and type_.name == "wchar"
