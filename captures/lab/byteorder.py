# SPDX-License-Identifier: GPL-2.0-or-later
"""How to turn a PDU of one byte order into the same PDU of the other, so that impacket can speak big-endian."""
import struct

import pdu


class _Swapper:
    def __init__(self, data, order):
        self.data, self.order, self.offset = bytearray(data), order, 0

    def number(self, size):
        """Reverses the bytes of the next number and returns it."""
        raw = bytes(self.data[self.offset:self.offset + size])
        self.data[self.offset:self.offset + size] = raw[::-1]
        self.offset += size
        return int.from_bytes(raw, "little" if self.order == "<" else "big")

    def numbers(self, *sizes):
        return [self.number(size) for size in sizes]

    def uuid(self):
        self.numbers(4, 2, 2)
        self.offset += 8

    def skip(self, size):
        self.offset += size


def _bind(s):
    s.numbers(2, 2, 4)
    contexts = s.data[s.offset]
    s.skip(4)
    for _ in range(contexts):
        s.number(2)
        syntaxes = s.data[s.offset]
        s.skip(2)
        for _ in range(1 + syntaxes):
            s.uuid()
            s.number(4)


def _bind_ack(s):
    s.numbers(2, 2, 4)
    s.skip(s.number(2))
    s.skip(-s.offset % 4)
    results = s.data[s.offset]
    s.skip(4)
    for _ in range(results):
        s.numbers(2, 2)
        s.uuid()
        s.number(4)


BODIES = {pdu.BIND: _bind, pdu.ALTER_CONTEXT: _bind, pdu.BIND_ACK: _bind_ack, pdu.ALTER_CONTEXT_RESP: _bind_ack,
          pdu.REQUEST: lambda s: s.numbers(4, 2, 2), pdu.RESPONSE: lambda s: s.numbers(4, 2),
          pdu.FAULT: lambda s: (s.numbers(4, 2), s.skip(2), s.numbers(4, 4)), pdu.AUTH3: lambda s: None,
          pdu.BIND_NAK: lambda s: s.number(2)}


def swap(data):
    """The whole PDU in the other byte order; the stub stays as it is, it is the codec's business."""
    order = pdu.order_of(data[4:8])
    s = _Swapper(data, order)
    s.skip(8)
    length, auth_length, _ = s.numbers(2, 2, 4)
    BODIES[data[2]](s)
    if auth_length:
        s.offset = length - auth_length - 4
        s.number(4)
    s.data[4:8] = pdu.BIG if order == "<" else pdu.LITTLE
    return bytes(s.data)


def set_association(data, number):
    """A bind that asks to join an existing association group."""
    return data[:20] + struct.pack(pdu.order_of(data[4:8]) + "L", number) + data[24:]
