# SPDX-License-Identifier: GPL-2.0-or-later
"""Is the plugin installed, used and removed cleanly: as a Debian package, for all users, for one user?

Installs for real. So ctest does not run this; tools/matrix does, as root in a system that may be thrown away.
CMRP_PACKAGE is the package, CMRP_BUILD_DIR the build folder it was made in.
"""
import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from support.sandbox import BUILD_DIR, SOURCE_DIR

CAPTURE = SOURCE_DIR / "captures/notify-ndr.pcapng"
ROOT_WARNING = 'Running as user "root" and group "root". This could be dangerous.'


def run(*words, user=False, home="/root", check=True):
    identity = {"user": "nobody", "group": "nogroup", "extra_groups": []} if user else {}
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8",
                   "DEBIAN_FRONTEND": "noninteractive"}
    result = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                            env=environment, timeout=600, check=False, **identity)
    assert not check or result.returncode == 0, f"{words}: {result.stdout}\n{result.stderr}"
    return result


def loaded_path(**options):
    lines = run("tshark", "-G", "plugins", **options).stdout.splitlines()
    paths = [line.split("\t")[-1].strip() for line in lines if line.startswith("cmrp.so")]
    assert len(paths) <= 1
    return paths[0] if paths else None


def is_used(**options):
    """True if tshark shows a ClusAPI call as the plugin does, and says nothing else."""
    result = run("tshark", "-n", "-r", CAPTURE, "-Y", "cmrp.opnum == 41", "-T", "fields", "-e", "cmrp.lpszGroupName",
                 **options, check=False)
    said = [line for line in result.stderr.splitlines() if line and line != ROOT_WARNING]
    return result.returncode == 0 and not said and bool(result.stdout.strip())


def release():
    version = run("tshark", "--version").stdout
    return re.search(r"(\d+\.\d+)\.\d+", version)[1]


@pytest.fixture(scope="module")
def home():
    """The home folder of the ordinary user."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    return folder


@pytest.fixture(params=[False, True], ids=["root", "user"])
def who(request, home):
    return {"user": True, "home": home} if request.param else {}


@pytest.fixture(scope="module")
def package():
    return Path(os.environ["CMRP_PACKAGE"])


@pytest.fixture(scope="class")
def installed(package):
    """The paths of the files that the package brings, while it is installed."""
    assert loaded_path() is None
    run("apt-get", "install", "-y", "--no-install-recommends", package)
    yield [path for path in run("dpkg", "--listfiles", "wireshark-cmrp").stdout.splitlines() if not Path(path).is_dir()]
    run("dpkg", "--purge", "wireshark-cmrp", check=False)


def test_lintian_finds_nothing(package):
    result = run("lintian", "--fail-on", "error,warning", "--allow-root", package, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


class TestPackage:
    def test_it_is_loaded(self, installed, who):
        assert loaded_path(**who).endswith(f"/wireshark/plugins/{release()}/epan/cmrp.so")
        assert loaded_path(**who) in installed
        assert is_used(**who)

    def test_its_programs_work(self, installed, who):
        assert "The plugin is loaded: version " in run("cmrp-doctor", **who).stdout
        result = run("cmrp-check", CAPTURE, check=False, **who)
        assert (result.returncode in (0, 1), result.stderr) == (True, "")

    def test_its_licence_is_there(self, installed):
        assert "GPL-2.0-or-later" in Path("/usr/share/doc/wireshark-cmrp/copyright").read_text()

    def test_it_is_removed_without_a_trace(self, installed, home):
        run("apt-get", "purge", "-y", "wireshark-cmrp")
        assert loaded_path() is None and loaded_path(user=True, home=home) is None
        assert not is_used()
        assert [path for path in installed if os.path.lexists(path)] == []
        assert not Path("/usr/share/wireshark-cmrp").exists()


def test_cmake_installs_for_all_users(who):
    run("cmake", "--install", BUILD_DIR)
    assert loaded_path(**who).endswith(f"/wireshark/plugins/{release()}/epan/cmrp.so")
    assert is_used(**who)
    run("cmake", "--build", BUILD_DIR, "--target", "uninstall")
    assert loaded_path(**who) is None


def test_cmake_installs_for_one_user(home):
    user = {"user": True, "home": home}
    run("chmod", "-R", "a+rwX", BUILD_DIR)
    run("cmake", "--install", BUILD_DIR, **user)
    assert loaded_path(**user) == f"{home}/.local/lib/wireshark/plugins/{release()}/epan/cmrp.so"
    assert is_used(**user)
    assert loaded_path() is None
    run("cmake", "--build", BUILD_DIR, "--target", "uninstall", **user)
    assert loaded_path(**user) is None
    assert list(home.rglob("*.so")) == []
