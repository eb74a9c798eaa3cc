# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a browser draw the report's charts, sort, search and print its tables, without a complaint and without running what
packets hold?

The picture of the report is kept in the build folder, or in CMRP_PICTURES: tools/test-gui --pictures puts it into
docs/pictures.
"""
import base64
import json
import os
import re
import shutil
import struct
import subprocess
import zlib
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, Calls, handle

CHARTS = 5
INJECTION = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"


def chromium(page, *words):
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "This test needs a browser: install the package chromium."
    profile = sandbox.sandbox().new_folder()
    # Its own sandbox does not work as root or in a container; the page is ours.
    result = subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
         "--v=0", f"--user-data-dir={profile}", "--window-size=1280,3000", *words, f"file://{page}"],
        capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert "CONSOLE" not in result.stderr, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def report():
    def make(*captures, cwd=None):
        page = sandbox.sandbox().new_folder() / "report.html"
        result = programs.run("cmrp-report", "--tshark", programs.tshark_program(), "-o", page, *captures, cwd=cwd)
        assert (result.returncode, result.stderr) == (0, "")
        return page

    return make


def colors(picture):
    """How many pixels of each colour a PNG of 8 bits a channel has."""
    with open(picture, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    channels = {2: 3, 6: 4}[kind]
    assert depth == 8
    packed, place = b"", 8
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place:place + 8])
        if name == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += 12 + length
    rows, size, found = zlib.decompress(packed), width * channels, {}
    before = bytearray(size)
    for row in range(height):
        start = row * (size + 1)
        now = unfilter(rows[start], bytearray(rows[start + 1:start + 1 + size]), before, channels)
        for pixel in range(0, size, channels):
            color = bytes(now[pixel:pixel + 3])
            found[color] = found.get(color, 0) + 1
        before = now
    return found


def unfilter(kind, line, above, step):
    for place, value in enumerate(line):
        left = line[place - step] if place >= step else 0
        up = above[place]
        corner = above[place - step] if place >= step else 0
        if kind == 4:
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        else:
            nearest = (0, left, up, (left + up) // 2)[kind]
        line[place] = (value + nearest) & 0xFF
    return line


def test_all_charts_are_drawn(report, captures_dir):
    page = report("notify-ndr.pcapng", cwd=captures_dir)
    assert f'data-charts="{CHARTS}"' in chromium(page, "--dump-dom").split(">", 2)[1]
    pictures = Path(os.environ.get("CMRP_PICTURES") or sandbox.BUILD_DIR / "pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    picture = pictures / "report.png"
    chromium(page, f"--screenshot={picture}")
    found = colors(picture)
    # The colours of calls that succeeded, failed and faulted, in areas that only bars have.
    for color in ("4c8ac7", "e0952f", "c2382f"):
        assert found.get(bytes.fromhex(color), 0) > 1000, color


def test_packets_cannot_run_anything(report, model, capture):
    pcap = capture()
    Calls(model, pcap, ENCODINGS["3-ndr"]).open_group(INJECTION, handle(1))
    dom = chromium(report(pcap.__fspath__()), "--dump-dom")
    assert re.search(r"<title>([^<]*)", dom)[1] == "ClusAPI traffic"
    assert "<img" not in dom
    # What was not used has no chart.
    assert f'data-charts="{CHARTS - 1}"' in dom


def test_a_page_without_calls_is_whole(report, capture):
    pcap = capture()
    pcap.tcp().fin()
    assert 'data-charts="0"' in chromium(report(pcap.__fspath__()), "--dump-dom")


# ---------------------------------------------------------------- what the page does

@pytest.fixture(scope="module")
def notify(report, captures_dir):
    return report(captures_dir / "notify-ndr.pcapng", captures_dir / "failures.pcapng")


def ask(page, script, *words, place="", width=None):
    """What a script answers that runs in the page when all is there. `width`: of the page, narrower than any window."""
    text = page.read_text(encoding="utf-8")
    # The page allows its own scripts alone.
    text = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    asking = f"""<script>
setTimeout(() => {{
  const answer = (() => {{ {script} }})();
  const written = btoa(encodeURIComponent(JSON.stringify(answer)));
  document.documentElement.dataset.answer = written;
  parent.postMessage(written, "*");
}}, 100);</script></body>"""
    asked = page.with_name("asked.html")
    asked.write_text(text.replace("</body>", asking), encoding="utf-8")
    if width:
        outer = page.with_name("outer.html")
        outer.write_text(f"""<iframe src="{asked.name}{place}" style="border:0" width="{width}" height="3000"></iframe>
<script>onmessage = (event) => {{ document.documentElement.dataset.answer = event.data; }};</script>""", encoding="utf-8")
        asked, place = outer, ""
    dom = chromium(f"{asked}{place}", "--dump-dom", "--virtual-time-budget=3000", *words)
    return json.loads(unquote(base64.b64decode(re.search('data-answer="([^"]*)"', dom)[1]).decode()))


# The visible cells of a column of the table in a section that has this head.
COLUMN = """
const table = (section, head) => [...document.querySelectorAll(`#${section} table`)].find(
  (one) => [...one.tHead.rows[0].cells].some((cell) => cell.textContent === head));
const place = (of, head) => [...of.tHead.rows[0].cells].findIndex((cell) => cell.textContent === head);
const column = (of, head) => [...of.tBodies[0].rows].map((row) => row.cells[place(of, head)].textContent);
const click = (of, head) => of.tHead.rows[0].cells[place(of, head)].querySelector("button").click();
const search = (of, text) => {
  const input = of.parentElement.previousElementSibling.querySelector("input");
  input.value = text;
  input.dispatchEvent(new Event("input"));
};
const status = (of) => of.parentElement.previousElementSibling.querySelector(".status").textContent;
"""


def test_tables_are_sorted(notify):
    up, down, times, handles = ask(notify, COLUMN + """
        const methods = table("response-times", "longest");
        click(methods, "method");
        const up = column(methods, "method");
        click(methods, "method");
        const down = column(methods, "method");
        click(methods, "longest");
        const times = column(methods, "longest");
        const lives = table("lives-of-handles", "opened in frame");
        click(lives, "handle");
        return [up, down, times, column(lives, "handle")];""")
    assert up == sorted(up, key=str.lower) == down[::-1] and len(up) > 10

    def seconds(text):
        value, unit = text.split()
        return float(value) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit]

    known = [seconds(text) for text in times if text != "–"]
    # Across units, and what is unknown last.
    assert known == sorted(known) and times[len(known):] == ["–"] * (len(times) - len(known))
    assert handles == ["1: #1", "1: #2", "1: #3", "2: #1", "2: #2"]


def test_tables_are_searched_and_say_so(notify):
    found, said, all_again = ask(notify, COLUMN + """
        const list = table("calls-one-by-one", "request");
        search(list, "group MATCH_nothing"); search(list, "readd invalid_handle");
        const found = column(list, "method"), said = status(list);
        search(list, "");
        return [found, said, status(list)];""")
    assert found == ["ApiReAddNotifyGroup"]
    assert said == "1 of 30 calls match." and all_again == "30 calls."


def test_links_lead_to_calls(notify):
    place = "#calls-one-by-one?method=ApiReAddNotifyGroup&status=ERROR_INVALID_HANDLE"
    script = COLUMN + """
        const list = table("calls-one-by-one", "request");
        return [column(list, "frame"), status(list), document.querySelector(".only").textContent, scrollY > 0];"""
    frames, said, only, scrolled = ask(notify, script, "--window-size=1280,700", place=place)
    assert (frames, said, scrolled) == (["notify-ndr.pcapng:40"], "1 of 30 calls match.", True)
    assert only == "Only those of method ApiReAddNotifyGroup, status ERROR_INVALID_HANDLE — all calls"
    frames, *_ = ask(notify, script, place="#calls-one-by-one?handle=2-2")
    assert len(frames) > 3 and all(frame.startswith("failures.pcapng:") for frame in frames)


def test_a_click_on_a_handle_lists_its_calls_and_a_second_one_all(notify):
    some, every = ask(notify, COLUMN + """
        const list = table("calls-one-by-one", "request");
        const link = [...document.querySelectorAll('a[href="#calls-one-by-one?handle=1-2"]')][0];
        history.replaceState(null, "", link.hash);
        link.click();
        const some = column(list, "frame").length;
        history.replaceState(null, "", "#calls-one-by-one");
        document.querySelector(".only a").click();
        return [some, column(list, "frame").length];""")
    assert (some, every) == (7, 30)


def test_a_row_that_a_search_hid_is_shown_to_who_follows_a_link(notify):
    before, after = ask(notify, COLUMN + """
        const lives = table("lives-of-handles", "opened in frame");
        search(lives, "nothing has this name");
        for (let number = 0; number < 20; number++) lives.tBodies[0].append(lives.insertRow());
        const before = document.getElementById("handle-1-2") !== null;
        history.replaceState(null, "", "#handle-1-2");
        document.querySelector('a[href="#handle-1-2"]').click();
        return [before, document.getElementById("handle-1-2") !== null];""")
    assert (before, after) == (False, True)


def test_long_lists_are_opened_by_portions(report, captures_dir):
    page = report(*sorted(captures_dir.glob("smbtorture-group-ndr*.pcapng")), *sorted(captures_dir.glob("smbtorture-resource-*.pcapng")))
    first, rows, more, every = ask(page, COLUMN + """
        const list = table("calls-one-by-one", "request");
        const first = status(list), rows = column(list, "frame").length;
        const button = (words) => [...document.querySelectorAll("#calls-one-by-one button")].find((one) => one.textContent === words);
        button("show all").click();
        return [first, rows, status(list), column(list, "frame").length];""")
    assert rows == 200 and re.match(rf"Showing 200 of {every} calls\. ", first)
    assert every > 400 and more == f"{every} calls."


@pytest.mark.parametrize("width", [400, 640, 1280])
def test_nothing_sticks_out(notify, width):
    """Neither the page nor a table is wider than the screen."""
    page, tables, inner = ask(notify, """
        return [document.documentElement.scrollWidth,
                [...document.querySelectorAll(".scroll")].map((one) => one.scrollWidth - one.clientWidth), innerWidth];""",
                              width=width)
    assert inner == width >= page
    assert max(tables) <= 0


def test_it_is_dark_in_the_dark(notify):
    script = """
        const style = (name) => getComputedStyle(document.body)[name].match(/\\d+/g).slice(0, 3).map(Number);
        return [style("backgroundColor"), style("color"), Chart.defaults.color];"""
    light, dark = (ask(notify, script, f"--blink-settings=preferredColorScheme={scheme}") for scheme in (1, 0))
    assert sum(light[0]) > 600 > 200 > sum(light[1])
    assert sum(dark[0]) < 200 < 600 < sum(dark[1])
    assert light[2] != dark[2]


def test_paper_holds_all_rows(notify):
    """Of tables that scroll on the screen, in the dark as well."""
    paper = notify.with_name("report.pdf")
    chromium(notify, f"--print-to-pdf={paper}", "--blink-settings=preferredColorScheme=0")
    words = subprocess.run(["pdftotext", "-raw", paper, "-"], capture_output=True, encoding="utf-8", check=True).stdout
    told = re.sub(r"\s", "", words)
    text = notify.read_text(encoding="utf-8")
    cells = [unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td[^>]*>(.*?)</td>", text)]
    assert len(cells) > 300
    for cell in cells:
        assert re.sub(r"\s", "", cell) in told, cell
    # The list of calls is made by the page's script.
    assert told.count("ApiGetClusterName") >= 3
