# SPDX-License-Identifier: GPL-2.0-or-later
"""How does the text of a file become a syntax tree, and how does a syntax error read?"""

import os

import lark

from ..errors import IdlError, Position

# Words for the user in place of the names that lark gives to the terminals.
_WORDS = {
    "$END": "the end of the file",
    "NAME": "a name",
    "BASE": "a base type",
    "NUMBER": "a number",
    "STRING": "a string",
}

_parser = None


def _get_parser():
    global _parser
    if _parser is None:
        grammar = os.path.join(os.path.dirname(os.path.abspath(__file__)), "grammar.lark")
        with open(grammar, encoding="utf-8") as file:
            _parser = lark.Lark(
                file.read(),
                parser="lalr",
                propagate_positions=True,
                maybe_placeholders=True,
                lexer_callbacks={"UNION": _refuse},
            )
    return _parser


def _refuse(token):
    raise lark.exceptions.UnexpectedToken(token, set())


def _word(parser, terminal):
    """How a terminal is written in IDL, if it can only be written in one way."""
    if terminal in _WORDS:
        return _WORDS[terminal]
    for definition in parser.terminals:
        if definition.name == terminal and definition.pattern.type == "str":
            return f"'{definition.pattern.value}'"
    return None


def _expectation(parser, terminals):
    words = sorted({word for word in (_word(parser, t) for t in terminals) if word})
    # A long list helps nobody: an expression may go on in twenty ways.
    return f", expected {' or '.join(words)}" if 0 < len(words) <= 4 else ""


def parse(text, file):
    """The syntax tree of an IDL text."""
    parser = _get_parser()
    try:
        return parser.parse(text)
    except lark.exceptions.UnexpectedCharacters as error:
        reason = f"unexpected character '{text[error.pos_in_stream]}'"
        if text[error.pos_in_stream] == "#":
            reason += " (there is no preprocessor: use const and import)"
        raise IdlError(Position(file, error.line, error.column), reason) from None
    except lark.exceptions.UnexpectedToken as error:
        expected = _expectation(parser, error.accepts or error.expected)
        if error.token.type == "$END":
            line = text.count("\n") + (not text.endswith("\n"))
            raise IdlError(
                Position(file, max(line, 1)), f"syntax error: unexpected end of the file{expected}"
            ) from None
        reason = f"syntax error at '{error.token}'{expected}"
        if error.token.type == "UNION":
            reason = "unions are not supported: no type of MS-CMRP is one"
        raise IdlError(Position(file, error.line, error.column), reason) from None
