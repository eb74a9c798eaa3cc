# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the programs end when something goes wrong, and what do they leave behind?

Scripts read the exit status: 0 clean, 1 findings. Whatever fails is 2.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls
from support.tshark import LAB_PASSWORD

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import surroundings  # noqa: E402

PROGRAMS = sandbox.SOURCE_DIR / "programs"
CAPTURES = sandbox.SOURCE_DIR / "captures"
BROKEN = CAPTURES / "notify-ndr.pcapng"
# The byte is a letter in Latin-1, and no UTF-8.
NO_UTF8 = os.fsdecode(b"caf\xe9.pcapng")


def script(text):
    """A program that stands in for tshark and may be run by whoever runs tshark."""
    path = sandbox.sandbox().new_folder() / "tshark"
    path.write_text(text)
    path.chmod(0o755)
    return path


def real_tshark_and(filter_words):
    """tshark, whose standard output a filter changes; its exit status is kept."""
    return script(f"#!/bin/bash\nset -o pipefail\n'{shutil.which(programs.tshark_program())}' \"$@\" | {filter_words}\n")


def check(*words, tshark=None, **options):
    return programs.run("cmrp-check", "--tshark", tshark or programs.tshark_program(), *words, **options)


# ---------------------------------------------------------------- faults of the program, and of what it writes to

def test_a_fault_of_the_program_is_no_verdict():
    code = ("import sys; sys.path.insert(0, sys.argv[1])\nfrom cmrptools import errors\n"
            "errors.run_main('cmrp-some', lambda: [][1])")
    result = subprocess.run([sys.executable, "-c", code, PROGRAMS], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("cmrp-some: a fault of this program, please report it: IndexError: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["cmrp-check", "cmrp-report", "cmrp-batch", "cmrp-doctor"])
def test_a_program_without_its_modules_gives_no_verdict(name, tmp_path):
    shutil.copy(PROGRAMS / name, tmp_path / name)
    for modules in (False, True):
        if modules:
            shutil.copytree(PROGRAMS / "cmrptools", tmp_path / "cmrptools")
            (tmp_path / "cmrptools/errors.py").write_text("this is no Python\n")
        result = subprocess.run([sys.executable, tmp_path / name, "x"], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr.count("\n")) == (2, 1), result.stderr
        assert result.stderr.startswith(f"{name}: its modules cannot be loaded: ")


def test_output_that_cannot_be_written_is_no_verdict():
    words = programs.command("cmrp-check", "--tshark", programs.tshark_program(), BROKEN)
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, env=programs.environment(),
                                check=False)
    assert (result.returncode, result.stderr) == (2, "cmrp-check: No space left on device.\n")
    result = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *words], stderr=subprocess.PIPE, text=True,
                            env=programs.environment(), check=False)
    assert (result.returncode, result.stderr) == (2, "cmrp-check: Standard output is closed.\n")


# ---------------------------------------------------------------- a tshark that does not do what was asked

@pytest.mark.parametrize("tshark", [
    "nothing", "cat >/dev/null", "sed s/summary/end/", "sed '$d'", "sed -n 1p"])
def test_a_tshark_that_does_not_say_what_was_asked_is_never_clean(tshark, model, capture):
    """It prints nothing, or no summary."""
    pcap = capture()
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("Cluster Group", NULL_HANDLE)
    program = script("#!/bin/sh\nexit 0\n") if tshark == "nothing" else real_tshark_and(tshark)
    for name in ("cmrp-check", "cmrp-report"):
        words = ["-o", sandbox.sandbox().new_folder() / "page.html"] if name == "cmrp-report" else []
        result = programs.run(name, "--tshark", program, *words, pcap.__fspath__())
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr == \
            f"{name}: tshark did not print the summary that was asked for, so nothing can be judged.\n"


@pytest.mark.parametrize("change, said", [
    ("s/^{.*finding/{&/", "The JSON that tshark wrote about"), ('s/"schema":1/"schema":2/', "not of the same version")])
def test_what_tshark_writes_and_nobody_understands_is_never_clean(change, said):
    result = check(BROKEN, tshark=real_tshark_and(f"sed '{change}'"))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_frames_of_one_time_are_counted_and_judged(model, capture):
    """For tshark's own tables they last no time."""
    pcap = capture(step=0)
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("Cluster Group", NULL_HANDLE)
    result = check("--not-rule", "transport-*", pcap.__fspath__())
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.endswith("1 finding (1 MUST) in 1 call of 1 capture.\n")


def test_findings_that_tshark_counts_but_does_not_print_are_missed():
    result = check(BROKEN, tshark=real_tshark_and("sed '/\"finding\"/d'"))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert " findings in " in result.stderr and "but its JSON holds 0" in result.stderr


def test_a_capture_without_frames_is_clean(capture):
    pcap = capture()
    result = check(pcap.__fspath__())
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Nothing to judge")


# ---------------------------------------------------------------- signals, and secrets

def files_with(folder, secret):
    found = []
    for path in folder.rglob("*"):
        # A link may lead out of the folder, to what only tshark can open.
        if path.is_file() and not path.is_symlink() and secret in path.read_bytes():
            found.append(path)
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_no_password_and_no_key_behind(number, tmp_path):
    keytab = tmp_path / "some.keytab"
    keytab.write_bytes(b"\x05\x02" + b"KEYBYTES")
    keytab.chmod(0o600)
    marks = sandbox.sandbox().new_folder()
    marks.chmod(0o777)
    # It reads both as tshark would, and then takes its time.
    slow = script(f"#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = -K ] && cat \"$2\" >{marks}/key; shift; done\n"
                  f"cat \"$WIRESHARK_CONFIG_DIR/preferences\" >{marks}/preferences\nmv {marks}/key {marks}/keys\n"
                  f"exec sleep 60\n")
    temporary = sandbox.sandbox().new_folder()
    words = programs.command("cmrp-check", "--tshark", slow, "--nt-password", LAB_PASSWORD, "--keytab", keytab, BROKEN)
    with subprocess.Popen(words, env={**programs.environment(), "TMPDIR": str(temporary)}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not (marks / "keys").exists():
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.02)
        assert (marks / "preferences").read_text() == f"ntlmssp.nt_password: {LAB_PASSWORD}\n"
        assert (marks / "keys").read_bytes() == keytab.read_bytes()
        assert files_with(temporary, LAB_PASSWORD.encode()) == files_with(temporary, b"KEYBYTES") == []
        process.send_signal(number)
        said, complaint = process.communicate(timeout=60)
    if number == signal.SIGKILL:
        assert files_with(temporary, LAB_PASSWORD.encode()) == files_with(temporary, b"KEYBYTES") == []
        subprocess.run(["pkill", "-f", str(slow)], check=False)
    else:
        assert (process.returncode, said, complaint) == (128 + number, "", "")
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("password", ["a b  c", "ends with,", "#:\\\"'%", "Größe 漢字", ""])
def test_tshark_reads_the_password_as_it_was_written(password):
    plugins = sandbox.BUILD_DIR / "plugins"
    with surroundings.Surroundings(plugins, {"ntlmssp.nt_password": password}) as place:
        said = subprocess.run([programs.tshark_program(), "-G", "currentprefs"], capture_output=True, encoding="utf-8",
                              check=True, **place.process_options()).stdout
    assert f"ntlmssp.nt_password: {password}\n" in said.replace("#ntlmssp", "ntlmssp")


@pytest.mark.parametrize("password, sentence", [
    (" leading", "begins with a space, which Wireshark's file of preferences cannot hold"),
    ("two\nlines", "has more than one line"),
    (os.fsdecode(b"\xff"), "is not UTF-8")])
def test_a_password_that_cannot_be_handed_on_is_refused(password, sentence):
    result = check("--nt-password", password, BROKEN)
    assert (result.returncode, result.stderr) == (2, f"cmrp-check: The value of ntlmssp.nt_password {sentence}.\n")


# ---------------------------------------------------------------- names of files

@pytest.fixture
def strange(tmp_path):
    """A capture whose name is no UTF-8."""
    path = os.path.join(tmp_path, NO_UTF8)
    shutil.copy(BROKEN, path)
    return path


def test_names_that_are_no_utf8_are_judged_as_others(strange):
    plain = check("--json", BROKEN)
    result = check("--json", strange)
    assert (result.returncode, result.stderr) == (1, "")
    ours, theirs = ([json.loads(line) for line in one.stdout.splitlines()] for one in (result, plain))
    assert [{**one, "capture": ""} for one in ours[:-1]] == [{**one, "capture": ""} for one in theirs[:-1]]
    assert {one["capture"] for one in ours[:-1]} == {strange}
    text = check(strange)
    assert (text.returncode, text.stderr) == (1, "")
    assert f"{os.path.dirname(strange)}/caf\\xe9.pcapng:44: MUST " in text.stdout
    missing = check(strange + "x")
    assert (missing.returncode, missing.stdout.count("\n")) == (2, 1)
    assert missing.stderr.startswith("cmrp-check: There is no capture /") and "caf\\xe9.pcapngx" in missing.stderr
    with open(strange, "wb") as file:
        file.write(b"no capture\n")
    noise = check(strange)
    assert (noise.returncode, noise.stderr.count("\n")) == (2, 1) and "Traceback" not in noise.stderr


def test_an_output_that_lacks_letters_is_no_failure(model, capture):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("Größe 漢字 \U0001f600", NULL_HANDLE)
    env = {**programs.environment(), "PYTHONIOENCODING": "latin-1"}
    assert check(pcap.__fspath__(), env=env).returncode == 1
    result = check("--json", pcap.__fspath__(), env=env)
    assert result.returncode == 1
    assert all(json.loads(line) for line in result.stdout.splitlines())


def test_a_report_about_a_name_that_is_no_utf8(strange, tmp_path):
    page = tmp_path / os.fsdecode(b"\xfcber.html")
    result = programs.run("cmrp-report", "--tshark", programs.tshark_program(), "-o", page, strange)
    assert (result.returncode, result.stderr) == (0, "")
    assert "caf\\xe9.pcapng" in page.read_text(encoding="utf-8")


def test_a_batch_with_names_that_are_no_utf8(strange, tmp_path):
    folder = os.path.join(tmp_path, os.fsdecode(b"\xe4"))
    os.mkdir(folder)
    shutil.move(strange, folder)
    manifest = os.path.join(folder, "manifest.json")

    def batch(*words):
        result = programs.run("cmrp-batch", *words)
        assert result.stderr == ""
        return result

    batch("plan", folder, "-o", manifest, "--tshark", programs.tshark_program())
    script_for_slurm = os.path.join(folder, "script")
    batch("slurm", manifest, "-o", script_for_slurm)
    printed = subprocess.run(programs.command("cmrp-batch", "slurm", manifest), capture_output=True, check=True).stdout
    with open(script_for_slurm, "rb") as file:
        assert file.read() == printed
    assert os.fsencode(manifest) in printed
    subprocess.run(["sh", script_for_slurm], env={**programs.environment(), "SLURM_ARRAY_TASK_ID": "0"}, check=True)
    result = batch("summary", "--findings", "--json", manifest)
    assert result.returncode == 1
    assert json.loads(result.stdout.splitlines()[0])["capture"] == os.path.join(folder, NO_UTF8)
    assert "caf\\xe9.pcapng:44: MUST" in batch("summary", "--findings", manifest).stdout
    merged = os.path.join(folder, "merged")
    batch("merge", *(os.path.join(f"{manifest}.results", name) for name in os.listdir(f"{manifest}.results")
                     if name.endswith(".jsonl")), "-o", merged)
    assert batch("summary", merged).returncode == 1


# What GNU parallel replaces in a template, and what a shell would run.
CODE = ["{= open F, '>', 'ran' =}", "{}{.}{#}{%}", "$(touch ran)`touch ran`;touch ran", "a\nb '\" \\ % {= 1 =}"]


@pytest.mark.parametrize("name", CODE)
def test_a_name_of_a_folder_is_never_run(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(BROKEN, folder / "one.pcapng")
    # In the place of parallel: what is on its command line would be a template; what it reads are commands.
    parallel = tmp_path / "bin" / "parallel"
    parallel.parent.mkdir()
    parallel.write_text("#!/bin/sh\nfor word in \"$@\"; do printf '%s\\n' \"$word\"; done >\"$WORDS\"\n"
                        "exec xargs -0 -n 1 \"$PARALLEL_SHELL\" -c\n")
    parallel.chmod(0o755)
    env = {**programs.environment(), "PATH": f"{parallel.parent}:{os.environ['PATH']}", "WORDS": str(tmp_path / "words")}
    manifest = folder / "manifest.json"
    assert programs.run("cmrp-batch", "plan", folder, "-o", manifest, "--tshark", programs.tshark_program()).returncode == 0
    # Parallel is asked where there are other machines.
    for words in ([], ["--sshlogin", ":"]):
        shutil.rmtree(f"{manifest}.results", ignore_errors=True)
        result = programs.run("cmrp-batch", "run", manifest, *words, env=env, cwd=tmp_path)
        assert result.returncode == 1, result.stderr
    assert str(tmp_path) not in (tmp_path / "words").read_text().replace(str(parallel), "")
    assert not list(tmp_path.rglob("ran"))


def test_a_name_of_a_folder_is_no_directive_for_slurm(tmp_path):
    for name, written in (("50% off", "50%%\\ off"), ("it's", "it\\'s"), ("a#b", "a\\#b")):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(BROKEN, folder / "one.pcapng")
        manifest = folder / "manifest.json"
        programs.run("cmrp-batch", "plan", folder, "-o", manifest)
        printed = programs.run("cmrp-batch", "slurm", manifest).stdout
        assert f"#SBATCH --output={tmp_path}/{written}/manifest.json.results/slurm-%A-%a.log\n" in printed
    folder = tmp_path / "x\n#SBATCH --wrap=touch ran"
    folder.mkdir()
    shutil.copy(BROKEN, folder / "one.pcapng")
    programs.run("cmrp-batch", "plan", folder, "-o", folder / "manifest.json")
    result = programs.run("cmrp-batch", "slurm", folder / "manifest.json")
    assert (result.returncode, result.stdout, result.stderr) == (
        2, "", "cmrp-batch: The folder for the results has a line break in its name, which no script for Slurm can have.\n")
