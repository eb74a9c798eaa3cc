# SPDX-License-Identifier: GPL-2.0-or-later
"""Which statuses other than 0 are no failure? Reads outcomes.tsv.

load_outcomes() is a step of load_tables(). A mistake raises IdlError with file, line and reason.
"""

ANY = "*"


def _is_listed(tables, value, opnum):
    """Is the status one of the method's own, in either version?"""
    return any(status.value == value for (_, one), statuses in tables.status.items() if one == opnum for status in statuses)


def load_outcomes(rows, model, tables):
    """tables.outcomes: [(status, opnum, or None for any)]. `rows` is that of load_contents()."""
    opnums = {method.opnum for interface in model.interfaces for method in interface.methods}
    for row in rows("outcomes.tsv", "value symbol opnum why"):
        opnum = None if row["opnum"] == ANY else row.number("opnum")
        if opnum not in (None, *opnums):
            row.fail(f"unknown opnum '{row['opnum']}'")
        if row.number("value") == 0:
            row.fail("0 is success")
        key = (row.number("value"), opnum)
        if opnum is not None and not _is_listed(tables, *key):
            row.fail(f"opnum {opnum} does not list {row['symbol']}")
        if key in tables.outcomes:
            row.fail(f"duplicate row for {row['symbol']}, opnum {row['opnum']}")
        tables.outcomes.append(key)
