# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tools/matrix say what it can do, without making any system?"""
import os
import subprocess

from support.sandbox import SOURCE_DIR


def matrix(cache, *args):
    return subprocess.run([SOURCE_DIR / "tools/matrix", *args], env={**os.environ, "CMRP_MATRIX_CACHE": str(cache)},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def test_ready_is_told_by_the_exit_code_alone(tmp_path):
    result = matrix(tmp_path / "cache", "--ready")
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")
    assert not (tmp_path / "cache").exists()


def test_unknown_release(tmp_path):
    result = matrix(tmp_path, "hamm")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "There is no release hamm; there are bookworm, trixie and testing.\n"


def test_help_names_the_supported_releases(tmp_path):
    text = matrix(tmp_path, "--help").stdout
    assert all(release in text for release in ("bookworm with Wireshark 4.0", "trixie with 4.4", "testing with 4.6"))
