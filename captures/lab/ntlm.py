# SPDX-License-Identifier: GPL-2.0-or-later
"""How the server authenticates a client by NTLM, and how both sign and seal with what was agreed.

The key derivations are impacket's; the order of messages is that of MS-NLMP 3.2.5.
"""
import hmac
import os
import struct
import time

from impacket import ntlm
from Cryptodome.Cipher import ARC4

import cast
from protection import PRIVACY, BadSignature

SIGNATURE_SIZE = 16
# Between the beginnings of Windows' and of Unix's time, in Windows' unit of 100 ns.
EPOCH, TICKS = 116444736000000000, 10000000

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
        self._sealing_key = ntlm.SEALKEY(flags, key, mode)
        self._sequence = 0
        self.begin_key_stream()

    def begin_key_stream(self):
        self._cipher = ARC4.new(self._sealing_key)

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


class Keys:
    """What both sides do with their PDUs when they have agreed."""
    done = False
    protects_faults = False

    def _agree(self, flags, session_key, server):
        client_to_server = Direction(flags, session_key, "Client")
        server_to_client = Direction(flags, session_key, "Server")
        self._outgoing, self._incoming = (
            (server_to_client, client_to_server) if server else (client_to_server, server_to_client))
        self.done = True

    def token_size(self, _level):
        return SIGNATURE_SIZE

    def wrap(self, head, plain, tail, level):
        body = self._outgoing.seal(plain) if level == PRIVACY else plain
        return body, self._outgoing.signature(head + plain + tail)

    def unwrap(self, head, body, tail, token, level, _sign_headers):
        plain = self._incoming.unseal(body) if level == PRIVACY else body
        if not self._incoming.verify(token, (head + plain + tail, plain)):
            raise BadSignature("NTLM")
        return plain

    def sign_mechanisms(self, mechanisms):
        """The signature that protects SPNEGO's negotiation. The key stream begins anew behind it (MS-SPNG 3.3.5.1)."""
        signature = self._outgoing.signature(mechanisms)
        self._outgoing.begin_key_stream()
        return signature

    def check_mechanisms(self, signature, mechanisms):
        if not self._incoming.verify(signature, (mechanisms,)):
            raise BadSignature("mechListMIC")
        self._incoming.begin_key_stream()


def target_info(timestamp):
    pairs = ntlm.AV_PAIRS()
    pairs[ntlm.NTLMSSP_AV_DOMAINNAME] = cast.DOMAIN.encode("utf-16le")
    pairs[ntlm.NTLMSSP_AV_HOSTNAME] = cast.SERVER_NAME.encode("utf-16le")
    # impacket 0.13 makes the name of the target of it.
    pairs[ntlm.NTLMSSP_AV_DNS_HOSTNAME] = f"{cast.SERVER_NAME}.{cast.DOMAIN}".lower().encode("utf-16le")
    if timestamp:
        pairs[ntlm.NTLMSSP_AV_TIME] = struct.pack("<Q", EPOCH + int(time.time() * TICKS))
    return pairs.getData()


class Server(Keys):
    """The server's side of one authentication.

    `timestamp`: the challenge tells the time, as that of Windows does. A client then protects the messages, and inside
    SPNEGO the negotiation too."""

    def __init__(self, timestamp=False):
        self._timestamp = timestamp
        self._challenge = os.urandom(8)

    def step(self, token):
        kind = struct.unpack_from("<L", token, 8)[0]
        if kind == 1:
            return self._challenge_message(ntlm.NTLMAuthNegotiate(), token)
        self._authenticate(token)
        return b""

    def _challenge_message(self, message, token):
        message.fromString(token)
        flags = (message["flags"] & SUPPORTED) | ADDED
        name, info = cast.DOMAIN.encode("utf-16le"), target_info(self._timestamp)
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
        self._agree(message["flags"], session_key, server=True)


class Client(Keys):
    """The client's side, as the lab's user."""

    def step(self, token):
        if not token:
            self._first = ntlm.getNTLMSSPType1("", "", signingRequired=True, use_ntlmv2=True)
            return self._first.getData()
        last, key = ntlm.getNTLMSSPType3(self._first, token, cast.USER, cast.PASSWORD, cast.DOMAIN, use_ntlmv2=True)
        self._agree(last["flags"], key, server=False)
        return last.getData()
