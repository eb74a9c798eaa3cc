# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made by the lab's own client: what connections, fragments and contexts do around the calls."""
import time

from client import PLAIN, Client
from impacket.dcerpc.v5.rpcrt import DCERPCException

from scenes_notify import GROUP_NAME, PAUSE, STATE, Unexpected, begin, end, expect, expect_fault, opened

REG_BINARY, MAXIMUM_ALLOWED = 3, 0x02000000
LARGE = bytes(range(256)) * 20
REQUEST_FRAGMENT = 1024
RESERVED_FOR_LOCAL_USE, RESERVED_FOR_FUTURE_USE = 111, 200


def fragments(security=PLAIN, ndr64=False, kind=Client, **options):
    """A large registry value goes there and comes back in several fragments."""
    client = kind(security, ndr64, fragment=REQUEST_FRAGMENT, **options)
    cluster = begin(client)
    key = opened(client.call(28, samDesired=MAXIMUM_ALLOWED))
    expect(client.call(32, hKey=key, lpValueName="Large", dwType=REG_BINARY, lpData=LARGE, cbData=len(LARGE)), result=0)
    expect(client.call(34, hKey=key, lpValueName="Large", cbData=len(LARGE)), result=0, lpData=LARGE)
    expect(client.call(33, hKey=key, lpValueName="Large"), result=0)
    expect(client.call(37, pKey=key), result=0)
    end(client, cluster)


def out_of_order():
    """Two calls at a time on one connection: the waiting one is answered after the later one."""
    client = Client(multiplex=True)
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    port = opened(client.call(55))
    expect(client.call(59, hNotify=port, hGroup=group, dwFilter=STATE, dwNotifyKey=7), result=0)
    client.send(65, hNotify=port)
    time.sleep(PAUSE)
    expect(client.call(45, hGroup=group), result=0)
    other = Client(association=client.association)
    expect(other.call(50, hGroup=group), result=0)
    expect(client.receive(65), result=0, Name=GROUP_NAME)
    other.close()
    expect(client.call(56, Notify=port), result=0)
    expect(client.call(44, Group=group), result=0)
    end(client, cluster)


def associations():
    """A handle is good on every connection of its association and on no other; it ends with the last connection."""
    client = Client()
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    sibling = Client(association=client.association)
    expect(sibling.call(45, hGroup=group), result=0)
    stranger = Client()
    expect_fault(stranger, 45, hGroup=group)
    client.close()
    expect(sibling.call(47, hGroup=group), result=0)
    sibling.close()
    expect_fault(stranger, 47, hGroup=group)
    same_name = opened(stranger.call(41, lpszGroupName=GROUP_NAME))
    expect(stranger.call(44, Group=same_name), result=0)
    expect_fault(stranger, 1, Cluster=cluster)
    stranger.close()


def contexts():
    """NDR first, then NDR64 by an alter_context, with the same handles."""
    client = Client()
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    client.alter(ndr64=True)
    expect(client.call(45, hGroup=group), result=0)
    expect(client.call(53, hGroup=group, dwType=1), result=0)
    expect(client.call(44, Group=group), result=0)
    end(client, cluster)


def refused_opnums():
    """Opnums that nobody may send, and the fault that answers them."""
    client = Client()
    cluster = begin(client)
    for opnum in (RESERVED_FOR_LOCAL_USE, RESERVED_FOR_FUTURE_USE):
        try:
            client.call(opnum)
        except DCERPCException as fault:
            if "op_rng_error" not in str(fault):
                raise
        else:
            raise Unexpected(f"opnum {opnum} was answered")
    end(client, cluster)
