# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-check tell findings while the capture is still being written, and end well when somebody stops it?"""
import fcntl
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time

import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import telling  # noqa: E402
from cmrptools.model import Finding, Verdict  # noqa: E402

CAPTURES = sandbox.SOURCE_DIR / "captures"
BROKEN = CAPTURES / "notify-ndr.pcapng"
CLEAN = CAPTURES / "notify-clean-ndr.pcapng"
# Some of its connections are older than it, and are read in a second run.
LATE = CAPTURES / "late-start-ndr.pcapng"
CALLS_ONLY = ("--not-rule", "transport-*")
# Whoever waits longer waits for something that does not come.
PATIENCE = 60


def check(*words, **options):
    return programs.run("cmrp-check", "--tshark", programs.tshark_program(), *words, **options)


class Live:
    """cmrp-check at the end of a pipe that the test writes to."""

    def __init__(self, *words, tshark=None):
        self.temporary = sandbox.sandbox().new_folder()
        self.process = subprocess.Popen(
            programs.command("cmrp-check", "--tshark", tshark or programs.tshark_program(), *words), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env={**programs.environment(), "TMPDIR": str(self.temporary)})
        self._given_up = threading.Timer(PATIENCE, self.process.kill)

    def __enter__(self):
        self._given_up.start()
        return self

    def __exit__(self, *_):
        self._given_up.cancel()
        self.process.kill()
        self.process.communicate()

    def write(self, data):
        self.process.stdin.write(data)

    def wait_until_read(self):
        """All that was written so far is no longer in the pipe."""
        while fcntl.ioctl(self.process.stdin, termios.FIONREAD, bytes(4)) != bytes(4):
            assert self.process.poll() is None
            time.sleep(0.02)

    def close(self):
        self.process.stdin.close()
        self.process.stdin = None

    def lines(self, number):
        return [self.process.stdout.readline().decode() for _ in range(number)]

    def end(self):
        """Status, and what else was written; the pipe to it stays open until it has ended."""
        said, complaint = self.process.stdout.read().decode(), self.process.stderr.read().decode()
        status = self.process.wait()
        assert list(self.temporary.iterdir()) == []
        return status, said, complaint


def told(path, *words):
    """The lines that cmrp-check writes of a file, as if it had come through the pipe."""
    return check(*words, path).stdout.replace(str(path), "-").splitlines(keepends=True)


@pytest.mark.parametrize("number, words", [(signal.SIGINT, ()), (signal.SIGTERM, ("--json",))])
def test_findings_come_when_they_happen_and_a_signal_gives_the_summary(number, words):
    *findings, summary = told(BROKEN, *words)
    with Live(*words, "-") as live:
        live.write(BROKEN.read_bytes())
        assert live.lines(len(findings)) == findings
        live.process.send_signal(number)
        assert live.end() == (1, summary, "")


def test_a_document_is_whole_when_a_signal_ends_the_capture():
    with Live("--format", "sarif", *CALLS_ONLY, "-") as live:
        live.write(CLEAN.read_bytes())
        live.wait_until_read()
        live.process.send_signal(signal.SIGINT)
        status, said, complaint = live.end()
    run, = json.loads(said)["runs"]
    assert (status, complaint, run["results"], run["invocations"][0]["executionSuccessful"]) == (0, "", [], True)


def test_the_packet_that_was_coming_is_not_missed():
    """Who stops in its middle has not lost it; a capture that ends there by itself has."""
    *findings, summary = told(BROKEN)
    data = BROKEN.read_bytes()
    # The last four bytes of a block are its length.
    half = data + data[-int.from_bytes(data[-4:], "little"):-30]
    with Live("-") as live:
        live.write(half[:-1])
        live.lines(len(findings))
        live.process.send_signal(signal.SIGINT)
        live.write(half[-1:])
        assert live.end() == (1, summary, "")
    with Live("-") as live:
        live.write(half)
        live.close()
        status, _, complaint = live.end()
    assert status == 2 and "cut short in the middle of a packet" in complaint


def test_the_last_packets_of_a_program_that_was_stopped_too_are_waited_for():
    """In a pipeline of a shell both get the signal."""
    *findings, summary = told(BROKEN)
    data = BROKEN.read_bytes()
    with Live("-") as live:
        live.write(data[:4000])
        assert live.lines(1) == findings[:1]
        live.process.send_signal(signal.SIGINT)
        live.write(data[4000:])
        live.close()
        assert live.end() == (1, "".join([*findings[1:], summary]), "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_it_at_once(number):
    # A tshark that takes its time to end: otherwise all may be said before the second signal comes.
    slow = sandbox.sandbox().new_folder() / "tshark"
    slow.write_text(f"#!/bin/sh\n'{programs.tshark_program()}' \"$@\"\nstatus=$?\nsleep 5\nexit $status\n")
    slow.chmod(0o755)
    with Live("-", tshark=str(slow)) as live:
        live.write(BROKEN.read_bytes())
        live.lines(1)
        live.process.send_signal(number)
        # Two that are not yet handled would be one.
        time.sleep(0.4)
        live.process.send_signal(number)
        status, said, complaint = live.end()
    assert (status, complaint) == (128 + number, "")
    assert "findings" not in said


def test_a_reader_that_has_seen_enough():
    data = BROKEN.read_bytes()
    with Live("-") as live:
        live.write(data[:4000])
        live.lines(1)
        live.process.stdout.close()
        live.write(data[4000:])
        assert live.process.stderr.read() == b""
        assert live.process.wait() == 128 + signal.SIGPIPE
        assert list(live.temporary.iterdir()) == []


def test_with_the_program_that_captures():
    """dumpcap reads from a pipe here, as nobody has to be root for it; Ctrl-C goes to the whole pipeline."""
    *findings, summary = told(BROKEN)
    words = programs.command("cmrp-check", "--tshark", programs.tshark_program(), "-")
    dumpcap = subprocess.Popen(["dumpcap", "-q", "-i", "-", "-w", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    with dumpcap, subprocess.Popen(words, stdin=dumpcap.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                   env=programs.environment()) as process:
        given_up = threading.Timer(PATIENCE, process.kill)
        given_up.start()
        dumpcap.stdin.write(BROKEN.read_bytes())
        dumpcap.stdin.flush()
        assert [process.stdout.readline().decode() for _ in findings] == findings
        for one in (dumpcap, process):
            one.send_signal(signal.SIGINT)
        assert (process.stdout.read().decode(), process.stderr.read(), process.wait()) == (summary, b"", 1)
        given_up.cancel()


# ---------------------------------------------------------------- the same verdict as of a file

@pytest.mark.parametrize("words, path", [
    ((), LATE), (("--json",), LATE), (("--format", "github"), CAPTURES / "notify-sealed-ntlm.pcapng"), (("--two-pass",), BROKEN)])
def test_a_pipe_and_a_file_give_the_same(words, path):
    with open(path, "rb") as stdin:
        piped = check(*words, "-", stdin=stdin)
    whole = check(*words, path)
    # Findings on connections that are older than the capture come last.
    assert sorted(piped.stdout.splitlines()) == sorted(whole.stdout.replace(str(path), "-").splitlines())
    assert (piped.returncode, piped.stderr) == (whole.returncode, "")


def test_what_tshark_cannot_read_as_it_grows_is_read_whole(tmp_path):
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(BROKEN.read_bytes()))
    with open(packed, "rb") as stdin:
        assert check("-", stdin=stdin).stdout.splitlines(keepends=True) == told(BROKEN)


def test_a_baseline_holds_for_what_comes_through_a_pipe(tmp_path):
    baseline = tmp_path / "baseline.json"
    with open(BROKEN, "rb") as stdin:
        assert check("--write-baseline", baseline, "-", stdin=stdin).stdout == f"6 findings accepted in {baseline}.\n"
    with open(BROKEN, "rb") as stdin:
        result = check("--baseline", baseline, "-", stdin=stdin)
    assert (result.returncode, result.stdout.splitlines()) == (
        0, ["0 findings in 18 calls of 1 capture.", "6 more findings accepted by the baseline."])


def test_what_was_told_and_does_not_hold_is_taken_back():
    class Form:
        """Writes down what it is told."""
        said = []

        def finding(self, finding):
            self.said.append(finding.rule)

        def verdict(self, verdict):
            self.said.append("end")

    def finding(rule, frame=1):
        return Finding("-", frame, "MUST", "3", rule, "text", [])

    form = Form()
    one = telling.Telling(form, {("accepted", "", "", 1)})
    for rule in ("accepted", "stays", "goes"):
        one.now(finding(rule))
    assert one.rest(Verdict("-", findings=[finding("stays"), finding("late", 7)])) == [
        "-:1: goes does not hold, now that all connections could be read."]
    assert form.said == ["stays", "goes", "late", "end"]


# ---------------------------------------------------------------- what goes wrong

def test_a_tshark_that_fails_on_the_way_is_no_verdict(model, capture):
    """What it found until then is told, and counted."""
    script = sandbox.sandbox().new_folder() / "tshark"
    script.write_text(f"#!/bin/sh\n{programs.tshark_program()} \"$@\" | grep -v summary\necho 'tshark: Out of luck.' >&2\nexit 2\n")
    script.chmod(0o755)
    pcap = capture()
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("Cluster Group", NULL_HANDLE)
    pcap.close()
    with open(pcap.path, "rb") as stdin:
        result = programs.run("cmrp-check", "--tshark", script, "-", stdin=stdin)
    assert (result.returncode, result.stderr) == (2, "cmrp-check: Out of luck.\n")
    assert result.stdout.count("open-success-without-handle") == 1
    assert result.stdout.splitlines()[-2].startswith(f"{result.stdout.count(': MUST ')} findings (")


def test_a_tshark_that_ends_early_ends_it():
    """And not when the capture does, which goes on."""
    with Live("-", tshark="/bin/false") as live:
        live.write(BROKEN.read_bytes()[:2000])
        status, _, complaint = live.end()
    assert (status, complaint.count("\n")) == (2, 1)


def test_a_full_disk_is_said():
    full = subprocess.run(["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *programs.command(
        "cmrp-check", "--tshark", programs.tshark_program(), "-")], input=BROKEN.read_bytes() * 10, capture_output=True,
        env=programs.environment(), check=False)
    assert full.returncode == 2 and b"could not be kept in " in full.stderr and full.stderr.count(b"\n") == 1


def test_a_terminal_is_no_capture():
    ours, theirs = pty.openpty()
    result = check("-", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("cmrp-check: Standard input is a terminal")
    words = programs.command("cmrp-check", "--tshark", programs.tshark_program(), "-")
    result = subprocess.run(["sh", "-c", '"$@" <&-', "sh", *words], capture_output=True, text=True, env=programs.environment(),
                            check=False)
    assert (result.returncode, result.stderr) == (2, "cmrp-check: Standard input is closed.\n")
