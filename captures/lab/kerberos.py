# SPDX-License-Identifier: GPL-2.0-or-later
"""Kerberos on either side, bare or inside SPNEGO, with three legs as DCE/RPC has them (RFC 4121, MS-KILE 3.4.5.4).

All of it is MIT's GSSAPI. The surroundings are those of realm.Realm.
"""
import gssapi
from gssapi.raw import IOV, IOVBufferType, get_mic_iov_length, unwrap_iov, wrap_iov, wrap_iov_length

import cast
from protection import PRIVACY, BadSignature

KERBEROS_MECHANISM = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
SPNEGO_MECHANISM = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
FLAGS = (gssapi.RequirementFlag.dce_style | gssapi.RequirementFlag.mutual_authentication
         | gssapi.RequirementFlag.confidentiality | gssapi.RequirementFlag.integrity
         | gssapi.RequirementFlag.replay_detection | gssapi.RequirementFlag.out_of_sequence_detection)


def _buffers(head, data, tail):
    """What GSSAPI is to work on: room for the token, and the PDU around the stub, if that is signed as well."""
    signed = [(IOVBufferType.sign_only, False, part) for part in (head, tail)] if head else []
    return IOV((IOVBufferType.header, True, None), *signed[:1], (IOVBufferType.data, False, data), *signed[1:],
               std_layout=False)


class Mechanism:
    """Either side."""
    protects_faults = True

    def __init__(self, context):
        self._context = context

    @property
    def done(self):
        return self._context.complete

    def step(self, token):
        return self._context.step(token) or b""

    def token_size(self, level):
        if level == PRIVACY:
            buffers = _buffers(b"", bytes(16), b"")
            wrap_iov_length(self._context, buffers, confidential=True)
            return len(buffers[0].value)
        buffers = IOV((IOVBufferType.data, False, bytes(16)), (IOVBufferType.mic_token, True, None), std_layout=False)
        get_mic_iov_length(self._context, buffers)
        return len(buffers[1].value)

    def wrap(self, head, plain, tail, level):
        if level != PRIVACY:
            return plain, self._context.get_signature(head + plain + tail)
        buffers = _buffers(head, plain, tail)
        wrap_iov(self._context, buffers, confidential=True)
        return next(b.value for b in buffers if b.type == IOVBufferType.data), buffers[0].value

    def unwrap(self, head, body, tail, token, level, sign_headers):
        head, tail = (head, tail) if sign_headers else (b"", b"")
        try:
            if level != PRIVACY:
                self._context.verify_signature(head + body + tail, token)
                return body
            buffers = IOV((IOVBufferType.header, False, token), *_buffers(head, body, tail)[1:], std_layout=False)
            unwrap_iov(self._context, buffers)
        except gssapi.exceptions.GSSError as error:
            raise BadSignature(str(error)) from error
        return next(b.value for b in buffers if b.type == IOVBufferType.data)


class Server(Mechanism):
    """Accepts with each key of the server's keytab."""

    def __init__(self):
        super().__init__(gssapi.SecurityContext(usage="accept"))


class Client(Mechanism):
    """A user of the realm who asks for the lab's server, inside SPNEGO unless `raw`."""

    def __init__(self, user, raw=False):
        name = gssapi.Name(f"{user}@{cast.REALM}", gssapi.NameType.kerberos_principal)
        server = gssapi.Name(f"{cast.SERVICE_PRINCIPAL}@{cast.REALM}", gssapi.NameType.kerberos_principal)
        super().__init__(gssapi.SecurityContext(
            name=server, creds=gssapi.Credentials(name=name, usage="initiate"), usage="initiate", flags=FLAGS,
            mech=KERBEROS_MECHANISM if raw else SPNEGO_MECHANISM))
