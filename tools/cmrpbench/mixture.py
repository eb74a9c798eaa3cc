# SPDX-License-Identifier: GPL-2.0-or-later
"""Which calls are measured? A mixture as a cluster that is being watched makes it.

Of ten calls two open a group, two register it at a port, two close it, one fetches an event. The other three go
round through all methods that Wireshark's own dissector knows and that are carried out. One call of fifty ends in
a fault. Ten calls go over one connection, the next ten over the next.

Every call makes sense to the one before it: handles were opened on its connection, are of their type, and few of them are open at a
time. What is created is deleted and closed before others ask for it, and a list of all groups has the groups that there are. So
the built-in dissector, whose time grows with the number of open handles, is not shown at its worst, and the plugin finds little
fault and knows which groups are one.
"""
import hashlib
import itertools
import uuid
from collections import defaultdict, namedtuple

import cmrp_ndr
import cmrpidl
from cmrp_ndr import values
from cmrpidl.tables import load_tables
from support.calls import NULL_HANDLE, handle_type
from support.rpcpcap import Capture

CONNECTIONS = 100
PDUS = 20  # of a round: requests and responses
FAULT_EVERY = 5  # rounds
NAMES = 20  # groups: of many more, one list takes the built-in dissector longer than all other calls
OPEN_AT_FIRST = 2  # handles of a type, of a connection
OPEN_AT_ONCE = 3  # handles of a type, of a connection, from methods other than ApiOpenGroup
LAST_OPNUM = 183  # the last one that the built-in dissector knows

OPEN_GROUP, CLOSE_GROUP, CREATE_NOTIFY, ADD_NOTIFY, READD_NOTIFY, GET_NOTIFY = 41, 44, 55, 59, 63, 65
FREQUENT = (OPEN_GROUP, CLOSE_GROUP, READD_NOTIFY, GET_NOTIFY)
GROUP_LIST = 143
# A method that makes an object, or opens the one that shall go; one that deletes it; one that closes its handle.
SHORT_LIVES = ((9, 10, 11), (42, 43, CLOSE_GROUP), (129, 43, CLOSE_GROUP), (66, 71, 67), (163, 166, 165))
MAKERS = (9, 42, 129, 163)
DELETERS = (10, 43, 71, 166)
SHORT_LIFE_EVERY = 11  # rounds: so that each comes about as often as any other method
SHORT_LIVED = "Cluster Disk 2"
NEVER_CARRIED_OUT = (4, 87, 104, 108)
FAULT = 0x1C010014  # nca_s_server_too_busy
ACCESS_DENIED = 5
GROUP_STATE = 0x1000

# What a number of this name is, so that the call makes sense; any other is 1.
NUMBERS = {
    "Status": 0, "return": 0, "rpc_status": 0, "dwFilter": GROUP_STATE,
    "dwDesiredAccess": 0x02000000, "lpdwGrantedAccess": 0x10000000, "dwOptions": 0, "dwVersion": 2,
}
# And what it is in one method: an event of its object, a control code of its object (CLUSCTL_x_UNKNOWN).
FILTERS = {57: 0x4000, 58: 0x1, 60: 0x100, 61: 0x10, 62: 0x1, 64: 0x100, 90: 0x100000, 91: 0x100000,
           99: 0x1000000, 100: 0x1000000}
OBJECTS = {72: 1, 73: 1, 74: 2, 75: 2, 76: 3, 77: 3, 78: 4, 79: 4, 88: 5, 89: 5, 97: 6, 98: 6, 105: 7, 106: 7,
           173: 8, 174: 8}
# What stands for a handle of any type.
ANY_HANDLE = {"HGENERIC_RPC": "HCLUSTER_RPC"}
NO_DATA = {"nInBufferSize": 0, "lpInBuffer": b"", "nOutBufferSize": 0, "lpOutBuffer": b"", "lpBytesReturned": 0,
           "lpcbRequired": 0}

Method = namedtuple("Method", "opnum uses closes opens request success failure")
ShortLife = namedtuple("ShortLife", "first making deletes closes")


class Plain:
    """A source for cmrp_ndr.values that always makes the same plain choice."""

    @staticmethod
    def integer(low, high):
        return min(max(1, low), high)

    @staticmethod
    def length(low, high):
        return max(low, min(4, high))  # four bytes of zero are an empty property list

    @staticmethod
    def octets(count):
        return bytes(count)

    @staticmethod
    def text():
        return "Cluster Disk 1"


def numbered(number):
    """The 20 bytes of a handle. UUIDs are random; the built-in dissector hashes nothing but their first four bytes."""
    return bytes(4) + hashlib.md5(number.to_bytes(4, "big"), usedforsecurity=False).digest()


def identity(name):
    """The id of an object, a GUID as text."""
    return str(uuid.UUID(bytes=hashlib.md5(name.encode(), usedforsecurity=False).digest()))


class Stub:
    """A stub that was packed once; only its handles change."""

    def __init__(self, packed, marks):
        self.pieces = []
        for mark in marks:
            piece, packed = packed.split(mark)
            self.pieces.append(piece)
        self.end = packed

    def fill(self, handles=()):
        return b"".join([*itertools.chain(*zip(self.pieces, handles)), self.end])


class Methods:
    """The methods that are called, their stubs packed once."""

    @classmethod
    def of(cls, idl):
        """Those of the folder of the IDL."""
        model = cmrpidl.load([str(idl / "clusapi2.idl"), str(idl / "clusapi3.idl")])
        return cls(model, load_tables(idl, model))

    def __init__(self, model, facts):
        self.model = model
        self.names = [f"Group {number}" for number in range(NAMES)]
        self.by_opnum = {method.opnum: self._method(method) for method in model.interface(3).methods
                         if method.opnum <= LAST_OPNUM and not facts.methods[3, method.opnum].reserved
                         and method.opnum not in NEVER_CARRIED_OUT}
        self.openers = self._openers()
        self.others = [method for opnum, method in self.by_opnum.items()
                       if opnum not in (*FREQUENT, *MAKERS, *DELETERS)]
        self.short_lives = [ShortLife(self.by_opnum[first], self._short_lived(first), self.by_opnum[deletes],
                                      self.by_opnum[closes]) for first, deletes, closes in SHORT_LIVES]
        self.openings = [self._request(OPEN_GROUP, lpszGroupName=name) for name in self.names]
        self.events = [cmrp_ndr.pack_response(model, 3, GET_NOTIFY, {
            "dwNotifyKey": 1, "dwFilter": GROUP_STATE, "dwStateSequence": 1, "Name": name, "rpc_status": 0,
            "return": 0}) for name in self.names]

    def _openers(self):
        """{type of handle: the method that opens one that is there and needs least}"""
        found = {}
        for method in sorted(self.by_opnum.values(), key=lambda method: (method.opnum in MAKERS, len(method.uses))):
            if method.opens not in method.uses:
                found.setdefault(method.opens, method)
        return found

    def _request(self, opnum, **made):
        return cmrp_ndr.pack_request(self.model, 3, opnum, made)

    def _made_request(self, opnum):
        return self._sensible(opnum, values.make_request(Plain, self.model, 3, opnum))

    def _short_lived(self, opnum):
        """The request that makes or opens what shall go. Its name is its only string beside the type of a resource."""
        made = self._made_request(opnum)
        name = next(name for name, value in made.items() if value == Plain.text())
        marks = {other: numbered(0xFFFFFF00) for other, value in made.items() if value == NULL_HANDLE}
        return Stub(self._request(opnum, **{**made, **marks, name: SHORT_LIVED}), marks.values())

    def _list_groups(self, made):
        """The response that lists groups, with those that there are: the one of all other calls, and the frequent ones."""
        plain = made["ppResultList"]["Entry"][0]
        entries = [plain, *({**plain, "Name": name, "Id": identity(name)} for name in self.names)]
        made["ppResultList"] = {"EntryCount": len(entries), "Entry": entries}

    def _method(self, method):
        request = self._made_request(method.opnum)
        response = self._sensible(
            method.opnum, values.make_response(Plain, self.model, 3, method.opnum, request))
        if method.opnum == GROUP_LIST:
            self._list_groups(response)
        sent = {param.name: handle_type(param.type) for param in method.request if handle_type(param.type)}
        back = {param.name: handle_type(param.type) for param in method.response if handle_type(param.type)}
        if handle_type(method.returns):
            back["return"] = handle_type(method.returns)
        marks = {name: numbered(0xFFFFFF00 + place) for place, name in enumerate(sent)}
        request.update(marks)
        opened = [name for name in back if name not in sent]
        response.update(dict.fromkeys(back, NULL_HANDLE))
        refusal = {"Status": ACCESS_DENIED} if "Status" in response else {}
        failure = Stub(self._response(method.opnum, {**response, **refusal}), [])
        marked = numbered(0xFFFFFFFF)
        response.update(dict.fromkeys(opened, marked))
        return Method(method.opnum, list(sent.values()), any(name in sent for name in back),
                      back[opened[0]] if opened else None,
                      Stub(self._request(method.opnum, **request), marks.values()),
                      Stub(self._response(method.opnum, response), [marked] if opened else []), failure)

    def _response(self, opnum, made):
        return cmrp_ndr.pack_response(self.model, 3, opnum, made)

    @staticmethod
    def _sensible(opnum, made):
        known = {**NUMBERS}
        if opnum in FILTERS:
            known["dwFilter"] = FILTERS[opnum]
        if opnum in OBJECTS:
            known.update(NO_DATA, dwControlCode=OBJECTS[opnum] << 24)
        return {name: known.get(name, value) for name, value in made.items()}


class Client:
    """One connection, a port, and the handles that are open."""

    def __init__(self, methods, capture, number, numbers):
        self.methods, self.numbers = methods, numbers
        self.open = defaultdict(list)
        self.conn = capture.tcp((f"10.0.{number // 250}.{number % 250 + 1}", 50000), ("10.1.0.1", 49200))
        self.conn.bind()
        self.conn.bind_ack(assoc_group=0x1000 + number)
        self.port = self.call(CREATE_NOTIFY)
        for opener in [*methods.openers.values()] * OPEN_AT_FIRST:
            self.other(opener)

    def call(self, opnum, *handles):
        """A call that succeeds; the handle that it opened."""
        method = self.methods.by_opnum[opnum]
        self.conn.request(opnum, method.request.fill(handles))
        opened = [numbered(next(self.numbers))] if method.opens else []
        self.conn.response(method.success.fill(opened))
        return opened[0] if opened else None

    def open_group(self, name):
        group = numbered(next(self.numbers))
        self.conn.request(OPEN_GROUP, self.methods.openings[name])
        self.conn.response(self.methods.by_opnum[OPEN_GROUP].success.fill([group]))
        return group

    def get_event(self, name):
        self.conn.request(GET_NOTIFY, self.methods.by_opnum[GET_NOTIFY].request.fill([self.port]))
        self.conn.response(self.methods.events[name])

    def _known(self, kind):
        """The handles of a type that are open: one or more once the client has begun."""
        kind = ANY_HANDLE.get(kind, kind)
        if not self.open[kind]:
            self.other(self.methods.openers[kind])
        return self.open[kind]

    def other(self, method, fault=False):
        """Any call, with handles that are open; one too many is not opened, the last one is not closed."""
        if method.closes and len(self._known(method.uses[0])) == 1:
            method = self.methods.openers[method.uses[0]]
        handles = [self._known(kind).pop() if method.closes else self._known(kind)[-1] for kind in method.uses]
        self.conn.request(method.opnum, method.request.fill(handles))
        if fault:
            self.conn.fault(FAULT)
        elif method.opens is None:
            self.conn.response(method.success.fill())
        elif len(self.open[method.opens]) >= OPEN_AT_ONCE:
            self.conn.response(method.failure.fill())
        else:
            self.open[method.opens].append(numbered(next(self.numbers)))
            self.conn.response(method.success.fill(self.open[method.opens][-1:]))

    def others(self, methods, fault):
        """Three calls, one each time it is asked."""
        yield self.other(next(methods))
        yield self.other(next(methods), fault)
        yield self.other(next(methods))

    def short_life(self, life):
        """Three calls in which something comes and goes, one each time it is asked."""
        handle = numbered(next(self.numbers))
        self.conn.request(life.first.opnum, life.making.fill([self._known(kind)[-1] for kind in life.first.uses]))
        yield self.conn.response(life.first.success.fill([handle]))
        yield self.call(life.deletes.opnum, handle)
        yield self.call(life.closes.opnum, handle)

    def round(self, others, names):
        first, second = next(names), next(names)
        one = self.open_group(first)
        next(others)
        self.call(READD_NOTIFY, self.port, one)
        two = self.open_group(second)
        self.get_event(first)
        next(others)
        self.call(READD_NOTIFY, self.port, two)
        self.call(CLOSE_GROUP, one)
        next(others)
        self.call(CLOSE_GROUP, two)


def write(path, methods, pdus):
    """A capture of so many requests and responses, after the beginnings of all connections."""
    with Capture(path, step=0.00001) as capture:
        numbers = itertools.count(1)
        clients = [Client(methods, capture, number, numbers) for number in range(CONNECTIONS)]
        for name in range(NAMES):
            group = clients[0].open_group(name)
            clients[0].call(ADD_NOTIFY, clients[0].port, group)
            clients[0].call(CLOSE_GROUP, group)
        others, names = itertools.cycle(methods.others), itertools.cycle(range(NAMES))
        lives, fault = itertools.cycle(methods.short_lives), False
        for number in range(pdus // PDUS):
            client = clients[number % CONNECTIONS]
            # What comes must go: a fault waits for a round in which nothing does.
            fault |= number % FAULT_EVERY == 0
            if number % SHORT_LIFE_EVERY == SHORT_LIFE_EVERY - 1:
                client.round(client.short_life(next(lives)), names)
            else:
                client.round(client.others(others, fault), names)
                fault = False
    path.chmod(0o644)
    return path
