# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made by the lab's own client: handles that may not do everything, buffers that are too small, bad stubs."""
from impacket.dcerpc.v5.rpcrt import DCERPCException

from client import Client
from properties import property_list
from scenes_notify import GROUP_NAME, SET_COMMON_PROPERTIES, Unexpected, begin, end, expect, opened

GENERIC_READ, MAXIMUM_ALLOWED, CHANGE_ACCESS = 0x80000000, 0x02000000, 2
READ, ALL = 0x80000000, 0x10000000
ACCESS_DENIED, INVALID_PARAMETER, MORE_DATA, GROUP_NOT_FOUND = 5, 0x57, 0xEA, 0x1395
OBJECT_ALREADY_EXISTS, GROUP_NOT_AVAILABLE = 0x1392, 0x1394
GET_COMMON_PROPERTIES = 0x03000059
NULL = bytes(20)


def access_levels():
    """A handle opened for reading serves for reading; what it is refused, a handle with all rights may do."""
    client = Client()
    cluster = opened(expect(client.call(117, dwDesiredAccess=MAXIMUM_ALLOWED), lpdwGrantedAccess=ALL))
    reader = opened(expect(client.call(119, lpszGroupName=GROUP_NAME, dwDesiredAccess=GENERIC_READ),
                           lpdwGrantedAccess=READ))
    expect(client.call(45, hGroup=reader), result=0)
    expect(client.call(50, hGroup=reader), result=ACCESS_DENIED)
    change = property_list({"Description": "refused"})
    expect(client.call(77, hGroup=reader, dwControlCode=SET_COMMON_PROPERTIES, lpInBuffer=change,
                       nInBufferSize=len(change), nOutBufferSize=0), result=ACCESS_DENIED)
    expect(client.call(119, lpszGroupName=GROUP_NAME, dwDesiredAccess=CHANGE_ACCESS), Status=INVALID_PARAMETER,
           **{"return": NULL})
    writer = opened(expect(client.call(119, lpszGroupName=GROUP_NAME, dwDesiredAccess=MAXIMUM_ALLOWED),
                           lpdwGrantedAccess=ALL))
    expect(client.call(50, hGroup=writer), result=0)
    for group in (reader, writer):
        expect(client.call(44, Group=group), result=0)
    end(client, cluster)


def failures():
    """Failures that a conformant server answers: unknown and taken names, small buffers, deleted groups."""
    client = Client()
    cluster = begin(client)
    expect(client.call(41, lpszGroupName="No Such Group"), Status=GROUP_NOT_FOUND, **{"return": NULL})
    expect(client.call(42, lpszGroupName=GROUP_NAME.upper()), Status=OBJECT_ALREADY_EXISTS, **{"return": NULL})
    group = opened(client.call(42, lpszGroupName="Lab New Group"))
    what = {"hGroup": group, "dwControlCode": GET_COMMON_PROPERTIES, "lpInBuffer": None, "nInBufferSize": 0}
    small = expect(client.call(77, nOutBufferSize=0, **what), result=MORE_DATA)
    expect(client.call(77, nOutBufferSize=small["lpcbRequired"], **what), result=0)
    expect(client.call(43, Group=group, force=0), result=0)
    expect(client.call(45, hGroup=group), result=GROUP_NOT_AVAILABLE)
    expect(client.call(44, Group=group), result=0)
    end(client, cluster)


def bad_stub():
    """A NULL buffer that claims a size: the strict NDR check refuses it by a fault."""
    client = Client()
    cluster = begin(client)
    group = opened(client.call(41, lpszGroupName=GROUP_NAME))
    try:
        client.call(77, hGroup=group, dwControlCode=GET_COMMON_PROPERTIES, lpInBuffer=None, nInBufferSize=8,
                    nOutBufferSize=64)
    except DCERPCException as fault:
        if "BAD_STUB" not in str(fault).upper():
            raise
    else:
        raise Unexpected("a NULL buffer of 8 bytes was accepted")
    expect(client.call(44, Group=group), result=0)
    end(client, cluster)
