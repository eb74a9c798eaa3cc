# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands behind a context handle: an object of the cluster and the access granted to it (MS-CMRP 3.1.1.11)."""
import dataclasses
from typing import Any

READ, ALL = 0x80000000, 0x10000000


@dataclasses.dataclass
class Context:
    """`type` is the handle type of MS-CMRP 2.2.1, such as HGROUP_RPC."""
    type: str
    thing: Any
    access: int = ALL

    def run_down(self):
        """Only a notification port has something to give back."""
        if self.type == "HNOTIFY_RPC":
            self.thing.close()
