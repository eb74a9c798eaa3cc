# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-check give a verdict that a script can rely on?"""
import json
import os
import shutil
import subprocess
import sys

import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.tshark import LAB_PASSWORD


@pytest.fixture(scope="module")
def check():
    program = programs.tshark_program()

    def run(*args, **options):
        return programs.run("cmrp-check", "--tshark", program, *args, **options)

    return run


@pytest.fixture
def clean(model, capture):
    """A capture in which no rule about calls is broken."""
    pcap = capture("clean")
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("Cluster Group", handle(1))
    calls.request(44, Group=handle(1))
    calls.response(Group=NULL_HANDLE, result=0)
    pcap.close()
    return pcap.path


@pytest.fixture
def broken(model, capture):
    """One finding, in a frame that is returned as well: success without a handle."""
    pcap = capture("broken")
    frame = Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("Cluster Group", NULL_HANDLE)
    pcap.close()
    return pcap.path, frame


# The captures made here are not sealed, which breaks rules of its own.
CALLS_ONLY = ("--not-rule", "transport-*")


def read_json(result):
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["type"] for one in objects] == ["finding"] * (len(objects) - 1) + ["summary"]
    return objects[:-1], objects[-1]


def test_a_clean_capture(check, clean):
    result = check(*CALLS_ONLY, clean)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "0 findings in 2 calls of 1 capture.\n"


def test_a_finding_is_one_line(check, broken):
    path, frame = broken
    result = check(*CALLS_ONLY, path)
    assert (result.returncode, result.stderr) == (1, "")
    line, summary = result.stdout.splitlines()
    place, level, section, rule, text = line.split(" ", 4)
    assert (place, level, rule) == (f"{path}:{frame}:", "MUST", "open-success-without-handle:")
    assert section.startswith("3")
    assert text
    assert summary == "1 finding (1 MUST) in 1 call of 1 capture."


def test_json_has_the_fields_of_the_plugin(check, captures_dir, tshark):
    names = ["frame.number", "cmrp.finding", "cmrp.finding.level", "cmrp.finding.section"]
    paths = [captures_dir / f"{name}.pcapng"
             for name in ("notify-ndr", "notify-udp", "association-groups", "rpcclient-ndr")]
    expected = []
    for path in paths:
        for frames, *columns in tshark.fields(path, names, "cmrp.finding", split=True):
            expected += [(str(path), int(frames[0]), *one) for one in zip(*columns, strict=True)]
    result = check("--json", *paths)
    found, summary = read_json(result)
    assert len(expected) > 4
    assert [(one["capture"], one["frame"], one["rule"], one["level"], one["section"]) for one in found] == expected
    assert all(one["text"] for one in found)
    assert (result.returncode, summary["exit_status"], summary["findings"]) == (1, 1, len(expected))
    assert sum(summary["levels"].values()) == sum(summary["rules"].values()) == len(expected)


def test_text_and_evidence_are_those_of_the_finding(check, captures_dir):
    found, _ = read_json(check("--json", "--rule", "handle-used-after-close", captures_dir / "notify-ndr.pcapng"))
    one, = found
    assert 43 in one["evidence"]
    assert "closed in frame 43" in one["text"]


def test_several_findings_of_a_frame_keep_their_texts(check, model, capture):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    opened = calls.open_group("Cluster Group", handle(1))
    calls.create_notify(handle(2))
    calls.request(56, Notify=handle(2))
    closed = calls.response(Notify=NULL_HANDLE, result=0)
    # The closed port, and the group in place of a node.
    frame = calls.request(58, hNotify=handle(2), hNode=handle(1), dwFilter=1, dwNotifyKey=1)
    found, _ = read_json(check("--json", "--rule", "handle-*", pcap.__fspath__()))
    found = {one["rule"]: one for one in found}
    assert set(found) == {"handle-used-after-close", "handle-of-wrong-type"}
    assert {one["frame"] for one in found.values()} == {frame}
    used, wrong = found["handle-used-after-close"], found["handle-of-wrong-type"]
    assert f"closed in frame {closed}" in used["text"] and closed in used["evidence"]
    assert "HGROUP_RPC" in wrong["text"] and wrong["evidence"] == [opened]


def test_a_large_capture_gives_the_same(check, model, capture):
    # Most of it are other protocols' frames.
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    frame = calls.open_group("Cluster Group", NULL_HANDLE)
    calls.conn.fin()
    filler = pcap.udp()
    for _ in range(70):
        filler.request(200, bytes(64000), version=9)
    found, summary = read_json(check("--json", *CALLS_ONLY, pcap.__fspath__()))
    assert [(one["frame"], one["rule"]) for one in found] == [(frame, "open-success-without-handle")]
    assert (summary["calls"], summary["pdus"], summary["frames"]) == (1, 2, pcap.frames)


def test_levels_and_rules_select(check, captures_dir):
    path = captures_dir / "refused-opnums.pcapng"

    def rules(*options):
        result = check("--json", *CALLS_ONLY, *options, path)
        found, summary = read_json(result)
        assert result.returncode == summary["exit_status"] == (1 if found else 0)
        return {one["rule"] for one in found}

    everything = rules()
    assert {"method-reserved-for-local-use", "method-reserved-for-future-use"} <= everything
    must = rules("--level", "MUST")
    assert "method-reserved-for-local-use" in must and "method-reserved-for-future-use" not in must
    assert "method-reserved-for-future-use" in rules("--level", "SHOULD")
    assert rules("--rule", "method-reserved-for-future-use") == {"method-reserved-for-future-use"}
    assert not any(rule.startswith("method-reserved-") for rule in rules("--not-rule", "method-reserved-*"))
    for option in ("--rule", "--not-rule"):
        for rule in ("method-reserved", "no-such-*"):
            result = check(option, rule, path)
            assert (result.returncode, result.stdout, result.stderr) == (
                2, "", f"cmrp-check: There is no rule {rule}: --list-rules tells which there are.\n")


def test_encrypted_calls_are_counted_and_read_with_the_password(check, captures_dir, tmp_path):
    path = captures_dir / "notify-sealed-ntlm.pcapng"
    plain = captures_dir / "notify-ndr.pcapng"
    closed = check(*CALLS_ONLY, path)
    assert closed.returncode == 2
    assert "18 calls are sealed with NTLM by LAB\\labuser: that user's password opens them" in closed.stdout
    secret = tmp_path / "secret"
    secret.write_text(f"{LAB_PASSWORD}\n")
    opened, _ = read_json(check("--json", "--rule", "handle-*", "--nt-password-file", secret, path))
    assert opened == read_json(check("--json", "--rule", "handle-*", "--nt-password", LAB_PASSWORD, path))[0]
    assert [one["rule"] for one in opened] == [
        one["rule"] for one in read_json(check("--json", "--rule", "handle-*", plain))[0]]
    assert opened


def test_the_password_is_on_no_command_line(captures_dir):
    folder = sandbox.sandbox().new_folder()
    folder.chmod(0o777)
    spy = folder / "tshark"
    spy.write_text(f"#!/bin/sh\necho \"$@\" >>{folder}/words\n")
    spy.chmod(0o755)
    programs.run("cmrp-check", "--tshark", spy, "--nt-password", LAB_PASSWORD, captures_dir / "notify-ndr.pcapng")
    words = (folder / "words").read_text()
    assert "cmrp,json" in words
    assert LAB_PASSWORD not in words


def test_two_passes_give_the_same(check, captures_dir):
    path = captures_dir / "notify-ndr.pcapng"
    assert check("--two-pass", path).stdout == check(path).stdout


def test_a_port_that_wireshark_does_not_know(check, model, capture):
    # The first segment is too short for the heuristics.
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    other = pcap.tcp(server=("10.0.0.2", 49333), mss=10)
    other.bind()
    other.bind_ack()
    other.request(41, calls.pack_request(41, lpszGroupName="Cluster Group"))
    other.response(calls.pack_response(41, Status=0, rpc_status=0, result=NULL_HANDLE))
    path = pcap.__fspath__()
    assert "Nothing to judge" in check("--rule", "open-*", path).stdout
    for option in (("--port", 49333), ("--decode-as", "tcp.port==49333,dcerpc")):
        found, summary = read_json(check("--json", "--rule", "open-*", *option, path))
        assert [one["rule"] for one in found] == ["open-success-without-handle"]
        assert summary["calls"] == 1


def test_nothing_to_judge(check, capture, captures_dir):
    pcap = capture()
    pcap.tcp().fin()
    path = pcap.__fspath__()
    result = check(path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Nothing to judge: no ClusAPI call was found")
    result = check("--require-calls", path)
    assert result.returncode == 2
    assert result.stderr == f"cmrp-check: The capture {path} holds no ClusAPI call that can be read: it has none.\n"
    result = check("--require-calls", captures_dir / "notify-sealed-ntlm.pcapng")
    assert (result.returncode, "all of them are encrypted" in result.stderr) == (2, True)


def test_bad_captures_do_not_hide_good_ones(check, broken, tmp_path):
    path, frame = broken
    cut = tmp_path / "cut.pcap"
    with open(path, "rb") as file:
        cut.write_bytes(file.read() + bytes(10))
    noise = tmp_path / "noise.pcap"
    noise.write_bytes(b"no capture\n")
    missing = tmp_path / "missing.pcap"
    result = check("--json", *CALLS_ONLY, noise, cut, missing, path)
    found, summary = read_json(result)
    assert result.returncode == summary["exit_status"] == 2
    assert [(one["capture"], one["frame"]) for one in found] == [(str(cut), frame), (path, frame)]
    assert [one["capture"] for one in summary["errors"]] == [str(noise), str(cut), str(missing)]
    said = result.stderr.splitlines()
    assert said[0] == f'cmrp-check: The file "{noise}" isn\'t a capture file in a format TShark understands.'
    assert "cut short" in said[1] and str(cut) in said[1]
    assert said[2] == f"cmrp-check: There is no capture {missing}."
    assert len(said) == 3


def test_what_is_no_capture_is_said(check, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    result = check(tmp_path, "/dev/null", tmp_path / "link")
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        f"cmrp-check: The capture {tmp_path} is a folder: name the files in it.",
        "cmrp-check: The capture /dev/null is no file: name one that holds a capture.",
        f"cmrp-check: The capture {tmp_path}/link is a link to {tmp_path}/gone, which is not there."]
    assert result.stdout == "Nothing could be judged in 3 captures.\n"


def test_what_wireshark_reads_as_a_document_is_no_capture(check, tmp_path):
    """Otherwise a wrong name would be clean: a page that says why a download failed, a picture, a key."""
    documents = {"page.json": b'{"message": "Not Found"}', "picture": b"\x89PNG\r\n\x1a\n" + bytes(30),
                 "key": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}
    for name, content in documents.items():
        path = tmp_path / name
        path.write_bytes(content)
        result = check(path)
        assert (result.returncode, result.stdout, result.stderr) == (
            2, "Nothing could be judged in 1 capture.\n",
            f"cmrp-check: The file {path} is no capture: Wireshark reads it as a document.\n")


def test_what_a_capture_that_is_empty_or_cut_says(check, clean, tmp_path):
    empty, cut = tmp_path / "empty.pcap", tmp_path / "cut.pcap"
    empty.touch()
    cut.write_bytes(open(clean, "rb").read()[:-10])
    result = check(*CALLS_ONLY, empty, cut)
    assert (result.returncode, result.stdout) == (
        2, "0 findings in 2 calls of 2 captures.\n2 captures could not be judged, or not to the end.\n")
    assert result.stderr.splitlines() == [
        f"cmrp-check: The capture {empty} is empty: what should write it has written nothing.",
        f'cmrp-check: The file "{cut}" appears to have been cut short in the middle of a packet. What stands before that was judged.']


def test_standard_input_and_pipes(check, broken, tmp_path):
    """Both are read more than once, whatever their size."""
    path, frame = broken
    with open(path, "rb") as stdin:
        result = check(*CALLS_ONLY, "-", stdin=stdin)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith(f"-:{frame}: MUST ")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", path, pipe]) as writer:
        result = check(*CALLS_ONLY, pipe)
    assert (result.returncode, writer.returncode) == (1, 0)
    assert result.stdout.startswith(f"{pipe}:{frame}: MUST ")
    with open(os.devnull, "rb") as stdin:
        result = check("-", stdin=stdin)
    assert (result.returncode, result.stderr) == (
        2, "cmrp-check: The standard input is empty: what should write it has written nothing.\n")


def test_names_from_packets_do_not_touch_the_terminal(check, model, capture):
    pcap = capture("a\x1b[2Jb")
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("x", NULL_HANDLE)
    result = check(*CALLS_ONLY, pcap.__fspath__())
    assert result.returncode == 1
    assert "\x1b" not in result.stdout and "a\\u001b[2Jb" in result.stdout


@pytest.mark.parametrize("options, sentence", [
    (["--plugin-dir", "/nowhere"], "There is no plugin /nowhere/VERSION/epan/cmrp.so."),
    (["--tshark", "/nowhere/tshark"], "/nowhere/tshark cannot be run: No such file or directory."),
    (["--nt-password-file", "/nowhere/secret"], "The password file /nowhere/secret cannot be read: "
                                                "No such file or directory."),
    (["--keytab", "/nowhere/keytab"], "There is no keytab /nowhere/keytab."),
    (["--decode-as", "nonsense"], "tshark refuses its options: "),
    (["--tshark", "/bin/true", "--rule", "open-*"], "tshark did not print the table of rules that was asked for."),
])
def test_what_is_wrong_is_one_sentence(clean, options, sentence):
    result = programs.run("cmrp-check", "--tshark", programs.tshark_program(), *options, clean)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"cmrp-check: {sentence}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("options, words", [
    (["--port", "0"], "0 is no port: a number from 1 to 65535"),
    (["--port", "http"], "http is no port: a number from 1 to 65535"),
    (["--nt-password", "a", "--nt-password-file", "b"], "not allowed with argument"),
    (["--level", "shall"], "invalid choice: 'shall'"),
    (["--lev", "MUST"], "unrecognized arguments: --lev"),
])
def test_a_wrong_command_is_no_verdict(clean, options, words):
    result = programs.run("cmrp-check", *options, clean)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr and "Traceback" not in result.stderr


def test_a_tshark_without_the_plugin(clean):
    env = programs.environment()
    del env["WIRESHARK_PLUGIN_DIR"]
    folder = sandbox.sandbox().new_folder()
    script = folder / "tshark"
    script.write_text("#!/bin/sh\n[ \"$1\" = -G ] && exit\n"
                      "echo 'tshark: cmrp.finding is neither a field nor a protocol name.' >&2\nexit 2\n")
    script.chmod(0o755)
    result = programs.run("cmrp-check", "--tshark", script, clean, env=env)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("cmrp-check: tshark did not load the plugin: it is not installed")
    assert result.stderr.count("\n") == 1


def test_installed_programs_find_their_modules(tmp_path):
    env = {**programs.environment(), "DESTDIR": str(tmp_path), "HOME": "/home/someone"}
    subprocess.run(["cmake", "-DCMAKE_INSTALL_PREFIX=/usr", "-P", sandbox.BUILD_DIR / "install-programs.cmake"],
                   env=env, check=True, capture_output=True)
    for name in ("cmrp-check", "cmrp-report", "cmrp-batch"):
        program, = tmp_path.rglob(f"bin/{name}")
        assert str(program).startswith(f"{tmp_path}/usr/" if os.geteuid() == 0 else f"{tmp_path}/home/someone/.local/")
        shown = subprocess.run([sys.executable, program, "--help"], cwd=tmp_path, env=env, capture_output=True,
                               text=True, check=False)
        assert (shown.returncode, shown.stderr) == (0, "") and f"usage: {name}" in shown.stdout
        assert list(tmp_path.rglob(f"man1/{name}.1"))


def test_the_manual_is_clean_and_names_every_option(check, captures_dir):
    manual = captures_dir.parent / "docs" / "man" / "cmrp-check.1"
    text = programs.manual("cmrp-check")
    words = check("--help").stdout.split()
    options = {word.strip("[],") for word in words if word.strip("[],").startswith("--")} - {"--help"}
    assert "--json" in options
    for option in options:
        assert f".It Fl {option[1:]}" in text, option
    if shutil.which("mandoc"):
        linted = subprocess.run(["mandoc", "-Tlint", "-W", "warning", manual], capture_output=True, text=True,
                                check=False)
        assert linted.stdout + linted.stderr == ""
