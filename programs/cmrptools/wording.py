# SPDX-License-Identifier: GPL-2.0-or-later
"""How are numbers, lengths of time, moments and files called on the page of a report?"""
import datetime
import os
from collections import Counter

from .text import printable


def number(value):
    return f"{value:,}"


def count(value, noun):
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def seconds(value):
    """A length of time with three digits; from an hour on in hours, minutes, and days."""
    if value is None:
        return "–"
    if value >= 3600:
        minutes = round(value / 60)
        days, hours = divmod(minutes // 60, 24)
        return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"
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


def names_of(paths):
    """What captures are called: by their files, without the folders, which are nobody's business who gets the page."""
    names = [printable(os.path.basename(path)) for path in map(str, paths)]
    times, seen, found = Counter(names), Counter(), []
    for name in names:
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if times[name] > 1 else name)
    return found


def without_folder(sentence, path, name):
    """A sentence about a capture, with its name instead of its path."""
    for written in (os.path.abspath(path), str(path)):
        sentence = sentence.replace(written, name)
    return sentence
