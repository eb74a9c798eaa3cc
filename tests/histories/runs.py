# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the plugin find in many histories that travel in one capture?

    clean(tshark, model, path, seeds)            -> ([Found], number of frames)
    broken(tshark, model, path, kinds, count)    -> {kind: [(breach, [Found])]}
"""
import os
from bisect import bisect
from collections import defaultdict, namedtuple

from . import breaches, history

# What each connection of 3.0 breaks that is not sealed; sealed ones nobody could read.
EXPECTED = ("transport-level", "transport-level-served")
MINUTES = 20
# So many histories are tried for each breach that is wanted.
TRIES = 6

# `frame` within the capture, `place` within the history.
Found = namedtuple("Found", "seed frame place rule words")


def read(tshark, path, stories):
    """The findings of each story."""
    starts = [story.frames[0] for story in stories]
    found = [[] for _ in stories]
    names = ["frame.number", "cmrp.finding", "_ws.expert.message"]
    for row in tshark.fields(path, names, "cmrp.finding", split=True, timeout=60 * MINUTES):
        frame = int(row[0][0])
        which = bisect(starts, frame) - 1
        words = "; ".join(row[2])
        found[which] += [Found(stories[which].seed, frame, frame - starts[which] + 1, rule, words)
                         for rule in row[1] if rule not in EXPECTED]
    return found


def _rules(tshark, path):
    """The rules that are broken anywhere. A statistic needs no trees, and so a third of the time."""
    text = tshark.statistics(path, "cmrp,findings", timeout=60 * MINUTES)
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.count("|") > 2]
    assert rows[0][:2] == ["cmrp.finding", "Level"]
    return {row[0] for row in rows if row[1] in ("MUST", "SHOULD", "suspicion")}


def clean(tshark, model, path, seeds):
    with history.Recorder(path) as recorder:
        stories = [history.play(seed, number, recorder, model) for number, seed in enumerate(seeds)]
    os.chmod(path, 0o644)
    if _rules(tshark, path) <= set(EXPECTED):
        return [], recorder.frames
    return [one for found in read(tshark, path, stories) for one in found], recorder.frames


def broken(tshark, model, path, kinds, count):
    """`count` breaches of each kind, or fewer if there are not enough occasions."""
    stories, made = [], []
    with history.Recorder(path) as recorder:
        for kind in kinds:
            occasions = 0
            for seed in range(count * TRIES):
                made.append(breaches.Breach(kind))
                stories.append(history.play(seed, len(stories), recorder, model, made[-1]))
                occasions += bool(made[-1].frame)
                if occasions == count:
                    break
    os.chmod(path, 0o644)
    found = defaultdict(list)
    for breach, rules in zip(made, read(tshark, path, stories)):
        if breach.frame:
            found[breach.name].append((breach, rules))
    return found
