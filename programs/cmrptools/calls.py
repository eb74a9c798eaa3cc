# SPDX-License-Identifier: GPL-2.0-or-later
"""Which requests, responses and faults of ClusAPI does a capture hold? Reads fields that tshark prints."""
import re
from collections import namedtuple
from itertools import zip_longest

from .text import in_words
from .tshark import check_readable

# One PDU. `time` is None if the capture does not tell it. `status` is None for requests, for faults that of DCE/RPC.
# `outcome` is one of those below, None for requests, and for answers that tell none. `request` is the frame of an answer's
# request, if it is known. `handles` is a list of Handle, `opened` and `closed` are the numbers of lives that begin or end
# with this PDU. `read` is false if it is encrypted, may have been decrypted wrongly, or does not read as one of the
# interface. `said` is what the Info column says of it behind the method, without the status.
Pdu = namedtuple("Pdu", "frame time client server connection version opnum method kind status status_name outcome elapsed "
                        "request handles opened closed read sealing said")
Handle = namedtuple("Handle", "id type name")

REQUEST, RESPONSE, FAULT = "request", "response", "fault"
SUCCEEDED, CONTINUES, FAILED, FAULTED = "succeeded", "continues", "failed", "fault"
# The values of cmrp.outcome.
_OUTCOMES = {"success": SUCCEEDED, "continues": CONTINUES, "failure": FAILED, "fault": FAULTED}
_KINDS = {"0": REQUEST, "2": RESPONSE, "3": FAULT, "6": FAULT}

_FIELDS = (
    "frame.number", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
    "udp.srcport", "udp.dstport", "tcp.stream", "dcerpc.pkt_type", "dcerpc.request_in", "dcerpc.time",
    "dcerpc.cn_status", "dcerpc.dg_status", "dcerpc.auth_level", "dcerpc.opnum", "cmrp", "cmrp.version", "cmrp.opnum",
    "cmrp.status", "cmrp.outcome", "cmrp.handle.id", "cmrp.handle.type", "cmrp.handle.name", "cmrp.handle.opened_in",
    "cmrp.handle.closed_in", "cmrp.sealed", "cmrp.expert.decryption_doubtful", "cmrp.unbound", "_ws.col.Info")
_Row = namedtuple("_Row", [name.replace(".", "_").strip("_") for name in _FIELDS])

_METHOD = re.compile(r"[A-Za-z]\w*")
# It follows handles, and their names, which may hold anything: the last word of its kind is the status.
_STATUS_IN_INFO = re.compile(r", ([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b(?! #)")
_FAULT_IN_INFO = re.compile(r" fault, (?:.*, )?(\w+)$")
_FILTER = "cmrp || dcerpc.pkt_type == 3 || dcerpc.pkt_type == 6"


def read(tshark, capture, naming=()):
    """The PDUs in the order of the capture. Raises CaptureError at its end if it could not be read wholly.

    `naming`: the arguments of an unbound.Unbound.
    """
    check_readable(capture, "capture")
    requests = _Requests()
    for cells in tshark.rows(capture, _FILTER, _FIELDS, naming=naming):
        yield from _pdus(_Row(*cells), requests)


# What is kept of a request until its answer comes.
_Request = namedtuple("_Request", "frame method opnum version said")


class _Requests:
    """Those without an answer so far. A frame may hold several."""

    def __init__(self):
        self._waiting = {}

    def add(self, request):
        self._waiting.setdefault(request.frame, []).append(request)

    def wait(self, frame, opnum):
        """Does one in this frame, of this operation, wait for its answer?"""
        return any(one.opnum == opnum for one in self._waiting.get(frame, []))

    def take(self, frame, opnum=None):
        """The one in this frame that an answer belongs to, or None."""
        waiting = self._waiting.get(frame, [])
        found = next((one for one in waiting if opnum in (None, one.opnum)), None)
        if found:
            waiting.remove(found)
            if not waiting:
                del self._waiting[frame]
        return found


# What an answer tells of its call; `frame` is that of the request. Both may be None.
_Answer = namedtuple("_Answer", "kind frame elapsed")


class _Answers:
    """Those of one frame, in their order. A fault of ours may stand beside what has a layer of ours."""

    def __init__(self, row):
        kinds = [kind for kind in map(_KINDS.get, row.dcerpc_pkt_type) if kind in (RESPONSE, FAULT)]
        # The frame of a request may stand there twice, and one frame may hold the requests of several answers.
        frames = [int(frame) for frame in dict.fromkeys(row.dcerpc_request_in)]
        frames += frames[-1:] * (len(kinds) - len(frames))
        times = list(map(float, row.dcerpc_time))
        self._left = [_Answer(*one) for one in zip_longest(kinds, frames[:len(kinds)], times[:len(kinds)])]

    def take(self, kind, opnum, requests):
        """The first of a kind, first of all one whose request waits for it."""
        fitting = [one for one in self._left if one.kind == kind]
        known = [one for one in fitting if requests.wait(one.frame, opnum)]
        found = next(iter(known or fitting), None)
        if found:
            self._left.remove(found)
        return found or _Answer(kind, None, None)

    def faults(self):
        """Those that are left."""
        return [one for one in self._left if one.kind == FAULT]


def _pdus(row, requests):
    """The PDUs of one frame. `requests`: the _Requests so far."""
    answers = _Answers(row)
    yield from _own_pdus(row, requests, answers)
    # A fault belongs to the interface if its request does, whether or not the plugin has something to say in its frame.
    for answer in answers.faults():
        request = requests.take(answer.frame)
        if request:
            pdu = _pdu(row._replace(cmrp_version=request.version), FAULT, request.method, request.opnum, with_handles=False)
            yield _with_fault(pdu._replace(request=answer.frame, elapsed=answer.elapsed), row, request)


def _without_faults(cells, kinds):
    """What requests and responses have of a list that tells of faults, too."""
    return [cell for cell, kind in zip(cells, kinds) if kind != FAULT] if len(cells) == len(kinds) else cells


def _own_pdus(row, requests, answers):
    """Those that have a layer of the interface, and say which method it is."""
    methods = [_method(text, row) for text in row.cmrp]
    every = [kind for kind in map(_KINDS.get, row.dcerpc_pkt_type) if kind]
    opnums = _without_faults([int(value) for value in row.cmrp_opnum], every)
    if not opnums:
        return
    if len(opnums) != len(methods):
        opnums = opnums[:1] * len(methods)
    statuses = list(row.cmrp_status)
    outcomes = list(_without_faults(row.cmrp_outcome, [kind for kind in every if kind != REQUEST]))
    for place, (method, kind) in enumerate(zip(methods, _kinds_of(row.dcerpc_pkt_type, len(methods)))):
        pdu = _pdu(row, kind, method, opnums[place], with_handles=place == 0)
        if kind == REQUEST:
            requests.add(_Request(pdu.frame, method, pdu.opnum, row.cmrp_version, pdu.said))
        else:
            answer = answers.take(kind, pdu.opnum, requests)
            request = requests.take(answer.frame, pdu.opnum)
            pdu = pdu._replace(request=answer.frame, elapsed=answer.elapsed)
            if kind == FAULT:
                pdu = _with_fault(pdu, row, request)
            elif statuses:
                outcome = _OUTCOMES.get(outcomes.pop(0)) if outcomes else None
                pdu = _with_status(pdu, int(statuses.pop(0), 0), outcome, row)
        yield pdu


def _kinds_of(kinds, number):
    """The kinds of this many PDUs that have a layer of the interface."""
    kinds = [_KINDS.get(kind, REQUEST) for kind in kinds]
    layers = [kind for kind in kinds if kind != FAULT]
    if len(kinds) != number and len(layers) == number:
        return layers
    # A PDU of another interface in the same frame: those of ClusAPI are taken to go the same way.
    return kinds if len(kinds) == number else kinds[:1] * number


def _with_status(pdu, status, outcome, row):
    """A response and its result."""
    found = _STATUS_IN_INFO.findall(_first(row.ws_col_Info)) if status else None
    name = found[-1] if found else str(status)
    # What is unknown of an outcome, as of one that an older plugin does not tell, the status says.
    outcome = outcome or (FAILED if status else SUCCEEDED)
    return pdu._replace(status=status, status_name=name if status else "", outcome=outcome,
                        said=pdu.said.partition(name)[0].rstrip(", ") if found else pdu.said)


def _with_fault(pdu, row, request):
    """A fault, which says nothing of what was asked: its request does."""
    status, name = _fault_status(row)
    return pdu._replace(status=status, status_name=name, outcome=FAULTED, said=request.said if request else "")


def _method(text, row):
    """From the protocol's line in the tree, "Failover … (MS-CMRP, ClusAPI), ApiOpenGroup"; that of 2.0 is shorter."""
    word = text.rsplit(", ", 1)[-1] if ", " in text else _first(row.ws_col_Info).split(" ", 1)[0]
    return word if _METHOD.fullmatch(word) else f"opnum {_first(row.cmrp_opnum)}"


def _first(cell):
    return cell[0] if cell else ""


def _last(cell):
    return cell[-1] if cell else ""


def _fault_status(row):
    found = _FAULT_IN_INFO.search(_first(row.ws_col_Info))
    cells = row.dcerpc_cn_status or row.dcerpc_dg_status
    status = int(cells[0], 0) if cells else 0
    return status, found[1] if found else f"0x{status:08x}"


def _pdu(row, kind, method, opnum, with_handles):
    """What holds for each kind of PDU; the result of an answer is not in it."""
    source, target, connection = _ends(row)
    client, server = (source, target) if kind == REQUEST else (target, source)
    handles, opened, closed = _handles(row) if with_handles else ([], [], [])
    version, level, time = _first(row.cmrp_version), _first(row.dcerpc_auth_level), _first(row.frame_time_epoch)
    unread = row.cmrp_sealed or row.cmrp_expert_decryption_doubtful or row.cmrp_unbound
    read = kind == FAULT or bool(version and not unread)
    return Pdu(int(_first(row.frame_number)), float(time) if time else None, client, server, connection,
               int(version) if version else None, opnum, method, kind, None, "", None, None, None, handles, opened,
               closed, read, int(level) if level else 0, _said(_first(row.ws_col_Info), method, kind))


def _said(info, method, kind):
    """What stands behind "METHOD request" or "METHOD response"."""
    _, found, said = info.partition(f"{method} {kind}")
    return said.lstrip(", ") if found else ""


def _ends(row):
    # With tunnels there are several addresses; the innermost comes last.
    addresses = [_last(cell) for cell in (row.ip_src or row.ipv6_src, row.ip_dst or row.ipv6_dst)]
    ports = [_last(cell) for cell in (row.tcp_srcport or row.udp_srcport, row.tcp_dstport or row.udp_dstport)]
    ends = [in_words(address, port) for address, port in zip(addresses, ports)]
    return ends[0], ends[1], f"tcp {_first(row.tcp_stream)}" if row.tcp_stream else f"udp {' '.join(sorted(ends))}"


def _handles(row):
    numbers = [int(value) for value in row.cmrp_handle_id]
    types, names = row.cmrp_handle_type, row.cmrp_handle_name
    opened, closed, frame = row.cmrp_handle_opened_in, row.cmrp_handle_closed_in, _first(row.frame_number)
    if len(types) != len(numbers):
        types = [""] * len(numbers)
    # Not every handle has a name: which one has it is known only if all have one, or there is but one handle.
    if len(names) != len(numbers):
        names = [""] * len(numbers)
    return ([Handle(*one) for one in zip(numbers, types, names)],
            # Not every handle says both. Lives are numbered as they are met: the last number is that of one which was opened.
            # What was closed is named by the request, which stands last.
            _of_frame(numbers, opened, frame, sorted(numbers)[-1:]), _of_frame(numbers, closed, frame, numbers[-1:]))


def _of_frame(numbers, frames, frame, otherwise):
    """The lives whose frame is this one; `otherwise` if nobody knows which frame is whose."""
    if frame not in frames:
        return []
    if len(frames) == len(numbers):
        return [number for number, value in zip(numbers, frames) if value == frame]
    return otherwise
