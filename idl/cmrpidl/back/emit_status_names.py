# SPDX-License-Identifier: GPL-2.0-or-later
"""What are statuses called, and what do they mean? Writes cmrp_status_names.c.

Wireshark's header lists the Win32 errors under WERR_ names. The specification spells them ERROR_, RPC_S_ and so
on, and users look for that spelling. The spelling of status.tsv, and of C706 for rpc_status, wins where it has the
number. The header comes preprocessed, from cmake/win32_errors.c: each release has a list of its own.
"""

import re

from ..errors import IdlError, Position
from ..tables.meanings import fault_names, rpc_status_names, status_names

# Errors that are no plain ERROR_x: the rest of their name stands as it is.
OWN_PREFIXES = ("RPC_S_", "RPC_X_", "EPT_S_", "DNS_", "NERR_", "FRS_", "OR_")

BEGIN = """#include "interface/status_names.h"

"""


def source(tables, preprocessed):
    """The text of the file, without its head. preprocessed: path of the preprocessed header."""
    known = dict(_win32_errors(preprocessed))
    statuses = {**known, **dict(status_names(tables))}
    return BEGIN + "\n".join(
        [
            _list("cmrp_statuses", statuses),
            _list("cmrp_fault_statuses", {**statuses, **dict(fault_names(tables))}),
            _list("cmrp_rpc_statuses", {**known, **dict(rpc_status_names(tables))}),
            _list("cmrp_status_texts", tables.status_texts),
        ]
    )


def _win32_errors(path):
    """(number, name as it is shown)"""
    with open(path, encoding="utf-8", errors="replace") as stream:
        # Compilers note between the words where they come from.
        text = "".join(line for line in stream if not line.startswith("#"))
    rows = re.findall(r"\bcmrp_win32_error\s+WERR_(\w+)\s+(\w+)\s*;", text)
    if not rows:
        raise IdlError(Position(path, 1), "Wireshark's header lists no Win32 errors")
    # Of several names for one number the first counts.
    return [(int(number.rstrip("uUlL"), 0), _spelled(name)) for name, number in reversed(rows)]


def _spelled(name):
    return name if name.startswith(OWN_PREFIXES) else f"ERROR_{name}"


def _list(name, names):
    rows = "".join(f'    {{ 0x{number:08x}, "{text}" }},\n' for number, text in sorted(names.items()))
    return (
        f"static const value_string {name}[] = {{\n{rows}    {{ 0, NULL }}\n}};\n\n"
        f"value_string_ext {name}_ext = VALUE_STRING_EXT_INIT({name});\n"
    )
