# SPDX-License-Identifier: GPL-2.0-or-later
"""What does cmrp-check say, and with which exit status does it end?"""
import argparse
import sys

from . import tshark
from .errors import ToolError
from .findings import judge, known_rules
from .model import LEVELS, Selection, Verdict, matches
from .pipes import rereadable
from .summary import in_words, summarize
from .text import print_json, printable


def parser():
    parsed = argparse.ArgumentParser(
        prog="cmrp-check", allow_abbrev=False,
        description="Judge captures of ClusAPI traffic by the rules of MS-CMRP. "
        "Exit status: 0 clean, 1 findings, 2 not everything could be judged.")
    parsed.add_argument("captures", metavar="CAPTURE", nargs="+", help="a file, a pipe, or - for standard input")
    parsed.add_argument("--json", action="store_true", help="one JSON object a line: the findings, then the summary")
    parsed.add_argument("--quiet", action="store_true", help="without the summary in text")
    parsed.add_argument("--require-calls", action="store_true",
                        help="a capture without a ClusAPI call that can be read is an error")
    add_selection(parsed)
    tshark.add_options(parsed)
    return parsed


def add_selection(parsed):
    group = parsed.add_argument_group("which findings count")
    group.add_argument("--level", choices=LEVELS, default=LEVELS[-1], help="the lowest level that counts (all)")
    group.add_argument("--rule", metavar="ID", action="append", default=[],
                       help="only this rule; with a * at its end all that begin so; may be given again")
    group.add_argument("--not-rule", metavar="ID", action="append", default=[], help="not this rule; likewise")
    group.add_argument("--allow-unread", action="store_true",
                       help="calls that could not be read (sealed, cut short …) do not keep a capture from being clean")


def selection(options):
    return Selection(options.level, tuple(options.rule), tuple(options.not_rule))


def main(words=None):
    options = parser().parse_args(words)
    verdicts = []
    with tshark.opened(options) as program:
        _require_rules(program, [*options.rule, *options.not_rule])
        for capture in options.captures:
            verdict = _judge(program, capture, selection(options))
            if options.require_calls and not verdict.error and not verdict.counts.pdus:
                verdict.error = _nothing(verdict.counts, verdict.unread, capture)
            verdicts.append(verdict)
            _show(verdict, options)
    summary = summarize(verdicts, options.allow_unread)
    if options.json:
        print_json(summary)
    elif not options.quiet:
        print(in_words(summary))
    return summary["exit_status"]


def _require_rules(program, patterns):
    """A rule that does not exist would be kept by every capture."""
    rules = known_rules(program) if patterns else ()
    for pattern in patterns:
        if not any(matches(pattern, rule) for rule in rules):
            raise ToolError(f"There is no rule {pattern}.")


def _judge(program, capture, selected):
    with rereadable(capture) as path:
        try:
            verdict = judge(program, path, selected, name=capture)
        except tshark.CaptureError as error:
            verdict = Verdict(capture, error=str(error))
        if verdict.error:
            verdict.error = verdict.error.replace(path, capture)
        return verdict


def _show(verdict, options):
    for finding in verdict.findings:
        if options.json:
            print_json(finding.as_json())
        else:
            print(finding.as_line())
    if verdict.error:
        sys.stdout.flush()
        print(f"cmrp-check: {printable(verdict.error)}", file=sys.stderr)


def _nothing(counts, unread, capture):
    why = "all of them are encrypted" if counts.encrypted else "none could be read" if unread else "it has none"
    return f"The capture {capture} holds no ClusAPI call that can be read: {why}."
