# SPDX-License-Identifier: GPL-2.0-or-later
"""How a call becomes a plain Python function: stub in, values to the method, values back, stub out."""
import importlib
import uuid

import association
import cast
import handles
import pdu
import stubs
from status import ACCESS_DENIED, INVALID_HANDLE, Failed

METHODS = {}
MODULES = ("cluster", "resource", "group", "node", "registry", "groupset", "notify", "notify_v2")
# These wait for something to happen, so they must not hold up their connection.
WAITING = {65, 139, 147}
# A handle that was opened with Read alone is not enough for these, nor for control codes that change something.
NEED_ALL = {9, 10, 13, 16, 17, 18, 43, 46, 49, 50, 69, 70, 71, 166, 168}
CONTROL_CODE_MODIFIES = 0x00400000


def method(*opnums):
    """Registers a function of (call) that returns its [out] values; left out ones are zero, NULL or empty."""
    def register(function):
        for opnum in opnums:
            METHODS[opnum] = function
        return function
    return register


class Call:
    """What a method gets to know: the request's values, the client's handles, the cluster."""

    def __init__(self, cluster, client, version, opnum, values):
        self.cluster, self.client, self.version, self.opnum, self.values = cluster, client, version, opnum, values

    def __getitem__(self, name):
        return self.values[name]

    def context(self, name, *types):
        """The context behind a handle parameter. A live handle of another type is the method's own refusal."""
        context = self.client.get(self.values[name])
        if context.type not in types:
            raise Failed(INVALID_HANDLE)
        modifies = self.opnum in NEED_ALL or self.values.get("dwControlCode", 0) & CONTROL_CODE_MODIFIES
        if modifies and context.access != handles.ALL:
            raise Failed(ACCESS_DENIED)
        return context

    def thing(self, name, type_):
        return self.context(name, type_).thing

    def open(self, type_, thing, access=handles.ALL):
        return self.client.open(handles.Context(type_, thing, access))

    def close(self, name, type_):
        """Ends a handle's life and answers as all close methods do."""
        self.thing(name, type_)
        self.client.close(self.values[name])
        return {name: association.NULL_HANDLE}


class ClusApi:
    """The interface as the endpoint sees it."""
    knows_ndr64 = True

    def __init__(self, cluster, version):
        for module in MODULES:
            importlib.import_module("methods_" + module)
        self.uuid, self.version = uuid.UUID(cast.CLUSAPI_UUID), version
        self._cluster = cluster

    def blocks(self, opnum):
        return opnum in WAITING

    def serve(self, client, opnum, stub, ndr64, big_endian):
        if not stubs.exists(self.version, opnum) or opnum not in METHODS:
            raise pdu.Fault(pdu.NCA_OP_RNG_ERROR)
        values = stubs.unpack_request(self.version, opnum, stub, ndr64, big_endian)
        with self._cluster.lock:
            self._refuse_unknown_handles(client, opnum, values)
            try:
                outputs = METHODS[opnum](Call(self._cluster, client, self.version, opnum, values)) or {}
            except Failed as failed:
                outputs = dict(failed.outputs, **stubs.failure(self.version, opnum, failed.status))
        return stubs.pack_response(self.version, opnum, values, outputs, ndr64, big_endian)

    def _refuse_unknown_handles(self, client, opnum, values):
        """The runtime looks at all handles of a request before the method sees any (MS-RPCE 3.1.1.5.3.2)."""
        for name in stubs.handle_parameters(self.version, opnum):
            client.get(values[name])
