# SPDX-License-Identifier: GPL-2.0-or-later
"""Which attributes may stand where, and what do their arguments hold?"""

import lark

from ..errors import IdlError, Position
from . import expression

_POINTER = {"ref", "unique"}
_SIZE = {"size_is", "length_is"}
_FIELD = _POINTER | _SIZE | {"string", "range", "disable_consistency_check"}
# Known to MIDL, but no declaration of MS-CMRP has them.
_UNSUPPORTED = {"ptr", "max_is", "last_is", "first_is", "switch_is", "switch_type"}

ALLOWED = {
    "interface": {
        "uuid",
        "version",
        "pointer_default",
        "endpoint",
        "helpstring",
        "strict_context_handle",
        "type_strict_context_handle",
    },
    "typedef": _POINTER
    | {"string", "range", "context_handle", "v1_enum", "public", "helpstring"},
    "method": {"comm_status", "fault_status", "idempotent", "helpstring"},
    "parameter": _FIELD | {"in", "out", "context_handle", "comm_status", "fault_status"},
    "member": _FIELD,
}

# (fewest, most) arguments; an attribute that is not listed takes none.
_ARGUMENTS = {
    "uuid": (1, 1),
    "version": (1, 1),
    "pointer_default": (1, 1),
    "endpoint": (1, 99),
    "helpstring": (1, 1),
    "range": (2, 2),
    **{name: (1, 99) for name in _SIZE},
}

_OPERATOR_TREES = {"binary", "unary", "conditional", "number", "name"}


def convert_expression(tree, resolve_name):
    """The expression of a syntax tree; `resolve_name` turns a name's token into a node."""
    if tree.data == "number":
        text = str(tree.children[0]).rstrip("uUlL")
        octal = len(text) > 1 and text[0] == "0" and text.isdigit()
        return expression.Number(int(text, 8) if octal else int(text, 0))
    if tree.data == "name":
        return resolve_name(tree.children[0])
    if tree.data == "unary":
        operator, operand = tree.children
        return expression.Unary(str(operator), convert_expression(operand, resolve_name))
    if tree.data == "conditional":
        parts = (convert_expression(child, resolve_name) for child in tree.children)
        return expression.Conditional(*parts)
    left, operator, right = tree.children
    return expression.Binary(
        str(operator),
        convert_expression(left, resolve_name),
        convert_expression(right, resolve_name),
    )


class Attribute:
    """One attribute as written: its name, the trees or tokens of its arguments, its place."""

    def __init__(self, tree, file):
        name, arguments = tree.children
        self.name = str(name.children[0])
        self.position = Position(file, tree.meta.line, tree.meta.column)
        self.arguments = []
        for argument in arguments.children if arguments is not None else []:
            self.arguments.append(argument.children[0] if argument is not None else None)

    def check_count(self):
        fewest, most = _ARGUMENTS.get(self.name, (0, 0))
        if not fewest <= len(self.arguments) <= most:
            wanted = str(fewest) if fewest == most else f"at least {fewest}"
            raise IdlError(
                self.position,
                f"[{self.name}] takes {wanted} argument{'' if wanted == '1' else 's'}, "
                f"not {len(self.arguments)}",
            )

    def expressions(self, resolve_name):
        """The arguments as expressions; None for an empty one as in size_is(, n)."""
        found = []
        for argument in self.arguments:
            if argument is None:
                found.append(None)
            elif isinstance(argument, lark.Tree) and argument.data in _OPERATOR_TREES:
                found.append(self._convert(argument, resolve_name))
            else:
                raise IdlError(self.position, f"[{self.name}] needs an expression")
        return found

    def _convert(self, tree, resolve_name):
        try:
            return convert_expression(tree, resolve_name)
        except IdlError as error:
            position = Position(error.file, error.line, error.column)
            raise IdlError(position, f"{self.name}: {error.reason}") from None

    def text(self):
        """The only argument as it is written: a version, an identifier or a word."""
        argument = self.arguments[0]
        while isinstance(argument, lark.Tree) and len(argument.children) == 1:
            argument = argument.children[0]
        if not isinstance(argument, lark.Token):
            raise IdlError(self.position, f"[{self.name}] needs a single word")
        return str(argument)


def _refusal(name, place):
    if name in _UNSUPPORTED:
        return f"[{name}] is not supported: no declaration of MS-CMRP has it"
    if any(name in names for names in ALLOWED.values()):
        return f"attribute '{name}' is not allowed on a {place}"
    return f"unknown attribute '{name}'"


def read(tree, place, file):
    """The attributes of a syntax tree (or of None) as a dictionary by name."""
    found = {}
    for child in tree.children if tree is not None else []:
        attribute = Attribute(child, file)
        if attribute.name not in ALLOWED[place]:
            raise IdlError(attribute.position, _refusal(attribute.name, place))
        attribute.check_count()
        if attribute.name in found:
            raise IdlError(attribute.position, f"duplicate attribute '{attribute.name}'")
        found[attribute.name] = attribute
    return found
