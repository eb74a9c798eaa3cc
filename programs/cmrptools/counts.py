# SPDX-License-Identifier: GPL-2.0-or-later
"""How many frames of each kind does a capture hold? One table of tshark's, made in the same run as the findings."""
from .errors import ToolError

# name -> display filter
_CALL = "dcerpc.pkt_type == 0"
_SEALED = "cmrp && !cmrp.version && dcerpc.encrypted_stub_data"
_READ = "cmrp.version && !cmrp.expert.decryption_doubtful"
_COUNTED = {
    "frames": "frame",
    "calls": f"{_READ} && {_CALL}",
    "pdus": _READ,
    "encrypted_calls": f"{_SEALED} && {_CALL}",
    "encrypted": _SEALED,
    "doubtful": "cmrp.expert.decryption_doubtful",
    "cut_short": "cmrp.expert.cut_short",
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
