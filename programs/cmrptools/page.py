# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the report say, section by section?"""
import datetime
import os
from collections import Counter, defaultdict

from . import charts
from .collect import WAITING
from .markup import table, tag
from .model import LEVELS, Counts

MOST_ROWS = 300
_LEVEL_NAMES = {0: "not signed", 1: "not signed", 2: "connect", 3: "call", 4: "packet", 5: "signed", 6: "sealed"}


def number(value):
    return f"{value:,}"


def count(value, noun):
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def seconds(value):
    """A length of time with three digits."""
    if value is None:
        return "–"
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1 or unit == "µs":
            shown = value * factor
            return f"{shown:.0f} {unit}" if shown >= 100 else f"{shown:.3g} {unit}"


def moment(value):
    """A time of day, in UTC."""
    if value is None:
        return "–"
    try:
        when = datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    except (OverflowError, ValueError, OSError):
        # A capture may hold a time stamp of any year.
        return f"{value:,.0f} s after 1970"
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _section(title, *content, note=None):
    name = title.lower().replace(" ", "-")
    return tag("section", tag("h2", title), tag("p", note, cls="note") if note else None, *content, id=name)


def _chart(name, label, small=False):
    return tag("div", tag("canvas", label, id=f"chart-{name}", role="img", aria_label=label),
               cls="chart small" if small else "chart")


def _places(collection):
    """A function that names a frame: by its number, and by its capture as well if there are several."""
    paths = [capture.name for capture in collection.captures]
    if len(paths) == 1:
        return lambda capture, frame: number(frame)
    names = [os.path.basename(path) for path in paths]
    if len(set(names)) < len(set(paths)):
        names = paths
    short = dict(zip(paths, names))
    return lambda capture, frame: f"{short[capture]}:{frame}"


def _cut(rows, most, noun):
    """The rows that are shown, and the sentence that says how many are not."""
    left = len(rows) - most
    return rows[:most], tag("p", f"… and {number(left)} more {noun}.", cls="note") if left > 0 else None


def sections(collection):
    """All sections of the page, and the data of the charts."""
    findings = [finding for capture in collection.captures for finding in capture.verdict.findings]
    where = _places(collection)
    rows = charts.response_times(collection)
    data = {
        "calls": charts.calls_over_time(collection),
        "open": charts.open_handles(collection),
        "lives": charts.lives(collection),
        "notifications": charts.notifications_over_time(collection),
        "times": charts.response_time_chart(rows, WAITING),
    }
    parts = [
        overview(collection, findings),
        captures(collection),
        ends(collection),
        calls_and_failures(collection, where),
        handles(collection),
        notifications(collection, where),
        found(findings, where, collection),
        response_times(rows),
    ]
    return parts, data


def overview(collection, findings):
    counts = sum((capture.verdict.counts for capture in collection.captures), Counts())
    methods = collection.methods.values()
    made = sum(method.calls for method in methods)
    failed = sum(method.failed for method in methods)
    faults = sum(method.faults for method in methods)
    answered = sum(len(times) for times in collection.answers.values())
    levels = Counter(finding.level for finding in findings)
    unclosed = sum(1 for life in collection.lives.values() if life.closed is None)
    unread = any(capture.verdict.unread or capture.verdict.error for capture in collection.captures)
    cards = [
        ("calls", number(made), count(len(collection.methods), "method"), ""),
        ("failed", number(failed), f"and {count(faults, 'fault')}",
         "warn" if failed or faults else "" if unread else "good"),
        ("findings", number(len(findings)),
         ", ".join(f"{number(levels[level])} {level}" for level in LEVELS if levels[level]) or _kept(counts, unread),
         "bad" if levels["MUST"] else "warn" if findings or unread else "good" if counts.pdus else ""),
        ("handles", number(len(collection.lives)), f"{number(unclosed)} not closed here", ""),
        ("events", number(collection.event_count), f"at {count(len(collection.ports), 'notification port')}", ""),
        ("time", seconds(collection.end - collection.start) if made else "–",
         f"{count(len({pair[1] for pair in collection.pairs}), 'client')}, "
         f"{count(len({pair[0] for pair in collection.pairs}), 'server')}", ""),
    ]
    said = []
    if not made and not unread:
        said.append("No ClusAPI call was found. If there should be one, name its port with --port.")
    for capture in collection.captures:
        said += [_of_capture(collection, capture, reason) for reason in capture.verdict.unread]
    if any(capture.verdict.unread for capture in collection.captures):
        said.append("What follows about results, handles and findings leaves out what could not be read.")
    if counts.assumed:
        said.append(f"{count(counts.assumed, 'call')} on connections whose bind was not captured: their server speaks ClusAPI "
                    "elsewhere, or was named.")
    for capture in collection.captures:
        said += _about_time(capture)
    if made > answered:
        said.append(f"{count(made - answered, 'call')} without an answer in the capture.")
    said += [capture.verdict.error for capture in collection.captures if capture.verdict.error]
    return tag("section", tag("div", [
        tag("div", tag("b", value), tag("span", name), tag("small", below), cls=f"card {mood}".strip())
        for name, value, below, mood in cards], cls="cards"),
        [tag("p", sentence, cls="attention") for sentence in said], id="overview")


def _kept(counts, unread):
    """What is said where no finding is: never more than was judged."""
    if not counts.pdus:
        return "nothing could be read" if unread else "nothing to judge"
    return "in what could be read" if unread else "no rule is broken"


def _of_capture(collection, capture, sentence):
    several = len(collection.captures) > 1
    return f"{os.path.basename(capture.name)}: {sentence}" if several else sentence


def _about_time(capture):
    """What makes the times of a capture doubtful."""
    if capture.back:
        yield (f"The time stamps of {os.path.basename(capture.name)} go back, by {seconds(capture.back[0])} before frame "
               f"{number(capture.back[1])}: the clock was set, or files were joined. Lengths of time across that are left "
               "out, and pictures show the stamps, not the order of events.")
    if capture.untimed:
        yield (f"{count(capture.untimed, 'PDU')} of {os.path.basename(capture.name)} without a time stamp: "
               "shown at the time of the one before.")


def captures(collection):
    rows = []
    for place, capture in enumerate(collection.captures, 1):
        counts = capture.verdict.counts
        levels = ", ".join(sorted({_LEVEL_NAMES.get(level, str(level)) for level in capture.levels})) or "–"
        rows.append((place, capture.name, number(counts.frames), number(counts.calls), number(capture.unread + counts.late),
                     levels, tag("time", moment(capture.first)),
                     tag("time", moment(capture.last))))
    return _section("What was captured", table(
        ("#", "capture", "frames", "calls read", "calls not read", "protection", "first call (UTC)", "last (UTC)"),
        rows, numeric={2, 3, 4}))


def ends(collection):
    rows = sorted(collection.pairs.items(), key=lambda item: -item[1].calls)
    shown, more = _cut(rows, MOST_ROWS, "pairs")
    return _section("Servers and clients", table(
        ("server", "client", "connections", "interface", "protection", "calls", "failed", "faults", "not read"),
        [(server, client, number(len(pair.connections)),
          ", ".join(f"{version}.0" for version in sorted(pair.versions)) or "–",
          ", ".join(sorted({_LEVEL_NAMES.get(level, str(level)) for level in pair.levels})),
          number(pair.calls), number(pair.failed), number(pair.faults), number(pair.unread))
         for (server, client), pair in shown], numeric={2, 5, 6, 7, 8}), more)


def calls_and_failures(collection, where):
    rows = sorted(collection.failures.items(), key=lambda item: -item[1].calls)
    shown, more = _cut(rows, MOST_ROWS, "kinds of failures")
    return _section(
        "Calls and failures over time",
        _chart("calls", "Answers over time by outcome") if collection.answers else None,
        tag("h3", "What failed"),
        table(("method", "result", "times", "first in frame"),
              [(method, status, number(failure.calls), where(*failure.first))
               for (method, status), failure in shown], numeric={2, 3}, empty="Nothing failed."), more,
        note="By the time of the answer. Failed: a status other than success. Fault: DCE/RPC refused the call.")


def handles(collection):
    kinds = defaultdict(list)
    for life in collection.lives.values():
        kinds[life.type or "unknown"].append(life)
    rows = []
    for kind, lives in sorted(kinds.items(), key=lambda item: -len(item[1])):
        lengths = sorted(life.length for life in lives if life.length is not None)
        rows.append((kind, number(len(lives)), number(sum(1 for life in lives if not life.opened)),
                     number(sum(1 for life in lives if not life.closed)), seconds(charts.percentile(lengths, 0.5)),
                     seconds(lengths[-1] if lengths else None)))
    total = len(collection.lives)
    note = "No context handle was seen."
    if total:
        note = "A bar is the life of one handle; one with a faded end was not closed, and crosses are findings. "
        if total > charts.MOST_LIVES:
            note += (f"Of {number(total)} lives {charts.MOST_LIVES} are shown: those with findings, and the longest of "
                     "those that were closed and of those that were not.")
    return _section(
        "Lives of handles",
        _chart("lives", "Lives of handles") if total else None,
        [tag("h3", "Handles open at the same time, at most"), _chart("open", "Open handles over time", small=True)]
        if total else None,
        table(("type", "lives", "opened before the capture", "not closed", "median life", "longest"), rows,
              numeric={1, 2, 3, 4, 5}) if total else None,
        note=note)


def notifications(collection, where):
    if not collection.ports:
        return _section("Notification traffic", note="No notification port was used.")
    rows = []
    for (place, life_id), port in collection.ports.items():
        life = collection.lives[place, life_id]
        waited = sorted(port.waited)
        label = f"{place}: #{life_id}" if len(collection.captures) > 1 else f"#{life_id}"
        rows.append((label, life.name or "–", life.client,
                     *map(number, (port.registrations, port.renewals, port.waits, port.events, port.timeouts,
                                   port.unblocks, port.failed)), seconds(charts.percentile(waited, 0.5))))
    shown, more = _cut(rows, MOST_ROWS, "ports")
    events = [(where(capture, frame), seconds(time - collection.start), f"#{port}", seconds(elapsed),
               info.split(" response, ", 1)[-1])
              for capture, frame, time, port, elapsed, info in collection.events]
    left = collection.event_count - len(events)
    return _section(
        "Notification traffic",
        _chart("notifications", "Registrations and events over time", small=True) if collection.notifications else None,
        tag("h3", "Ports"),
        table(("port", "name", "client", "registered", "again", "waits", "events", "timeouts", "unblocked", "failed",
               "median wait"), shown, numeric=set(range(3, 11))), more,
        tag("h3", "Events"),
        table(("frame", "after", "port", "waited", "what was told"), events, numeric={0, 1, 3}),
        tag("p", f"… and {number(left)} more events.", cls="note") if left else None)


def found(findings, where, collection):
    counts = sum((capture.verdict.counts for capture in collection.captures), Counts())
    unread = any(capture.verdict.unread or capture.verdict.error for capture in collection.captures)
    said = _kept(counts, unread)
    kept = f"{said[0].upper()}{said[1:]}." if counts.pdus and not unread else f"No finding: {said}."
    rules = defaultdict(list)
    for finding in findings:
        rules[finding.rule, finding.level, finding.section].append(finding)
    order = {level: place for place, level in enumerate(LEVELS)}
    summary = sorted(rules.items(), key=lambda item: (order.get(item[0][1], 9), -len(item[1])))
    shown, more = _cut(findings, MOST_ROWS, "findings")

    def level(name):
        return tag("span", name, cls=f"level {name.lower()}")

    return _section(
        "Findings",
        table(("level", "rule", "section", "times", "first in frame"),
              [(level(name), tag("code", rule), section, number(len(same)), where(same[0].capture, same[0].frame))
               for (rule, name, section), same in summary], numeric={3, 4}, empty=kept),
        [tag("h3", "Each of them"),
         table(("frame", "level", "rule", "section", "the rule, and what was found", "evidence"),
               [(where(finding.capture, finding.frame), level(finding.level), tag("code", finding.rule),
                 finding.section, finding.text, ", ".join(map(number, finding.evidence))) for finding in shown],
               numeric={0}), more]
        if findings else None,
        note="Broken rules of MS-CMRP. What cannot be decided from the capture is no finding.")


def response_times(rows):
    answered = any(row[2] is not None for row in rows)
    return _section(
        "Response times",
        _chart("times", "Response times of the methods called most", small=True) if answered else None,
        table(("method", "calls", "failed", "faults", "not read", "median", "95 %", "longest"),
              [(tag("span", name, tag("small", " waits for events") if name in WAITING else None), number(method.calls),
                number(method.failed), number(method.faults), number(method.unread), seconds(median), seconds(most),
                seconds(longest))
               for name, method, median, most, longest in rows], numeric=set(range(1, 8)),
              empty="No call was answered."),
        note="From request to answer, as seen at the capture point.")
