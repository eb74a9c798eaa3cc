# SPDX-License-Identifier: GPL-2.0-or-later
"""What the made-up cluster consists of, and how its objects change (MS-CMRP 3.1.1)."""
import itertools
import threading
import uuid

import cast

GROUP_ONLINE, GROUP_OFFLINE, GROUP_FAILED, GROUP_PARTIAL, GROUP_PENDING = range(5)
RESOURCE_ONLINE, RESOURCE_OFFLINE, RESOURCE_FAILED = 2, 3, 4
NODE_UP, NODE_PAUSED = 0, 2
NETWORK_UP, INTERFACE_UP = 3, 3
# Seconds that a move takes: long enough that its answer comes before its end.
MOVING = 0.2

_ids = itertools.count(1)


def restart_ids():
    """Called for each new cluster, so that its GUIDs do not depend on the clusters before it."""
    global _ids
    _ids = itertools.count(1)


def new_id():
    """GUIDs that look made up and are the same in each run."""
    return str(uuid.UUID(fields=(next(_ids), 0xC1A5, 0x4000, 0x80, 0x00, 0x1AB000000000)))


class Thing:
    """An object of the cluster. `kind` names it in events; `sequence` counts its changes of state."""
    kind = ""
    state = 0

    def __init__(self, cluster, name):
        self.cluster, self.name, self.id = cluster, name, new_id()
        self.sequence = 0
        self.deleted = False
        self.private = {}

    def change_state(self, state):
        """A new state, its sequence number and its event. No change, no event."""
        if state == self.state:
            return
        self.state = state
        self.sequence += 1
        self.cluster.post(self, "state")


class Node(Thing):
    kind = "node"
    state = NODE_UP

    def __init__(self, cluster, name, number):
        super().__init__(cluster, name)
        self.id = str(number)


class Network(Thing):
    kind = "network"
    state = NETWORK_UP

    def __init__(self, cluster, name, address):
        super().__init__(cluster, name)
        self.address = address


class NetInterface(Thing):
    kind = "netinterface"
    state = INTERFACE_UP

    def __init__(self, cluster, name, node, network):
        super().__init__(cluster, name)
        self.node, self.network = node, network


class ResourceType(Thing):
    kind = "restype"


class Group(Thing):
    kind = "group"
    state = GROUP_OFFLINE
    # Common properties that are told only when somebody has set them.
    unset = {"FailoverThreshold": 0}

    def __init__(self, cluster, name, core=False):
        super().__init__(cluster, name)
        self.core = core
        self.owner = cluster.nodes[0]
        self.type = 0x270F
        self.group_set = None
        self.common = {"Description": "made up", "PersistentState": 1, "Priority": 2000}

    @property
    def resources(self):
        return [r for r in self.cluster.resources if r.group is self]

    def update(self):
        """The state of a group follows from its resources."""
        states = {r.state for r in self.resources}
        if RESOURCE_FAILED in states:
            self.change_state(GROUP_FAILED)
        elif states == {RESOURCE_ONLINE}:
            self.change_state(GROUP_ONLINE)
        elif RESOURCE_ONLINE in states:
            self.change_state(GROUP_PARTIAL)
        else:
            self.change_state(GROUP_OFFLINE)

    def move(self, node):
        """To another node. It goes on when the call is answered; each step has its event."""
        self.change_state(GROUP_PENDING)
        threading.Timer(MOVING, self._arrive, [node]).start()

    def _arrive(self, node):
        with self.cluster.lock:
            self.owner = node
            for resource in self.resources:
                resource.change_state(RESOURCE_ONLINE)
            self.update()

    def fail_over(self):
        """To another node that is up, if the group is one that does so."""
        node = next((n for n in self.cluster.nodes if n is not self.owner and n.state == NODE_UP), None)
        if node and self.common.get("FailoverThreshold"):
            self.move(node)

    def bring(self, online):
        """Online or offline, with all resources; an empty group only changes itself."""
        if not self.resources:
            self.change_state(GROUP_ONLINE if online else GROUP_OFFLINE)
        for resource in self.resources:
            resource.change_state(RESOURCE_ONLINE if online else RESOURCE_OFFLINE)
        if self.resources:
            self.update()


class Resource(Thing):
    kind = "resource"
    state = RESOURCE_OFFLINE

    def __init__(self, cluster, name, group, resource_type, depends_on=(), core=False):
        super().__init__(cluster, name)
        self.group, self.type = group, resource_type
        self.depends_on = list(depends_on)
        self.core = core

    @property
    def network_name(self):
        """The Network Name that the resource is, or depends on at any distance."""
        if self.type.name == "Network Name":
            return self.private["Name"]
        return next((name for r in self.depends_on if (name := r.network_name)), None)

    def bring(self, state):
        self.change_state(state)
        self.group.update()


class GroupSet(Thing):
    kind = "groupset"


class Key:
    """A key of the cluster registry."""

    def __init__(self, path):
        self.path = path
        self.keys, self.values = {}, {}


class Cluster:
    """The whole made-up cluster. Methods run under `lock`, which is also what waiting calls wait on."""

    def __init__(self):
        self.lock = threading.Condition()
        self.ports = []
        self.name = cast.CLUSTER_NAME
        self.sequence = 0
        self.nodes = [Node(self, name, number) for number, name in enumerate(cast.NODES, 1)]
        self.networks = [Network(self, "Cluster Network 1", "192.0.2.0"),
                         Network(self, "Cluster Network 2", "198.51.100.0")]
        self.interfaces = [NetInterface(self, f"{node.name} - {adapter}", node, network)
                           for node in self.nodes
                           for adapter, network in zip(("Ethernet", "Ethernet 2"), self.networks)]
        names = ("Network Name", "IP Address", "File Server", "File Share Witness", "Physical Disk", "Storage Pool",
                 "Generic Service")
        self.types = [ResourceType(self, name) for name in names]
        self.resources, self.groups, self.group_sets = [], [], []
        self._fill()
        self.root = Key("")
        self._fill_registry()

    def _fill(self):
        core = Group(self, "Cluster Group", core=True)
        files = Group(self, "Lab File Server")
        self.groups += [core, files, Group(self, "Lab Empty Group")]
        cluster_name = self._resource("Cluster Name", core, "Network Name", core=True)
        cluster_name.private["Name"] = self.name
        self._resource("File Share Witness", core, "File Share Witness", [cluster_name])
        network_name = self._resource("Network Name", files, "Network Name")
        network_name.private["Name"] = "LABFILES"
        self._resource("Lab Shares", files, "File Server", [network_name])
        for group in (core, files):
            group.bring(online=True)
        for thing in self.groups + self.resources:
            thing.sequence = 0
        self.group_sets += [GroupSet(self, "Cluster Group"), GroupSet(self, "Lab Set")]

    def _resource(self, name, group, type_name, depends_on=(), core=False):
        resource = Resource(self, name, group, self.find(self.types, type_name), depends_on, core)
        self.resources.append(resource)
        return resource

    def _fill_registry(self):
        self.root.values["ClusterInstanceID"] = (1, text(new_id()))
        self.root.values["ClusterName"] = (1, text(self.name))
        for name, things in (("Groups", self.groups), ("Nodes", self.nodes), ("Resources", self.resources),
                             ("Networks", self.networks)):
            branch = self.root.keys[name] = Key(name)
            branch.values["Lab"] = (4, (len(things)).to_bytes(4, "little"))
            for thing in things:
                leaf = branch.keys[thing.id] = Key(f"{name}\\{thing.id}")
                leaf.values["Name"] = (1, text(thing.name))

    @staticmethod
    def find(things, name):
        """By name or ID, whatever the case; None if there is none."""
        wanted = name.lower()
        return next((t for t in things if wanted in (t.name.lower(), t.id.lower())), None)

    def post(self, thing, change, name=None):
        """Offers a change to every notification port and wakes those who wait."""
        with self.lock:
            for port in self.ports:
                port.offer(thing, change, name or thing.name)
            self.lock.notify_all()


def text(value):
    """UTF-16 with terminator, as properties and registry values hold it."""
    return value.encode("utf-16le") + b"\0\0"
