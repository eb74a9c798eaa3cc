# SPDX-License-Identifier: GPL-2.0-or-later
"""In which captures were calls not read for one and the same reason?

Of two hundred captures a hundred may want the same key: one sentence says more than a hundred.
"""
import re

# How reasons begin (unread.reasons): a number of what was not read, in one or in many.
_COUNTED = re.compile(r"(\d+) (call|request|answer|PDU|frame)s? (is|are|does|do|may|on) (.*)", re.DOTALL)
_OF_MANY = {"is": "are", "does": "do"}
MOST_NAMED = 3


def by_reason(pairs):
    """For pairs (name of a capture, sentence) pairs (names of captures, sentence), in the order of the first of each."""
    groups = {}
    for name, sentence in pairs:
        found = _COUNTED.fullmatch(sentence)
        key = (found[2], _OF_MANY.get(found[3], found[3]), found[4]) if found else sentence
        groups.setdefault(key, []).append((name, sentence, int(found[1]) if found else 0))
    return [([name for name, *_ in group], group[0][1] if len(group) == 1 or isinstance(key, str) else
             f"{sum(number for *_, number in group)} {key[0]}s {key[1]} {key[2]}") for key, group in groups.items()]


def in_words(names, sentence):
    """The sentence with the captures that it is about."""
    if len(names) == 1:
        return f"{names[0]}: {sentence}"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"In {len(names)} captures ({', '.join(names[:MOST_NAMED])}{more}): {sentence}"
