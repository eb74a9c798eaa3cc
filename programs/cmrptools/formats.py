# SPDX-License-Identifier: GPL-2.0-or-later
"""In which forms are findings told? For people, for scripts, and for the systems that run tests.

Each form is a class: finding() is called with each finding when it is known, verdict() after each capture, end() after the
last one.
"""
import importlib
import os
import sys
from urllib.parse import quote

from . import cli, rules
from .baseline import marked
from .model import LEVELS
from .summary import in_words
from .text import print_json, printable

# ANSI: red, yellow, cyan; and what takes it back.
_COLOURS = dict(zip(LEVELS, ("\x1b[31m", "\x1b[33m", "\x1b[36m")))
_NORMAL = "\x1b[0m"


class Text:
    """A line a finding, and a summary; on a terminal with the levels in colour."""

    def __init__(self, options, known):
        self._quiet = options.quiet
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def finding(self, finding):
        print(finding.as_line(self._paint))

    def verdict(self, verdict):
        pass

    def _paint(self, level):
        return f"{_COLOURS[level]}{level}{_NORMAL}" if self._coloured and level in _COLOURS else level

    def end(self, summary, verdicts):
        if not self._quiet:
            print(in_words(summary))


class Json:
    """An object a line: the findings, then the summary."""

    def __init__(self, options, known):
        pass

    def finding(self, finding):
        print_json(finding.as_json())

    def verdict(self, verdict):
        pass

    def end(self, summary, verdicts):
        print_json(summary)


class Github:
    """Commands of GitHub's workflows, which become notes beside the run."""

    _KINDS = dict(zip(LEVELS, ("error", "warning", "notice")))

    def __init__(self, options, known):
        self._allow_unread = options.allow_unread

    def finding(self, finding):
        self._command(self._KINDS.get(finding.level, "notice"), f"{finding.text}{finding.in_brackets()}",
                      file=finding.capture, line=finding.frame, title=f"{finding.level} {finding.rule}")

    def verdict(self, verdict):
        wrong = verdict.not_read(self._allow_unread)
        for sentence in verdict.not_read():
            is_wrong = sentence in wrong
            self._command("error" if is_wrong else "notice", sentence, file=verdict.capture,
                          title="not judged" if is_wrong else "not read")

    @staticmethod
    def _command(kind, message, **properties):
        def clean(value, *signs):
            text = printable(str(value)).replace("%", "%25")
            for sign in signs:
                text = text.replace(sign, f"%{ord(sign):02X}")
            return text

        said = ",".join(f"{name}={clean(value, ':', ',')}" for name, value in properties.items())
        print(f"::{kind} {said}::{clean(message)}")

    def end(self, summary, verdicts):
        print(in_words(summary))


class Junit:
    """XML as JUnit's: a suite a capture, a failure a finding, an error where something could not be judged."""

    def __init__(self, options, known):
        self._allow_unread = options.allow_unread

    def finding(self, finding):
        pass

    def verdict(self, verdict):
        pass

    def end(self, summary, verdicts):
        suites = [self._suite(verdict) for verdict in verdicts]
        lines = ['<?xml version="1.0" encoding="UTF-8"?>',
                 f'<testsuites name="cmrp-check" tests="{sum(suite[1] for suite in suites)}" '
                 f'failures="{summary["findings"]}" errors="{sum(suite[2] for suite in suites)}">',
                 *(line for suite in suites for line in suite[0]), "</testsuites>"]
        # Right in whatever encoding standard output has.
        print("\n".join(lines).encode("ascii", "xmlcharrefreplace").decode())

    def _suite(self, verdict):
        """Lines, number of cases, number of errors."""
        # Their names are those of the next run, so that a system that keeps histories knows a failure again.
        cases = [self._case(verdict, _name(mark), "failure", finding.rule,
                            f"frame {finding.frame}: {finding.text}{finding.in_brackets()}")
                 for finding, mark in marked(verdict.findings)]
        wrong = verdict.not_read(self._allow_unread)
        cases += [self._case(verdict, "could be judged", "error", "not-judged", sentence) for sentence in wrong]
        if not cases:
            cases = [f'    <testcase classname={_attribute(verdict.capture)} name="keeps the rules"/>']
        head = (f'  <testsuite name={_attribute(verdict.capture)} tests="{len(cases)}" '
                f'failures="{len(verdict.findings)}" errors="{len(wrong)}" skipped="0">')
        return [head, *cases, "  </testsuite>"], len(cases), len(wrong)

    @staticmethod
    def _case(verdict, name, kind, of_type, message):
        return (f"    <testcase classname={_attribute(verdict.capture)} name={_attribute(name)}>"
                f"<{kind} type={_attribute(of_type)} message={_attribute(message)}>"
                f"{_xml().escape(printable(f'{verdict.capture}: {message}'))}</{kind}></testcase>")


def _name(mark):
    *kind, place = mark
    return " ".join(filter(None, kind)) + (f" ({place})" if place > 1 else "")


def _attribute(text):
    return _xml().quoteattr(printable(str(text)))


def _xml():
    """Loading it takes a third of the time of the start: only for who wants XML."""
    return importlib.import_module("xml.sax.saxutils")


class Sarif:
    """SARIF 2.1.0, one run. A line of a capture is a frame."""

    _LEVELS = dict(zip(LEVELS, ("error", "warning", "note")))

    def __init__(self, options, known):
        self._allow_unread = options.allow_unread
        self._places = {rule.id: place for place, rule in enumerate(known)}
        page = options.rules_url or (rules.page().as_uri() if rules.page() else None)
        self._rules = [self._rule(rule, page) for rule in known]

    def _rule(self, rule, page):
        said = {"id": rule.id, "shortDescription": {"text": rule.text},
                "fullDescription": {"text": f"{rule.text} (MS-CMRP, {rule.section or 'no section'})"},
                "help": {"text": "\n".join(rules.explain(rule))},
                "defaultConfiguration": {"level": self._LEVELS.get(rule.level, "none")},
                "properties": {"level": rule.level, "party": rule.party, "section": rule.section}}
        return {**said, "helpUri": rules.link(rule.id, page)} if page else said

    def finding(self, finding):
        pass

    def verdict(self, verdict):
        pass

    def end(self, summary, verdicts):
        wrong = [(verdict, sentence) for verdict in verdicts for sentence in verdict.not_read(self._allow_unread)]
        # Each once, whoever names a capture twice.
        captures = {capture: place for place, capture in enumerate(dict.fromkeys(verdict.capture for verdict in verdicts))}
        run = {
            "tool": {"driver": {"name": "cmrp-check", "version": cli.VERSION, "semanticVersion": cli.VERSION,
                                "rules": self._rules}},
            "invocations": [{
                "executionSuccessful": not wrong, "exitCode": summary["exit_status"],
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": printable(sentence)},
                     "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(verdict.capture)}}}]}
                    for verdict, sentence in wrong]}],
            "artifacts": [{"location": {"uri": _uri(capture)}} for capture in captures],
            "results": [self._result(finding, mark, captures[verdict.capture]) for verdict in verdicts
                        for finding, mark in marked(verdict.findings)],
            "columnKind": "unicodeCodePoints",
        }
        print_json({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
                   indent=1)

    def _result(self, finding, mark, place):
        def location(frame):
            return {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.capture), "index": place},
                                         "region": {"startLine": frame}}}

        where = location(finding.frame)
        if finding.method:
            where["logicalLocations"] = [{"name": finding.method, "kind": "function"}]
        return {
            "ruleId": finding.rule, "ruleIndex": self._places.get(finding.rule, -1),
            "level": self._LEVELS.get(finding.level, "none"), "message": {"text": printable(finding.text)},
            "locations": [where],
            "relatedLocations": [{**location(frame), "message": {"text": "evidence"}} for frame in dict.fromkeys(finding.evidence)],
            # As in a baseline: the same in the next run.
            "partialFingerprints": {"ruleMethodObjectPlace/v1": "|".join(printable(str(part)) for part in mark)},
            "properties": {name: value for name, value in finding.as_json().items()
                           if name in ("time", "source", "destination", "method", "object", "handles", "section")},
        }


def _uri(path):
    return quote(os.fsencode(path))


FORMATS = {"text": Text, "json": Json, "sarif": Sarif, "junit": Junit, "github": Github}
