# SPDX-License-Identifier: GPL-2.0-or-later
"""How many frames of each kind does a capture hold? One table of tshark's, made in the same run as the findings."""
from .errors import ToolError

# What the plugin did not look at counts as well.
SEALED = "(cmrp.sealed || cmrp && !cmrp.version && dcerpc.encrypted_stub_data)"
_CALL = "dcerpc.pkt_type == 0"
_READ = "cmrp.version && !cmrp.sealed && !cmrp.expert.decryption_doubtful && !cmrp.unbound"
# Of a frame that is cut Wireshark may not see that it is DCE/RPC, or take it for another protocol: the first bytes of a
# request pass for RTPS, TDS or JXTA. So each counts that may carry something, whatever it is said to be.
_CUT = "frame.cap_len < frame.len && !tcp.len == 0 && !arp && !icmp && !icmpv6"

# name -> display filter
_COUNTED = {
    "frames": "frame",
    "calls": f"{_READ} && {_CALL}",
    "pdus": _READ,
    "encrypted_calls": f"{SEALED} && {_CALL}",
    "encrypted": SEALED,
    "doubtful": "cmrp.expert.decryption_doubtful",
    "unfit": "cmrp && cmrp.unbound",
    "cut_short": f"{_CUT} || cmrp.expert.cut_short",
    "found": "cmrp.finding",
}

MISSING = "tshark did not print the table of counts that was asked for, so nothing can be judged."
ARGUMENTS = ["-z", "io,stat,0," + ",".join(f"FRAMES(){filter}" for filter in _COUNTED.values())]


class Table:
    """Give it each line that tshark prints; then ask for the numbers.

    A table that is not understood, or that is not there, is an error: without it nothing is known of the capture, and a
    capture of which nothing is known is not clean.
    """

    def __init__(self):
        self._numbers = None
        self._heads = self._ended = self._strange = False

    def take(self, line):
        if self._heads and not self._ended:
            self._row(line)
        elif line.startswith("| Interval ") and line.count("FRAMES") == len(_COUNTED):
            self._heads = True

    def _row(self, line):
        if line.startswith("==="):
            self._ended = True
            return
        # Empty cells follow where the table's title is wider than its columns.
        cells = [cell.strip() for cell in line.split("|")][2:2 + len(_COUNTED)]
        if "<>" in line and len(cells) == len(_COUNTED) and all(cell.isdigit() for cell in cells):
            self._strange |= self._numbers is not None
            self._numbers = dict(zip(_COUNTED, map(int, cells)))
        elif not line.startswith("|--"):
            self._strange = True

    def is_whole(self):
        return self._ended and not self._strange

    def numbers(self):
        """Name -> number of frames; None if the table has no row, as when all frames have the same time."""
        if not self.is_whole():
            raise ToolError(MISSING)
        return self._numbers


def one_by_one(frames):
    """The same without the table. `frames`: a function from a display filter to the number of frames that match."""
    return {name: frames(filter) for name, filter in _COUNTED.items()}
