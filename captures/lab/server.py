# SPDX-License-Identifier: GPL-2.0-or-later
"""How the lab serves DCE/RPC over TCP: connections, authentication, fragments, faults."""
import socket
import threading

import negotiation
import ntlm
import pdu
import security
from protection import BadSignature

MAX_FRAGMENT = 5840


class Endpoint:
    """One TCP port and the interfaces behind it."""

    def __init__(self, address, interfaces, associations, max_fragment=MAX_FRAGMENT, one_frame=False, timestamp=False):
        """`one_frame`: all fragments of a response go out at once. `timestamp`: of NTLM's challenges."""
        self.one_frame, self.timestamp = one_frame, timestamp
        self.interfaces = {(i.uuid, i.version): i for i in interfaces}
        self.associations = associations
        self.max_fragment = max_fragment
        self.port = address[1]
        self._listener = socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Connection(self, connection).run, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Refused(Exception):
    """The connection cannot go on."""


class Connection:
    """One client's TCP connection."""

    def __init__(self, endpoint, stream):
        self._endpoint, self._stream = endpoint, stream
        self._lock = threading.Lock()
        self._association = None
        self._contexts = {}
        # By the id that trailers name them with.
        self._securities = {}
        self._sign_headers = False
        self._fragments = {}
        self._max_fragment = endpoint.max_fragment

    def run(self):
        try:
            while (data := self._receive()) is not None:
                self._handle(data)
        except (ConnectionError, Refused, BadSignature, ntlm.LogonFailure):
            pass
        finally:
            self._stream.close()
            if self._association:
                self._endpoint.associations.leave(self._association)

    def _read(self, size):
        data = b""
        while len(data) < size:
            part = self._stream.recv(size - len(data))
            if not part:
                return None
            data += part
        return data

    def _receive(self):
        header = self._read(pdu.HEADER_SIZE)
        if header is None:
            return None
        rest = self._read(pdu.fragment_length(header) - pdu.HEADER_SIZE)
        return None if rest is None else header + rest

    def _handle(self, data):
        message = pdu.parse(data)
        if message.ptype in (pdu.BIND, pdu.ALTER_CONTEXT):
            self._bind(message)
        elif message.ptype == pdu.AUTH3:
            self._securities[message.trailer.context_id].mechanism.step(message.trailer.token)
        elif message.ptype == pdu.REQUEST:
            self._request(message, data)
        elif message.ptype not in (pdu.CO_CANCEL, pdu.ORPHANED):
            raise Refused(f"PDU type {message.ptype}")

    def _bind(self, message):
        proposal = pdu.parse_bind(message)
        if self._association is None:
            self._association = self._endpoint.associations.join(proposal.association)
            self._max_fragment = min(proposal.max_recv, self._endpoint.max_fragment)
            self._sign_headers = bool(message.flags & pdu.HEADER_SIGN)
            if self._association is None:
                self._send(pdu.Pdu(pdu.BIND_NAK, pdu.WHOLE, message.call_id, bytes(3), message.drep))
                raise Refused("unknown association group")
        results, accepted = negotiation.negotiate(proposal.contexts, self._endpoint.interfaces)
        self._contexts.update(accepted)
        bound = message.ptype == pdu.BIND
        body = pdu.bind_ack_body(message.order, self._max_fragment, self._endpoint.max_fragment,
                                 self._association.number, str(self._endpoint.port) if bound else "", results)
        reply = pdu.Pdu(pdu.BIND_ACK if bound else pdu.ALTER_CONTEXT_RESP,
                        pdu.WHOLE | (message.flags & (pdu.HEADER_SIGN | pdu.MPX)), message.call_id, body, message.drep)
        if message.trailer:
            reply.trailer = self._authenticate(message.trailer)
        self._send(reply)

    def _authenticate(self, trailer):
        context = self._securities.get(trailer.context_id)
        if context is None:
            context = self._securities[trailer.context_id] = security.accept(trailer, self._endpoint.timestamp)
            context.sign_headers = self._sign_headers
        token = context.mechanism.step(trailer.token)
        return context.trailer(token) if token else None

    def _protection(self, message):
        """The security context that protects a request, None where nothing does."""
        if message.trailer is None:
            return None
        context = self._securities[message.trailer.context_id]
        return context if context.protects else None

    def _request(self, message, data):
        if protection := self._protection(message):
            # A call that waited may be answered meanwhile, with the same keys.
            with self._lock:
                protection.unprotect(message, data)
        request = pdu.parse_request(message)
        parts = self._fragments.setdefault(message.call_id, [])
        if message.flags & pdu.FIRST:
            parts.clear()
        parts.append(request.stub)
        if not message.flags & pdu.LAST:
            return
        stub = b"".join(self._fragments.pop(message.call_id))
        interface, ndr64 = self._contexts.get(request.context_id, (None, False))
        if interface and interface.blocks(request.opnum):
            threading.Thread(target=self._answer, args=(message, request, interface, stub, ndr64), daemon=True).start()
        else:
            self._answer(message, request, interface, stub, ndr64)

    def _answer(self, message, request, interface, stub, ndr64):
        order, context_id = message.order, request.context_id
        try:
            if interface is None:
                raise pdu.Fault(pdu.NCA_UNK_IF)
            result = interface.serve(self._association, request.opnum, stub, ndr64, order == ">")
        except pdu.Fault as fault:
            self._refuse(message, context_id, fault.status)
            return
        protection = self._protection(message)
        room = self._max_fragment - pdu.HEADER_SIZE - 8
        if protection:
            room = (room - protection.room) // 16 * 16
        room = room // 8 * 8
        with self._lock:
            parts = []
            for start in range(0, max(len(result), 1), room):
                flags = (pdu.FIRST if start == 0 else 0) | (pdu.LAST if start + room >= len(result) else 0)
                body = pdu.response_body(order, len(result) - start, context_id, result[start:start + room])
                part = pdu.Pdu(pdu.RESPONSE, flags, message.call_id, body, message.drep)
                if protection:
                    protection.protect(part)
                parts.append(pdu.build(part))
            for data in [b"".join(parts)] if self._endpoint.one_frame else parts:
                self._stream.sendall(data)

    def _refuse(self, message, context_id, status):
        fault = pdu.Pdu(pdu.FAULT, pdu.WHOLE, message.call_id, pdu.fault_body(message.order, context_id, status),
                        message.drep)
        protection = self._protection(message)
        with self._lock:
            # Under NTLM the lab's faults are bare.
            if protection and protection.mechanism.protects_faults:
                protection.protect(fault)
            self._stream.sendall(pdu.build(fault))

    def _send(self, message):
        with self._lock:
            self._stream.sendall(pdu.build(message))
