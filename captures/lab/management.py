# SPDX-License-Identifier: GPL-2.0-or-later
"""The management interface that an RPC server offers on each of its endpoints (C706 appendix Q), as far as the lab
needs it: clients may bind to it, and it refuses each call.
"""
import uuid

import cast
import pdu


class Management:
    knows_ndr64 = False
    uuid, version = uuid.UUID(cast.MANAGEMENT_UUID), 1

    def blocks(self, _opnum):
        return False

    def serve(self, _client, _opnum, _stub, _ndr64, _big_endian):
        raise pdu.Fault(pdu.NCA_OP_RNG_ERROR)
