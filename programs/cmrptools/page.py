# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the report say, section by section?"""
from collections import Counter, defaultdict

from . import callrows, charts, grouped
from .collect import FAILURES, WAITING
from .markup import Cell, Row, raw, table, tag
from .model import LEVELS, Counts
from .places import CALLS, Places, calls_link, handle_key, rule_link
from .wording import count, moment, number, seconds

MOST_ROWS = 1000
MOST_SENTENCES = 8
_LEVEL_NAMES = {0: "not signed", 1: "not signed", 2: "connect", 3: "call", 4: "packet", 5: "signed", 6: "sealed"}
SECTIONS = ("What was captured", "Servers and clients", "Calls and failures", "Lives of handles", "Notification traffic",
            "Findings", "Response times", "Calls one by one")


def anchor(title):
    return title.lower().replace(" ", "-")


def _section(title, *content, note=None):
    return tag("section", tag("h2", title), tag("p", note, cls="note") if note else None, *content, id=anchor(title))


def _chart(name, label, small=False):
    return tag("div", tag("canvas", label, id=f"chart-{name}", role="img", aria_label=label),
               cls="chart small" if small else "chart")


def _cut(rows, total, noun, which="the first"):
    """The rows that are shown, and the sentence that says how many are not."""
    shown = rows[:MOST_ROWS]
    said = f"Showing {number(len(shown))} of {number(total)} {noun}: {which}."
    return shown, tag("p", said, cls="note cut") if total > len(shown) else None


def _kinds(where, numeric, frames, loose=()):
    """The kinds of a table's columns, for table(). A frame is a number, or behind the name of its capture a text."""
    numeric, loose = set(numeric), set(loose)
    (loose if where.several else numeric).update(frames)
    return {"numeric": numeric, "loose": loose}


def _time(value):
    """A length of time in a cell."""
    return Cell(seconds(value), value)


def _when(value):
    return Cell(tag("time", moment(value)), value)


def _some(value):
    """A number in a cell that is quiet if there is nothing to tell."""
    return Cell(number(value) if value else tag("span", "0", cls="zero"), value)


def _level(name):
    return Cell(tag("span", name, cls=f"level {name.lower()}"), LEVELS.index(name) if name in LEVELS else 9)


def _protection(levels):
    return ", ".join(sorted({_LEVEL_NAMES.get(level, str(level)) for level in levels})) or "–"


def sections(collection, rules):
    """All sections of the page, and the data of its scripts. `rules`: the plugin's own, see rules.read()."""
    findings = [(place, finding) for place, capture in enumerate(collection.captures, 1)
                for finding in capture.verdict.findings]
    lives = _chosen_lives(collection)
    where = Places(collection, ((life.capture, life.number) for life in lives))
    times = charts.response_times(collection)
    data = {
        "calls": charts.calls_over_time(collection),
        "open": charts.open_handles(collection),
        "lives": charts.lives(collection),
        "notifications": charts.notifications_over_time(collection),
        "times": charts.response_time_chart(times, WAITING),
        "list": callrows.of(collection),
    }
    parts = [
        overview(collection, [finding for _, finding in findings]),
        captures(collection),
        ends(collection),
        calls_and_failures(collection, where),
        handles(collection, lives, where),
        notifications(collection, where),
        found(findings, where, collection, {rule.id: rule.text for rule in rules}),
        response_times(times),
        one_by_one(collection),
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
        ("calls", number(made), count(len(collection.methods), "method"), "", anchor("Calls one by one")),
        ("failed", number(failed), f"and {count(faults, 'fault')}",
         "warn" if failed or faults else "" if unread else "good", anchor("Calls and failures")),
        ("findings", number(len(findings)),
         ", ".join(f"{number(levels[level])} {level}" for level in LEVELS if levels[level]) or _kept(counts, unread),
         "bad" if levels["MUST"] else "warn" if findings or unread else "good" if counts.pdus else "", anchor("Findings")),
        ("handles", number(len(collection.lives)), f"{number(unclosed)} not closed here", "", anchor("Lives of handles")),
        ("events", number(collection.event_count), f"at {count(len(collection.ports), 'notification port')}", "",
         anchor("Notification traffic")),
        ("time", seconds(collection.end - collection.start) if made else "–",
         f"{count(len({pair[1] for pair in collection.pairs}), 'client')}, "
         f"{count(len({pair[0] for pair in collection.pairs}), 'server')}", "", anchor("Servers and clients")),
    ]
    said = []
    if not made and not unread:
        said.append("No ClusAPI call was found. If there should be one, name its port with --port.")
    reasons = grouped.by_reason((capture.name, reason) for capture in collection.captures for reason in capture.verdict.unread)
    said += [grouped.in_words(*one) if len(collection.captures) > 1 else one[1] for one in reasons]
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
        tag("a", tag("b", value), tag("span", name), tag("small", below), cls=f"card {mood}".strip(), href=f"#{target}")
        for name, value, below, mood, target in cards], cls="cards"), _sentences(said), id="overview")


def _sentences(said):
    """What is to be known before the rest is read."""
    paragraphs = [tag("p", sentence, cls="attention") for sentence in said]
    if len(paragraphs) <= MOST_SENTENCES:
        return paragraphs
    more = tag("summary", f"{count(len(paragraphs) - MOST_SENTENCES, 'more remark')} on what was captured")
    return [*paragraphs[:MOST_SENTENCES], tag("details", more, paragraphs[MOST_SENTENCES:])]


def _kept(counts, unread):
    """What is said where no finding is: never more than was judged."""
    if not counts.pdus:
        return "nothing could be read" if unread else "nothing to judge"
    return "in what could be read" if unread else "no rule is broken"


def _about_time(capture):
    """What makes the times of a capture doubtful."""
    if capture.back:
        yield (f"The time stamps of {capture.name} go back, by {seconds(capture.back[0])} before frame "
               f"{number(capture.back[1])}: the clock was set, or files were joined. Lengths of time across that are left "
               "out, and pictures show the stamps, not the order of events.")
    if capture.untimed:
        yield (f"{count(capture.untimed, 'PDU')} of {capture.name} without a time stamp: "
               "shown at the time of the one before.")


def captures(collection):
    rows = []
    for place, capture in enumerate(collection.captures, 1):
        counts = capture.verdict.counts
        name = calls_link(capture.name, capture=place) if capture.calls else capture.name
        rows.append((place, name, number(counts.frames), number(counts.calls), _some(capture.unread + counts.late),
                     _some(capture.failed + capture.faults), _some(len(capture.verdict.findings)), _protection(capture.levels),
                     _when(capture.first), _when(capture.last)))
    return _section("What was captured", table(
        ("#", "capture", "frames", "calls read", "not read", "failed", "findings", "protection", "first call (UTC)",
         "last (UTC)"), rows, numeric={0, 2, 3, 4, 5, 6}, loose={1}))


def ends(collection):
    rows = sorted(collection.pairs.items(), key=lambda item: -item[1].calls)
    shown, more = _cut(rows, len(rows), "pairs", "those with most calls")
    return _section("Servers and clients", table(
        ("server", "client", "connections", "interface", "protection", "calls", "failed", "faults", "not read"),
        [(server, client, number(len(pair.connections)),
          ", ".join(f"{version}.0" for version in sorted(pair.versions)) or "–", _protection(pair.levels),
          number(pair.calls), _some(pair.failed), _some(pair.faults), _some(pair.unread))
         for (server, client), pair in shown], numeric={2, 5, 6, 7, 8}, addresses={0, 1}), more)


def calls_and_failures(collection, where):
    rows = sorted(collection.failures.items(), key=lambda item: -item[1].calls)
    shown, more = _cut(rows, len(rows), "kinds of failures", "the most frequent ones")
    kinds = table(("method", "result", "times", "first in frame"),
                  [(calls_link(method, method=method), calls_link(status, method=method, status=status),
                    number(failure.calls), where.frame(*failure.first))
                   for (method, status), failure in shown], **_kinds(where, {2}, frames={3}), empty="Nothing failed.")
    return _section(
        "Calls and failures",
        _chart("calls", "Answers over time by outcome") if collection.answers else None,
        tag("h3", "What failed"), kinds, more, _each_failure(collection, where) if rows else None,
        note="By the time of the answer. Failed: a status other than success, unless the call continues: it still runs, "
             "there is more to ask for, or there was nothing to tell. Fault: DCE/RPC refused the call.")


def _each_failure(collection, where):
    rows, more = _cut(collection.failing, collection.failing_count, "calls that failed")
    return [tag("h3", "Each call that failed"), table(
        ("frame", "time (UTC)", "method", "what it was about", "result", "from, to"),
        [(where.frame(call.capture, call.answer), _when(call.time), calls_link(call.method, method=call.method),
          about or "–", call.status, f"{call.client} → {call.server}") for call, about in rows],
        **_kinds(where, (), loose={3}, frames={0}), addresses={5}), more]


def _chosen_lives(collection):
    """The lives that have a row: if there are too many, those with findings, with failures, and those that were not closed."""
    lives = list(collection.lives.values())
    if len(lives) > MOST_ROWS:
        lives.sort(key=lambda life: (not life.findings, not life.failed, life.closed is not None))
    return sorted(lives[:MOST_ROWS], key=lambda life: (life.capture, life.number))


def handles(collection, lives, where):
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
        [tag("h3", "Handles open at the same time, at most"), _chart("open", "Open handles over time", small=True),
         _handle_types(collection), _each_handle(collection, lives, where)] if total else None,
        note=note)


def _handle_types(collection):
    kinds = defaultdict(list)
    for life in collection.lives.values():
        kinds[life.type or "unknown"].append(life)
    rows = []
    for kind, lives in sorted(kinds.items(), key=lambda item: -len(item[1])):
        lengths = sorted(life.length for life in lives if life.length is not None)
        rows.append((kind, number(len(lives)), _some(sum(1 for life in lives if not life.opened)),
                     _some(sum(1 for life in lives if not life.closed)), _time(charts.percentile(lengths, 0.5)),
                     _time(lengths[-1] if lengths else None)))
    return table(("type", "lives", "opened before the capture", "not closed", "median life", "longest"), rows,
                 numeric={1, 2, 3, 4, 5})


def _each_handle(collection, lives, where):
    shown, more = _cut(lives, len(collection.lives), "handles",
                       "those with findings first, then those with failures, then those that were not closed")
    rows = [Row((calls_link(_label(collection, life), handle=handle_key(life.capture, life.number)),
                 life.type.removesuffix("_RPC") or "unknown", life.name or "–", life.client,
                 where.frame(life.capture, life.opened[1]) if life.opened else "before the capture",
                 where.frame(life.capture, life.closed[1]) if life.closed else "not in the capture",
                 _time(life.length), number(life.uses), _some(life.failed), _rules_of(life)),
                f"handle-{handle_key(life.capture, life.number)}") for life in shown]
    return [tag("h3", "Each handle"), table(
        ("handle", "type", "name", "client", "opened in frame", "closed in frame", "life", "calls", "failed", "findings"),
        rows, **_kinds(where, {6, 7, 8}, loose={2}, frames={4, 5}), addresses={3}), more]


def _label(collection, life):
    return f"{life.capture}: #{life.number}" if len(collection.captures) > 1 else f"#{life.number}"


def _rules_of(life):
    rules = list(dict.fromkeys(rule for _, rule in life.findings))
    return Cell(raw(", ".join(map(rule_link, rules))) if rules else "–", len(life.findings))


def notifications(collection, where):
    if not collection.ports:
        return _section("Notification traffic", note="No notification port was used.")
    rows = []
    for (place, life_id), port in collection.ports.items():
        life = collection.lives[place, life_id]
        rows.append((where.handle(place, life_id), life.name or "–", life.client,
                     *map(_some, (port.registrations, port.renewals, port.waits, port.events, port.timeouts, port.ended,
                                  port.unblocks, port.failed)), _time(charts.percentile(sorted(port.waited), 0.5))))
    shown, more = _cut(rows, len(rows), "ports")
    events = [(where.frame(place, frame), Cell(seconds(time - collection.start), time), where.handle(place, port),
               _time(elapsed), said) for place, frame, time, port, elapsed, said in collection.events]
    events, more_events = _cut(events, collection.event_count, "events")
    return _section(
        "Notification traffic",
        _chart("notifications", "Registrations and events over time", small=True) if collection.notifications else None,
        tag("h3", "Ports"),
        table(("port", "name", "client", "registered", "again", "waits", "events", "timeouts", "ended", "unblocked",
               "failed", "median wait"), shown, numeric=set(range(3, 12)), loose={1}, addresses={2}), more,
        tag("h3", "Events"),
        table(("frame", "after", "port", "waited", "what was told"), events, **_kinds(where, {1, 3}, loose={4}, frames={0})),
        more_events)


def found(findings, where, collection, texts):
    """`findings`: pairs of the number of the capture and the finding; `texts`: what each rule demands."""
    rules = defaultdict(list)
    for place, finding in findings:
        rules[finding.rule, finding.level, finding.section].append((place, finding))
    order = {level: place for place, level in enumerate(LEVELS)}
    summary = sorted(rules.items(), key=lambda item: (order.get(item[0][1], 9), -len(item[1])))
    # A rule may stand in several sections: the first row is the one that links lead to.
    first = {rule: place for place, ((rule, _, _), _) in reversed(list(enumerate(summary)))}
    rows = [Row((_level(level), calls_link(tag("code", rule), rule=rule), texts.get(rule, "–"), section, number(len(same)),
                 where.frame(same[0][0], same[0][1].frame)), f"rule-{rule}" if first[rule] == place else None)
            for place, ((rule, level, section), same) in enumerate(summary)]
    return _section(
        "Findings",
        table(("level", "rule", "what it demands", "section", "times", "first in frame"), rows,
              **_kinds(where, {4}, loose={2}, frames={5}), empty=_nothing_found(collection)),
        _each_finding(findings, where) if findings else None,
        note="Broken rules of MS-CMRP. What cannot be decided from the capture is no finding.")


def _nothing_found(collection):
    counts = sum((capture.verdict.counts for capture in collection.captures), Counts())
    unread = any(capture.verdict.unread or capture.verdict.error for capture in collection.captures)
    said = _kept(counts, unread)
    return f"{said[0].upper()}{said[1:]}." if counts.pdus and not unread else f"No finding: {said}."


def _each_finding(findings, where):
    shown, more = _cut(findings, len(findings), "findings")
    return [tag("h3", "Each of them"), table(
        ("frame", "level", "rule", "section", "the rule, and what was found", "handles", "evidence"),
        [(where.frame(place, finding.frame), _level(finding.level), rule_link(finding.rule), finding.section, finding.text,
          raw(", ".join(where.handle(place, one["id"], f"{one['type']} #{one['id']}") for one in finding.handles or [])) or "–",
          ", ".join(map(number, finding.evidence))) for place, finding in shown], **_kinds(where, (), loose={4, 5}, frames={0})), more]


def response_times(rows):
    answered = any(row[2] is not None for row in rows)
    return _section(
        "Response times",
        _chart("times", "Response times of the methods called most", small=True) if answered else None,
        table(("method", "calls", "failed", "faults", "not read", "median", "95 %", "longest"),
              [([calls_link(name, method=name), tag("small", " waits for events") if name in WAITING else None],
                number(method.calls), _some(method.failed), _some(method.faults), _some(method.unread), _time(median),
                _time(most), _time(longest))
               for name, method, median, most, longest in rows], numeric=set(range(1, 8)),
              empty="No call was answered."),
        note="From request to answer, as seen at the capture point.")


def one_by_one(collection):
    """The list is made by the page's script, which shows of it what links ask for."""
    kept, total = len(collection.calls), collection.call_count
    if not total:
        return _section("Calls one by one", note="There is none.")
    cut = f"This page holds {number(kept)} of {number(total)} calls: the first of each capture." if kept < total else None
    return tag("section", tag("h2", "Calls one by one"),
               tag("p", "Links of methods, results, handles, rules and captures lead here, to their calls.", cls="note"),
               tag("div", tag("noscript", "The list needs JavaScript."), id="call-list"),
               tag("p", cut, cls="note cut") if cut else None, id=CALLS)
