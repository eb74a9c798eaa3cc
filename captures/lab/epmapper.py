# SPDX-License-Identifier: GPL-2.0-or-later
"""The endpoint mapper, as far as a client needs it to find ClusAPI: ept_map (C706 appendix O)."""
import struct
import uuid

import cast
import pdu

EPT_MAP = 3
HANDLE_SIZE = 20
NOT_REGISTERED = 0x16C9A0D6
UUID_FLOOR, TCP_FLOOR, IP_FLOOR = 0x0D, 0x07, 0x09
RPC_CONNECTION = 0x0B


def _floors(tower):
    """(left hand side, right hand side) of each floor."""
    count, offset = struct.unpack_from("<H", tower)[0], 2
    for _ in range(count):
        sides = []
        for _ in range(2):
            size, = struct.unpack_from("<H", tower, offset)
            sides.append(tower[offset + 2:offset + 2 + size])
            offset += 2 + size
        yield tuple(sides)


def _tower(floors):
    out = struct.pack("<H", len(floors))
    for left, right in floors:
        out += struct.pack("<H", len(left)) + left + struct.pack("<H", len(right)) + right
    return out


class EndpointMapper:
    """Answers one question: where is an interface over TCP?"""
    knows_ndr64 = False
    uuid, version = uuid.UUID(cast.EPMAPPER_UUID), 3

    def __init__(self, ports):
        """`ports`: (interface UUID, major version) to TCP port."""
        self._ports = ports

    def blocks(self, opnum):
        return False

    def serve(self, client, opnum, stub, ndr64, big_endian):
        if opnum != EPT_MAP:
            raise pdu.Fault(pdu.NCA_OP_RNG_ERROR)
        order = ">" if big_endian else "<"
        # A pointer to an object UUID, then one to the tower, a structure that begins with its array's maximum count.
        object_referent, = struct.unpack_from(order + "L", stub)
        start = 4 + (16 if object_referent else 0) + 4
        _, length = struct.unpack_from(order + "LL", stub, start)
        end = start + 8 + length
        wanted, = struct.unpack_from(order + "L", stub, end + -end % 4 + HANDLE_SIZE)
        return self._answer(order, wanted, list(_floors(stub[start + 8:end])))

    def _answer(self, order, wanted, floors):
        handle = bytes(HANDLE_SIZE)
        interface, version = uuid.UUID(bytes_le=floors[0][0][1:17]), struct.unpack_from("<H", floors[0][0], 17)[0]
        port = self._ports.get((interface, version))
        over_tcp = any(left[0] == TCP_FLOOR for left, _ in floors)
        if port is None or not over_tcp:
            return handle + struct.pack(order + "LLLLL", 0, wanted, 0, 0, NOT_REGISTERED)
        address = bytes(int(part) for part in cast.HOST.split("."))
        tower = _tower(floors[:2] + [(bytes((RPC_CONNECTION,)), b"\0\0"),
                                     (bytes((TCP_FLOOR,)), struct.pack(">H", port)),
                                     (bytes((IP_FLOOR,)), address)])
        return (handle + struct.pack(order + "LLLL", 1, wanted, 0, 1)
                + struct.pack(order + "LLL", 3, len(tower), len(tower)) + tower + bytes(-len(tower) % 4)
                + struct.pack(order + "L", 0))
