# SPDX-License-Identifier: GPL-2.0-or-later
"""How is a file written that others read at the same time?"""
import contextlib
import os
import tempfile
from pathlib import Path

from .errors import ToolError


@contextlib.contextmanager
def whole(path):
    """A file to write text to that is there wholly or not at all, even if the machine stops."""
    path = Path(path)
    try:
        # surrogateescape: a name of a file in it that is no UTF-8 stays what it is.
        file = tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape", dir=path.parent,
                                           prefix=f".{path.name}.", suffix=".tmp", delete=False)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(file.name, 0o666 & ~umask)
            # Closed by now: Windows replaces no file that is open.
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}.") from None


def write_whole(path, text):
    with whole(path) as file:
        file.write(text)
