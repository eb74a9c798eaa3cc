# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-batch put captures together rightly, lose nothing, and sum up as one run would?"""
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import by_capture, joined, results, rings, workers  # noqa: E402

CAPTURES = sandbox.SOURCE_DIR / "captures"
BROKEN = CAPTURES / "notify-ndr.pcapng"


def batch(command, *words, **options):
    return programs.run("cmrp-batch", command, *words, **options)


def plan(folder, manifest, *words):
    result = batch("plan", folder, "-o", manifest, "--tshark", programs.tshark_program(), *words)
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(Path(manifest).read_text())["tasks"]


def do(manifest, tasks, *words):
    return batch("task", manifest, *(task["id"] for task in tasks), *words)


def lines(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


# ---------------------------------------------------------------- which files belong together

def touch(folder, *names, size=100):
    for name in names:
        (folder / name).write_bytes(bytes(size))
    return [folder / name for name in names]


def groups(folder, most_bytes=1 << 30):
    found = rings.groups([path for path in folder.rglob("*") if path.is_file()], most_bytes)
    return [[path.name for path in group] for group in found]


def test_files_of_a_ring_belong_together(tmp_path):
    ring = ["eth0_00007_20260101235900.pcapng", "eth0_00008_20260102000000.pcapng", "eth0_00009_20260102000100.pcapng"]
    touch(tmp_path, *ring, "eth1_00008_20260102000000.pcapng", "other.pcapng", "other_1.pcapng")
    assert groups(tmp_path) == [ring, ["eth1_00008_20260102000000.pcapng"], ["other.pcapng"], ["other_1.pcapng"]]


def test_a_gap_or_a_new_start_begins_another_capture(tmp_path):
    names = ["a_00001_20260101000000.pcapng", "a_00002_20260101000100.pcapng", "a_00004_20260101000300.pcapng",
             "a_00001_20260103000000.pcapng", "a_00002_20260103000100.pcapng"]
    touch(tmp_path, *names)
    assert groups(tmp_path) == [names[:2], names[3:], names[2:3]]


def test_the_number_may_stand_last(tmp_path):
    names = ["a_20260101000000_00001.pcapng", "a_20260101000100_00002.pcapng"]
    touch(tmp_path, *names)
    assert groups(tmp_path) == [names]


def test_other_folders_and_endings_are_other_capture_points(tmp_path):
    (tmp_path / "x").mkdir()
    touch(tmp_path, "a_00001_20260101000000.pcapng", "a_00002_20260101000100.pcap")
    touch(tmp_path / "x", "a_00002_20260101000100.pcapng")
    assert all(len(group) == 1 for group in groups(tmp_path))


def test_other_interfaces_are_other_capture_points(tmp_path):
    one, two = touch(tmp_path, "a_00001_20260101000000.pcapng", "a_00002_20260101000100.pcapng")
    one.write_bytes(BROKEN.read_bytes())
    two.write_bytes((CAPTURES / "failures.pcapng").read_bytes())
    assert rings.interfaces(one) == rings.interfaces(two) and rings.interfaces(one)
    assert groups(tmp_path) == [[one.name, two.name]]
    subprocess.run(["editcap", "-T", "rawip", BROKEN, two], check=True, capture_output=True)
    assert groups(tmp_path) == [[one.name], [two.name]]


def test_a_group_has_a_largest_size(tmp_path):
    names = [f"a_{number:05}_2026010100{number:02}00.pcapng" for number in range(6)]
    touch(tmp_path, *names)
    assert groups(tmp_path, most_bytes=250) == [names[:2], names[2:4], names[4:]]


# ---------------------------------------------------------------- merging

def counted(draw, task):
    errors = draw(st.lists(st.sampled_from("abc"), max_size=2))
    unread = draw(st.lists(st.sampled_from("abc"), max_size=2))
    rules = draw(st.dictionaries(st.sampled_from(["r1", "r2", "r3"]), st.integers(1, 9), max_size=3))
    found = sum(rules.values())
    must = draw(st.integers(0, found))
    numbers = {name: draw(st.integers(0, 10**12)) for name in results._SUMS if name != "findings"}
    numbers["not_judged"] = draw(st.integers(len(set(errors)), 3))
    return {**results.nothing(), **numbers, "findings": found, "rules": rules, "tasks": [task],
            "levels": {"MUST": must, "SHOULD": found - must, "suspicion": 0},
            "errors": [{"capture": error, "error": "bad"} for error in errors],
            "unread": [{"capture": one, "reason": "sealed"} for one in unread],
            "by_capture": [{"capture": draw(st.sampled_from("abc")), "calls": draw(st.integers(0, 2))}],
            "exit_status": 2 if numbers["not_judged"] else 1 if found else 0}


@st.composite
def some_results(draw):
    return [counted(draw, f"task{number}") for number in range(draw(st.integers(0, 6)))]


@settings(max_examples=40, deadline=None)
@given(some_results(), st.data())
def test_portions_and_order_make_no_difference(parts, data):
    whole = results.merge(parts)
    mixed = data.draw(st.permutations(parts))
    cut = data.draw(st.integers(0, len(parts)))
    assert results.merge(mixed) == whole
    assert results.merge([results.merge(mixed[:cut]), results.merge(mixed[cut:])]) == whole
    assert results.merge([whole, results.nothing()]) == whole == results.merge([results.nothing(), whole])
    assert whole["exit_status"] == max([part["exit_status"] for part in parts], default=0)


def test_merged_files_are_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "MOST_OPEN", 2)
    paths = []
    for number in range(5):
        findings = [{"type": "finding", "capture": f"c{(number + step) % 3}", "frame": step * 7, "rule": "r",
                     "level": "MUST", "section": "3", "text": f"t{number}", "evidence": []} for step in range(number)]
        result = {**results.nothing(), "findings": number, "levels": {"MUST": number, "SHOULD": 0, "suspicion": 0},
                  "rules": {"r": number} if number else {}, "tasks": [str(number)], "exit_status": int(number > 0)}
        paths.append(tmp_path / f"{number}.jsonl")
        paths[-1].write_text("".join(map(results.line, [*sorted(findings, key=results.order), result])))

    def merged(name, *sources):
        with open(tmp_path / name, "w", encoding="utf-8") as file:
            results.merge_files(list(sources), file.write)
        return tmp_path / name

    whole = merged("whole", *paths).read_bytes()
    assert whole.count(b"\n") == 11
    left = merged("left2", merged("left1", *paths[:2]), *paths[2:]).read_bytes()
    right = merged("right2", paths[0], merged("right1", *reversed(paths[1:]))).read_bytes()
    assert whole == left == right


def test_a_result_of_another_version_is_none(tmp_path):
    old = results.nothing()
    del old["unread"]
    (tmp_path / "old.jsonl").write_text(results.line(old))
    result = batch("merge", tmp_path / "old.jsonl", "-o", tmp_path / "all.jsonl")
    assert (result.returncode, result.stderr) == (
        2, f"cmrp-batch: {tmp_path}/old.jsonl is no result of cmrp-batch, or not whole.\n")


def test_what_is_in_two_results_is_refused(tmp_path):
    path = tmp_path / "one.jsonl"
    path.write_text(results.line({**results.nothing(), "tasks": ["x"]}))
    out = tmp_path / "out.jsonl"
    result = batch("merge", path, path, "-o", out)
    assert (result.returncode, out.exists()) == (2, False)
    assert result.stderr == "cmrp-batch: The task x is in more than one of the results.\n"
    assert os.listdir(tmp_path) == ["one.jsonl"]


# ---------------------------------------------------------------- tasks

@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Captures with and without findings, and one that is none."""
    path = tmp_path_factory.mktemp("captures")
    (path / "deep").mkdir()
    for name in ("notify-ndr", "failures"):
        (path / f"{name}.pcapng").write_bytes((CAPTURES / f"{name}.pcapng").read_bytes())
    (path / "deep" / "refused.pcapng").write_bytes((CAPTURES / "refused-opnums.pcapng").read_bytes())
    (path / "deep" / "noise.pcap").write_bytes(b"no capture\n")
    (path / "readme.txt").write_text("no capture either")
    return path


@pytest.fixture(scope="module")
def done(folder, tmp_path_factory):
    """A manifest whose tasks are done."""
    manifest = tmp_path_factory.mktemp("batch") / "manifest.json"
    tasks = plan(folder, manifest)
    result = do(manifest, tasks)
    assert result.returncode == 2
    return manifest, tasks


def test_the_summary_is_that_of_one_run(folder, done):
    manifest, tasks = done
    assert len(tasks) == 4
    captures = sorted(str(path) for path in folder.rglob("*.pcap*"))
    at_once = [json.loads(line) for line in programs.run(
        "cmrp-check", "--json", "--tshark", programs.tshark_program(), *captures).stdout.splitlines()]
    result = batch("summary", "--findings", "--json", manifest)
    in_parts = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 2
    assert {json.dumps(one, sort_keys=True) for one in in_parts[:-1]} == {
        json.dumps(one, sort_keys=True) for one in at_once[:-1]}
    assert len(in_parts) == len(at_once) > 3
    summary = in_parts[-1]
    assert {name: summary[name] for name in at_once[-1] if name != "errors"} == {
        name: value for name, value in at_once[-1].items() if name != "errors"}
    assert sorted(map(str, summary["errors"])) == sorted(map(str, at_once[-1]["errors"]))
    assert (summary["tasks"], summary["missing"]) == (4, 0)


def test_merging_all_results_gives_the_summary(done, tmp_path):
    manifest, tasks = done
    paths = sorted(Path(f"{manifest}.results").glob("*.jsonl"))
    assert len(paths) == len(tasks)
    assert batch("merge", *paths, "-o", tmp_path / "all.jsonl").returncode == 0
    for words in ((), ("--json", "--findings")):
        assert batch("summary", *words, tmp_path / "all.jsonl").stdout == batch("summary", *words, manifest).stdout


def test_what_is_done_is_not_done_again(done):
    manifest, tasks = done
    paths = list(Path(f"{manifest}.results").glob("*.jsonl"))
    before = {path: path.stat().st_mtime_ns for path in paths}
    assert do(manifest, tasks).returncode == 2
    assert {path: path.stat().st_mtime_ns for path in paths} == before
    found = sum(lines(path)[-1]["exit_status"] == 1 for path in paths)
    assert found
    assert batch("status", manifest).stdout == \
        f"4 of 4 tasks done: {found} with findings, 1 could not be judged, or not to the end.\n"


def test_a_result_that_is_not_whole_is_none(folder, tmp_path):
    manifest = tmp_path / "manifest.json"
    tasks = plan(folder / "notify-ndr.pcapng", manifest)
    assert do(manifest, tasks).returncode == 1
    path, = Path(f"{manifest}.results").glob("*.jsonl")
    whole = path.read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        status = json.loads(batch("status", "--json", manifest).stdout)
        assert (status["tasks"], status["done"]) == (1, 0), length
    summary = batch("summary", manifest)
    assert (summary.returncode, summary.stdout) == (2, f"1 task without a result, such as {tasks[0]['id']}.\n")
    assert do(manifest, tasks, "--written").returncode == 0
    # All but the time it took.
    assert lines(path)[:-1] == [json.loads(line) for line in whole.splitlines()][:-1]


def test_a_change_of_captures_or_options_makes_other_tasks(folder, tmp_path):
    capture = tmp_path / "one.pcapng"
    capture.write_bytes((folder / "notify-ndr.pcapng").read_bytes())
    first = plan(tmp_path, tmp_path / "a.json")[0]["id"]
    assert plan(tmp_path, tmp_path / "a.json")[0]["id"] == first
    assert plan(tmp_path, tmp_path / "a.json", "--level", "MUST")[0]["id"] != first
    os.utime(capture, (1, 1))
    assert plan(tmp_path, tmp_path / "a.json")[0]["id"] != first


def test_shares_are_all_tasks_once(done):
    manifest, tasks = done
    from cmrptools import manifest as manifests
    from cmrptools import schedule

    loaded = manifests.load(manifest)
    for shares in (1, 2, 3, 4, 9):
        parts = [schedule.share(loaded, f"{number}/{shares}") for number in range(shares)]
        assert sorted(itertools.chain(*parts)) == sorted(task["id"] for task in tasks)
    assert do(manifest, [], "--share", "4/4").stderr == \
        "cmrp-batch: 4/4 is no share: it is I/N, with I from 0 to N-1.\n"


def test_the_script_for_slurm(done, tmp_path):
    manifest, tasks = done
    script = batch("slurm", manifest, "--shares", 2, "--most", 1, "--sbatch=--partition=short").stdout
    assert script.startswith("#!/bin/sh\n#SBATCH ")
    assert "#SBATCH --array=0-1%1\n" in script and "#SBATCH --partition=short\n" in script
    # What Slurm would run, on this machine.
    fresh = tmp_path / "manifest.json"
    fresh.write_text(Path(manifest).read_text().replace(f"{manifest}.results", f"{fresh}.results"))
    path = tmp_path / "script"
    path.write_text(batch("slurm", fresh, "--shares", 2).stdout)
    for number in range(2):
        ran = subprocess.run(["sh", path], env={**programs.environment(), "SLURM_ARRAY_TASK_ID": str(number)},
                             capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(batch("status", "--json", fresh).stdout)["done"] == len(tasks)


# ---------------------------------------------------------------- files that follow each other

@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    """notify-ndr in pieces of 17 frames."""
    path = tmp_path_factory.mktemp("ring")
    subprocess.run(["editcap", "-c", "17", BROKEN, path / "ring.pcapng"], check=True, capture_output=True)
    return path


def test_handles_are_followed_from_file_to_file(ring, tmp_path):
    tasks = plan(ring, tmp_path / "manifest.json")
    assert [len(task["files"]) for task in tasks] == [4]
    assert do(tmp_path / "manifest.json", tasks).returncode == 1
    *found, result = lines(next((tmp_path / "manifest.json.results").iterdir()))
    expected = [json.loads(line) for line in programs.run(
        "cmrp-check", "--json", "--tshark", programs.tshark_program(), BROKEN).stdout.splitlines()][:-1]
    names = [f"{path}" for path in sorted(ring.iterdir())]
    assert [(one["rule"], names.index(one["capture"]) * 17 + one["frame"]) for one in found] == [
        (one["rule"], one["frame"]) for one in expected]
    for one, whole in zip(found, expected):
        files = one.get("evidence_in", [one["capture"]] * len(one["evidence"]))
        assert [names.index(file) * 17 + frame for file, frame in zip(files, one["evidence"])] == whole["evidence"]
    used = next(one for one in found if one["rule"] == "handle-used-after-close")
    # Frame 43 of the whole is frame 9 of the third file, where the finding is as well.
    assert "closed in frame 9." in used["text"] and used["capture"] == names[2]
    assert (result["captures"], result["frames"]) == (4, 62)


def test_a_bad_file_in_a_ring_parts_it_and_hides_nothing_else(ring, tmp_path):
    copies = tmp_path / "ring"
    copies.mkdir()
    names = [path.name for path in sorted(ring.iterdir())]
    for name in names:
        (copies / name).write_bytes((ring / name).read_bytes())
    (copies / names[2]).write_bytes(b"no capture\n")
    joins, errors = joined.pieces([str(copies / name) for name in names])
    assert [[Path(file).name for file in join.files] for join in joins] == [names[:2], names[3:]]
    assert [Path(file).name for file, _ in errors] == [names[2]]
    # One that ends in the middle of a packet is read as far as it goes.
    (copies / names[2]).write_bytes((ring / names[2]).read_bytes()[:-7])
    tasks = plan(copies, tmp_path / "manifest.json")
    assert do(tmp_path / "manifest.json", tasks).returncode == 2
    *found, result = lines(next((tmp_path / "manifest.json.results").iterdir()))
    assert [error["capture"] for error in result["errors"]] == [str(copies / names[2])]
    assert result["frames"] == 61
    assert {one["rule"] for one in found} >= {"handle-of-wrong-type"}


# ---------------------------------------------------------------- on this machine

@pytest.fixture
def alone(tmp_path):
    """Surroundings in which GNU parallel is a trap."""
    folder = tmp_path / "bin"
    folder.mkdir()
    trap = folder / "parallel"
    trap.write_text(f"#!/bin/sh\n: >'{folder}'/used\nexit 99\n")
    trap.chmod(0o755)
    yield {**programs.environment(), "PATH": f"{folder}:{os.environ['PATH']}"}
    assert not (folder / "used").exists()


def tshark_that(folder, text):
    """A tshark that does something first when it is to judge."""
    folder.chmod(0o777)
    path = folder / "tshark"
    path.write_text(f'#!/bin/sh\ncase "$*" in *cmrp,json*)\n{text}\n;; esac\nexec \'{programs.tshark_program()}\' "$@"\n')
    path.chmod(0o755)
    return path


def copies(folder, number, name="notify-clean-ndr.pcapng"):
    for place in range(number):
        (folder / f"{place:02}.pcapng").write_bytes((CAPTURES / name).read_bytes())
    return folder


def test_a_run_needs_no_other_program(folder, done, alone, tmp_path):
    """Each task is done, and the summary has a row a capture, the worst first."""
    manifest = tmp_path / "manifest.json"
    tasks = plan(folder, manifest)
    result = batch("run", manifest, "--jobs", 2, env=alone)
    assert (result.returncode, result.stderr) == (2, "")
    assert {path.stem for path in Path(f"{manifest}.results").iterdir()} == {task["id"] for task in tasks}
    assert result.stdout == batch("summary", done[0]).stdout
    head, *rows = result.stdout.partition("\n\n")[0].splitlines()
    assert head.split() == ["MUST", "SHOULD", "suspicion", "calls", "capture"]
    found = [(*map(int, row.split()[:4]), row.split(maxsplit=4)[4]) for row in rows]
    assert found == sorted(found, key=lambda row: (*(-number for number in row[:3]), "could not be judged" not in row[4]))
    for *levels, _, name in found:
        if "could not" not in name:
            check = [json.loads(line) for line in programs.run(
                "cmrp-check", "--json", "--tshark", programs.tshark_program(), name).stdout.splitlines()][-1]
            assert list(check["levels"].values()) == levels, name
    assert [Path(row[4].split(" (")[0]).name for row in found if "could not be judged" in row[4]] == ["noise.pcap"]


def test_two_tasks_at_a_time(alone, tmp_path):
    """Each tshark waits until another one runs: one after the other would take forever."""
    flags = sandbox.sandbox().new_folder()
    slow = tshark_that(flags, f"""    : >'{flags}'/started.$$
    until [ $(ls '{flags}'/started.* | wc -l) -ge 2 ]; do sleep 0.05; done""")
    (tmp_path / "some").mkdir()
    assert batch("plan", copies(tmp_path / "some", 2), "-o", tmp_path / "m.json", "--tshark", slow).returncode == 0
    result = batch("run", tmp_path / "m.json", "--jobs", 2, env=alone)
    assert "0 of 2" not in batch("status", tmp_path / "m.json").stdout
    assert (result.stderr, batch("status", tmp_path / "m.json").returncode) == ("", 0)


def test_one_that_is_killed_is_begun_anew(alone, tmp_path):
    flags = sandbox.sandbox().new_folder()
    (tmp_path / "some").mkdir()
    captures = copies(tmp_path / "some", 2)
    # tshark is a child of the worker; nobody may not kill root's, so the flag asks this test to do it.
    fatal = tshark_that(flags, f"    if mkdir '{flags}'/once 2>/dev/null; then echo $PPID >'{flags}'/kill; sleep 60; fi")
    assert batch("plan", captures, "-o", tmp_path / "m.json", "--tshark", fatal).returncode == 0
    process = subprocess.Popen(programs.command("cmrp-batch", "run", tmp_path / "m.json", "--jobs", 1), env=alone,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    end = time.monotonic() + 60
    while not (flags / "kill").exists() or not (flags / "kill").read_text().strip():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    os.kill(int((flags / "kill").read_text()), signal.SIGKILL)
    _, errors = process.communicate(timeout=120)
    assert (errors, batch("status", tmp_path / "m.json").stdout[:17]) == ("", "2 of 2 tasks done")


def test_what_fails_again_and_again_is_said_once_and_given_up(alone, tmp_path):
    (tmp_path / "some").mkdir()
    flags = sandbox.sandbox().new_folder()
    assert batch("plan", copies(tmp_path / "some", 12), "-o", tmp_path / "m.json", "--tshark",
                 tshark_that(flags, f"    echo x >>'{flags}'/runs; exit 0")).returncode == 0
    result = batch("run", tmp_path / "m.json", "--jobs", 1, env=alone)
    assert result.returncode == 2
    assert result.stderr == "cmrp-batch: tshark did not print the summary that was asked for, so nothing can be judged.\n"
    assert "12 tasks without a result" in result.stdout
    assert 3 <= len((flags / "runs").read_text().split()) < 12


def test_who_is_asked_to_end_leaves_nothing_running(alone, tmp_path):
    flags = sandbox.sandbox().new_folder()
    (tmp_path / "some").mkdir()
    slow = tshark_that(flags, f"    echo $$ $PPID >'{flags}'/running.$$; exec sleep 60")
    assert batch("plan", copies(tmp_path / "some", 5), "-o", tmp_path / "m.json", "--tshark", slow).returncode == 0
    process = subprocess.Popen(programs.command("cmrp-batch", "run", tmp_path / "m.json", "--jobs", 2), env=alone,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while len(list(flags.glob("running.*"))) < 2:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    process.terminate()
    assert process.wait(60) == 128 + signal.SIGTERM
    started = [int(word) for path in flags.glob("running.*") for word in path.read_text().split()]
    assert len(started) == 4
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("jobs, expected", [
    (None, 4), ("3", 3), ("50%", 2), ("200%", 8), ("+2", 6), ("-1", 3), ("-9", 1), ("0%", 1)])
def test_jobs_are_those_of_parallel(monkeypatch, jobs, expected):
    monkeypatch.setattr(workers.host, "cores", lambda: 4)
    assert workers.number_of(jobs) == expected


def test_a_row_a_capture(done, ring, tmp_path):
    """All of them where they are asked for; files that belong together are one."""
    rows = [json.loads(line) for line in batch("summary", "--captures", "--json", done[0]).stdout.splitlines()]
    assert [row["type"] for row in rows] == ["capture"] * 4 + ["summary"] and "by_capture" not in rows[-1]
    assert [row["exit_status"] for row in rows[:-1]].count(2) == 1
    tasks = plan(ring, tmp_path / "m.json")
    do(tmp_path / "m.json", tasks)
    row, said = map(json.loads, batch("summary", "--captures", "--json", tmp_path / "m.json").stdout.splitlines())
    assert (row["files"], row["calls"], sum(row["levels"].values())) == (4, said["calls"], said["findings"])
    assert "(the first of 4 files)" in batch("summary", tmp_path / "m.json").stdout


def test_rows_that_are_left_out_are_told():
    def row(number, must=0, state=by_capture.JUDGED):
        return {"capture": f"c{number}", "files": 1, "state": state, "levels": {"MUST": must, "SHOULD": 0, "suspicion": 0},
                "exit_status": 2 if state != by_capture.JUDGED else min(must, 1), "calls": number}

    rows = [row(1), row(2, 3), row(3, state=by_capture.UNREAD), row(4, 12), row(5, state=by_capture.ERROR), row(6)]
    head, *told = by_capture.lines(rows, 4)
    assert [line.split()[4] for line in told[:4]] == ["c4", "c2", "c5", "c3"]
    assert len({len(line.partition("c")[0]) for line in told[:4]}) == 1
    assert told[4] == "… and 2 more, 2 of them clean: summary --captures names all."
    assert len(list(by_capture.lines(rows, None))) == 7 and not list(by_capture.lines([], 3))


# ---------------------------------------------------------------- limits and mistakes

def test_a_task_has_its_time_and_memory(model, capture, tmp_path):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    for _ in range(3000):
        calls.open_group("Cluster Group", handle(1))
        calls.request(44, Group=handle(1))
        calls.response(Group=NULL_HANDLE, result=0)
    path = pcap.__fspath__()
    slow = sandbox.sandbox().new_folder() / "tshark"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    assert batch("plan", path, "-o", tmp_path / "a.json", "--seconds", 1, "--tshark", slow).returncode == 0
    tasks = json.loads((tmp_path / "a.json").read_text())["tasks"]
    assert do(tmp_path / "a.json", tasks).returncode == 2
    result, = lines(next((tmp_path / "a.json.results").iterdir()))
    assert result["errors"] == [{"capture": path, "error": f"Reading {path} took more than 1 s."}]
    if "CMRP_LD_PRELOAD" not in os.environ:
        # The sanitizers take address space that is not used.
        tasks = plan(path, tmp_path / "b.json", "--memory", 150)
        assert do(tmp_path / "b.json", tasks).returncode == 2
        result, = lines(next((tmp_path / "b.json.results").iterdir()))
        assert result["errors"] == [{"capture": path, "error": f"Reading {path} took more than 150 MiB of memory."}]


@pytest.mark.parametrize("words, sentence", [
    (["plan", "/nowhere", "-o", "x"], "There is no folder or file /nowhere."),
    (["plan", "{empty}", "-o", "x"], "There are no captures: names of captures end in .pcap, .pcapng or .cap."),
    (["plan", "{empty}/..", "-o", "/nowhere/x"], "There are no captures"),
    (["status", "/nowhere"], "The manifest /nowhere cannot be read: No such file or directory."),
    (["status", __file__], f"{__file__} is no manifest of cmrp-batch."),
    (["merge", "/nowhere", "-o", "{empty}/x"], "There is no result /nowhere."),
    (["merge", __file__, "-o", "{empty}/x"], f"{__file__} is no result of cmrp-batch, or not whole."),
])
def test_what_is_wrong_is_one_sentence(words, sentence, tmp_path):
    empty = tmp_path / "some" / "empty"
    empty.mkdir(parents=True)
    result = batch(*(word.format(empty=empty) for word in words), cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"cmrp-batch: {sentence}")
    assert os.listdir(empty) == []


def test_the_manual_is_clean_and_names_every_option():
    text = programs.manual("cmrp-batch")
    for command in ("plan", "run", "slurm", "task", "status", "merge", "summary"):
        assert f".Cm {command}" in text
        for option in set(re.findall(r"(?<![\w-])--[a-z-]+", batch(command, "--help").stdout)) - {"--help"}:
            assert f"Fl {option[1:]}" in text, (command, option)
