# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a plugin that was made for another Wireshark refused, and said to be so in one sentence with both versions?

Installs for real. So ctest does not run this; tools/matrix does, as root in a system that may be thrown away.
CMRP_PACKAGES are the packages made for other releases, between spaces.
"""
import os
import re
import shutil
from pathlib import Path

import pytest
from installed import CAPTURE, ROOT_WARNING, home, loaded_path, release, run, who  # noqa: F401 (fixtures)
from support.sandbox import SOURCE_DIR

PACKAGES = [Path(path) for path in os.environ["CMRP_PACKAGES"].split()]


@pytest.fixture(params=PACKAGES, ids=[path.name for path in PACKAGES])
def package(request):
    return request.param


@pytest.fixture
def foreign(package, tmp_path):
    """The plugin in the package, and the release that it was made for."""
    run("dpkg-deb", "--extract", package, tmp_path)
    path = next(tmp_path.rglob("cmrp.so"))
    return path, path.parent.parent.name


@pytest.fixture
def put():
    """A function that puts a plugin file into a folder of Wireshark's, until the end of the test."""
    made = []

    def copy(path, folder):
        folder.mkdir(parents=True, exist_ok=True)
        made.append(Path(shutil.copy(path, folder)))
        return made[-1]

    yield copy
    for path in made:
        path.unlink()


def global_folder():
    return Path(re.search(r"^Global Plugins:\s*(.+)$", run("tshark", "-G", "folders").stdout, re.M)[1])


def test_apt_refuses_the_package(package):
    result = run("apt-get", "install", "--simulate", package, check=False)
    assert result.returncode != 0
    # Its plugin wants a libwireshark that is not to be had here.
    assert re.search(r"\blibwireshark\d", result.stdout + result.stderr)
    assert "Inst wireshark-cmrp" not in result.stdout


@pytest.mark.parametrize("place", ["in the folder of its own release", "in the folder of this release"])
def test_the_plugin_is_refused_in_one_sentence(foreign, put, who, place):  # noqa: F811
    path, made_for = foreign
    here = global_folder()
    assert here.name == release() != made_for
    put(path, here.parent / (made_for if "own" in place else here.name) / "epan")
    assert loaded_path(**who) is None
    # Wireshark goes on without it.
    result = run("tshark", "-n", "-r", CAPTURE, "-Y", "clusapi.opnum == 41", **who)
    assert result.stdout.strip()
    said = [line for line in result.stderr.splitlines() if line and line != ROOT_WARNING]
    assert len(said) == ("own" not in place), said

    result = run(SOURCE_DIR / "programs/cmrp-doctor", check=False, **who)
    assert (result.returncode, result.stderr) == (1, "")
    version = re.search(r"\d+\.\d+\.\d+", run("tshark", "--version").stdout)[0]
    assert f"was made for Wireshark {made_for}, but this is Wireshark {version}." in result.stdout.splitlines()[-1]
