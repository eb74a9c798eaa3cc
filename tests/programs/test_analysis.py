# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the examples of docs/analysis.md run as they stand there, and is what they say true?

They run one after the other in a folder with captures. Each has its answer from another way to the same capture.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from support import sandbox

PAGE = sandbox.SOURCE_DIR / "docs/analysis.md"
CAPTURES = sandbox.SOURCE_DIR / "captures"
NAMES = ("failures", "notify-ndr", "ipv6-ndr", "notify-reconnect", "notify-sealed-ntlm")
FIELDS = ("frame.number", "frame.time_epoch", "ip.dst", "ipv6.dst", "dcerpc.pkt_type", "dcerpc.request_in", "cmrp.method",
          "cmrp.outcome", "cmrp.status_name", "cmrp.response_time", "cmrp.handle.type", "cmrp.handle.name",
          "cmrp.handle.opened_in", "cmrp.handle.of_request", "cmrp.finding", "cmrp.sealed")
# A response, and the fault that answers another call, in one frame.
BOTH = sandbox.SOURCE_DIR / "tests/network/captures/fault-and-response-in-one-frame.pcap"
COMMANDS = {"sh": ["sh", "-euc"], "python": [sys.executable, "-c"], "sql": ["sqlite3", "-separator", "\t", "calls.db"]}


def examples():
    """(words before it, language, text) of each example, in the order of the page."""
    text = PAGE.read_text(encoding="utf-8")
    for found in re.finditer(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        before = [part for part in text[:found.start()].split("\n\n") if part.strip() and not part.endswith("```\n")]
        yield " ".join(before[-1].split()), found[1], found[2]


@pytest.fixture(scope="module")
def place():
    """A folder with captures, and a tshark with the plugin."""
    box = sandbox.sandbox()
    folder = box.new_folder()
    (folder / "captures").mkdir()
    for name in NAMES:
        shutil.copy(CAPTURES / f"{name}.pcapng", folder / "captures")
    shutil.copy(BOTH, folder / "captures" / "both.pcapng")
    for path in folder.rglob("*"):
        path.chmod(0o755)
    (folder / "bin").mkdir()
    options = box.process_options()
    as_user = f"setpriv --reuid={options['user']} --regid={options['group']} --clear-groups" if "user" in options else ""
    settings = shlex.join(f"{name}={value}" for name, value in options["env"].items() if name != "PATH")
    program = shutil.which(os.environ.get("CMRP_TSHARK") or "tshark")
    script = folder / "bin" / "tshark"
    script.write_text(f'#!/bin/sh\nexec env {settings} {as_user} {shlex.quote(program)} "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def answers(place):
    """The words before each example -> what it printed."""
    environment = {**os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    said = {}
    for before, language, text in examples():
        result = subprocess.run([*COMMANDS[language], text], cwd=place, env=environment, stdin=subprocess.DEVNULL,
                                capture_output=True, encoding="utf-8", timeout=300, check=False)
        assert (result.returncode, result.stderr) == (0, ""), text
        said[before] = said.get(before, "") + result.stdout
    return said


@pytest.fixture(scope="module")
def answer(answers):
    """A function that gives the rows that the example behind these words printed."""
    def of(words):
        found, = (before for before in answers if words in before)
        return answers[found].splitlines()

    return of


@pytest.fixture(scope="module")
def frames(tshark, place):
    """All frames of ClusAPI in all captures, read by tshark in another form: dictionaries of lists, with the `capture`."""
    return [{"capture": path.name, **{name.replace(".", "_").removeprefix("cmrp_"): cells for name, cells in zip(FIELDS, row)}}
            for path in sorted((place / "captures").iterdir())
            for row in tshark.fields(path, FIELDS, "cmrp || cmrp.finding || dcerpc.pkt_type == 3", split=True)]


@pytest.fixture(scope="module")
def failed(frames):
    found = [{**frame, "method": [method], "status_name": [status]} for frame in frames
             for method, outcome, status in zip(frame["method"], frame["outcome"], frame["status_name"]) if outcome in ("failure", "fault")]
    assert len(found) > 6
    return found


def client(frame):
    """Of an answer."""
    return (frame["ip_dst"] or frame["ipv6_dst"])[0]


def returned(frame, field):
    """Of the handle that a response opened: behind it stand those of the request."""
    return frame[field][-1 - len(frame["handle_of_request"])]


def table(rows):
    """What "uniq -c" printed: words -> how often."""
    return {row.strip().split(" ", 1)[1]: int(row.split()[0]) for row in rows}


def test_what_was_not_read(answer, frames):
    sealed = Counter(frame["capture"] for frame in frames if frame["sealed"])
    assert {tuple(row.split("\t")) for row in answer("what follows is silent about it")} == {
        (name, str(times), "sealed") for name, times in sealed.items()} != set()


def test_failures(answer, failed):
    expected = Counter(f"{frame['method'][0]} {frame['status_name'][0]}" for frame in failed)
    assert table(answer("What failed, by method and status")) == expected
    told = re.findall(r"^(\w*) +(\w+) +(\d+) +(\d+)$", "\n".join(answer("Failures by method and status")), re.MULTILINE)
    assert sorted(int(times) for _, _, times, _ in told) == sorted(expected.values())
    method = None
    for shown, status, _, captures in told:
        # What stands in the line above is left out.
        method = shown or method
        assert int(captures) == len({frame["capture"] for frame in failed
                                     if (frame["method"], frame["status_name"]) == ([method], [status])})


def test_who_opened_what(answer, frames):
    opened = Counter(f"{client(frame)} {returned(frame, 'handle_type')} {returned(frame, 'handle_name')}" for frame in frames
                     if "2" in frame["dcerpc_pkt_type"] and frame["frame_number"][0] in frame["handle_opened_in"])
    assert table(answer("Who opened what")) == opened
    assert len(opened) > 4


def test_findings(answer, frames):
    found = [(frame["capture"], rule) for frame in frames for rule in frame["finding"]]
    times, captures = Counter(rule for _, rule in found), Counter(rule for _, rule in set(found))
    told = [row.split("\t") for row in answer("The rules that were broken")]
    assert {rule: (int(number), int(files)) for number, files, _, rule in told} == {
        rule: (times[rule], captures[rule]) for rule in times}
    assert len(times) > 4
    head, *rows = (row.split() for row in answer("Findings by rule and capture"))
    cells = {row[0]: dict(zip(head[1:], map(int, row[1:]))) for row in rows if len(row) == len(head)}
    assert {rule: number for rule, number in cells["All"].items() if rule != "All"} == times
    assert cells["failures.pcapng"] == {rule: found.count(("failures.pcapng", rule)) for rule in times} | {
        "All": sum(name == "failures.pcapng" for name, _ in found)}


def test_all_about_a_group(answer, frames):
    about = {f"{frame['capture']}:{frame['frame_number'][0]}" for frame in frames if "Lab File Server" in frame["handle_name"]}
    assert {row.split(" ")[0] for row in answer("All about one group")} == about != set()


def test_the_slowest_methods(answer, frames):
    times = {}
    for frame in frames:
        for method, time in zip(frame["method"], frame["response_time"]):
            if method != "ApiGetNotify":
                times.setdefault(method, []).append(float(time))
    told = {row.split()[0]: row.split()[1:] for row in answer("The slowest methods")[2:]}
    assert len(told) == 10
    for method, (number, _, _, longest) in told.items():
        assert (int(float(number)), float(longest)) == (len(times[method]), pytest.approx(max(times[method]), abs=1e-6))


def test_handles_that_nobody_closed(answer, tshark, place):
    left = set()
    for path in (place / "captures").iterdir():
        for row in tshark.statistics(path, "cmrp,handles").splitlines():
            cells = [cell.strip() for cell in row.split("|")]
            if cells[0].isdigit() and "closed" not in cells:
                number, kind, _, opened, *_ = cells
                left.add((path.name, number, opened, kind))
    told = {tuple(row.split()[:3]) + (row.split()[4],) for row in answer("Handles that nobody closed")[1:]}
    assert told == left and len(left) >= 3


def test_what_was_refused(answer, frames):
    """By the method of the request, whichever PDU of a frame the fault is."""
    told = answer("Calls that DCE/RPC refused")[1:]
    assert {row.split()[0] for row in told} >= {"ApiOnlineGroup", "ApiReAddNotifyGroup"}
    assert sum(int(row.split()[-1]) for row in told) == sum(
        frame["dcerpc_pkt_type"].count("3") for frame in frames if frame["dcerpc_request_in"])


def test_sql(answer, failed, frames):
    answered = Counter(client(frame) for frame in frames for _ in frame["outcome"])
    clients = Counter(map(client, failed))
    told = [row.split("\t") for row in answer("Make a database, and ask it") + answer("How often each client failed")]
    assert {name: (int(every), int(some)) for name, every, some, _ in told} == {
        name: (answered[name], clients[name]) for name in answered}
    minutes = Counter(float(frame["frame_time_epoch"][0]) // 60 for frame in failed)
    told = [row.split("\t") for row in answer("The minutes in which most failed")]
    assert [int(number) for _, number, _ in told] == sorted(minutes.values(), reverse=True)[:10]


def test_no_example_is_left_out(answers):
    """Each that prints something is checked by a test of this file."""
    checked = re.findall(r'answer\("([^"]+)"\)', Path(__file__).read_text(encoding="utf-8"))
    for before, said in answers.items():
        assert not said or any(words in before for words in checked), before
