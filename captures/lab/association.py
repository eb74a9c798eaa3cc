# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client's connections share: the association and its context handles (MS-RPCE 3.3.1.4.1, 3.3.3.7.1)."""
import itertools
import random
import threading
import uuid

import pdu

NULL_HANDLE = bytes(20)


class Association:
    """The handles that are alive for one client; the last connection to go runs them down."""

    def __init__(self, number, seed):
        self.number = number
        self._random = random.Random(seed)
        self._objects = {}
        self.connections = 0

    def open(self, context):
        """A new handle for `context`."""
        handle = bytes(4) + uuid.UUID(int=self._random.getrandbits(128), version=4).bytes_le
        self._objects[handle] = context
        return handle

    def get(self, handle):
        """The context of a live handle; the runtime refuses any other, NULL included."""
        context = self._objects.get(handle)
        if context is None:
            raise pdu.Fault(pdu.NCA_CONTEXT_MISMATCH)
        return context

    def close(self, handle):
        del self._objects[handle]

    def run_down(self):
        for context in self._objects.values():
            context.run_down()
        self._objects.clear()


class Associations:
    """All association groups of one server."""

    def __init__(self):
        self._lock = threading.Lock()
        self._numbers = itertools.count(0x1001)
        self._groups = {}

    def join(self, number):
        """The group with this number, a new one for 0, None for a number nobody knows."""
        with self._lock:
            if number == 0:
                number = next(self._numbers)
                # Handles repeat from run to run, so remade captures can be compared.
                self._groups[number] = Association(number, seed=number)
            group = self._groups.get(number)
            if group:
                group.connections += 1
            return group

    def leave(self, group):
        with self._lock:
            group.connections -= 1
            if group.connections == 0:
                del self._groups[group.number]
                group.run_down()
