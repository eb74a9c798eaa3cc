# SPDX-License-Identifier: GPL-2.0-or-later
"""What the control methods answer: the buffers behind control codes (MS-CMRP 3.1.4.3) and the rules of their sizes."""
import struct

import cast
from cluster import text
from properties import parse, property_list
from status import INVALID_DATA, INVALID_FUNCTION, INVALID_PARAMETER, MORE_DATA, Failed

# The low bits of a code say what is asked, its first byte what kind of object is asked.
CHARACTERISTICS, FLAGS, CLASS_INFO = 0x05, 0x09, 0x0D
GET_NAME, GET_ID, GET_FQDN, CHECK_VOTER_DOWN = 0x29, 0x39, 0x3D, 0x49
RO_COMMON, COMMON, RO_PRIVATE, PRIVATE = 0x55, 0x59, 0x7D, 0x81
SET_COMMON = 0x40005E

RESOURCE, RESOURCE_TYPE, GROUP, NODE, NETWORK, NETINTERFACE, CLUSTER, GROUPSET = (n << 24 for n in range(1, 9))


def dword(value):
    return struct.pack("<L", value)


def _anything(base, thing):
    """What every kind of object knows of itself."""
    return {base | CHARACTERISTICS: dword(0), base | FLAGS: dword(0),
            base | GET_NAME: text(thing.name), base | GET_ID: text(thing.id),
            base | RO_PRIVATE: property_list({}), base | PRIVATE: property_list(thing.private)}


def resource(thing):
    return _anything(RESOURCE, thing) | {
        RESOURCE | CLASS_INFO: struct.pack("<LL", 0, 0),
        RESOURCE | RO_COMMON: property_list({"Name": thing.name, "Type": thing.type.name}),
        RESOURCE | COMMON: property_list({"Description": "", "SeparateMonitor": 0, "RestartAction": 2})}


def resource_type(thing):
    answers = _anything(RESOURCE_TYPE, thing) | {
        RESOURCE_TYPE | CLASS_INFO: struct.pack("<LL", 0, 0),
        RESOURCE_TYPE | RO_COMMON: property_list({"DLLName": "lab.dll"}),
        RESOURCE_TYPE | COMMON: property_list({"Name": thing.name, "Description": "made up"})}
    del answers[RESOURCE_TYPE | GET_NAME], answers[RESOURCE_TYPE | GET_ID]
    return answers


def group_read_only(thing):
    return {"Name": thing.name, "GroupType": thing.type}


def group(thing):
    return _anything(GROUP, thing) | {
        GROUP | FLAGS: dword(1 if thing.core else 0),
        GROUP | RO_COMMON: property_list(group_read_only(thing)),
        GROUP | COMMON: property_list(thing.common)}


def node(thing):
    return _anything(NODE, thing) | {
        NODE | RO_COMMON: property_list({"NodeName": thing.name, "MajorVersion": 10, "MinorVersion": 0}),
        NODE | COMMON: property_list({"Description": "made up"})}


def network(thing):
    return _anything(NETWORK, thing) | {
        NETWORK | RO_COMMON: property_list({"Name": thing.name, "Address": thing.address}),
        NETWORK | COMMON: property_list({"Description": "made up", "Role": 3})}


def netinterface(thing):
    return _anything(NETINTERFACE, thing) | {
        NETINTERFACE | RO_COMMON: property_list({"Node": thing.node.name, "Network": thing.network.name}),
        NETINTERFACE | COMMON: property_list({"Description": "made up"})}


def cluster(thing):
    return {CLUSTER | GET_FQDN: text(cast.CLUSTER_FQDN), CLUSTER | CHECK_VOTER_DOWN: dword(0),
            CLUSTER | RO_COMMON: property_list({"FixQuorum": 0}),
            CLUSTER | COMMON: property_list({"AdminAccessPoint": 1, "Description": "made up", "QuorumType": 2}),
            CLUSTER | RO_PRIVATE: property_list({}), CLUSTER | PRIVATE: property_list({"Laboratory": [
                "no property of this list", "was ever in a real cluster"]})}


def groupset(thing):
    return {GROUPSET | GET_ID: text(thing.id),
            GROUPSET | RO_COMMON: property_list({"Name": thing.name}),
            GROUPSET | COMMON: property_list({"StartupDelay": 20})}


def answer(call, answers):
    """The [out] values of a control method: too small a buffer is told how much it lacks."""
    data = answers.get(call["dwControlCode"])
    if data is None:
        raise Failed(INVALID_FUNCTION)
    if len(data) > call["nOutBufferSize"]:
        raise Failed(MORE_DATA, lpcbRequired=len(data))
    return {"lpOutBuffer": data, "lpBytesReturned": len(data), "lpcbRequired": len(data)}


def set_common(call, thing):
    """New values for common properties that the object has, and their event."""
    try:
        wanted = parse(call["lpInBuffer"] or b"")
    except ValueError as error:
        raise Failed(INVALID_DATA) from error
    known = thing.unset | thing.common
    if any(type(value) is not type(known.get(name)) for name, value in wanted.items()):
        raise Failed(INVALID_PARAMETER)
    thing.common.update(wanted)
    thing.cluster.post(thing, "property")
