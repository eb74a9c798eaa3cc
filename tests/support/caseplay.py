# SPDX-License-Identifier: GPL-2.0-or-later
"""How does the script of a conformance case become frames of a capture?

    played = play(case, number, capture, model)
    played.frames     {number of a PDU in the script: frame}
    played.expected   [(frame, rule, level, section)], with those of what stands around the case
    played.facts      [(frame, rule)]

Each case has a server of its own, so that cases do not know of each other.
"""
import re
from dataclasses import dataclass, field

import cmrp_ndr

from . import casevalues, kerberos, rpcpdu

_PDU = re.compile(r"^\s*(\d+)\s+(?:([A-Z])\s+)?([<>!])\s*(?:to\s+(\d+)\s*)?(.*)$")
_OPTIONS = re.compile(r"^(.*?)\s*(?:\[([^\]=]+=[^\]]*)\])?\s*$")
_METHOD = re.compile(r"^(\w+)\s*(.*)$")

# What a connection without security breaks, told on the call that stands before each script.
_PREAMBLE = (("transport-level", "MUST", "2.1"), ("transport-level-served", "MUST", "2.1"))
GET_CLUSTER_NAME = 3
NTLM, INTEGRITY = 10, 5


@dataclass
class Played:
    frames: dict = field(default_factory=dict)
    expected: list = field(default_factory=list)
    facts: list = field(default_factory=list)


@dataclass
class _Connection:
    conn: object
    version: int
    calls: dict = field(default_factory=dict)  # number of the request's PDU: (opnum, call id, values)
    last: int = 0


class _Player:
    def __init__(self, case, number, capture, model):
        self.case, self.capture, self.model = case, capture, model
        self.net = f"10.{number // 250 + 1}.{number % 250}"
        self.handles = casevalues.Handles(number % 200)
        self.played = Played()
        self.connections = {}
        self.version, self.ndr64, self.big_endian, self.raw = 3, False, False, False
        self.transport = None

    # ------------------------------------------------------------ lines

    def run(self):
        for text in self.case.script:
            try:
                match = _PDU.match(text)
                if match:
                    number, name, sign, answered, rest = match.groups()
                    self._pdu(int(number), name or "A", sign, answered and int(answered), rest)
                else:
                    self._directive(text.split())
            except (ValueError, KeyError) as error:
                raise ValueError(f"{self.case.path}: {self.case.title}: {text.strip()!r}: {error!r}") from error
        for number, rule, level, section in self.case.findings:
            self.played.expected.append((self.played.frames[number], rule, level, section))
        self.played.facts += [(self.played.frames[number], rule) for number, rule in self.case.facts]
        return self.played

    def _directive(self, words):
        if words[0] == "version":
            self.version = int(words[1])
        elif words[0] in ("ndr64", "raw"):
            setattr(self, words[0], True)
        elif words[0] == "big-endian":
            self.big_endian = True
        elif words[0] == "over":
            self.transport = words[1]
        elif words[0] == "connection":
            options = dict(word.split("=") for word in words[2:])
            self._connect(words[1], **options)
        elif words[0] == "close":
            self.connections[words[1]].conn.fin()
        elif words[0] == "wait":
            self.capture.advance(float(words[1]))
        else:
            raise ValueError("no such directive")

    # ------------------------------------------------------------ connections

    def _connect(self, name, client="1", group="0x1234", version=None):
        ends = {"client": (f"{self.net}.{client}", 50000 + ord(name)), "server": (f"{self.net}.200", 49200)}
        version = int(version or self.version)
        transport = self.transport or ("udp" if version == 2 else "tcp")
        if transport == "udp":
            conn = self.capture.udp(version=version, big_endian=self.big_endian, **ends)
            self.connections[name] = _Connection(conn, version)
            return
        conn = self.capture.tcp(big_endian=self.big_endian, **ends)
        self.connections[name] = _Connection(conn, version)
        if self.raw:
            return
        conn.bind(version=version, ndr64=self.ndr64)
        conn.bind_ack(assoc_group=int(group, 0))
        if version != 3:
            return
        for (rule, level, section), make in zip(_PREAMBLE, (self._ask_name, self._tell_name)):
            self.played.expected.append((make(conn), rule, level, section))

    def _ask_name(self, conn):
        return conn.request(GET_CLUSTER_NAME, b"")

    def _tell_name(self, conn):
        values = {"ClusterName": "CLUSTER", "NodeName": "NODE1", "return": 0}
        return conn.response(cmrp_ndr.pack_response(self.model, 3, GET_CLUSTER_NAME, values, self.ndr64, self.big_endian))

    def _connection(self, name):
        if name not in self.connections:
            self._connect(name)
        return self.connections[name]

    # ------------------------------------------------------------ PDUs

    def _pdu(self, number, name, sign, answered, rest):
        connection = self._connection(name)
        body, options = _OPTIONS.match(rest).groups()
        options = dict(word.split("=", 1) for word in (options or "").split())
        if sign == "!":
            frame = self._fault(connection, answered or connection.last, body)
        elif sign == ">" and body.split()[0] in ("bind", "alter_context"):
            frame = self._bind(connection.conn, body.split()[0], options)
        elif sign == "<" and body.split()[:1] in (["bind_ack"], ["alter_context_resp"]):
            frame = self._bound(connection.conn, body.split()[0], options)
        elif sign == ">":
            frame = self._request(connection, number, body, options)
        else:
            frame = self._response(connection, answered or connection.last, body, options)
        if number in self.played.frames:
            raise ValueError("the number was used before")
        self.played.frames[number] = frame

    def _method(self, version, name):
        for method in self.model.interface(version).methods:
            if method.name == name:
                return method
        raise ValueError(f"no method {name}")

    def _request(self, connection, number, body, options):
        name, rest = _METHOD.match(body).groups()
        method = self._method(connection.version, name)
        given = casevalues.parse(rest, self.handles)
        values = casevalues.fill(method.request, given)
        unknown = set(given) - set(values)
        if unknown:
            raise ValueError(f"{name} has no {', '.join(unknown)}")
        stub = cmrp_ndr.pack_request(self.model, connection.version, method.opnum, values, self.ndr64, self.big_endian)
        frame = self._send(connection.conn.request, (method.opnum,), stub, options)
        connection.calls[number] = (method, self._call(connection.conn), values)
        connection.last = number
        return frame

    def _response(self, connection, answered, body, options):
        method, call, asked = connection.calls[answered]
        given = casevalues.parse(body, self.handles)
        members = [*method.response]
        values = {**asked, **casevalues.fill(members, given)}
        if method.returns is not None:
            values["return"] = casevalues._complete(method.returns, given["return"]) if "return" in given else (
                casevalues._default(method.returns))
        unknown = set(given) - set(values)
        if unknown:
            raise ValueError(f"{method.name} has no {', '.join(unknown)}")
        stub = cmrp_ndr.pack_response(self.model, connection.version, method.opnum, values, self.ndr64, self.big_endian)
        return self._send(connection.conn.response, (), stub, {**options, **self._answering(connection.conn, call, method)})

    def _fault(self, connection, answered, body):
        method, call, _ = connection.calls[answered]
        return connection.conn.fault(int(body.split()[-1], 0), **self._answering(connection.conn, call, method))

    # ------------------------------------------------------------ transport

    @staticmethod
    def _is_udp(conn):
        return hasattr(conn, "activity")

    def _call(self, conn):
        return conn.seq if self._is_udp(conn) else conn.call_id

    def _answering(self, conn, call, method):
        return {"seq": call, "opnum": method.opnum} if self._is_udp(conn) else {"call_id": call}

    def _send(self, method, arguments, stub, options):
        sent = {name: value for name, value in options.items() if name in ("seq", "opnum", "call_id")}
        if "cut" in options:
            stub = stub[:-int(options["cut"])]
        stub += bytes.fromhex(options.get("more", ""))
        if "patch" in options:
            place, octets = options["patch"].split(":")
            octets = bytes.fromhex(octets)
            stub = stub[:int(place)] + octets + stub[int(place) + len(octets):]
        if "captured" in options:
            self.capture.cut_next(int(options["captured"]))
        if self._is_udp(method.__self__):
            kind, level = self._auth(options.get("auth", f"{NTLM},{INTEGRITY}"))
            if kind:
                sent["auth_proto"] = kind
                sent["verifier"] = bytes(-len(stub) % 8) + bytes((level, 0, 0, 0)) + bytes(16)
        elif "auth" in options:
            sent["auth"] = (*self._auth(options["auth"]), bytes(16))
        return method(*arguments, stub, **sent)

    @staticmethod
    def _auth(text):
        return tuple(int(word) for word in text.split(",")) if text != "none" else (0, 0)

    def _bind(self, conn, kind, options):
        major, minor = (int(word) for word in options.get("version", "3.0").split("."))
        auth = None
        if "auth" in options:
            token = b"NTLMSSP\0"
            if "service" in options:
                token = kerberos.request(options["service"], options.get("mutual") == "yes")
            auth = (*self._auth(options["auth"]), token)
        syntaxes = {"ndr": rpcpdu.NDR, "ndr64": rpcpdu.NDR64}
        contexts = [(index, (rpcpdu.INTERFACE, major | minor << 16), [syntaxes[name]])
                    for index, name in enumerate(options.get("syntaxes", "ndr").split(","))]
        return conn.bind(auth=auth, contexts=contexts,
                         ptype=rpcpdu.ALTER_CONTEXT if kind == "alter_context" else rpcpdu.BIND)

    @staticmethod
    def _bound(conn, kind, options):
        accepted, refused = (0, 0, rpcpdu.NDR), (2, 2, (rpcpdu.NIL, 0))
        results = [accepted if word == "yes" else refused for word in options.get("accepts", "yes").split(",")]
        return conn.bind_ack(results=results,
                             ptype=rpcpdu.ALTER_CONTEXT_RESP if kind == "alter_context_resp" else rpcpdu.BIND_ACK)


def play(case, number, capture, model):
    return _Player(case, number, capture, model).run()
