# SPDX-License-Identifier: GPL-2.0-or-later
"""How is the report put together and written?"""
import base64
import hashlib
import json
import os
import sys
from pathlib import Path

from . import calls, page, tshark
from .cli import Parser
from .collect import Collection
from .errors import ToolError
from .files import write_whole
from .findings import judge
from .markup import join, raw, tag
from .model import Selection, Verdict
from .progress import Progress
from .text import printable

# Where Debian, Fedora and a folder of one's own keep Chart.js.
CHART_JS = ("/usr/share/javascript/chart.js/chart.min.js", "/usr/share/javascript/chart.js/chart.umd.js",
            "/usr/share/nodejs/chart.js/dist/chart.min.js", "/usr/lib/node_modules/chart.js/dist/chart.min.js")


def parser():
    parsed = Parser(
        prog="cmrp-report",
        description="Make one self-contained page about the ClusAPI traffic in captures. "
        "Exit status: 0 the page was written, 2 it was not, or a capture could not be read to its end.")
    parsed.add_argument("captures", metavar="CAPTURE", nargs="+")
    parsed.add_argument("-o", "--output", metavar="FILE", required=True, help="the page to write")
    parsed.add_argument("--title", default="ClusAPI traffic", help="its title")
    parsed.add_argument("--chart-js", metavar="FILE", help="chart.min.js of Chart.js 3 or newer")
    parsed.add_argument("--progress", action="store_true", help="tell progress even if nobody is at a terminal")
    parsed.add_version()
    tshark.add_options(parsed)
    return parsed


def main(words=None):
    options = parser().parse_args(words)
    chart_js = _chart_js(options.chart_js)
    progress = Progress(options.progress or sys.stderr.isatty())
    collection = Collection()
    with tshark.opened(options) as program:
        for capture in options.captures:
            _collect(program, capture, collection, progress)
    progress.clear()
    # What made tshark stop was said when the capture was judged; only a page about nothing is none.
    errors = [capture.verdict.error for capture in collection.captures if capture.verdict.error]
    for error in errors:
        print(f"cmrp-report: {printable(error)}", file=sys.stderr)
    if len(errors) == len(collection.captures) and not collection.methods:
        return 2
    write_whole(options.output, build(collection, options.title, chart_js))
    return 2 if errors else 0


def _collect(program, capture, collection, progress):
    name = printable(os.path.basename(capture))
    progress.say(f"{name}: looking for findings")
    try:
        verdict = judge(program, capture, Selection())
    except tshark.CaptureError as error:
        verdict = Verdict(capture, error=str(error))
    total = verdict.counts.pdus + verdict.counts.encrypted

    def tell(number):
        progress.say(f"{name}: {number:,} of {total:,} requests and responses")

    try:
        naming = verdict.unbound.arguments if verdict.unbound else ()
        collection.add(verdict, calls.read(program, capture, tell, naming))
    except tshark.CaptureError as error:
        verdict.error = verdict.error or str(error)


def _chart_js(path):
    paths = [path] if path else CHART_JS
    for one in paths:
        try:
            text = Path(one).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if "</script" not in text.lower():
            return text
    if path:
        raise ToolError(f"{path} cannot be read, or is not Chart.js.")
    raise ToolError("Chart.js was not found: install the package libjs-chart.js, or name the file with --chart-js.")


def build(collection, title, chart_js):
    """The page as text."""
    parts, data = page.sections(collection)
    here = Path(__file__).resolve().parent
    scripts = [chart_js, (here / "page.js").read_text(encoding="utf-8")]
    style = (here / "page.css").read_text(encoding="utf-8")
    # Only these two scripts may run, whatever the page says.
    digests = (hashlib.sha256(text.encode()).digest() for text in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
    embedded = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    names = [("What was captured", "what-was-captured"), ("Servers and clients", "servers-and-clients"),
             ("Calls", "calls-and-failures-over-time"), ("Handles", "lives-of-handles"),
             ("Notifications", "notification-traffic"), ("Findings", "findings"), ("Response times", "response-times")]
    files = ", ".join(capture.name for capture in collection.captures[:5])
    if len(collection.captures) > 5:
        files += f" and {len(collection.captures) - 5} more"
    head = join([
        raw('<meta charset="utf-8">'), raw(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        raw('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        raw('<link rel="icon" href="data:,">'), tag("title", title), raw(f"<style>\n{style}</style>")])
    time = f"{page.moment(collection.start or None)} to {page.moment(collection.end or None)} UTC"
    body = join([
        tag("header", tag("div", tag("h1", title), tag("p", files),
                          tag("p", time), cls="width")),
        tag("nav", tag("div", [tag("a", name, href=f"#{target}") for name, target in names], cls="width")),
        tag("main", parts, cls="width"),
        tag("footer", tag("div", "Made by cmrp-report from what the MS-CMRP plugin for Wireshark sees. Sections "
                          "without another document's name are those of MS-CMRP.", cls="width")),
        raw(f'<script type="application/json" id="data">{embedded}</script>'),
        *(raw(f"<script>{text}</script>") for text in scripts)])
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>{body}</body>\n</html>\n'

