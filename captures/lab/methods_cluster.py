# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of the cluster itself do: opening, names, versions, quorum, enumerations."""
import controls
import handles
import status
from service import method
from status import Failed

NODE, RESTYPE, RESOURCE, GROUP, NETWORK, NETINTERFACE = 1, 2, 4, 8, 0x10, 0x20
INTERNAL_NETWORK, SHARED_VOLUME = 0x80000000, 0x40000000
ENUM_ALL = 0x3F | SHARED_VOLUME

READ_ACCESS, CHANGE_ACCESS = 1, 2
GENERIC_READ, GENERIC_ALL, GENERIC_WRITE = 0x80000000, 0x10000000, 0x40000000
GENERIC_EXECUTE, MAXIMUM_ALLOWED = 0x20000000, 0x02000000
HIGHEST_VERSION = 0x000A4563


def entries(pairs):
    """An ENUM_LIST of (type, name) pairs."""
    return {"EntryCount": len(pairs), "Entry": [{"Type": kind, "Name": name} for kind, name in pairs]}


def granted(desired):
    """What a client gets for what it asks: Read for Read alone, else All (MS-CMRP 3.1.4.2.116)."""
    if desired & CHANGE_ACCESS and not desired & READ_ACCESS:
        raise Failed(status.INVALID_PARAMETER)
    more = CHANGE_ACCESS | GENERIC_ALL | GENERIC_WRITE | GENERIC_EXECUTE | MAXIMUM_ALLOWED
    return handles.ALL if desired & more else handles.READ


@method(0)
def open_cluster(call):
    return {"return": call.open("HCLUSTER_RPC", call.cluster)}


@method(117)
def open_cluster_ex(call):
    access = granted(call["dwDesiredAccess"])
    return {"lpdwGrantedAccess": access, "return": call.open("HCLUSTER_RPC", call.cluster, access)}


@method(1)
def close_cluster(call):
    return call.close("Cluster", "HCLUSTER_RPC")


@method(2)
def set_cluster_name(call):
    call.cluster.name = call["NewClusterName"]
    return {"return": status.RESOURCE_PROPERTIES_STORED}


@method(3)
def get_cluster_name(call):
    return {"ClusterName": call.cluster.name, "NodeName": call.cluster.nodes[0].name}


@method(4)
def get_cluster_version(call):
    if call.version == 3:
        raise Failed(status.CALL_NOT_IMPLEMENTED)
    return {"lpwMajorVersion": 5, "lpwMinorVersion": 2, "lpwBuildNumber": 3790, "lpszVendorId": "Made up",
            "lpszCSDVersion": ""}


@method(87, 104, 108)
def never_implemented(call):
    raise Failed(status.CALL_NOT_IMPLEMENTED)


@method(102)
def get_cluster_version2(call):
    return {"lpwMajorVersion": 10, "lpwMinorVersion": 0, "lpwBuildNumber": 17763,
            "lpszVendorId": "Made up", "lpszCSDVersion": "",
            "ppClusterOpVerInfo": {"dwSize": 20, "dwClusterHighestVersion": HIGHEST_VERSION,
                                   "dwClusterLowestVersion": HIGHEST_VERSION, "dwFlags": 0, "dwReserved": 0}}


@method(5)
def get_quorum_resource(call):
    return {"lpszResourceName": "File Share Witness", "lpszDeviceName": "", "pdwMaxQuorumLogSize": 0}


def _enumerate(cluster, kinds):
    """(type, thing) for each object of the kinds asked for."""
    if kinds == INTERNAL_NETWORK:
        return [(INTERNAL_NETWORK, thing) for thing in cluster.networks]
    if kinds == 0 or kinds & ~ENUM_ALL:
        raise Failed(status.INVALID_PARAMETER)
    families = ((NODE, cluster.nodes), (RESTYPE, cluster.types), (RESOURCE, cluster.resources),
                (GROUP, cluster.groups), (NETWORK, cluster.networks), (NETINTERFACE, cluster.interfaces))
    return [(kind, thing) for kind, things in families if kinds & kind for thing in things]


@method(7)
def create_enum(call):
    found = _enumerate(call.cluster, call["dwType"])
    return {"ReturnEnum": entries([(kind, thing.name) for kind, thing in found])}


@method(125)
def create_enum_ex(call):
    call.thing("hCluster", "HCLUSTER_RPC")
    if call["dwOptions"]:
        raise Failed(status.INVALID_PARAMETER)
    found = _enumerate(call.cluster, call["dwType"])
    ids = [(kind, "" if kind == RESTYPE else thing.id) for kind, thing in found]
    return {"ReturnIdEnum": entries(ids), "ReturnNameEnum": entries([(kind, t.name) for kind, t in found])}


@method(106)
def cluster_control(call):
    return controls.answer(call, controls.cluster(call.thing("hCluster", "HCLUSTER_RPC")))
