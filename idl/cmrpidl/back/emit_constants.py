# SPDX-License-Identifier: GPL-2.0-or-later
"""By which names does C speak of single statuses, methods and values? Writes cmrp_constants.h.

C never spells a status, an opnum or a value of the protocol as a number: each has the specification's name
behind CMRP_, a method CMRP_OP_. So whoever looks a name up finds every place that depends on it."""

import re

from ..errors import IdlError

BEGIN = """#ifndef CMRP_CONSTANTS_H
#define CMRP_CONSTANTS_H

/* Methods, by opnum: what is alike in both versions has one name. */
enum {
"""


def header(model, tables):
    """The text of the file, without its head."""
    parts = [BEGIN]
    parts += [f"    CMRP_OP_{name} = {opnum},\n" for name, opnum in _opnums(model).items()]
    parts.append("};\n\n/* Statuses, as status.tsv spells them. */\n")
    statuses = _statuses(tables)
    parts += [f"#define CMRP_{name} 0x{value:08x}U\n" for name, value in statuses.items()]
    seen = set(statuses)
    for enum in tables.enums.values():
        items = [i for i in enum.items if i.value is not None and re.fullmatch(r"\w+", i.name) and i.name not in seen]
        seen.update(item.name for item in items)
        if items:
            parts.append(f"\n/* {enum.name} */\n")
        parts += [f"#define CMRP_{item.name} 0x{item.value:08x}U\n" for item in items]
    return "".join([*parts, "\n#endif\n"])


def _opnums(model):
    found = {}
    for interface in model.interfaces:
        for method in interface.methods:
            if found.setdefault(method.name, method.opnum) != method.opnum:
                raise IdlError(method.position, f"'{method.name}' has two opnums")
    return found


def _statuses(tables):
    rows = [s for rows in (*tables.status.values(), *tables.generic.values()) for s in rows]
    return {s.symbol: s.value for s in sorted(rows, key=lambda s: (s.value, s.symbol))}
