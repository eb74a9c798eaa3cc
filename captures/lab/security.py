# SPDX-License-Identifier: GPL-2.0-or-later
"""What protects the PDUs of a connection: its security contexts, each known by the id in a trailer (MS-RPCE 2.2.2.11).

A mechanism (NTLM, Kerberos, one of them inside SPNEGO) makes tokens and knows nothing of PDUs:

    step(token)                        the answer to a token of the peer, empty where none is due
    done                               whether the peers have agreed
    protects_faults                    whether faults carry a token, as they do on Windows
    token_size(level)                  how long the token of a PDU will be
    wrap(head, plain, tail, level)     (stub as sent, token)
    unwrap(head, body, tail, token, level, sign_headers)    the plain stub, or BadSignature

`head` and `tail`, what stands around the stub, are signed with it where both peers support header signing.
"""
import kerberos
import ntlm
import pdu
import spnego
from protection import NTLMSSP, PACKET, SPNEGO


def accept(trailer, timestamp):
    """The server's side of the security context that begins with this trailer.

    `timestamp`: an NTLM challenge tells the time, as Windows does, and clients then protect the negotiation."""
    if trailer.auth_type == NTLMSSP:
        mechanism = ntlm.Server(timestamp)
    elif trailer.auth_type == SPNEGO and spnego.prefers_ntlm(trailer.token):
        mechanism = spnego.Server(ntlm.Server(timestamp))
    else:
        # GSSAPI speaks SPNEGO itself.
        mechanism = kerberos.Server()
    return Context(mechanism, trailer.auth_type, trailer.level, trailer.context_id)


def head_size(message):
    """How much of a PDU's body stands before the stub."""
    if message.ptype == pdu.REQUEST:
        return 24 if message.flags & pdu.OBJECT else 8
    return len(message.body) if message.ptype == pdu.FAULT else 8


class Context:
    """One security context, of either side."""
    sign_headers = False

    def __init__(self, mechanism, auth_type, level, context_id):
        self.mechanism = mechanism
        self.auth_type, self.level, self.context_id = auth_type, level, context_id

    @property
    def protects(self):
        return self.mechanism.done and self.level >= PACKET

    @property
    def room(self):
        """What the trailer and its token take of a fragment."""
        return pdu.TRAILER_SIZE + self.mechanism.token_size(self.level)

    def trailer(self, token, pad=0):
        return pdu.Trailer(self.auth_type, self.level, pad, self.context_id, token)

    def protect(self, message):
        """Signs and seals the stub of a PDU, and adds the trailer."""
        start = head_size(message)
        pad = -(len(message.body) - start) % 16
        message.body += bytes(pad)
        size = self.mechanism.token_size(self.level)
        message.trailer = self.trailer(bytes(size), pad)
        data = pdu.build(message)
        start += pdu.HEADER_SIZE
        end = len(data) - size - pdu.TRAILER_SIZE
        head, tail = (data[:start], data[end:-size]) if self.sign_headers else (b"", b"")
        body, message.trailer.token = self.mechanism.wrap(head, data[start:end], tail, self.level)
        message.body = data[pdu.HEADER_SIZE:start] + body

    def unprotect(self, message, data):
        """Decrypts the body in place and checks the signature."""
        start = head_size(message)
        size = len(message.trailer.token)
        head, tail = data[:pdu.HEADER_SIZE + start], data[-size - pdu.TRAILER_SIZE:-size]
        plain = self.mechanism.unwrap(head, message.body[start:], tail, message.trailer.token, self.level,
                                      self.sign_headers)
        message.body = message.body[:start] + plain
