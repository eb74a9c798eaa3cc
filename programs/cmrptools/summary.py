# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of several captures together?"""
from collections import Counter
from dataclasses import asdict
from itertools import chain
from operator import attrgetter

from . import grouped
from .model import LEVELS, Counts
from .text import count, printable

CLEAN, FOUND, NOT_JUDGED = 0, 1, 2
MOST_REASONS = 20


def exit_status(found, not_judged):
    return NOT_JUDGED if not_judged else FOUND if found else CLEAN


def summarize(verdicts, allow_unread=False):
    """The summary as one dictionary; the last line with --json.

    `allow_unread`: a capture with calls that could not be read counts as judged.
    """
    found = sum(len(verdict.findings) for verdict in verdicts)
    rules, levels = (Counter(map(attrgetter(name), chain.from_iterable(verdict.findings for verdict in verdicts)))
                     for name in ("rule", "level"))
    errors = [{"capture": verdict.capture, "error": verdict.error} for verdict in verdicts if verdict.error]
    unread = [{"capture": verdict.capture, "reason": reason} for verdict in verdicts for reason in verdict.unread]
    not_judged = sum(bool(verdict.error or (verdict.unread and not allow_unread)) for verdict in verdicts)
    return {
        "type": "summary", "exit_status": exit_status(found, not_judged), "captures": len(verdicts),
        "not_judged": not_judged, "findings": found,
        "levels": {level: levels[level] for level in LEVELS}, "rules": dict(sorted(rules.items())),
        **asdict(sum((verdict.counts for verdict in verdicts), Counts())), "errors": errors, "unread": unread,
    }


def in_words(summary):
    """The summary for a person."""
    found = summary["findings"]
    parts = [f"{summary['levels'][level]} {level}" for level in LEVELS if summary["levels"][level]]
    said = [f"{count(found, 'finding')}{' (' + ', '.join(parts) + ')' if parts else ''} "
            f"in {count(summary['calls'], 'call')} of {count(summary['captures'], 'capture')}."]
    if summary.get("accepted"):
        said.append(f"{count(summary['accepted'], 'more finding')} accepted by the baseline.")
    nothing = not summary["pdus"] and not found
    if nothing:
        said = [_nothing(summary)]
    if summary["assumed"]:
        said.append(f"{count(summary['assumed'], 'call')} on connections whose bind is not in the capture "
                    f"{'is' if summary['assumed'] == 1 else 'are'} among them: the server speaks ClusAPI elsewhere, or was named.")
    reasons = grouped.by_reason((one["capture"], one["reason"]) for one in summary["unread"])
    said += [printable(grouped.in_words(*one) if summary["captures"] > 1 else one[1]) for one in reasons[:MOST_REASONS]]
    if len(reasons) > MOST_REASONS:
        said.append(f"… and {len(reasons) - MOST_REASONS} more reasons why calls could not be read.")
    if summary["errors"] and not (nothing and len(summary["errors"]) == summary["captures"]):
        said.append(f"{count(len(summary['errors']), 'capture')} could not be judged, or not to the end.")
    return "\n".join(said)


def _nothing(summary):
    if summary["unread"] or summary["errors"]:
        return f"Nothing could be judged in {count(summary['captures'], 'capture')}."
    return "Nothing to judge: no ClusAPI call was found (if there should be one, name its port with --port)."
