# SPDX-License-Identifier: GPL-2.0-or-later
"""How the lab serves DCE/RPC over UDP: activities, the callback that tells clients apart, fragments, pings.

A client is known by the UUID of its address space, which the server asks for with conv_who_are_you2 when it sees a new
activity (C706 appendix P, MS-RPCE 3.2.3.4.1). Nothing is ever lost on the loopback, so nothing is sent twice.
"""
import socket
import struct
import threading
import uuid

import dg
import pdu

BOOT_TIME = 0x6A000000
MAX_BODY = 1392


class Activity:
    """One line of calls, one call at a time."""

    def __init__(self):
        self.association = None
        self.parts = {}
        self.running = None


class Endpoint:
    """One UDP port and the interface behind it."""

    def __init__(self, address, interface, associations):
        self._interface, self._associations = interface, associations
        self._activities, self._address_spaces, self._questions = {}, {}, {}
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        """A datagram of its own ends the loop: closing a socket does not wake who waits on it."""
        self._closing = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _run(self):
        while True:
            data, peer = self._socket.recvfrom(65536)
            if self._closing:
                return
            packet = dg.parse(data)
            handler = {dg.REQUEST: self._request, dg.RESPONSE: self._identified, dg.PING: self._ping}
            if packet.ptype in handler:
                handler[packet.ptype](packet, peer)

    def _send(self, packet, peer):
        with self._lock:
            for part in dg.fragments(packet, MAX_BODY):
                self._socket.sendto(dg.build(part), peer)

    def _reply(self, request, ptype, body=b""):
        return dg.Packet(ptype, request.interface, request.version, request.activity, request.sequence, request.opnum,
                         body, boot_time=BOOT_TIME, drep=request.drep)

    def _request(self, packet, peer):
        activity = self._activities.setdefault(packet.activity, Activity())
        activity.parts[packet.fragment] = packet.body
        if packet.flags & dg.FRAG and not packet.flags & dg.LAST_FRAG:
            return
        packet.body = b"".join(activity.parts[number] for number in sorted(activity.parts))
        activity.parts.clear()
        if activity.association is None:
            self._who_are_you(packet, peer)
        else:
            self._start(activity, packet, peer)

    def _who_are_you(self, packet, peer):
        question = uuid.uuid4()
        self._questions[question] = (packet, peer)
        body = pdu.put_uuid(packet.order, packet.activity) + struct.pack(packet.order + "L", BOOT_TIME)
        self._send(dg.Packet(dg.REQUEST, dg.CONVERSATION, dg.CONVERSATION_VERSION, question, 0, dg.WHO_ARE_YOU2, body,
                             flags=dg.IDEMPOTENT, drep=packet.drep), peer)

    def _identified(self, answer, _peer):
        packet, peer = self._questions.pop(answer.activity)
        space = pdu.get_uuid(answer.order, answer.body, 4)
        activity = self._activities[packet.activity]
        if space not in self._address_spaces:
            self._address_spaces[space] = self._associations.join(0)
        activity.association = self._address_spaces[space]
        self._start(activity, packet, peer)

    def _ping(self, packet, peer):
        activity = self._activities.get(packet.activity)
        working = activity is not None and activity.running == packet.sequence
        self._send(self._reply(packet, dg.WORKING if working else dg.NOCALL), peer)

    def _start(self, activity, packet, peer):
        activity.running = packet.sequence
        if self._interface.blocks(packet.opnum):
            threading.Thread(target=self._execute, args=(activity, packet, peer), daemon=True).start()
        else:
            self._execute(activity, packet, peer)

    def _execute(self, activity, packet, peer):
        try:
            if (packet.interface, packet.version) != (self._interface.uuid, self._interface.version):
                raise pdu.Fault(pdu.NCA_UNK_IF)
            stub = self._interface.serve(activity.association, packet.opnum, packet.body, False, packet.order == ">")
            answer = self._reply(packet, dg.RESPONSE, stub)
        except pdu.Fault as fault:
            not_executed = fault.status in (pdu.NCA_UNK_IF, pdu.NCA_OP_RNG_ERROR)
            answer = self._reply(packet, dg.REJECT if not_executed else dg.FAULT,
                                 struct.pack(packet.order + "L", fault.status))
        activity.running = None
        self._send(answer, peer)
