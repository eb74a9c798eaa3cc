# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the programs get by without what Python on Windows lacks? Piece by piece: there is no Python for Windows here."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import sandbox

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import files, host, pipes, surroundings  # noqa: E402
from cmrptools.errors import ToolError  # noqa: E402
from cmrptools.tshark import Tshark  # noqa: E402

NAMES = ["cmrp-check", "cmrp-report", "cmrp-batch", "cmrp-doctor"]
# Takes away what is missing on Windows, then runs the program that is named.
WITHOUT = """
import os, runpy, signal, sys
for name in ("pwd", "grp", "resource", "fcntl", "termios"):
    sys.modules[name] = None
for module, names in ((os, "geteuid getuid getegid getgid chown fchmod memfd_create symlink mkfifo killpg"),
                      (signal, "SIGHUP SIGPIPE SIGKILL")):
    for name in names.split():
        delattr(module, name)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def place():
    """The programs where an ordinary user can read them."""
    folder = sandbox.sandbox().new_folder() / "programs"
    shutil.copytree(sandbox.SOURCE_DIR / "programs", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    return folder


def run(code, place, name, *args):
    options = sandbox.sandbox().process_options(env={"PYTHONDONTWRITEBYTECODE": "1"})
    words = ["/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable, *code, place / name, *args]
    return subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                          timeout=120, check=False, **options)


@pytest.mark.parametrize("name", NAMES)
def test_each_starts(place, name):
    result = run(["-c", WITHOUT], place, name, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: ")


def test_a_verdict_is_the_same(place, captures_dir, tshark):
    words = ["--json", "--allow-unread", tshark.readable(captures_dir / "notify-ndr.pcapng")]
    expected = run([], place, "cmrp-check", *words)
    found = run(["-c", WITHOUT], place, "cmrp-check", *words)
    assert [json.loads(line) for line in expected.stdout.splitlines()]
    assert (found.returncode, found.stdout, found.stderr) == (expected.returncode, expected.stdout, "")


def test_the_plugin_is_brought_to_where_wireshark_looks(tmp_path, monkeypatch):
    monkeypatch.setattr(host, "WINDOWS", True)
    monkeypatch.setattr(host, "is_root", lambda: False)
    monkeypatch.setenv("APPDATA", str(tmp_path))
    plugin = tmp_path / "Wireshark/plugins/4.4/epan/cmrp.dll"
    plugin.parent.mkdir(parents=True)
    plugin.write_bytes(b"MZ")
    for folder in (None, tmp_path / "Wireshark/plugins"):
        with surroundings.Surroundings(folder) as found:
            assert (found.home / "plugins/4.4/epan/cmrp.dll").read_bytes() == b"MZ"
            assert "WIRESHARK_PLUGIN_DIR" not in found.process_options()["env"]
    with pytest.raises(ToolError, match=r"There is no plugin .*VERSION/epan/cmrp\.dll"):
        with surroundings.Surroundings(tmp_path / "nothing"):
            pass


def test_memory_has_no_limit_there(monkeypatch):
    monkeypatch.setattr(host, "resource", None)
    with pytest.raises(ToolError, match="cannot be limited on Windows"):
        Tshark(None, "tshark", [], None, limits=(None, 2**30))


def test_no_file_is_open_when_another_program_takes_it(tmp_path, monkeypatch):
    written = []
    with host.temporary_capture(lambda file: written.append(file) or file.write(b"x")) as path:
        assert written[0].closed
        with open(path, "rb") as file:
            assert file.read() == b"x"
    assert not os.path.exists(path)
    replace = os.replace

    def replace_closed(one, other):
        assert file.closed
        replace(one, other)

    monkeypatch.setattr(os, "replace", replace_closed)
    with files.whole(tmp_path / "result") as file:
        file.write("whole")
    assert (tmp_path / "result").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_standard_input_is_read_more_than_once(monkeypatch):
    capture = sandbox.SOURCE_DIR / "captures/notify-ndr.pcapng"
    with open(capture, "rb") as given:
        monkeypatch.setattr(sys, "stdin", given)
        with pipes.opened("-", at_once=False) as (path, feed):
            assert feed is None
            assert Path(path).read_bytes() == Path(path).read_bytes() == capture.read_bytes()
