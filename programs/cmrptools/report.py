# SPDX-License-Identifier: GPL-2.0-or-later
"""How is the report put together and written?"""
import base64
import contextlib
import functools
import hashlib
import json
import sys
from pathlib import Path

from . import calls, host, page, parallel, rules, tshark
from .cli import Parser, positive
from .collect import Collection
from .errors import ToolError
from .files import write_whole
from .findings import judge
from .markup import join, raw, tag
from .model import Selection, Verdict
from .progress import Progress
from .text import printable
from .wording import moment, names_of, without_folder

# Where Debian, Fedora and a folder of one's own keep Chart.js.
CHART_JS = ("/usr/share/javascript/chart.js/chart.min.js", "/usr/share/javascript/chart.js/chart.umd.js",
            "/usr/share/nodejs/chart.js/dist/chart.min.js", "/usr/lib/node_modules/chart.js/dist/chart.min.js")

# Each takes the memory of a tshark.
MOST_JOBS = 8


def parser():
    parsed = Parser(
        prog="cmrp-report",
        description="Make one self-contained page about the ClusAPI traffic in captures. "
        "Exit status: 0 the page was written, 2 it was not, or a capture could not be read to its end.")
    parsed.add_argument("captures", metavar="CAPTURE", nargs="+")
    parsed.add_argument("-o", "--output", metavar="FILE", required=True, help="the page to write")
    parsed.add_argument("--title", default="ClusAPI traffic", help="its title")
    parsed.add_argument("--chart-js", metavar="FILE", help="chart.min.js of Chart.js 3 or newer")
    parsed.add_argument("--jobs", metavar="N", type=positive, default=min(host.cores(), MOST_JOBS),
                        help=f"captures that are read at the same time (one a core, up to {MOST_JOBS})")
    parsed.add_argument("--progress", action="store_true", help="tell progress even if nobody is at a terminal")
    parsed.add_version()
    tshark.add_options(parsed)
    return parsed


def main(words=None):
    options = parser().parse_args(words)
    chart_js = _chart_js(options.chart_js)
    progress = Progress(options.progress or sys.stderr.isatty())
    names = names_of(options.captures)
    collection = Collection(names)
    with tshark.opened(options) as program:
        makers = [functools.partial(_read, program, capture) for capture in options.captures]
        with contextlib.closing(parallel.streams(makers, min(options.jobs, len(makers)), program.stop)) as streams:
            for stream, name in zip(streams, names):
                _collect(stream, name, collection, progress)
        known = rules.read(program)
    progress.clear()
    # What made tshark stop was said when the capture was judged; only a page about nothing is none.
    errors = [capture.verdict.error for capture in collection.captures if capture.verdict.error]
    for error in errors:
        print(f"cmrp-report: {printable(error)}", file=sys.stderr)
    if len(errors) == len(collection.captures) and not collection.methods:
        return 2
    _forget_folders(collection)
    write_whole(options.output, build(collection, options.title, chart_js, known))
    return 2 if errors else 0


def _forget_folders(collection):
    """The page goes to others, whom the folders of this machine do not concern."""
    for capture in collection.captures:
        verdict = capture.verdict
        verdict.unread = [without_folder(sentence, verdict.capture, capture.name) for sentence in verdict.unread]
        verdict.error = verdict.error and without_folder(verdict.error, verdict.capture, capture.name)


def _read(program, capture):
    """First the Verdict, then all PDUs."""
    try:
        verdict = judge(program, capture, Selection())
    except tshark.CaptureError as error:
        verdict = Verdict(capture, error=str(error))
    yield verdict
    yield from calls.read(program, capture, verdict.unbound.arguments if verdict.unbound else ())


def _collect(stream, name, collection, progress):
    progress.say(f"{name}: looking for findings")
    verdict = next(stream)
    total = verdict.counts.pdus + verdict.counts.encrypted

    def told():
        for number, pdu in enumerate(stream):
            if number % 1000 == 0:
                progress.say(f"{name}: {number:,} of {total:,} requests and responses")
            yield pdu

    try:
        collection.add(verdict, told())
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


def build(collection, title, chart_js, known):
    """The page as text. `known`: the plugin's rules."""
    parts, data = page.sections(collection, known)
    here = Path(__file__).resolve().parent
    scripts = [chart_js, *((here / name).read_text(encoding="utf-8") for name in ("page.js", "tables.js"))]
    style = (here / "page.css").read_text(encoding="utf-8")
    # Only these scripts may run, whatever the page says.
    digests = (hashlib.sha256(text.encode()).digest() for text in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
    embedded = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    files = ", ".join(capture.name for capture in collection.captures[:5])
    if len(collection.captures) > 5:
        files += f" and {len(collection.captures) - 5} more"
    head = join([
        raw('<meta charset="utf-8">'), raw(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        raw('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        raw('<link rel="icon" href="data:,">'), tag("title", title), raw(f"<style>\n{style}</style>")])
    time = f"{moment(collection.start or None)} to {moment(collection.end or None)} UTC"
    body = join([
        tag("header", tag("div", tag("h1", title), tag("p", files),
                          tag("p", time), cls="width")),
        tag("nav", tag("div", [tag("a", name, href=f"#{page.anchor(name)}") for name in page.SECTIONS], cls="width")),
        tag("main", parts, cls="width"),
        tag("footer", tag("div", "Made by cmrp-report from what the MS-CMRP plugin for Wireshark sees. Sections "
                          "without another document's name are those of MS-CMRP.", cls="width")),
        raw(f'<script type="application/json" id="data">{embedded}</script>'),
        *(raw(f"<script>{text}</script>") for text in scripts)])
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>{body}</body>\n</html>\n'
