# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a test let a client work with notification ports?

    client = Client(model, capture(), "3-ndr")
    group, port = client.group("Alpha"), client.port()
    client.add(port, group, GROUP_STATE, key=7, sequence=3)     -> frame of the response
    client.event(port, 7, GROUP_STATE, "Alpha", sequence=4)     -> frame of the response
    waiter = client.connect()                                   one more connection of the association
    waiter.ask(port); client.unblock(port); waiter.answer(1)

    findings(session, pcap) -> {frame: {"notify-key-unknown"}}; `session` is a running Sharkd

Tests import the fixtures: client() makes a client with a capture of its own, judged(client) tells what is found in it.
"""
import re

import pytest

from .calls import ENCODINGS, NULL_HANDLE, Calls, handle

GROUP_STATE, GROUP_DELETED, GROUP_ADDED, GROUP_PROPERTY = 0x1000, 0x2000, 0x4000, 0x8000
NODE_STATE = 0x1

SUCCESS, INVALID_FUNCTION, INVALID_HANDLE, NO_MORE_ITEMS = 0, 1, 6, 0x103

# CLUSTER_OBJECT_TYPE (2.2.2.11).
CLUSTER, GROUP, RESOURCE, RESOURCE_TYPE, NETINTERFACE, NETWORK, NODE, REGISTRY, QUORUM = range(1, 10)

# Opnums that open, register and register again, and the parameters that name and carry the object.
OBJECTS = {
    "group": (41, "lpszGroupName", 59, 63, "hGroup"),
    "node": (66, "lpszNodeName", 58, 62, "hNode"),
    "resource": (8, "lpszResourceName", 60, 64, "hResource"),
    "network": (81, "lpszNetworkName", 90, 91, "hNetwork"),
    "netinterface": (92, "lpszNetInterfaceName", 99, 100, "hNetInterface"),
}


class Client(Calls):
    """The calls of one connection; handles are numbered across all connections of a capture."""

    def __init__(self, model, capture, encoding="3-ndr", **options):
        super().__init__(model, capture, ENCODINGS[encoding], **options)
        if not hasattr(capture, "handles"):
            capture.handles = 0
        self._kinds = {}

    def connect(self, **options):
        """One more connection of the same association."""
        other = Client(self.model, self.capture, self.encoding.name, joins=True, **options)
        other._kinds = self._kinds
        return other

    def _new(self, kind):
        self.capture.handles += 1
        made = handle(7 * self.capture.handles)
        self._kinds[made] = kind
        return made

    def advance(self, seconds):
        self.capture.advance(seconds)

    # Handles

    def open(self, kind, name):
        opnum, parameter = OBJECTS[kind][:2]
        made = self._new(kind)
        self.request(opnum, **{parameter: name})
        self.response(Status=0, rpc_status=0, result=made)
        return made

    def group(self, name):
        return self.open("group", name)

    def cluster(self):
        made = self._new("cluster")
        self.request(0)
        self.response(Status=0, rpc_status=0, result=made)
        return made

    def key(self):
        made = self._new("key")
        self.request(28, samDesired=1)
        self.response(Status=0, rpc_status=0, result=made)
        return made

    def port(self):
        made = self._new("port")
        self.request(55)
        self.response(Status=0, rpc_status=0, result=made)
        return made

    def port_2(self):
        made = self._new("port")
        self.request(137)
        self.response(rpc_error=0, rpc_status=0, result=made)
        return made

    # Registrations

    def ask_to_add(self, port, object, filter, key):
        if self._kinds[object] == "cluster":
            return self.request(57, hNotify=port, hCluster=object, dwFilter=filter, dwNotifyKey=key)
        if self._kinds[object] == "key":
            name = "dwFilter" if self.encoding.version == 2 else "Filter"
            return self.request(61, hNotify=port, hKey=object, dwNotifyKey=key, WatchSubTree=0, **{name: filter})
        opnum, parameter = OBJECTS[self._kinds[object]][2::2]
        return self.request(opnum, hNotify=port, dwFilter=filter, dwNotifyKey=key, **{parameter: object})

    def added(self, sequence=0, status=SUCCESS):
        return self.response(dwStateSequence=sequence, rpc_status=0, result=status)

    def add(self, port, object, filter, key, sequence=0, status=SUCCESS):
        self.ask_to_add(port, object, filter, key)
        return self.added(sequence, status)

    def ask_to_readd(self, port, object, filter, key, sequence):
        opnum, parameter = OBJECTS[self._kinds[object]][3:]
        return self.request(opnum, hNotify=port, dwFilter=filter, dwNotifyKey=key, StateSequence=sequence,
                            **{parameter: object})

    def readd(self, port, object, filter, key, sequence, status=SUCCESS):
        """The frame of the request: its sequence is what is judged."""
        frame = self.ask_to_readd(port, object, filter, key, sequence)
        self.response(rpc_status=0, result=status)
        return frame

    def ask_to_add_2(self, port, object, type, flags, key, version=2, targeted=1):
        return self.request(138, hNotify=port, hObject=object, filter={"dwObjectType": type, "FilterFlags": flags},
                            dwNotifyKey=key, dwVersion=version, isTargetedAtObject=targeted)

    def add_2(self, port, object, type, flags, key, status=SUCCESS, **options):
        """The frames of the request and of the response."""
        return self.ask_to_add_2(port, object, type, flags, key, **options), self.response(rpc_status=0, result=status)

    def add_type_2(self, port, name, flags, key, version=2, status=SUCCESS):
        asked = self.request(155, hNotify=port, filter=flags, dwNotifyKey=key, resTypeName=name, dwVersion=version)
        return asked, self.response(rpc_status=0, result=status)

    # Events

    def ask(self, port, timeout=60000):
        return self.request(65, hNotify=port, Timeout=timeout)

    def answer(self, status=SUCCESS, key=0, filter=0, name="", sequence=0):
        return self.response(dwNotifyKey=key, dwFilter=filter, dwStateSequence=sequence, Name=name, rpc_status=0,
                             result=status)

    def event(self, port, key, filter, name="", sequence=0):
        self.ask(port)
        return self.answer(SUCCESS, key, filter, name, sequence)

    def answer_2(self, *events, status=SUCCESS):
        return self.response(Notifications=list(events), dwNumNotifications=len(events), result=status)

    def events_2(self, port, *events):
        """`events` are made by event_2."""
        self.request(139, hNotify=port)
        return self.answer_2(*events)

    def events_async(self, port, *events):
        """`events` are (key, filter, name)."""
        self.request(147, hNotify=port)
        return self.answer_2(*({"dwNotifyKey": key, "dwFilter": filter, "Name": name} for key, filter, name in events))

    # Ends

    def ask_to_unblock(self, port):
        return self.request(107, hNotify=port)

    def unblock(self, port):
        asked = self.ask_to_unblock(port)
        self.response(result=SUCCESS)
        return asked

    def close(self, port):
        """The frame of the request."""
        name = "hNotify" if self.encoding.version == 2 else "Notify"
        asked = self.request(56, **{name: port})
        self.response(result=SUCCESS, **{name: NULL_HANDLE})
        return asked


def event_2(key, type, flags, name="", buffer=b"", object_id="", parent_id="", type_name=""):
    return {"dwNotifyKey": key, "NotificationData": {
        "FilterAndType": {"dwObjectType": type, "FilterFlags": flags}, "buffer": buffer, "dwBufferSize": len(buffer),
        "ObjectId": object_id, "ParentId": parent_id, "Name": name, "Type": type_name}}


def findings(session, pcap):
    """The rules of the family that each frame breaks, as a person finds them by clicking on frames."""
    session.load(pcap)
    found = {}
    # Without a filter: sharkd remembers what a filter found, even in another capture.
    for row in session.frames():
        lines = session.labels(row["num"])
        rules = set(re.findall(r"\bFinding: (notify-[a-z0-9-]+)", "\n".join(lines)))
        if rules:
            found[row["num"]] = rules
    return found


@pytest.fixture
def client(model, capture):
    """A function that makes a client: client(encoding="3-ndr", name="test", **options of Client)."""
    def make(encoding="3-ndr", name="test", **options):
        return Client(model, capture(name), encoding, **options)

    return make


@pytest.fixture
def judged(clicker):
    """What is found in the capture of a client."""
    return lambda client: findings(clicker, client.capture)
