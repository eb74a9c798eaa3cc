# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture made by the lab's own client: a group that is moved, and one that fails over."""
from client import Client
from properties import property_list
from scenes_notify import STATE, begin, end, expect, opened

GROUP_NAME, RESOURCE_NAME, TYPE = "SQL", "SQL Server", "Generic Service"
SET_COMMON_PROPERTIES = 0x0340005E
NODE_STATE = 0x1
GROUP_KEY, NODE_KEY = 1, 2
SHARING_PAUSED, IO_PENDING = 0x46, 0x3E5
ONLINE, FAILED, PENDING = 0, 2, 4
OWNER, OTHER = "node1", "node2"


def _prepare(client):
    """A group with a resource, online, which goes to another node when its resource fails."""
    group = opened(client.call(42, lpszGroupName=GROUP_NAME))
    resource = opened(client.call(9, hGroup=group, lpszResourceName=RESOURCE_NAME, lpszResourceType=TYPE, dwFlags=0))
    once = property_list({"FailoverThreshold": 1})
    expect(client.call(77, hGroup=group, dwControlCode=SET_COMMON_PROPERTIES, lpInBuffer=once, nInBufferSize=len(once),
                       nOutBufferSize=0), result=0)
    expect(client.call(49, hGroup=group), result=0)
    return group, resource


def _told(client, port, key, name, count):
    for _ in range(count):
        expect(client.call(65, hNotify=port), result=0, dwNotifyKey=key, Name=name)


def moves_and_a_failover():
    """A move that is refused, one that is pending and then done, and a failover that only events tell of."""
    client = Client()
    cluster = begin(client)
    group, resource = _prepare(client)
    node = opened(client.call(66, lpszNodeName=OTHER))
    port = opened(client.call(55))
    expect(client.call(59, hNotify=port, hGroup=group, dwFilter=STATE, dwNotifyKey=GROUP_KEY), result=0)
    expect(client.call(58, hNotify=port, hNode=node, dwFilter=NODE_STATE, dwNotifyKey=NODE_KEY), result=0)

    expect(client.call(69, hNode=node), result=0)
    _told(client, port, NODE_KEY, OTHER, 1)
    expect(client.call(52, hGroup=group, hNode=node), result=SHARING_PAUSED)
    expect(client.call(70, hNode=node), result=0)
    _told(client, port, NODE_KEY, OTHER, 1)
    expect(client.call(45, hGroup=group), result=0, State=ONLINE, NodeName=OWNER)

    expect(client.call(52, hGroup=group, hNode=node), result=IO_PENDING)
    expect(client.call(45, hGroup=group), result=0, State=PENDING)
    _told(client, port, GROUP_KEY, GROUP_NAME, 2)
    expect(client.call(45, hGroup=group), result=0, State=ONLINE, NodeName=OTHER)

    # Failed, pending, online.
    expect(client.call(16, hResource=resource), result=0)
    _told(client, port, GROUP_KEY, GROUP_NAME, 3)
    expect(client.call(45, hGroup=group), result=0, State=ONLINE, NodeName=OWNER)

    expect(client.call(56, Notify=port), result=0)
    expect(client.call(67, Node=node), result=0)
    expect(client.call(11, Resource=resource), result=0)
    expect(client.call(44, Group=group), result=0)
    end(client, cluster)
