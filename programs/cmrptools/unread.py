# SPDX-License-Identifier: GPL-2.0-or-later
"""Which calls of a capture could not be read, why, and what would help?

What nobody read, nobody judged. So each reason is a sentence for the user, and keeps a capture from being called clean.
"""
import contextlib
from collections import Counter, namedtuple

from . import keytab
from .text import count
from .tshark import CaptureError

# What the plugin did not look at counts as well.
SEALED_UNKNOWN = "cmrp && !cmrp.version && dcerpc.encrypted_stub_data"
_SEALED = f"(cmrp.sealed || {SEALED_UNKNOWN})"

# How a connection was authenticated. `who`: the user, or the key that its ticket was sealed with (keytab.Key).
Handshake = namedtuple("Handshake", "kind who opened")

NTLM, KERBEROS = "NTLM", "Kerberos"
_AUTH_TYPES = {"9": "SPNEGO", "10": NTLM, "16": KERBEROS}

_AUTHENTICATE, _AP_REQUEST = 3, 14
_FIELDS = ("tcp.stream", "dcerpc.pkt_type", "dcerpc.auth_type", "dcerpc.auth_ctx_id", "dcerpc.encrypted_stub_data",
           "cmrp.sealed", "ntlmssp.messagetype", "ntlmssp.auth.domain", "ntlmssp.auth.username",
           "ntlmssp.authenticated", "kerberos.msg_type", "kerberos.realm", "kerberos.SNameString", "kerberos.kvno",
           "kerberos.etype", "kerberos.decrypted_keytype")
_Row = namedtuple("_Row", [name.replace(".", "_") for name in _FIELDS])
_FILTER = (f"{_SEALED} || "
           f"dcerpc && ntlmssp.messagetype == {_AUTHENTICATE} || dcerpc && kerberos.msg_type == {_AP_REQUEST}")


def reasons(tshark, capture, found, source=None, unbound=None):
    """Sentences; none if all calls were read. `found`: the Counts of the capture; `unbound`: its Unbound, if it is known."""
    said = []
    if found.encrypted:
        traffic = _Traffic()
        with contextlib.suppress(CaptureError):
            for cells in tshark.rows(capture, _FILTER, _FIELDS, source, unbound.arguments if unbound else ()):
                traffic.take(_Row(*cells))
        # Whatever ended that run, a time limit for example, sealed calls are told.
        said += list(traffic.sealed_in_words(tshark.keys)) or _sealed(found)
    if found.cut_short:
        said.append(f"{count(found.cut_short, 'frame')} that may hold calls {'is' if found.cut_short == 1 else 'are'} not "
                    "wholly in the capture: capture again without a snap length.")
    if unbound and unbound.left:
        said.append(unbound.reason(bool(found.cut_short)))
    if found.unfit:
        said.append(f"{count(found.unfit, 'PDU')} on connections whose bind is not in the capture {'does' if found.unfit == 1 else 'do'} "
                    "not read as ClusAPI, though the server speaks it elsewhere or was named.")
    if found.doubtful:
        said.append(f"{count(found.doubtful, 'PDU')} may have been decrypted wrongly by Wireshark.")
    return said


def _sealed(found):
    calls = found.encrypted_calls or found.encrypted
    return [f"{count(calls, 'call')} {'is' if calls == 1 else 'are'} sealed."] if calls else []


def _first(cell):
    return cell[0] if cell else ""


class _Traffic:
    """What the frames say of keys. An authentication holds for its connection and its number in the PDUs' trailers."""

    def __init__(self):
        self._handshakes = {}
        self._sealed = Counter()  # (Handshake, is a request) -> frames

    def take(self, row):
        stream = _first(row.tcp_stream)
        place = stream, _first(row.dcerpc_auth_ctx_id)
        if str(_AP_REQUEST) in row.kerberos_msg_type:
            self._handshakes[place] = _of_kerberos(row)
        elif row.ntlmssp_auth_username:
            self._handshakes[place] = _of_ntlm(row)
        if row.cmrp_sealed or row.dcerpc_encrypted_stub_data:
            kind = _AUTH_TYPES.get(_first(row.dcerpc_auth_type), "a method that is not known")
            self._sealed[self._handshakes.get(place, Handshake(kind, None, False)), "0" in row.dcerpc_pkt_type] += 1

    def sealed_in_words(self, keys):
        """A sentence for each key that is missing."""
        for handshake in dict.fromkeys(handshake for handshake, _ in self._sealed):
            # Of a call whose request was lost there is the answer.
            calls = self._sealed[handshake, True] or self._sealed[handshake, False]
            yield f"{count(calls, 'call')} {'is' if calls == 1 else 'are'} sealed with {_need(handshake, keys)}"


def _of_ntlm(row):
    names = [_first(cell) for cell in (row.ntlmssp_auth_domain, row.ntlmssp_auth_username)]
    # So tshark writes an empty name.
    return Handshake(NTLM, "\\".join(name for name in names if name not in ("", "NULL")), bool(row.ntlmssp_authenticated))


def _of_kerberos(row):
    version, kind = _first(row.kerberos_kvno), _first(row.kerberos_etype)
    service = "/".join(row.kerberos_SNameString) or "a service"
    return Handshake(KERBEROS, keytab.Key(f"{service}@{_first(row.kerberos_realm)}", int(version) if version else 0,
                                          int(kind) if kind else 0), bool(row.kerberos_decrypted_keytype))


def _need(handshake, keys):
    """What was used to seal calls, and which key opens them."""
    kind, who, opened = handshake
    if who is None:
        return (f"{kind}, and how their connection was authenticated is not in the capture: no password and no keytab "
                "opens them. Capture from before the client connects.")
    if opened:
        return f"{kind}; the {'password' if kind == NTLM else 'keytab'} fits, but Wireshark did not decrypt them."
    if kind == NTLM:
        user = who or "an anonymous user"
        return f"NTLM by {user}: " + (f"the password that was given is not that of {user}; the one that was valid when this "
                                      "was captured opens them." if keys.password else
                                      "that user's password opens them (--nt-password-file).")
    version = f" of version {who.version}" if who.version else ""
    key = f"the key of {who.principal}{version} and type {keytab.type_name(who.type)}"
    return f"Kerberos by {key}: " + (f"the keytab that was given {keytab.why_not(keytab.keys(keys.keytab), who)}; one that "
                                     "holds that key opens them." if keys.keytab else "a keytab that holds it opens them (--keytab).")
