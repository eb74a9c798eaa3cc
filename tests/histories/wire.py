# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the calls of a history become frames? By the encoders of the other tests (cmrp_ndr, support.rpcpcap)."""
from uuid import UUID

import cmrp_ndr
from support import casevalues

NTLM, INTEGRITY = 10, 5


_defaults_of = {}  # by version and opnum: the interface is one


def _defaults(model, version, opnum):
    """What stands where a call says nothing, in its request and in its response."""
    if (version, opnum) not in _defaults_of:
        method = model.method(version, opnum)
        asked, answered = casevalues.fill(method.request, {}), casevalues.fill(method.response, {})
        _defaults_of[version, opnum] = asked, {**asked, **answered}
    return _defaults_of[version, opnum]


class _Line:
    """A connection. The frames of one that is `muted` are not in the capture."""

    def __init__(self, wire, muted):
        self.wire, self.muted = wire, muted

    def request(self, call):
        asked, _ = _defaults(self.wire.model, self.wire.version, call.opnum)
        values = {**asked, **{name: value for name, value in call.values.items() if name in asked}}
        stub = cmrp_ndr.pack_request(self.wire.model, self.wire.version, call.opnum, values, self.wire.ndr64)
        return self._write(self._send, call, stub + call.more)

    def response(self, call, values):
        _, answered = _defaults(self.wire.model, self.wire.version, call.opnum)
        values = {**answered, **values, "return": values["result"]}
        stub = cmrp_ndr.pack_response(self.wire.model, self.wire.version, call.opnum, values, self.wire.ndr64)
        return self._write(self._answer, call, stub)

    def fault(self, call, status):
        return self._write(self._refuse, call, status)

    def _write(self, method, call, content):
        capture = self.wire.capture
        silent, capture.silent = capture.silent, capture.silent or self.muted
        try:
            return method(call, content)
        finally:
            capture.silent = silent


class TcpLine(_Line):
    """Version 3.0. `asked` and `given` are the association groups of bind and bind_ack."""

    def __init__(self, wire, client, server, asked, given, muted=False):
        super().__init__(wire, muted)
        self.calls = 0
        self._write(self._connect, (client, server), (asked, given))

    def _connect(self, ends, groups):
        self.conn = self.wire.capture.tcp(client=ends[0], server=ends[1])
        self.conn.bind(ndr64=self.wire.ndr64, assoc_group=groups[0], call_id=1)
        self.conn.bind_ack(assoc_group=groups[1], call_id=1)

    def _send(self, call, stub):
        self.calls += 1
        call.number = self.calls + 1
        return self.conn.request(call.opnum, stub, call_id=call.number)

    def _answer(self, call, stub):
        return self.conn.response(stub, call_id=call.number)

    def _refuse(self, call, status):
        return self.conn.fault(status, call_id=call.number)

    def end(self, broken=False):
        self._write(lambda *_: self.conn.rst() if broken else self.conn.fin(), None, None)


class UdpLine(_Line):
    """An activity of version 2.0, with NTLM and packet integrity (2.1)."""

    def __init__(self, wire, client, server, activity, muted=False):
        super().__init__(wire, muted)
        self.conn = wire.capture.udp(client=client, server=server, activity=UUID(int=activity))

    @staticmethod
    def _security(stub):
        return {"auth_proto": NTLM, "verifier": bytes(-len(stub) % 8) + bytes((INTEGRITY, 0, 0, 0)) + bytes(16)}

    def _send(self, call, stub):
        return self.conn.request(call.opnum, stub, **self._security(stub))

    def _answer(self, call, stub):
        return self.conn.response(stub, **self._security(stub))

    def _refuse(self, call, status):
        return self.conn.fault(status, **self._security(bytes(4)))

    def end(self, broken=False):
        """Nothing on the wire says so."""


class Wire:
    """`number` gives addresses that no other history of the capture has."""

    def __init__(self, capture, model, version, ndr64, number):
        self.capture, self.model, self.version, self.ndr64 = capture, model, version, ndr64
        self.net = f"10.{number >> 8 & 0xFF}.{number & 0xFF}"
        self.first_activity = number << 32
        self.activities = self.ports = 0

    def address(self, host):
        return f"{self.net}.{host}"

    def line(self, client, server, asked, given, muted=False):
        """`client` and `server` are numbers of hosts."""
        self.ports += 1
        ends = (self.address(client), 50000 + self.ports), (self.address(server), 49200)
        if self.version == 2:
            self.activities += 1
            return UdpLine(self, *ends, self.first_activity + self.activities, muted)
        return TcpLine(self, *ends, asked, given, muted)
