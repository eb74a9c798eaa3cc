# SPDX-License-Identifier: GPL-2.0-or-later
"""Which requests, responses and faults of ClusAPI does a capture hold? Reads fields that tshark prints."""
import re
from collections import namedtuple

from .tshark import check_readable

# One PDU. `time` is None if the capture does not tell it. `status` is None for requests, for faults that of DCE/RPC. `handles` is a list of Handle, `opened` and
# `closed` are the numbers of lives that begin or end with this PDU. `read` is false if it is encrypted.
Pdu = namedtuple("Pdu", "frame time client server connection version opnum method kind status status_name elapsed "
                        "handles opened closed read sealing info")
Handle = namedtuple("Handle", "id type name")

REQUEST, RESPONSE, FAULT = "request", "response", "fault"
_KINDS = {"0": REQUEST, "2": RESPONSE, "3": FAULT, "6": FAULT}

_CELL, _VALUE = "\x1f", "\x1e"
_FIELDS = (
    "frame.number", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
    "udp.srcport", "udp.dstport", "tcp.stream", "dcerpc.pkt_type", "dcerpc.request_in", "dcerpc.time",
    "dcerpc.cn_status", "dcerpc.dg_status", "dcerpc.auth_level", "dcerpc.opnum", "cmrp", "cmrp.version", "cmrp.opnum",
    "cmrp.status", "cmrp.handle.id", "cmrp.handle.type", "cmrp.handle.name", "cmrp.handle.opened_in",
    "cmrp.handle.closed_in", "_ws.col.Info")
_Row = namedtuple("_Row", [name.replace(".", "_").strip("_") for name in _FIELDS])

_METHOD = re.compile(r"[A-Za-z]\w*")
_STATUS_IN_INFO = re.compile(r" response, ([A-Z][A-Z0-9]*_[A-Z0-9_]+)")
_FAULT_IN_INFO = re.compile(r"status: (\S+)")
_FILTER = "cmrp || dcerpc.pkt_type == 3 || dcerpc.pkt_type == 6"


def read(tshark, capture, progress=lambda frames: None):
    """The PDUs in the order of the capture. Raises CaptureError at its end if it could not be read wholly."""
    check_readable(capture, "capture")
    words = ["-Y", _FILTER, "-T", "fields", "-E", f"separator={_CELL}", "-E", f"aggregator={_VALUE}"]
    for name in _FIELDS:
        words += ["-e", name]
    requests = {}
    doubled = tshark.doubles_backslashes()
    with tshark.lines(capture, words) as lines:
        for number, line in enumerate(lines):
            if number % 1000 == 0:
                progress(number)
            if doubled:
                line = line.replace("\\\\", "\\")
            cells = line.rstrip("\n").split(_CELL)
            if len(cells) == len(_FIELDS):
                yield from _pdus(_Row(*cells), requests)


def _pdus(row, requests):
    """The PDUs of one frame. `requests`: frame -> (method, opnum, version) of the requests seen."""
    kinds = [kind for kind in row.dcerpc_pkt_type.split(_VALUE) if kind]
    methods = [_method(text, row) for text in row.cmrp.split(_VALUE) if text]
    opnums = [int(value) for value in row.cmrp_opnum.split(_VALUE) if value]
    if not opnums:
        # Not every frame in which the plugin has something to say holds a request or response.
        yield from _foreign_fault(row, kinds, requests)
        return
    if len(kinds) != len(methods):
        # A PDU of another interface in the same frame: those of ClusAPI are taken to go the same way.
        kinds = kinds[:1] * len(methods)
    if len(opnums) != len(methods):
        opnums = opnums[:1] * len(methods)
    statuses = _values(row.cmrp_status)
    times = _values(row.dcerpc_time)
    answered = _values(row.dcerpc_request_in)
    for place, method in enumerate(methods):
        kind = _KINDS.get(kinds[place], REQUEST)
        if kind == REQUEST:
            requests[int(row.frame_number)] = (method, opnums[place], row.cmrp_version)
        status, elapsed = None, None
        if kind != REQUEST:
            if answered:
                requests.pop(int(answered.pop(0)), None)
            elapsed = float(times.pop(0)) if times else None
        name = ""
        if kind == RESPONSE and statuses:
            status = int(statuses.pop(0), 0)
            found = _STATUS_IN_INFO.search(row.ws_col_Info) if status else None
            name = found[1] if found else str(status)
        elif kind == FAULT:
            status, name = _fault_status(row)
        # Handles cannot be told apart by PDU; in the frame of several they are those of the first.
        yield _pdu(row, kind, method, opnums[place], status, name, elapsed, with_handles=place == 0)


def _method(text, row):
    """From the protocol's line in the tree, "Failover … (MS-CMRP, ClusAPI), ApiOpenGroup"; that of 2.0 is shorter."""
    word = text.rsplit(", ", 1)[-1] if ", " in text else row.ws_col_Info.split(" ", 1)[0]
    return word if _METHOD.fullmatch(word) else f"opnum {row.cmrp_opnum.split(_VALUE)[0]}"


def _values(cell):
    return cell.split(_VALUE) if cell else []


def _foreign_fault(row, kinds, requests):
    """A fault belongs to the interface if its request does."""
    answered = _values(row.dcerpc_request_in)
    request = requests.pop(int(answered[0]), None) if answered else None
    if request is None or _KINDS.get(kinds[0] if kinds else "") != FAULT:
        return
    method, opnum, version = request
    status, name = _fault_status(row)
    times = _values(row.dcerpc_time)
    yield _pdu(row._replace(cmrp_version=version), FAULT, method, opnum, status, name,
               float(times[0]) if times else None, with_handles=False)


def _fault_status(row):
    found = _FAULT_IN_INFO.search(row.ws_col_Info)
    cells = _values(row.dcerpc_cn_status) or _values(row.dcerpc_dg_status)
    status = int(cells[0], 0) if cells else 0
    return status, found[1] if found else f"0x{status:08x}"


def _pdu(row, kind, method, opnum, status, status_name, elapsed, with_handles):
    source, target, connection = _ends(row)
    client, server = (source, target) if kind == REQUEST else (target, source)
    handles, opened, closed = _handles(row) if with_handles else ([], [], [])
    version = row.cmrp_version.split(_VALUE)[0]
    levels = _values(row.dcerpc_auth_level)
    time = float(row.frame_time_epoch) if row.frame_time_epoch else None
    return Pdu(int(row.frame_number), time, client, server, connection,
               int(version) if version else None, opnum, method, kind, status, status_name, elapsed, handles, opened,
               closed, bool(version) or kind == FAULT, int(levels[0]) if levels else 0, row.ws_col_Info)


def _ends(row):
    # With tunnels there are several addresses; the innermost comes last.
    addresses = [cell.split(_VALUE)[-1] for cell in (row.ip_src or row.ipv6_src, row.ip_dst or row.ipv6_dst)]
    ports = [cell.split(_VALUE)[-1]
             for cell in (row.tcp_srcport or row.udp_srcport, row.tcp_dstport or row.udp_dstport)]
    ends = [f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address, port in zip(addresses, ports)]
    return ends[0], ends[1], f"tcp {row.tcp_stream}" if row.tcp_stream else f"udp {' '.join(sorted(ends))}"


def _handles(row):
    numbers = [int(value) for value in _values(row.cmrp_handle_id)]
    types, names = _values(row.cmrp_handle_type), _values(row.cmrp_handle_name)
    opened, closed = _values(row.cmrp_handle_opened_in), _values(row.cmrp_handle_closed_in)
    if len(types) != len(numbers):
        types = [""] * len(numbers)
    # Not every handle has a name: which one has it is known only if all have one, or there is but one handle.
    if len(names) != len(numbers):
        names = [""] * len(numbers)
    begins, ends = row.frame_number in opened, row.frame_number in closed
    return ([Handle(*one) for one in zip(numbers, types, names)],
            _number_of(numbers, opened, row.frame_number) if begins else [],
            _number_of(numbers, closed, row.frame_number) if ends else [])


def _number_of(numbers, frames, frame):
    """The lives whose frame is this one."""
    if len(frames) == len(numbers):
        return [number for number, value in zip(numbers, frames) if value == frame]
    # Some began before the capture. What a response returns comes after what the request named.
    return numbers[-1:]
