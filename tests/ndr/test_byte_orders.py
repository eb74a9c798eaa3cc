# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the same calls of the same client read alike in both byte orders?

Samba's own code wrote both captures of a pair. ndrdump confirms the little-endian one (test_oracle_ndrdump.py), and reads
no other.
"""
from collections import Counter

import pytest
from support import trees

NAMES = ["notify", "notify-v2"] + [f"smbtorture-{suite}" for suite in (
    "cluster", "group", "groupset", "netinterface", "network", "node", "registry", "resource", "resourcetype")]
# Times; and calls in flight may be answered in another order, and then stand in other frames.
NOT_ALIKE = ("cmrp.response_time", "cmrp.notify.registered_in", "dcerpc.request_in")
# The server sends the same 20 bytes of a handle in either order: as a UUID they are two. What other calls have told of
# the object depends on which of them were answered by then.
OF_HANDLES = ("cmrp.handle.type", "cmrp.handle.id", "cmrp.handle.name")


def decoded(tree):
    return [(name, value) for name, value in tree.decoded(NOT_ALIKE)
            if not name.startswith("cmrp.handle.") or name in OF_HANDLES]


@pytest.mark.parametrize("name", NAMES)
def test_twins_read_alike(tshark, captures_dir, name):
    little, big = (Counter(repr(decoded(tree))
                           for tree in trees.read(tshark, captures_dir / f"{name}-{order}.pcapng").values())
                   for order in ("ndr", "bigendian"))
    assert sum(little.values()) > 20
    assert little == big
