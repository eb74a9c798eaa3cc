# SPDX-License-Identifier: GPL-2.0-or-later
"""In which form does the page of a report hold its list of calls? As numbers, and each text once."""
from .places import handle_key

COLUMNS = ("capture", "frame", "answer", "time", "method", "client", "server", "asked", "answered", "outcome", "status",
           "elapsed", "handles", "rules")


class _Texts:
    """Each text once, by its place."""

    def __init__(self):
        self._places = {}

    def place(self, text):
        return self._places.setdefault(text, len(self._places))

    @property
    def all(self):
        return list(self._places)


def of(collection):
    """For page's tables.js: the names of captures, all texts, and a row a call. Times are seconds after `start`."""
    texts = _Texts()
    return {"columns": COLUMNS, "rows": [_row(call, collection.start, texts.place) for call in collection.calls],
            "texts": texts.all, "captures": [capture.name for capture in collection.captures],
            "start": collection.start, "total": collection.call_count}


def _row(call, start, text):
    return [call.capture, call.frame, call.answer, round(call.time - start, 6), text(call.method), text(call.client),
            text(call.server), text(call.asked), text(call.answered), text(call.outcome or "no answer"), text(call.status),
            None if call.elapsed is None else round(call.elapsed, 6),
            [text(handle_key(call.capture, life)) for life in call.handles], [text(rule) for rule in dict.fromkeys(call.rules)]]
