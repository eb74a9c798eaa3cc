# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made by the lab's own client: what notification ports do in the life of a group."""
import time

from impacket.dcerpc.v5.rpcrt import DCERPCException

import cast
from client import PLAIN, Client
from properties import property_list

GROUP_NAME = "Lab File Server"
STATE, DELETED, ADDED, PROPERTY = 0x1000, 0x2000, 0x4000, 0x8000
V2, OBJECT_GROUP, GROUP_STATE_V2, GROUP_DELETED_V2 = 2, 2, 0x8, 0x1
GROUP_COMMON_PROPERTY_V2, SET_COMMON_PROPERTIES = 0x2, 0x0340005E
OBJECT_CLUSTER, GROUP_ADDED_V2 = 1, 0x4
FILE_SERVER, TYPE_COMMON_PROPERTY = "File Server", 0x2

INVALID_HANDLE, INVALID_FUNCTION, NO_MORE_ITEMS = 6, 1, 0x103
# Long enough that the server has a request before the next one comes on another connection.
PAUSE = 0.1


class Unexpected(Exception):
    pass


def expect(what, **values):
    """Fails loudly when a server did not answer as the scene needs it."""
    for name, value in values.items():
        key = "return" if name == "result" else name
        if what[key] != value:
            raise Unexpected(f"{key} is {what[key]!r} instead of {value!r} in {what!r}")
    return what


def expect_fault(client, opnum, **values):
    try:
        client.call(opnum, **values)
    except DCERPCException as fault:
        if "context_mismatch" in str(fault):
            return
        raise
    raise Unexpected(f"opnum {opnum} was not refused")


def opened(answer):
    """The handle of a successful opening."""
    expect(answer, **({"Status": 0} if "Status" in answer else {"rpc_error": 0}))
    return answer["return"]


def begin(client):
    """What each client does first (MS-CMRP 3.2.3.3, 3.2.4.1)."""
    expect(client.call(3), result=0, ClusterName=cast.CLUSTER_NAME)
    cluster = opened(client.call(0))
    expect(client.call(7, dwType=1), result=0)
    return cluster


def end(client, cluster):
    expect(client.call(1, Cluster=cluster), result=0)
    client.close()


def life_of_a_group(security=PLAIN, ndr64=False, big_endian=False, refusals=True, kind=Client):
    """Registration, re-registration, an event that ends a waiting call, refusals, unblocking, closing."""
    client = kind(security, ndr64, big_endian)
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    port = opened(client.call(55))
    added = expect(client.call(59, hNotify=port, hGroup=group, dwFilter=STATE | DELETED, dwNotifyKey=7), result=0)
    sequence = added["dwStateSequence"]

    waiter = kind(security, ndr64, big_endian, association=client.association)
    waiter.send(65, hNotify=port)
    time.sleep(PAUSE)
    expect(client.call(50, hGroup=group), result=0)
    event = expect(waiter.receive(65), result=0, dwNotifyKey=7, dwFilter=STATE, dwStateSequence=sequence + 1,
                   Name=GROUP_NAME)
    expect(client.call(63, hNotify=port, hGroup=group, dwFilter=PROPERTY, dwNotifyKey=8,
                       StateSequence=event["dwStateSequence"]), result=0)
    expect(client.call(49, hGroup=group), result=0)
    expect(client.call(65, hNotify=port), result=0, dwNotifyKey=7, dwFilter=STATE, dwStateSequence=sequence + 2)

    # A handle of another type is the method's business, a handle that is gone is the runtime's.
    again = {"dwFilter": STATE, "dwNotifyKey": 9, "StateSequence": sequence + 2}
    if refusals:
        expect(client.call(63, hNotify=port, hGroup=cluster, **again), result=INVALID_HANDLE)
    expect(client.call(44, Group=group), result=0)
    if refusals:
        expect_fault(client, 63, hNotify=port, hGroup=group, **again)

    waiter.send(65, hNotify=port)
    time.sleep(PAUSE)
    expect(client.call(107, hNotify=port), result=0)
    expect(waiter.receive(65), result=INVALID_FUNCTION)
    waiter.close()
    expect(client.call(56, Notify=port), result=0)
    end(client, cluster)


def reconnect():
    """A client loses its connection, misses a change, and registers again with the sequence it knows (3.2.4.6)."""
    first = Client()
    begin(first)
    group = opened(first.call(41, lpszGroupName=GROUP_NAME))
    port = opened(first.call(55))
    known = expect(first.call(59, hNotify=port, hGroup=group, dwFilter=STATE, dwNotifyKey=7), result=0)
    first.close()

    other = Client()
    cluster = begin(other)
    group = opened(other.call(41, lpszGroupName=GROUP_NAME))
    expect(other.call(50, hGroup=group), result=0)
    expect(other.call(44, Group=group), result=0)
    end(other, cluster)

    again = Client()
    cluster = begin(again)
    group = opened(again.call(41, lpszGroupName=GROUP_NAME))
    port = opened(again.call(55))
    expect(again.call(63, hNotify=port, hGroup=group, dwFilter=STATE, dwNotifyKey=7,
                      StateSequence=known["dwStateSequence"]), result=0)
    expect(again.call(65, hNotify=port), result=0, dwNotifyKey=7, dwFilter=STATE,
           dwStateSequence=known["dwStateSequence"] + 1, Name=GROUP_NAME)
    expect(again.call(56, Notify=port), result=0)
    expect(again.call(44, Group=group), result=0)
    end(again, cluster)


def version2(security=PLAIN, ndr64=False, big_endian=False, kind=Client):
    """Version 2 ports: a waiting ApiGetNotifyV2, several events in one answer, and version 1's ApiGetNotifyAsync."""
    client = kind(security, ndr64, big_endian)
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    port = opened(client.call(137))
    of_the_group = GROUP_STATE_V2 | GROUP_DELETED_V2 | GROUP_COMMON_PROPERTY_V2
    for thing, type_, flags, key, targeted in ((group, OBJECT_GROUP, of_the_group, 21, 1),
                                               (cluster, OBJECT_CLUSTER, GROUP_ADDED_V2, 22, 1),
                                               (cluster, OBJECT_GROUP, GROUP_DELETED_V2, 23, 0)):
        expect(client.call(138, hNotify=port, hObject=thing, dwNotifyKey=key, dwVersion=V2,
                           filter={"dwObjectType": type_, "FilterFlags": flags}, isTargetedAtObject=targeted), result=0)
    expect(client.call(155, hNotify=port, filter=TYPE_COMMON_PROPERTY, dwNotifyKey=24, resTypeName=FILE_SERVER,
                       dwVersion=V2), result=0)
    waiter = kind(security, ndr64, big_endian, association=client.association)
    waiter.send(139, hNotify=port)
    time.sleep(PAUSE)
    expect(client.call(50, hGroup=group), result=0)
    expect(waiter.receive(139), result=0, dwNumNotifications=1)
    changed = property_list({"Description": "changed", "Priority": 1000})
    expect(client.call(77, hGroup=group, dwControlCode=SET_COMMON_PROPERTIES, lpInBuffer=changed,
                       nInBufferSize=len(changed), nOutBufferSize=0), result=0)
    expect(client.call(139, hNotify=port), result=0, dwNumNotifications=1)

    async_port = opened(client.call(55))
    expect(client.call(57, hNotify=async_port, hCluster=cluster, dwFilter=ADDED | DELETED, dwNotifyKey=31), result=0)
    created = opened(client.call(42, lpszGroupName="Lab New Group"))
    expect(client.call(43, Group=created, force=0), result=0)
    expect(client.call(44, Group=created), result=0)
    expect(client.call(139, hNotify=port), result=0, dwNumNotifications=2)
    expect(client.call(147, hNotify=async_port), result=0, dwNumNotifications=2)

    waiter.send(139, hNotify=port)
    time.sleep(PAUSE)
    expect(client.call(107, hNotify=port), result=0)
    expect(waiter.receive(139), result=INVALID_FUNCTION)
    waiter.close()
    expect(client.call(56, Notify=async_port), result=0)
    expect(client.call(56, Notify=port), result=0)
    expect(client.call(44, Group=group), result=0)
    end(client, cluster)
