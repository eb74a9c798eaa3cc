# SPDX-License-Identifier: GPL-2.0-or-later
"""What do the charts of a report show? Numbers only, few enough for a browser however many calls there were."""
from collections import Counter
from math import ceil, inf

from .places import handle_key

MOST_BINS = 120
MOST_LIVES = 60
MOST_METHODS = 15
_WIDTHS = [base * 10.0**power for power in range(-6, 0) for base in (1, 2, 5)] + [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400]


def bins(start, end):
    """Width and number of equal pieces of time that cover start to end."""
    span = max(end - start, 1e-6)
    width = next((width for width in _WIDTHS if span / width <= MOST_BINS),
                 _WIDTHS[-1] * ceil(span / (_WIDTHS[-1] * MOST_BINS)))
    return width, int(span / width) + 1


def over_time(times, start, width, count):
    """How many of `times` fall into each piece."""
    found = Counter(min(int((time - start) / width), count - 1) for time in times)
    return [found[place] for place in range(count)]


def _series(collection, kinds, names):
    start = collection.start
    width, count = bins(start, collection.end)
    return {"width": width, "count": count, "series": [
        {"name": name, "values": over_time(kinds[name], start, width, count)} for name in names if name in kinds]}


def calls_over_time(collection):
    return _series(collection, collection.answers, ("succeeded", "continues", "not read", "failed", "fault"))


def notifications_over_time(collection):
    return _series(collection, collection.notifications, ("registered", "registered again", "events"))


def _span(life, collection):
    """When a life began and ended, as far as its capture shows; it covers whatever was seen of the life.

    Time stamps may go back, so neither is the stamp at which a life began the earliest nor is that of its end the latest.
    """
    capture = collection.capture_of(life)
    return life.first if life.opened else capture.first, life.last if life.closed else capture.last


def open_handles(collection):
    """How many handles of each type were open at the same time, at most, in each piece of time."""
    start = collection.start
    width, count = bins(start, collection.end)
    changes = {}
    for life in collection.lives.values():
        begin, close = _span(life, collection)
        steps = changes.setdefault(life.type or "unknown", [])
        # With equal time stamps the frames tell the order.
        steps.append((begin - start, life.opened[1] if life.opened and begin == life.opened[0] else 0, 1))
        if life.closed or close < collection.end:
            steps.append((close - start, life.closed[1] if life.closed and close == life.closed[0] else inf, -1))
    return {"width": width, "count": count, "series": [
        {"name": name, "values": _peaks(sorted(steps), width, count)} for name, steps in sorted(changes.items())]}


def _peaks(steps, width, count):
    now, peaks, place = 0, [0] * count, 0
    for time, _, change in steps:
        piece = min(int(time / width), count - 1)
        for between in range(place, piece + 1):
            peaks[between] = max(peaks[between], now)
        place, now = piece, now + change
        peaks[piece] = max(peaks[piece], now)
    return peaks[:place] + [max(peaks[place], now)] + [now] * (count - place - 1)


def chosen_lives(collection):
    """The lives that get a bar: those with findings, and the longest of both others; in order of time."""
    spans = {id(life): _span(life, collection) for life in collection.lives.values()}

    def longest(lives, most):
        return sorted(lives, key=lambda life: spans[id(life)][0] - spans[id(life)][1])[:most]

    every = collection.lives.values()
    chosen = longest((life for life in every if life.findings), MOST_LIVES)
    closed = longest((life for life in every if life.closed and not life.findings), MOST_LIVES - len(chosen))
    unclosed = longest((life for life in every if not life.closed and not life.findings), MOST_LIVES - len(chosen))
    half = (MOST_LIVES - len(chosen)) // 2
    # What one of them leaves free the other takes.
    few = min(len(closed), half)
    unclosed = unclosed[:MOST_LIVES - len(chosen) - few]
    closed = closed[:MOST_LIVES - len(chosen) - len(unclosed)]
    return sorted([*chosen, *closed, *unclosed], key=lambda life: (spans[id(life)], life.number))


def lives(collection):
    """A bar a life, and a mark a finding."""
    start = collection.start
    bars = []
    for life in chosen_lives(collection):
        kind = life.type.removesuffix("_RPC") or "handle"
        label = f"{kind} #{life.number}" + (f" {life.name}" if life.name else "")
        if len(collection.captures) > 1:
            label = f"{life.capture}: {label}"
        begin, end = _span(life, collection)
        bars.append({
            "label": label, "key": handle_key(life.capture, life.number), "type": life.type or "unknown", "from": begin - start, "to": end - start,
            "opened": life.opened[1] if life.opened else None, "closed": life.closed[1] if life.closed else None,
            "uses": life.uses,
            "findings": [{"at": time - start, "rule": rule} for time, rule in life.findings[:20]]})
    return {"bars": bars, "span": collection.end - start}


def percentile(ordered, share):
    """The smallest value that at least this share of all values does not exceed."""
    return ordered[max(0, ceil(len(ordered) * share) - 1)] if ordered else None


def response_times(collection):
    """Rows (method, Method, median, 95th percentile, largest), the most called first."""
    rows = []
    for name, method in collection.methods.items():
        ordered = sorted(method.times)
        rows.append((name, method, percentile(ordered, 0.5), percentile(ordered, 0.95),
                     ordered[-1] if ordered else None))
    return sorted(rows, key=lambda row: (-row[1].calls, row[0]))


def response_time_chart(rows, waiting):
    """Of the methods that were called most; without those that wait for events."""
    shown = [row for row in rows if row[2] is not None and row[0] not in waiting][:MOST_METHODS]
    return {"methods": [row[0] for row in shown],
            "series": [{"name": name, "values": [row[place] * 1000 for row in shown]}
                       for place, name in ((2, "median"), (3, "95 %"), (4, "longest"))]}

