# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of version 2 notification ports do (MS-CMRP 3.1.4.2.136 to .138, .144)."""
import status
from controls import dword
from methods_notify import port_of
from notify import Port, Registration
from properties import property_list
from service import method
from status import Failed

VERSION = 2
CLUSTER, GROUP, RESOURCE, RESOURCE_TYPE, NETINTERFACE, NETWORK, NODE, REGISTRY = range(1, 9)
QUORUM, SHARED_VOLUME, SPACEPORT, UPGRADE, GROUPSET = range(9, 14)

HANDLE_TYPES = {GROUP: "HGROUP_RPC", RESOURCE: "HRES_RPC", NETINTERFACE: "HNETINTERFACE_RPC", NETWORK: "HNETWORK_RPC",
                NODE: "HNODE_RPC", REGISTRY: "HKEY_RPC", GROUPSET: "HGROUPSET_RPC"}
# All bits of each enumeration less those that are the client's own.
ALLOWED = {CLUSTER: 0x1FF4, GROUP: 0x1FF, RESOURCE: 0x1FF, RESOURCE_TYPE: 0x3F, NETINTERFACE: 0xF, NETWORK: 0xF,
           NODE: 0x7F, REGISTRY: 0xF, QUORUM: 1, SHARED_VOLUME: 1, SPACEPORT: 1, UPGRADE: 7, GROUPSET: 0xFF}

# (object type, bit) of each change that the lab's cluster makes.
BITS = {("group", "state"): (GROUP, 0x8), ("group", "deleted"): (GROUP, 0x1), ("group", "added"): (CLUSTER, 0x4),
        ("group", "property"): (GROUP, 0x2),
        ("resource", "state"): (RESOURCE, 0x4), ("resource", "deleted"): (RESOURCE, 0x80),
        ("node", "state"): (NODE, 0x10), ("node", "deleted"): (NODE, 0x2),
        ("key", "value"): (REGISTRY, 0x8), ("key", "name"): (REGISTRY, 0x2)}


def _details(thing, change):
    """(buffer, ObjectId, ParentId, Type) of an event, as the tables of 3.1.4.2.138 fix them."""
    kind = getattr(thing, "kind", "key")
    if kind == "group":
        if change == "added":
            return dword(thing.type), thing.id, "", ""
        buffers = {"state": dword(thing.state), "property": property_list(thing.common)}
        return buffers.get(change, b""), thing.id, thing.owner.id, ""
    if kind == "resource":
        return dword(thing.state) if change == "state" else b"", thing.id, thing.group.id, thing.type.name
    if kind == "node":
        return dword(thing.state) if change == "state" else b"", thing.id, "", ""
    return b"", "", "", ""


class PortV2(Port):
    version = 2

    def __init__(self, cluster):
        super().__init__(cluster, self._bit)

    @staticmethod
    def _bit(thing, change):
        type_, bit = BITS.get((getattr(thing, "kind", "key"), change), (0, 0))
        return type_, bit, bit and _details(thing, change)


@method(137)
def create_notify_v2(call):
    return {"return": call.open("HNOTIFY_RPC", PortV2(call.cluster))}


@method(138)
def add_notify_v2(call):
    port = port_of(call, version=2)
    type_, flags = call["filter"]["dwObjectType"], call["filter"]["FilterFlags"]
    if call["dwVersion"] != VERSION or not flags or flags & ~ALLOWED.get(type_, 0):
        raise Failed(status.INVALID_PARAMETER)
    targeted = call["isTargetedAtObject"]
    wanted = HANDLE_TYPES.get(type_, "HCLUSTER_RPC") if targeted else "HCLUSTER_RPC"
    thing = call.thing("hObject", wanted)
    port.registrations.append(Registration(None if wanted == "HCLUSTER_RPC" else thing, flags, call["dwNotifyKey"],
                                           type=type_))


@method(155)
def add_notify_resource_type_v2(call):
    port = port_of(call, version=2)
    if call["dwVersion"] != VERSION or not call["filter"] or call["filter"] & ~ALLOWED[RESOURCE_TYPE]:
        raise Failed(status.INVALID_PARAMETER)
    resource_type = call.cluster.find(call.cluster.types, call["resTypeName"])
    if resource_type is None:
        raise Failed(status.CLUSTER_RESOURCE_TYPE_NOT_FOUND)
    port.registrations.append(Registration(resource_type, call["filter"], call["dwNotifyKey"], type=RESOURCE_TYPE))


@method(139)
def get_notify_v2(call):
    port = port_of(call, version=2)
    events = [port.wait()] + port.more()
    return {"Notifications": [_record(*event) for event in events], "dwNumNotifications": len(events)}


def _record(registration, bit, name, _sequence, details):
    buffer, object_id, parent_id, type_name = details
    return {"dwNotifyKey": registration.key,
            "NotificationData": {
                "FilterAndType": {"dwObjectType": registration.type, "FilterFlags": bit},
                "buffer": buffer, "dwBufferSize": len(buffer),
                "ObjectId": object_id, "ParentId": parent_id, "Name": name, "Type": type_name}}
