# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's own client over TCP: impacket's DCE/RPC runtime makes connection, authentication and fragments.

Three things are added because impacket has no way to ask for them: joining an association group, the other byte
order, and NTLM inside SPNEGO at any level.
"""
import socket

from impacket.dcerpc.v5 import rpcrt, transport
from impacket.uuid import bin_to_uuidtup, uuidtup_to_bin

import byteorder
import cast
import ntlm
import pdu
import spnego
import stubs
from protection import NTLMSSP, PRIVACY, SPNEGO

INTERFACE = (cast.CLUSAPI_UUID, "3.0")
PLAIN, SEALED, SEALED_RAW = "plain", "sealed", "sealed-ntlm"


class Wire(transport.TCPTransport):
    """impacket's TCP transport with the PDUs changed on their way.

    `multiplex` offers several calls at a time on the connection; `one_frame` keeps the fragments of a request together.
    """

    def __init__(self, big_endian=False, association=0, multiplex=False, one_frame=False, host=cast.HOST):
        super().__init__(host, cast.CLUSAPI_TCP_PORT)
        self._big_endian, self._association, self._multiplex = big_endian, association, multiplex
        self._one_frame, self._kept = one_frame, b""
        self._received = b""
        self.set_credentials(cast.USER, cast.PASSWORD, cast.DOMAIN)

    def send(self, data, forceWriteAndx=0, forceRecv=0):
        if data[2] == pdu.BIND and self._association:
            data = byteorder.set_association(data, self._association)
        if data[2] == pdu.BIND and self._multiplex:
            data = data[:3] + bytes((data[3] | pdu.MPX,)) + data[4:]
        self._kept += byteorder.swap(data) if self._big_endian else data
        if not self._one_frame or data[3] & pdu.LAST:
            self.get_socket().sendall(self._kept)
            self._kept = b""

    def recv(self, forceRecv=0, count=0):
        """The next PDU, or the rest of it: impacket asks for a header first."""
        if not self._received:
            data = self._exactly(pdu.HEADER_SIZE)
            data += self._exactly(pdu.fragment_length(data) - pdu.HEADER_SIZE)
            self._received = byteorder.swap(data) if self._big_endian else data
        size = count or len(self._received)
        part, self._received = self._received[:size], self._received[size:]
        return part

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.get_socket().recv(size - len(data))
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return data


class SpnegoNtlm(rpcrt.DCERPC_v5):
    """impacket's runtime, whose own SPNEGO means Kerberos, taught to negotiate NTLM."""
    CONTEXT_ID = 1

    def bind(self, iface_uuid, alter=0, bogus_binds=0, transfer_syntax=None):
        proposal = rpcrt.MSRPCBind()
        item = rpcrt.CtxItem()
        item["AbstractSyntax"], item["TransferSyntax"] = iface_uuid, uuidtup_to_bin(transfer_syntax)
        item["ContextID"], item["TransItems"] = 0, 1
        proposal.addCtxItem(item)
        mechanism = spnego.Client(ntlm.Client())
        first = self._round(rpcrt.MSRPC_BIND, proposal, mechanism.step(b""))
        second = self._round(rpcrt.MSRPC_ALTERCTX, proposal, mechanism.step(first["auth_data"]))
        mechanism.step(second["auth_data"])
        self._use(Keys(mechanism), first["max_rfrag"])
        return first

    def _round(self, kind, proposal, token):
        packet = rpcrt.MSRPCHeader()
        packet["type"], packet["pduData"], packet["call_id"] = kind, proposal.getData(), 1
        trailer = rpcrt.SEC_TRAILER()
        trailer["auth_type"], trailer["auth_level"] = SPNEGO, PRIVACY
        trailer["auth_ctx_id"] = 79231
        packet["sec_trailer"], packet["auth_data"] = trailer, token
        self.get_rpc_transport().send(packet.get_packet())
        return rpcrt.MSRPCBindAck(self.get_rpc_transport().recv())

    def _use(self, keys, max_xmit):
        """The runtime keeps its session in private attributes; these are what its own bind would have set."""
        self.set_auth_type(SPNEGO)
        self.set_auth_level(PRIVACY)
        for name, value in (("gss", keys), ("max_xmit_size", max_xmit), ("sequence", 0), ("callid", 2)):
            setattr(self, "_DCERPC_v5__" + name, value)


class Keys:
    """What the runtime calls to seal and unseal: NTLM over the stub alone, as no header signing was negotiated."""

    def __init__(self, mechanism):
        self._mechanism = mechanism

    def GSS_Wrap(self, _key, data, _sequence):
        return self._mechanism.wrap(b"", data, b"", PRIVACY)

    def GSS_Unwrap(self, _key, data, _sequence, direction, authData):
        token = authData[-self._mechanism.token_size(PRIVACY):]
        return self._mechanism.unwrap(b"", data, b"", token, PRIVACY, False), b""


def _syntax(ndr64):
    syntax, version = pdu.NDR64 if ndr64 else pdu.NDR
    return uuidtup_to_bin((str(syntax), f"{version}.0"))


class Client:
    """One connection. Methods are called by opnum with their [in] values and give their [out] values."""

    def __init__(self, security=PLAIN, ndr64=False, big_endian=False, association=0, fragment=0, multiplex=False,
                 one_frame=False, host=cast.HOST):
        """`fragment`: how much of a stub a request may carry, 0 for as much as the server takes."""
        self.ndr64, self.big_endian, self._security = ndr64, big_endian, security
        wire = Wire(big_endian, association, multiplex, one_frame, host)
        wire.connect()
        wire.get_socket().settimeout(20)
        wire.get_socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._dce = SpnegoNtlm(wire) if security == SEALED else rpcrt.DCERPC_v5(wire)
        if security == SEALED_RAW:
            self._dce.set_auth_type(NTLMSSP)
            self._dce.set_auth_level(PRIVACY)
        answer = self._dce.bind(uuidtup_to_bin(INTERFACE), transfer_syntax=bin_to_uuidtup(_syntax(ndr64)))
        self.association = self._association(answer)
        self._dce.set_max_fragment_size(fragment or -1)

    @staticmethod
    def _association(answer):
        body = answer if isinstance(answer, rpcrt.MSRPCBindAck) else rpcrt.MSRPCBindAck(answer.getData())
        return body["assoc_group"]

    def send(self, opnum, **values):
        """Sends a request and does not wait for the answer."""
        stub = stubs.pack_request(3, opnum, values, self.ndr64, self.big_endian)
        if self._security != PLAIN:
            stub = stubs.with_verification_trailer(stub)
        self._dce.call(opnum, stub)

    def receive(self, opnum):
        return stubs.unpack_response(3, opnum, self._dce.recv(), self.ndr64, self.big_endian)

    def call(self, opnum, **values):
        self.send(opnum, **values)
        return self.receive(opnum)

    def alter(self, ndr64):
        """Adds a presentation context with another transfer syntax to the connection and goes on in it."""
        self._dce.transfer_syntax = _syntax(ndr64)
        self._dce = self._dce.alter_ctx(uuidtup_to_bin(INTERFACE))
        self.ndr64 = ndr64

    def close(self):
        self._dce.disconnect()


class OneCallEach(Client):
    """Makes each call on a connection of its own, all in the association group of the first, which stays open.

    NTLM inside SPNEGO is decrypted by tshark 4.0 only up to the first response of a connection.
    """

    def send(self, opnum, **values):
        self._other = Client(self._security, self.ndr64, self.big_endian, self.association)
        self._other.send(opnum, **values)

    def receive(self, opnum):
        answer = self._other.receive(opnum)
        self._other.close()
        return answer
