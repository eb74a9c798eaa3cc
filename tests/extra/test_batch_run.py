# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a batch of two hundred captures lose anything, whoever is killed, and whichever file is bad?"""
import contextlib
import getpass
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.rpcpcap import Capture
from support.slurm import free_port

NUMBER = 200
FAILING = 7  # each seventh capture has a finding
TIMEOUT = 1800  # of a run over all captures, on a machine that is busy with much else


@pytest.fixture(scope="module")
def captures(model):
    """NUMBER captures made here, with some that have findings, a corrupt one and one that ends too early."""
    folder = sandbox.sandbox().new_folder()
    for number in range(NUMBER):
        with Capture(folder / f"{number:03}.pcap", start=1_700_000_000 + number * 60) as capture:
            calls = Calls(model, capture, ENCODINGS["2-ndr" if number % 3 == 0 else "3-ndr"])
            calls.open_group(f"Group {number}", handle(number) if number % FAILING else NULL_HANDLE)
            for _ in range(number % 5):
                calls.create_notify(handle(number + 1))
    paths = sorted(folder.iterdir())
    paths[50].write_bytes(b"no capture\n" * 99)
    paths[51].write_bytes(paths[51].read_bytes()[:-5])
    return folder


@pytest.fixture(scope="module")
def at_once(captures):
    """What one run over all of them says."""
    result = programs.run("cmrp-check", "--json", "--tshark", programs.tshark_program(), *sorted(captures.iterdir()),
                          timeout=TIMEOUT)
    assert result.returncode == 2
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def manifest(captures, tmp_path):
    path = tmp_path / "manifest.json"
    result = programs.run("cmrp-batch", "plan", captures, "-o", path, "--seconds", 120,
                          "--tshark", programs.tshark_program())
    assert result.stdout.startswith(f"{NUMBER} tasks with {NUMBER} captures")
    return path


@contextlib.contextmanager
def running(manifest, *words):
    process = subprocess.Popen(
        programs.command("cmrp-batch", "run", manifest, "--progress", *words), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=programs.environment(),
        start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def results(manifest):
    return list(Path(f"{manifest}.results").glob("*.jsonl"))


def wait_until(reached, seconds=600):
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def tree_of(parent):
    """The processes below one, from /proc: pid -> its words."""
    children, words = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(above, []).append(int(entry.name))
                words[int(entry.name)] = (entry / "cmdline").read_bytes().split(b"\0")
    found, waiting = {}, [parent]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found[child] = words.get(child, [])
            waiting.append(child)
    return found


def check_nothing_is_lost(manifest, at_once):
    said = programs.run("cmrp-batch", "summary", "--findings", "--json", manifest)
    assert said.returncode == 2
    whole = [json.loads(line) for line in said.stdout.splitlines()]
    assert {json.dumps(one, sort_keys=True) for one in whole[:-1]} == {
        json.dumps(one, sort_keys=True) for one in at_once[:-1]}
    assert len(whole) == len(at_once) > NUMBER // FAILING
    assert whole[-1]["missing"] == 0
    for name, value in at_once[-1].items():
        if name == "errors":
            assert sorted(map(str, whole[-1][name])) == sorted(map(str, value))
        else:
            assert whole[-1][name] == value, name
    assert len(whole[-1]["errors"]) == 2
    assert not list(Path(f"{manifest}.results").glob(".*.tmp"))


def test_a_killed_worker_loses_nothing(manifest, at_once):
    with running(manifest) as process:
        wait_until(lambda: len(results(manifest)) >= 10)
        killed = []

        def kill_one():
            for pid, words in tree_of(process.pid).items():
                if b"task" in words and any(word.endswith(b"cmrp-batch") for word in words):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
                        return True
            return False

        wait_until(kill_one)
        output, errors = process.communicate(timeout=TIMEOUT)
    assert killed
    assert process.returncode == 2
    assert "2 captures could not be judged, or not to the end." in output
    assert f"of {NUMBER} tasks done" in errors
    check_nothing_is_lost(manifest, at_once)


def test_after_kill_9_the_next_run_goes_on(manifest, at_once):
    with running(manifest) as process:
        wait_until(lambda: len(results(manifest)) >= 20)
        # Session and all: GNU parallel gives its workers groups of their own.
        for pid in [*tree_of(process.pid), process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    made = {path: path.stat().st_mtime_ns for path in results(manifest)}
    assert 20 <= len(made) < NUMBER
    result = programs.run("cmrp-batch", "run", manifest, "--jobs", 2, timeout=TIMEOUT)
    assert result.returncode == 2
    assert {path: path.stat().st_mtime_ns for path in made} == made
    check_nothing_is_lost(manifest, at_once)


@pytest.fixture
def login(tmp_path):
    """This machine as an ssh server of its own: what parallel's --sshlogin takes."""
    server = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert server, "This test needs sshd: install the package openssh-server."
    port = free_port()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    process = subprocess.Popen(
        [server, "-D", "-f", "/dev/null", "-h", tmp_path / "host", "-o", f"Port={port}",
         "-o", "ListenAddress=127.0.0.1", "-o", f"AuthorizedKeysFile={tmp_path}/user.pub",
         "-o", "StrictModes=no", "-o", f"PidFile={tmp_path}/pid",
         "-o", "PermitRootLogin=yes", "-o", "UsePAM=no"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    words = (f"ssh -p {port} -i {tmp_path}/user -o BatchMode=yes -o StrictHostKeyChecking=no "
             f"-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR")
    try:
        wait_until(lambda: subprocess.run([*words.split(), "localhost", "true"], capture_output=True,
                                          check=False).returncode == 0, 60)
        yield f"{words} {getpass.getuser()}@localhost"
    finally:
        process.terminate()
        process.wait()


def test_other_machines_help(login, captures, tmp_path):
    assert shutil.which("parallel"), "This test needs GNU parallel: install the package parallel."
    some = sandbox.sandbox().new_folder()
    for path in sorted(captures.iterdir())[:20]:
        shutil.copy(path, some)
    manifest = tmp_path / "manifest.json"
    programs.run("cmrp-batch", "plan", some, "-o", manifest, "--tshark", programs.tshark_program())
    result = programs.run("cmrp-batch", "run", manifest, "--sshlogin", f"2/{login}", timeout=TIMEOUT)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.splitlines()[-1].endswith("of 20 captures.")
