# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tshark -q -z cmrp,json tell all findings, and how much there was to judge?

What the tree says is the measure: every finding of every capture of the repository, and the numbers of PDUs.
"""
import json
import subprocess
import threading
from collections import Counter

import pytest
from support import keys, sandbox, story, traffic
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.jsonlines import SCHEMA, parse, read
from support.tshark import CELL, LAB_PASSWORD, OCCURRENCE

CAPTURES = sorted(path.stem for path in (sandbox.SOURCE_DIR / "captures").glob("*.pcapng"))
# ---------------------------------------------------------------- the same as in the tree

_FIELDS = ("frame.number", "cmrp.finding", "cmrp.finding.level", "cmrp.finding.section", "cmrp.finding.evidence",
           "_ws.expert.message", "cmrp.version", "cmrp.sealed", "cmrp.expert.decryption_doubtful")


def both_ways(tshark, path, extra):
    """From two passes with trees: a dictionary of cells for each frame, and what cmrp,json tells."""
    words = ["-2", "-T", "fields", "-E", f"separator={CELL}", "-E", f"aggregator={OCCURRENCE}", "-z", "cmrp,json"]
    for name in _FIELDS:
        words += ["-e", name]
    text = tshark.read(path, [*words, *extra]).stdout
    rows = [line.replace("\\\\", "\\").split(CELL) for line in text.split("\n") if CELL in line]
    return [{name: [value for value in cell.split(OCCURRENCE) if value] for name, cell in zip(_FIELDS, row, strict=True)}
            for row in rows], parse(text)


def check_findings(rows, findings):
    shown, told = [], []
    for row in rows:
        frame = int(row["frame.number"][0])
        columns = (row[f"cmrp.finding{part}"] for part in ("", ".level", ".section"))
        shown += [(frame, *one) for one in zip(*columns, strict=True)]
        shown += [(frame, int(proof)) for proof in row["cmrp.finding.evidence"]]
        mine = [one for one in findings if one["frame"] == frame]
        told += [(frame, one["rule"], one["level"], one["section"]) for one in mine]
        told += [(frame, proof) for one in mine for proof in one["evidence"]]
        assert Counter(one["sentence"] for one in mine) - Counter(row["_ws.expert.message"]) == Counter()
    assert told == shown


@pytest.mark.parametrize("name", CAPTURES)
def test_all_findings_of_a_capture(tshark, captures_dir, name):
    """With its keys: those of the tree, in their order, and in one pass without a tree what two passes with one tell."""
    path = captures_dir / f"{name}.pcapng"
    rows, told = both_ways(tshark, path, keys.of(name))
    check_findings(rows, told[0])
    assert read(tshark, path, *keys.of(name)) == told
    numbers = {name: sum(len(row[name]) for row in rows) for name in _FIELDS}
    summary = told[1]
    assert (summary["frames"], summary["sealed"], summary["doubtful"], summary["unknown"]) == (
        len(rows), numbers["cmrp.sealed"], numbers["cmrp.expert.decryption_doubtful"], 0)
    assert summary["pdus"] + summary["sealed"] + summary["doubtful"] + summary["faults"] == numbers["cmrp.version"]


@pytest.mark.parametrize("name", [name for name in CAPTURES if "sealed" in name and "smbtorture" not in name])
def test_all_findings_without_a_key(tshark, captures_dir, name):
    path = captures_dir / f"{name}.pcapng"
    rows, told = both_ways(tshark, path, ())
    check_findings(rows, told[0])
    assert read(tshark, path) == told
    assert told[1]["sealed"] == sum(len(row["cmrp.sealed"]) for row in rows) > 0


# ---------------------------------------------------------------- what a finding says

def test_a_finding_says_what_where_and_of_which_handle(tshark, model, capture):
    with capture() as made:
        calls = Calls(model, made, ENCODINGS["3-ndr"])
        opened = calls.open_group('Gruppe "Ä"', handle(1))
        port = calls.create_notify(handle(2))
        # The group in place of a node.
        frame = calls.request(58, hNotify=handle(2), hNode=handle(1), dwFilter=1, dwNotifyKey=1)
    findings, _ = read(tshark, made, filter=',cmrp.finding == "handle-of-wrong-type"')
    one, = (one for one in findings if one["rule"] == "handle-of-wrong-type")
    assert one.pop("sentence").endswith(one.pop("detail"))
    assert one == {
        "type": "finding", "frame": frame, "time": f"2001-09-09T01:46:40.{frame - 1:03}000000Z",
        "source": "10.0.0.1", "source_port": made_port(tshark, made), "destination": "10.0.0.2", "destination_port": 49200,
        "transport": "tcp", "stream": 0, "rule": "handle-of-wrong-type", "level": "MUST", "section": "3",
        "evidence": [opened], "version": 3, "opnum": 58, "method": "ApiAddNotifyNode", "direction": "request",
        "handles": [{"id": 2, "type": "HNOTIFY", "name": "port 1"}, {"id": 1, "type": "HGROUP", "name": 'Gruppe "Ä"'}],
        "about": 1}
    assert port > opened


def made_port(tshark, made):
    return int(tshark.fields(made, ["tcp.srcport"], "cmrp")[0][0])


def test_a_response_names_first_what_it_opened(tshark, model, capture):
    """As its tree does; and a life that stands twice in a PDU is one handle."""
    with capture() as made:
        calls = Calls(model, made, ENCODINGS["3-ndr"])
        calls.open_group("Group", handle(1))
        calls.request(9, hGroup=handle(1), lpszResourceName="R", lpszResourceType="T", dwFlags=0)
        calls.response(Status=0, rpc_status=0, result=handle(2))
        calls.request(44, Group=handle(1))
        calls.response(Group=handle(1), result=0)
    findings, _ = read(tshark, made)
    ids = {(one["opnum"], one["direction"]): [one["id"] for one in one["handles"]] for one in findings if "handles" in one}
    shown = {}
    for opnum, numbers, version in tshark.fields(made, ["cmrp.opnum", "cmrp.handle.id", "dcerpc.pkt_type"], "cmrp.finding", split=True):
        shown[int(opnum[0]), "response" if version == ["2"] else "request"] = list(map(int, dict.fromkeys(numbers)))
    assert ids and ids == {key: shown[key] for key in ids}


def test_any_number_of_findings_in_a_pdu(tshark, capture):
    """More than a fixed room would hold: each malformed property list is one."""
    with capture() as made:
        conn = made.tcp()
        conn.bind()
        conn.bind_ack()
        with conn.one_frame():
            for number in range(60):
                conn.request(41, bytes(2), call_id=number + 2)
    findings, summary = read(tshark, made)
    truncated = [one for one in findings if one["rule"] == "ndr-truncated"]
    assert len(truncated) == summary["calls"] == 60 and len({one["frame"] for one in truncated}) == 1


def test_binds_and_faults_have_findings_as_well(tshark, captures_dir, model, capture):
    bind = read(tshark, captures_dir / "notify-signed-kerberos.pcapng", *keys.keytab())[0][0]
    assert bind["rule"].startswith("transport-")
    assert not bind.keys() & {"version", "opnum", "method", "direction", "handles", "about"}
    with capture() as made:
        calls = Calls(model, made, ENCODINGS["3-ndr"])
        calls.open_group("Group", handle(1))
        calls.request(45, hGroup=handle(1))
        frame = calls.conn.fault(0xC0000005)
    one, = (one for one in read(tshark, made)[0] if one["rule"] == "fault-not-of-rpc")
    assert (one["frame"], one["opnum"], one["method"], one["direction"]) == (frame, 45, "ApiGetGroupState", "fault")
    assert one["handles"] == [{"id": 1, "type": "HGROUP", "name": "Group"}]


def test_a_frame_without_a_time_stamp(tshark, model, capture):
    with capture() as made:
        Calls(model, made, ENCODINGS["3-ndr"]).open_group("Group", NULL_HANDLE)
    path = sandbox.sandbox().new_folder() / "simple.pcapng"
    path.write_bytes(traffic.without_times(made.path))
    timed, untimed = read(tshark, made)[0], read(tshark, path)[0]
    assert untimed == [{name: value for name, value in one.items() if name != "time"} for one in timed] != timed


# ---------------------------------------------------------------- the summary

def test_calls_are_counted_by_their_end(tshark, told):
    _, summary = read(tshark, told.path)
    outcomes = [sum(column) for column in zip(*story.OUTCOMES.values())]
    succeeded, failed, faults, unanswered = outcomes
    assert (summary["calls"], summary["faults"], summary["unanswered"]) == (sum(outcomes), faults, unanswered)
    assert summary["pdus"] == summary["calls"] + succeeded + failed


@pytest.mark.parametrize("passes", [(), ("-2",)], ids=["once", "twice"])
def test_a_filter_chooses_frames(tshark, told, passes):
    everything, _ = read(tshark, told.path, *passes)
    findings, summary = read(tshark, told.path, *passes, filter=",cmrp.opnum == 41")
    assert findings == [one for one in everything if one.get("opnum") == 41]
    assert summary["calls"] == sum(story.OUTCOMES["ApiOpenGroup"])
    findings, summary = read(tshark, told.path, *passes, filter=f",frame.number <= {told.frames['open group']}")
    assert summary["frames"] == told.frames["open group"]


def test_a_wrong_filter_gives_no_summary(tshark, told):
    result = tshark.read(told.path, ["-q", "-z", "cmrp,json,no.such.field"], check=False)
    assert result.stdout == "" and "no.such.field" in result.stderr


def test_a_capture_of_nothing(tshark, capture):
    with capture() as made:
        pass
    findings, summary = read(tshark, made)
    assert findings == [] and summary["frames"] == summary["pdus"] == 0


def test_what_was_not_read_is_counted(tshark, captures_dir, model, capture):
    """Sealed, maybe wrongly decrypted, cut, of an operation that there is not, and of connections without bind."""
    sealed = read(tshark, captures_dir / "notify-sealed-ntlm.pcapng")[1]
    assert (sealed["sealed_calls"], sealed["calls"]) == (18, 0) and sealed["sealed"] > 18
    spnego = read(tshark, captures_dir / "notify-sealed-spnego.pcapng", "-o", f"ntlmssp.nt_password:{LAB_PASSWORD}",
                  "-o", "cmrp.keep_place:FALSE")[1]
    assert spnego["doubtful"] > 0
    with capture("cut") as made:
        calls = Calls(model, made, ENCODINGS["3-ndr"])
        made.cut_next(70)
        calls.request(41, lpszGroupName="Cluster Group")
    assert read(tshark, made)[1]["cut_short"] == 1
    with capture("unknown") as made:
        conn = made.tcp()
        conn.bind()
        conn.bind_ack()
        conn.request(300, bytes(20))
    assert read(tshark, made)[1]["unknown"] == 1
    late, = read(tshark, captures_dir / "late-start-no-bind-ndr.pcapng")[1]["unbound"][:1]
    assert late["service"] == "unknown" and late["requests"] > 0 and not late["pipe"]
    named = read(tshark, captures_dir / "late-start-no-bind-ndr.pcapng", "-o", f"cmrp.unbound:{late['name']}")[1]
    assert named["calls"] == late["requests"] and late["name"] not in [one["name"] for one in named["unbound"]]


@pytest.mark.parametrize("length", [54, 60, 66, 70, 100])
def test_frames_that_are_cut_count_if_they_may_hold_a_call(tshark, captures_dir, length):
    """However much of the TCP header is left: whatever Wireshark says is without data, or ARP or ICMP, does not count."""
    folder = sandbox.sandbox().new_folder()
    cut = folder / "cut.pcapng"
    subprocess.run(["editcap", f"-s{length}", captures_dir / "notify-clean-ndr.pcapng", cut], check=True)
    shown = tshark.fields(cut, ["frame.number"], "frame.cap_len < frame.len && !tcp.len == 0 || cmrp.expert.cut_short")
    assert read(tshark, cut)[1]["cut_short"] == len(shown) > 0


def test_what_was_sent_twice_counts_once(tshark, model, capture):
    with capture() as made:
        calls = Calls(model, made, ENCODINGS["3-ndr"])
        calls.open_group("Group", NULL_HANDLE)
        calls.conn.retransmit()
    findings, summary = read(tshark, made, "-o", "tcp.analyze_sequence_numbers:FALSE")
    assert (summary["calls"], summary["pdus"], summary["unanswered"]) == (1, 2, 0)
    assert [one["rule"] for one in findings].count("open-success-without-handle") == 1


def test_two_at_once_do_not_mix(tshark, told):
    whole, part = read(tshark, told.path), read(tshark, told.path, filter=",cmrp.opnum == 41")
    text = tshark.read(told.path, ["-q", "-z", "cmrp,json", "-z", "cmrp,json,cmrp.opnum == 41"]).stdout
    objects = [json.loads(line) for line in text.splitlines()]
    summaries = [one for one in objects if one["type"] == "summary"]
    assert len(objects) == len(whole[0]) + len(part[0]) + 2
    assert sorted(map(str, summaries)) == sorted(map(str, (whole[1], part[1])))


def test_a_finding_is_told_when_its_frame_was_read(tshark, captures_dir):
    """Of a capture that is still growing, through a pipe."""
    path = captures_dir / "notify-ndr.pcapng"
    expected, _ = read(tshark, path)
    words = sandbox.sandbox().command(tshark.program, ["-n", "-r", "-", "-q", "-z", "cmrp,json"])
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                          **sandbox.sandbox().process_options()) as process:
        given_up = threading.Timer(60, process.kill)
        given_up.start()
        process.stdin.write(path.read_bytes())
        told = [json.loads(process.stdout.readline() or "{}") for _ in expected]
        process.stdin.close()
        summary = json.loads(process.stdout.readline())
        given_up.cancel()
    assert (told, summary["type"]) == (expected, "summary")


# ---------------------------------------------------------------- the schema itself

@pytest.mark.parametrize("change", [
    {"type": "other"}, {"frame": 0}, {"frame": "1"}, {"level": "fact"}, {"evidence": [0]}, {"rule": "Rule"},
    {"time": "yesterday"}, {"handles": []}, {"about": 7}, {"direction": "up"}], ids=str)
def test_the_schema_refuses_what_is_no_finding(tshark, captures_dir, change):
    one = read(tshark, captures_dir / "notify-ndr.pcapng")[0][0]
    assert not list(SCHEMA.iter_errors(one))
    assert list(SCHEMA.iter_errors({**one, **change}))


def test_the_page_has_a_row_for_each_member():
    page = (sandbox.SOURCE_DIR / "docs" / "json.md").read_text(encoding="utf-8")
    rows = {name for line in page.splitlines() if line.startswith("| `") for name in line.split("|")[1].replace("`", "").split(", ")}
    rows = {name.strip() for name in rows}
    for kind in ("finding", "summary"):
        assert set(SCHEMA.schema["$defs"][kind]["properties"]) - {"type"} <= rows
