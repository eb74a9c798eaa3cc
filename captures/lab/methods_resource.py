# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of resources and resource types do."""
import controls
import status
from cluster import RESOURCE_FAILED, RESOURCE_OFFLINE, RESOURCE_ONLINE, Resource
from methods_cluster import entries, granted
from methods_group import live_group
from service import method
from status import Failed

DEPENDS, PROVIDES, NODES = 1, 2, 4
TYPE_NODES, TYPE_RESOURCES = 1, 2
DEFAULT_MONITOR, SEPARATE_MONITOR = 0, 1


def live_resource(call, name="hResource"):
    """A resource that has not been deleted meanwhile: its handle outlives it."""
    resource = call.thing(name, "HRES_RPC")
    if resource.deleted:
        raise Failed(status.RESOURCE_NOT_AVAILABLE)
    return resource


def _find(call):
    resource = call.cluster.find(call.cluster.resources, call["lpszResourceName"])
    if resource is None:
        raise Failed(status.RESOURCE_NOT_FOUND)
    return resource


@method(8)
def open_resource(call):
    return {"return": call.open("HRES_RPC", _find(call))}


@method(120)
def open_resource_ex(call):
    access = granted(call["dwDesiredAccess"])
    return {"lpdwGrantedAccess": access, "return": call.open("HRES_RPC", _find(call), access)}


@method(9)
def create_resource(call):
    group = live_group(call)
    resource_type = call.cluster.find(call.cluster.types, call["lpszResourceType"])
    if call["dwFlags"] not in (DEFAULT_MONITOR, SEPARATE_MONITOR):
        raise Failed(status.INVALID_PARAMETER)
    if call.cluster.find(call.cluster.resources, call["lpszResourceName"]):
        raise Failed(status.OBJECT_ALREADY_EXISTS)
    if resource_type is None:
        raise Failed(status.CLUSTER_RESOURCE_TYPE_NOT_FOUND)
    resource = Resource(call.cluster, call["lpszResourceName"], group, resource_type)
    call.cluster.resources.append(resource)
    call.cluster.post(resource, "added")
    group.update()
    return {"return": call.open("HRES_RPC", resource)}


@method(10)
def delete_resource(call):
    resource = live_resource(call)
    if resource.core:
        raise Failed(status.CORE_RESOURCE)
    if resource.state not in (RESOURCE_OFFLINE, RESOURCE_FAILED):
        raise Failed(status.RESOURCE_ONLINE)
    resource.deleted = True
    call.cluster.resources.remove(resource)
    call.cluster.post(resource, "deleted")
    resource.group.update()


@method(11)
def close_resource(call):
    return call.close("Resource", "HRES_RPC")


@method(12)
def get_resource_state(call):
    resource = live_resource(call)
    return {"State": resource.state, "NodeName": resource.group.owner.name, "GroupName": resource.group.name}


@method(13)
def set_resource_name(call):
    resource, name = live_resource(call), call["lpszResourceName"]
    if not name.strip(" \t\r\n"):
        raise Failed(status.INVALID_NAME)
    other = call.cluster.find(call.cluster.resources, name)
    if other not in (None, resource):
        raise Failed(status.ALREADY_EXISTS)
    resource.name = name
    call.cluster.post(resource, "property")


@method(14)
def get_resource_id(call):
    return {"pGuid": call.thing("hResource", "HRES_RPC").id}


@method(15)
def get_resource_type(call):
    return {"lpszResourceType": call.thing("hResource", "HRES_RPC").type.name}


@method(16)
def fail_resource(call):
    resource = live_resource(call)
    resource.bring(RESOURCE_FAILED)
    resource.group.fail_over()


@method(17)
def online_resource(call):
    live_resource(call).bring(RESOURCE_ONLINE)


@method(18)
def offline_resource(call):
    live_resource(call).bring(RESOURCE_OFFLINE)


@method(22)
def create_res_enum(call):
    resource, kinds = live_resource(call), call["dwType"]
    if kinds == 0 or kinds & ~(DEPENDS | PROVIDES | NODES):
        raise Failed(status.INVALID_PARAMETER)
    found = [(DEPENDS, r.name) for r in resource.depends_on if kinds & DEPENDS]
    found += [(PROVIDES, r.name) for r in call.cluster.resources if kinds & PROVIDES and resource in r.depends_on]
    found += [(NODES, n.name) for n in call.cluster.nodes if kinds & NODES]
    return {"ReturnEnum": entries(found)}


@method(73)
def resource_control(call):
    return controls.answer(call, controls.resource(live_resource(call)))


def _type(call, name):
    resource_type = call.cluster.find(call.cluster.types, call[name])
    if resource_type is None:
        raise Failed(status.CLUSTER_RESOURCE_TYPE_NOT_FOUND)
    return resource_type


@method(75)
def resource_type_control(call):
    call.thing("hCluster", "HCLUSTER_RPC")
    return controls.answer(call, controls.resource_type(_type(call, "lpszResourceTypeName")))


@method(103)
def create_res_type_enum(call):
    # No page gives a status for other bits, and Windows is known to find nothing for them.
    resource_type, kinds = _type(call, "lpszTypeName"), call["dwType"]
    found = [(TYPE_NODES, n.name) for n in call.cluster.nodes if kinds & TYPE_NODES]
    found += [(TYPE_RESOURCES, r.name) for r in call.cluster.resources
              if kinds & TYPE_RESOURCES and r.type is resource_type]
    return {"ReturnEnum": entries(found)}


@method(110)
def get_resource_dependency_expression(call):
    parts = [f"[{r.name}]" for r in live_resource(call).depends_on]
    return {"lpszDependencyExpression": f"({' and '.join(parts)})" if parts else ""}


@method(112)
def get_resource_network_name(call):
    name = live_resource(call).network_name
    if name is None:
        raise Failed(status.DEPENDENCY_NOT_FOUND)
    return {"lpszName": name}
