# SPDX-License-Identifier: GPL-2.0-or-later
"""How is HTML written so that no text from a packet can become a part of it?

    tag("p", "Opened by ", tag("b", name), cls="note")

Every string is escaped; only what tag() and raw() return is HTML.
"""
from collections import namedtuple
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def raw(text):
    return Html(text)


def tag(name, *children, **attributes):
    """An element. `cls` stands for class; an attribute that is None is left out."""
    words = "".join(f' {"class" if key == "cls" else key.replace("_", "-")}="{escape(_visible(str(value)))}"'
                    for key, value in attributes.items() if value is not None)
    return Html(f"<{name}{words}>{join(children)}</{name}>")


def join(children):
    parts = []
    for child in children:
        if isinstance(child, Html):
            parts.append(child)
        elif isinstance(child, (list, tuple)):
            parts.append(join(child))
        elif child is not None:
            parts.append(escape(_visible(str(child))))
    return Html("".join(parts))


def _visible(text):
    """Control characters, and those that turn the direction of writing, shown as what they are."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}" for char in text)


class Cell(namedtuple("Cell", "content sort")):
    """What stands in a cell, and the number or word by which its column is sorted; None sorts last."""


class Row(namedtuple("Row", "cells id")):
    """The cells of a row that links lead to."""


def table(heads, rows, numeric=(), loose=(), addresses=(), empty="None."):
    """A table; columns whose place is in `numeric` are set to the right; those in `loose` break within long words, and
    those in `addresses` within long addresses.
    """
    rows = list(rows)
    if not rows:
        return tag("p", empty, cls="none")

    def kind(place):
        return "n" if place in numeric else "l" if place in loose else "a" if place in addresses else None

    def cell(place, one):
        sort = {} if not isinstance(one, Cell) else {"data-sort": "" if one.sort is None else one.sort}
        return tag("td", one.content if sort else one, cls=kind(place), **sort)

    def line(row):
        cells, anchor = (row.cells, row.id) if isinstance(row, Row) else (row, None)
        return tag("tr", [cell(place, one) for place, one in enumerate(cells)], id=anchor)

    head = [tag("th", one, cls=kind(place), scope="col") for place, one in enumerate(heads)]
    return tag("div", tag("table", tag("thead", tag("tr", head)), tag("tbody", list(map(line, rows)))), cls="scroll")
