# SPDX-License-Identifier: GPL-2.0-or-later
"""How much room does a type take on the wire, and where may it start?

Transfer syntaxes: 'ndr' (C706 chapter 14) and 'ndr64' (MS-RPCE 2.2.5).
"""

from .model import (
    Array,
    Base,
    BindingHandle,
    ContextHandle,
    Enum,
    Pointer,
    String,
    Struct,
)

SYNTAXES = ("ndr", "ndr64")


def wide(syntax):
    """Size of a count, an offset and a referent identifier."""
    return {"ndr": 4, "ndr64": 8}[syntax]


def align(offset, alignment):
    return (offset + alignment - 1) // alignment * alignment


def wire_size(type_, syntax):
    """(alignment, size) of a type in place, without what its pointers refer to.

    The size is None if it depends on the data. A conformant structure's alignment is that of
    its body: the counts in front of it are aligned by themselves.
    """
    if isinstance(type_, Base):
        size = wide(syntax) if type_.size is None else type_.size
        return size, size
    if isinstance(type_, Enum):
        size = 4 if type_.v1 or syntax == "ndr64" else 2
        return size, size
    if isinstance(type_, Pointer):
        return wide(syntax), wide(syntax)
    if isinstance(type_, ContextHandle):
        return 4, 20
    if isinstance(type_, BindingHandle):
        return 1, 0
    if isinstance(type_, Array):
        alignment, size = wire_size(type_.element, syntax)
        if type_.varying:
            alignment = max(alignment, wide(syntax))
        if type_.conformant or type_.varying or size is None:
            return alignment, None
        return alignment, align(size, alignment) * (type_.count - 1) + size
    if isinstance(type_, String):
        return max(type_.char.size, wide(syntax)), None
    return _struct(type_, syntax)


def _struct(struct, syntax):
    alignment, offset = 1, 0
    for member in struct.members:
        member_alignment, size = wire_size(member.type, syntax)
        alignment = max(alignment, member_alignment)
        if offset is not None:
            offset = None if size is None else align(offset, member_alignment) + size
    if offset is not None and syntax == "ndr64":
        offset = align(offset, alignment)
    return alignment, offset


def has_pointers(type_):
    """Does reading a value in place leave pointees to be read later?"""
    if isinstance(type_, Pointer):
        return True
    if isinstance(type_, Array):
        return has_pointers(type_.element)
    if isinstance(type_, Struct):
        return any(has_pointers(member.type) for member in type_.members)
    return False


def is_conformant(type_):
    """Do counts precede the type? True for structures that end in a conformant array."""
    if isinstance(type_, Array):
        return type_.conformant
    if isinstance(type_, String):
        return type_.count is None
    if isinstance(type_, Struct):
        return bool(type_.members) and is_conformant(type_.members[-1].type)
    return False
