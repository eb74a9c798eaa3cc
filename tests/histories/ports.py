# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a notification port hold (3.1.1.8)? Filters in the order of their registration, and a queue of events."""
from collections import deque, namedtuple

# CLUSTER_CHANGE (2.2.2.7): the bits of each kind of object.
CHANGES = {
    "node": {"state": 0x1, "deleted": 0x2, "added": 0x4, "property": 0x8},
    "key": {"name": 0x10, "attributes": 0x20, "value": 0x40},
    "resource": {"state": 0x100, "deleted": 0x200, "added": 0x400, "property": 0x800},
    "group": {"state": 0x1000, "deleted": 0x2000, "added": 0x4000, "property": 0x8000},
    "network": {"state": 0x100000, "deleted": 0x200000, "added": 0x400000, "property": 0x800000},
    "netinterface": {"state": 0x1000000, "deleted": 0x2000000, "added": 0x4000000, "property": 0x8000000},
}
# CLUSTER_OBJECT_TYPE (2.2.2.11), and the flags that the model uses (2.2.2.12 and following).
TYPE_2 = {"cluster": 1, "group": 2, "resource": 3, "node": 7}
FLAGS_2 = {"cluster": {"group added": 0x4}, "group": {"deleted": 0x1, "state": 0x8},
           "resource": {"state": 0x4, "deleted": 0x80}, "node": {"state": 0x10}}

Event = namedtuple("Event", "key change name sequence")
Event2 = namedtuple("Event2", "key type flag name id parent type_name buffer")


class Registration:
    """A filter: of one object, or with `object` None of all objects of the cluster."""

    def __init__(self, object, filter, key, type=None):
        self.object, self.filter, self.key, self.type = object, filter, key, type


class Port:
    def __init__(self, version):
        self.version = version
        self.registrations = []
        self.queue = deque()
        self.waiting = []  # calls, in the order in which they came
        self.ended = False  # unblocked or closed

    def register(self, registration):
        self.registrations.append(registration)

    def tell(self, thing, what):
        """An internal event: one indication for each filter that has it (3.1.4.2.60)."""
        if self.version == 2:
            self._tell_2(thing, what)
            return
        change = CHANGES[thing.kind].get(what)
        for registration in self.registrations:
            if change and registration.filter & change and registration.object in (thing, None):
                self.queue_state(registration, thing, change)

    def queue_state(self, registration, thing, change):
        self.queue.append(Event(registration.key, change, thing.event_name(), thing.event_sequence()))

    def _tell_2(self, thing, what):
        kind, what = ("cluster", f"{thing.kind} added") if what == "added" else (thing.kind, what)
        flag = FLAGS_2.get(kind, {}).get(what)
        for registration in self.registrations:
            if flag and registration.type == kind and registration.filter & flag and registration.object in (thing, None):
                self.queue.append(Event2(registration.key, TYPE_2[kind], flag, thing.event_name(),
                                         *thing.details_2(what)))

    def take(self):
        """What a call that asks for events gets now; None if there is nothing yet."""
        if not self.queue:
            return None
        if self.version == 1:
            return self.queue.popleft()
        taken = list(self.queue)
        self.queue.clear()
        return taken
