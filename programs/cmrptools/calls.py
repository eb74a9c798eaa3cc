# SPDX-License-Identifier: GPL-2.0-or-later
"""Which requests, responses and faults of ClusAPI does a capture hold? Reads fields that tshark prints."""
import re
from collections import namedtuple

from .text import in_words
from .tshark import check_readable

# One PDU. `time` is None if the capture does not tell it. `status` is None for requests, for faults that of DCE/RPC.
# `handles` is a list of Handle, `opened` and `closed` are the numbers of lives that begin or end with this PDU. `read` is
# false if it is encrypted, may have been decrypted wrongly, or does not read as one of the interface.
Pdu = namedtuple("Pdu", "frame time client server connection version opnum method kind status status_name elapsed "
                        "handles opened closed read sealing info")
Handle = namedtuple("Handle", "id type name")

REQUEST, RESPONSE, FAULT = "request", "response", "fault"
_KINDS = {"0": REQUEST, "2": RESPONSE, "3": FAULT, "6": FAULT}

_FIELDS = (
    "frame.number", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
    "udp.srcport", "udp.dstport", "tcp.stream", "dcerpc.pkt_type", "dcerpc.request_in", "dcerpc.time",
    "dcerpc.cn_status", "dcerpc.dg_status", "dcerpc.auth_level", "dcerpc.opnum", "cmrp", "cmrp.version", "cmrp.opnum",
    "cmrp.status", "cmrp.handle.id", "cmrp.handle.type", "cmrp.handle.name", "cmrp.handle.opened_in",
    "cmrp.handle.closed_in", "cmrp.sealed", "cmrp.expert.decryption_doubtful", "cmrp.unbound", "_ws.col.Info")
_Row = namedtuple("_Row", [name.replace(".", "_").strip("_") for name in _FIELDS])

_METHOD = re.compile(r"[A-Za-z]\w*")
# It follows handles, and their names, which may hold anything: the last word of its kind is the status.
_STATUS_IN_INFO = re.compile(r", ([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b(?! #)")
_FAULT_IN_INFO = re.compile(r"status: (\S+)")
_FILTER = "cmrp || dcerpc.pkt_type == 3 || dcerpc.pkt_type == 6"


def read(tshark, capture, progress=lambda frames: None, naming=()):
    """The PDUs in the order of the capture. Raises CaptureError at its end if it could not be read wholly.

    `naming`: the arguments of an unbound.Unbound.
    """
    check_readable(capture, "capture")
    requests = {}
    for number, cells in enumerate(tshark.rows(capture, _FILTER, _FIELDS, naming=naming)):
        if number % 1000 == 0:
            progress(number)
        yield from _pdus(_Row(*cells), requests)


def _pdus(row, requests):
    """The PDUs of one frame. `requests`: frame -> (method, opnum, version) of the requests seen."""
    kinds = row.dcerpc_pkt_type
    methods = [_method(text, row) for text in row.cmrp]
    opnums = [int(value) for value in row.cmrp_opnum]
    if not opnums:
        # Not every frame in which the plugin has something to say holds a request or response.
        yield from _foreign_fault(row, kinds, requests)
        return
    if len(kinds) != len(methods):
        # A PDU of another interface in the same frame: those of ClusAPI are taken to go the same way.
        kinds = kinds[:1] * len(methods)
    if len(opnums) != len(methods):
        opnums = opnums[:1] * len(methods)
    statuses, times, answered = list(row.cmrp_status), list(row.dcerpc_time), list(row.dcerpc_request_in)
    for place, method in enumerate(methods):
        kind = _KINDS.get(kinds[place], REQUEST)
        if kind == REQUEST:
            requests[int(_first(row.frame_number))] = (method, opnums[place], row.cmrp_version)
        status, elapsed = None, None
        if kind != REQUEST:
            if answered:
                requests.pop(int(answered.pop(0)), None)
            elapsed = float(times.pop(0)) if times else None
        name = ""
        if kind == RESPONSE and statuses:
            status = int(statuses.pop(0), 0)
            found = _STATUS_IN_INFO.findall(_first(row.ws_col_Info)) if status else None
            name = found[-1] if found else str(status)
        elif kind == FAULT:
            status, name = _fault_status(row)
        # Handles cannot be told apart by PDU; in the frame of several they are those of the first.
        yield _pdu(row, kind, method, opnums[place], status, name, elapsed, with_handles=place == 0)


def _method(text, row):
    """From the protocol's line in the tree, "Failover … (MS-CMRP, ClusAPI), ApiOpenGroup"; that of 2.0 is shorter."""
    word = text.rsplit(", ", 1)[-1] if ", " in text else _first(row.ws_col_Info).split(" ", 1)[0]
    return word if _METHOD.fullmatch(word) else f"opnum {_first(row.cmrp_opnum)}"


def _first(cell):
    return cell[0] if cell else ""


def _last(cell):
    return cell[-1] if cell else ""


def _foreign_fault(row, kinds, requests):
    """A fault belongs to the interface if its request does."""
    request = requests.pop(int(row.dcerpc_request_in[0]), None) if row.dcerpc_request_in else None
    if request is None or _KINDS.get(kinds[0] if kinds else "") != FAULT:
        return
    method, opnum, version = request
    status, name = _fault_status(row)
    times = row.dcerpc_time
    yield _pdu(row._replace(cmrp_version=version), FAULT, method, opnum, status, name,
               float(times[0]) if times else None, with_handles=False)


def _fault_status(row):
    found = _FAULT_IN_INFO.search(_first(row.ws_col_Info))
    cells = row.dcerpc_cn_status or row.dcerpc_dg_status
    status = int(cells[0], 0) if cells else 0
    return status, found[1] if found else f"0x{status:08x}"


def _pdu(row, kind, method, opnum, status, status_name, elapsed, with_handles):
    source, target, connection = _ends(row)
    client, server = (source, target) if kind == REQUEST else (target, source)
    handles, opened, closed = _handles(row) if with_handles else ([], [], [])
    version, level, time = _first(row.cmrp_version), _first(row.dcerpc_auth_level), _first(row.frame_time_epoch)
    unread = row.cmrp_sealed or row.cmrp_expert_decryption_doubtful or row.cmrp_unbound
    read = kind == FAULT or bool(version and not unread)
    return Pdu(int(_first(row.frame_number)), float(time) if time else None, client, server, connection,
               int(version) if version else None, opnum, method, kind, status, status_name, elapsed, handles, opened,
               closed, read, int(level) if level else 0, _first(row.ws_col_Info))


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
            _number_of(numbers, opened, frame) if frame in opened else [],
            _number_of(numbers, closed, frame) if frame in closed else [])


def _number_of(numbers, frames, frame):
    """The lives whose frame is this one."""
    if len(frames) == len(numbers):
        return [number for number, value in zip(numbers, frames) if value == frame]
    # Some began before the capture. What a response returns comes after what the request named.
    return numbers[-1:]
