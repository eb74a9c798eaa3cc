# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a mistake in an interface definition or in a table look like to the user?"""

from typing import NamedTuple


class Position(NamedTuple):
    """A place in a source file; a column of 0 means the whole line."""

    file: str
    line: int
    column: int = 0


class IdlError(Exception):
    """A mistake in an IDL file or a table, with the place and the reason."""

    def __init__(self, position, reason):
        self.file, self.line, self.column = position
        self.reason = reason
        super().__init__(f"{self.file}:{self.line}: {reason}")
