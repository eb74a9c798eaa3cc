# SPDX-License-Identifier: GPL-2.0-or-later
"""How connectionless DCE/RPC PDUs look on the wire (C706 12.5, MS-RPCE 2.2.3)."""
import dataclasses
import struct
import uuid

import pdu

REQUEST, PING, RESPONSE, FAULT, WORKING, NOCALL, REJECT, ACK = range(8)

# First flags octet. A whole request carries NO_FACK too: a packet that begins with 4 and three zero octets looks like
# WireGuard to Wireshark's heuristics.
LAST_FRAG, FRAG, NO_FACK, MAYBE, IDEMPOTENT = 0x02, 0x04, 0x08, 0x10, 0x20

HEADER_SIZE = 80
NO_HINT = 0xFFFF

CONVERSATION = uuid.UUID("333a2276-0000-0000-0d00-00809c000000")
CONVERSATION_VERSION = 3
WHO_ARE_YOU2 = 1


@dataclasses.dataclass
class Packet:
    ptype: int
    interface: uuid.UUID
    version: int
    activity: uuid.UUID
    sequence: int
    opnum: int = 0
    body: bytes = b""
    flags: int = 0
    boot_time: int = 0
    fragment: int = 0
    serial: int = 0
    drep: bytes = pdu.LITTLE

    @property
    def order(self):
        return pdu.order_of(self.drep)


def build(packet):
    order = packet.order
    return (bytes((4, packet.ptype, packet.flags, 0)) + packet.drep[:3] + bytes((packet.serial >> 8,))
            + bytes(16) + pdu.put_uuid(order, packet.interface) + pdu.put_uuid(order, packet.activity)
            + struct.pack(order + "LLLHHHHH", packet.boot_time, packet.version, packet.sequence, packet.opnum,
                          NO_HINT, NO_HINT, len(packet.body), packet.fragment)
            + bytes((0, packet.serial & 0xFF)) + packet.body)


def parse(data):
    if len(data) < HEADER_SIZE or data[0] != 4:
        raise ValueError("no connectionless PDU")
    drep = data[4:7] + b"\0"
    order = pdu.order_of(drep)
    boot_time, version, sequence, opnum, _, _, size, fragment = struct.unpack_from(order + "LLLHHHHH", data, 56)
    return Packet(data[1], pdu.get_uuid(order, data, 24), version, pdu.get_uuid(order, data, 40), sequence, opnum,
                  data[HEADER_SIZE:HEADER_SIZE + size], data[2], boot_time, fragment, data[7] << 8 | data[79], drep)


def fragments(packet, room):
    """The packets that carry a body in parts; nobody is asked for a fack."""
    if len(packet.body) <= room:
        yield dataclasses.replace(packet, flags=packet.flags | NO_FACK)
        return
    parts = range(0, len(packet.body), room)
    for number, start in enumerate(parts):
        last = LAST_FRAG if start == parts[-1] else 0
        yield dataclasses.replace(packet, flags=packet.flags | FRAG | NO_FACK | last, fragment=number, serial=number,
                                  body=packet.body[start:start + room])
