# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a call look on the wire? An NDR and NDR64 codec for tests, driven by the IDL model.

It shares nothing with the plugin but the model of cmrpidl: alignment, padding, counts and
deferred pointees are worked out here a second time, so that the plugin has something to be
compared with. Packing does not judge: a test may write counts that contradict each other.

Values: int; str for strings and wchar_t arrays; bytes for arrays of bytes; 20 bytes, as sent,
for context handles; dict for structures; list for other arrays; None for a NULL pointer. A list of code units instead of a str is written as it stands, without a
terminator. The value a method returns has the key "return".
"""

from .codec import (
    NdrError,
    pack_request,
    pack_response,
    unpack_request,
    unpack_response,
)

__all__ = ["NdrError", "pack_request", "pack_response", "unpack_request", "unpack_response"]
