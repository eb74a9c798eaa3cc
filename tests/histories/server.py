# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a conforming server answer each method?

A method is a function of a Request that returns the values of the response, a Refusal, or WAIT. What the text leaves
to the server is a trait of the server, chosen once.
"""
from collections import namedtuple

from support.calls import NULL_HANDLE, handle

from .cluster import AT_REST, PAUSED, PENDING, RES_FAILED, RES_ONLINE, RES_OFFLINE, UP
from .ports import CHANGES, Port, Registration

SUCCESS, INVALID_FUNCTION, ACCESS_DENIED, INVALID_HANDLE, SHARING_PAUSED = 0, 1, 5, 6, 70
INVALID_PARAMETER, INVALID_NAME, DIR_NOT_EMPTY, ALREADY_EXISTS = 0x57, 0x7B, 0x91, 0xB7
TIMED_OUT, NO_MORE_ITEMS, IO_PENDING = 0x102, 0x103, 0x3E5
HOST_NODE_NOT_AVAILABLE, RESOURCE_NOT_AVAILABLE, RESOURCE_NOT_FOUND = 0x138D, 0x138E, 0x138F
OBJECT_ALREADY_EXISTS, GROUP_NOT_AVAILABLE, GROUP_NOT_FOUND, RESOURCE_ONLINE = 0x1392, 0x1394, 0x1395, 0x139B
INVALID_STATE, RESOURCE_FAILED, NODE_NOT_FOUND, NETWORK_NOT_FOUND, NETINTERFACE_NOT_FOUND = (
    0x139F, 0x13AE, 0x13B2, 0x13B5, 0x13B7)
CLUSTER_NODE_DOWN = 0x13BA
CONTEXT_MISMATCH = 0x1C00001A  # nca_s_fault_context_mismatch
BAD_STUB_DATA = 0x6F7
GENERIC_READ, GENERIC_ALL, MAXIMUM_ALLOWED = 0x80000000, 0x10000000, 0x02000000
READ_ACCESS, CHANGE_ACCESS = 1, 2

WAIT = object()
Fault = namedtuple("Fault", "status")


class Refusal(Exception):
    """The method fails with a status."""


class Context:
    """What a context handle stands for: its type, its object, and whether it carries All."""

    def __init__(self, kind, thing=None, all=True):
        self.kind, self.thing, self.all = kind, thing, all


class Traits:
    """What the text leaves to a server."""

    def __init__(self, random):
        self.faults_for_handles = random.random() < 0.3  # the runtime refuses a handle, before the method (MS-RPCE)
        self.deleted_is_invalid = random.random() < 0.5  # is the handle of what was deleted still valid?
        self.ended_wait = random.choice((INVALID_FUNCTION, NO_MORE_ITEMS))
        self.async_share = random.choice((0, 0.5))  # of moves, onlines and offlines that go on in the background
        self.same_bytes = random.random() < 0.3  # all servers count their handles from the same number on
        self.again = random.choice((0, 0.5))  # share of new handles that have the bytes of one that was closed
        self.most_events = random.choice((1, 3, 100))


class Server:
    """A node of the cluster that serves clients."""

    def __init__(self, cluster, node, random, traits):
        self.cluster, self.node, self.random, self.traits = cluster, node, random, traits
        self.groups = 0x1000 + random.randrange(1 << 16)
        self.issued = 0 if traits.same_bytes else random.randrange(1 << 12)
        self.free = []  # bytes of handles whose end was told
        self.starting = 0  # requests that are still refused: the node has not sufficiently initialized (3.1.1)

    def associate(self, entitled):
        self.groups += 1
        return Association(self, self.groups, entitled)


class Association:
    """What a server holds for a client: the connections of one association group share it. `entitled` to All?"""

    def __init__(self, server, group, entitled):
        self.server, self.group, self.entitled = server, group, entitled
        self.contexts, self.connections = {}, 0
        self.closed = []  # (kind, bytes) of handles whose end was told

    def issue(self, context):
        """A handle is one token for one object of the server (MS-RPCE 2.2.1.1.4)."""
        server = self.server
        if server.free and server.random.random() < server.traits.again:
            made = server.free.pop(server.random.randrange(len(server.free)))
        else:
            server.issued += 1
            made = bytes(4) + server.issued.to_bytes(4, "little") + handle(server.issued % 200)[8:]
        self.contexts[made] = context
        return made

    def run_down(self):
        """The last connection is gone (3.1.6)."""
        for context in self.contexts.values():
            if context.kind in ("port", "port2"):
                self.server.cluster.ports.remove(context.thing)
        self.server.free += self.contexts
        self.contexts.clear()


class Request:
    """One call, while the server works at it."""

    def __init__(self, association, method, values):
        self.association, self.method, self.values = association, method, values
        self.server, self.cluster = association.server, association.server.cluster
        self.contexts = []

    def thing(self, place=0):
        return self.contexts[place].thing

    def later(self):
        return self.server.random.random() < self.server.traits.async_share

    def need(self, place, status):
        """An object that is still there; if it is not, the method fails with a status of its page."""
        thing = self.thing(place)
        if thing is not None and thing.deleted:
            raise Refusal(INVALID_HANDLE if self.server.traits.deleted_is_invalid else status)
        return thing


# ---------------------------------------------------------------- the methods

Method = namedtuple("Method", "opnum answer handles needs_all opens closes")
METHODS = {}


def method(opnum, handles=(), all=False, opens=None, closes=None):
    """`handles`: (parameter, kind) of those in the request. `all`: it needs All, of its handles, or without any that
    carry a level, of the client."""
    def keep(answer):
        METHODS[opnum] = Method(opnum, answer, handles, all, opens, closes)
        return answer

    return keep


def _opened(request, context, **more):
    return {"Status": SUCCESS, "result": request.association.issue(context), **more}


@method(3)
def get_cluster_name(request):
    return {"ClusterName": request.cluster.name, "NodeName": request.server.node.name, "result": SUCCESS}


LISTED = {1: "node", 4: "resource", 8: "group", 0x10: "network", 0x20: "netinterface"}


@method(7)
def create_enum(request):
    if request.values["dwType"] & ~0xC000003F:
        raise Refusal(INVALID_PARAMETER)
    entries = [{"Type": bit, "Name": thing.name} for bit, kind in LISTED.items() if request.values["dwType"] & bit
               for thing in request.cluster.things[kind] if not thing.deleted]
    return {"ReturnEnum": {"EntryCount": len(entries), "Entry": entries}, "result": SUCCESS}


@method(53, [("hGroup", "group")])
def create_group_resource_enum(request):
    group = request.need(0, GROUP_NOT_AVAILABLE)
    entries = [{"Type": 1, "Name": resource.name} for resource in group.resources]
    return {"ReturnEnum": {"EntryCount": len(entries), "Entry": entries}, "result": SUCCESS}


# ------------------------------------------------------------ opening and closing

@method(0, all=True, opens="cluster")
def open_cluster(request):
    return _opened(request, Context("cluster"))


@method(28, opens="key")
def get_root_key(request):
    return _opened(request, Context("key", request.cluster.key))


NOT_FOUND = {"group": GROUP_NOT_FOUND, "resource": RESOURCE_NOT_FOUND, "node": NODE_NOT_FOUND,
             "network": NETWORK_NOT_FOUND, "netinterface": NETINTERFACE_NOT_FOUND}
NAMES = {"group": "lpszGroupName", "resource": "lpszResourceName", "node": "lpszNodeName", "network": "lpszNetworkName",
         "netinterface": "lpszNetInterfaceName"}
OPENS = {"group": 41, "resource": 8, "node": 66, "network": 81, "netinterface": 92}
OPENS_EX = {"cluster": 117, "node": 118, "group": 119, "resource": 120, "network": 121, "netinterface": 122}
CLOSES = {"cluster": (1, "Cluster"), "resource": (11, "Resource"), "key": (37, "pKey"), "group": (44, "Group"),
          "port": (56, "Notify"), "port2": (56, "Notify"), "node": (67, "Node"), "network": (82, "Network"),
          "netinterface": (93, "NetInterface")}


def _find(request, kind):
    if kind == "cluster":
        return None
    thing = request.cluster.find(kind, request.values[NAMES[kind]])
    if thing is None:
        raise Refusal(NOT_FOUND[kind])
    return thing


def _open(kind):
    return lambda request: _opened(request, Context(kind, _find(request, kind)))


def _open_ex(kind):
    def answer(request):
        asked, entitled = request.values["dwDesiredAccess"], request.association.entitled
        all = bool(asked & GENERIC_ALL or asked & CHANGE_ACCESS or asked & MAXIMUM_ALLOWED and entitled)
        if all and not entitled:
            raise Refusal(ACCESS_DENIED)
        granted = GENERIC_ALL if all else GENERIC_READ
        return _opened(request, Context(kind, _find(request, kind), all), lpdwGrantedAccess=granted)

    return answer


for _kind, _opnum in OPENS.items():
    method(_opnum, all=True, opens=_kind)(_open(_kind))
for _kind, _opnum in OPENS_EX.items():
    method(_opnum, opens=_kind)(_open_ex(_kind))


def _close(request):
    return {"result": SUCCESS, **dict.fromkeys(("Notify", "hNotify", *(name for _, name in CLOSES.values())), NULL_HANDLE)}


for _kind, (_opnum, _name) in CLOSES.items():
    if _opnum != 56:
        method(_opnum, [(_name, _kind)], closes=_kind)(_close)


# ------------------------------------------------------------ groups

@method(42, all=True, opens="group")
def create_group(request):
    name = request.values["lpszGroupName"]
    if request.cluster.find("group", name):
        raise Refusal(OBJECT_ALREADY_EXISTS)
    return _opened(request, Context("group", request.cluster.create_group(name, request.server.node)))


@method(43, [("Group", "group")], all=True)
def delete_group(request):
    group = request.need(0, GROUP_NOT_AVAILABLE)
    if group.resources and not request.values.get("force"):
        raise Refusal(DIR_NOT_EMPTY)
    request.cluster.delete(group)
    return {"result": SUCCESS}


@method(45, [("hGroup", "group")])
def get_group_state(request):
    group = request.need(0, GROUP_NOT_AVAILABLE)
    return {"State": group.state, "NodeName": group.owner.name, "result": SUCCESS}


def _rename(kind, status):
    def answer(request):
        thing, name = request.need(0, status), request.values[NAMES[kind]]
        if not name:
            raise Refusal(INVALID_NAME)
        other = request.cluster.find(kind, name)
        if other is not None and other is not thing:
            raise Refusal(ALREADY_EXISTS)
        request.cluster.rename(thing, name)
        return {"result": SUCCESS}

    return answer


def _tell_id(status):
    return lambda request: {"pGuid": request.need(0, status).id, "result": SUCCESS}


method(46, [("hGroup", "group")], all=True)(_rename("group", GROUP_NOT_AVAILABLE))
method(13, [("hResource", "resource")], all=True)(_rename("resource", RESOURCE_NOT_AVAILABLE))
method(47, [("hGroup", "group")])(_tell_id(GROUP_NOT_AVAILABLE))
method(14, [("hResource", "resource")])(_tell_id(RESOURCE_NOT_AVAILABLE))


@method(49, [("hGroup", "group")], all=True)
def online_group(request):
    group = request.need(0, GROUP_NOT_AVAILABLE)
    if group.owner.state == PAUSED:
        raise Refusal(SHARING_PAUSED)
    if any(resource.state in PENDING for resource in group.resources):
        raise Refusal(INVALID_STATE)
    later = [request.cluster.begin_online(resource, request.later()) for resource in list(group.resources)]
    return {"result": IO_PENDING if any(later) else SUCCESS}


@method(50, [("hGroup", "group")], all=True)
def offline_group(request):
    group = request.need(0, GROUP_NOT_AVAILABLE)
    if any(resource.state in PENDING for resource in group.resources):
        raise Refusal(INVALID_STATE)
    later = [request.cluster.begin_offline(resource, request.later()) for resource in list(group.resources)]
    return {"result": IO_PENDING if any(later) else SUCCESS}


def _move(request, group, node):
    if any(resource.state in PENDING for resource in group.resources):
        raise Refusal(INVALID_STATE)
    if node is None:
        raise Refusal(HOST_NODE_NOT_AVAILABLE)
    request.cluster.move(group, node)
    return {"result": SUCCESS}


@method(51, [("hGroup", "group")], all=True)
def move_group(request):
    group = request.need(0, GROUP_NOT_AVAILABLE)
    others = [node for node in request.cluster.things["node"] if node is not group.owner and node.state == UP]
    return _move(request, group, request.server.random.choice(others) if others else None)


@method(52, [("hGroup", "group"), ("hNode", "node")], all=True)
def move_group_to_node(request):
    group = request.need(0, GROUP_NOT_AVAILABLE)
    if request.thing(1).state == PAUSED:
        raise Refusal(SHARING_PAUSED)
    return _move(request, group, request.thing(1))


# ------------------------------------------------------------ resources

@method(9, [("hGroup", "group")], all=True, opens="resource")
def create_resource(request):
    group = request.need(0, GROUP_NOT_FOUND)
    if request.cluster.find("resource", request.values["lpszResourceName"]):
        raise Refusal(OBJECT_ALREADY_EXISTS)
    return _opened(request, Context("resource", request.cluster.create_resource(group, request.values["lpszResourceName"])))


@method(10, [("hResource", "resource")], all=True)
def delete_resource(request):
    resource = request.need(0, RESOURCE_NOT_AVAILABLE)
    if resource.state not in AT_REST:
        raise Refusal(RESOURCE_ONLINE)
    request.cluster.delete(resource)
    return {"result": SUCCESS}


@method(12, [("hResource", "resource")])
def get_resource_state(request):
    resource = request.need(0, RESOURCE_NOT_AVAILABLE)
    group = resource.group
    return {"State": resource.state, "NodeName": group.owner.name, "GroupName": group.name, "result": SUCCESS}


@method(17, [("hResource", "resource")], all=True)
def online_resource(request):
    resource = request.need(0, RESOURCE_NOT_AVAILABLE)
    if resource.group.owner.state == PAUSED:
        raise Refusal(SHARING_PAUSED)
    if resource.state in PENDING:
        raise Refusal(INVALID_STATE)
    return {"result": IO_PENDING if request.cluster.begin_online(resource, request.later()) else SUCCESS}


@method(18, [("hResource", "resource")], all=True)
def offline_resource(request):
    resource = request.need(0, RESOURCE_NOT_AVAILABLE)
    if resource.state not in (RES_ONLINE, RES_OFFLINE, RES_FAILED):
        raise Refusal(INVALID_STATE)
    if resource.state == RES_FAILED:
        raise Refusal(RESOURCE_FAILED)
    return {"result": IO_PENDING if request.cluster.begin_offline(resource, request.later()) else SUCCESS}


@method(25, [("hResource", "resource"), ("hGroup", "group")], all=True)
def change_resource_group(request):
    resource, group = request.need(0, RESOURCE_NOT_AVAILABLE), request.need(1, GROUP_NOT_AVAILABLE)
    if resource.group is group:
        raise Refusal(ALREADY_EXISTS)
    if resource.group.owner is not group.owner and resource.state not in AT_REST:
        raise Refusal(RESOURCE_ONLINE)
    request.cluster.change_group(resource, group)
    return {"result": SUCCESS}


# ------------------------------------------------------------ nodes, networks, keys

@method(68, [("hNode", "node")])
def get_node_state(request):
    return {"State": request.thing().state, "result": SUCCESS}


@method(69, [("hNode", "node")], all=True)
def pause_node(request):
    request.cluster.set_node(request.thing(), PAUSED)
    return {"result": SUCCESS}


@method(70, [("hNode", "node")], all=True)
def resume_node(request):
    request.cluster.set_node(request.thing(), UP)
    return {"result": SUCCESS}


@method(83, [("hNetwork", "network")])
def get_network_state(request):
    return {"State": request.thing().state, "result": SUCCESS}


@method(94, [("hNetInterface", "netinterface")])
def get_netinterface_state(request):
    return {"State": request.thing().state, "result": SUCCESS}


@method(32, [("hKey", "key")], all=True)
def set_value(request):
    request.cluster.tell(request.cluster.key, "value")
    return {"result": SUCCESS}


# ------------------------------------------------------------ ports

def _new_port(request, kind):
    port = Port(2 if kind == "port2" else 1)
    request.cluster.ports.append(port)
    return _opened(request, Context(kind, port), rpc_error=SUCCESS)


method(55, opens="port")(lambda request: _new_port(request, "port"))
method(137, opens="port2")(lambda request: _new_port(request, "port2"))

# What registers, and registers again: parameter, opnums, and what the page says of an object that is gone.
REGISTERS = {
    "node": ("hNode", 58, 62, INVALID_HANDLE), "group": ("hGroup", 59, 63, GROUP_NOT_AVAILABLE),
    "resource": ("hResource", 60, 64, RESOURCE_NOT_AVAILABLE), "network": ("hNetwork", 90, 91, INVALID_HANDLE),
    "netinterface": ("hNetInterface", 99, 100, INVALID_HANDLE)}


def _register(status, again):
    def answer(request):
        thing, port, values = request.need(1, status), request.thing(0), request.values
        registration = Registration(thing, values["dwFilter"], values["dwNotifyKey"])
        port.register(registration)
        # Whatever the filter has: the text makes no condition of it (3.1.4.2.64).
        if again and values["StateSequence"] != thing.event_sequence():
            port.queue_state(registration, thing, CHANGES[thing.kind]["state"])
        return {"dwStateSequence": thing.event_sequence(), "result": SUCCESS}

    return answer


for _kind, (_param, _add, _readd, _status) in REGISTERS.items():
    method(_add, [("hNotify", "port"), (_param, _kind)])(_register(_status, False))
    method(_readd, [("hNotify", "port"), (_param, _kind)])(_register(_status, True))


@method(57, [("hNotify", "port"), ("hCluster", "cluster")])
def add_notify_cluster(request):
    request.thing(0).register(Registration(None, request.values["dwFilter"], request.values["dwNotifyKey"]))
    return {"result": SUCCESS}


@method(61, [("hNotify", "port"), ("hKey", "key")])
def add_notify_key(request):
    request.thing(0).register(Registration(request.thing(1), request.values["Filter"], request.values["dwNotifyKey"]))
    return {"result": SUCCESS}


@method(138, [("hNotify", "port2"), ("hObject", None)])
def add_notify_v2(request):
    values = request.values
    if values["dwVersion"] != 2 or values["filter"]["FilterFlags"] & ~0x1FFF or values["filter"]["FilterFlags"] == 0x200:
        raise Refusal(INVALID_PARAMETER)
    kind = {1: "cluster", 2: "group", 3: "resource", 7: "node"}[values["filter"]["dwObjectType"]]
    thing = request.need(1, GROUP_NOT_AVAILABLE) if values["isTargetedAtObject"] else None
    request.thing(0).register(Registration(thing, values["filter"]["FilterFlags"], values["dwNotifyKey"], kind))
    return {"result": SUCCESS}


def _get(request):
    port = request.thing(0)
    taken = port.take()
    if taken is None:
        return {"result": request.server.traits.ended_wait} if port.ended else WAIT
    if port.version == 1:
        return {"dwNotifyKey": taken.key, "dwFilter": taken.change, "dwStateSequence": taken.sequence, "Name": taken.name,
                "result": SUCCESS}
    most = request.server.traits.most_events
    port.queue.extendleft(reversed(taken[most:]))
    return events_2(taken[:most])


def events_2(events):
    records = [{"dwNotifyKey": event.key, "NotificationData": {
        "FilterAndType": {"dwObjectType": event.type, "FilterFlags": event.flag}, "buffer": event.buffer,
        "dwBufferSize": len(event.buffer), "ObjectId": event.id, "ParentId": event.parent, "Name": event.name,
        "Type": event.type_name}} for event in events]
    return {"Notifications": records, "dwNumNotifications": len(records), "result": SUCCESS}


method(65, [("hNotify", "port")])(_get)
method(139, [("hNotify", "port2")])(_get)


@method(107, [("hNotify", "any port")])
def unblock(request):
    request.thing(0).ended = True
    return {"result": SUCCESS}


@method(56, [("Notify", "any port")], closes="port")
def close_notify(request):
    port = request.thing(0)
    port.ended = True
    port.queue.clear()
    request.cluster.ports.remove(port)
    return _close(request)


# ---------------------------------------------------------------- one call

def _fits(kind, context):
    return kind is None or kind == context.kind or kind == "any port" and context.kind in ("port", "port2")


_LEVELS = ("cluster", "resource", "group", "node", "network", "netinterface")


def _failure(request, status):
    """The response of a method that fails: a handle that it returns is NULL (3)."""
    values = {"result": status}
    if request.method.opens:
        values = {"Status": status, "rpc_error": status, "result": NULL_HANDLE}
    if request.method.closes:
        values.update({name: request.values[name] for name, _ in request.method.handles})
    return values


def answer(request, consistent=True):
    """The values of the response, a Fault, or WAIT. `consistent`: is the stub what strict NDR demands (3.1.4.2)?"""
    server, method = request.server, request.method
    if not consistent:
        return Fault(BAD_STUB_DATA)
    for name, kind in method.handles:
        context = request.association.contexts.get(request.values[name])
        if context is None and server.traits.faults_for_handles:
            return Fault(CONTEXT_MISMATCH)
        if context is None or not _fits(kind, context):
            return _failure(request, INVALID_HANDLE)
        request.contexts.append(context)
    if server.starting:
        server.starting -= 1
        return _failure(request, SHARING_PAUSED)
    leveled = [context for context in request.contexts if context.kind in _LEVELS]
    if method.needs_all and not (all(context.all for context in leveled) if leveled else request.association.entitled):
        return _failure(request, ACCESS_DENIED)
    try:
        values = method.answer(request)
    except Refusal as refusal:
        return _failure(request, refusal.args[0])
    if method.closes:
        del request.association.contexts[request.values[method.handles[0][0]]]
    return values
