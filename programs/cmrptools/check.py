# SPDX-License-Identifier: GPL-2.0-or-later
"""What does cmrp-check say, and with which exit status does it end?"""
import sys

from . import baseline, pipes, rules, tshark
from .cli import Parser
from .errors import ToolError
from .findings import judge, judge_live
from .formats import FORMATS
from .model import LEVELS, Selection, Verdict, matches
from .progress import Progress, share_read
from .summary import summarize
from .telling import Telling
from .text import print_json, printable


def parser():
    parsed = Parser(
        prog="cmrp-check",
        usage="cmrp-check [OPTION ...] CAPTURE ...",
        description="Judge captures of ClusAPI traffic by the rules of MS-CMRP. "
        "Exit status: 0 clean, 1 findings, 2 not everything could be judged.",
        epilog="Of what comes through a pipe each finding is printed when it happens: dumpcap -w - | cmrp-check -. "
        "More: man cmrp-check.")
    parsed.add_argument("captures", metavar="CAPTURE", nargs="*", help="a file, a pipe, or - for standard input")
    group = parsed.add_argument_group("what is written")
    group.add_argument("--format", choices=FORMATS, default="text", type=str.lower, help="text, json (an object a line), sarif, junit "
                       "or github (commands of its workflows)")
    group.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    group.add_argument("--quiet", action="store_true", help="without the summary in text")
    group.add_argument("--rules-url", metavar="URL", help="where the page of the rules is, for links in SARIF")
    group.add_argument("--list-rules", action="store_true", help="the rules, and no captures; --level, --rule and --not-rule select")
    group.add_argument("--explain", metavar="RULE", help="one rule with its section and an example, and no captures")
    parsed.add_version()
    parsed.add_argument("--require-calls", action="store_true",
                        help="a capture without a ClusAPI call that can be read is an error")
    add_selection(parsed)
    # What one accepts the other would leave out of the file.
    group = parsed.add_argument_group("findings that are known").add_mutually_exclusive_group()
    group.add_argument("--baseline", metavar="FILE", help="the findings in it are accepted and do not count")
    group.add_argument("--write-baseline", metavar="FILE", help="accept the findings of these captures: write it")
    tshark.add_options(parsed)
    return parsed


def add_selection(parsed):
    group = parsed.add_argument_group("which findings count")
    group.add_argument("--level", choices=LEVELS, default=LEVELS[-1], type=_level,
                       help="the lowest level that counts (all)")
    group.add_argument("--rule", metavar="ID", action="append", default=[],
                       help="only this rule; with a * at its end all that begin so; may be given again")
    group.add_argument("--not-rule", metavar="ID", action="append", default=[], help="not this rule; likewise")
    group.add_argument("--allow-unread", action="store_true",
                       help="calls that could not be read (sealed, cut short …) do not keep a capture from being clean")


def _level(word):
    return next((level for level in LEVELS if level.lower() == word.lower()), word)


def selection(options):
    return Selection(options.level, tuple(options.rule), tuple(options.not_rule))


def main(words=None):
    parsed = parser()
    options = parsed.parse_args(words)
    with tshark.opened(options) as program:
        is_about_rules = options.list_rules or options.explain
        if not options.captures and not is_about_rules:
            parsed.error("no capture is named")
        is_needed = is_about_rules or options.rule or options.not_rule or options.format == "sarif"
        known = rules.read(program) if is_needed else ()
        require_rules(known, [*options.rule, *options.not_rule])
        if is_about_rules:
            _tell_rules(known, options)
            return 0
        return _check(program, options, FORMATS[options.format](options, known))


def _tell_rules(known, options):
    takes = selection(options).takes
    # A fact, which is no finding, comes after the weakest.
    chosen = [rules.find(known, options.explain)] if options.explain else [
        rule for rule in known if takes(rule.level if rule.level in LEVELS else LEVELS[-1], rule.id)]
    if options.format == "json":
        for rule in chosen:
            print_json({**rule._asdict(), "example": rules.example(rule.id)})
    elif options.explain:
        print("\n".join(rules.explain(chosen[0])))
    else:
        width = max((len(rule.id) for rule in chosen), default=0)
        for rule in chosen:
            print(f"{rule.id:{width}}  {rule.level:9}  {rule.text}")


def require_rules(known, patterns):
    """A rule that does not exist would be kept by every capture."""
    for pattern in patterns:
        if not any(matches(pattern, rule.id) for rule in known):
            raise rules.unknown(known, pattern)


def _check(program, options, form):
    accepted = baseline.read(options.baseline) if options.baseline else set()
    progress = Progress(sys.stderr.isatty())
    verdicts = []
    for number, capture in enumerate(options.captures, 1):
        telling = None if options.write_baseline else Telling(form, accepted)
        verdict = _judge(program, capture, options, telling, _following(progress, program, number, options))
        baseline.accept(verdict, accepted)
        verdicts.append(verdict)
        _complain([*(telling.rest(verdict) if telling else []), *_wrong(verdict, options)])
    if options.write_baseline:
        return _write_baseline(options, verdicts)
    summary = summarize(verdicts, options.allow_unread)
    if options.baseline:
        summary["accepted"] = sum(verdict.accepted for verdict in verdicts)
    form.end(summary, verdicts)
    return summary["exit_status"]


def _following(progress, program, number, options):
    """A function that says on a terminal how far a file is read."""
    words = f"{printable(options.captures[number - 1])} ({number} of {len(options.captures)})"
    return lambda path: progress.following(words, lambda: share_read(program.process, path))


def _judge(program, capture, options, telling, following):
    # Twice can be read only what is there.
    with pipes.opened(capture, at_once=not options.two_pass) as (path, feed):
        try:
            if feed:
                verdict = judge_live(program, feed, path, selection(options), capture, telling and telling.now)
            else:
                with following(path):
                    verdict = judge(program, path, selection(options), name=capture)
        except tshark.CaptureError as error:
            verdict = Verdict(capture, error=str(error))
        if verdict.error and path != capture:
            verdict.error = pipes.named(verdict.error, path, capture)
    if options.require_calls and not verdict.error and not verdict.counts.pdus:
        verdict.error = _nothing(verdict)
    return verdict


def _nothing(verdict):
    why = "all of them are encrypted" if verdict.counts.encrypted else "none could be read" if verdict.unread else \
        "it has none"
    return f"The capture {verdict.capture} holds no ClusAPI call that can be read: {why}."


def _wrong(verdict, options):
    """What keeps this from being a verdict, unless the summary says it."""
    if options.quiet or options.format in ("sarif", "junit"):
        return verdict.not_read(options.allow_unread)
    return [verdict.error] if verdict.error else []


def _complain(said):
    if said:
        sys.stdout.flush()
    for sentence in said:
        print(f"cmrp-check: {printable(sentence)}", file=sys.stderr)


def _write_baseline(options, verdicts):
    """Findings of captures that could not be judged are no base: what is hidden today would be new tomorrow."""
    if any(verdict.not_read(options.allow_unread) for verdict in verdicts):
        raise ToolError("No baseline was written: not everything could be judged.")
    number = baseline.write(options.write_baseline, verdicts)
    print(f"{number} finding{'' if number == 1 else 's'} accepted in {printable(options.write_baseline)}.")
    return 0
