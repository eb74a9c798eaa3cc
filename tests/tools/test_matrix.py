# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tools/matrix say what it can do, without making any system?"""
import fcntl
import os
import subprocess

import pytest
from support.sandbox import SOURCE_DIR


def matrix(cache, *args, path=None):
    environment = {**os.environ, "CMRP_MATRIX_CACHE": str(cache)}
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    return subprocess.run([SOURCE_DIR / "tools/matrix", *args], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


def test_unknown_release(tmp_path):
    result = matrix(tmp_path, "hamm")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "There is no release hamm; there are bookworm, trixie and testing.\n"


def test_help_names_the_supported_releases(tmp_path):
    text = matrix(tmp_path, "--help").stdout
    assert all(release in text for release in ("bookworm with Wireshark 4.0", "trixie with 4.4", "testing with 4.6"))


def fake(folder, **scripts):
    """Programs that answer as those of another machine do, first in PATH. Without more: of one that can all."""
    able = {"id": "echo 0", "mkdir": 'exec /bin/mkdir "$@"', "unshare": "exit 0", "mknod": ': >"$1"',
            "df": "printf 'Avail\\n6\\n'"}
    for name, lines in {**able, **scripts}.items():
        (folder / name).write_text(f"#!/bin/sh\n{lines}\n")
        (folder / name).chmod(0o755)


def test_a_machine_that_can(tmp_path):
    fake(tmp_path)
    result = matrix(tmp_path / "cache", "--able", path=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert list((tmp_path / "cache").iterdir()) == []


REFUSED = "echo no >&2; exit 1"


@pytest.mark.parametrize("program, answer, sentence", [
    ("id", "echo 1000", "tools/matrix needs root, because it makes and enters whole Debian systems."),
    ("mkdir", REFUSED, "No permission to write to {cache}."),
    ("unshare", REFUSED, "This machine does not let root mount file systems, which tools/matrix needs."),
    ("mknod", REFUSED, "This machine does not let root make devices in {cache}, which tools/matrix needs."),
    ("df", "printf 'Avail\\n5\\n'", "There are 5 GB free in {cache}, and tools/matrix needs 6."),
])
def test_what_stands_in_the_way_is_told_in_one_sentence(tmp_path, program, answer, sentence):
    cache = tmp_path / "cache"
    fake(tmp_path, **{program: answer})
    for arguments in ([], ["--able"]):
        result = matrix(cache, *arguments, path=tmp_path)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == sentence.format(cache=cache) + "\n"
        assert not cache.exists() or list(cache.iterdir()) == []


# Does at once, and without any work, what is done in other systems. BROKEN is the release that cannot be made.
WORK = """case "$*" in
*debootstrap*" $BROKEN "*) echo 'E: no such mirror'; exit 1 ;;
*debootstrap*) for word; do case $word in */base) mkdir -p "$word/etc" "$word/usr/sbin" ;; esac; done ;;
*matrix-inside*) for word; do case $word in /out/*) release=${word#/out/} ;; esac; done
    cat "$FAKES/$release" >"$(echo "$CMRP_MATRIX_CACHE"/out.*)/$release/results" ;;
esac"""
ALL_WELL = "gcc ok\nclang ok\ntests 9 files\npackage ok\nfinished yes\n"
FAILED = "gcc ok\nclang ok\ntests FAILED\npackage ok\nfails tests\nfinished yes\n"


@pytest.fixture
def run_matrix(tmp_path, monkeypatch):
    """A function that runs tools/matrix: what is told of each release, and which release cannot be made."""
    def run(*args, broken="none", **results):
        fake(tmp_path, unshare=WORK, debootstrap="exit 1")
        (tmp_path / "bookworm").write_text("wireshark 4.0.17\n" + results.get("bookworm", ALL_WELL))
        (tmp_path / "trixie").write_text("wireshark 4.4.18\n" + results.get("trixie", ALL_WELL))
        (tmp_path / "testing").write_text("wireshark 4.6.9\n" + results.get("testing", ALL_WELL))
        monkeypatch.setenv("FAKES", str(tmp_path))
        monkeypatch.setenv("BROKEN", broken)
        result = matrix(tmp_path / "cache", *args, path=tmp_path)
        rows = [line.split() for line in result.stdout.splitlines() if line.split()[:1] and "One source" not in line]
        return result, {row[0]: row[1:] for row in rows}
    return run


def test_table(run_matrix):
    result, rows = run_matrix()
    assert result.returncode == 0
    assert rows == {"debian": ["wireshark", "gcc", "clang", "tests", "package", "others", "failure"],
                    "bookworm": ["4.0.17", "ok", "ok", "9", "files", "ok", "-"],
                    "trixie": ["4.4.18", "ok", "ok", "9", "files", "ok", "-"],
                    "testing": ["4.6.9", "ok", "ok", "9", "files", "ok", "-"]}


def test_a_stable_release_that_cannot_be_made_is_a_failure(run_matrix, tmp_path):
    result, rows = run_matrix(broken="trixie")
    assert result.returncode == 1
    assert rows["trixie"] == ["-"] * 6 + ["Debian", "could", "not", "be", "made"]
    assert (f"Debian trixie, Wireshark unknown: Debian could not be made; from {tmp_path}/cache/trixie.log:\n"
            "E: no such mirror\n") in result.stderr
    assert rows["testing"][0] == "4.6.9"


def test_testing_that_cannot_be_made_is_told_and_no_failure(run_matrix):
    result, rows = run_matrix(broken="testing")
    assert result.returncode == 0
    assert rows["testing"] == ["-"] * 6 + ["Debian", "could", "not", "be", "made"]
    assert "Debian testing is work in progress, and today it fails: Debian could not be made; from " in result.stderr
    assert rows["trixie"][0] == "4.4.18"


@pytest.mark.parametrize("told, code, sentence", [
    (FAILED, 1, "Debian testing, Wireshark 4.6.9: tests; from "),
    ("wireshark 4.9.1\n" + FAILED, 0, "Wireshark 4.9.1 of Debian testing is not a release that the plugin is for: "),
    ("gcc ok\n", 1, "Debian testing, Wireshark 4.6.9: ended too early; from "),
])
def test_failures_in_testing_count_if_its_wireshark_is_supported(run_matrix, told, code, sentence):
    result, rows = run_matrix(testing=told)
    assert result.returncode == code
    assert sentence in result.stderr
    assert rows["testing"][-1] in ("tests", "early")


def test_what_is_not_done_in_time_is_left_out(run_matrix):
    result, rows = run_matrix("--minutes", "0")
    assert result.returncode == 0
    for release in ("bookworm", "trixie", "testing"):
        assert rows[release] == ["-"] * 6 + ["no", "time"]
        assert f"Debian {release} is left out: 0 minutes have passed.\n" in result.stderr


def test_two_at_a_time_would_be_in_each_others_way(run_matrix, tmp_path):
    (tmp_path / "cache").mkdir()
    with open(tmp_path / "cache/lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result, rows = run_matrix("--minutes", "0")
    assert (result.returncode, rows) == (0, {})
    assert "Left out: another tools/matrix is at work in " in result.stderr
