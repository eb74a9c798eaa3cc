# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of nodes, networks and network interfaces do."""
import controls
import status
from cluster import NODE_PAUSED, NODE_UP
from methods_cluster import entries, granted
from service import method
from status import Failed

INTERFACES = 1
NODE_GROUPS = 2


def _find(call, things, name, missing):
    thing = call.cluster.find(things, call[name])
    if thing is None:
        raise Failed(missing)
    return thing


def _node(call):
    return _find(call, call.cluster.nodes, "lpszNodeName", status.CLUSTER_NODE_NOT_FOUND)


def _network(call):
    return _find(call, call.cluster.networks, "lpszNetworkName", status.CLUSTER_NETWORK_NOT_FOUND)


def _interface(call):
    return _find(call, call.cluster.interfaces, "lpszNetInterfaceName", status.CLUSTER_NETINTERFACE_NOT_FOUND)


def _open(call, handle_type, thing):
    return {"return": call.open(handle_type, thing)}


def _open_ex(call, handle_type, thing):
    access = granted(call["dwDesiredAccess"])
    return {"lpdwGrantedAccess": access, "return": call.open(handle_type, thing, access)}


@method(66)
def open_node(call):
    return _open(call, "HNODE_RPC", _node(call))


@method(118)
def open_node_ex(call):
    return _open_ex(call, "HNODE_RPC", _node(call))


@method(67)
def close_node(call):
    return call.close("Node", "HNODE_RPC")


@method(48)
def get_node_id(call):
    return {"pGuid": call.thing("hNode", "HNODE_RPC").id}


@method(68)
def get_node_state(call):
    return {"State": call.thing("hNode", "HNODE_RPC").state}


@method(69)
def pause_node(call):
    call.thing("hNode", "HNODE_RPC").change_state(NODE_PAUSED)


@method(70)
def resume_node(call):
    node = call.thing("hNode", "HNODE_RPC")
    if node.state != NODE_PAUSED:
        raise Failed(status.CLUSTER_NODE_NOT_PAUSED)
    node.change_state(NODE_UP)


@method(71)
def evict_node(call):
    """The node's interfaces go with it; its groups go to a node that stays."""
    cluster, node = call.cluster, call.thing("hNode", "HNODE_RPC")
    cluster.nodes.remove(node)
    cluster.interfaces = [i for i in cluster.interfaces if i.node is not node]
    for group in cluster.groups:
        if group.owner is node:
            group.owner = cluster.nodes[0]
    node.deleted = True
    cluster.post(node, "deleted")


@method(79)
def node_control(call):
    return controls.answer(call, controls.node(call.thing("hNode", "HNODE_RPC")))


def _node_contents(call):
    """(type, thing) of what a node enumeration asks for."""
    node, kinds = call.thing("hNode", "HNODE_RPC"), call["dwType"]
    allowed = INTERFACES | (NODE_GROUPS if call.version == 3 else 0)
    if kinds == 0 or kinds & ~allowed:
        raise Failed(status.INVALID_PARAMETER)
    found = [(INTERFACES, i) for i in call.cluster.interfaces if kinds & INTERFACES and i.node is node]
    return found + [(NODE_GROUPS, g) for g in call.cluster.groups if kinds & NODE_GROUPS and g.owner is node]


@method(101)
def create_node_enum(call):
    return {"ReturnEnum": entries([(kind, thing.name) for kind, thing in _node_contents(call)])}


@method(124)
def create_node_enum_ex(call):
    if call["dwOptions"]:
        raise Failed(status.INVALID_PARAMETER)
    found = _node_contents(call)
    return {"ReturnIdEnum": entries([(kind, thing.id) for kind, thing in found]),
            "ReturnNameEnum": entries([(kind, thing.name) for kind, thing in found])}


@method(81)
def open_network(call):
    return _open(call, "HNETWORK_RPC", _network(call))


@method(121)
def open_network_ex(call):
    return _open_ex(call, "HNETWORK_RPC", _network(call))


@method(82)
def close_network(call):
    return call.close("Network", "HNETWORK_RPC")


@method(83)
def get_network_state(call):
    return {"State": call.thing("hNetwork", "HNETWORK_RPC").state}


@method(85)
def create_network_enum(call):
    network = call.thing("hNetwork", "HNETWORK_RPC")
    if call["dwType"] != INTERFACES:
        raise Failed(status.INVALID_PARAMETER)
    return {"ReturnEnum": entries([(INTERFACES, i.name) for i in call.cluster.interfaces if i.network is network])}


@method(86)
def get_network_id(call):
    return {"pGuid": call.thing("hNetwork", "HNETWORK_RPC").id}


@method(89)
def network_control(call):
    return controls.answer(call, controls.network(call.thing("hNetwork", "HNETWORK_RPC")))


@method(92)
def open_net_interface(call):
    return _open(call, "HNETINTERFACE_RPC", _interface(call))


@method(122)
def open_net_interface_ex(call):
    return _open_ex(call, "HNETINTERFACE_RPC", _interface(call))


@method(93)
def close_net_interface(call):
    return call.close("NetInterface", "HNETINTERFACE_RPC")


@method(94)
def get_net_interface_state(call):
    return {"State": call.thing("hNetInterface", "HNETINTERFACE_RPC").state}


@method(95)
def get_net_interface(call):
    node, network = _node(call), _network(call)
    found = [i.name for i in call.cluster.interfaces if i.node is node and i.network is network]
    if not found:
        raise Failed(status.CLUSTER_NETINTERFACE_NOT_FOUND)
    return {"lppszInterfaceName": found[0]}


@method(96)
def get_net_interface_id(call):
    return {"pGuid": call.thing("hNetInterface", "HNETINTERFACE_RPC").id}


@method(98)
def net_interface_control(call):
    return controls.answer(call, controls.netinterface(call.thing("hNetInterface", "HNETINTERFACE_RPC")))
