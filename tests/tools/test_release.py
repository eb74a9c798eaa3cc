# SPDX-License-Identifier: GPL-2.0-or-later
"""Is all of a release made from its tag, and refused where tag, version and CHANGELOG.md do not agree?"""
import os
import shutil
import subprocess
import tarfile

import pytest
from support.sandbox import SOURCE_DIR

# What makes packages elsewhere, in small: it must be the tag's own, not that of the working folder.
MATRIX = """#!/bin/sh
mkdir -p "$CMRP_MATRIX_CACHE/packages"
for release in 4.0 4.4; do echo "$SOURCE_DATE_EPOCH" >"$CMRP_MATRIX_CACHE/packages/wireshark-cmrp_1.2.3~ws${release}_amd64.deb"; done
"""
WINDOWS = """#!/bin/sh
mkdir -p "$2"
echo zip >"$2/cmrp-1.2.3-wireshark-4.0-windows-x64.zip"
"""
REUSE = """#!/bin/sh
printf 'SPDXVersion: SPDX-2.1\\nFileName: ./VERSION\\n' >"$5"
"""
MADE = ["SHA256SUMS", "cmrp-1.2.3-wireshark-4.0-windows-x64.zip", "wireshark-cmrp-1.2.3.spdx", "wireshark-cmrp-1.2.3.tar.gz",
        "wireshark-cmrp_1.2.3~ws4.0_amd64.deb", "wireshark-cmrp_1.2.3~ws4.4_amd64.deb"]


@pytest.fixture
def project(tmp_path):
    """A small repository with the tool, of version 1.2.3: a function that runs git in it."""
    tree = tmp_path / "tree"
    for name in ("tools/release", "tools/lib.sh", "cmake/commit", ".gitattributes"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE_DIR / name, tree / name)
    for name, text in (("tools/matrix", MATRIX), ("tools/windows", WINDOWS), ("VERSION", "1.2.3\n"),
                       ("CHANGELOG.md", "## 1.2.3 (2026-12-01)\n")):
        (tree / name).write_text(text)
        (tree / name).chmod(0o755)

    def git(*words):
        identity = ["-c", "user.name=A", "-c", "user.email=a@host.invalid", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *identity, *words], cwd=tree, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "all")
    git("tag", "v1.2.3")
    git.tree = tree
    return git


@pytest.fixture
def release(project, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "reuse").write_text(REUSE)
    (programs / "reuse").chmod(0o755)

    def run(*words):
        environment = {**os.environ, "CMRP_MATRIX_CACHE": str(tmp_path / "cache"), "PATH": f"{programs}:{os.environ['PATH']}"}
        return subprocess.run([project.tree / "tools/release", *words], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
    return run


def test_all_is_made_from_the_tag(project, release, tmp_path):
    (project.tree / "tools/matrix").write_text("#!/bin/sh\nexit 1\n")
    (project.tree / "VERSION").write_text("9.9.9\n")
    result = release("--out", tmp_path / "out", "v1.2.3")
    assert (result.returncode, sorted(os.listdir(tmp_path / "out"))) == (0, MADE), result.stderr
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "out", check=True, capture_output=True)
    assert len((tmp_path / "out/SHA256SUMS").read_text().splitlines()) == len(MADE) - 1
    with tarfile.open(tmp_path / "out/wireshark-cmrp-1.2.3.tar.gz") as sources:
        commit = sources.extractfile("wireshark-cmrp-1.2.3/cmake/commit").read().decode().strip()
    assert commit == project("rev-parse", "v1.2.3")
    date = (tmp_path / "out/wireshark-cmrp_1.2.3~ws4.0_amd64.deb").read_text().strip()
    assert date == project("log", "-1", "--format=%ct", "v1.2.3")


def test_what_does_not_agree_is_refused(project, release, tmp_path):
    out = tmp_path / "out"
    project("tag", "v1.3.0")
    assert release("--out", out, "v1.3.0").stderr == "v1.3.0 is not the tag of version 1.2.3: that is v1.2.3.\n"
    assert release("--out", out, "v7").stderr == "There is no commit v7.\n"
    (project.tree / "VERSION").write_text("1.3.0\n")
    project("commit", "-qam", "more")
    project("tag", "-f", "v1.3.0")
    assert release("--out", out, "v1.3.0").stderr == "CHANGELOG.md has no heading for 1.3.0.\n"
    assert not out.exists()
    out.mkdir()
    (out / "older").touch()
    assert release("--out", out, "v1.2.3").stderr == f"{out} is not empty.\n"
