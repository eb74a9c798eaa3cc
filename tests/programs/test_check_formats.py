# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-check behave as other linters do: forms of output, known findings, and what it tells of its rules?"""
import json
import os
import pty
import re
import subprocess
import xml.etree.ElementTree as etree
from pathlib import Path

import jsonschema
import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle

CAPTURES = sandbox.SOURCE_DIR / "captures"
BROKEN = CAPTURES / "notify-ndr.pcapng"
SEALED = CAPTURES / "notify-sealed-ntlm.pcapng"
CALLS_ONLY = ("--not-rule", "transport-*")
SARIF = jsonschema.Draft202012Validator(json.loads(
    (sandbox.SOURCE_DIR / "tests/programs/data/sarif.schema.json").read_text(encoding="utf-8")))


def check(*words, **options):
    return programs.run("cmrp-check", "--tshark", programs.tshark_program(), *words, **options)


@pytest.fixture(scope="module")
def found():
    """The findings of BROKEN, as JSON."""
    return [json.loads(line) for line in check("--json", BROKEN).stdout.splitlines()][:-1]


# ---------------------------------------------------------------- where and what

def test_a_finding_names_method_handles_time_and_addresses(found, tshark):
    names = ["frame.number", "_ws.col.Info", "tcp.srcport", "tcp.dstport", "frame.time_epoch"]
    rows = {int(row[0]): row for row in tshark.fields(BROKEN, names, "cmrp.finding")}
    assert {one["frame"] for one in found} == set(rows)
    for one in found:
        _, info, source, destination, epoch = rows[one["frame"]]
        assert info.startswith(f"{one['method']} ")
        assert (one["source"], one["destination"]) == (f"127.0.0.1:{source}", f"127.0.0.1:{destination}")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["time"])
        seconds, _, fraction = epoch.partition(".")
        assert (int(one["time"][17:19]), one["time"][20:23]) == (int(seconds) % 60, fraction[:3])
    used, = (one for one in found if one["rule"] == "handle-used-after-close")
    assert used["handles"] == [{"id": 3, "type": "HNOTIFY", "name": "port 1"},
                               {"id": 2, "type": "HGROUP", "name": "Lab File Server"}]
    assert used["object"] == 'HGROUP "Lab File Server"'
    line, = (line for line in check(BROKEN).stdout.splitlines() if "handle-used-after-close" in line)
    assert line.endswith(f'(frames 15, 43) [ApiReAddNotifyGroup, HNOTIFY #3 "port 1", HGROUP #2 "Lab File Server", '
                         f'{used["source"]} → {used["destination"]}, {used["time"]}]')


def test_a_bind_has_no_method_and_a_datagram_has_ends():
    for capture in ("access-levels", "notify-udp"):
        *some, _ = (json.loads(line) for line in check("--json", CAPTURES / f"{capture}.pcapng").stdout.splitlines())
        assert some and all(one["source"] and one["destination"] and one["time"] for one in some)
        # The method is that of the finding's own PDU, or unknown.
        assert {type(one.get("method")) for one in some} <= {str, type(None)}


# ---------------------------------------------------------------- forms

def test_sarif(found, tmp_path):
    # One is named twice.
    result = check("--format", "sarif", BROKEN, SEALED, BROKEN, tmp_path / "a b%:c.pcap")
    assert result.returncode == 2
    document = json.loads(result.stdout)
    SARIF.validate(document)
    assert document["version"] == "2.1.0" and document["$schema"].endswith("sarif-2.1.0.json")
    run, = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) > 50
    results = [one for one in run["results"] if one["locations"][0]["physicalLocation"]["artifactLocation"]["index"] == 0]
    assert [(one["ruleId"], one["locations"][0]["physicalLocation"]["region"]["startLine"]) for one in results] == [
        (one["rule"], one["frame"]) for one in [*found, *found]]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["level"] in ("error", "warning", "note") and one["message"]["text"]
        # Each leads to the page of its rule.
        path, _, anchor = rules[one["ruleIndex"]]["helpUri"].removeprefix("file://").partition("#")
        headings = re.findall(r"^## (.*)", Path(path).read_text(encoding="utf-8"), re.M)
        assert anchor in {heading.lower().replace(" ", "-").replace(":", "").replace(",", "") for heading in headings}
    prints = [one["partialFingerprints"]["ruleMethodObjectPlace/v1"] for one in results]
    assert len(set(prints)) == len(found)
    invocation, = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    assert len(invocation["toolExecutionNotifications"]) == 2 == result.stderr.count("\n")
    uris = [one["location"]["uri"] for one in run["artifacts"]]
    assert uris[-1] == f"{tmp_path}/a%20b%25%3Ac.pcap"
    linked = json.loads(check("--format", "sarif", "--rules-url", "https://example.org/rules", BROKEN).stdout)
    assert linked["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"].startswith("https://example.org/rules#")


def test_junit(found, model, capture):
    result = check("--format", "JUnit", BROKEN, SEALED)
    suites = etree.fromstring(result.stdout)
    broken, sealed = suites
    assert [case.find("failure").get("type") for case in broken] == [one["rule"] for one in found]
    assert (int(broken.get("failures")), int(broken.get("errors"))) == (len(found), 0)
    assert "sealed with NTLM" in sealed.find("testcase/error").get("message")
    # Names are the same in the next run, in which frames are others, and each is there once.
    names = [case.get("name") for case in broken]
    assert len(set(names)) == len(names)
    assert 'handle-used-after-close ApiReAddNotifyGroup HGROUP "Lab File Server"' in names
    assert all(f"frame {one['frame']}: " in case.find("failure").get("message") for one, case in zip(found, broken, strict=True))
    assert not any(str(one["frame"]) in case.get("name") for one, case in zip(found, broken, strict=True))
    assert (int(suites.get("failures")), int(suites.get("errors"))) == (len(found) + int(sealed.get("failures")), 1)
    assert int(suites.get("tests")) == len(suites.findall("testsuite/testcase"))
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    # What is clean is one case that passes, and names from packets are text.
    pcap = capture("a<&\"b")
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("Größe]]>\x01<b>", handle(1))
    clean = etree.fromstring(check("--format", "junit", *CALLS_ONLY, pcap.__fspath__()).stdout)
    assert [(case.get("name"), list(case)) for case in clean.iter("testcase")] == [("keeps the rules", [])]
    calls.open_group("Größe]]>\x01<b>", NULL_HANDLE)
    env = {**programs.environment(), "PYTHONIOENCODING": "ascii"}
    assert etree.fromstring(check("--format", "junit", *CALLS_ONLY, pcap.__fspath__(), env=env).stdout)


def test_github(found):
    lines = check("--format", "github", BROKEN, SEALED).stdout.splitlines()
    assert lines[0].startswith(f"::error file={BROKEN},line=8,title=MUST transport-level::Client must ")
    assert len([line for line in lines if line.startswith(f"::error file={BROKEN},line=")]) == len(found)
    assert any(line.startswith(f"::error file={SEALED},title=not judged::18 calls are sealed ") for line in lines)
    assert not any(line.startswith("::") for line in lines[-2:])
    # What is allowed is told all the same.
    allowed = check("--format", "github", "--allow-unread", *CALLS_ONLY, SEALED)
    assert allowed.returncode == 0 and allowed.stdout.startswith(f"::notice file={SEALED},title=not read::18 calls are sealed ")


def test_properties_of_github_are_escaped(model, capture):
    pcap = capture("50%,a:b")
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("x", NULL_HANDLE)
    path = pcap.__fspath__()
    escaped = path.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    assert f"::error file={escaped},line=" in check("--format", "github", path).stdout


def at_terminal(stream, *words, **environment):
    """What cmrp-check writes to one of its streams, which is a terminal."""
    ours, theirs = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    with subprocess.Popen(programs.command("cmrp-check", *words), stdin=subprocess.DEVNULL, **streams,
                          env={**programs.environment(), "TERM": "xterm", **environment}) as process:
        os.close(theirs)
        said = b""
        # Reading the end of a terminal is an error.
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:
            pass
    os.close(ours)
    assert process.returncode == 1
    return said.decode().replace("\r\n", "\n")


def test_colours_are_for_terminals():
    words = ("stdout", "--tshark", programs.tshark_program(), BROKEN)
    plain = check(BROKEN).stdout
    assert "\x1b" not in plain
    coloured = at_terminal(*words)
    assert coloured.count("\x1b[31mMUST\x1b[0m ") == plain.count(": MUST ")
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain
    assert at_terminal(*words, NO_COLOR="1") == plain


def test_a_terminal_is_told_how_far_a_file_is_read():
    """On a line that is gone in the end. The stand-in reads a half, and takes its time."""
    path = sandbox.sandbox().readable(BROKEN)
    half = path.stat().st_size // 2
    script = sandbox.sandbox().new_folder() / "tshark"
    script.write_text(f"#!/bin/sh\nexec 3<{path}\ndd bs={half} count=1 <&3 >/dev/null 2>&1\nsleep 1\n"
                      f"exec 3<&-\nexec {programs.tshark_program()} \"$@\"\n")
    script.chmod(0o755)
    said = at_terminal("stderr", "--tshark", script, path)
    assert f"\r\x1b[K{path} (1 of 1): 50%" in said and said.endswith("\r\x1b[K")
    # Elsewhere nobody is told.
    assert check(path).stderr == ""


# ---------------------------------------------------------------- rules

def test_levels_are_taken_in_any_case():
    words = ("--json", "--level")
    assert check(*words, "must", BROKEN).stdout == check(*words, "MUST", BROKEN).stdout
    assert check(*words, "Suspicion", BROKEN).returncode == 1


def test_rules_are_listed_and_explained(tshark):
    listed = check("--list-rules").stdout.splitlines()
    told = [line.split("\t") for line in tshark.statistics(BROKEN, "cmrp,rules").splitlines() if "\t" in line]
    assert [line.split()[:2] for line in listed] == [row[:2] for row in told]
    assert all(line.endswith(f"  {row[5]}") for line, row in zip(listed, told, strict=True))
    result = check("--explain", "handle-used-after-close")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "handle-used-after-close" and lines[2] == "Client must not use a handle after its Close succeeded."
    said = dict(line.split(None, 1) for line in lines[4:])
    assert said["level"] == "MUST" and said["section"] == "section 3 of MS-CMRP"
    assert said["filter"] == 'cmrp.finding == "handle-used-after-close"'
    # The example is one.
    capture, frame = said["example"].split(", frame ")
    assert any(one["rule"] == "handle-used-after-close" and one["frame"] == int(frame) for one in map(
        json.loads, check("--json", sandbox.SOURCE_DIR / capture).stdout.splitlines()[:-1]))
    known = [json.loads(line) for line in check("--list-rules", "--format", "json").stdout.splitlines()]
    assert [one["id"] for one in known] == [row[0] for row in told] and all(one["example"] for one in known)
    assert said["page"].startswith("file:///") and said["page"].endswith("/docs/rules.md#using-handles")
    chosen = check("--list-rules", "--level", "must", "--rule", "notify-*", "--not-rule", "notify-v*").stdout.splitlines()
    assert [line.split()[0] for line in chosen] == [
        row[0] for row in told if row[1] == "MUST" and row[0].startswith("notify-") and not row[0].startswith("notify-v")]
    assert chosen
    wrong = check("--rule", "handle-use-after-close", BROKEN)
    assert wrong.stderr == ("cmrp-check: There is no rule handle-use-after-close. Is handle-used-after-close meant? "
                            "--list-rules tells which there are.\n")
    wrong = check("--explain", "no-such-rule")
    assert (wrong.returncode, wrong.stderr) == (
        2, "cmrp-check: There is no rule no-such-rule: --list-rules tells which there are.\n")


@pytest.mark.parametrize("name", ["cmrp-check", "cmrp-report", "cmrp-batch", "cmrp-doctor"])
def test_versions_and_usage_on_request_only(name):
    version = (sandbox.SOURCE_DIR / "VERSION").read_text().strip()
    result = programs.run(name, "--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{name} {version}\n", "")
    wrong = programs.run(name, "--no-such-option")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert wrong.stderr.endswith("--help tells how it is used).\n")


# ---------------------------------------------------------------- findings that are known

@pytest.fixture
def run_of(model, capture):
    """A capture of a test that opens groups: those that are named `broken` without a handle, from some client port."""
    def make(*broken, port=50000, before=0):
        pcap = capture(f"run{port}{before}{len(broken)}")
        for number in range(before):
            pcap.tcp(client=("10.0.0.9", 40000 + number)).fin()
        calls = Calls(model, pcap, ENCODINGS["3-ndr"])
        for name in broken:
            calls.open_group(name, NULL_HANDLE)
        calls.open_group("fine", handle(7))
        pcap.close()
        return pcap.path

    return make


def test_what_a_baseline_accepts_does_not_count(run_of, tmp_path):
    baseline = tmp_path / "baseline.json"
    first = run_of("A", "A")
    written = check(*CALLS_ONLY, "--write-baseline", baseline, first)
    assert (written.returncode, written.stdout) == (0, f"2 findings accepted in {baseline}.\n")
    result = check(*CALLS_ONLY, "--baseline", baseline, first)
    assert (result.returncode, result.stdout.splitlines()) == (
        0, ["0 findings in 3 calls of 1 capture.", "2 more findings accepted by the baseline."])
    # Another run has other frames and times; a finding more is a new one.
    assert check(*CALLS_ONLY, "--baseline", baseline, run_of("A", "A", port=50001, before=2)).returncode == 0
    assert check(*CALLS_ONLY, "--baseline", baseline, run_of("A")).returncode == 0
    more = check("--json", *CALLS_ONLY, "--baseline", baseline, run_of("A", "A", "A"))
    *found, summary = (json.loads(line) for line in more.stdout.splitlines())
    assert (more.returncode, len(found), summary["accepted"]) == (1, 1, 2)
    assert found[0]["frame"] == max(one["frame"] for one in map(json.loads, check(
        "--json", *CALLS_ONLY, run_of("A", "A", "A")).stdout.splitlines()[:-1]))
    # A baseline of nothing accepts nothing.
    assert check(*CALLS_ONLY, "--write-baseline", baseline, run_of()).returncode == 0
    assert check(*CALLS_ONLY, "--baseline", baseline, first).returncode == 1


def test_a_baseline_accepts_by_rule_method_and_object(found, tmp_path):
    baseline = tmp_path / "baseline.json"
    assert check("--write-baseline", baseline, BROKEN).returncode == 0
    content = json.loads(baseline.read_text())
    assert {(one["rule"], one["method"]) for one in content["accepted"]} == {
        (one["rule"], one["method"]) for one in found}
    for name in ("rule", "method", "object", "place"):
        other = json.loads(baseline.read_text())
        one, = (one for one in other["accepted"] if one["rule"] == "handle-used-after-close")
        one[name] = 2 if name == "place" else "another"
        (tmp_path / "other.json").write_text(json.dumps(other))
        result = check("--json", "--baseline", tmp_path / "other.json", BROKEN)
        *left, _ = (json.loads(line) for line in result.stdout.splitlines())
        assert (result.returncode, [one["rule"] for one in left]) == (1, ["handle-used-after-close"]), name


def test_what_is_wrong_with_a_baseline_is_one_sentence(tmp_path):
    path = tmp_path / "baseline.json"
    for content, sentence in ((None, f"The baseline {path} cannot be read: No such file or directory."),
                              ("[]", f"{path} is no baseline of cmrp-check."),
                              ("no JSON", f"{path} is no baseline of cmrp-check."),
                              ('{"version": 0, "accepted": []}', f"The baseline {path} was written by another version of "
                                                                 "cmrp-check: write it again.")):
        if content is not None:
            path.write_text(content)
        result = check("--baseline", path, BROKEN)
        assert (result.returncode, result.stdout, result.stderr) == (2, "", f"cmrp-check: {sentence}\n")
    # Of both one would lack what the other accepts.
    both = check("--baseline", path, "--write-baseline", path, BROKEN)
    assert (both.returncode, "not allowed with argument" in both.stderr) == (2, True)
    # What nobody could read may hide anything.
    result = check("--write-baseline", tmp_path / "new.json", SEALED)
    assert (result.returncode, (tmp_path / "new.json").exists()) == (2, False)
    assert "No baseline was written: not everything could be judged." in result.stderr


def test_quiet_says_on_standard_error_why_nothing_was_judged():
    result = check("--quiet", *CALLS_ONLY, SEALED)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "18 calls are sealed" in result.stderr
    assert check("--quiet", "--allow-unread", *CALLS_ONLY, SEALED).stderr == ""
