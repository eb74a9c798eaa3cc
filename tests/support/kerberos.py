# SPDX-License-Identifier: GPL-2.0-or-later
"""How does the readable part of a Kerberos AP-REQ look (RFC 4120 5.5.1), for tests of what binds say?"""


def _element(tag, *parts):
    contents = b"".join(parts)
    if len(contents) < 0x80:
        return bytes((tag, len(contents))) + contents
    return bytes((tag, 0x82)) + len(contents).to_bytes(2, "big") + contents


def _context(number, contents):
    return _element(0xA0 + number, contents)


def _integer(value):
    return _element(0x02, bytes((value,)))


def _string(text):
    return _element(0x1B, text.encode())


def request(service, mutual):
    """An AP-REQ for a service such as MSServerClusterMgmtAPI/NODE1, whose secret parts are zeros."""
    name = _element(0x30, _context(0, _integer(2)), _context(1, _element(0x30, *map(_string, service.split("/")))))
    secret = _element(0x30, _context(0, _integer(18)), _context(2, _element(0x04, bytes(200))))
    ticket = _element(0x61, _element(
        0x30, _context(0, _integer(5)), _context(1, _string("LAB.TEST")), _context(2, name), _context(3, secret)))
    options = _element(0x03, bytes((0, 0x20 if mutual else 0, 0, 0, 0)))
    body = _element(0x30, _context(0, _integer(5)), _context(1, _integer(14)), _context(2, options),
                    _context(3, ticket), _context(4, secret))
    return _element(0x60, bytes.fromhex("06092a864886f712010202"), b"\x01\x00", _element(0x6E, body))
