# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-report tell a person what happened, and nothing that packets smuggle in?"""
import base64
import hashlib
import json
import re
import sys
from html.parser import HTMLParser

import pytest
from support import programs, sandbox, traffic
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.tshark import LAB_PASSWORD

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import charts  # noqa: E402
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
        elif tag == "div" and attributes.get("class", "").startswith("card "):
            self._card = []
        elif tag == "div" and attributes.get("class") == "card":
            self._card = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None
        elif tag == "script":
            self._script = None
        elif tag == "div" and self._card is not None:
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
    assert notify.cards["failed"] == ("2", "and 1 fault")
    assert notify.cards["handles"] == ("3", "0 not closed here")
    assert notify.cards["events"] == ("2", "at 1 notification port")


def test_ends_failures_ports_and_findings_are_listed(notify):
    assert notify.rows["servers-and-clients"][1][:4] == ["127.0.0.1:61664", "127.0.0.1", "2", "3.0"]
    assert ["ApiReAddNotifyGroup", "ERROR_INVALID_HANDLE", "1", "41"] in notify.rows["calls-and-failures-over-time"]
    assert ["ApiReAddNotifyGroup", "nca_s_fault_context_mismatch", "1", "45"] in \
        notify.rows["calls-and-failures-over-time"]
    port, = (row for row in notify.rows["notification-traffic"] if row[0] == "#3")
    assert port[1] == "port 1" and port[3:10] == ["1", "3", "3", "2", "0", "1", "1"]
    events = [row for row in notify.rows["notification-traffic"] if row[0] in ("33", "39")]
    assert len(events) == 2 and all("Lab File Server" in row[-1] for row in events)
    finding, = (row for row in notify.rows["findings"] if row[0] == "44" and row[2] == "handle-used-after-close")
    assert finding[1] == "MUST" and "43" in finding[5]


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
    assert page_module.moment(1e15) == "1,000,000,000,000,000 s after 1970"
    assert page_module.moment(0.0) == "1970-01-01 00:00:00.000"
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
    assert page.tags.count("script") == 3 == page.text.lower().count("</script>")
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
    assert len(running) == 2 == script_src.count("'sha256-")


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
