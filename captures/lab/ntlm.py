# SPDX-License-Identifier: GPL-2.0-or-later
"""How the server authenticates a client by NTLM, bare or inside SPNEGO, and signs and seals with what was agreed.

The key derivations are impacket's; the order of messages is that of MS-NLMP 3.2.5 and MS-SPNG 3.2.5.
"""
import hmac
import os
import struct

from impacket import ntlm
from Cryptodome.Cipher import ARC4

import cast
import spnego

NTLMSSP, SPNEGO = 10, 9
CONNECT, PACKET, INTEGRITY, PRIVACY = 2, 4, 5, 6
SIGNATURE_SIZE = 16

SUPPORTED = (ntlm.NTLMSSP_NEGOTIATE_UNICODE | ntlm.NTLMSSP_NEGOTIATE_NTLM | ntlm.NTLMSSP_REQUEST_TARGET
             | ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO
             | ntlm.NTLMSSP_NEGOTIATE_SIGN | ntlm.NTLMSSP_NEGOTIATE_SEAL | ntlm.NTLMSSP_NEGOTIATE_ALWAYS_SIGN
             | ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH | ntlm.NTLMSSP_NEGOTIATE_128 | ntlm.NTLMSSP_NEGOTIATE_56)
# The server may add these to what the client asked for.
ADDED = ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO | ntlm.NTLMSSP_TARGET_TYPE_DOMAIN


class LogonFailure(Exception):
    pass


class Direction:
    """The keys, the cipher state and the count of messages that go one way."""

    def __init__(self, flags, key, mode):
        self._flags = flags
        self._signing_key = ntlm.SIGNKEY(flags, key, mode)
        self._cipher = ARC4.new(ntlm.SEALKEY(flags, key, mode))
        self._sequence = 0

    def seal(self, data):
        return self._cipher.encrypt(data)

    unseal = seal

    def signature(self, message):
        mac = ntlm.MAC(self._flags, self._cipher.encrypt, self._signing_key, self._sequence, message)
        self._sequence += 1
        return mac.getData()

    def verify(self, signature, candidates):
        """Whether the signature fits one of the candidates: some clients sign the headers, some the stub alone."""
        count = struct.pack("<L", self._sequence)
        checksum = signature[4:12]
        if self._flags & ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH:
            checksum = self._cipher.encrypt(checksum)
        self._sequence += 1
        return signature[12:16] == count and any(
            hmac.compare_digest(ntlm.hmac_md5(self._signing_key, count + message)[:8], checksum)
            for message in candidates)


def keys(flags, session_key):
    """The (client to server, server to client) pair of directions."""
    return Direction(flags, session_key, "Client"), Direction(flags, session_key, "Server")


def target_info():
    pairs = ntlm.AV_PAIRS()
    pairs[ntlm.NTLMSSP_AV_DOMAINNAME] = cast.DOMAIN.encode("utf-16le")
    pairs[ntlm.NTLMSSP_AV_HOSTNAME] = cast.SERVER_NAME.encode("utf-16le")
    # impacket 0.13 makes the name of the target of it.
    pairs[ntlm.NTLMSSP_AV_DNS_HOSTNAME] = f"{cast.SERVER_NAME}.{cast.DOMAIN}".lower().encode("utf-16le")
    return pairs.getData()


class Server:
    """One security context, from the client's first token to the last sealed fragment."""

    def __init__(self, auth_type, level, context_id):
        self.auth_type, self.level, self.context_id = auth_type, level, context_id
        self.done = False
        self._challenge = os.urandom(8)
        self._mechanisms = b""
        self._offered = b""

    @property
    def protects(self):
        return self.done and self.level >= PACKET

    def accept(self, token):
        """The answer to a client's token; empty where the exchange asks for none."""
        if self.auth_type == NTLMSSP:
            return self._step(token)
        inner = spnego.token_of(token)
        reply = self._step(inner)
        return spnego.response(done=self.done, first=not self.done, token=reply)

    def _step(self, token):
        kind = struct.unpack_from("<L", token, 8)[0]
        if kind == 1:
            return self._challenge_message(ntlm.NTLMAuthNegotiate(), token)
        self._authenticate(token)
        return b""

    def _challenge_message(self, message, token):
        message.fromString(token)
        flags = (message["flags"] & SUPPORTED) | ADDED
        name, info = cast.DOMAIN.encode("utf-16le"), target_info()
        start = 48
        return (b"NTLMSSP\0" + struct.pack("<LHHLL", 2, len(name), len(name), start, flags) + self._challenge
                + bytes(8) + struct.pack("<HHL", len(info), len(info), start + len(name)) + name + info)

    def _authenticate(self, token):
        message = ntlm.NTLMAuthChallengeResponse()
        message.fromString(token)
        user = message["user_name"].decode("utf-16le")
        domain = message["domain_name"].decode("utf-16le")
        answer = message["ntlm"]
        if not message["flags"] & ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY:
            raise LogonFailure("session security of NTLM version 1")
        if user.lower() != cast.USER or len(answer) < 24:
            raise LogonFailure(f"unknown user {user!r}")
        response_key = ntlm.NTOWFv2(user, cast.PASSWORD, domain)
        proof = ntlm.hmac_md5(response_key, self._challenge + answer[16:])
        if not hmac.compare_digest(proof, answer[:16]):
            raise LogonFailure(f"wrong password of {user!r}")
        session_key = ntlm.hmac_md5(response_key, proof)
        if message["flags"] & ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH:
            session_key = ARC4.new(session_key).decrypt(message["session_key"])
        self.incoming, self.outgoing = keys(message["flags"], session_key)
        self.done = True
