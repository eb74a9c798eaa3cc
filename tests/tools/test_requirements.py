# SPDX-License-Identifier: GPL-2.0-or-later
"""With which Wireshark is the plugin built, and what is said of the others?"""
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
