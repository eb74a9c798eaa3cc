# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a test put calls of ClusAPI into a capture, in every encoding?

    calls = Calls(model, capture(), ENCODINGS["3-ndr64"])
    group = handle(1)
    calls.request(41, lpszGroupName="Cluster Group")    -> frame number
    calls.response(Status=0, rpc_status=0, result=group)

Version 2.0 goes over UDP, 3.0 over TCP. Values are packed by cmrp_ndr; `stub=` takes octets instead.
"""
from collections import namedtuple

import cmrp_ndr
from cmrpidl.front.declare import value_of
from cmrpidl.model import ContextHandle

Encoding = namedtuple("Encoding", "name version ndr64 big_endian")

# NDR64 exists in 3.0 only (MS-CMRP 2.2).
ENCODINGS = {
    encoding.name: encoding
    for encoding in (
        Encoding("2-ndr", 2, False, False),
        Encoding("2-ndr-big", 2, False, True),
        Encoding("3-ndr", 3, False, False),
        Encoding("3-ndr-big", 3, False, True),
        Encoding("3-ndr64", 3, True, False),
        Encoding("3-ndr64-big", 3, True, True),
    )
}

NULL_HANDLE = bytes(20)


def handle(number):
    """20 bytes of a context handle, as sent; each number gives another one."""
    return bytes(4) + bytes((number + place) % 256 for place in range(16))


def handle_type(type_):
    """HGROUP_RPC, if that is what a parameter is behind its pointers; None if it is no handle."""
    type_ = value_of(type_)
    return type_.name if isinstance(type_, ContextHandle) else None


class Calls:
    """The calls of one client, which wait for each other. `joins`: its association began before this connection."""

    def __init__(self, model, capture, encoding, assoc_group=0x1234, joins=False, **options):
        self.model = model
        self.capture = capture
        self.encoding = encoding
        self.opnum = None
        if encoding.version == 2:
            self.conn = capture.udp(big_endian=encoding.big_endian, **options)
        else:
            self.conn = capture.tcp(big_endian=encoding.big_endian, **options)
            self.conn.bind(ndr64=encoding.ndr64, assoc_group=assoc_group if joins else 0)
            self.conn.bind_ack(assoc_group=assoc_group)

    def pack_request(self, opnum, **values):
        return self._pack(cmrp_ndr.pack_request, opnum, values)

    def pack_response(self, opnum, **values):
        """`result` is the returned value. rpc_status, which 2.0 does not have, may be given all the same."""
        if "result" in values:
            values["return"] = values.pop("result")
        return self._pack(cmrp_ndr.pack_response, opnum, values)

    def request(self, opnum, stub=None, sent=None, **values):
        """`sent`: options of the connection's own method, such as fragments."""
        self.opnum = opnum
        if stub is None:
            stub = self.pack_request(opnum, **values)
        return self.conn.request(opnum, stub, **(sent or {}))

    def response(self, stub=None, sent=None, **values):
        if stub is None:
            stub = self.pack_response(self.opnum, **values)
        return self.conn.response(stub, **(sent or {}))

    def answer_in_one_frame(self, order, fault, faulted, opnum, answered, **values):
        """Answers that share a frame, in this order: "f" is the fault of the next of the calls `faulted`, any other letter the
        response of the method, with these values, to the call `answered`."""
        waiting = list(faulted)
        with self.conn.one_frame():
            for letter in order:
                if letter == "f":
                    self.conn.fault(fault, call_id=waiting.pop(0))
                else:
                    self.opnum = opnum
                    self.response(sent={"call_id": answered}, **values)

    def open_group(self, name, result):
        """ApiOpenGroup that succeeds; the number of the response's frame."""
        self.request(41, lpszGroupName=name)
        return self.response(Status=0, rpc_status=0, result=result)

    def create_notify(self, result):
        """ApiCreateNotify that succeeds; the number of the response's frame."""
        self.request(55)
        return self.response(Status=0, rpc_status=0, result=result)

    def _pack(self, pack, opnum, values):
        encoding = self.encoding
        return pack(self.model, encoding.version, opnum, values, encoding.ndr64, encoding.big_endian)
