# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of groups do."""
import controls
import status
from cluster import NODE_UP, Group
from methods_cluster import entries, granted
from properties import property_list
from service import method
from status import Failed

CONTAINS, NODES = 1, 2
CREATE_INFO_VERSION = 1


def live_group(call, name="hGroup"):
    """A group that has not been deleted meanwhile: its handle outlives it."""
    group = call.thing(name, "HGROUP_RPC")
    if group.deleted:
        raise Failed(status.GROUP_NOT_AVAILABLE)
    return group


def _find(call):
    group = call.cluster.find(call.cluster.groups, call["lpszGroupName"])
    if group is None:
        raise Failed(status.GROUP_NOT_FOUND)
    return group


@method(41)
def open_group(call):
    return {"return": call.open("HGROUP_RPC", _find(call))}


@method(119)
def open_group_ex(call):
    access = granted(call["dwDesiredAccess"])
    return {"lpdwGrantedAccess": access, "return": call.open("HGROUP_RPC", _find(call), access)}


def _create(call, group_type=None):
    name = call["lpszGroupName"]
    if not name.strip(" \t\r\n"):
        raise Failed(status.INVALID_NAME)
    if call.cluster.find(call.cluster.groups, name):
        raise Failed(status.OBJECT_ALREADY_EXISTS)
    group = Group(call.cluster, name)
    if group_type is not None:
        group.type = group_type
    call.cluster.groups.append(group)
    call.cluster.post(group, "added")
    return {"return": call.open("HGROUP_RPC", group)}


@method(42)
def create_group(call):
    return _create(call)


@method(129)
def create_group_ex(call):
    info = call["pGroupInfo"]
    if info and info["dwVersion"] != CREATE_INFO_VERSION:
        raise Failed(status.INVALID_PARAMETER)
    return _create(call, info and info["dwGroupType"])


@method(43)
def delete_group(call):
    group = live_group(call, "Group")
    if any(r.core for r in group.resources):
        raise Failed(status.CORE_RESOURCE)
    if group.resources and not call.values.get("force"):
        raise Failed(status.DIR_NOT_EMPTY)
    for resource in group.resources:
        resource.deleted = True
        call.cluster.resources.remove(resource)
        call.cluster.post(resource, "deleted")
    group.deleted = True
    call.cluster.groups.remove(group)
    call.cluster.post(group, "deleted")


@method(44)
def close_group(call):
    return call.close("Group", "HGROUP_RPC")


@method(45)
def get_group_state(call):
    group = live_group(call)
    return {"State": group.state, "NodeName": group.owner.name}


@method(46)
def set_group_name(call):
    group, name = live_group(call), call["lpszGroupName"]
    if not name.strip(" \t\r\n"):
        raise Failed(status.INVALID_NAME)
    other = call.cluster.find(call.cluster.groups, name)
    if other not in (None, group):
        raise Failed(status.ALREADY_EXISTS)
    group.name = name
    call.cluster.post(group, "property")


@method(47)
def get_group_id(call):
    return {"pGuid": live_group(call).id}


@method(49)
def online_group(call):
    live_group(call).bring(online=True)


@method(50)
def offline_group(call):
    live_group(call).bring(online=False)


@method(52)
def move_group_to_node(call):
    """Only to a node that is up. The answer comes before the group has arrived there."""
    group, node = live_group(call), call.thing("hNode", "HNODE_RPC")
    if node.state != NODE_UP:
        raise Failed(status.SHARING_PAUSED)
    if group.owner is not node:
        group.move(node)
        raise Failed(status.IO_PENDING)


@method(53)
def create_group_resource_enum(call):
    # No page gives a status for other bits, and Windows is known to find nothing for them.
    group, kinds = live_group(call), call["dwType"]
    found = [(CONTAINS, r.name) for r in group.resources if kinds & CONTAINS]
    found += [(NODES, n.name) for n in call.cluster.nodes if kinds & NODES]
    return {"ReturnEnum": entries(found)}


@method(77)
def group_control(call):
    group = live_group(call)
    if call["dwControlCode"] == controls.GROUP | controls.SET_COMMON:
        return controls.set_common(call, group)
    return controls.answer(call, controls.group(group))


def _chosen(names, properties):
    """The properties whose names a multi-string lists, as a property list."""
    wanted = (names or b"").decode("utf-16le").split("\0")
    return property_list({name: value for name, value in properties.items() if name in wanted})


@method(143)
def create_group_enum(call):
    call.thing("hCluster", "HCLUSTER_RPC")
    found = []
    for group in call.cluster.groups:
        common = _chosen(call["pProperties"], group.common)
        read_only = _chosen(call["pRoProperties"], controls.group_read_only(group))
        found.append({"Name": group.name, "Id": group.id, "dwState": group.state, "Owner": group.owner.name,
                      "dwFlags": 1 if group.core else 0, "cbProperties": len(common), "Properties": common,
                      "cbRoProperties": len(read_only), "RoProperties": read_only})
    return {"ppResultList": {"EntryCount": len(found), "Entry": found}}
