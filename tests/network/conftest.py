# SPDX-License-Identifier: GPL-2.0-or-later
"""Which fixtures do the tests of networks share?"""
import pytest
from support import sandbox, traffic
from support.seen import Eyes


@pytest.fixture
def wrapped():
    """A function that writes what a wrap makes of a capture: wrapped(path, wrap) -> path."""
    folder = sandbox.sandbox().new_folder()

    def write(path, wrap):
        return wrap(traffic.read(path)).write(folder / "wrapped.pcap")

    return write


@pytest.fixture(scope="module")
def see(tshark):
    """A function that tells what the plugin says of a capture, whichever way it is read: see(path, *preferences)."""
    eyes = Eyes(tshark)
    yield eyes.see
    eyes.close(True)
