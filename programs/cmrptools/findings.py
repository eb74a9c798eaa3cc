# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the plugin find in a capture? Reads the lines that tshark's statistic cmrp,json writes (docs/json.md)."""
import functools
import json
from pathlib import Path

from . import unbound, unread
from .errors import ToolError
from .model import Counts, Finding, Verdict
from .text import in_words
from .tshark import CaptureError, check_readable

SCHEMA = 1
# For speed: of lines that are decoded together, the names of members are made once.
_AT_ONCE = 256
ARGUMENTS = ["-q", "-z", "cmrp,json"]
MISSING = "tshark did not print the summary that was asked for, so nothing can be judged."

# Link types of Wireshark: MIME, JSON, RFC 7468, MP4.
_DOCUMENTS = (134, 175, 202, 209)

# Names of model.Counts -> names in the summary.
_COUNTS = {"frames": "frames", "calls": "calls", "pdus": "pdus", "encrypted_calls": "sealed_calls", "encrypted": "sealed",
           "doubtful": "doubtful", "unfit": "unfit", "cut_short": "cut_short"}


def judge(tshark, capture, selection, source=None, name=None):
    """The Verdict about a capture file; raises ToolError if nothing can be judged at all.

    `source`: a joined.Join, if the capture is several files. `name`: what the user calls it.
    """
    verdict = Verdict(str(capture if name is None else name))
    if source is None:
        check_readable(capture, "capture")
        # To tshark it would be a capture without frames.
        if Path(capture).stat().st_size == 0:
            raise CaptureError(f"The capture {capture} is empty: what should write it has written nothing.")
    _judge(tshark, capture, verdict, selection, source, source)
    return verdict


def judge_live(tshark, feed, copy, selection, name, tell):
    """The Verdict about a capture that is being written: a live.Feed, which leaves it in the file `copy`.

    `tell`: called with each finding that counts as soon as it is known. Those on connections that are older than the
    capture are known at its end, and only the Verdict has them.
    """
    verdict = Verdict(name)
    _judge(tshark, copy, verdict, selection, feed, None, tell)
    feed.check_kept()
    if feed.interrupted and verdict.error and "cut short" in verdict.error:
        # The packet that was coming when somebody had seen enough.
        verdict.error = None
    return verdict


def _judge(tshark, capture, verdict, selection, first, source, tell=None):
    """`first`: the source of the first run, `source`: that of all others."""
    unknown = _read(tshark, capture, verdict, selection, first, tell)
    # The first run finds out which connections are older than the capture, and the second one names them.
    if verdict.unbound and verdict.unbound.named:
        verdict.error = None
        unknown = _read(tshark, capture, verdict, selection, source)
    if unknown:
        _add_unknown(tshark, capture, verdict, source)
    if verdict.counts.frames == 1 and not verdict.counts.pdus and not verdict.error:
        verdict.error = _no_capture(tshark, capture, source)
    verdict.unread = unread.reasons(tshark, capture, verdict.counts, source, verdict.unbound)


def _read(tshark, capture, verdict, selection, source, tell=None):
    """Run tshark once: what it tells goes to the verdict. Returns how many PDUs the plugin knows nothing of."""
    lines = Lines(verdict.capture, selection, tell)
    words = [*ARGUMENTS, *(verdict.unbound.arguments if verdict.unbound else [])]
    try:
        with tshark.lines(capture, words, source) as printed:
            for line in printed:
                lines.take(line)
    except CaptureError as error:
        verdict.error = str(error)
        lines.settle()
        if lines.summary is None:
            verdict.findings = lines.findings
            return 0
        # Of a capture that ends in the middle of a packet.
        verdict.error += " What stands before that was judged."
    summary = lines.whole()
    chosen = verdict.unbound or unbound.choose(unbound.connections(summary["unbound"]), tshark.said)
    verdict.findings, verdict.unbound = lines.findings, chosen
    verdict.counts = Counts(**{name: summary[key] for name, key in _COUNTS.items()}, late=chosen.late, assumed=chosen.assumed)
    return summary["unknown"]


def _no_capture(tshark, capture, source):
    """A sentence, if it is a document, a picture, a key …: Wireshark reads these too, each as one frame."""
    is_document = " || ".join(f"frame.encap_type == {kind}" for kind in _DOCUMENTS)
    if list(tshark.rows(capture, is_document, ["frame.number"], source)):
        return f"The file {capture} is no capture: Wireshark reads it as a document."
    return None


def _add_unknown(tshark, capture, verdict, source):
    """Of what DCE/RPC takes for ours and the plugin does not know, only the tree tells whether it is sealed."""
    naming = verdict.unbound.arguments
    try:
        for kinds, in tshark.rows(capture, unread.SEALED_UNKNOWN, ["dcerpc.pkt_type"], source, naming):
            verdict.counts.encrypted += 1
            verdict.counts.encrypted_calls += "0" in kinds
    except CaptureError as error:
        verdict.error = verdict.error or str(error)


class Lines:
    """Give it each line that tshark prints; then ask for the whole: the findings that count, and the summary.

    `tell`: called with each of the former at once.

    A summary that is not there, or that tells of other findings, is an error: without it nothing is known of the
    capture, and a capture of which nothing is known is not clean.
    """

    def __init__(self, capture, selection, tell=None):
        self.findings = []
        self.summary = None
        self._capture = capture
        # There are some hundred rules, and captures with a million findings.
        self._takes = functools.cache(selection.takes)
        self._tell = tell
        self._told = 0
        self._waiting = []

    def take(self, line):
        if line.startswith("{"):
            self._waiting.append(line)
            if self._tell or len(self._waiting) == _AT_ONCE:
                self.settle()

    def settle(self):
        """Read the lines that were taken and wait."""
        lines, self._waiting = self._waiting, []
        for told in self._decoded(lines):
            if told["type"] == "summary":
                self.summary = told
            elif told["type"] == "finding":
                self._take_finding(told)

    def _decoded(self, lines):
        try:
            objects = json.loads(f"[{','.join(lines)}]")
            if len(objects) != len(lines):
                raise ValueError
        except ValueError:
            raise ToolError(f"The JSON that tshark wrote about {self._capture} cannot be read.") from None
        return objects

    def _take_finding(self, told):
        self._told += 1
        if self._takes(told["level"], told["rule"]):
            finding = _finding(self._capture, told)
            self.findings.append(finding)
            if self._tell:
                self._tell(finding)

    def whole(self):
        """The summary."""
        self.settle()
        if self.summary is None:
            raise ToolError(MISSING)
        if self.summary["schema"] != SCHEMA:
            raise ToolError("tshark loaded a plugin cmrp.so that is not of the same version as this program.")
        counted = sum(self.summary["findings"].values())
        if counted != self._told:
            raise ToolError(f"tshark counts {counted} findings in {self._capture}, but its JSON holds {self._told}.")
        return self.summary


def _finding(capture, told):
    get = told.get
    handles, time = get("handles"), get("time")
    return Finding(
        capture, told["frame"], told["level"], told["section"], told["rule"], told["sentence"], told["evidence"],
        time=f"{time[:23]}Z" if time else None, source=_end(get("source"), get("source_port")),
        destination=_end(get("destination"), get("destination_port")), method=get("method"), handles=handles,
        object=_object(told, handles) if handles else None)


@functools.lru_cache(1024)
def _end(address, port):
    return in_words(address, port) if address and port is not None else address


def _object(told, handles):
    """The handle that a finding is about; if it does not tell, the last one. A fault says nothing of handles."""
    if told.get("direction") == "fault":
        return None
    about = told.get("about")
    one = next((handle for handle in handles if handle["id"] == about), handles[-1])
    return f'{one["type"]} "{one["name"]}"'
