# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-report tell a person what happened, and nothing that packets smuggle in?"""
import base64
import hashlib
import json
import re
import sys
import threading
from html.parser import HTMLParser
from urllib.parse import parse_qsl

import pytest
from support import programs, sandbox, tables, traffic
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.tshark import LAB_PASSWORD

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import charts, collect, grouped, parallel, report, wording  # noqa: E402
from cmrptools import page as page_module  # noqa: E402

INJECTION = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e"


class Page(HTMLParser):
    """The text of each section's tables, the elements, and the data of the charts."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.text = text
        self.tags = []
        self.attributes = []
        self.rows = {}
        self.cards = {}
        self.scripts = []
        self._section = self._cell = self._script = None
        self._card = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "section":
            self._section = attributes["id"]
            self.rows[self._section] = []
        elif tag == "tr":
            self.rows[self._section].append([])
        elif tag in ("td", "th"):
            self.rows[self._section][-1].append("")
            self._cell = True
        elif tag == "script":
            self.scripts.append([attributes, ""])
            self._script = True
        elif tag == "a" and attributes.get("class", "").split(" ")[0] == "card":
            self._card = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None
        elif tag == "script":
            self._script = None
        elif tag == "a" and self._card is not None:
            value, name, below = self._card
            self.cards[name] = (value, below)
            self._card = None

    def handle_data(self, data):
        if self._cell:
            self.rows[self._section][-1][-1] += data
        elif self._script:
            self.scripts[-1][1] += data
        elif self._card is not None:
            self._card.append(data)

    @property
    def data(self):
        text, = (text for attributes, text in self.scripts if attributes.get("id") == "data")
        return json.loads(text)


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    program = programs.tshark_program()

    def run(*args):
        path = tmp_path_factory.mktemp("report") / "report.html"
        result = programs.run("cmrp-report", "--tshark", program, "-o", path, *args)
        return result, Page(path.read_text(encoding="utf-8")) if path.exists() else None

    return run


@pytest.fixture(scope="module")
def notify(make):
    path = sandbox.SOURCE_DIR / "captures" / "notify-ndr.pcapng"
    result, page = make(path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    return page


def test_the_cards_count(notify, tshark, captures_dir):
    path = captures_dir / "notify-ndr.pcapng"
    calls = len(tshark.fields(path, ["frame.number"], "cmrp && dcerpc.pkt_type == 0"))
    found = sum(len(rules) for rules, in tshark.fields(path, ["cmrp.finding"], "cmrp.finding", split=True))
    assert notify.cards["calls"][0] == str(calls)
    assert notify.cards["findings"][0] == str(found)
    assert notify.cards["failed"] == ("1", "and 1 fault")
    assert notify.cards["handles"] == ("3", "0 not closed here")
    assert notify.cards["events"] == ("2", "at 1 notification port")


def test_ends_failures_ports_and_findings_are_listed(notify):
    assert notify.rows["servers-and-clients"][1][:4] == ["127.0.0.1:61664", "127.0.0.1", "2", "3.0"]
    assert ["ApiReAddNotifyGroup", "ERROR_INVALID_HANDLE", "1", "41"] in notify.rows["calls-and-failures"]
    assert ["ApiReAddNotifyGroup", "nca_s_fault_context_mismatch", "1", "45"] in \
        notify.rows["calls-and-failures"]
    port, = (row for row in notify.rows["notification-traffic"] if row[0] == "#3")
    assert port[1] == "port 1" and port[3:11] == ["1", "3", "3", "2", "0", "1", "1", "0"]
    events = [row for row in notify.rows["notification-traffic"] if row[0] in ("33", "39")]
    assert len(events) == 2 and all("Lab File Server" in row[-1] for row in events)
    finding, = (row for row in notify.rows["findings"] if row[0] == "44" and row[2] == "handle-used-after-close")
    assert finding[1] == "MUST" and "43" in finding[6]


def test_a_call_that_failed_says_what_it_was_about(notify, tshark, captures_dir):
    """As the Info column does; a fault says what its request asked for."""
    rows = {row[0]: row for row in notify.rows["calls-and-failures"] if len(row) == 6}
    info = dict(tshark.fields(captures_dir / "notify-ndr.pcapng", ["frame.number", "_ws.col.Info"], "cmrp"))
    assert rows["41"][2:5] == ["ApiReAddNotifyGroup", 'HNOTIFY #3, HCLUSTER #1 "LABCLUSTER"', "ERROR_INVALID_HANDLE"]
    assert info["41"] == f"{rows['41'][2]} response, {rows['41'][3]}, {rows['41'][4]}"
    assert rows["45"][2:5] == ["ApiReAddNotifyGroup", info["44"].partition(" request, ")[2], "nca_s_fault_context_mismatch"]
    assert set(rows) == {"frame", "41", "45"}


def test_what_continues_is_no_failure(make, tshark, captures_dir):
    path = captures_dir / "failures.pcapng"
    outcomes = [value for value, in tshark.fields(path, ["cmrp.outcome"], "cmrp.outcome")]
    assert outcomes.count("continues") == 1
    _, page = make(path)
    assert page.cards["failed"] == (str(outcomes.count("failure")), "and 0 faults")
    assert "ERROR_MORE_DATA" not in {cell for row in page.rows["calls-and-failures"] for cell in row}
    series = {one["name"]: sum(one["values"]) for one in page.data["calls"]["series"]}
    assert series == {"succeeded": outcomes.count("success"), "continues": 1, "failed": outcomes.count("failure")}
    # It is in the list of calls, with its status.
    call, = (one for one in calls_of(page) if one["status"] == "ERROR_MORE_DATA")
    assert (call["outcome"], call["method"], call["asked"].split(",")[0]) == (
        "continues", "ApiGroupControl", 'HGROUP #2 "Lab New Group"')


def calls_of(page):
    """The calls of the page's list, as dictionaries."""
    told = page.data["list"]
    for row in told["rows"]:
        call = dict(zip(told["columns"], row))
        for name in ("method", "client", "server", "asked", "answered", "outcome", "status"):
            call[name] = told["texts"][call[name]]
        for name in ("handles", "rules"):
            call[name] = [told["texts"][place] for place in call[name]]
        yield call


def test_the_list_holds_each_call(notify, tshark, captures_dir):
    path = captures_dir / "notify-ndr.pcapng"
    answers = {frames[0]: answer for (answer,), frames in tshark.fields(
        path, ["frame.number", "dcerpc.request_in"], "dcerpc.request_in", split=True)}
    requests = tshark.fields(path, ["frame.number", "_ws.col.Info"], "cmrp && dcerpc.pkt_type == 0")
    listed = list(calls_of(notify))
    assert [(str(call["frame"]), str(call["answer"])) for call in listed] == [(frame, answers[frame]) for frame, _ in requests]
    for call, (_, info) in zip(listed, requests):
        assert info.startswith(f"{call['method']} request") and info.endswith(call["asked"])
    used = next(call for call in listed if call["frame"] == 44)
    assert used["rules"] == ["handle-used-after-close"] and set(used["handles"]) == {"1-2", "1-3"}


def link_words(link):
    return dict(parse_qsl(link.partition("?")[2]))


def test_each_link_leads_somewhere(make, captures_dir):
    _, page = make(captures_dir / "failures.pcapng", captures_dir / "notify-ndr.pcapng", captures_dir / "notify-udp.pcapng")
    anchors = {value for name, value in page.attributes if name == "id"}
    links = {value for name, value in page.attributes if name == "href" and value.startswith("#")}
    listed = list(calls_of(page))
    words = {"method": lambda call: [call["method"]], "status": lambda call: [call["status"]],
             "handle": lambda call: call["handles"], "capture": lambda call: [str(call["capture"])],
             "rule": lambda call: call["rules"]}
    asked = set()
    for link in links:
        assert link[1:].partition("?")[0] in anchors, link
        wanted = link_words(link)
        asked |= wanted.keys()
        # What stands beside the calls, as a rule of binds, has none.
        assert wanted.keys() == {"rule"} or any(
            all(value in words[name](call) for name, value in wanted.items()) for call in listed), link
    assert asked == words.keys()
    # From a finding to its rule, and to its handles; from a handle to its calls.
    assert {"#rule-handle-used-after-close", "#handle-2-2", "#calls-one-by-one?handle=2-2"} <= links
    assert {call["frame"] for call in listed if "2-2" in call["handles"]} >= {14, 18, 42, 44}


def test_lengths_of_time_are_said_as_people_say_them():
    assert [wording.seconds(value) for value in (None, 3e-6, 0.0123, 59.96, 3599, 3600, 5430, 86399, 86400, 556946)] == [
        "–", "3 µs", "12.3 ms", "60 s", "3599 s", "1 h 0 min", "1 h 30 min", "1 d 0 h", "1 d 0 h", "6 d 10 h"]


def test_a_reason_of_many_captures_is_one_sentence(make, captures_dir):
    names = ("notify-sealed-ntlm", "fragments-sealed-ntlm", "notify-v2-sealed-ntlm", "notify-sealed-kerberos", "notify-udp")
    _, page = make(*(captures_dir / f"{name}.pcapng" for name in names))
    assert ("In 3 captures (notify-sealed-ntlm.pcapng, fragments-sealed-ntlm.pcapng, notify-v2-sealed-ntlm.pcapng): "
            "53 calls are sealed with NTLM by LAB\\labuser: that user&#x27;s password opens them (--nt-password-file).") in page.text
    assert "notify-sealed-kerberos.pcapng: 18 calls are sealed with Kerberos" in page.text


def test_reasons_are_put_together():
    pairs = [("a", "1 call is sealed."), ("b", "7 frames that may hold calls are not wholly in the capture."), ("c", "1 call is sealed."),
             ("d", "4 calls are sealed."), ("e", "1 PDU does not read as ClusAPI."), ("f", "Other."), ("g", "Other.")]
    assert [grouped.in_words(*one) for one in grouped.by_reason(pairs)] == [
        "In 3 captures (a, c, d): 6 calls are sealed.", "b: 7 frames that may hold calls are not wholly in the capture.",
        "e: 1 PDU does not read as ClusAPI.", "In 2 captures (f, g): Other."]


def test_a_rule_says_what_it_demands(notify):
    row, = (row for row in notify.rows["findings"] if row[1] == "handle-used-after-close" and len(row) == 6)
    assert row[2] == "Client must not use a handle after its Close succeeded."


def in_process(path, *words):
    """The page of a program whose limits a test has changed."""
    assert report.main(["--tshark", programs.tshark_program(), "--plugin-dir", str(sandbox.BUILD_DIR / "plugins"), "-o", str(path),
                        *map(str, words)]) == 0
    return Page(path.read_text(encoding="utf-8"))


def test_no_row_is_hidden_without_a_word(captures_dir, tmp_path, monkeypatch):
    path = captures_dir / "notify-ndr.pcapng"
    whole = in_process(tmp_path / "whole.html", path)
    assert "Showing" not in whole.text.partition("<script")[0] and "holds" not in whole.text.partition("<script")[0]
    monkeypatch.setattr(page_module, "MOST_ROWS", 1)
    monkeypatch.setattr(collect, "MOST_FAILING", 1)
    monkeypatch.setattr(collect, "MOST_CALLS", 5)
    cut = in_process(tmp_path / "cut.html", path)
    findings = len(whole.rows["findings"])
    for said in ("Showing 1 of 2 calls that failed", "Showing 1 of 3 handles", "Showing 1 of 2 kinds of failures",
                 f"Showing 1 of {whole.cards['findings'][0]} findings", "This page holds 5 of 18 calls"):
        assert said in cut.text, said
    assert len(cut.rows["findings"]) < findings
    assert (len(cut.data["list"]["rows"]), cut.data["list"]["total"]) == (5, 18)
    # Who has a finding, or failed calls, has a row.
    assert [row[0] for row in cut.rows["lives-of-handles"] if row[0].startswith("#")] == ["#1"]


def test_each_capture_has_its_share_of_the_list(captures_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "MOST_CALLS", 6)
    page = in_process(tmp_path / "page.html", captures_dir / "notify-ndr.pcapng", captures_dir / "failures.pcapng")
    assert [call["capture"] for call in calls_of(page)] == [1, 1, 1, 2, 2, 2]


def test_no_folder_of_this_machine_is_told(make, captures_dir, tmp_path):
    folders = [tmp_path / "secret-customer" / name for name in ("node1", "node2")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "cut.pcapng").write_bytes((captures_dir / "notify-ndr.pcapng").read_bytes()[:4001])
    (folders[0] / "noise.pcap").write_bytes(b"no capture\n")
    (folders[1] / "sealed.pcapng").write_bytes((captures_dir / "notify-sealed-ntlm.pcapng").read_bytes())
    result, page = make(*(path for folder in folders for path in sorted(folder.iterdir())), folders[0] / "missing.pcap")
    assert result.returncode == 2
    # Who runs the program is told the path, and who reads the page is not.
    assert str(folders[0] / "noise.pcap") in result.stderr
    assert [row[1] for row in page.rows["what-was-captured"][1:]] == [
        "cut.pcapng (1)", "noise.pcap", "cut.pcapng (2)", "sealed.pcapng", "missing.pcap"]
    for said in ('The file &quot;noise.pcap&quot; isn&#x27;t a capture file', "There is no capture missing.pcap.",
                 "The file &quot;cut.pcapng (2)&quot; appears to have been cut short"):
        assert said in page.text, said
    for secret in ("secret-customer", str(tmp_path), str(sandbox.SOURCE_DIR), str(sandbox.BUILD_DIR)):
        assert secret not in page.text, secret


@pytest.fixture(scope="module")
def one_by_one(make, captures_dir):
    names = ("failures", "notify-ndr", "notify-udp", "association-groups")
    paths = [captures_dir / f"{name}.pcapng" for name in names]
    return paths, make("--jobs", 1, *paths)


@pytest.mark.parametrize("jobs", [2, 7])
def test_several_captures_at_once_make_the_same_page(make, one_by_one, jobs):
    paths, (alone, page) = one_by_one
    result, other = make("--jobs", jobs, *paths)
    assert (result.returncode, result.stderr) == (alone.returncode, alone.stderr) == (0, "")
    assert other.text == page.text


def test_several_captures_are_read_at_once(make, captures_dir):
    """Each tshark waits until another one has started: one after the other would take forever."""
    folder = sandbox.sandbox().new_folder()
    folder.chmod(0o777)
    slow = folder / "tshark"
    slow.write_text(f"""#!/bin/sh
case "$*" in *cmrp,json*)
    : >'{folder}'/started.$$
    until [ $(ls '{folder}'/started.* | wc -l) -ge 2 ]; do sleep 0.05; done ;;
esac
exec '{programs.tshark_program()}' "$@"
""")
    slow.chmod(0o755)
    result, page = make("--tshark", slow, "--jobs", 2, captures_dir / "failures.pcapng", captures_dir / "notify-udp.pcapng")
    assert (result.returncode, len(page.rows["what-was-captured"])) == (0, 3)


def test_streams_keep_their_order_and_memory():
    running, most = [0], [0]
    lock = threading.Lock()

    def make_of(number):
        def values():
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            yield from range(number * 10, number * 10 + 3 * parallel.PORTION)
            with lock:
                running[0] -= 1
        return values

    streams = parallel.streams([make_of(number) for number in range(9)], 3, lambda: None)
    assert [list(stream) for stream in streams] == [
        list(range(number * 10, number * 10 + 3 * parallel.PORTION)) for number in range(9)]
    assert 1 <= most[0] <= 3


def test_a_stream_that_fails_does_so_at_its_place():
    def fails():
        yield 1
        raise ValueError("here")

    streams, taken = parallel.streams([fails, lambda: iter([2])], 2, lambda: None), []
    with pytest.raises(ValueError, match="here"):
        for value in next(streams):
            taken.append(value)
    assert (taken, list(next(streams))) == ([1], [2])


def test_what_nobody_wants_any_more_ends():
    """An endless stream fills little memory, and ends when the reader does."""
    interrupted, before = [], threading.active_count()

    def endless():
        while True:
            yield 0

    streams = parallel.streams([endless, endless], 2, lambda: interrupted.append(True))
    next(iter(next(streams)))
    streams.close()
    assert interrupted and threading.active_count() == before


def test_lives_of_handles_become_bars(notify):
    bars = {bar["label"]: bar for bar in notify.data["lives"]["bars"]}
    assert set(bars) == {"HCLUSTER #1 LABCLUSTER", "HGROUP #2 Lab File Server", "HNOTIFY #3 port 1"}
    group = bars["HGROUP #2 Lab File Server"]
    assert (group["opened"], group["closed"]) == (15, 43)
    assert 0 < group["from"] < group["to"] < notify.data["lives"]["span"]
    assert {one["rule"] for one in group["findings"]} >= {"handle-used-after-close"}


def test_response_times_are_those_of_the_plugin(notify, tshark, captures_dir):
    times = sorted(float(value) for value, in tshark.fields(
        captures_dir / "notify-ndr.pcapng", ["dcerpc.time"], "dcerpc.time && dcerpc.opnum == 63"))
    row, = (row for row in notify.rows["response-times"] if row[0] == "ApiReAddNotifyGroup")
    assert row[1] == "3"
    assert row[6] == f"{times[-1] * 1e6:.0f} µs"
    assert not any("waits for events" in row[0] for row in notify.rows["response-times"]
                   if not row[0].startswith("ApiGetNotify"))
    assert "ApiGetNotify" not in notify.data["times"]["methods"]


@pytest.mark.parametrize("size", [1, 2, 19, 20, 21, 100])
def test_percentiles(size):
    ordered = list(range(1, size + 1))
    for share in (0.5, 0.95):
        value = charts.percentile(ordered, share)
        # The smallest value with at least this share of all values at or below it.
        assert sum(one <= value for one in ordered) >= share * size
        assert sum(one < value for one in ordered) < share * size


def test_pieces_of_time_lose_no_call():
    for span in (0, 1e-5, 0.3, 7, 3600, 1e6, 1e9):
        width, count = charts.bins(100, 100 + span)
        assert 1 <= count <= charts.MOST_BINS + 1
        assert sum(charts.over_time([100, 100 + span / 2, 100 + span], 100, width, count)) == 3


def test_a_clock_that_is_set_back(make):
    """The last calls of the capture have time stamps ten minutes before the first ones."""
    result, page = make(sandbox.SOURCE_DIR / "tests/programs/data/time-back-report.pcap")
    assert (result.returncode, result.stderr) == (0, "")
    assert "The time stamps of time-back-report.pcap go back, by 600 s before frame 8" in page.text
    assert_sound(page)
    # Time runs from the earliest stamp to the latest.
    assert page.data["lives"]["span"] == pytest.approx(600, abs=0.1)
    assert page.cards["time"][0] == "600 s"


def assert_sound(page):
    """What no picture may show: time before the beginning or behind the end, negative numbers and lengths."""
    span = page.data["lives"]["span"]
    assert span >= 0
    for bar in page.data["lives"]["bars"]:
        assert 0 <= bar["from"] <= bar["to"] <= span
        assert all(bar["from"] <= one["at"] <= bar["to"] for one in bar["findings"])
    for name in ("calls", "open", "notifications"):
        chart = page.data[name]
        assert chart["count"] <= charts.MOST_BINS + 1
        for series in chart["series"]:
            assert len(series["values"]) == chart["count"] and min(series["values"]) >= 0
    assert all(value >= 0 for series in page.data["times"]["series"] for value in series["values"])
    assert not re.search(r"-\d[\d.]* (s|ms|µs)\b", page.text.split("<script", 1)[0])


@pytest.mark.parametrize("steps", [(-600, 0, 0), (0, -600, 0), (0, 0, -600), (-0.002, -0.002, -0.002), (-600, 1200, -1200)])
def test_time_may_go_back_anywhere(make, model, capture, steps):
    """Within a call, within a life, and from one life to the next."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("First", handle(1))
    pcap.advance(steps[0])
    calls.request(44, Group=handle(1))
    pcap.advance(steps[1])
    calls.response(Group=NULL_HANDLE, result=0)
    pcap.advance(steps[2])
    calls.open_group("Second", handle(2))
    calls.create_notify(handle(3))
    calls.request(65, hNotify=handle(3))
    pcap.advance(steps[0])
    calls.response(dwNotifyKey=1, dwFilter=1, dwStateSequence=1, Name="x", rpc_status=0, result=0)
    result, page = make(pcap.__fspath__())
    assert (result.returncode, result.stderr) == (0, "")
    assert_sound(page)
    assert len(page.data["lives"]["bars"]) == 3
    assert "go back" in page.text
    # Each of the three was open once at least.
    assert all(max(series["values"]) >= 1 for series in page.data["open"]["series"])


def test_all_at_one_time(make, model, capture):
    """A clock of coarse resolution: frames tell the order."""
    pcap = capture(step=0)
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    for number in range(1, 4):
        calls.open_group("Group", handle(number))
        calls.request(44, Group=handle(number))
        calls.response(Group=NULL_HANDLE, result=0)
    result, page = make(pcap.__fspath__())
    assert (result.returncode, result.stderr) == (0, "")
    assert_sound(page)
    assert "go back" not in page.text
    series, = page.data["open"]["series"]
    assert max(series["values"]) == 1


def test_frames_without_a_time(make, model, capture):
    """Simple packet blocks of pcapng hold none."""
    pcap = capture()
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("Group", handle(1))
    pcap.close()
    path = sandbox.sandbox().new_folder() / "simple.pcapng"
    path.write_bytes(traffic.without_times(pcap.path))
    result, page = make(path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 PDUs of simple.pcapng without a time stamp" in page.text
    assert_sound(page)


def test_a_time_stamp_of_any_year(make, model, capture):
    assert wording.moment(1e15) == "1,000,000,000,000,000 s after 1970"
    assert wording.moment(0.0) == "1970-01-01 00:00:00.000"
    pcap = capture(start=2**32 - 2)
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group("Group", handle(1))
    result, page = make(pcap.__fspath__())
    assert (result.returncode, result.stderr) == (0, "")
    assert "2106-02-07" in page.text


def test_text_from_packets_stays_text(make, model, capture):
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group(INJECTION, handle(1))
    calls.open_group(INJECTION + "\x01", NULL_HANDLE)
    calls.create_notify(handle(2))
    calls.request(65, hNotify=handle(2))
    calls.response(dwNotifyKey=1, dwFilter=1, dwStateSequence=1, Name=INJECTION, rpc_status=0, result=0)
    result, page = make("--title", INJECTION, pcap.__fspath__())
    assert (result.returncode, result.stderr) == (0, "")
    assert "alert(1)" in page.text
    assert "img" not in page.tags
    assert page.tags.count("script") == 4 == page.text.lower().count("</script>")
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert any("alert(1)" in bar["label"] for bar in page.data["lives"]["bars"])
    # It turns the direction of what is written after it.
    assert "\u202e" not in page.text


def test_a_backslash_is_one(make, model, capture):
    """Newer releases of tshark write it twice."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("a\\b", handle(1))
    result, page = make(pcap.__fspath__())
    assert (result.returncode, result.stderr) == (0, "")
    assert [bar["label"] for bar in page.data["lives"]["bars"]] == ["HGROUP #1 a\\b"]


def test_separators_in_names_lose_no_call(make, model, capture):
    """The characters by which the program tells the values apart that tshark prints."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("a\x1fb\x1ec\nd\te", handle(1))
    calls.open_group("other", handle(2))
    result, page = make(pcap.__fspath__())
    assert (result.returncode, result.stderr) == (0, "")
    assert page.cards["calls"][0] == "2"
    assert len(page.data["lives"]["bars"]) == 2


def test_the_page_needs_nothing_else_and_allows_nothing_else(notify):
    outside = re.findall(r'(?:src|href)="([^"]*)"', notify.text.split("<script", 1)[0])
    assert outside and all(link.startswith(("#", "data:")) for link in outside)
    policy, = (value for name, value in notify.attributes if name == "content" and "default-src" in value)
    assert "default-src 'none'" in policy
    script_src, = (part for part in policy.split(";") if "script-src" in part)
    running = [text for attributes, text in notify.scripts if attributes.get("type") != "application/json"]
    for text in running:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in script_src
    assert len(running) == 3 == script_src.count("'sha256-")


def test_encrypted_calls_are_told(make, captures_dir):
    path = captures_dir / "notify-sealed-ntlm.pcapng"
    _, closed = make(path)
    assert "18 calls are sealed with NTLM by LAB\\labuser: " in closed.text
    assert closed.data["calls"]["series"][0]["name"] == "not read"
    assert closed.cards["findings"] == ("2", "2 MUST") and closed.cards["failed"][0] == "0"
    _, opened = make("--nt-password", LAB_PASSWORD, path)
    assert "are sealed with" not in opened.text
    assert any(row[0] == "#3" for row in opened.rows["notification-traffic"])
    assert any("sealed" in cell for row in opened.rows["servers-and-clients"] for cell in row)


def test_two_captures_are_told_apart(make, captures_dir):
    result, page = make(captures_dir / "notify-udp.pcapng", captures_dir / "notify-ndr.pcapng")
    assert result.returncode == 0
    assert [row[0] for row in page.rows["what-was-captured"][1:]] == ["1", "2"]
    labels = [bar["label"] for bar in page.data["lives"]["bars"]]
    assert "1: HCLUSTER #1 LABCLUSTER" in labels and "2: HCLUSTER #1 LABCLUSTER" in labels
    assert "2.0" in [row[3] for row in page.rows["servers-and-clients"]]
    assert any(row[0] == "notify-ndr.pcapng:44" for row in page.rows["findings"])


def test_a_capture_without_calls(make, capture):
    pcap = capture()
    pcap.tcp().fin()
    result, page = make(pcap.__fspath__())
    assert result.returncode == 0
    assert "No ClusAPI call was found" in page.text


def test_progress_is_told_only_when_asked(make, captures_dir):
    result, _ = make("--progress", captures_dir / "notify-ndr.pcapng")
    assert result.stderr.startswith("notify-ndr.pcapng: ")


def test_a_bad_capture_leaves_no_page(make, tmp_path):
    noise = tmp_path / "noise.pcap"
    noise.write_bytes(b"no capture\n")
    result, page = make(noise)
    assert (result.returncode, page) == (2, None)
    assert result.stderr == f'cmrp-report: The file "{noise}" isn\'t a capture file in a format TShark understands.\n'


def test_a_capture_that_is_cut_short_is_told(make, captures_dir, tmp_path):
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes((captures_dir / "notify-ndr.pcapng").read_bytes()[:4001])
    result, page = make(cut)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1 and "cut short" in result.stderr
    assert "cut short" in page.text and page.rows["servers-and-clients"][1:]


def test_what_is_wrong_is_one_sentence(captures_dir, tmp_path):
    path = captures_dir / "notify-ndr.pcapng"
    for words, sentence in (
            (["-o", "/nowhere/page.html"], "/nowhere/page.html cannot be written: No such file or directory."),
            (["-o", tmp_path / "page.html", "--chart-js", "/nowhere.js"],
             "/nowhere.js cannot be read, or is not Chart.js.")):
        result = programs.run("cmrp-report", "--tshark", programs.tshark_program(), *words, path)
        assert (result.returncode, result.stderr) == (2, f"cmrp-report: {sentence}\n")


def test_the_manual_is_clean():
    text = programs.manual("cmrp-report")
    options = set(re.findall(r"--[a-z-]+", programs.run("cmrp-report", "--help").stdout)) - {"--help"}
    for option in options:
        assert f"Fl {option[1:]}" in text, option


@pytest.mark.parametrize("name", ["failover", "smbtorture-registry-ndr", "notify-ndr"])
def test_lives_begin_where_the_plugin_says(tshark, captures_dir, tmp_path, name):
    """Whatever handles the request took that the response opens one for."""
    path = captures_dir / f"{name}.pcapng"
    _, rows = tables.rows(tshark.statistics(path, "cmrp,handles"), "ClusAPI Context Handles")
    expected = {f"#{life.number}": str(life.opened) for life in map(tables.life, rows)}
    shown = in_process(tmp_path / "page.html", path).rows["lives-of-handles"]
    assert {row[0]: row[4] for row in shown if row[0] in expected} == expected
