# SPDX-License-Identifier: GPL-2.0-or-later
"""The little DER that SPNEGO needs to carry NTLM tokens (RFC 4178, MS-SPNG)."""

SPNEGO_OID = bytes.fromhex("06062b0601050502")
NTLMSSP_OID = bytes.fromhex("060a2b06010401823702020a")

ACCEPT_COMPLETED, ACCEPT_INCOMPLETE = 0, 1


def wrap(tag, content):
    size = len(content)
    if size < 0x80:
        length = bytes((size,))
    else:
        raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes((0x80 | len(raw),)) + raw
    return bytes((tag,)) + length + content


def unwrap(data):
    """(tag, content, rest) of the first element."""
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    return data[0], data[start:start + size], data[start + size:]


def elements(data):
    while data:
        tag, content, data = unwrap(data)
        yield tag, content


def _fields(token):
    """The fields of a NegTokenInit or a NegTokenResp, by their tags."""
    tag, content, _ = unwrap(token)
    if tag == 0x60:
        content = dict(elements(content))[0xA0]
    return dict(elements(unwrap(content)[1]))


def _octets(fields, tag):
    return unwrap(fields[tag])[1] if tag in fields else b""


def prefers_ntlm(token):
    """Whether NTLM is the first mechanism that a client's NegTokenInit offers."""
    mechanisms = unwrap(_fields(token)[0xA0])[1]
    return mechanisms.startswith(NTLMSSP_OID)


def _init(mechanisms, token):
    """A client's NegTokenInit."""
    fields = wrap(0xA0, mechanisms) + wrap(0xA2, wrap(0x04, token))
    return wrap(0x60, SPNEGO_OID + wrap(0xA0, wrap(0x30, fields)))


def _response(token=b"", state=None, mechanism=b"", signature=b""):
    """A NegTokenResp of either side."""
    fields = b"" if state is None else wrap(0xA0, wrap(0x0A, bytes((state,))))
    if mechanism:
        fields += wrap(0xA1, mechanism)
    for tag, octets in ((0xA2, token), (0xA3, signature)):
        if octets:
            fields += wrap(tag, wrap(0x04, octets))
    return wrap(0xA1, wrap(0x30, fields))


class _Negotiation:
    """NTLM inside SPNEGO; what comes behind the negotiation is NTLM's own."""

    def __init__(self, ntlm):
        self._ntlm = ntlm

    def __getattr__(self, name):
        return getattr(self._ntlm, name)


class Server(_Negotiation):
    _mechanisms = None

    def step(self, token):
        fields = _fields(token)
        reply = self._ntlm.step(_octets(fields, 0xA2))
        if not self._mechanisms:
            self._mechanisms = fields[0xA0]
            return _response(reply, ACCEPT_INCOMPLETE, NTLMSSP_OID)
        signature = _octets(fields, 0xA3)
        if signature:
            self._ntlm.check_mechanisms(signature, self._mechanisms)
            signature = self._ntlm.sign_mechanisms(self._mechanisms)
        return _response(reply, ACCEPT_COMPLETED, signature=signature)


class Client(_Negotiation):
    """Offers NTLM alone, and does not protect the negotiation, as nothing was negotiated."""
    _finished = False

    @property
    def done(self):
        return self._finished

    def step(self, token):
        if not token:
            return _init(wrap(0x30, NTLMSSP_OID), self._ntlm.step(b""))
        if not self._ntlm.done:
            return _response(self._ntlm.step(_octets(_fields(token), 0xA2)))
        self._finished = True
        return b""
