# SPDX-License-Identifier: GPL-2.0-or-later
"""What do pages of methods demand of single parameters? Reads limits.tsv.

load_limits() is a step of load_tables(). A mistake raises IdlError with file, line and reason.
"""

from dataclasses import dataclass
from typing import Optional

from ..front.declare import is_integer, value_of
from ..model import String
from .contents import methods_in_scope

NUMBERS = ("bits", "most", "zero")


@dataclass
class Limits:
    """number: (name of a parameter, kind, value, refused) or None; given: name of a parameter or None."""

    number: Optional[tuple] = None
    given: Optional[str] = None


def load_limits(rows, model, tables):
    """tables.limits: (version, opnum) -> Limits. `rows` is that of load_contents()."""
    for row in rows("limits.tsv", "scope name kind value answer"):
        kind = row.one_of("kind", (*NUMBERS, "given"))
        if bool(row["value"]) != (kind in ("bits", "most")):
            row.fail(f"kind '{kind}' does not go with value '{row['value']}'")
        value = row.number("value") if row["value"] else 0
        refused = row.one_of("answer", ("", "refused")) == "refused"
        for version, method in methods_in_scope(row, model):
            _check_parameter(row, kind, method)
            limits = tables.limits.setdefault((version, method.opnum), Limits())
            if limits.given if kind == "given" else limits.number:
                row.fail(f"'{method.name}' has such a row already")
            if kind == "given":
                limits.given = row["name"]
            else:
                limits.number = row["name"], kind, value, refused


def _check_parameter(row, kind, method):
    param = next((p for p in method.params if p.name == row["name"]), None)
    if param is None:
        row.fail(f"unknown parameter '{row['name']}' of '{method.name}'")
    if kind != "given" and not ("in" in param.directions and is_integer(param.type)):
        row.fail(f"'{param.name}' is no number of the request")
    if kind == "given" and not ("out" in param.directions and isinstance(value_of(param.type), String)):
        row.fail(f"'{param.name}' is no string of the response")
