# SPDX-License-Identifier: GPL-2.0-or-later
"""What a notification port is: registrations, a queue of events, and calls that wait (MS-CMRP 3.1.1.8)."""
import collections
import dataclasses
import time
from typing import Any

from status import INVALID_FUNCTION, NO_MORE_ITEMS, WAIT_TIMEOUT, Failed

# First the bits of version 1 ports (2.2.2.7), by kind of object and of change.
STATE, DELETED, ADDED, PROPERTY = "state", "deleted", "added", "property"
CHANGES_V1 = {(kind, change): 1 << (shift + bit)
              for kind, shift in (("node", 0), ("resource", 8), ("group", 12), ("network", 20), ("netinterface", 24))
              for bit, change in enumerate((STATE, DELETED, ADDED, PROPERTY))}
CHANGES_V1 |= {("key", "name"): 0x10, ("key", "attributes"): 0x20, ("key", "value"): 0x40}

# What a registration on one object may ask for; the union is what one on the whole cluster may.
MASKS_V1 = {"node": 0xF, "resource": 0xF00, "group": 0xF000, "network": 0xF00000, "netinterface": 0xF000000,
            "key": 0x70}


@dataclasses.dataclass
class Registration:
    """`thing` None means every object of the cluster. `type` is the object type of a version 2 port."""
    thing: Any
    filter: int
    key: int
    type: int = 0
    subtree: bool = False

    def covers(self, thing):
        if self.thing is None or self.thing is thing:
            return True
        return self.subtree and thing.path.startswith(self.thing.path)


class Port:
    """The life of a port is that of its handle; all methods run under the cluster's lock."""

    def __init__(self, cluster, bit_of):
        self._cluster, self._bit_of = cluster, bit_of
        self.registrations = []
        self._queue = collections.deque()
        self._unblocked = 0
        self.closed = False
        cluster.ports.append(self)

    def offer(self, thing, change, name):
        """Queues one event for each registration that asked for such a change."""
        type_, bit, details = self._bit_of(thing, change)
        for registration in self.registrations:
            if registration.type == type_ and registration.filter & bit and registration.covers(thing):
                self.queue(registration, bit, name, getattr(thing, "sequence", 0), details)

    def queue(self, registration, bit, name, sequence, details=None):
        self._queue.append((registration, bit, name, sequence, details))
        self._cluster.lock.notify_all()

    def wait(self, timeout=None):
        """The next event; what ends the wait otherwise is a failed call."""
        entered, deadline = self._unblocked, None if timeout is None else time.monotonic() + timeout
        while not self._queue:
            if self.closed:
                raise Failed(NO_MORE_ITEMS)
            if self._unblocked != entered:
                raise Failed(INVALID_FUNCTION)
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise Failed(WAIT_TIMEOUT)
            self._cluster.lock.wait(left)
        return self._queue.popleft()

    def more(self):
        """All events that are queued besides the one that ended the wait."""
        events, self._queue = list(self._queue), collections.deque()
        return events

    def unblock(self):
        self._unblocked += 1
        self._cluster.lock.notify_all()

    def close(self):
        """Waiting calls end, events that nobody fetched are gone."""
        with self._cluster.lock:
            self.closed = True
            self._queue.clear()
            self._cluster.ports.remove(self)
            self._cluster.lock.notify_all()
