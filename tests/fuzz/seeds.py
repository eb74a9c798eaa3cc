# SPDX-License-Identifier: GPL-2.0-or-later
"""How do captures become the first inputs of the fuzzers? Their frames as scripts (script.h), and single stubs.

    seeds.py FOLDER

writes FOLDER/conversation and FOLDER/reader: from captures/, and from each case of tests/conformance.
"""
import hashlib
import struct
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
SOURCE_DIR = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE_DIR / "tests"), str(SOURCE_DIR / "idl")]

MAX_SCRIPT = 1000
(REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, PDU, RAW, DATAGRAM, RAW_DATAGRAM, FLAGS, LOSE, AGAIN, WAIT, CUT) = range(14)
SERVER, BIG_ENDIAN, HOLD, NOT_FIRST, NOT_LAST = 0x08, 0x10, 0x20, 0x40, 0x80
CONNECTIONS = 8
ETHERNET, TCP, UDP = 1, 6, 17
NDR64 = bytes.fromhex("33057171babe3749")
MAX_DATA = 0xFFFF


def frames_of(path):
    """The bytes of each frame of a pcap or pcapng file."""
    data = path.read_bytes()
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        at, order = 0, "<"
        while at + 12 <= len(data):
            if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
                order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            kind, length = struct.unpack(order + "II", data[at:at + 8])
            if kind == 6:
                captured, = struct.unpack(order + "I", data[at + 20:at + 24])
                yield data[at + 28:at + 28 + captured]
            at += length
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        captured, = struct.unpack(order + "I", data[at + 8:at + 12])
        yield data[at + 16:at + 16 + captured]
        at += 16 + captured


def payload_of(frame):
    """(protocol, source, target, flags, payload) of an Ethernet frame with IPv4, or None."""
    if frame[12:14] != b"\x08\x00" or len(frame) < 34:
        return None
    ip = frame[14:]
    start = (ip[0] & 15) * 4
    total, = struct.unpack(">H", ip[2:4])
    inner = ip[start:max(total, start)]
    if ip[9] == TCP and len(inner) >= 20:
        return (TCP, (ip[12:16], inner[0:2]), (ip[16:20], inner[2:4]), inner[13], inner[(inner[12] >> 4) * 4:])
    if ip[9] == UDP and len(inner) >= 8:
        return (UDP, (ip[12:16], inner[0:2]), (ip[16:20], inner[2:4]), 0, inner[8:])
    return None


def record(kind, place, argument=0, data=b""):
    data = data[:MAX_DATA]
    return struct.pack("<BBHH", kind, place, argument & 0xFFFF, len(data)) + data


def pdus_of(payload):
    """The PDUs of a segment, or None if it is not made of whole ones."""
    pdus = []
    while payload:
        if len(payload) < 16 or payload[0] != 5:
            return None
        length, = struct.unpack(("<" if payload[4] & 0x10 else ">") + "H", payload[8:10])
        if not 16 <= length <= len(payload):
            return None
        pdus.append(payload[:length])
        payload = payload[length:]
    return pdus


class Conversation:
    """One TCP connection, or one pair of UDP ends, of a capture: its records, and where they may be parted."""

    def __init__(self, number):
        self.number = number
        self.client = None
        self.calls = []
        self.ndr64 = False
        self.head = []
        self.rest = []
        self.stubs = []

    def add(self, data):
        """Binds are told again in front of every part."""
        kind = data[0]
        is_bind = kind in (BIND, BIND_ACK) or kind == PDU or kind == FLAGS
        (self.head if is_bind and not self.rest else self.rest).append(data)

    def segment(self, server, flags, payload):
        place = self.number | (SERVER if server else 0)
        pdus = pdus_of(payload) if payload else []
        if pdus is None:
            self.add(record(RAW, place, 0, payload))
        else:
            for index, pdu in enumerate(pdus):
                self.pdu(place | (HOLD if index + 1 < len(pdus) else 0), pdu)
        if flags & 0x07:
            self.add(record(FLAGS, place, flags))

    def pdu(self, place, pdu):
        order = "<" if pdu[4] & 0x10 else ">"
        if order == ">":
            place |= BIG_ENDIAN
        if not pdu[3] & 1:
            place |= NOT_FIRST
        if not pdu[3] & 2:
            place |= NOT_LAST
        token, call = struct.unpack(order + "HI", pdu[10:16])
        kind = pdu[2]
        if kind in (0, 2, 3) and token == 0 and not pdu[3] & 0x80 and len(pdu) >= 24:
            context, opnum = struct.unpack(order + "HH", pdu[20:24])
            if kind == 0:
                if pdu[3] & 1:
                    self.calls.append(call)
                self.opnum = opnum
                self.add(record(REQUEST, place, opnum, pdu[24:]))
            else:
                ago = self.calls[::-1].index(call) if call in self.calls else 0
                self.add(record(RESPONSE if kind == 2 else FAULT, place, ago, pdu[24:]))
            if pdu[3] & 3 == 3 and kind != 3:
                self.stubs.append((getattr(self, "opnum", 0), kind == 2, order == ">", self.ndr64, pdu[24:]))
        else:
            if kind in (11, 14):
                self.calls.append(call)
            if kind in (12, 15) and NDR64 in pdu:
                self.ndr64 = True
            self.add(record(PDU, place, kind | min(token, 255) << 8, pdu[16:]))

    def datagram(self, server, payload):
        place = self.number | (SERVER if server else 0)
        if len(payload) < 80 or payload[0] != 4:
            self.rest.append(record(RAW_DATAGRAM, place, 0, payload))
            return
        order = "<" if payload[4] & 0x10 else ">"
        if order == ">":
            place |= BIG_ENDIAN
        sequence, opnum = struct.unpack(order + "IH", payload[64:70])
        fragment, = struct.unpack(order + "H", payload[76:78])
        start = bytes((payload[1], payload[2], sequence & 0xFF, payload[40]))
        self.rest.append(record(DATAGRAM, place, opnum & 0xFF | (fragment & 0xFF) << 8, start + payload[80:]))
        if payload[1] in (0, 2) and not payload[2] & 4:
            self.stubs.append((opnum, payload[1] == 2, order == ">", False, payload[80:], 2))


def conversations(path):
    """All records of a capture in their order, as (conversation, record)."""
    found, order = {}, []
    for frame in frames_of(path):
        parts = payload_of(frame)
        if parts is None:
            continue
        protocol, source, target, flags, payload = parts
        key = (protocol, frozenset((source, target)))
        if key not in found:
            found[key] = Conversation(len(found) % CONNECTIONS)
            # The ends of a connection that was not seen to begin: the higher port is the client's.
            found[key].client = source if flags & 2 or source[1] > target[1] else target
        one = found[key]
        before = len(one.head) + len(one.rest)
        server = source != one.client
        if protocol == TCP:
            one.segment(server, flags, payload)
        else:
            one.datagram(server, payload)
        order += [one] * (len(one.head) + len(one.rest) - before)
    return found.values(), order


def scripts(path):
    """The capture as a whole if it is short, and each of its conversations in parts."""
    found, order = conversations(path)
    places = {id(one): iter(one.head + one.rest) for one in found}
    whole = b"".join(next(places[id(one)]) for one in order)
    if len(whole) < MAX_SCRIPT:
        yield b"\x2c" + whole
    for one in found:
        head, part = b"".join(one.head), b""
        for data in one.rest:
            if part and len(head) + len(part) + len(data) > MAX_SCRIPT:
                yield b"\1" + head + part
                part = b""
            part += data
        yield b"\2" + head + part


def stubs(path):
    """The stubs of a capture as reader.c wants them."""
    for one in conversations(path)[0]:
        code = bytes(4)
        for opnum, response, big, ndr64, stub, *version in one.stubs:
            how = (1 if version else 0) | response << 1 | big << 2 | ndr64 << 3
            # The request's control code mostly follows the handle.
            if not response:
                code = stub[20:24] if not big else stub[20:24][::-1]
            yield struct.pack("<BB4s", opnum & 0xFF, how, code) + stub


def play_cases(folder):
    """A capture of each conformance case: breaches of every rule, in a few frames each."""
    import cmrpidl
    from cmrpidl.tables import load_tables
    from support import casefile, caseplay, casevalues
    from support.rpcpcap import Capture

    model = cmrpidl.load([str(SOURCE_DIR / "idl" / f"clusapi{version}.idl") for version in (2, 3)])
    names = casevalues.specified(model, load_tables(str(SOURCE_DIR / "idl"), model))
    pages = sorted(path for path in (SOURCE_DIR / "tests" / "conformance").glob("*.md") if path.name != "README.md")
    for number, case in enumerate(case for page in pages for case in casefile.read(page)):
        with Capture(folder / f"{number}.pcap") as capture:
            caseplay.play(case, number, capture, model, names)


def main(folder):
    with tempfile.TemporaryDirectory(prefix="cmrp-seeds-") as played:
        play_cases(Path(played))
        paths = sorted([*(SOURCE_DIR / "captures").glob("*.pcapng"), *Path(played).iterdir()])
        for name, make in (("conversation", scripts), ("reader", stubs)):
            target = Path(folder) / name
            target.mkdir(parents=True, exist_ok=True)
            for data in (data for path in paths for data in make(path)):
                (target / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
