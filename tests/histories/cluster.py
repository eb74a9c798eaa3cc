# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a cluster hold, and what changes with what (3.1.1, 3.1.4.2.10 to .71)?

The state is one for all nodes: "after the client request is completed, the updated state is accessible … by means of a
session to any active node" (3.1.4.2).
"""
import struct
from uuid import UUID

UP, PAUSED = 0, 2
RES_ONLINE, RES_OFFLINE, RES_FAILED, RES_ONLINE_PENDING, RES_OFFLINE_PENDING = 2, 3, 4, 0x81, 0x82
GROUP_ONLINE, GROUP_OFFLINE, GROUP_FAILED, GROUP_PARTIAL, GROUP_PENDING = range(5)
PENDING = (RES_ONLINE_PENDING, RES_OFFLINE_PENDING)
AT_REST = (RES_OFFLINE, RES_FAILED)
RESOURCE_TYPE = "Generic Application"


class Thing:
    """An object of the cluster. `names` are all that it ever had, the newest last."""

    def __init__(self, cluster, kind, name, state, sequence):
        self.cluster, self.kind, self.names, self.state, self.sequence = cluster, kind, [name], state, sequence
        self.id = str(UUID(int=cluster.random.getrandbits(128)))
        self.deleted = False

    @property
    def name(self):
        return self.names[-1]

    def event_name(self):
        return self.name

    def event_sequence(self):
        return self.sequence

    def step(self):
        """The sequence grows by each change of state (3.1.4.2.46, .13)."""
        self.sequence += self.cluster.random.choice(self.cluster.steps)

    def details_2(self, what):
        """Id, parent, type and buffer of an event of version 2 (3.1.4.2.138)."""
        state = struct.pack("<I", self.state)
        if self.kind == "group":
            buffer = {"state": state, "group added": struct.pack("<I", 0x270F)}.get(what, b"")
            return self.id, self.owner.id, "", buffer
        if self.kind == "resource":
            parent = self.group.id
            return self.id, parent, RESOURCE_TYPE, state if what == "state" else (parent + "\0").encode("utf-16-le")
        return self.id, "", "", state


class Key:
    """A key of the cluster registry: it has neither state nor sequence."""

    kind, deleted = "key", False

    def event_name(self):
        return ""

    def event_sequence(self):
        return 0


class Cluster:
    """`tag` makes the names of objects differ from those of other clusters; `steps` are by how much sequences grow."""

    def __init__(self, random, tag, nodes=2, steps=(1,)):
        self.random, self.tag, self.steps = random, tag, steps
        self.name = f"CLUSTER{tag}"
        self.ports = []
        self.key = Key()
        self.things = {kind: [] for kind in ("node", "group", "resource", "network", "netinterface")}
        self.former = []  # names that objects had
        for number in range(1, nodes + 1):
            self._begin("node", f"NODE{number}{tag}", UP)
            self._begin("netinterface", f"NODE{number}{tag} - Ethernet", 3)
        self._begin("network", f"Cluster Network{tag}", 3)
        for number in range(random.randint(1, 4)):
            group = self._begin("group", f"Group {number}{tag}", GROUP_OFFLINE)
            group.owner, group.resources = random.choice(self.things["node"]), []
            for place in range(random.randint(0, 3)):
                resource = self._begin("resource", f"Disk {number}{place}{tag}", random.choice((RES_ONLINE, RES_OFFLINE)))
                resource.group = group
                group.resources.append(resource)
            group.state = self.state_of(group)

    def _begin(self, kind, name, state):
        """What was there before the history began: its sequence may be anything."""
        sequence = self.random.choice((0, self.random.randrange(60), self.random.randrange(1 << 31)))
        thing = Thing(self, kind, name, state, sequence)
        self.things[kind].append(thing)
        return thing

    # ------------------------------------------------------------ names

    def find(self, kind, text):
        """By name or id, in any case (3.1.1.1.4)."""
        wanted = text.lower()
        for thing in self.things[kind]:
            if not thing.deleted and wanted in (thing.name.lower(), thing.id.lower()):
                return thing
        return None

    def fresh_name(self, kind):
        return f"{kind.title()} {self.random.randrange(1000, 10000)}{self.tag}"

    # ------------------------------------------------------------ events

    def tell(self, thing, what):
        for port in self.ports:
            port.tell(thing, what)

    # ------------------------------------------------------------ states

    @staticmethod
    def state_of(group):
        """The order of precedence (3.1.4.2.46). No resource depends on another, so all are top-level."""
        states = [resource.state for resource in group.resources]
        if RES_FAILED in states:
            return GROUP_FAILED
        if any(state in PENDING for state in states):
            return GROUP_PENDING
        if RES_ONLINE in states:
            return GROUP_ONLINE if set(states) == {RES_ONLINE} else GROUP_PARTIAL
        return GROUP_OFFLINE

    def refresh(self, group):
        state = self.state_of(group)
        if state != group.state and not group.deleted:
            group.state = state
            group.step()
            self.tell(group, "state")

    def set_resource(self, resource, state):
        if resource.state != state:
            resource.state = state
            resource.step()
            self.tell(resource, "state")
            self.refresh(resource.group)

    def set_node(self, node, state):
        if node.state != state:
            node.state = state
            node.step()
            self.tell(node, "state")

    # ------------------------------------------------------------ changes

    def create_group(self, name, owner):
        group = Thing(self, "group", name, GROUP_OFFLINE, 0)
        group.owner, group.resources = owner, []
        self.things["group"].append(group)
        self.tell(group, "added")
        return group

    def create_resource(self, group, name):
        resource = Thing(self, "resource", name, RES_OFFLINE, 0)
        resource.group = group
        group.resources.append(resource)
        self.things["resource"].append(resource)
        self.tell(resource, "added")
        self.tell(group, "property")
        self.refresh(group)
        return resource

    def rename(self, thing, name):
        self.former.append((thing.kind, thing.name))
        thing.names.append(name)
        self.tell(thing, "property")

    def delete(self, thing):
        if thing.kind == "group":
            for resource in list(thing.resources):
                self.set_resource(resource, RES_OFFLINE)
                self.delete(resource)
        thing.deleted = True
        self.former.append((thing.kind, thing.name))
        self.tell(thing, "deleted")
        if thing.kind == "resource":
            thing.group.resources.remove(thing)
            self.tell(thing.group, "property")
            self.refresh(thing.group)

    def change_group(self, resource, group):
        """The sequence grows without a change of state (3.1.4.2.26); both groups have a changed property (2.2.2.7)."""
        old = resource.group
        old.resources.remove(resource)
        resource.group = group
        group.resources.append(resource)
        resource.step()
        for one in (old, group):
            self.tell(one, "property")
            self.refresh(one)

    def begin_online(self, resource, later):
        """True if it goes on in the background (3.1.4.2.18)."""
        if resource.state == RES_ONLINE:
            return False
        self.set_resource(resource, RES_ONLINE_PENDING if later else RES_ONLINE)
        return later

    def begin_offline(self, resource, later):
        if resource.state in AT_REST:
            return False
        self.set_resource(resource, RES_OFFLINE_PENDING if later else RES_OFFLINE)
        return later

    def move(self, group, node):
        """Offline here, online there (3.1.4.2.52), before the call returns."""
        running = [resource for resource in group.resources if resource.state == RES_ONLINE]
        for resource in running:
            self.set_resource(resource, RES_OFFLINE)
        group.owner = node
        for resource in running:
            self.set_resource(resource, RES_ONLINE)

    # ------------------------------------------------------------ what happens by itself

    def go_on(self):
        """Something that no call asked for: what is pending ends, what is online fails (3.1.4.2.13, .18, .19)."""
        alive = [resource for resource in self.things["resource"] if not resource.deleted]
        pending = [resource for resource in alive if resource.state in PENDING]
        if pending:
            resource = self.random.choice(pending)
            if self.random.random() < 0.1:
                self.set_resource(resource, RES_FAILED)
            else:
                self.set_resource(resource, RES_ONLINE if resource.state == RES_ONLINE_PENDING else RES_OFFLINE)
            return
        if not alive:
            return
        resource = self.random.choice(alive)
        if resource.state == RES_ONLINE and self.random.random() < 0.5:
            self.set_resource(resource, RES_FAILED)
        elif resource.state == RES_FAILED and resource.group.owner.state == UP:
            self.set_resource(resource, RES_ONLINE)
