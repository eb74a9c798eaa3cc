# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the lab that writes its PDUs itself, for what impacket cannot do: Kerberos by GSSAPI, signed headers,
several security contexts on a connection, and security that another interface brings along.
"""
import dataclasses
import itertools
import socket
import uuid

from impacket.dcerpc.v5.rpcrt import DCERPCException

import cast
import kerberos
import ntlm
import pdu
import security
import spnego
import stubs
from protection import KERBEROS, PRIVACY, SPNEGO

CLUSAPI = (uuid.UUID(cast.CLUSAPI_UUID), 3)
MANAGEMENT = (uuid.UUID(cast.MANAGEMENT_UUID), 1)
MAX_FRAGMENT = 5840
FIRST_SECURITY = 79231


@dataclasses.dataclass(frozen=True)
class Kerberos:
    """What a client asks for: Kerberos inside SPNEGO as section 2.1 of MS-CMRP wants it, or `raw`."""
    user: str = cast.USER
    level: int = PRIVACY
    raw: bool = False

    def context(self, number):
        return security.Context(kerberos.Client(self.user, self.raw), KERBEROS if self.raw else SPNEGO, self.level,
                                number)


@dataclasses.dataclass(frozen=True)
class Ntlm:
    """NTLM inside SPNEGO, as the lab's user."""
    level: int = PRIVACY

    def context(self, number):
        return security.Context(spnego.Client(ntlm.Client()), SPNEGO, self.level, number)


class SecureClient:
    """One connection, with the methods of client.Client."""

    def __init__(self, wanted, ndr64=False, big_endian=False, association=0, fragment=0, host=cast.HOST, trailers=True,
                 interface=CLUSAPI):
        """`wanted`: Kerberos or Ntlm. `fragment`: how much of a stub a request may carry. `trailers`: stubs end with a
        verification trailer. `interface`: what the bind asks for; any other than ClusAPI brings the security along."""
        self.ndr64, self.association = ndr64, association
        self._drep = pdu.BIG if big_endian else pdu.LITTLE
        self._order = pdu.order_of(self._drep)
        self._fragment, self._trailers = fragment or MAX_FRAGMENT, trailers
        self._stream = socket.create_connection((host, cast.CLUSAPI_TCP_PORT), timeout=20)
        self._stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._calls, self._securities = itertools.count(1), {}
        self._interface, self._context = interface, 0
        self.secure(wanted)
        if interface != CLUSAPI:
            self._interface, self._context = CLUSAPI, 1
            self._propose(pdu.ALTER_CONTEXT)

    # --- Contexts: those of the interface, and those of the security

    def secure(self, wanted):
        """Agrees on a security context. It protects the calls from now on, until use() takes another one."""
        number = FIRST_SECURITY + len(self._securities)
        self.security = self._securities[number] = wanted.context(number)
        self.security.sign_headers = True
        kind = pdu.ALTER_CONTEXT if len(self._securities) > 1 else pdu.BIND
        token = self.security.mechanism.step(b"")
        while token:
            if self.security.mechanism.done:
                # The last leg of bare Kerberos has no answer.
                self._send(pdu.AUTH3, bytes(4), self.security.trailer(token))
                break
            answer = self._propose(kind, self.security.trailer(token))
            kind = pdu.ALTER_CONTEXT
            token = self.security.mechanism.step(answer.trailer.token) if answer.trailer else b""
        return self.security

    def use(self, context):
        """Takes a security context that secure() has given."""
        self.security = context

    def alter(self, ndr64):
        """Adds a presentation context with another transfer syntax to the connection and goes on in it."""
        self.ndr64 = ndr64
        self._context += 1
        self._propose(pdu.ALTER_CONTEXT)

    def _propose(self, kind, trailer=None):
        """Asks for the interface, with a token or without one; the answer."""
        syntax = pdu.NDR64 if self.ndr64 else pdu.NDR
        body = pdu.bind_body(self._order, MAX_FRAGMENT, self.association,
                             [pdu.Context(self._context, *self._interface, [syntax])])
        self._send(kind, body, trailer, pdu.WHOLE | pdu.HEADER_SIGN)
        answer = self._receive()
        if answer.ptype not in (pdu.BIND_ACK, pdu.ALTER_CONTEXT_RESP):
            raise ConnectionError(f"PDU of type {answer.ptype} in the place of an answer to a bind")
        self.association, results = pdu.parse_bind_ack(answer)
        if results != [0]:
            raise ConnectionError(f"the server refused the interface: {results}")
        return answer

    # --- Calls

    def send(self, opnum, **values):
        """Sends a request and does not wait for the answer."""
        stub = stubs.pack_request(3, opnum, values, self.ndr64, self._drep == pdu.BIG)
        if self._trailers:
            stub = stubs.with_verification_trailer(stub)
        call, room = next(self._calls), self._room()
        for start in range(0, max(len(stub), 1), room):
            flags = (pdu.FIRST if start == 0 else 0) | (pdu.LAST if start + room >= len(stub) else 0)
            body = pdu.request_body(self._order, len(stub) - start, self._context, opnum, stub[start:start + room])
            request = pdu.Pdu(pdu.REQUEST, flags, call, body, self._drep)
            self.security.protect(request)
            self._stream.sendall(pdu.build(request))

    def _room(self):
        most = MAX_FRAGMENT - pdu.HEADER_SIZE - 8 - self.security.room
        return min(most, self._fragment) // 16 * 16

    def receive(self, opnum):
        stub, flags = b"", 0
        while not flags & pdu.LAST:
            part = self._receive()
            flags = part.flags
            try:
                stub += pdu.parse_response(part)
            except pdu.Fault as fault:
                # What the other client raises, so that scenes need not know who plays.
                raise DCERPCException(error_code=fault.status) from fault
        return stubs.unpack_response(3, opnum, stub, self.ndr64, self._drep == pdu.BIG)

    def call(self, opnum, **values):
        self.send(opnum, **values)
        return self.receive(opnum)

    def close(self):
        self._stream.close()

    # --- PDUs

    def _send(self, kind, body, trailer, flags=pdu.WHOLE):
        self._stream.sendall(pdu.build(pdu.Pdu(kind, flags, next(self._calls), body, self._drep, trailer)))

    def _receive(self):
        data = self._exactly(pdu.HEADER_SIZE)
        data += self._exactly(pdu.fragment_length(data) - pdu.HEADER_SIZE)
        message = pdu.parse(data)
        if message.ptype in (pdu.RESPONSE, pdu.FAULT) and message.trailer:
            self._securities[message.trailer.context_id].unprotect(message, data)
        return message

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            part = self._stream.recv(size - len(data))
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return data
