# SPDX-License-Identifier: GPL-2.0-or-later
"""What of the calls in captures goes into a report? Everything is summed up while it is read."""
from array import array
from collections import defaultdict
from dataclasses import dataclass, field

from . import calls

# Methods that wait until something happens: their response time says nothing about the server.
WAITING = {"ApiGetNotify", "ApiGetNotifyV2", "ApiGetNotifyAsync", "ApiGetBatchNotification"}
UNBLOCKING = {"ApiUnblockGetNotifyCall"}
WAIT_TIMEOUT = 258
MOST_EVENTS = 1000
# How many calls are kept one by one, in all captures together, and of those that failed.
MOST_CALLS = 10_000
MOST_FAILING = 1000
NOT_READ = "not read"


@dataclass
class Capture:
    name: str            # of the file, without its folder
    verdict: object
    calls: int = 0       # that were seen, and of these how many failed and how many faults answered
    failed: int = 0
    faults: int = 0
    first: float = None  # the earliest time stamp of a call, and the latest, wherever they stand
    last: float = None
    back: tuple = None   # (seconds, frame) of the largest step back in time from one PDU to the next
    untimed: int = 0     # PDUs of frames without a time stamp
    levels: set = field(default_factory=set)
    unread: int = 0      # calls that are known, but could not be read
    listed: int = 0      # calls that are in the list of calls, or found no room in it


@dataclass
class Pair:
    """One client machine and one server."""
    calls: int = 0
    failed: int = 0
    faults: int = 0
    connections: set = field(default_factory=set)
    versions: set = field(default_factory=set)
    levels: set = field(default_factory=set)
    unread: int = 0


@dataclass
class Method:
    calls: int = 0
    failed: int = 0
    faults: int = 0
    unread: int = 0  # answers that could not be read: nobody knows whether these calls failed
    times: array = field(default_factory=lambda: array("d"))


@dataclass
class Failure:
    calls: int = 0
    first: tuple = None  # (number of the capture, frame)


@dataclass
class Call:
    """One call; `outcome` is None if no answer is in the capture. The capture is its number: 1, 2, …"""
    capture: int
    frame: int           # of the request; of the answer, if that alone was captured
    time: float
    method: str
    client: str
    server: str
    asked: str = ""
    answered: str = ""
    outcome: str = None
    status: str = ""
    answer: int = None   # the answer's frame
    elapsed: float = None
    handles: list = field(default_factory=list)  # numbers of lives
    rules: list = field(default_factory=list)    # that it breaks


@dataclass
class Life:
    """The life of one context handle, as far as the capture shows it."""
    capture: int  # 1, 2, …
    number: int
    type: str = ""
    name: str = ""
    server: str = ""
    client: str = ""
    first: float = None  # the earliest and the latest time stamp at which it was seen
    last: float = None
    opened: tuple = None  # (time, frame)
    closed: tuple = None
    uses: int = 0
    failed: int = 0  # answers to its calls
    findings: list = field(default_factory=list)  # (time, rule)

    @property
    def length(self):
        """None if it is not known: a life that ends before it begins was measured by a clock that was set back."""
        known = self.opened and self.closed and self.closed[0] >= self.opened[0]
        return self.closed[0] - self.opened[0] if known else None


@dataclass
class Port:
    """What happened at one notification port, which is a Life as well."""
    registrations: int = 0
    renewals: int = 0
    waits: int = 0
    events: int = 0
    timeouts: int = 0
    ended: int = 0  # waits that ended without an event, as nobody is to wait any longer
    failed: int = 0
    unblocks: int = 0
    waited: array = field(default_factory=lambda: array("d"))


FAILURES = (calls.FAILED, calls.FAULTED)


def _outcome(pdu):
    """Of an answer."""
    if pdu.outcome:
        return pdu.outcome
    return calls.SUCCEEDED if pdu.read else NOT_READ


class Collection:
    """Feed it captures with add(); then read its members.

    `names`: what each capture is called, in the order in which they come.
    """

    def __init__(self, names):
        self._names = names
        # So that each of many captures is told of, however large the first one is.
        self._most_calls = max(1, MOST_CALLS // max(1, len(names)))
        self.captures = []
        self.calls = []          # as many of each capture
        self.call_count = 0      # of all
        self.failing = []        # the first that failed
        self.failing_count = 0   # of all
        self.pairs = defaultdict(Pair)
        self.methods = defaultdict(Method)
        self.failures = defaultdict(Failure)  # by (method, status name)
        self.answers = defaultdict(lambda: array("d"))  # outcome -> times
        self.lives = {}
        self.ports = defaultdict(Port)
        self.notifications = defaultdict(lambda: array("d"))
        self.events = []
        self.event_count = 0

    def add(self, verdict, pdus):
        """One capture: its Verdict, and its PDUs as calls.read() gives them."""
        capture = Capture(self._names[len(self.captures)], verdict)
        self.captures.append(capture)
        found = defaultdict(list)
        for finding in verdict.findings:
            found[finding.frame].append(finding.rule)
        before = None
        asked = defaultdict(list)  # (frame, method) of requests -> their Calls without an answer so far
        for pdu in pdus:
            pdu = self._timed(capture, pdu, before)
            before = pdu.time
            if pdu.kind == calls.REQUEST:
                capture.levels.add(pdu.sealing)
            rules = found.pop(pdu.frame, ()) if found else ()
            self._count(capture, pdu)
            self._follow(pdu, rules)
            self._note(capture, pdu, rules, asked)

    @staticmethod
    def _timed(capture, pdu, before):
        """The PDU with a time. One that has none stands where the PDU before it stands."""
        if pdu.time is None:
            capture.untimed += 1
            pdu = pdu._replace(time=before or 0.0)
        elif before is not None and before - pdu.time > (capture.back or (0,))[0]:
            capture.back = before - pdu.time, pdu.frame
        # An answer cannot come before its request: then the clock went back between them.
        if pdu.elapsed is not None and pdu.elapsed < 0:
            pdu = pdu._replace(elapsed=None)
        capture.first = pdu.time if capture.first is None else min(capture.first, pdu.time)
        capture.last = pdu.time if capture.last is None else max(capture.last, pdu.time)
        return pdu

    def _count(self, capture, pdu):
        pair = self.pairs[pdu.server, pdu.client.rpartition(":")[0]]
        pair.connections.add((len(self.captures), pdu.connection))
        if pdu.version:
            pair.versions.add(pdu.version)
        method = self.methods[pdu.method]
        if pdu.kind == calls.REQUEST:
            pair.calls += 1
            pair.levels.add(pdu.sealing)
            pair.unread += not pdu.read
            capture.unread += not pdu.read
            capture.calls += 1
            method.calls += 1
            return
        if pdu.elapsed is not None:
            method.times.append(pdu.elapsed)
        outcome = _outcome(pdu)
        self.answers[outcome].append(pdu.time)
        method.unread += outcome == NOT_READ
        for counted in (pair, method, capture):
            counted.failed += outcome == calls.FAILED
            counted.faults += outcome == calls.FAULTED
        if outcome in FAILURES:
            failure = self.failures[pdu.method, pdu.status_name]
            failure.calls += 1
            failure.first = failure.first or (len(self.captures), pdu.frame)

    def _note(self, capture, pdu, rules, asked):
        """Keep the call, if not too many are kept already."""
        waiting = asked.get((pdu.request, pdu.method)) if pdu.kind != calls.REQUEST else None
        if pdu.kind != calls.REQUEST and pdu.request and not waiting:
            # This call was answered before: the answer was sent, or captured, twice.
            return
        call = waiting.pop(0) if waiting else self._new_call(capture, pdu)
        call.handles += [one.id for one in pdu.handles if one.id not in call.handles]
        call.rules += rules
        if pdu.kind == calls.REQUEST:
            call.asked = pdu.said
            asked[pdu.frame, pdu.method].append(call)
            return
        call.answer, call.elapsed, call.outcome, call.status = pdu.frame, pdu.elapsed, _outcome(pdu), pdu.status_name
        call.answered = "" if pdu.kind == calls.FAULT else pdu.said
        if call.outcome in FAILURES:
            self._note_failure(call, pdu)

    def _new_call(self, capture, pdu):
        call = Call(len(self.captures), pdu.frame, pdu.time, pdu.method, pdu.client, pdu.server)
        self.call_count += 1
        capture.listed += 1
        if capture.listed <= self._most_calls:
            self.calls.append(call)
        return call

    def _note_failure(self, call, pdu):
        # A fault says nothing of handles and of what was asked; its request did.
        for number in call.handles:
            self.lives[call.capture, number].failed += 1
        self.failing_count += 1
        if len(self.failing) < MOST_FAILING:
            self.failing.append((call, pdu.said or call.asked))

    def _follow(self, pdu, rules):
        for handle in pdu.handles:
            key = len(self.captures), handle.id
            life = self.lives.get(key)
            if life is None:
                life = self.lives[key] = Life(key[0], handle.id, server=pdu.server, client=pdu.client)
                life.first = life.last = pdu.time
            life.type = handle.type or life.type
            life.name = handle.name or life.name
            life.first, life.last = min(life.first, pdu.time), max(life.last, pdu.time)
            if pdu.kind == calls.REQUEST:
                life.uses += 1
            if handle.id in pdu.opened:
                life.opened = pdu.time, pdu.frame
            if handle.id in pdu.closed:
                life.closed = pdu.time, pdu.frame
            life.findings += [(pdu.time, rule) for rule in rules]
        ports = [handle.id for handle in pdu.handles if handle.type == "HNOTIFY_RPC"]
        if ports:
            self._notify(pdu, self.ports[len(self.captures), ports[0]])

    def _notify(self, pdu, port):
        name = pdu.method
        request = pdu.kind == calls.REQUEST
        if name.startswith("ApiReAddNotify"):
            if request:
                port.renewals += 1
                self.notifications["registered again"].append(pdu.time)
        elif name.startswith("ApiAddNotify"):
            if request:
                port.registrations += 1
                self.notifications["registered"].append(pdu.time)
        elif name in UNBLOCKING:
            port.unblocks += request
        elif name in WAITING:
            if request:
                port.waits += 1
            elif pdu.status == 0:
                port.events += 1
                if pdu.elapsed is not None:
                    port.waited.append(pdu.elapsed)
                self._event(pdu)
            elif pdu.status == WAIT_TIMEOUT:
                port.timeouts += 1
            elif pdu.outcome == calls.CONTINUES:
                port.ended += 1
            else:
                port.failed += _outcome(pdu) in FAILURES

    def _event(self, pdu):
        self.notifications["events"].append(pdu.time)
        self.event_count += 1
        if len(self.events) < MOST_EVENTS:
            self.events.append((len(self.captures), pdu.frame, pdu.time, pdu.handles[0].id, pdu.elapsed, pdu.said))

    def capture_of(self, life):
        return self.captures[life.capture - 1]

    @property
    def start(self):
        return min((one.first for one in self.captures if one.first is not None), default=0.0)

    @property
    def end(self):
        return max((one.last for one in self.captures if one.last is not None), default=0.0)
