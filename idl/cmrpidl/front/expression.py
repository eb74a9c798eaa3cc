# SPDX-License-Identifier: GPL-2.0-or-later
"""What is the value of an expression such as `*lpcbData` or `64 * 1024`?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    value: int

    def __str__(self):
        return str(self.value)


@dataclass(frozen=True)
class Name:
    name: str

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Unary:
    operator: str
    operand: object

    def __str__(self):
        return f"{self.operator}{self.operand}"


@dataclass(frozen=True)
class Binary:
    operator: str
    left: object
    right: object

    def __str__(self):
        return f"({self.left} {self.operator} {self.right})"


@dataclass(frozen=True)
class Conditional:
    condition: object
    true: object
    false: object

    def __str__(self):
        return f"({self.condition} ? {self.true} : {self.false})"


def _quotient(left, right):
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _quotient,
    "%": lambda a, b: a - b * _quotient(a, b),
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "&&": lambda a, b: int(bool(a) and bool(b)),
    "||": lambda a, b: int(bool(a) or bool(b)),
}

# `*name` is the number behind a pointer parameter. Values are kept without their pointers,
# so that the star changes nothing here.
_UNARY = {
    "+": lambda a: a,
    "-": lambda a: -a,
    "~": lambda a: ~a,
    "!": lambda a: int(not a),
    "*": lambda a: a,
}


def evaluate(expression, lookup):
    """The number an expression stands for; `lookup` gives the number behind a name.

    Raises what `lookup` raises, and ZeroDivisionError.
    """
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Name):
        return lookup(expression.name)
    if isinstance(expression, Unary):
        return _UNARY[expression.operator](evaluate(expression.operand, lookup))
    if isinstance(expression, Conditional):
        chosen = expression.true if evaluate(expression.condition, lookup) else expression.false
        return evaluate(chosen, lookup)
    return _BINARY[expression.operator](
        evaluate(expression.left, lookup), evaluate(expression.right, lookup)
    )


def names(expression):
    """The names that an expression uses, in order."""
    if isinstance(expression, Name):
        return [expression.name]
    if isinstance(expression, Unary):
        return names(expression.operand)
    if isinstance(expression, Binary):
        return names(expression.left) + names(expression.right)
    if isinstance(expression, Conditional):
        return names(expression.condition) + names(expression.true) + names(expression.false)
    return []


def reference(expression):
    """(name, dereferenced) of `name` or `*name`; None for any other expression."""
    if isinstance(expression, Name):
        return expression.name, False
    if (
        isinstance(expression, Unary)
        and expression.operator == "*"
        and isinstance(expression.operand, Name)
    ):
        return expression.operand.name, True
    return None
