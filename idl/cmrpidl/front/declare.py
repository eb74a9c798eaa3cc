# SPDX-License-Identifier: GPL-2.0-or-later
"""What is the type of a declaration: base type, stars, brackets and attributes together?"""

from dataclasses import replace

from ..errors import IdlError
from ..model import (
    Array,
    Base,
    BindingHandle,
    ContextHandle,
    Enum,
    Pointer,
    String,
    Struct,
)

POINTER_KINDS = ("ref", "unique")
_CHARACTERS = {"char", "wchar", "uint8"}

# The words of a base type, sorted, without `int` where other words stand beside it.
_BASES = {
    ("char",): Base("char", 1),
    ("char", "unsigned"): Base("uint8", 1),
    ("char", "signed"): Base("int8", 1, True),
    ("byte",): Base("uint8", 1),
    ("boolean",): Base("boolean", 1),
    ("wchar_t",): Base("wchar", 2),
    ("error_status_t",): Base("error_status", 4),
    ("float",): Base("float", 4, True),
    ("double",): Base("double", 8, True),
    ("__int3264",): Base("int3264", None, True),
    ("__int3264", "unsigned"): Base("uint3264", None),
}
for _words, _size in (
    (("small", "__int8"), 1),
    (("short", "__int16"), 2),
    (("long", "int", "__int32"), 4),
    (("hyper", "__int64"), 8),
):
    for _word in _words:
        _BASES[(_word,)] = Base(f"int{8 * _size}", _size, True)
        _BASES[tuple(sorted((_word, "signed")))] = Base(f"int{8 * _size}", _size, True)
        _BASES[tuple(sorted((_word, "unsigned")))] = Base(f"uint{8 * _size}", _size)
_BASES[("unsigned",)] = _BASES[("long", "unsigned")]
_BASES[("signed",)] = _BASES[("long",)]


def base_type(words, position):
    """The type of words such as `unsigned long int`; None for void."""
    if words == ["void"]:
        return None
    if words == ["handle_t"]:
        return BindingHandle()
    key = tuple(sorted(word for word in words if word != "int" or len(words) == 1))
    if key not in _BASES:
        raise IdlError(position, f"'{' '.join(words)}' is no base type")
    return _BASES[key]


def _levels(attributes, resolve_name):
    """What the size attributes say about each level of pointers or brackets."""
    columns = {
        name: attributes[name].expressions(resolve_name)
        for name in ("size_is", "length_is")
        if name in attributes
    }
    levels = []
    for depth in range(max(map(len, columns.values()), default=0)):
        levels.append({name: c[depth] for name, c in columns.items() if depth < len(c) and c[depth]})
    return levels


def _sized(declared, levels, position):
    if not any(levels):
        return declared
    level, rest = levels[0], levels[1:]
    if isinstance(declared, Array):
        return replace(declared, element=_sized(declared.element, rest, position), **level)
    if not isinstance(declared, Pointer):
        raise IdlError(position, "size attributes need a pointer or an array")
    to = _sized(declared.to, rest, position)
    if level and "size_is" not in level:
        raise IdlError(position, "length_is on a pointer needs size_is")
    return replace(declared, to=Array(to, **level) if level else to)


def _is_character(declared):
    return isinstance(declared, Base) and declared.name in _CHARACTERS


def _stringed(declared, position):
    if isinstance(declared, String):
        return declared
    if isinstance(declared, Pointer):
        if _is_character(declared.to):
            return replace(declared, to=String(declared.to))
        return replace(declared, to=_stringed(declared.to, position))
    if isinstance(declared, Array):
        if _is_character(declared.element):
            return String(declared.element, declared.count, declared.size_is)
        return replace(declared, element=_stringed(declared.element, position))
    raise IdlError(position, "[string] needs a pointer to or an array of characters")


def _with_kind(declared, attributes, position):
    kinds = [kind for kind in POINTER_KINDS if kind in attributes]
    if len(kinds) > 1:
        raise IdlError(position, f"[{kinds[0]}] and [{kinds[1]}] exclude each other")
    if not kinds:
        return declared
    if not isinstance(declared, Pointer):
        raise IdlError(attributes[kinds[0]].position, f"[{kinds[0]}] needs a pointer")
    return replace(declared, kind=kinds[0])


def _with_defaults(declared, outermost, inner):
    """Give a kind to each pointer that has none. Only the outermost level is `outermost`."""
    if isinstance(declared, Pointer):
        to = _with_defaults(declared.to, inner, inner)
        return replace(declared, kind=declared.kind or outermost, to=to)
    if isinstance(declared, Array):
        return replace(declared, element=_with_defaults(declared.element, inner, inner))
    return declared


def _check(declared, position):
    """Refuse what has no form on the wire."""
    if declared is None:
        raise IdlError(position, "void is no type of a value")
    if isinstance(declared, Pointer):
        _check(declared.to, position)
    elif isinstance(declared, Array):
        if declared.count is None and declared.size_is is None:
            raise IdlError(position, "an array needs a fixed size or [size_is]")
        _check(declared.element, position)


def declare(base, stars, counts, attributes, resolve_name, position):
    """The type of a declarator with so many stars and these brackets (None: empty ones)."""
    declared = base
    for _ in range(stars):
        declared = Pointer(None, declared)
    for count in reversed(counts):
        declared = Array(declared, count)
    declared = _sized(declared, _levels(attributes, resolve_name), position)
    if "string" in attributes:
        declared = _stringed(declared, attributes["string"].position)
    return _with_kind(declared, attributes, position)


def finish(declared, top_level, pointer_default, position):
    """The type of a parameter or member: every pointer has a kind, every array a size."""
    _check(declared, position)
    return _with_defaults(declared, "ref" if top_level else pointer_default, pointer_default)


def value_of(declared):
    """A type without the pointers in front of it."""
    while isinstance(declared, Pointer):
        declared = declared.to
    return declared


def is_integer(declared):
    declared = value_of(declared)
    if isinstance(declared, Enum):
        return True
    return isinstance(declared, Base) and declared.name not in ("float", "double")


def expressions(declared):
    """(attribute, expression) for each size expression within a type."""
    if isinstance(declared, Pointer):
        yield from expressions(declared.to)
    elif isinstance(declared, (Array, String)):
        for name in ("size_is", "length_is"):
            if getattr(declared, name, None) is not None:
                yield name, getattr(declared, name)
        if isinstance(declared, Array):
            yield from expressions(declared.element)


def with_name(declared, name):
    """A typedef name added to a type; types that exist only once stay as they are."""
    if isinstance(declared, (Struct, Enum)) or declared is None:
        return declared
    return replace(declared, names=(name,) + declared.names)


def context_handle(declared, name, position):
    """The type of `typedef [context_handle] void *name`."""
    if not (isinstance(declared, Pointer) and declared.to is None):
        raise IdlError(position, "[context_handle] needs void *")
    return ContextHandle(name)
