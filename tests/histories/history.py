# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens in one history, and in which order?

Clients and servers take turns at random. A call is sent, worked at, answered and noticed in four turns, so that what
several threads do overlaps in every way that the text allows. The capture sees frames when they are sent.

    story = play(seed, number, capture, model)
    story.frames    (first, last) frame
    story.traits    what is special about it, in words
    story.journal   with `keep`: (frame, what happened) in words, for whoever reads a finding
"""
import random
from dataclasses import dataclass, field

from support.rpcpcap import Capture

from .client import Client
from .cluster import Cluster
from .server import SUCCESS, TIMED_OUT, WAIT, Fault, METHODS, Request, Server, Traits, answer
from .wire import Wire

MOST_TURNS = 4000
LONGEST_PAUSE = 20.0  # seconds
# Between two histories: who waits for an answer of the one before has given up.
BETWEEN = 300.0


class Recorder(Capture):
    """A capture that may be silent: what is sent then is not in it."""

    silent = False

    def write(self, *arguments):
        if self.silent:
            self._micros += self._step
            return 0
        return super().write(*arguments)

    @property
    def now(self):
        return self._micros / 1_000_000


@dataclass(eq=False)
class Thread:
    client: Client
    work: object  # generator
    line: object
    life: int  # of the client: threads of an earlier one are gone
    state: str = "ready"  # sent, waiting, done, answered
    call: object = None
    told: object = None  # answer
    asked_at: float = 0
    asked_in: int = 0
    exchange: object = None  # of the call; kept where a breach may look back
    main: bool = False


@dataclass(eq=False)
class Exchange:
    """A call as the capture shows it; `told_in` is 0 until it is answered."""

    call: object
    line: object
    asked_in: int
    told_in: int = 0
    told_at: float = 0
    told: object = None


@dataclass
class Story:
    seed: int
    traits: list = field(default_factory=list)
    frames: tuple = (0, 0)
    journal: list = field(default_factory=list)


class History:
    def __init__(self, seed, number, capture, model, breach=None, keep=False):
        self.random = random.Random(seed)
        self.story = Story(seed)
        self.capture, self.keep, self.breach = capture, keep, breach
        needs = breach.kind.needs if breach else ()
        self.version, self.ndr64 = self.random.choice(((3, False), (3, True), (2, False)))
        if "3" in needs:
            self.version = 3
        self.trait(f"{self.version}{'-ndr64' if self.ndr64 else ''}")
        # The same names in many clusters, or names that no other one has.
        tag = "" if self._luck(0.1, "common names") else f" {number}"
        steps = (1, 2, 5) if self._luck(0.2, "long steps") else (1,)
        self.cluster = Cluster(self.random, tag, self.random.choice((1, 2, 2, 3)), steps)
        traits = Traits(self.random)
        self.servers = [Server(self.cluster, node, self.random, traits) for node in self.cluster.things["node"]]
        self.story.traits += [f"{name}={value}" for name, value in vars(traits).items() if name != "most_events"]
        self.wire = Wire(capture, model, self.version, self.ndr64, number)
        self.threads, self.lines, self.exchanges = [], [], []
        self.associations = {}
        readers = 0.8 if "reader" in needs else 0.15
        entitled = [self.version == 2 or self.random.random() > readers for _ in range(self.random.choice((1, 1, 2, 2, 3)))]
        self.clients = [Client(self, number + 1, may, self.random) for number, may in enumerate(entitled)]
        for client in self.clients:
            client.life, client.lives, client.server = 0, self.random.choice((1, 1, 2, 3)), None
            client.outside = breach is None and client.lives > 1 and self.random.random() < 0.15
            if breach:
                breach.begins(client)
                client.likes_again = 0.5 if "again" in needs else 0.1
                client.likes_2 = 0.8 if "ports of 2" in needs else 0.5 if "both ports" in needs else 0.25
        if self._luck(0.05, "starting"):
            self.servers[0].starting = self.random.randint(1, 4)
        self.begins_at = self.random.randint(5, 60) if breach is None and self._luck(0.1, "begins late") else 0
        if self.begins_at or any(client.outside for client in self.clients):
            # What is deleted on a connection that nobody can read, nobody sees: the plugin takes the handle for valid.
            traits.deleted_is_invalid = False

    def trait(self, text):
        self.story.traits.append(text)

    def _luck(self, chance, what):
        happens = self.random.random() < chance
        if happens:
            self.trait(what)
        return happens

    def say(self, frame, text):
        if self.keep:
            self.story.journal.append((frame, text))

    # ------------------------------------------------------------ lives of clients

    def begin_life(self, client):
        client.life += 1
        client.lives -= 1
        others = [server for server in self.servers if server is not client.server]
        client.server = self.random.choice(others if others and self.random.random() < 0.8 else self.servers)
        client.muted = client.outside and client.life == 1
        if client.muted:
            self.trait(f"client {client.number} comes from outside")
        client.left = self.random.choice((20, 30) if self.breach else (3, 8, 15, 30))
        client.association = self._association(client)
        self.spawn(client, client.session(), main=True)

    def _association(self, client):
        """Over UDP the address space of a client is what its handles belong to, and no connection ends."""
        key = client, client.server
        if self.version == 2 and key in self.associations:
            return self.associations[key]
        self.associations[key] = client.server.associate(client.entitled)
        return self.associations[key]

    def spawn(self, client, work, main=False):
        if not main and self.version == 3 and self.random.random() < 0.25:
            line = self.random.choice([thread for thread in self.threads if thread.client is client]).line
        else:
            line = self._connect(client, joins=not main)
        line.threads += 1
        self.threads.append(Thread(client, work, line, client.life, main=main))

    def _connect(self, client, joins):
        association = client.association
        line = self.wire.line(client.number, 200 + self.servers.index(client.server), association.group if joins else 0,
                              association.group, client.muted)
        line.threads, line.association, line.client, line.ended = 0, association, client, False
        association.connections += 1
        self.lines.append(line)
        return line

    def _end_line(self, line, broken=False):
        if line.ended:
            return
        line.ended = True
        line.end(broken)
        self.say(self.capture.frames, f"client {line.client.number}: connection {'broken' if broken else 'closed'}")
        self.lines.remove(line)
        line.association.connections -= 1
        if line.association.connections == 0 and self.version == 3:
            line.association.run_down()

    def end_life(self, client, broken):
        """All its connections end; what waits for an answer waits in vain."""
        for thread in [thread for thread in self.threads if thread.client is client]:
            self._drop(thread)
        lines = [line for line in self.lines if line.client is client]
        self.random.shuffle(lines)
        for line in lines:
            self._end_line(line, broken)
        if client.lives > 0:
            self.begin_life(client)

    def _drop(self, thread):
        self._stop_waiting(thread)
        thread.work.close()
        self.threads.remove(thread)

    # ------------------------------------------------------------ turns

    def run(self):
        self.capture.at(self.capture.now + BETWEEN)
        first = self.capture.frames + 1
        self.capture.silent = bool(self.begins_at)
        for client in self.clients:
            self.begin_life(client)
        for turn in range(MOST_TURNS):
            if turn >= self.begins_at:
                self.capture.silent = False
            if not self.threads or not any(thread.main for thread in self.threads):
                break
            self._turn()
        self.capture.silent = False
        for line in list(self.lines):
            if self.random.random() < 0.5:
                self._end_line(line)
        self.story.frames = first, self.capture.frames
        return self.story

    def _turn(self):
        active = [thread for thread in self.threads if thread.state != "waiting"]
        luck = self.random.random()
        if not active or luck < 0.03:
            self._pause(active)
        elif luck < 0.06:
            self.cluster.go_on()
            self._serve_waiting()
        elif luck < 0.062 and self.clients:
            self._break(self.random.choice(self.clients))
        else:
            self._advance(self.random.choice(active))

    def _pause(self, active):
        """Time passes, unless somebody would have to act meanwhile."""
        if any(thread.state in ("sent", "done", "answered") for thread in active):
            return
        if not active:
            # Everybody waits: something happens, or somebody else comes to an end.
            self.cluster.go_on()
            self._serve_waiting()
        due = [thread.asked_at + thread.call.values["Timeout"] / 1000 for thread in self.threads
               if thread.state == "waiting" and self.version == 2]
        until = self.capture.now + self.random.choice((0.01, 0.5, 2, LONGEST_PAUSE)) * self.random.random()
        until = min([until, *due])
        self.capture.at(max(until, self.capture.now))
        for thread in self.threads:
            if thread.state == "waiting" and self.version == 2 and (
                    self.capture.now >= thread.asked_at + thread.call.values["Timeout"] / 1000):
                self._stop_waiting(thread)
                self._done(thread, {"result": TIMED_OUT})

    def _break(self, client):
        if client.lives > 0 and any(thread.client is client and thread.main for thread in self.threads):
            self.end_life(client, broken=True)

    def _advance(self, thread):
        if thread.state == "ready":
            self._ask(thread)
        elif thread.state == "sent":
            self._work_at(thread)
        elif thread.state == "done":
            self._tell(thread)
        else:
            thread.state = "ready"

    # ------------------------------------------------------------ one call

    def _ask(self, thread):
        try:
            call = thread.work.send(thread.told)
        except StopIteration:
            self._finish(thread)
            return
        thread.call, thread.told, thread.state = call, None, "sent"
        if self.breach:
            self.breach.asks(self, thread)
        thread.asked_at = self.capture.now
        thread.asked_in = thread.line.request(call)
        self.say(thread.asked_in, f"client {thread.client.number} asks {call.opnum} {_shown(call.values)}")
        if self.breach:
            thread.exchange = Exchange(call, thread.line, thread.asked_in)
            self.exchanges.append(thread.exchange)
            self.breach.asked(self, thread)

    def _finish(self, thread):
        self.threads.remove(thread)
        thread.line.threads -= 1
        if thread.main:
            self.end_life(thread.client, broken=False)
        elif thread.line.threads == 0 and self.random.random() < 0.5:
            self._end_line(thread.line)

    def _work_at(self, thread):
        request = Request(thread.line.association, METHODS[thread.call.opnum], thread.call.values)
        values = answer(request, not thread.call.more)
        if values is WAIT:
            thread.state = "waiting"
            thread.server_port = request.thing(0)
            thread.server_port.waiting.append(thread)
            return
        self._done(thread, values)
        self._serve_waiting()

    def _done(self, thread, values):
        thread.state, thread.told = "done", values

    def _stop_waiting(self, thread):
        if thread.state == "waiting":
            thread.server_port.waiting.remove(thread)

    def _serve_waiting(self):
        """Events go to the calls that wait, the oldest first; a port that has ended completes them all."""
        ports = dict.fromkeys(thread.server_port for thread in self.threads if thread.state == "waiting")
        for port in ports:
            while port.waiting and (port.queue or port.ended):
                self._serve(port, port.waiting.pop(0))

    def _serve(self, port, thread):
        request = Request(thread.line.association, METHODS[thread.call.opnum], thread.call.values)
        if port.ended:
            values = {"result": request.server.traits.ended_wait}
        else:
            request.contexts.append(_Of(port))
            values = request.method.answer(request)
        self._done(thread, values)

    def _tell(self, thread):
        if self.breach:
            self.breach.tells(self, thread)
        told = thread.told
        if isinstance(told, Fault):
            frame = thread.line.fault(thread.call, told.status)
        else:
            frame = thread.line.response(thread.call, told)
            self._note_end(thread)
        thread.state = "answered"
        said = _shown(told._asdict() if isinstance(told, Fault) else told) if self.keep else ""
        self.say(frame, f"client {thread.client.number} is told {said} (asked in {thread.asked_in})")
        if self.breach:
            exchange = thread.exchange
            exchange.told_in, exchange.told_at, exchange.told = frame, self.capture.now, told
            self.breach.told(self, thread, frame)

    @staticmethod
    def _note_end(thread):
        """The bytes of a handle may come again once its end was told."""
        method, association = METHODS[thread.call.opnum], thread.line.association
        if method.closes and thread.told["result"] == SUCCESS:
            name, kind = method.handles[0]
            association.closed.append((kind, thread.call.values[name]))
            association.server.free.append(thread.call.values[name])


class _Of:
    """A context of a port whose handle may be gone already."""

    def __init__(self, thing):
        self.thing = thing


def _shown(values):
    parts = []
    for name, value in values.items():
        if isinstance(value, bytes) and len(value) == 20:
            value = "NULL" if not any(value) else f"#{int.from_bytes(value[4:8], 'little')}"
        parts.append(f"{name}={value}")
    return " ".join(parts)


def play(seed, number, capture, model, breach=None, keep=False):
    return History(seed, number, capture, model, breach, keep).run()
