# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a status mean, in a few words? Reads status_texts.tsv.

load_status_texts() is a step of load_tables(), after those that read statuses. A mistake raises IdlError with file, line and reason.
"""

from .meanings import status_names


def load_status_texts(rows, tables):
    """tables.status_texts: number -> text. `rows` is that of load_contents()."""
    known = dict(status_names(tables))
    for row in rows("status_texts.tsv", "value symbol text"):
        value = row.number("value")
        if value in tables.status_texts:
            row.fail(f"duplicate status {row['value']}")
        if known.get(value, row["symbol"]) != row["symbol"]:
            row.fail(f"{row['value']} is '{known[value]}' in status.tsv, not '{row['symbol']}'")
        if not row["text"]:
            row.fail(f"'{row['symbol']}' has no text")
        tables.status_texts[value] = row["text"]
    wanted = {**known, **{value: f"0x{value:08x}" for value, _ in tables.outcomes if value not in known}}
    for value, symbol in sorted(wanted.items()):
        if value != 0 and value not in tables.status_texts:
            rows.fail("status_texts.tsv", f"'{symbol}' is missing")
