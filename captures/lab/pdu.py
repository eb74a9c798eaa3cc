# SPDX-License-Identifier: GPL-2.0-or-later
"""How connection-oriented DCE/RPC PDUs look on the wire (C706 chapter 12, MS-RPCE 2.2.2)."""
import dataclasses
import struct
import uuid

REQUEST, RESPONSE, FAULT = 0, 2, 3
BIND, BIND_ACK, BIND_NAK = 11, 12, 13
ALTER_CONTEXT, ALTER_CONTEXT_RESP, AUTH3 = 14, 15, 16
CO_CANCEL, ORPHANED = 18, 19

FIRST, LAST, HEADER_SIGN, MPX, DID_NOT_EXECUTE, OBJECT = 0x01, 0x02, 0x04, 0x10, 0x20, 0x80
WHOLE = FIRST | LAST

HEADER_SIZE = 16
TRAILER_SIZE = 8

LITTLE, BIG = b"\x10\0\0\0", b"\0\0\0\0"

NDR = (uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2)
NDR64 = (uuid.UUID("71710533-beba-4937-8319-b5dbef9ccc36"), 1)
# A bind time feature negotiation is a transfer syntax whose UUID starts with these bytes (MS-RPCE 2.2.2.14).
BIND_TIME_PREFIX = bytes.fromhex("2c1cb76c12984045")

# Fault status values (C706 appendix E, MS-RPCE 3.3.3.5.1).
NCA_OP_RNG_ERROR = 0x1C010002
NCA_UNK_IF = 0x1C010003
NCA_CONTEXT_MISMATCH = 0x1C00001A
RPC_X_BAD_STUB_DATA = 0x000006F7


class Fault(Exception):
    """A call that ends in a fault PDU instead of a response."""

    def __init__(self, status):
        super().__init__(f"fault 0x{status:08x}")
        self.status = status


@dataclasses.dataclass
class Trailer:
    """The security trailer and the token behind it."""
    auth_type: int
    level: int
    pad: int
    context_id: int
    token: bytes


@dataclasses.dataclass
class Pdu:
    """One PDU; `body` is all between the common header and the security trailer, authentication padding included."""
    ptype: int
    flags: int
    call_id: int
    body: bytes
    drep: bytes = LITTLE
    trailer: Trailer | None = None

    @property
    def order(self):
        return order_of(self.drep)


def order_of(drep):
    return "<" if drep[0] & 0x10 else ">"


def fragment_length(header):
    """The length of the PDU that starts with these 16 bytes."""
    return struct.unpack_from(order_of(header[4:8]) + "H", header, 8)[0]


def parse(data):
    version, _, ptype, flags = data[:4]
    if version != 5:
        raise ValueError("no connection-oriented PDU")
    drep = data[4:8]
    order = order_of(drep)
    length, auth_length, call_id = struct.unpack_from(order + "HHL", data, 8)
    trailer, end = None, length
    if auth_length:
        end = length - auth_length - TRAILER_SIZE
        auth_type, level, pad, _, context_id = struct.unpack_from(order + "BBBBL", data, end)
        trailer = Trailer(auth_type, level, pad, context_id, data[end + TRAILER_SIZE:length])
    return Pdu(ptype, flags, call_id, data[HEADER_SIZE:end], drep, trailer)


def build(pdu):
    order, trailer, tail = pdu.order, pdu.trailer, b""
    if trailer:
        tail = struct.pack(order + "BBBBL", trailer.auth_type, trailer.level, trailer.pad, 0,
                           trailer.context_id) + trailer.token
    length = HEADER_SIZE + len(pdu.body) + len(tail)
    auth_length = len(trailer.token) if trailer else 0
    return (bytes((5, 0, pdu.ptype, pdu.flags)) + pdu.drep
            + struct.pack(order + "HHL", length, auth_length, pdu.call_id) + pdu.body + tail)


def get_uuid(order, data, offset):
    raw = data[offset:offset + 16]
    return uuid.UUID(bytes_le=raw) if order == "<" else uuid.UUID(bytes=raw)


def put_uuid(order, value):
    return value.bytes_le if order == "<" else value.bytes


@dataclasses.dataclass
class Context:
    """One presentation context that a client proposes."""
    context_id: int
    interface: uuid.UUID
    version: int
    syntaxes: list


@dataclasses.dataclass
class Bind:
    max_xmit: int
    max_recv: int
    association: int
    contexts: list


def parse_bind(pdu):
    order, body = pdu.order, pdu.body
    max_xmit, max_recv, association, count = struct.unpack_from(order + "HHLB", body)
    offset, contexts = 12, []
    for _ in range(count):
        context_id, syntax_count = struct.unpack_from(order + "HB", body, offset)
        interface = get_uuid(order, body, offset + 4)
        version, = struct.unpack_from(order + "L", body, offset + 20)
        offset += 24
        syntaxes = []
        for _ in range(syntax_count):
            syntaxes.append((get_uuid(order, body, offset), struct.unpack_from(order + "L", body, offset + 16)[0]))
            offset += 20
        contexts.append(Context(context_id, interface, version, syntaxes))
    return Bind(max_xmit, max_recv, association, contexts)


def bind_body(order, max_fragment, association, contexts):
    body = struct.pack(order + "HHLBBH", max_fragment, max_fragment, association, len(contexts), 0, 0)
    for context in contexts:
        body += struct.pack(order + "HBB", context.context_id, len(context.syntaxes), 0)
        for syntax, version in ((context.interface, context.version), *context.syntaxes):
            body += put_uuid(order, syntax) + struct.pack(order + "L", version)
    return body


def parse_bind_ack(pdu):
    """(association group, results of the proposed contexts)"""
    order, body = pdu.order, pdu.body
    association, length = struct.unpack_from(order + "4xLH", body)
    offset = 10 + length
    offset += -offset % 4
    results = [struct.unpack_from(order + "H", body, offset + 4 + 24 * place)[0] for place in range(body[offset])]
    return association, results


def bind_ack_body(order, max_xmit, max_recv, association, secondary_address, results):
    """`results` are (result, reason, (uuid, version) of the accepted transfer syntax)."""
    address = secondary_address.encode("ascii") + b"\0" if secondary_address else b""
    body = struct.pack(order + "HHLH", max_xmit, max_recv, association, len(address)) + address
    body += b"\0" * (-len(body) % 4)
    body += struct.pack(order + "BBH", len(results), 0, 0)
    for result, reason, (syntax, version) in results:
        body += struct.pack(order + "HH", result, reason) + put_uuid(order, syntax) + struct.pack(order + "L", version)
    return body


@dataclasses.dataclass
class Request:
    context_id: int
    opnum: int
    stub: bytes


def parse_request(pdu):
    _, context_id, opnum = struct.unpack_from(pdu.order + "LHH", pdu.body)
    start = 24 if pdu.flags & OBJECT else 8
    end = len(pdu.body) - (pdu.trailer.pad if pdu.trailer else 0)
    return Request(context_id, opnum, pdu.body[start:end])


def request_body(order, hint, context_id, opnum, stub):
    return struct.pack(order + "LHH", hint, context_id, opnum) + stub


def response_body(order, hint, context_id, stub):
    return struct.pack(order + "LHBB", hint, context_id, 0, 0) + stub


def parse_response(pdu):
    """The stub of a response, or the Fault that a fault tells."""
    if pdu.ptype == FAULT:
        raise Fault(struct.unpack_from(pdu.order + "L", pdu.body, 8)[0])
    return pdu.body[8:len(pdu.body) - (pdu.trailer.pad if pdu.trailer else 0)]


def fault_body(order, context_id, status):
    return struct.pack(order + "LHBBLL", 32, context_id, 0, 0, status, 0)
