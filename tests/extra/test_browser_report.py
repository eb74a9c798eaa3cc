# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a browser draw the report's charts, without a complaint and without running what packets hold?

The picture of the report is kept in the build folder, or in CMRP_PICTURES: tools/test-gui --pictures puts it into
docs/pictures.
"""
import os
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

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
