# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the plugin find in a capture? Reads tshark's JSON of the frames that have findings.

JSON and not fields, because only in the tree does it show which frames prove which finding. For JSON tshark writes
down every item of every frame, whether printed or not, which makes it slow. So a large capture is first asked for
counts alone, and for JSON only if there are findings.
"""
import datetime
import json
from pathlib import Path

from . import counts, unbound, unread
from .errors import ToolError
from .joined import count_frames
from .model import Finding, Verdict
from .text import in_words
from .tshark import CaptureError, check_readable

# Two starts of tshark cost more than JSON for a small capture.
LARGE = 4 << 20


def judge(tshark, capture, selection, source=None, name=None):
    """The Verdict about a capture file; raises ToolError if nothing can be judged at all.

    `source`: a joined.Join, if the capture is several files. `name`: what the user calls it.
    """
    verdict = Verdict(str(capture if name is None else name))
    if source is None:
        check_readable(capture, "capture")
        # To tshark it would be a capture without frames.
        if Path(capture).stat().st_size == 0:
            raise CaptureError(f"The capture {capture} is empty.")
    large = (source.bytes if source else Path(capture).stat().st_size) > LARGE

    def look():
        if large:
            _keep_error(verdict, _read, tshark, capture, ["-q"], verdict, source)
        else:
            _keep_error(verdict, _read_findings, tshark, capture, verdict, selection, source)

    look()
    if verdict.unbound and verdict.unbound.named:
        verdict.error = None
        look()
    if large and verdict.found:
        _keep_error(verdict, _read_findings, tshark, capture, verdict, selection, source)
    verdict.unread = unread.reasons(tshark, capture, verdict.counts, source, verdict.unbound)
    return verdict


def _keep_error(verdict, function, *arguments):
    try:
        function(*arguments)
    except CaptureError as error:
        verdict.error = str(error)


def _read_findings(tshark, capture, verdict, selection, source):
    # All of the tree is needed only where a finding does not stand in the plugin's own part of it.
    for part in (["-J", "frame ip ipv6 tcp udp dcerpc cmrp cmrp2"], []):
        verdict.findings = []
        seen = []
        arguments = ["-Y", "cmrp.finding", "-T", "json", *part]
        _read(tshark, capture, arguments, verdict, source,
              lambda packet: seen.append(_take_packet(packet, verdict, selection, tshark)))
        if len(seen) != verdict.found:
            raise ToolError(f"tshark counts {verdict.found} frames with findings in {verdict.capture}, but its JSON "
                            f"holds {len(seen)}.")
        if all(seen):
            return
    raise ToolError(f"The findings in the JSON that tshark wrote about {verdict.capture} were not found.")


def _read(tshark, capture, arguments, verdict, source, take_packet=None):
    """Run tshark once: the counts go to the verdict, the text of each packet to `take_packet`.

    The first run finds out which connections are older than the capture, and those that follow name them.
    """
    table, connections = counts.Table(), unbound.List()
    words = [*arguments, *counts.ARGUMENTS, *unbound.ARGUMENTS, *_naming(verdict)]

    def chosen():
        return verdict.unbound or unbound.choose(connections.connections(), tshark.said)

    try:
        _take_lines(tshark, capture, words, source, (table, connections), take_packet)
    except CaptureError:
        # Of a capture that ends in the middle of a packet all before it was read.
        if table.is_whole() and connections.is_whole():
            verdict.take(table.numbers() or {}, chosen())
        raise
    verdict.take(table.numbers() or _count_one_by_one(tshark, capture, source, _naming(verdict)), chosen())


def _naming(verdict):
    return verdict.unbound.arguments if verdict.unbound else []


def _count_one_by_one(tshark, capture, source, naming):
    def frames(filter):
        with tshark.lines(capture, ["-Y", filter, "-T", "fields", "-e", "frame.number", *naming], source) as lines:
            return sum(1 for _ in lines)

    numbers = counts.one_by_one(frames)
    if not numbers["frames"] and (source.frames if source else count_frames(capture)[0]):
        raise ToolError(counts.MISSING)
    return numbers


def _take_lines(tshark, capture, arguments, source, tables, take_packet):
    packet = None
    with tshark.lines(capture, arguments, source) as lines:
        for line in lines:
            # tshark indents each packet of its list by two spaces, and what is within by more.
            if line == "  {\n" and take_packet:
                packet = [line]
            elif line.startswith("  }") and packet is not None:
                take_packet("".join(packet) + "}")
                packet = None
            elif packet is not None:
                packet.append(line)
            else:
                for table in tables:
                    table.take(line)


def _take_packet(text, verdict, selection, tshark):
    try:
        # Names repeat within an object: the pairs are kept as they come.
        packet = json.loads(text, object_pairs_hook=list)
    except ValueError:
        raise ToolError(f"The JSON that tshark wrote about {verdict.capture} cannot be read.") from None
    layers = _get(_get(packet, "_source"), "layers")
    texts, findings, opnum = {}, [], None
    for name, layer in layers:
        if isinstance(layer, list):
            # The plugin's layer follows that of DCE/RPC, which tells the method of a fault as well.
            opnum = _get(layer, "cmrp.opnum") or _get(layer, "dcerpc.opnum") or (opnum if name != "dcerpc" else None)
            found = []
            _walk(layer, texts, found)
            findings += [(rule, below, layer, opnum) for rule, below in found]
    where = _where(layers)
    for rule, below, layer, opnum in findings:
        said = texts.get(rule.replace("-", "_"))
        handles = list(_handles(layer))
        about = next((one for one, rules in handles if rule.replace("-", "_") in rules), handles[-1][0] if handles else None)
        finding = Finding(
            capture=verdict.capture, level=_get(below, "cmrp.finding.level") or "",
            section=_get(below, "cmrp.finding.section") or "", rule=rule, text=said.pop(0) if said else "",
            evidence=[int(value) for name, value in below if name == "cmrp.finding.evidence"],
            method=tshark.names_of("cmrp.opnum").get(opnum), handles=[one for one, _ in handles] or None,
            object=f'{about["type"]} "{about["name"]}"' if about else None, **where)
        if selection.takes(finding):
            verdict.findings.append(finding)
    return bool(findings)


def _where(layers):
    """Frame, time and ends of a packet; within tunnels the innermost."""
    last = {}
    for name, layer in layers:
        if name in ("frame", "ip", "ipv6", "tcp", "udp") and isinstance(layer, list):
            last.update(layer)
            if name in ("ip", "ipv6"):
                last["from"], last["to"] = _get(layer, f"{name}.src"), _get(layer, f"{name}.dst")
            elif name != "frame":
                last["from port"], last["to port"] = _get(layer, f"{name}.srcport"), _get(layer, f"{name}.dstport")

    def end(which):
        address, port = last.get(which), last.get(f"{which} port")
        if address and port:
            return in_words(address, port)
        return address

    return {"frame": int(last["frame.number"]), "time": _moment(last.get("frame.time_epoch")), "source": end("from"),
            "destination": end("to")}


def _moment(epoch):
    """The time of a frame in UTC; None if there is none, or none that a calendar has."""
    seconds, _, fraction = (epoch or "").partition(".")
    try:
        when = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return f"{when.replace(tzinfo=None).isoformat()}.{fraction[:3] or '000'}Z"


def _handles(pairs):
    """(handle, the rules of expert items that hang at it) of a layer, in the order of the PDU, each life once."""
    seen = {}
    for handle, rules in _handles_below(pairs):
        seen.setdefault(handle["id"], (handle, set()))[1].update(rules)
    return seen.values()


def _handles_below(pairs):
    number = _get(pairs, "cmrp.handle.id")
    if number is not None:
        experts = [value for name, value in pairs if name == "_ws.expert"]
        yield ({"id": int(number), "type": (_get(pairs, "cmrp.handle.type") or "handle").removesuffix("_RPC"),
                "name": _get(pairs, "cmrp.handle.name") or ""},
               {key.removeprefix("cmrp.expert.") for expert in experts for key, _ in expert})
    for _, value in pairs:
        if isinstance(value, list):
            yield from _handles_below(value)


def _walk(pairs, texts, findings):
    """Collects the expert items' texts by rule, and the findings with what hangs below them, in their order."""
    for place, (name, value) in enumerate(pairs):
        if name == "cmrp.finding":
            below = pairs[place + 1][1] if pairs[place + 1:place + 2] and pairs[place + 1][0] == f"{name}_tree" else []
            findings.append((value, below))
        elif name == "_ws.expert":
            rules = [key.removeprefix("cmrp.expert.") for key, _ in value if key.startswith("cmrp.expert.")]
            for rule in rules:
                texts.setdefault(rule, []).append(_get(value, "_ws.expert.message") or "")
        elif isinstance(value, list):
            _walk(value, texts, findings)


def _get(pairs, name):
    return next((value for key, value in pairs or [] if key == name), None)
