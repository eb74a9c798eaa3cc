# SPDX-License-Identifier: GPL-2.0-or-later
"""The words that all ways to protect PDUs share: types and levels of authentication (MS-RPCE 2.2.1.1.7, 2.2.1.1.8)."""

SPNEGO, NTLMSSP, KERBEROS = 9, 10, 16
CONNECT, PACKET, INTEGRITY, PRIVACY = 2, 4, 5, 6


class BadSignature(Exception):
    pass
