# SPDX-License-Identifier: GPL-2.0-or-later
"""How are the PDUs of DCE/RPC laid out, over a connection (version 5) and over datagrams (version 4)?

Pure functions from values to bytes (C706 chapter 12, MS-RPCE 2.2.2). Nothing is checked: tests make broken
PDUs as well. All take `big_endian`, which decides the header and the data representation label; the stub
is taken as it is.
"""
import struct
from uuid import UUID

INTERFACE = UUID("b97db8b2-4c63-11cf-bff6-08002be23f2f")
NDR = (UUID("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2)
NDR64 = (UUID("71710533-beba-4937-8319-b5dbef9ccc36"), 1)
NIL = UUID(int=0)

# Packet types. The first four exist in both versions.
REQUEST, RESPONSE, FAULT, REJECT = 0, 2, 3, 6
BIND, BIND_ACK, BIND_NAK, ALTER_CONTEXT, ALTER_CONTEXT_RESP, AUTH3 = 11, 12, 13, 14, 15, 16
SHUTDOWN, CO_CANCEL, ORPHANED = 17, 18, 19
PING, WORKING, NOCALL, ACK, CL_CANCEL, FACK, CANCEL_ACK = 1, 4, 5, 7, 8, 9, 10

# Flags of connection PDUs.
FIRST_FRAG, LAST_FRAG, OBJECT_UUID = 0x01, 0x02, 0x80
WHOLE = FIRST_FRAG | LAST_FRAG

# Flags of datagram PDUs (first octet).
DG_LAST_FRAG, DG_FRAG, DG_NOFACK, DG_MAYBE, DG_IDEMPOTENT = 0x02, 0x04, 0x08, 0x10, 0x20

MAX_FRAG = 5840

_CN_HEADER = {False: struct.Struct("<BBBBB3xHHI"), True: struct.Struct(">BBBBB3xHHI")}
# The first octet of the data representation label.
_LABEL = {False: 0x10, True: 0x00}
_ORDER = {False: "<", True: ">"}


def uuid_bytes(uuid, big_endian=False):
    return uuid.bytes if big_endian else uuid.bytes_le


def cn(ptype, body, call_id, flags=WHOLE, big_endian=False, auth=None):
    """A connection PDU. `auth` is (type, level, value[, context id]): the trailer that stands at the end.

    The body is padded so that the trailer is aligned to 16 in requests and responses and to 4 elsewhere.
    """
    auth_length = 0
    if auth is not None:
        auth_type, level, value, *context = auth
        alignment = 16 if ptype in (REQUEST, RESPONSE) else 4
        pad = -len(body) % alignment
        trailer = struct.pack(_ORDER[big_endian] + "BBBBI", auth_type, level, pad, 0, context[0] if context else 0)
        body = b"".join((body, bytes(pad), trailer, value))
        auth_length = len(value)
    header = _CN_HEADER[big_endian]
    return header.pack(5, 0, ptype, flags, _LABEL[big_endian], 16 + len(body), auth_length, call_id) + body


def request(opnum, stub, call_id, ctx_id=0, flags=WHOLE, object_uuid=None, big_endian=False, auth=None,
            alloc_hint=None):
    hint = len(stub) if alloc_hint is None else alloc_hint
    body = struct.pack(_ORDER[big_endian] + "IHH", hint, ctx_id, opnum)
    if object_uuid is not None:
        flags |= OBJECT_UUID
        body += uuid_bytes(object_uuid, big_endian)
    return cn(REQUEST, body + stub, call_id, flags, big_endian, auth)


def response(stub, call_id, ctx_id=0, flags=WHOLE, big_endian=False, auth=None, alloc_hint=None):
    hint = len(stub) if alloc_hint is None else alloc_hint
    body = struct.pack(_ORDER[big_endian] + "IHBB", hint, ctx_id, 0, 0)
    return cn(RESPONSE, body + stub, call_id, flags, big_endian, auth)


def fault(status, call_id, ctx_id=0, flags=WHOLE, big_endian=False, auth=None, stub=b""):
    body = struct.pack(_ORDER[big_endian] + "IHBBII", 32, ctx_id, 0, 0, status, 0)
    return cn(FAULT, body + stub, call_id, flags, big_endian, auth)


def bind(contexts, call_id, assoc_group=0, big_endian=False, auth=None, ptype=BIND, max_frag=MAX_FRAG):
    """`contexts` is a list of (context id, (uuid, version), [(uuid, version) of a transfer syntax, …])."""
    order = _ORDER[big_endian]
    body = [struct.pack(order + "HHIB3x", max_frag, max_frag, assoc_group, len(contexts))]
    for ctx_id, interface, syntaxes in contexts:
        body.append(struct.pack(order + "HBx", ctx_id, len(syntaxes)))
        for uuid, version in (interface, *syntaxes):
            body.append(uuid_bytes(uuid, big_endian) + struct.pack(order + "I", version))
    return cn(ptype, b"".join(body), call_id, WHOLE, big_endian, auth)


def bind_ack(results, call_id, assoc_group=0x1234, port=b"49200", big_endian=False, auth=None, ptype=BIND_ACK,
             max_frag=MAX_FRAG):
    """`results` is a list of (result, reason, (uuid, version) of the transfer syntax)."""
    order = _ORDER[big_endian]
    address = port + b"\0" if port else b""
    body = struct.pack(order + "HHIH", max_frag, max_frag, assoc_group, len(address)) + address
    body += bytes(-len(body) % 4)
    body += struct.pack("B3x", len(results))
    for result, reason, (uuid, version) in results:
        body += struct.pack(order + "HH", result, reason) + uuid_bytes(uuid, big_endian)
        body += struct.pack(order + "I", version)
    return cn(ptype, body, call_id, WHOLE, big_endian, auth)


def bind_nak(reason, call_id, big_endian=False):
    return cn(BIND_NAK, struct.pack(_ORDER[big_endian] + "H4B", reason, 1, 5, 0, 0), call_id, WHOLE, big_endian)


def dg(ptype, body, opnum, seq, activity, version=2, flags1=0, flags2=0, big_endian=False, object_uuid=NIL,
       interface=INTERFACE, boot_time=0, frag_num=0, serial=0, auth_proto=0, verifier=b""):
    """A datagram PDU. `verifier` follows the body, which the length in the header does not count."""
    order = _ORDER[big_endian]
    uuids = b"".join(uuid_bytes(uuid, big_endian) for uuid in (object_uuid, interface, activity))
    return b"".join((
        struct.pack("BBBBB2xB", 4, ptype, flags1, flags2, _LABEL[big_endian], serial >> 8), uuids,
        struct.pack(order + "IIIHHHHHBB", boot_time, version, seq, opnum, 0xFFFF, 0xFFFF, len(body), frag_num,
                    auth_proto, serial & 0xFF),
        body, verifier))


def split(stub, fragments):
    """The pieces of a stub: `fragments` is None (one), a number of about equal pieces, or their sizes."""
    if fragments is None:
        return [stub]
    if isinstance(fragments, int):
        size = max(1, -(-len(stub) // fragments))
        size += -size % 8
        fragments = [size] * (fragments - 1)
    pieces, start = [], 0
    for size in fragments:
        pieces.append(stub[start:start + size])
        start += size
    if start < len(stub) or not pieces:
        pieces.append(stub[start:])
    return pieces
