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


def token_of(data):
    """The mechanism's token inside a NegTokenInit or a NegTokenResp of either side."""
    tag, content, _ = unwrap(data)
    if tag == 0x60:
        content = dict(elements(content))[0xA0]
    fields = dict(elements(unwrap(content)[1]))
    return unwrap(fields[0xA2])[1] if 0xA2 in fields else b""


def init(token):
    """A client's NegTokenInit that offers NTLM alone."""
    fields = wrap(0xA0, wrap(0x30, NTLMSSP_OID)) + wrap(0xA2, wrap(0x04, token))
    return wrap(0x60, SPNEGO_OID + wrap(0xA0, wrap(0x30, fields)))


def response(token, done=False, first=False):
    """A server's NegTokenResp."""
    state = ACCEPT_COMPLETED if done else ACCEPT_INCOMPLETE
    fields = wrap(0xA0, wrap(0x0A, bytes((state,))))
    if first:
        fields += wrap(0xA1, NTLMSSP_OID)
    if token:
        fields += wrap(0xA2, wrap(0x04, token))
    return wrap(0xA1, wrap(0x30, fields))


def client_response(token):
    """A client's NegTokenResp."""
    return wrap(0xA1, wrap(0x30, wrap(0xA2, wrap(0x04, token))))
