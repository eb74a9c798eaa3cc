# SPDX-License-Identifier: GPL-2.0-or-later
"""What does an interface consist of, once its definition is understood?

The types are those of the wire: an attribute such as [string] or [size_is] has become a type
of its own. `names` holds the typedef names by which a type was reached, outermost first:
`[in, string] LPCWSTR name` is Pointer('ref', String(wchar, names WCHAR), names LPCWSTR).

An expression (size_is and its sisters) is a node of expression.py; its names are those of
sibling parameters or members.
"""

from dataclasses import dataclass, field
from typing import Any, Optional

from .errors import Position


@dataclass(frozen=True)
class Base:
    """A number. `name` is one of int8 uint8 int16 uint16 int32 uint32 int64 uint64 int3264
    uint3264 char wchar boolean float double error_status; the size of *3264 is None, as it
    follows the transfer syntax."""

    name: str
    size: Optional[int]
    signed: bool = False
    names: tuple = ()


@dataclass(frozen=True)
class Pointer:
    """kind: 'ref' (no referent identifier at the top level) or 'unique'."""

    kind: Optional[str]
    to: Any
    names: tuple = ()


@dataclass(frozen=True)
class Array:
    """count: elements of a fixed array; size_is: conformant; length_is: varying."""

    element: Any
    count: Optional[int] = None
    size_is: Any = None
    length_is: Any = None
    names: tuple = ()

    @property
    def conformant(self):
        return self.count is None

    @property
    def varying(self):
        return self.length_is is not None


@dataclass(frozen=True)
class String:
    """A NUL-terminated string: conformant and varying, or varying only if `count` is given."""

    char: Base
    count: Optional[int] = None
    size_is: Any = None
    names: tuple = ()


@dataclass(frozen=True)
class ContextHandle:
    name: str
    names: tuple = ()


@dataclass(frozen=True)
class BindingHandle:
    """handle_t: it tells the runtime where to send, nothing of it is in the stub."""

    names: tuple = ()


# Structures and enumerations exist once, however many names lead to them, and may
# refer to themselves through a pointer: they are compared by identity.


@dataclass(eq=False, repr=False)
class Enum:
    """`v1`: 32 bits in both transfer syntaxes; otherwise 16 bits in NDR, 32 in NDR64."""

    name: str
    values: list = field(default_factory=list)  # (name, number)
    v1: bool = False
    position: Optional[Position] = None

    def __repr__(self):
        return f"Enum({self.name})"


@dataclass(eq=False, repr=False)
class Struct:
    name: str
    members: list = field(default_factory=list)
    position: Optional[Position] = None

    def __repr__(self):
        return f"Struct({self.name})"


@dataclass
class Member:
    name: str
    type: Any
    attributes: dict = field(default_factory=dict)
    position: Optional[Position] = None

    @property
    def range(self):
        """(lowest, highest) of [range()], or None."""
        return self.attributes.get("range")


@dataclass
class Param(Member):
    """directions: a subset of {'in', 'out'}."""

    directions: frozenset = frozenset()

    @property
    def on_wire(self):
        return not isinstance(self.type, BindingHandle)


@dataclass
class Method:
    """`returns` is None for void. It comes last in the response."""

    name: str
    opnum: int
    params: list
    returns: Any
    position: Optional[Position] = None

    @property
    def request(self):
        """The parameters of the request stub, in the order of the wire."""
        return [p for p in self.params if p.on_wire and "in" in p.directions]

    @property
    def response(self):
        """The parameters of the response stub, without the returned value."""
        return [p for p in self.params if p.on_wire and "out" in p.directions]


@dataclass
class Interface:
    name: str
    uuid: str
    version_major: int
    version_minor: int
    methods: list
    position: Optional[Position] = None


@dataclass
class Model:
    """All that was loaded: interfaces, named types by name, constants by name."""

    interfaces: list = field(default_factory=list)
    types: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)
    defined: list = field(default_factory=list)  # structures and enumerations, in order
    files: list = field(default_factory=list)  # every file read, imported ones first

    def interface(self, version):
        """The interface of a major version."""
        for interface in self.interfaces:
            if interface.version_major == version:
                return interface
        raise KeyError(f"no interface of version {version}")

    def method(self, version, opnum):
        methods = self.interface(version).methods
        if not 0 <= opnum < len(methods):
            raise KeyError(f"version {version} has no opnum {opnum}")
        return methods[opnum]

    @property
    def structs(self):
        return [t for t in self.defined if isinstance(t, Struct)]

    @property
    def enums(self):
        return [t for t in self.defined if isinstance(t, Enum)]
