# SPDX-License-Identifier: GPL-2.0-or-later
"""Which rules does the plugin check, and what is told of one?"""
import difflib
import re
import struct
from collections import namedtuple
from pathlib import Path

from . import host
from .errors import ToolError

# `party`: client, server or both. `requirements`: their ids in the project's catalogue.
Rule = namedtuple("Rule", "id level party section requirements text")

# A file header without frames: magic number, version 2.4, time zone, accuracy, snapshot length, Ethernet.
_EMPTY_CAPTURE = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)

# The page of all rules: in the source tree, and beside the modules where they are installed.
_PAGES = (Path(__file__).resolve().parents[2] / "docs/rules.md", Path(__file__).resolve().parents[1] / "rules.md")


def read(tshark):
    """All rules, from the plugin's own table."""
    with host.temporary_capture(lambda file: file.write(_EMPTY_CAPTURE)) as nothing:
        with tshark.lines(nothing, ["-q", "-z", "cmrp,rules"]) as lines:
            rows = [line.rstrip("\n").split("\t") for line in lines]
    # A column more would be of a later plugin.
    found = [Rule(*row[:len(Rule._fields)]) for row in rows if len(row) >= len(Rule._fields)]
    if not found:
        raise ToolError("tshark did not print the table of rules that was asked for.")
    return found


def find(rules, name):
    for rule in rules:
        if rule.id == name:
            return rule
    raise unknown(rules, name)


def unknown(rules, name):
    """The error about a rule that there is not."""
    alike = difflib.get_close_matches(name, [rule.id for rule in rules], 1, 0.8)
    meant = f". Is {alike[0]} meant?" if alike else ":"
    return ToolError(f"There is no rule {name}{meant} --list-rules tells which there are.")


def page():
    """The path of the page of rules, or None."""
    return next((path for path in _PAGES if path.is_file()), None)


def _on_page(name):
    """The heading above a rule on the page, and the last cell of its row; None where the page or the rule is missing."""
    path, heading = page(), ""
    for line in path.read_text(encoding="utf-8").splitlines() if path else ():
        if line.startswith("## "):
            heading = line[3:].strip()
        elif line.startswith(f"| `{name}` |"):
            return heading, line.rstrip(" |").rsplit(" | ", 1)[-1]
    return None, None


def link(name, address):
    """Where the rule stands on a page at this address, as sites that show Markdown make anchors of headings."""
    heading, _ = _on_page(name)
    anchor = re.sub(r"[^\w -]", "", (heading or "").lower()).replace(" ", "-")
    return f"{address}#{anchor}" if anchor else address


def example(name):
    """What shows a broken rule: words from the page, or None."""
    _, cell = _on_page(name)
    # A link becomes its words, and where it leads.
    return cell and re.sub(r"\[([^]]*)\]\((?:\.\./)?([^)]*)\)", r"\1 (\2)", cell.replace("`", ""))


def explain(rule):
    """What is told of a rule, as lines."""
    # A section is one of MS-CMRP unless another document is named.
    section = f"section {rule.section}" if rule.section[:1].isdigit() else rule.section
    lines = [rule.id, "", rule.text, "", f"level         {rule.level}"]
    for name, value in (("who", rule.party), ("section", f"{section} of MS-CMRP" if section[:1] == "s" else section),
                        ("requirements", rule.requirements), ("example", example(rule.id)),
                        ("filter", f'cmrp.finding == "{rule.id}"'),
                        ("page", page() and link(rule.id, page().as_uri()))):
        if value:
            lines.append(f"{name:13} {value}")
    return lines
