# SPDX-License-Identifier: GPL-2.0-or-later
"""How does the script of a conformance case become frames of a capture?

    played = play(case, number, capture, model, names)      names: casevalues.specified()
    played.frames     {number of a PDU in the script: frame}
    played.last       the last frame of the case; it begins after that of the one before
    played.expected   [(frame, rule, level, section)], with those of what stands around the case
    played.facts      [(frame, rule)]

Each case has a server of its own, so that cases do not know of each other.
"""
import json
import re
from dataclasses import dataclass, field
from uuid import UUID

import cmrp_ndr

from . import casevalues, kerberos, rpcpdu

_PDU = re.compile(r"^\s*(\d+)\s+(?:([A-Z])\s+)?([<>!])\s*(?:to\s+(\d+)\s*)?(.*)$")
_OPTIONS = re.compile(r"^(.*?)\s*(?:\[([^\]=]+=[^\]]*)\])?\s*$")
_METHOD = re.compile(r"^(\w+)\s*(.*)$")
_HISTORY = re.compile(r"^\s*(?:([A-Z])\s+)?(open|register|event)\s+(.*)$")
_OPENED = re.compile(r"^(\w+)\s+\$(\w+)\s*(\".*\")?$")
_REGISTERED = re.compile(r"^\$(\w+)\s+\$(\w+)\s+(.*)$")
_TOLD = re.compile(r"^\$(\w+)\s+(.*)$")

# What `open` opens: the method, the parameter that names the object, and the method and the parameters that register it.
_KINDS = {
    "cluster": ("ApiOpenCluster", None, "ApiAddNotifyCluster", "hCluster", "dwFilter"),
    "key": ("ApiGetRootKey", None, "ApiAddNotifyKey", "hKey", "Filter"),
    "group": ("ApiOpenGroup", "lpszGroupName", "ApiAddNotifyGroup", "hGroup", "dwFilter"),
    "node": ("ApiOpenNode", "lpszNodeName", "ApiAddNotifyNode", "hNode", "dwFilter"),
    "resource": ("ApiOpenResource", "lpszResourceName", "ApiAddNotifyResource", "hResource", "dwFilter"),
    "network": ("ApiOpenNetwork", "lpszNetworkName", "ApiAddNotifyNetwork", "hNetwork", "dwFilter"),
    "netinterface": ("ApiOpenNetInterface", "lpszNetInterfaceName", "ApiAddNotifyNetInterface", "hNetInterface", "dwFilter"),
    "port": ("ApiCreateNotify", None, None, None, None),
    "port2": ("ApiCreateNotifyV2", None, None, None, None),
}

_GIVEN = re.compile(r"return=\$(\w+)|phBatchPort=\$(\w+)")
_HANDLE = re.compile(r"\$(\w+)")

# What a connection without security breaks, told on the call that stands before each script.
_PREAMBLE = (("transport-level", "MUST", "2.1"), ("transport-level-served", "MUST", "2.1"))
_BYTE_ORDER = ("transport-big-endian", "MUST", "2.2")
GET_CLUSTER_NAME = 3
NTLM, INTEGRITY = 10, 5


@dataclass
class Played:
    frames: dict = field(default_factory=dict)
    last: int = 0
    expected: list = field(default_factory=list)
    facts: list = field(default_factory=list)


@dataclass
class _Connection:
    conn: object
    version: int
    calls: dict = field(default_factory=dict)  # number of the request's PDU: (opnum, call id, values)
    last: int = 0


def _uses_elder_handles(script):
    """True if the exchange takes a handle for granted: one that is used and that no answer gave before."""
    given = set()
    for text in script:
        pdu, history = _PDU.match(text), _HISTORY.match(text)
        if history and history.group(2) == "open":
            given.add(_OPENED.match(history.group(3)).group(2))
        elif pdu and pdu.group(3) == "<":
            given.update(name for names in _GIVEN.findall(text) for name in names if name)
        elif set(_HANDLE.findall(text)) - given:
            return True
    return False


class _Player:
    def __init__(self, case, number, capture, model, names):
        self.case, self.capture, self.model, self.names = case, capture, model, names
        self.net = f"10.{number // 250 + 1}.{number % 250}"
        self.handles = casevalues.Handles(number % 200)
        self.played = Played()
        self.connections = {}
        self.kinds = {}  # of handles that `open` opened, by name
        self.version, self.ndr64, self.big_endian, self.raw = 3, False, False, False
        self.transport = None
        self.elder = _uses_elder_handles(case.script)

    # ------------------------------------------------------------ lines

    def run(self):
        for text in self.case.script:
            try:
                match, history = _PDU.match(text), _HISTORY.match(text)
                if match:
                    number, name, sign, answered, rest = match.groups()
                    self._pdu(int(number), name or "A", sign, answered and int(answered), rest)
                elif history:
                    self._history(*history.groups())
                else:
                    self._directive(text.split())
            except (ValueError, KeyError) as error:
                raise ValueError(f"{self.case.path}: {self.case.title}: {text.strip()!r}: {error!r}") from error
        for number, rule, level, section in self.case.findings:
            self.played.expected.append((self.played.frames[number], rule, level, section))
        self.played.last = self.capture.frames
        self.played.facts += [(self.played.frames[number], rule) for number, rule in self.case.facts]
        return self.played

    def _directive(self, words):
        if words[0] == "version":
            self.version = int(words[1])
        elif words[0] in ("ndr64", "raw"):
            setattr(self, words[0], True)
        elif words[0] == "big-endian":
            self.big_endian = True
        elif words == ["whole"]:
            pass  # casefile.Case.whole
        elif words[0] == "over":
            self.transport = words[1]
        elif words[0] == "connection":
            options = dict(word.split("=") for word in words[2:] if "=" in word)
            self._connect(words[1], late="late" in words, new="new" in words, **options)
        elif words[0] == "close":
            self.connections[words[1]].conn.fin()
        elif words[0] == "reset":
            self.connections[words[1]].conn.rst()
        elif words[0] == "lose":
            self._lose(self._connection(words[1]).conn, **dict(word.split("=") for word in words[2:]))
        elif words[0] == "acknowledge":
            self.connections[words[1]].conn.send(b"")
        elif words[0] == "wait":
            self.capture.advance(float(words[1]))
        else:
            raise ValueError("no such directive")

    # ------------------------------------------------------------ what went before

    def _history(self, name, what, rest):
        connection = self._connection(name or "A")
        getattr(self, f"_history_{what}")(connection, rest)

    def _call_and_answer(self, connection, asked, answered):
        """A call that is not judged, with values by name."""
        last = connection.last
        self._ask(connection, None, *asked, {})
        self._tell(connection, None, answered, {})
        connection.last = last

    def _history_open(self, connection, rest):
        kind, handle, name = _OPENED.match(rest).groups()
        method, parameter = _KINDS[kind][:2]
        values = {parameter: json.loads(name)} if parameter else {}
        self.kinds[handle] = kind
        self._call_and_answer(connection, (method, values), {"return": self.handles[handle]})

    def _history_register(self, connection, rest):
        port, target, rest = _REGISTERED.match(rest).groups()
        given = self._parse(rest)
        values = {"hNotify": self.handles[port], "dwNotifyKey": given.get("key", 0)}
        answer = {"return": given.get("status", 0)}
        if self.kinds.get(port) == "port2":
            filter = {"dwObjectType": given["type"], "FilterFlags": given["filter"]}
            values.update({"hObject": self.handles[target], "filter": filter, "dwVersion": 2,
                           "isTargetedAtObject": given.get("targeted", 1)})
            self._call_and_answer(connection, ("ApiAddNotifyV2", values), answer)
            return
        method, parameter, filter = _KINDS[self.kinds[target]][2:]
        if method == "ApiAddNotifyKey" and connection.version == 2:
            filter = "dwFilter"
        values.update({parameter: self.handles[target], filter: given["filter"]})
        if "sequence" in given:
            answer["dwStateSequence"] = given["sequence"]
        self._call_and_answer(connection, (method, values), answer)

    def _history_event(self, connection, rest):
        port, rest = _TOLD.match(rest).groups()
        given = self._parse(rest)
        told = {"dwNotifyKey": given.get("key", 0), "dwFilter": given["filter"], "Name": given.get("name", ""),
                "dwStateSequence": given.get("sequence", 0)}
        self._call_and_answer(connection, ("ApiGetNotify", {"hNotify": self.handles[port]}), told)

    @staticmethod
    def _lose(conn, client=0, server=0):
        """What was sent and not captured: bytes of a TCP connection, or one call over UDP."""
        if _Player._is_udp(conn):
            conn.seq += 1
            return
        conn.lose(int(client), client=True)
        conn.lose(int(server), client=False)

    # ------------------------------------------------------------ connections

    def _connect(self, name, client="1", group="0x1234", version=None, server="200", activity=None, late=False,
                 new=False):
        ends = {"client": (f"{self.net}.{client}", 50000 + ord(name)), "server": (f"{self.net}.{server}", 49200)}
        version = int(version or self.version)
        transport = self.transport or ("udp" if version == 2 else "tcp")
        if transport == "udp":
            own = {"activity": UUID(int=int(activity))} if activity else {}
            conn = self.capture.udp(version=version, big_endian=self.big_endian, **own, **ends)
            self.connections[name] = _Connection(conn, version)
            return
        conn = self.capture.tcp(big_endian=self.big_endian, handshake=not late, **ends)
        self.connections[name] = _Connection(conn, version)
        if self.raw or late:
            return
        number = int(group, 0)
        conn.bind(version=version, ndr64=self.ndr64, assoc_group=number if self.elder and not new else 0)
        conn.bind_ack(assoc_group=number)
        if version != 3:
            return
        for (rule, level, section), make in zip(_PREAMBLE, (self._ask_name, self._tell_name)):
            self.played.expected.append((make(conn), rule, level, section))
        if self.big_endian:
            self.played.expected.append((self.played.expected[-2][0], *_BYTE_ORDER))

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
        return self._ask(connection, number, name, self._parse(rest), options)

    def _parse(self, text):
        return casevalues.parse(text, self.handles, self.names)

    def _ask(self, connection, number, name, given, options):
        method = self._method(connection.version, name)
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
        return self._tell(connection, answered, self._parse(body), options)

    def _tell(self, connection, answered, given, options):
        method, call, asked = connection.calls[answered]
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
        if "fragments" in options:
            sent["fragments"] = int(options["fragments"])
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


def play(case, number, capture, model, names):
    return _Player(case, number, capture, model, names).run()
