# SPDX-License-Identifier: GPL-2.0-or-later
"""What must a wrap of real networks leave as it was?

    problems = check(kind, Sight(traffic, seen), Sight(wrapped traffic, seen of it))      -> ["…", …], empty if all is well

Nothing is found that was not found before: by rule, and by the PDU that commits it, which is known by the frames of the
first capture from which a frame is made. What belongs to a connection as a whole (its protection) is known by the connection,
as another call may be the first one that was seen. How much more must stay depends on the kind of the wrap:

    SAME     all findings, all counts, all lives
    COPIES   likewise, though frames stand there twice
    ORDER    all counts, all lives; findings may be missing, as order proves less
    LOSS     no call, answer, or fault more than there was; no life that mixes two
    AGAIN    everything twice, by two connections: each has at most the findings of the one, and its lives
    SIDES    likewise; but datagrams that are seen before and behind a translation of addresses are copies of each other, as
             the activity stands for the client
"""
import re
from collections import Counter, defaultdict, namedtuple

from . import packets

SAME, COPIES, ORDER, LOSS, AGAIN, SIDES = "same", "copies", "order", "loss", "again", "sides"
Sight = namedtuple("Sight", "traffic seen")

# Findings of the first call of a connection.
OF_CONNECTION = re.compile("transport-")
# What README.md names as a limit: of a PDU that nobody saw, another connection may show what it led to before its own shows
# the gap.
LIMIT = "notify-sequence-never-handed-out"
# Of a handle that another association was given, a capture without that one shows only that this one was not.
UNSEEN = {"handle-never-obtained": "handle-foreign"}
PORT = re.compile(r"^port \d+$")
TIMES = {AGAIN: 2, SIDES: 2}
ANSWERS = ("Succeeded", "Continues", "Failed", "Fault")
# Those that nobody could read: of a lost PDU Wireshark may lose its place in the key stream.
UNREAD = ("Sealed", "Unreadable")


def check(kind, plain, wrapped):
    if kind == SIDES and _datagrams(plain.traffic):
        return min((check(other, plain, wrapped) for other in (COPIES, AGAIN)), key=len)
    problems = _findings(kind, plain, wrapped)
    problems += _counts(kind, plain.seen, wrapped.seen, len(plain.traffic.frames) - len(wrapped.traffic.frames))
    problems += _mixed(kind, plain, wrapped)
    if kind != LOSS:
        problems += _lives(kind, plain.seen, wrapped.seen)
    return problems


def _datagrams(traffic):
    return all(connection[0] == packets.UDP for connection in _connections(traffic).values() if connection)


# ---------------------------------------------------------------- findings

def _findings(kind, plain, wrapped):
    connections = _connections(plain.traffic)
    allowed, found = _told(plain, connections), _told(wrapped, connections)
    times = TIMES.get(kind, 1)
    problems = []
    for (rule, place), count in sorted(found.items(), key=str):
        most = times * (_most(allowed, rule, place) + (_most(allowed, UNSEEN[rule], place) if rule in UNSEEN else 0))
        if kind == LOSS and rule == LIMIT:
            continue
        # Of a connection whose beginning is lost or comes late, Wireshark makes several.
        if count > most and not (kind == LOSS and most and OF_CONNECTION.match(rule)):
            problems.append(f"new finding: {rule} at {_place(place)}, {count} times")
    if kind in (SAME, COPIES):
        missing = Counter(rule for rule, _ in allowed.elements()) - Counter(rule for rule, _ in found.elements())
        problems += [f"finding lost: {rule}, {count} times" for rule, count in missing.items()]
    return problems


def _connections(traffic):
    """{frame number: the connection of the frame}"""
    found = {}
    for number, frame in enumerate(traffic.frames, 1):
        packet = packets.parse(frame.data)
        found[number] = packets.connection(packet) if packet else None
    return found


def _told(sight, connections):
    """How often each rule is broken by the PDUs of each frame, or on each connection, of the first capture."""
    found = Counter()
    for number, rules in sight.seen.findings.items():
        origins = sight.traffic.frames[number - 1].origins
        for rule in rules:
            whole = OF_CONNECTION.match(rule)
            place = frozenset(connections[origin] for origin in origins) if whole else frozenset(origins)
            found[rule, place] += 1
    return found


def _most(allowed, rule, place):
    """Of a frame that is made of several, what all of them may have."""
    return sum(count for (other, where), count in allowed.items() if other == rule and where <= place)


def _place(place):
    one = next(iter(place), None)
    if isinstance(one, tuple):
        return "connection of ports " + " and ".join(str(end[1]) for end in one[1:])
    return "frame " + " ".join(str(number) for number in sorted(place))


# ---------------------------------------------------------------- counts

def _counts(kind, plain, wrapped, lost):
    if kind == LOSS:
        return _fewer(plain.counts, wrapped.counts, max(lost, 0))
    times = TIMES.get(kind, 1)
    expected = Counter({name: times * count for name, count in plain.counts.items()})
    problems = [] if expected == Counter(wrapped.counts) else [f"counts: {_some(wrapped.counts)}, not {_some(expected)}"]
    methods = {key: times * count for key, count in plain.methods.items() if count}
    if methods != {key: count for key, count in wrapped.methods.items() if count}:
        problems.append("counts of methods differ")
    return problems


def _fewer(plain, wrapped, lost):
    """Each answer of the wrapped capture is one of the first, and a call that is not answered lost its answer."""
    problems = [f"{name}: {wrapped[name]}, more than {plain[name]}" for name in ANSWERS if wrapped[name] > plain[name]]
    answered = sum(plain.get(name, 0) - wrapped.get(name, 0) for name in (*ANSWERS, *UNREAD))
    if wrapped["Unanswered"] > plain["Unanswered"] + answered:
        problems.append(f"Unanswered: {wrapped['Unanswered']}, of which only {answered} lost their answer")
    return problems


def _some(counts):
    return {name: count for name, count in counts.items() if count}


# ---------------------------------------------------------------- lives

def _facts(life):
    return life.type, life.uses, PORT.sub("port", life.name)


def _lives(kind, plain, wrapped):
    plain, wrapped = plain.lives, wrapped.lives
    if kind in TIMES:
        # What began before the capture may be one life in both.
        plain, wrapped = ([life for life in lives if life.opened] for lives in (plain, wrapped))
    if kind == AGAIN:
        # Names are known from the first time.
        plain, wrapped = ([life._replace(name="") for life in lives] for lives in (plain, wrapped))
    expected = Counter(_facts(life) for life in plain for _ in range(TIMES.get(kind, 1)))
    found = Counter(_facts(life) for life in wrapped)
    missing, more = expected - found, found - expected
    if kind == SIDES:
        _take_names(missing, more)
    problems = [f"life missing: {facts}" for facts in missing.elements()]
    problems += [f"life too many: {facts}" for facts in more.elements()]
    return problems


def _take_names(missing, more):
    """What one side does not know when a handle is closed, the other side may have told by then."""
    for facts in list(more):
        nameless = (*facts[:-1], "")
        both = min(more[facts], missing[nameless])
        more[facts] -= both
        missing[nameless] -= both


def _mixed(kind, plain, wrapped):
    """A life of the wrapped capture is one life of the first, and but for losses each has one (of each side)."""
    here, there = defaultdict(set), defaultdict(set)
    for number, lives in wrapped.seen.handles.items():
        before = [life for origin in wrapped.traffic.frames[number - 1].origins
                  for life in plain.seen.handles.get(origin, ())]
        if len(before) == len(lives):
            for life, other in zip(lives, before):
                here[life].add(other)
                there[other].add(life)
    problems = [f"life {life} mixes the lives {sorted(others)}" for life, others in here.items() if len(others) > 1]
    most = TIMES.get(kind, 1)
    if kind != LOSS:
        problems += [f"life {life} fell apart into {sorted(others)}" for life, others in there.items() if len(others) > most]
    return problems
