# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a conforming client call?

A thread is a generator: it yields calls and gets their answers, and is closed when its connection ends. It knows what
the answers told it, and nothing else; of the cluster it knows names, as people do who type them.
"""
from dataclasses import dataclass, field

from support.calls import NULL_HANDLE

from .ports import CHANGES, FLAGS_2, TYPE_2
from .server import (
    CHANGE_ACCESS, CLOSES, GENERIC_ALL, GENERIC_READ, LISTED, MAXIMUM_ALLOWED, NAMES, OPENS, OPENS_EX, READ_ACCESS, REGISTERS,
    SUCCESS, TIMED_OUT, Fault)

_READS = (GENERIC_READ, READ_ACCESS)
FILTERS = {kind: sum(changes.values()) for kind, changes in CHANGES.items()}
CLUSTER_FILTER = FILTERS["node"] | FILTERS["group"] | FILTERS["resource"] | FILTERS["network"] | FILTERS["netinterface"]


@dataclass(eq=False)
class Call:
    opnum: int
    values: dict
    port: object = None  # of the client, if the call waits for its events
    note: str = ""  # what a breach looks for
    more: bytes = b""  # behind the last parameter


@dataclass(eq=False)
class Held:
    """A handle that a client has."""

    kind: str
    handle: bytes
    name: str = ""
    all: bool = True


@dataclass(eq=False)
class Filter:
    """What a client registered; `sequence` is the most recent number that it was told of the object."""

    opnum: int
    kind: str
    held: Held
    filter: int
    key: int
    sequence: int = None


@dataclass(eq=False)
class OwnPort:
    version: int
    handle: bytes
    filters: list = field(default_factory=list)
    asked: list = field(default_factory=list)  # those whose answer is still to come
    waiters: int = 0
    read: bool = False  # somebody asked for its events
    told: int = 0  # answers to that
    stopping: bool = False


def succeeded(answer):
    return not isinstance(answer, Fault) and answer.get("result") == SUCCESS


class Client:
    """`line(thread)` of the history gives a connection; `spawn` starts a thread."""

    def __init__(self, history, number, entitled, random):
        self.history, self.cluster, self.random = history, history.cluster, random
        self.number, self.entitled = number, entitled
        self.version = history.version
        self.held, self.ports, self.all_ports = [], [], []
        self.next_key = random.choice((1, 7, 1000 * number))
        self.association = None
        self.left = 0  # acts until the session ends
        self.worker = random.random() < 0.25
        self.deleted = None  # the handle of what it deleted last
        self.likes_2, self.likes_again = 0.25, 0.1  # ports of version 2, and to register again without need
        # Breaches that are no single PDU: it never asks for events; it closes ports at which it waits.
        self.deaf = self.rude = False
        # Clients that break nothing: it opens what it was just told to be there; it registers again what it has registered.
        self.curious = self.insistent = False

    # ------------------------------------------------------------ sessions

    def session(self):
        """A connection to one node, until the client leaves."""
        yield from self._begin()
        while self.left > 0:
            self.left -= 1
            yield from self._act()
        yield from self._leave()

    def work(self):
        """A second thread, which closes and deletes nothing."""
        for _ in range(self.random.randint(1, 6)):
            yield from self.random.choice((self._query, self._query, self._switch, self._open_something))()

    def _begin(self):
        """3.2.3.3, or 3.2.4.6 where there were handles before."""
        before, ports = [held for held in self.held if held.kind in NAMES], self.ports
        self.held, self.ports = [], []
        yield Call(3, {})
        yield from self._open("cluster")
        if self.random.random() < 0.5:
            yield Call(7, {"dwType": 1})
        again = {}
        for held in before:
            reopened = yield from self._open(held.kind, held.name, held.all)
            if reopened:
                again[held] = reopened
        for port in ports:
            yield from self._restore(port, again)
        if self.worker and self.random.random() < 0.5:
            self.history.spawn(self, self.work())

    def _restore(self, old, again):
        """A port and its filters (3.2.4.6)."""
        port = yield from self._new_port(old.version)
        if port is None:
            return
        for one in old.filters:
            if one.kind in ("cluster", "key"):
                yield from self._register(port, one.kind)
                continue
            if one.held not in again:
                continue
            made = Filter(one.opnum, one.kind, again[one.held], one.filter, one.key, one.sequence)
            if old.version == 2:
                yield from self._ask_2(port, made)
            else:
                yield from self._again(port, made)
        self._watch(port)

    def _leave(self):
        for port in list(self.ports):
            if self.random.random() < 0.7:
                yield from self._close_port(port)
        for held in list(self.held):
            if self.random.random() < 0.5:
                yield from self._close(held)

    # ------------------------------------------------------------ acts

    def _act(self):
        acts = [(self._open_something, 4), (self._query, 5), (self._switch, 4), (self._port_act, 7),
                (self._close_something, 2), (self._list, 1), (self._key_act, 1)]
        if self.curious:
            acts.append((self._list, 6))
        if self.entitled:
            acts += [(self._create, 2), (self._rename, 2), (self._swap, 0.5), (self._move, 2), (self._delete, 1.5),
                     (self._pause, 1)]
        names, weights = zip(*acts)
        yield from self.random.choices(names, weights)[0]()

    def _some(self, *kinds, all=False):
        fit = [held for held in self.held if held.kind in kinds and (held.all or not all or self.random.random() < 0.2)]
        return self.random.choice(fit) if fit else None

    # ------------------------------------------------------------ opening and closing

    def _name_for(self, kind):
        things = [thing for thing in self.cluster.things[kind] if not thing.deleted]
        former = [name for one, name in self.cluster.former if one == kind]
        luck = self.random.random()
        if luck < 0.07 and former:
            return self.random.choice(former)
        if luck < 0.12 or not things:
            return self.cluster.fresh_name(kind)
        thing = self.random.choice(things)
        if luck < 0.2 and kind in ("group", "resource"):
            return thing.id
        return thing.name.upper() if luck < 0.25 else thing.name

    def _open_something(self):
        kind = self.random.choices(("group", "resource", "node", "network", "netinterface"), (6, 4, 2, 1, 1))[0]
        yield from self._open(kind, self._name_for(kind))

    def _open(self, kind, name="", all=None):
        """The handle, or None."""
        values = {NAMES[kind]: name} if kind in NAMES else {}
        reads = all is False or self.version == 3 and self.random.random() < (0.1 if self.entitled else 0.85)
        if self.version == 3 and reads:
            asked = self.random.choice((*_READS, MAXIMUM_ALLOWED, READ_ACCESS | CHANGE_ACCESS, GENERIC_ALL))
            if all is False or not self.entitled and asked not in _READS and self.random.random() < 0.7:
                asked = GENERIC_READ
            answer = yield Call(OPENS_EX[kind], {**values, "dwDesiredAccess": asked})
        else:
            answer = yield Call(0 if kind == "cluster" else OPENS[kind], values)
        return self._keep(kind, answer, name)

    def _keep(self, kind, answer, name=""):
        if isinstance(answer, Fault) or answer["Status"] != SUCCESS or answer["result"] == NULL_HANDLE:
            return None
        held = Held(kind, answer["result"], name, answer.get("lpdwGrantedAccess", GENERIC_ALL) == GENERIC_ALL)
        self.held.append(held)
        return held

    def _close_something(self):
        held = self._some("group", "resource", "node", "network", "netinterface", "key")
        if held:
            yield from self._close(held)

    def _close(self, held, note="close"):
        if held not in self.held:
            return
        self.held.remove(held)
        opnum, name = CLOSES[held.kind]
        yield Call(opnum, {name: held.handle}, note=note)

    # ------------------------------------------------------------ what changes nothing

    def _query(self):
        held = self._some("group", "resource", "node", "network", "netinterface")
        if not held:
            return
        opnums = {"group": (45, 45, 47), "resource": (12, 12, 14), "node": (68,), "network": (83,), "netinterface": (94,)}
        yield Call(self.random.choice(opnums[held.kind]), {REGISTERS[held.kind][0]: held.handle})

    def _list(self):
        held = self._some("group")
        if held and self.random.random() < 0.5:
            yield Call(53, {"hGroup": held.handle, "dwType": 1})
        else:
            listed = yield Call(7, {"dwType": self.random.choice((1, 4, 8, 0x10, 0x20, 0xC, 0x3D))})
            if self.curious and succeeded(listed) and listed["ReturnEnum"]["Entry"]:
                entry = self.random.choice(listed["ReturnEnum"]["Entry"])
                yield from self._open(LISTED[entry["Type"]], entry["Name"])

    # ------------------------------------------------------------ what changes the cluster

    def _switch(self):
        held = self._some("group", "resource", all=True)
        if held:
            opnum = self.random.choice((49, 50) if held.kind == "group" else (17, 18))
            yield Call(opnum, {REGISTERS[held.kind][0]: held.handle})

    def _create(self):
        group = self._some("group", all=True)
        kind = "resource" if group and self.random.random() < 0.5 else "group"
        name = self._name_for(kind) if self.random.random() < 0.2 else self.cluster.fresh_name(kind)
        values = {NAMES[kind]: name}
        if kind == "resource":
            values.update(hGroup=group.handle, lpszResourceType="Generic Application", dwFlags=0)
        answer = yield Call(9 if kind == "resource" else 42, values)
        self._keep(kind, answer, name)

    def _set_name(self, held, name):
        values = {REGISTERS[held.kind][0]: held.handle, NAMES[held.kind]: name}
        answer = yield Call(46 if held.kind == "group" else 13, values)
        if succeeded(answer):
            held.name = name

    def _rename(self):
        held = self._some("group", "resource", all=True)
        if held:
            name = self._name_for(held.kind) if self.random.random() < 0.2 else self.cluster.fresh_name(held.kind)
            yield from self._set_name(held, "" if self.random.random() < 0.05 else name)

    def _swap(self):
        """Two groups take each other's names."""
        groups = [held for held in self.held if held.kind == "group" and held.all]
        if len(groups) < 2:
            return
        one, two = self.random.sample(groups, 2)
        first, second = one.name, two.name
        if "-" in first + second and len(first) != len(second):
            return  # one of them was opened by its id
        yield from self._set_name(one, self.cluster.fresh_name("group"))
        yield from self._set_name(two, first)
        yield from self._set_name(one, second)

    def _move(self):
        luck, group, node = self.random.random(), self._some("group", all=True), self._some("node", all=True)
        resource = self._some("resource", all=True)
        if resource and group and luck < 0.4:
            yield Call(25, {"hResource": resource.handle, "hGroup": group.handle})
        elif group and node and luck < 0.7:
            yield Call(52, {"hGroup": group.handle, "hNode": node.handle})
        elif group:
            yield Call(51, {"hGroup": group.handle})

    def _delete(self):
        held = self._some("group", "resource", all=True)
        if not held:
            return
        # Whoever deletes an object closes its handles at once (3.1.4.2.44), and uses no other one until then.
        self.held.remove(held)
        opnum, name = (43, "Group") if held.kind == "group" else (10, "hResource")
        answer = yield Call(opnum, {name: held.handle, "force": int(self.random.random() < 0.4)}, note="delete")
        self.held.append(held)
        if succeeded(answer):
            self.deleted = held
            yield from self._close(held, "close after delete")

    def _pause(self):
        held = self._some("node", all=True)
        if held:
            yield Call(self.random.choice((69, 70, 70)), {"hNode": held.handle})

    def _key_act(self):
        key = self._some("key")
        if key is None:
            answer = yield Call(28, {"samDesired": 0x2001F})
            self._keep("key", answer)
        elif self.random.random() < 0.5:
            yield Call(32, {"hKey": key.handle, "lpValueName": "Color", "dwType": 1, "lpData": b"r\0\0\0", "cbData": 4})

    # ------------------------------------------------------------ ports

    def _port_act(self):
        ports = [port for port in self.ports if not port.stopping]
        luck = self.random.random()
        if not ports or luck < 0.1 and len(ports) < 3 or self.likes_2 == 0.5 and len(ports) == 1:
            port = yield from self._new_port(2 if self.version == 3 and self.random.random() < self.likes_2 else 1)
            if port:
                yield from self._register(port)
                self._watch(port)
        elif luck < 0.2:
            yield from self._close_port(self.random.choice(ports))
        elif luck < 0.2 + self.likes_again:
            port = self.random.choice(ports)
            again = [one for one in port.filters if one.opnum in _AGAIN and one.held in self.held and port.version == 1]
            if again:
                yield from self._again(port, self.random.choice(again))
        else:
            yield from self._register(self.random.choice(ports))

    def _new_port(self, version):
        answer = yield Call(137 if version == 2 else 55, {})
        if isinstance(answer, Fault) or answer["Status"] != SUCCESS or answer["result"] == NULL_HANDLE:
            return None
        port = OwnPort(version, answer["result"])
        self.all_ports.append(port)
        self.ports.append(port)
        return port

    def _watch(self, port):
        """After the first filter was registered the client asks for events (3.2.4.5.1)."""
        if port.filters and not port.waiters and port in self.ports and not self.deaf:
            for _ in range(self.random.choice((1, 1, 1, 2))):
                port.waiters += 1
                self.history.spawn(self, self._wait(port))

    def _a_filter(self, bits):
        chosen = 0
        while not chosen:
            chosen = bits & self.random.getrandbits(32) | self.random.choice((0, bits))
        return chosen

    def _key(self):
        self.next_key += 1
        return self.next_key

    def _register(self, port, kind=None):
        if port.version == 2:
            yield from self._register_2(port, kind)
            return
        held = self._some(*((kind,) if kind else (*NAMES, "key", "cluster")))
        before = [one.held for one in port.filters if one.kind in ("group", "resource") and one.held in self.held]
        if self.insistent and before and not kind:
            held = before[-1]
        if held is None:
            return
        bits = CLUSTER_FILTER if held.kind == "cluster" else FILTERS[held.kind]
        opnum = {"cluster": 57, "key": 61}.get(held.kind) or REGISTERS[held.kind][1]
        made = Filter(opnum, held.kind, held, self._a_filter(bits), self._key())
        param = {"cluster": "hCluster", "key": "hKey"}.get(held.kind) or REGISTERS[held.kind][0]
        port.asked.append(made)
        answer = yield Call(opnum, {
            "hNotify": port.handle, param: held.handle, "dwFilter": made.filter, "Filter": made.filter,
            "dwNotifyKey": made.key, "WatchSubTree": 0})
        port.asked.remove(made)
        if succeeded(answer):
            # An event may have overtaken the answer: it is the more recent one.
            if made.sequence is None:
                made.sequence = answer.get("dwStateSequence", 0)
            self._keep_filter(port, made)

    def _keep_filter(self, port, made):
        port.filters.append(made)
        self._watch(port)

    def _register_2(self, port, kind=None):
        held = self._some(*((kind,) if kind else ("group", "resource", "node", "cluster")))
        if held:
            bits = sum(FLAGS_2[held.kind].values())
            yield from self._ask_2(port, Filter(138, held.kind, held, self._a_filter(bits), self._key()))

    def _ask_2(self, port, made):
        answer = yield Call(138, {
            "hNotify": port.handle, "hObject": made.held.handle, "dwNotifyKey": made.key, "dwVersion": 2,
            "filter": {"dwObjectType": TYPE_2[made.kind], "FilterFlags": made.filter},
            "isTargetedAtObject": int(made.kind != "cluster")})
        if succeeded(answer):
            self._keep_filter(port, made)

    def _again(self, port, one):
        """The most recent number that was told of the object goes back (3.1.4.2.64)."""
        param, _, opnum, _ = REGISTERS[one.kind]
        port.asked.append(one)
        answer = yield Call(opnum, {
            "hNotify": port.handle, param: one.held.handle, "dwFilter": one.filter, "dwNotifyKey": one.key,
            "StateSequence": one.sequence}, note="again")
        port.asked.remove(one)
        if succeeded(answer) and one not in port.filters:
            self._keep_filter(port, one)

    def _wait(self, port):
        timeout = self.random.choice((0xFFFFFFFF, 600000, 3000))
        while not port.stopping:
            port.read = True
            answer = yield Call(139 if port.version == 2 else 65, {"hNotify": port.handle, "Timeout": timeout}, port)
            port.told += 1
            if isinstance(answer, Fault) or answer["result"] not in (SUCCESS, TIMED_OUT):
                break
            if port.version == 1 and answer["result"] == SUCCESS:
                self._note(port, answer)
        port.waiters -= 1

    def _note(self, port, event):
        for one in port.filters + port.asked:
            if one.kind not in ("cluster", "key") and one.key == event["dwNotifyKey"]:
                one.sequence = event["dwStateSequence"]
                one.held.name = event["Name"]

    def _close_port(self, port):
        """Unblocked first, if somebody waits, and never unread (3.2.4.5.1)."""
        if port.filters and not port.read and not self.deaf:
            return
        port.stopping = True
        if not self.rude and (port.waiters or self.random.random() < 0.2):
            yield Call(107, {"hNotify": port.handle})
        self.ports.remove(port)
        yield Call(56, {"Notify": port.handle, "hNotify": port.handle}, note="close")


_AGAIN = tuple(row[1] for row in REGISTERS.values())
