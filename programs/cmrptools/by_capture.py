# SPDX-License-Identifier: GPL-2.0-or-later
"""Which captures of a batch are the worst? A row a capture, from its verdicts to what is printed."""
from collections import Counter

from .model import LEVELS
from .summary import exit_status
from .text import printable

MOST_ROWS = 30
ERROR, UNREAD, JUDGED = "error", "unread", "judged"
_HEADS = ("MUST", "SHOULD", "suspicion", "calls")


def row(files, verdicts, allow_unread):
    """What is kept of one capture, which may be several files, in the result of its task."""
    levels = Counter(finding.level for verdict in verdicts for finding in verdict.findings)
    state = ERROR if any(verdict.error for verdict in verdicts) else \
        UNREAD if any(verdict.unread for verdict in verdicts) and not allow_unread else JUDGED
    return {"capture": files[0], "files": len(files), "state": state, "exit_status": exit_status(levels, state != JUDGED),
            "levels": {level: levels[level] for level in LEVELS}, "calls": sum(verdict.counts.calls for verdict in verdicts)}


def worst_first(rows):
    """By findings, the stronger ones first; then what was not judged, then what is clean."""
    places = {ERROR: 0, UNREAD: 1, JUDGED: 2}
    return sorted(rows, key=lambda one: (*(-one["levels"][level] for level in LEVELS), places[one["state"]], one["capture"]))


def lines(rows, most):
    """For a person. `most`: how many captures are named; None for all."""
    rows = worst_first(rows)
    shown = rows[:most]
    if not shown:
        return
    numbers = [tuple(map(str, (*one["levels"].values(), one["calls"]))) for one in shown]
    widths = [max(map(len, column)) for column in zip(_HEADS, *numbers)]
    yield _line(_HEADS, widths, "capture")
    for one, cells in zip(shown, numbers):
        more = [f"the first of {one['files']} files"] if one["files"] > 1 else []
        more += {ERROR: ["could not be judged, or not to the end"], UNREAD: ["not all calls could be read"]}.get(one["state"], [])
        yield _line(cells, widths, printable(one["capture"]) + (f" ({'; '.join(more)})" if more else ""))
    left = rows[len(shown):]
    if left:
        clean = sum(one["exit_status"] == 0 for one in left)
        yield f"… and {len(left)} more, {clean} of them clean: summary --captures names all."


def _line(cells, widths, last):
    return "  ".join([*(cell.rjust(width) for cell, width in zip(cells, widths)), last])
