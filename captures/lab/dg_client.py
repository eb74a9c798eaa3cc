# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's own client over UDP: interface version 2.0 in connectionless DCE/RPC, without authentication."""
import socket
import struct
import uuid

import cast
import dg
import pdu
import stubs

VERSION = 2
MAX_BODY = 1392
# A client that hears nothing for so long asks whether the server still works on its call.
PING_AFTER = 0.25
GIVE_UP_AFTER = 20


class Refused(Exception):
    def __init__(self, status):
        super().__init__(f"fault or reject 0x{status:08x}")
        self.status = status


class Client:
    """One activity. Those with the same address space share their handles."""

    def __init__(self, big_endian=False, address_space=None):
        self.big_endian = big_endian
        self.address_space = address_space or uuid.uuid4()
        self._drep = pdu.BIG if big_endian else pdu.LITTLE
        self._activity, self._sequence, self._boot_time = uuid.uuid4(), 0, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((cast.HOST, cast.CLUSAPI_UDP_PORT))
        self._socket.settimeout(PING_AFTER)

    def send(self, opnum, **values):
        """Sends a request and does not wait for the answer."""
        stub = stubs.pack_request(VERSION, opnum, values, False, self.big_endian)
        self._send(self._packet(dg.REQUEST, opnum, stub))

    def receive(self, opnum):
        stub = self._answer(opnum)
        self._sequence += 1
        return stubs.unpack_response(VERSION, opnum, stub, False, self.big_endian)

    def call(self, opnum, **values):
        self.send(opnum, **values)
        return self.receive(opnum)

    def close(self):
        """The last response has no next request to acknowledge it."""
        self._sequence -= 1
        self._send(self._packet(dg.ACK, 0))
        self._socket.close()

    def _packet(self, ptype, opnum, body=b""):
        return dg.Packet(ptype, uuid.UUID(cast.CLUSAPI_UUID), VERSION, self._activity, self._sequence, opnum, body,
                         boot_time=self._boot_time, drep=self._drep)

    def _send(self, packet):
        for part in dg.fragments(packet, MAX_BODY):
            self._socket.send(dg.build(part))

    def _answer(self, opnum):
        """The stub of the response to the current call; what comes before it is dealt with."""
        parts, pings = {}, 0
        while True:
            try:
                packet = dg.parse(self._socket.recv(65536))
            except TimeoutError:
                pings += 1
                if pings * PING_AFTER > GIVE_UP_AFTER:
                    raise
                self._send(self._packet(dg.PING, opnum))
                continue
            if packet.interface == dg.CONVERSATION:
                self._introduce(packet)
            elif packet.ptype in (dg.FAULT, dg.REJECT):
                self._sequence += 1
                raise Refused(struct.unpack_from(packet.order + "L", packet.body)[0])
            elif packet.ptype == dg.RESPONSE:
                self._boot_time = packet.boot_time
                parts[packet.fragment] = packet.body
                if not packet.flags & dg.FRAG or packet.flags & dg.LAST_FRAG:
                    return b"".join(parts[number] for number in sorted(parts))

    def _introduce(self, question):
        """Answers conv_who_are_you2: the sequence of the call in question, the address space, no error."""
        order = question.order
        body = (struct.pack(order + "L", self._sequence) + pdu.put_uuid(order, self.address_space)
                + struct.pack(order + "L", 0))
        self._send(dg.Packet(dg.RESPONSE, question.interface, question.version, question.activity, question.sequence,
                             question.opnum, body, drep=question.drep))
