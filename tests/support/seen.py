# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the plugin say of a whole capture: findings, lives, counts?

    seen = see(tshark, path)              by tshark
    seen = look(session, path)            by a running Sharkd, which is faster for many captures
    seen = Eyes(tshark).see(path)         by both
    seen.findings      -> {frame: ["transport-level", …]}, frames without one left out
    seen.handles       -> {frame: [numbers of the lives in it]}
    seen.lives         -> [Life(number, type, server, client, opened, closed, uses, state, name)]
    seen.counts        -> {"Succeeded": 15, "Failed": 2, "Fault": 1, "Unanswered": 0}
    seen.methods       -> the same by method, {("ApiOpenGroup", "Succeeded"): 1, …}
"""
import re
from collections import namedtuple

from . import tables
from .sharkd import Sharkd
from .tshark import CELL, OCCURRENCE

Life = namedtuple("Life", "number type server client opened closed uses state name")
Seen = namedtuple("Seen", "findings handles lives counts methods")

FIELDS = ("frame.number", "cmrp.finding", "cmrp.handle.id")
# What Wireshark has of the preferences that tests change.
PREFERENCES = {"tcp.analyze_sequence_numbers": "TRUE", "ntlmssp.nt_password": "", "kerberos.decrypt": "FALSE"}
SHOWN = "cmrp.opnum || cmrp.finding"
OUTCOMES = ("Succeeded", "Continues", "Failed", "Fault", "Unanswered")


def see(tshark, path, *extra):
    """Read a capture once."""
    words = ["-T", "fields", "-E", f"separator={CELL}", "-E", f"aggregator={OCCURRENCE}"]
    for name in FIELDS:
        words += ["-e", name]
    text = tshark.read(path, [*words, "-z", "cmrp,handles", "-z", "cmrp,tree", *extra],
                       SHOWN).stdout
    return Seen(*_frames(text), _lives(text), *_outcomes(tables.tree(text, "ClusAPI Calls").items()))


def look(session, path):
    """Load a capture into a Sharkd."""
    session.load(path)
    # Without a filter: sharkd keeps which frames matched one, and takes those of the next capture to be the same.
    rows = session.call("frames", **{f"column{place}": f"{name}:0" for place, name in enumerate(FIELDS[1:])})
    findings = {row["num"]: row["c"][0].split(",") for row in rows if row["c"][0]}
    handles = {row["num"]: [int(life) for life in row["c"][1].split(",")] for row in rows if row["c"][1]}
    taps = {tap["type"]: tap for tap in session.tap("nstat:cmrp,handles", "stat:cmrp")}
    lives = [_life(row) for table in taps["nstat"]["tables"] for row in table["i"]]
    return Seen(findings, handles, lives, *_outcomes(_paths(taps["stats"]["stats"])))


def _paths(nodes, above=()):
    """The nodes of a tree of counts by their paths."""
    for node in nodes:
        path = (*above, node["name"])
        yield path, node["count"]
        yield from _paths(node.get("sub", ()), path)


class Eyes:
    """A capture in one pass by tshark, and as a person sees it who has opened others before: both must agree."""

    def __init__(self, tshark):
        self._tshark = tshark
        # sharkd cannot list its plugins; it loads what tshark loads.
        tshark.run(["-v"])
        self._session = Sharkd()

    def see(self, path, *extra):
        """`extra`: preferences as tshark takes them, -o NAME:VALUE and -K KEYTAB."""
        once = see(self._tshark, path, *extra)
        words = (f"kerberos.file:{word}" if option == "-K" else word for option, word in zip(extra[::2], extra[1::2]))
        chosen = {**PREFERENCES, **dict(word.split(":", 1) for word in words)}
        for name, value in chosen.items():
            self._session.call("setconf", name=name, value=value)
        again = look(self._session, path)
        assert _unordered(once) == _unordered(again), f"{path}: one pass and the frames that are looked at again differ"
        return once

    def close(self, check):
        self._session.close(check)


def _unordered(seen):
    """A list has the values of a frame in the order of the tree, a column in that in which they were made: of faults, last."""
    return seen._replace(handles={frame: sorted(lives) for frame, lives in seen.handles.items()})


def _frames(text):
    findings, handles = {}, {}
    for line in text.split("\n"):
        if CELL not in line:
            break
        number, rules, lives = line.split(CELL)
        if rules:
            findings[int(number)] = rules.split(OCCURRENCE)
        if lives:
            handles[int(number)] = [int(life) for life in lives.split(OCCURRENCE)]
    return findings, handles


def _lives(text):
    _, rows = tables.rows(text, "ClusAPI Context Handles")
    return [_life(row) for row in rows]


def _life(row):
    """Of the columns, the duration is left out."""
    made = tables.life(row)
    return Life(made.number, made.type, made.server, made.client, made.opened, made.closed, made.uses, made.end, made.name)


def _outcomes(counted):
    counts, methods = dict.fromkeys(OUTCOMES, 0), {}
    for path, count in counted:
        if path[0] == "Outcomes" and len(path) == 2:
            counts[path[1]] = count
        elif path[0] == "Calls" and len(path) == 4:
            methods[path[2], path[3]] = count
    return counts, methods


def rules(seen, pattern=""):
    """The findings whose rule matches, {frame: [rules]}."""
    found = {frame: [rule for rule in rules if re.match(pattern, rule)] for frame, rules in seen.findings.items()}
    return {frame: rules for frame, rules in found.items() if rules}
