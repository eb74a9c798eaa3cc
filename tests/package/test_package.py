# SPDX-License-Identifier: GPL-2.0-or-later
"""Are packages whole, and for which Wireshark? (tests/package/installed.py installs one for real.)"""
import os
import re
import shutil
import subprocess
import tarfile

import pytest
from support.sandbox import BUILD_DIR, SOURCE_DIR

VERSION = (SOURCE_DIR / "VERSION").read_text().strip()


def run(*words, **options):
    result = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                            timeout=600, check=False, **options)
    assert result.returncode == 0, f"{words}: {result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    run("cpack", "-G", "DEB", "-B", folder, cwd=BUILD_DIR)
    found = list(folder.glob("*.deb"))
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def control(package):
    return dict(re.findall(r"^([\w-]+): (.*)$", run("dpkg-deb", "--field", package), re.M))


def test_package_is_named_after_its_wireshark(package, control, release):
    assert control["Package"] == "wireshark-cmrp"
    assert control["Version"] == f"{VERSION}~ws{release}"
    assert package.name == f"wireshark-cmrp_{VERSION}~ws{release}_{control['Architecture']}.deb"


def test_package_names_who_answers_for_it(control, tmp_path):
    """Nobody, unless somebody says so."""
    cache = (BUILD_DIR / "CMakeCache.txt").read_text()
    assert control["Maintainer"] == re.search(r"^CMRP_MAINTAINER:STRING=(.*)$", cache, re.M)[1]
    named = {"DEBFULLNAME": "A Name", "DEBEMAIL": "name@host.invalid"}
    for environment, expected in (({}, "Local build <nobody@local-build.invalid>"), (named, "A Name <name@host.invalid>")):
        known = {name: value for name, value in os.environ.items() if name not in named}
        folder = tmp_path / str(len(environment))
        run("cmake", "-S", SOURCE_DIR, "-B", folder, env={**known, **environment})
        assert f'set(CPACK_PACKAGE_CONTACT "{expected}")' in (folder / "CPackConfig.cmake").read_text()


def test_package_wants_the_libraries_of_its_wireshark_and_breaks_others(control, release):
    """Their packages have other names in each Wireshark release, so apt refuses the wrong one."""
    linked = run("readelf", "-d", next((BUILD_DIR / "plugins").glob("*/epan/cmrp.so")))
    number = re.search(r"libwireshark\.so\.(\d+)", linked)[1]
    assert re.search(rf"\blibwireshark{number}(t64)? \(", control["Depends"])
    following = f"{release.split('.')[0]}.{int(release.split('.')[1]) + 1}"
    assert control["Breaks"] == f"wireshark-common (<< {release}~), wireshark-common (>= {following}~)"


def test_package_holds_everything_and_nothing_else(package, release):
    listing = run("dpkg-deb", "--contents", package).splitlines()
    modes = {line.split()[5].lstrip("."): line.split()[0] for line in listing}
    files = {path for path, mode in modes.items() if not mode.startswith("d")}
    assert {path for path in files if path.endswith(f"/wireshark/plugins/{release}/epan/cmrp.so")}
    programs = {path.name for path in (SOURCE_DIR / "programs").glob("cmrp-*")}
    assert {path for path in files if path.startswith("/usr/bin/")} == {f"/usr/bin/{name}" for name in programs}
    manuals = {f"/usr/share/man/man1/{path.name}.gz" for path in (SOURCE_DIR / "docs" / "man").glob("*.1")}
    assert {path for path in files if "/man/" in path} == manuals
    texts = {"README.md", "CHANGELOG.md", "SECURITY.md", *(path.name for path in SOURCE_DIR.glob("docs/*.md"))}
    texts |= {path.name for path in SOURCE_DIR.glob("docs/*.schema.json")}
    texts |= {f"pictures/{path.name}" for path in SOURCE_DIR.glob("docs/pictures/*.png")}
    assert {path for path in files if "/doc/" in path} == {
        f"/usr/share/doc/wireshark-cmrp/{name}" for name in {"copyright", "changelog.gz"} | texts}
    profiles = {f"/usr/share/wireshark/{path.relative_to(SOURCE_DIR).as_posix().replace('profile', 'profiles', 1)}"
                for path in (SOURCE_DIR / "profile").rglob("*") if path.is_file()}
    assert {path for path in files if "/profiles/" in path} == profiles != set()
    assert {path.split("/")[1] for path in files} == {"usr"}
    assert not [path for path, mode in modes.items() if mode[5] == "w" or mode[8] == "w"]


def test_package_has_no_debugging_symbols(package, tmp_path):
    run("dpkg-deb", "--extract", package, tmp_path)
    plugin = next(tmp_path.rglob("cmrp.so"))
    assert ".debug_info" not in run("readelf", "-SW", plugin)


@pytest.mark.parametrize("path, expected", [("1.9.7", True), (None, False)])
def test_install_names_both_versions_when_they_differ(tmp_path, release, path, expected):
    """Configured with one Wireshark, installed where another tshark is."""
    environment = {**os.environ, "DESTDIR": str(tmp_path / "root"), "HOME": "/home/someone"}
    if path:
        (tmp_path / "tshark").write_text(f"#!/bin/sh\necho 'TShark (Wireshark) {path} (Git)'\n")
        (tmp_path / "tshark").chmod(0o755)
        environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    # A copy, because the manifest in the build folder belongs to the user's own installation.
    copy = tmp_path / "install-plugin.cmake"
    shutil.copy(BUILD_DIR / "install-plugin.cmake", copy)
    result = subprocess.run(["cmake", "-P", copy], env=environment, capture_output=True, encoding="utf-8", timeout=120,
                            check=True)
    sentence = f"Warning: this plugin is for Wireshark {release}, but the tshark in PATH is 1.9 and will not load it."
    assert (sentence in result.stderr.splitlines()) == expected
    assert list((tmp_path / "root").rglob("cmrp.so"))


def test_sources_build_from_their_tarball(tmp_path):
    run("cpack", "--config", "CPackSourceConfig.cmake", "-B", tmp_path, cwd=BUILD_DIR)
    tarball = tmp_path / f"wireshark-cmrp-{VERSION}.tar.gz"
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path)
    source = tmp_path / f"wireshark-cmrp-{VERSION}"
    assert not [name for name in names if re.search(r"/(\.git|build|__pycache__|cmrp_(tables|constants|status_names)\.[ch])(/|$)", name)]
    expected = {path.relative_to(SOURCE_DIR) for folder in ("plugin", "idl", "cmake", "tests", "tools", "programs",
                                                                 "captures")
                for path in (SOURCE_DIR / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in expected if not (source / path).exists()} == set()
    build = tmp_path / "build"
    run("cmake", "-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Debug")
    run("cmake", "--build", build, "--parallel", "2")
    run("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error", "--tests-regex", "^load$")
