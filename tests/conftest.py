# SPDX-License-Identifier: GPL-2.0-or-later
"""Which fixtures do all tests share?"""
import os
import shutil
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
SOURCE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE_DIR / "idl"))

from support import rpcpcap, sandbox  # noqa: E402
from support.sharkd import Sharkd  # noqa: E402
from support.tshark import Tshark  # noqa: E402

# Nothing is written into the source tree.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(sandbox.BUILD_DIR / "hypothesis"))


@pytest.fixture(scope="session")
def tshark():
    """tshark with the plugin from the build folder."""
    return Tshark()


@pytest.fixture
def sharkd(tshark):
    """A function that starts sharkd on a capture; it is ended, and checked, after the test."""
    running = []

    def start(pcap, **options):
        # sharkd cannot list its plugins; it loads what tshark loads.
        tshark.run(["-v"])
        session = Sharkd(**options)
        running.append(session)
        session.load(pcap)
        return session

    yield start
    for session in running:
        session.close()


@pytest.fixture(scope="session")
def clicker(tshark):
    """One sharkd for all captures, as a person opens one after the other: what one leaves behind shows in the next."""
    tshark.run(["-v"])
    with Sharkd() as session:
        yield session


@pytest.fixture
def capture():
    """A function that makes an empty capture: capture(name="test", **options of rpcpcap.Capture)."""
    made = []
    folder = sandbox.sandbox().new_folder()

    def make(name="test", **options):
        made.append(rpcpcap.Capture(folder / f"{name}.pcap", **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def captures_dir():
    """The folder of the captures that belong to the repository."""
    return SOURCE_DIR / "captures"


@pytest.fixture(scope="session")
def release():
    """The Wireshark that the plugin was built for, as its folder is called: "4.0"."""
    return next((sandbox.BUILD_DIR / "plugins").iterdir()).name


@pytest.fixture(scope="session")
def model():
    """Both interfaces as the IDL compiler reads them (a cmrpidl.Model)."""
    import cmrpidl

    return cmrpidl.load([str(SOURCE_DIR / "idl" / f"clusapi{version}.idl") for version in (2, 3)])


@pytest.fixture(scope="session")
def tables(model):
    """The tables beside the IDL (a cmrpidl.tables.Tables)."""
    from cmrpidl.tables import load_tables

    return load_tables(str(SOURCE_DIR / "idl"), model)


@pytest.fixture
def tables_folder(tmp_path):
    """A folder with copies of those tables, in which a test may make mistakes."""
    for table in (SOURCE_DIR / "idl").glob("*.tsv"):
        shutil.copy(table, tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def told(model):
    """The story of support/story.py, and the capture that tells it."""
    from support import story

    return story.Story(model, rpcpcap.Capture(sandbox.sandbox().new_folder() / "story.pcap"))
