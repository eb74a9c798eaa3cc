# SPDX-License-Identifier: GPL-2.0-or-later
"""Which captures would cost too much if the plugin counted on honest senders?

    BOMBS[name](capture, stubs, count)

writes about `count` PDUs, all of them alike, to a Capture; if they are long, as many bytes as short ones would have. What
they cost must grow with `count` and nothing else. `stubs` is a Stubs, which packs once what the PDUs have in
common. Wireshark's own analysis of TCP keeps what nobody acknowledged, so even a silent server acknowledges.
"""
import struct

import cmrp_ndr

from . import contents, rpcpdu

OPEN, STATE, USE, CREATE_ENUM, CONTROL, NOTIFY, ADD = 41, 45, 49, 7, 77, 55, 63
CONTROL_SET = 0x0340005E
MANY = 2**31 - 1
MEGABYTE = 2**20
NAME = "Group"
# PDUs between two acknowledgements, and short PDUs that weigh as much as a long fragment.
SILENCE = 16
FRAGMENT, SHORT = 4096, 128
# PDUs that share a frame.
FULL = 500


def numbered(number):
    """The 20 bytes of a handle."""
    return bytes(8) + number.to_bytes(4, "big") + b"bombbomb"


class Stubs:
    """Stubs of interface 3.0 in NDR, as functions or octets."""

    def __init__(self, model):
        self._model = model
        self._mark = numbered(0xFFFFFFFF)
        self.open = self.ask(OPEN, lpszGroupName=NAME)
        self.opened = self.with_handle(self.answer(OPEN, Status=0, rpc_status=0, **{"return": self._mark}))
        self.use = self.with_handle(self.ask(USE, hGroup=self._mark))
        self.used = self.answer(USE, rpc_status=0, **{"return": 0})

    def ask(self, opnum, **values):
        return cmrp_ndr.pack_request(self._model, 3, opnum, values)

    def answer(self, opnum, **values):
        return cmrp_ndr.pack_response(self._model, 3, opnum, values)

    def with_handle(self, octets):
        """A function that puts 20 bytes in the place of the mark."""
        before, after = octets.split(self._mark)
        return lambda handle: before + handle + after

    def set(self, octets):
        """ApiGroupControl with a property list to be set."""
        return self.ask(CONTROL, hGroup=numbered(0), dwControlCode=CONTROL_SET, lpInBuffer=octets,
                        nInBufferSize=len(octets), nOutBufferSize=0)


def connect(capture):
    conn = capture.tcp()
    conn.bind()
    conn.bind_ack()
    return conn


def only_requests(conn, stubs, count):
    """`stubs` are (opnum, octets), in turn."""
    for number in range(count):
        conn.request(*stubs[number % len(stubs)])
        if number % SILENCE == 0:
            conn.acknowledge()


def only_long_requests(conn, opnum, stub, count):
    fragments = len(stub) // FRAGMENT
    for _ in range(max(1, count * SHORT // len(stub))):
        conn.request(opnum, stub, fragments=fragments)
        conn.acknowledge()


def claims(capture, stubs, count):
    """Strings, arrays and lists that promise 2^31-1 elements and bring one or none."""
    conn = connect(capture)
    string = struct.pack("<IIIH", MANY, 0, MANY, 0x61)
    buffer = numbered(0) + struct.pack("<IIII", CONTROL_SET, 0x20000, MANY, 0)
    listed = struct.pack("<IIII", 0x20000, MANY, MANY, 1) + bytes(16)
    for _ in range(count // 4):
        conn.request(OPEN, string)
        conn.request(CONTROL, buffer)
        conn.request(CREATE_ENUM, struct.pack("<I", 1))
        conn.response(listed)


def never_closed(capture, stubs, count):
    """Handles that are opened one after the other and never closed."""
    conn = connect(capture)
    for number in range(count // 2):
        conn.request(OPEN, stubs.open)
        conn.response(stubs.opened(numbered(number)))


def one_unknown(capture, stubs, count):
    """A handle that nobody opened, used again and again."""
    conn = connect(capture)
    use = stubs.use(numbered(0))
    for _ in range(count // 2):
        conn.request(USE, use)
        conn.response(stubs.used)


def all_unknown(capture, stubs, count):
    """Handles that nobody opened, each used once."""
    conn = connect(capture)
    for number in range(count // 2):
        conn.request(USE, stubs.use(numbered(number)))
        conn.response(stubs.used)


def unanswered(capture, stubs, count):
    """Calls of one connection that nobody answers."""
    conn = connect(capture)
    only_requests(conn, [(USE, stubs.use(numbered(0)))], count)


def unanswered_opens(capture, stubs, count):
    """The same with requests that name an object, whose names would have to wait for a handle."""
    conn = connect(capture)
    only_requests(conn, [(OPEN, stubs.open)], count)


def registrations(capture, stubs, count):
    """One port that is told again and again to watch the same group under the same key."""
    conn = connect(capture)
    port, group = numbered(1), numbered(2)
    conn.request(NOTIFY, b"")
    conn.response(stubs.opened(port))
    conn.request(OPEN, stubs.open)
    conn.response(stubs.opened(group))
    added = stubs.ask(ADD, hNotify=port, hGroup=group, dwFilter=0x1000, dwNotifyKey=7, StateSequence=0)
    done = stubs.answer(ADD, dwStateSequence=1, rpc_status=0, **{"return": 0})
    for _ in range(count // 2):
        conn.request(ADD, added)
        conn.response(done)


def new_objects(capture, stubs, count):
    """Groups of which each has another name."""
    conn = connect(capture)
    mark = "N" * 8
    before, after = stubs.ask(OPEN, lpszGroupName=mark).split(mark.encode("utf-16-le"))
    for number in range(count // 2):
        conn.request(OPEN, before + f"{number:08}".encode("utf-16-le") + after)
        conn.response(stubs.opened(numbered(number)))


def moving_objects(capture, stubs, count):
    """One group that is on another node each time that somebody asks."""
    conn = connect(capture)
    conn.request(OPEN, stubs.open)
    conn.response(stubs.opened(numbered(0)))
    asked = stubs.ask(STATE, hGroup=numbered(0))
    mark = "N" * 8
    answer = stubs.answer(STATE, State=0, NodeName=mark, rpc_status=0, **{"return": 0})
    before, after = answer.split(mark.encode("utf-16-le"))
    for number in range(count // 2):
        conn.request(STATE, asked)
        conn.response(before + f"{number:08}".encode("utf-16-le") + after)


def connections(capture, stubs, count):
    """Connections that bind, ask once, and stay."""
    for number in range(count // 4):
        conn = capture.tcp(("10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255), 50000),
                           handshake=False)
        conn.bind()
        conn.bind_ack(1 + number)
        conn.request(OPEN, stubs.open)
        conn.response(stubs.opened(numbered(number)))


def long_strings(capture, stubs, count):
    """Names of a megabyte."""
    stub = stubs.ask(OPEN, lpszGroupName="x" * (MEGABYTE // 2 - 1))
    only_long_requests(connect(capture), OPEN, stub, count)


def lying_lists(capture, stubs, count):
    """Property lists whose counts and sizes lie, and that hold property lists as values."""
    conn = connect(capture)
    inner = contents.property_list(contents.prop("In", contents.value(contents.DWORD, contents.dword(1))))
    for _ in range(6):
        inner = contents.property_list(contents.prop("Out", contents.value(contents.BINARY, inner)))
    lies = [
        contents.property_list(contents.prop("Name", contents.value(contents.SZ, b"a\0", size=MANY)), count=MANY),
        contents.property_list(contents.value(contents.NAME, b"n\0\0\0", size=0), count=MANY),
        contents.property_list(*[contents.prop("", contents.value(0, b""))] * 8, count=2),
        inner,
    ]
    only_requests(conn, [(CONTROL, stubs.set(octets)) for octets in lies], count)


def long_lists(capture, stubs, count):
    """Property lists of a megabyte, of the smallest properties there are."""
    one = contents.prop("", contents.value(contents.DWORD, contents.dword(1)))
    stub = stubs.set(contents.property_list(*[one] * (MEGABYTE // len(one))))
    only_long_requests(connect(capture), CONTROL, stub, count)


def faults(capture, stubs, count):
    """Calls that all end in a fault."""
    conn = connect(capture)
    use = stubs.use(numbered(0))
    for _ in range(count // 2):
        conn.request(USE, use)
        conn.fault(0x1C00001A)


def binds(capture, stubs, count):
    """A connection that negotiates again and again."""
    conn = connect(capture)
    for number in range(count // 2):
        conn.alter_context(ctx_id=number % 32, interface=rpcpdu.INTERFACE)
        conn.alter_context_resp()


def broken_and_answered(capture, stubs, count):
    """One request that is no NDR, answered again and again."""
    conn = connect(capture)
    conn.request(OPEN, b"\1\2\3")
    for number in range(count):
        conn.response(stubs.opened(numbered(0)))
        if number % SILENCE == 0:
            conn.acknowledge(client=True)


def answers_that_differ(capture, stubs, count):
    """One datagram that is answered each time with another handle."""
    conn = capture.udp()
    conn.request(OPEN, stubs.open)
    for number in range(count):
        conn.response(stubs.opened(numbered(number)))


def sent_again(capture, stubs, count):
    """One datagram and its answer, sent again and again."""
    conn = capture.udp()
    opened = stubs.opened(numbered(0))
    for _ in range(count // 2):
        conn.request(OPEN, stubs.open, seq=0)
        conn.response(opened)


def full_frames(capture, stubs, count):
    """Frames full of requests, and others full of the faults that answer them."""
    conn = connect(capture)
    use = stubs.use(numbered(0))
    for start in range(0, count // 2, FULL):
        with conn.one_frame():
            for number in range(FULL):
                conn.request(USE, use, call_id=10 + start + number)
        with conn.one_frame():
            for number in range(FULL):
                conn.fault(0x1C00001A, call_id=10 + start + number)


def headers_everywhere(capture, stubs, count):
    """Segments in which a header seems to begin at each place, and none leads to the end."""
    conn = connect(capture)
    conn.request(USE, stubs.use(numbered(0)))
    like = bytes.fromhex("05000203100000003800000005000203")
    for _ in range(count * SHORT // (len(like) * 4000)):
        conn.lose(1000)
        conn.send(b"\0" + like * 4000)
        conn.acknowledge()


def offers(capture, stubs, count):
    """Binds that nobody answers."""
    conn = capture.tcp()
    for number in range(count):
        conn.bind(ndr64=True, call_id=number)
        if number % SILENCE == 0:
            conn.acknowledge()


def without_binds(capture, stubs, count):
    """Calls whose interface nobody knows: of connections and contexts without end, some of which read as ours."""
    for _ in range(count // 200):
        conn = capture.tcp(handshake=False)
        for number in range(100):
            conn.request((OPEN, USE)[number % 2], (stubs.open, bytes(30))[number % 2], ctx_id=number % 70)
            conn.response(stubs.used, ctx_id=number % 70)


BOMBS = {
    "2^31 elements": claims,
    "never closed": never_closed,
    "one unknown handle": one_unknown,
    "all handles unknown": all_unknown,
    "no answers": unanswered,
    "no answers to opens": unanswered_opens,
    "registrations": registrations,
    "new objects": new_objects,
    "moving objects": moving_objects,
    "connections": connections,
    "strings of 1 MB": long_strings,
    "lying lists": lying_lists,
    "lists of 1 MB": long_lists,
    "faults": faults,
    "negotiations": binds,
    "broken and answered": broken_and_answered,
    "answers that differ": answers_that_differ,
    "sent again": sent_again,
    "full frames": full_frames,
    "headers everywhere": headers_everywhere,
    "offers": offers,
    "no binds": without_binds,
}
