# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a test make a capture of DCE/RPC calls from nothing?

    with Capture(path) as capture:
        conn = capture.tcp(("10.0.0.1", 50000), ("10.0.0.2", 49200))
        conn.bind()
        conn.bind_ack()
        conn.request(41, stub)
        frame = conn.response(stub)
        conn.fin()

Each method that writes returns the number of the (last) frame it wrote. Ethernet, IPv4, and TCP with
correct sequence numbers, or UDP; checksums are 0, which Wireshark takes as not computed. Time starts at
1 000 000 000 s and goes on by `step` with each frame, so the same calls make the same file. Frames are
streamed to the file: captures of millions of calls are possible. The PDUs themselves are made by rpcpdu.
"""
import contextlib
import socket
import struct
from uuid import UUID

from . import rpcpdu

# A classic capture in big-endian order, so that one format covers the record header and all headers of a frame.
_FILE = struct.Struct(">IHHiIII")
_MAGIC, _ETHERNET = 0xA1B2C3D4, 1
_FRAME_TCP = struct.Struct(">IIII 14s 2sH8s4s4s HHIIBBH4x")
_FRAME_UDP = struct.Struct(">IIII 14s 2sH8s4s4s HHH2x")
_ETH_LENGTH, _IP_TCP_LENGTH, _IP_UDP_LENGTH = 14, 40, 28
_IP_START = b"\x45\x00"
_IP_MIDDLE = {6: b"\x00\x00\x40\x00\x40\x06\x00\x00", 17: b"\x00\x00\x40\x00\x40\x11\x00\x00"}

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10


class Capture:
    """A capture file that is being written; also a path (os.fspath) of what was written so far."""

    def __init__(self, path, snaplen=262144, start=1_000_000_000.0, step=0.001):
        self.path = str(path)
        self.frames = 0
        self._snaplen = snaplen
        self._cut = None
        self._micros = round(start * 1_000_000)
        self._step = round(step * 1_000_000)
        self._file = open(self.path, "wb", buffering=1 << 20)
        self._file.write(_FILE.pack(_MAGIC, 2, 4, 0, 0, snaplen, _ETHERNET))
        self._ports = 50000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __fspath__(self):
        if not self._file.closed:
            self._file.flush()
        return self.path

    def close(self):
        self._file.close()

    def at(self, seconds):
        """Set the time of the next frame, in seconds since 1970."""
        self._micros = round(seconds * 1_000_000)

    def advance(self, seconds):
        """Let time pass before the next frame (may be negative)."""
        self._micros += round(seconds * 1_000_000)

    def cut_next(self, length):
        """Capture only `length` bytes of the next frame."""
        self._cut = length

    def tcp(self, client=None, server=("10.0.0.2", 49200), **options):
        """A TCP connection; without `client` from 10.0.0.1 and a port not used yet."""
        return TcpConnection(self, client or self._client(), server, **options)

    def udp(self, client=None, server=("10.0.0.2", 49200), **options):
        return UdpConversation(self, client or self._client(), server, **options)

    def _client(self):
        self._ports += 1
        return ("10.0.0.1", self._ports)

    def write(self, frame_format, length, data, *headers):
        """One frame: `headers` follow the record header in `frame_format`; `length` bytes come before `data`."""
        micros = self._micros
        self._micros = micros + self._step
        total = length + len(data)
        captured = min(total, self._snaplen)
        if self._cut is not None:
            captured, self._cut = min(captured, self._cut), None
        seconds, fraction = divmod(micros, 1_000_000)
        record = frame_format.pack(seconds, fraction, captured, total, *headers) + data
        self._file.write(record if captured == total else record[:16 + captured])
        self.frames += 1
        return self.frames


class _Endpoints:
    """The two ends, and the headers that never change, index 0 for client to server and 1 for the way back."""

    def __init__(self, capture, client, server, protocol):
        self.capture = capture
        ends = [(socket.inet_aton(address), port) for address, port in (client, server)]
        macs = [b"\x02\x00" + address for address, _ in ends]
        self._fixed = []
        for source, target in ((0, 1), (1, 0)):
            ethernet = macs[target] + macs[source] + b"\x08\x00"
            self._fixed.append((ethernet, _IP_MIDDLE[protocol], ends[source][0], ends[target][0],
                                ends[source][1], ends[target][1]))


class TcpConnection(_Endpoints):
    """A TCP connection and the DCE/RPC association on it.

    `handshake=False` leaves out SYN, as in a capture that starts late. `mss` is the largest segment: longer PDUs
    are split. `big_endian` is the data representation of the headers.
    """

    def __init__(self, capture, client, server, handshake=True, mss=65000, big_endian=False):
        super().__init__(capture, client, server, 6)
        self.big_endian = big_endian
        self.mss = mss
        self.ctx_id = 0
        self.call_id = 0
        self._sequence = [1000, 2000]
        self._last = None
        self._held = None
        self._contexts = []
        self._port = str(server[1]).encode()
        if handshake:
            self._segment(0, b"", SYN)
            self._segment(1, b"", SYN | ACK)
            self._segment(0, b"", ACK)

    # PDUs

    def bind(self, version=3, ndr64=False, assoc_group=0, auth=None, contexts=None, interface=rpcpdu.INTERFACE,
             ptype=rpcpdu.BIND, call_id=None):
        """Offer the interface: in context 0 with NDR, and with `ndr64` in context 1 with NDR64 as well.

        The next requests use the last context. `contexts` says freely what is offered: a list of
        (context id, (uuid, version), [transfer syntaxes]).
        """
        if contexts is None:
            syntaxes = [rpcpdu.NDR, rpcpdu.NDR64] if ndr64 else [rpcpdu.NDR]
            contexts = [(index, (interface, version), [syntax]) for index, syntax in enumerate(syntaxes)]
        self._contexts = contexts
        self.ctx_id = contexts[-1][0]
        return self._pdu(0, rpcpdu.bind(contexts, self._next_call(call_id), assoc_group, self.big_endian, auth, ptype))

    def bind_ack(self, assoc_group=0x1234, auth=None, results=None, ptype=rpcpdu.BIND_ACK, call_id=None):
        """Accept the last context of the last bind and reject the others, or answer with `results`."""
        if results is None:
            # 2, 2 is provider rejection, proposed transfer syntaxes not supported.
            nothing = (2, 2, (rpcpdu.NIL, 0))
            results = [nothing] * (len(self._contexts) - 1) + [(0, 0, self._contexts[-1][2][0])]
        pdu = rpcpdu.bind_ack(results, self._same_call(call_id), assoc_group, self._port, self.big_endian, auth, ptype)
        return self._pdu(1, pdu)

    def bind_nak(self, reason=0, call_id=None):
        return self._pdu(1, rpcpdu.bind_nak(reason, self._same_call(call_id), self.big_endian))

    def alter_context(self, ctx_id=1, version=3, ndr64=False, assoc_group=0, auth=None, interface=rpcpdu.INTERFACE,
                      call_id=None):
        """Offer one more context; the next requests use it."""
        contexts = [(ctx_id, (interface, version), [rpcpdu.NDR64 if ndr64 else rpcpdu.NDR])]
        return self.bind(assoc_group=assoc_group, auth=auth, contexts=contexts, ptype=rpcpdu.ALTER_CONTEXT,
                         call_id=call_id)

    def alter_context_resp(self, assoc_group=0x1234, auth=None, results=None, call_id=None):
        return self.bind_ack(assoc_group, auth, results, rpcpdu.ALTER_CONTEXT_RESP, call_id)

    def request(self, opnum, stub=b"", call_id=None, ctx_id=None, fragments=None, object_uuid=None, auth=None):
        """A request. `fragments`: see rpcpdu.split. `auth`: (type, level, signature bytes), one trailer a fragment."""
        context = self.ctx_id if ctx_id is None else ctx_id
        call = self._next_call(call_id)
        if fragments is None:
            return self._pdu(0, rpcpdu.request(
                opnum, stub, call, context, rpcpdu.WHOLE, object_uuid, self.big_endian, auth))
        return self._fragments(0, stub, fragments, lambda piece, flags, hint: rpcpdu.request(
            opnum, piece, call, context, flags, object_uuid, self.big_endian, auth, hint))

    def response(self, stub=b"", call_id=None, ctx_id=None, fragments=None, auth=None):
        context = self.ctx_id if ctx_id is None else ctx_id
        call = self._same_call(call_id)
        if fragments is None:
            return self._pdu(1, rpcpdu.response(stub, call, context, rpcpdu.WHOLE, self.big_endian, auth))
        return self._fragments(1, stub, fragments, lambda piece, flags, hint: rpcpdu.response(
            piece, call, context, flags, self.big_endian, auth, hint))

    def fault(self, status, call_id=None, ctx_id=None, auth=None):
        context = self.ctx_id if ctx_id is None else ctx_id
        call = self._same_call(call_id)
        return self._pdu(1, rpcpdu.fault(status, call, context, rpcpdu.WHOLE, self.big_endian, auth))

    def auth3(self, auth, call_id=None):
        return self.pdu(rpcpdu.AUTH3, bytes(4), call_id=call_id, auth=auth)

    def cancel(self, call_id=None):
        return self.pdu(rpcpdu.CO_CANCEL, call_id=call_id)

    def orphaned(self, call_id=None):
        return self.pdu(rpcpdu.ORPHANED, call_id=call_id)

    def shutdown(self):
        return self.pdu(rpcpdu.SHUTDOWN, client=False)

    def pdu(self, ptype, body=b"", client=True, call_id=None, flags=rpcpdu.WHOLE, auth=None):
        """Any PDU."""
        call = self._same_call(call_id)
        return self._pdu(0 if client else 1, rpcpdu.cn(ptype, body, call, flags, self.big_endian, auth))

    # What a network does

    @contextlib.contextmanager
    def one_frame(self):
        """PDUs of one direction that are made in this block travel in one frame."""
        self._held = []
        try:
            yield
            held, self._held = self._held, None
            directions = {direction for direction, _ in held}
            if len(directions) != 1:
                raise ValueError("one frame takes PDUs of one direction")
            self.send(b"".join(pdu for _, pdu in held), client=held[0][0] == 0)
        finally:
            self._held = None

    def send(self, data, client=True):
        """Any bytes, from the client or the server, in segments of at most `mss`."""
        direction = 0 if client else 1
        for start in range(0, max(1, len(data)), self.mss):
            self._segment(direction, data[start:start + self.mss], PSH | ACK)
        return self.capture.frames

    def acknowledge(self, client=False):
        """A segment without data: what the other side sent has arrived."""
        return self._segment(0 if client else 1, b"", ACK)

    def lose(self, length, client=True):
        """Bytes that were sent but are not in the capture."""
        direction = 0 if client else 1
        self._sequence[direction] = (self._sequence[direction] + length) & 0xFFFFFFFF

    def retransmit(self):
        """The last segment of this connection once more."""
        direction, data, flags, sequence = self._last
        return self._frame(direction, data, flags, sequence)

    def fin(self):
        """Both ends close."""
        self._segment(0, b"", FIN | ACK)
        self._segment(1, b"", FIN | ACK)
        return self._segment(0, b"", ACK)

    def rst(self, client=True):
        return self._segment(0 if client else 1, b"", RST | ACK)

    def _next_call(self, call_id):
        self.call_id = self.call_id + 1 if call_id is None else call_id
        return self.call_id

    def _same_call(self, call_id):
        return self.call_id if call_id is None else call_id

    def _fragments(self, direction, stub, fragments, make):
        pieces = rpcpdu.split(stub, fragments)
        left = len(stub)
        frame = None
        for index, piece in enumerate(pieces):
            flags = (rpcpdu.FIRST_FRAG if index == 0 else 0) | (rpcpdu.LAST_FRAG if index == len(pieces) - 1 else 0)
            frame = self._pdu(direction, make(piece, flags, left))
            left -= len(piece)
        return frame

    def _pdu(self, direction, pdu):
        if self._held is not None:
            self._held.append((direction, pdu))
            return self.capture.frames + 1
        if len(pdu) <= self.mss:
            return self._segment(direction, pdu, PSH | ACK)
        return self.send(pdu, client=direction == 0)

    def _segment(self, direction, data, flags):
        sequence = self._sequence[direction]
        self._sequence[direction] = (sequence + len(data) + (1 if flags & (SYN | FIN) else 0)) & 0xFFFFFFFF
        self._last = (direction, data, flags, sequence)
        return self._frame(direction, data, flags, sequence)

    def _frame(self, direction, data, flags, sequence):
        ethernet, middle, source, target, source_port, target_port = self._fixed[direction]
        acknowledged = self._sequence[1 - direction] if flags & ACK else 0
        return self.capture.write(
            _FRAME_TCP, _ETH_LENGTH + _IP_TCP_LENGTH, data, ethernet, _IP_START, _IP_TCP_LENGTH + len(data), middle,
            source, target, source_port, target_port, sequence, acknowledged, 0x50, flags, 65535)


class UdpConversation(_Endpoints):
    """Connectionless DCE/RPC: one client, one server, one activity at a time."""

    def __init__(self, capture, client, server, activity=UUID("00112233-4455-6677-8899-aabbccddeeff"), version=2,
                 big_endian=False, boot_time=0):
        super().__init__(capture, client, server, 17)
        self.activity = activity
        self.version = version
        self.big_endian = big_endian
        self.boot_time = boot_time
        self.seq = -1
        self.opnum = 0

    def request(self, opnum, stub=b"", seq=None, fragments=None, **options):
        self.seq = self.seq + 1 if seq is None else seq
        self.opnum = opnum
        # Without any flag the first four octets would look like a data message of WireGuard.
        return self._pdus(0, rpcpdu.REQUEST, stub, fragments, {"flags1": rpcpdu.DG_NOFACK, **options})

    def response(self, stub=b"", seq=None, opnum=None, fragments=None, **options):
        return self._pdus(1, rpcpdu.RESPONSE, stub, fragments, self._answer(seq, opnum, options))

    def fault(self, status, seq=None, opnum=None, **options):
        return self._status(rpcpdu.FAULT, status, self._answer(seq, opnum, options))

    def reject(self, status, seq=None, opnum=None, **options):
        return self._status(rpcpdu.REJECT, status, self._answer(seq, opnum, options))

    def pdu(self, ptype, body=b"", client=True, **options):
        """Any datagram PDU; `options` are those of rpcpdu.dg."""
        values = {"opnum": self.opnum, "seq": self.seq, "activity": self.activity, "version": self.version,
                  "boot_time": self.boot_time, "big_endian": self.big_endian, **options}
        return self.send(rpcpdu.dg(ptype, body, **values), client)

    def send(self, data, client=True):
        """Any bytes in one datagram."""
        ethernet, middle, source, target, source_port, target_port = self._fixed[0 if client else 1]
        return self.capture.write(
            _FRAME_UDP, _ETH_LENGTH + _IP_UDP_LENGTH, data, ethernet, _IP_START, _IP_UDP_LENGTH + len(data), middle,
            source, target, source_port, target_port, 8 + len(data))

    def _answer(self, seq, opnum, options):
        chosen = dict(options)
        if seq is not None:
            chosen["seq"] = seq
        if opnum is not None:
            chosen["opnum"] = opnum
        return chosen

    def _status(self, ptype, status, options):
        return self.pdu(ptype, struct.pack(">I" if self.big_endian else "<I", status), client=False, **options)

    def _pdus(self, direction, ptype, stub, fragments, options):
        if fragments is None:
            return self.pdu(ptype, stub, direction == 0, **options)
        pieces = rpcpdu.split(stub, fragments)
        flags = options.pop("flags1", 0) | rpcpdu.DG_FRAG
        frame = None
        for index, piece in enumerate(pieces):
            last = rpcpdu.DG_LAST_FRAG if index == len(pieces) - 1 else 0
            frame = self.pdu(ptype, piece, direction == 0, flags1=flags | last, frag_num=index, **options)
        return frame
