# SPDX-License-Identifier: GPL-2.0-or-later
"""How does the page of a report name frames, handles, rules and calls, and where does a name lead?"""
from urllib.parse import urlencode

from .markup import tag
from .wording import number

# The list of calls, of which a link shows those that it asks for: page's tables.js reads what stands behind the ?.
CALLS = "calls-one-by-one"


def calls_link(words, **wanted):
    """Words that lead to the calls of a capture, method, handle, rule, status or outcome."""
    return tag("a", words, href=f"#{CALLS}?{urlencode(wanted)}")


def rule_link(rule):
    return tag("a", tag("code", rule), href=f"#rule-{rule}")


def handle_key(capture, life):
    """One handle of all captures. `capture`: its number."""
    return f"{capture}-{life}"


class Places:
    """`shown`: the keys (capture, number) of the lives that have a row of their own."""

    def __init__(self, collection, shown):
        # Where the name of a capture stands before the frame, the cell holds a text.
        self.several = len(collection.captures) > 1
        self._names = [capture.name for capture in collection.captures]
        self._shown = frozenset(shown)

    def frame(self, capture, frame):
        """A frame by its number, and by the name of its capture if there are several. `capture`: its number."""
        if not self.several:
            return number(frame)
        return [self._names[capture - 1], tag("span", f":{frame}", cls="whole")]

    def handle(self, capture, life, words=None):
        """The number of a handle, which leads to its row, or to its calls if it has none. `capture`: its number."""
        words = words or (f"{capture}: #{life}" if self.several else f"#{life}")
        if (capture, life) in self._shown:
            return tag("a", words, href=f"#handle-{handle_key(capture, life)}")
        return calls_link(words, handle=handle_key(capture, life))
