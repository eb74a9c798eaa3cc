# SPDX-License-Identifier: GPL-2.0-or-later
"""With which Wireshark is the plugin built, and what is said of the others? Which Python has the modules of the tests?"""
import os
import re
import subprocess

import pytest
from support.sandbox import SOURCE_DIR

REFUSED = ("The plugin is made for Wireshark 4.0, 4.2, 4.4 and 4.6, not for {version}: point Wireshark_DIR to one of them, "
           "or try it all the same with -DCMRP_ANY_WIRESHARK=ON.")


@pytest.fixture
def configure(tmp_path):
    """What CMake says where the Wireshark has this version: (all, the sentence of an error)."""
    def run(version, *options):
        (tmp_path / "WiresharkConfig.cmake").write_text('set(Wireshark_PLUGINS_ENABLED TRUE)\n'
                                                        'set(Wireshark_PLUGIN_INSTALL_DIR "/plugins/x")\n')
        (tmp_path / "WiresharkConfigVersion.cmake").write_text(
            f"set(PACKAGE_VERSION {version})\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
        words = ["cmake", "-S", SOURCE_DIR, "-B", tmp_path / "build", f"-DWireshark_DIR={tmp_path}", "-DBUILD_TESTING=OFF"]
        # Of this Wireshark there is no library, so what comes after the question fails.
        said = subprocess.run([*words, *options], capture_output=True, text=True, timeout=120, check=False)
        return said.stdout, " ".join(said.stderr.split())
    return run


@pytest.mark.parametrize("version", ["3.6.2", "4.8.0"])
def test_others_are_refused_in_one_sentence(configure, version):
    said, error = configure(version)
    assert REFUSED.format(version=version) in error
    said, error = configure(version, "-DCMRP_ANY_WIRESHARK=ON")
    assert "made for" not in said + error


@pytest.mark.parametrize("version, told", [("4.2.2", True), ("4.6.9", False)])
def test_what_was_not_tried_is_said(configure, version, told):
    said, error = configure(version)
    assert "not for" not in error
    assert ("-- Wireshark 4.2: the plugin is made for it, but was not tried with it\n" in said) == told


@pytest.mark.parametrize("packages, private", [
    ("python3-jsonschema", True), ("python3-jsonschema gcc", True), ("gcc", True),
    # The tests run in one interpreter, and what is installed is installed for Debian's.
    ("python3-jsonschema python3-lark", False), ("python3-pycryptodome", False)])
def test_modules_of_two_interpreters_are_not_added_up(tmp_path, packages, private):
    """A python3 in PATH that is not Debian's has one module of all."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase $2 in "import sys" | "import sys, jsonschema") exit 0;; esac; exit 1\n')
    python.chmod(0o755)
    said = subprocess.run(["bash", "-c", f'. "{SOURCE_DIR}/tools/lib.sh"; python_for {packages}'], capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True)
    assert said.stdout.strip() == ("python3" if private else "/usr/bin/python3")


def test_cmake_asks_for_the_modules_that_are_installed():
    """Else it could take an interpreter that has most of them, and some tests would not load."""
    asked = re.search(r'_cmrp_all_tests "(.*)"', (SOURCE_DIR / "cmake" / "CmrpRequirements.cmake").read_text())
    modules = 'for one in "${build_packages[@]}" "${test_packages[@]}"; do [[ $one != python3-* ]] || module_of "$one"; done'
    said = subprocess.run(["bash", "-c", f'. "{SOURCE_DIR}/tools/lib.sh"; {modules}'], capture_output=True, text=True, check=True)
    assert sorted(asked[1].split(", ")) == sorted(said.stdout.split())
