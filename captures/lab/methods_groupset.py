# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of group sets do."""
import controls
import status
from cluster import GroupSet
from methods_cluster import entries
from methods_group import live_group
from service import method
from status import Failed


@method(163)
def create_group_set(call):
    name = call["lpszGroupSetName"]
    if not name:
        raise Failed(status.INVALID_NAME)
    if call.cluster.find(call.cluster.group_sets, name):
        raise Failed(status.OBJECT_ALREADY_EXISTS)
    group_set = GroupSet(call.cluster, name)
    call.cluster.group_sets.append(group_set)
    return {"return": call.open("HGROUPSET_RPC", group_set)}


@method(164)
def open_group_set(call):
    group_set = call.cluster.find(call.cluster.group_sets, call["lpszGroupSetName"])
    if group_set is None:
        raise Failed(status.GROUPSET_NOT_FOUND)
    return {"return": call.open("HGROUPSET_RPC", group_set)}


@method(165)
def close_group_set(call):
    return call.close("GroupSet", "HGROUPSET_RPC")


@method(166)
def delete_group_set(call):
    group_set = call.thing("GroupSet", "HGROUPSET_RPC")
    if group_set not in call.cluster.group_sets:
        raise Failed(status.GROUPSET_NOT_FOUND)
    if any(g.group_set is group_set for g in call.cluster.groups):
        raise Failed(status.DIR_NOT_EMPTY)
    call.cluster.group_sets.remove(group_set)


@method(167)
def add_group_to_group_set(call):
    group_set = call.thing("GroupSet", "HGROUPSET_RPC")
    live_group(call, "Group").group_set = group_set


@method(168)
def remove_group_from_group_set(call):
    live_group(call, "Group").group_set = None


@method(174)
def group_set_control(call):
    return controls.answer(call, controls.groupset(call.thing("hGroupSet", "HGROUPSET_RPC")))


@method(180)
def create_group_set_enum(call):
    """No page tells the type of an entry; 0 promises nothing."""
    call.thing("hCluster", "HCLUSTER_RPC")
    return {"ReturnEnum": entries([(0, s.name) for s in call.cluster.group_sets])}
