# SPDX-License-Identifier: GPL-2.0-or-later
"""How is a frame taken apart into its headers, changed, and put together again?

    packet = packets.parse(frame.data)            None if it is no TCP or UDP over IPv4 over Ethernet
    packets.build(packet._replace(client port …)) the frame

What is put together has no checksums (0: not computed).
"""
import struct
from collections import namedtuple

TCP, UDP = 6, 17
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

# `source` and `target` are (4 bytes of an address, port); `rest` what follows the ports up to the end of the header.
Packet = namedtuple("Packet", "ethernet protocol source target sequence acknowledged flags rest payload")


def parse(data):
    if data[12:14] != b"\x08\x00" or data[23] not in (TCP, UDP) or int.from_bytes(data[20:22], "big") & 0x3FFF:
        return None
    start = 14 + (data[14] & 15) * 4
    end = 14 + int.from_bytes(data[16:18], "big")
    ports = struct.unpack_from(">HH", data, start)
    ends = (data[26:30], ports[0]), (data[30:34], ports[1])
    if data[23] == UDP:
        return Packet(data[:14], UDP, *ends, 0, 0, 0, b"", data[start + 8:end])
    sequence, acknowledged, offset, flags = struct.unpack_from(">IIBB", data, start + 4)
    body = start + (offset >> 4) * 4
    return Packet(data[:14], TCP, *ends, sequence, acknowledged, flags, data[start + 14:body], data[body:end])


def transport(packet):
    """The segment or datagram that travels over IP."""
    ports = struct.pack(">HH", packet.source[1], packet.target[1])
    if packet.protocol == UDP:
        return ports + struct.pack(">HH", 8 + len(packet.payload), 0) + packet.payload
    # Window, checksum, urgent pointer, options.
    rest = packet.rest[:2] + bytes(2) + packet.rest[4:]
    header = struct.pack(">IIBB", packet.sequence % 2**32, packet.acknowledged, (14 + len(rest)) // 4 << 4, packet.flags)
    return ports + header + rest + packet.payload


def ipv4(source, target, protocol, payload, identification=0, fragment=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, fragment, 64, protocol, 0, source,
                       target) + payload


def build(packet):
    return packet.ethernet + ipv4(packet.source[0], packet.target[0], packet.protocol, transport(packet))


def connection(packet):
    """The same for both directions."""
    return packet.protocol, *sorted((packet.source, packet.target))
