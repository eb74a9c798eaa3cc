# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made by the lab's own client under Kerberos, and under several kinds of security at once."""
import functools

import cast
from scenes_notify import GROUP_NAME, begin, end, expect, life_of_a_group, opened, version2
from secure_client import MANAGEMENT, Kerberos, SecureClient

ROUNDS = 25


def life(wanted=Kerberos(), **options):
    """As life_of_a_group(); `options` may be those of the client too."""
    ours = {name: options.pop(name) for name in ("host", "trailers", "interface") if name in options}
    life_of_a_group(wanted, kind=functools.partial(SecureClient, **ours), **options)


def life_version2(**options):
    version2(Kerberos(), kind=SecureClient, **options)


def users():
    """Each user on a connection of his own, at the same time."""
    clients = [SecureClient(Kerberos(user)) for user in cast.USERS]
    clusters = [begin(client) for client in clients]
    groups = [opened(client.call(41, lpszGroupName=GROUP_NAME)) for client in clients]
    for client, group in zip(clients, groups):
        expect(client.call(45, hGroup=group), result=0)
    for client, group, cluster in zip(clients, groups, clusters):
        expect(client.call(44, Group=group), result=0)
        end(client, cluster)


def contexts():
    """NDR first, then NDR64 by an alter_context that brings no token, under the same keys."""
    client = SecureClient(Kerberos())
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    client.alter(ndr64=True)
    expect(client.call(45, hGroup=group), result=0)
    expect(client.call(53, hGroup=group, dwType=1), result=0)
    expect(client.call(44, Group=group), result=0)
    end(client, cluster)


def long_connection():
    """Two hundred calls and more under one ticket."""
    client = SecureClient(Kerberos())
    cluster = begin(client)
    for _ in range(ROUNDS):
        group = opened(client.call(41, lpszGroupName=GROUP_NAME))
        expect(client.call(45, hGroup=group), result=0)
        expect(client.call(53, hGroup=group, dwType=1), result=0)
        expect(client.call(47, hGroup=group), result=0)
        expect(client.call(50, hGroup=group), result=0)
        expect(client.call(49, hGroup=group), result=0)
        expect(client.call(7, dwType=1), result=0)
        expect(client.call(44, Group=group), result=0)
    end(client, cluster)


def _some_calls(client):
    expect(client.call(3), result=0, ClusterName=cast.CLUSTER_NAME)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    expect(client.call(7, dwType=1), result=0)
    expect(client.call(45, hGroup=group), result=0)
    expect(client.call(44, Group=group), result=0)


def two_securities(first, second):
    """Two security contexts on one connection, in turn."""
    client = SecureClient(first)
    agreed = [client.security]
    cluster = opened(client.call(0))
    agreed.append(client.secure(second))
    for _ in range(2):
        for context in agreed:
            client.use(context)
            _some_calls(client)
    end(client, cluster)


def other_bind(wanted):
    """Security that came with the bind to another interface; ClusAPI follows without a token."""
    client = SecureClient(wanted, interface=MANAGEMENT)
    cluster = begin(client)
    _some_calls(client)
    end(client, cluster)
