# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of several captures together?"""
from collections import Counter
from dataclasses import asdict

from .model import LEVELS, Counts

CLEAN, FOUND, NOT_JUDGED = 0, 1, 2


def exit_status(found, errors):
    return NOT_JUDGED if errors else FOUND if found else CLEAN


def summarize(verdicts):
    """The summary as one dictionary; the last line with --json."""
    found = sum(len(verdict.findings) for verdict in verdicts)
    rules = Counter(finding.rule for verdict in verdicts for finding in verdict.findings)
    levels = Counter(finding.level for verdict in verdicts for finding in verdict.findings)
    errors = [{"capture": verdict.capture, "error": verdict.error} for verdict in verdicts if verdict.error]
    return {
        "type": "summary", "exit_status": exit_status(found, errors), "captures": len(verdicts), "findings": found,
        "levels": {level: levels[level] for level in LEVELS}, "rules": dict(sorted(rules.items())),
        **asdict(sum((verdict.counts for verdict in verdicts), Counts())), "errors": errors,
    }


def in_words(summary):
    """The summary for a person."""
    found = summary["findings"]
    parts = [f"{summary['levels'][level]} {level}" for level in LEVELS if summary["levels"][level]]
    said = [f"{count(found, 'finding')}{' (' + ', '.join(parts) + ')' if parts else ''} "
            f"in {count(summary['calls'], 'call')} of {count(summary['captures'], 'capture')}."]
    if not summary["pdus"] and not summary["encrypted"] and not summary["errors"]:
        said = ["Nothing to judge: no ClusAPI call was found (if there should be one, name its port with --port)."]
    if summary["encrypted"]:
        said.append(f"{count(summary['encrypted_calls'], 'call')} could not be read since encrypted "
                    "(--nt-password or --keytab decrypts).")
    if summary["doubtful"]:
        said.append(f"{count(summary['doubtful'], 'frame')} may have been decrypted wrongly by Wireshark.")
    if summary["cut_short"]:
        said.append(f"{count(summary['cut_short'], 'frame')} of the calls cannot be judged: "
                    "the capture does not hold the whole of them.")
    if summary["errors"]:
        said.append(f"{count(len(summary['errors']), 'capture')} could not be judged, or not to the end.")
    return "\n".join(said)


def count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
