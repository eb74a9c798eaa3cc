# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the presentation contexts that a client proposes the server accepts (C706 12.6.3.1, MS-RPCE 3.3.1.5.3)."""
import uuid

import pdu

ACCEPTANCE, PROVIDER_REJECTION, NEGOTIATE_ACK = 0, 2, 3
ABSTRACT_SYNTAX_NOT_SUPPORTED, TRANSFER_SYNTAXES_NOT_SUPPORTED = 1, 2
NO_SYNTAX = (uuid.UUID(int=0), 0)

# The one bind time feature the server has: it keeps the connection after an orphaned PDU.
KEEP_CONNECTION_ON_ORPHAN = 0x0002


def _features(context):
    """The bind time features a context asks for, None if it is an ordinary one."""
    for syntax, _ in context.syntaxes:
        if syntax.bytes_le.startswith(pdu.BIND_TIME_PREFIX):
            return int.from_bytes(syntax.bytes_le[8:10], "little")
    return None


def _key(context):
    return context.interface, context.version & 0xFFFF


def negotiate(contexts, interfaces):
    """(results for the bind_ack, {context id: (interface, ndr64)}) for the proposed contexts."""
    with_ndr64 = {_key(c) for c in contexts if pdu.NDR64 in c.syntaxes}
    results, accepted = [], {}
    for context in contexts:
        features = _features(context)
        interface = interfaces.get(_key(context))
        if features is not None:
            results.append((NEGOTIATE_ACK, features & KEEP_CONNECTION_ON_ORPHAN, NO_SYNTAX))
        elif interface is None:
            results.append((PROVIDER_REJECTION, ABSTRACT_SYNTAX_NOT_SUPPORTED, NO_SYNTAX))
        else:
            prefer = pdu.NDR64 if interface.knows_ndr64 and _key(context) in with_ndr64 else pdu.NDR
            if prefer in context.syntaxes:
                results.append((ACCEPTANCE, 0, prefer))
                accepted[context.context_id] = (interface, prefer == pdu.NDR64)
            else:
                results.append((PROVIDER_REJECTION, TRANSFER_SYNTAXES_NOT_SUPPORTED, NO_SYNTAX))
    return results, accepted
