# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of version 1 notification ports do (MS-CMRP 3.1.4.2.56 to .66, .90, .91, .99, .100, .107, .143)."""
import status
from notify import CHANGES_V1, MASKS_V1, STATE, Port, Registration
from service import method
from status import Failed

FORBIDDEN_FOR_CLUSTER = 0xA0080000
OBJECTS = {58: ("hNode", "HNODE_RPC"), 59: ("hGroup", "HGROUP_RPC"), 60: ("hResource", "HRES_RPC"),
           90: ("hNetwork", "HNETWORK_RPC"), 99: ("hNetInterface", "HNETINTERFACE_RPC")}
READDS = {62: 58, 63: 59, 64: 60, 91: 90, 100: 99}


def port_of(call, version=1):
    """The port behind hNotify; one of the other kind is no valid handle for the method."""
    port = call.thing("hNotify", "HNOTIFY_RPC")
    if port.version != version:
        raise Failed(status.INVALID_HANDLE)
    return port


class PortV1(Port):
    version = 1

    def __init__(self, cluster):
        super().__init__(cluster, self._bit)

    @staticmethod
    def _bit(thing, change):
        return 0, CHANGES_V1.get((getattr(thing, "kind", "key"), change), 0), None


@method(55)
def create_notify(call):
    return {"return": call.open("HNOTIFY_RPC", PortV1(call.cluster))}


@method(56)
def close_notify(call):
    name = "hNotify" if call.version == 2 else "Notify"
    port = call.thing(name, "HNOTIFY_RPC")
    outputs = call.close(name, "HNOTIFY_RPC")
    port.close()
    return outputs


@method(57)
def add_notify_cluster(call):
    port = port_of(call)
    call.thing("hCluster", "HCLUSTER_RPC")
    if not call["dwFilter"] or call["dwFilter"] & FORBIDDEN_FOR_CLUSTER:
        raise Failed(status.INVALID_PARAMETER)
    port.registrations.append(Registration(None, call["dwFilter"], call["dwNotifyKey"]))


def _register(call, opnum):
    port, thing = port_of(call), call.thing(*OBJECTS[opnum])
    if not call["dwFilter"] or call["dwFilter"] & ~MASKS_V1[thing.kind]:
        raise Failed(status.INVALID_PARAMETER)
    registration = Registration(thing, call["dwFilter"], call["dwNotifyKey"])
    port.registrations.append(registration)
    return port, thing, registration


@method(*OBJECTS)
def add_notify(call):
    _, thing, _ = _register(call, call.opnum)
    return {"dwStateSequence": thing.sequence}


@method(*READDS)
def re_add_notify(call):
    port, thing, registration = _register(call, READDS[call.opnum])
    if call["StateSequence"] != thing.sequence:
        port.queue(registration, CHANGES_V1[thing.kind, STATE], thing.name, thing.sequence)


@method(61)
def add_notify_key(call):
    port, key = port_of(call), call.thing("hKey", "HKEY_RPC")
    wanted = call["dwFilter" if call.version == 2 else "Filter"]
    if not wanted or wanted & ~MASKS_V1["key"]:
        raise Failed(status.INVALID_PARAMETER)
    port.registrations.append(Registration(key, wanted, call["dwNotifyKey"], subtree=bool(call["WatchSubTree"])))


@method(65)
def get_notify(call):
    timeout = call["Timeout"] / 1000 if call.version == 2 else None
    registration, bit, name, sequence, _ = port_of(call).wait(timeout)
    return {"dwNotifyKey": registration.key, "dwFilter": bit, "dwStateSequence": sequence, "Name": name}


@method(107)
def unblock_get_notify_call(call):
    call.thing("hNotify", "HNOTIFY_RPC").unblock()


@method(147)
def get_notify_async(call):
    port = port_of(call)
    events = [port.wait()] + port.more()
    return {"Notifications": [{"dwNotifyKey": registration.key, "dwFilter": bit, "Name": name}
                              for registration, bit, name, _, _ in events],
            "dwNumNotifications": len(events)}
