# SPDX-License-Identifier: GPL-2.0-or-later
"""How is a frame taken apart into its headers, changed, and put together again?

    packet = packets.parse(frame.data)            None if it is no TCP or UDP over IP over Ethernet, or a fragment
    packets.build(packet._replace(payload=…))     the frame

What is put together has no checksums (0: not computed).
"""
import struct
from collections import namedtuple

TCP, UDP = 6, 17
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
ETHERNET = 14
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
# Where the addresses stand in the headers of IP, how long they are, and the fixed part of the header.
_ADDRESSES = {IPV4: (12, 4), IPV6: (8, 16)}

# `source` and `target` are (bytes of an address, port); `rest` what follows the ports up to the end of the header.
Packet = namedtuple("Packet", "ethernet protocol source target sequence acknowledged flags rest payload")


def _network(data):
    """(protocol, where its header begins, where its payload ends) of IP; None if it is not understood."""
    if data[12:14] == IPV4 and not int.from_bytes(data[20:22], "big") & 0x3FFF:
        return data[23], ETHERNET + (data[14] & 15) * 4, ETHERNET + int.from_bytes(data[16:18], "big")
    if data[12:14] == IPV6:
        return data[20], ETHERNET + 40, ETHERNET + 40 + int.from_bytes(data[18:20], "big")
    return None


def parse(data):
    found = _network(data)
    if not found or found[0] not in (TCP, UDP):
        return None
    protocol, start, end = found
    at, size = _ADDRESSES[data[12:14]]
    ports = struct.unpack_from(">HH", data, start)
    ends = [(data[ETHERNET + at + size * place:ETHERNET + at + size * (place + 1)], ports[place]) for place in (0, 1)]
    if protocol == UDP:
        return Packet(data[:ETHERNET], UDP, *ends, 0, 0, 0, b"", data[start + 8:end])
    sequence, acknowledged, offset, flags = struct.unpack_from(">IIBB", data, start + 4)
    body = start + (offset >> 4) * 4
    return Packet(data[:ETHERNET], TCP, *ends, sequence, acknowledged, flags, data[start + 14:body], data[body:end])


def readdressed(data, source, target):
    """The frame of a packet with other ends. In place: what is cut short or stands behind the packet stays."""
    _, start, _ = _network(data)
    at, size = _ADDRESSES[data[12:14]]
    at += ETHERNET
    return (data[:at] + source[0] + target[0] + data[at + 2 * size:start] + struct.pack(">HH", source[1], target[1])
            + data[start + 4:])


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


def ipv6(source, target, protocol, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + source + target + payload


def build(packet):
    make = ipv4 if packet.ethernet[12:14] == IPV4 else ipv6
    return packet.ethernet + make(packet.source[0], packet.target[0], packet.protocol, transport(packet))


def connection(packet):
    """The same for both directions."""
    return packet.protocol, *sorted((packet.source, packet.target))
