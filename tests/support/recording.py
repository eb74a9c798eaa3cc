# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a test make calls one by one, and then see the trees of them all?

    class Groups(Recording):
        def state(self, group):
            return self.calls.request(45, hGroup=group)

    groups = Groups(tshark, model)
    frame = groups.state(handle(1))
    groups.trees()[frame]
"""
from . import sandbox, trees
from .calls import ENCODINGS, Calls
from .rpcpcap import Capture


class Recording:
    """A capture to which calls are added until its trees are asked for."""

    def __init__(self, tshark, model, encoding="3-ndr"):
        self._tshark = tshark
        self.path = sandbox.sandbox().new_folder() / "recording.pcap"
        self.calls = Calls(model, Capture(self.path), ENCODINGS[encoding])

    def trees(self, extra=()):
        """The tree of each frame (a trees.Tree)."""
        self.calls.capture.close()
        return trees.read(self._tshark, self.path, extra=extra)
