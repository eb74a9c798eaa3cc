# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made by the lab's own client over UDP: interface version 2.0."""
import time

import pdu
from dg_client import Client, Refused
from scenes_notify import DELETED, GROUP_NAME, INVALID_FUNCTION, INVALID_HANDLE, PAUSE, PROPERTY, STATE
from scenes_notify import Unexpected, begin, end, expect, opened

WAIT_TIMEOUT = 0x102
LONG, SHORT = 10000, 600
REG_BINARY = 3
LARGE = bytes(range(256)) * 16


def life_of_a_group(big_endian=False):
    """As over TCP, with the timeout that only version 2.0 has, and the pings of a client that waits."""
    client = Client(big_endian)
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    port = opened(client.call(55))
    added = expect(client.call(59, hNotify=port, hGroup=group, dwFilter=STATE | DELETED, dwNotifyKey=7), result=0)
    sequence = added["dwStateSequence"]
    expect(client.call(63, hNotify=port, hGroup=group, dwFilter=PROPERTY, dwNotifyKey=8, StateSequence=sequence),
           result=0)
    waiter = Client(big_endian, client.address_space)
    # The first call of an activity brings the callback, so that one must not be the one that waits.
    expect(waiter.call(3), result=0)
    waiter.send(65, hNotify=port, Timeout=LONG)
    time.sleep(PAUSE)
    expect(client.call(50, hGroup=group), result=0)
    expect(waiter.receive(65), result=0, dwNotifyKey=7, dwFilter=STATE, dwStateSequence=sequence + 1, Name=GROUP_NAME)
    expect(client.call(65, hNotify=port, Timeout=SHORT), result=WAIT_TIMEOUT)
    expect(client.call(63, hNotify=port, hGroup=cluster, dwFilter=STATE, dwNotifyKey=9, StateSequence=sequence + 1),
           result=INVALID_HANDLE)
    waiter.send(65, hNotify=port, Timeout=LONG)
    time.sleep(PAUSE)
    expect(client.call(107, hNotify=port), result=0)
    expect(waiter.receive(65), result=INVALID_FUNCTION)
    waiter.close()
    expect(client.call(44, Group=group), result=0)
    try:
        client.call(63, hNotify=port, hGroup=group, dwFilter=STATE, dwNotifyKey=9, StateSequence=sequence + 1)
    except Refused as refused:
        if refused.status != pdu.NCA_CONTEXT_MISMATCH:
            raise
    else:
        raise Unexpected("a closed handle was accepted")
    expect(client.call(56, hNotify=port), result=0)
    end(client, cluster)


def fragments():
    """A request and a response that take several datagrams."""
    client = Client()
    cluster = begin(client)
    key = opened(client.call(28, samDesired=0x02000000))
    expect(client.call(32, hKey=key, lpValueName="Large", dwType=REG_BINARY, lpData=LARGE, cbData=len(LARGE)), result=0)
    expect(client.call(34, hKey=key, lpValueName="Large", cbData=len(LARGE)), result=0, lpData=LARGE)
    expect(client.call(33, hKey=key, lpValueName="Large"), result=0)
    expect(client.call(37, pKey=key), result=0)
    end(client, cluster)
