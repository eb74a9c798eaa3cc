# SPDX-License-Identifier: GPL-2.0-or-later
"""How is HTML written so that no text from a packet can become a part of it?

    tag("p", "Opened by ", tag("b", name), cls="note")

Every string is escaped; only what tag() and raw() return is HTML.
"""
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


def table(heads, rows, numeric=(), empty="None."):
    """A table; columns whose place is in `numeric` are set to the right."""
    rows = list(rows)
    if not rows:
        return tag("p", empty, cls="none")

    def cells(name, row):
        return [tag(name, cell, cls="n" if place in numeric else None) for place, cell in enumerate(row)]

    return tag("div", tag("table", tag("thead", tag("tr", cells("th", heads))),
                          tag("tbody", [tag("tr", cells("td", row)) for row in rows])), cls="scroll")
