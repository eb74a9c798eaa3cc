# SPDX-License-Identifier: GPL-2.0-or-later
"""Which methods begin, use and end the life of a handle, and what is the handle then called? All of both versions."""
import pytest
from cmrp_ndr import values
from cmrpidl.model import ContextHandle
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle, handle_type
from support.lives import Handle, read  # noqa: F401

# Opening methods: opnum, first version, type.
OPENING = {
    0: (2, "HCLUSTER_RPC"), 8: (2, "HRES_RPC"), 9: (2, "HRES_RPC"), 28: (2, "HKEY_RPC"), 29: (2, "HKEY_RPC"),
    30: (2, "HKEY_RPC"), 41: (2, "HGROUP_RPC"), 42: (2, "HGROUP_RPC"), 55: (2, "HNOTIFY_RPC"), 66: (2, "HNODE_RPC"),
    81: (2, "HNETWORK_RPC"), 92: (2, "HNETINTERFACE_RPC"), 114: (3, "HBATCH_PORT_RPC"), 117: (3, "HCLUSTER_RPC"),
    118: (3, "HNODE_RPC"), 119: (3, "HGROUP_RPC"), 120: (3, "HRES_RPC"), 121: (3, "HNETWORK_RPC"),
    122: (3, "HNETINTERFACE_RPC"), 129: (3, "HGROUP_RPC"), 137: (3, "HNOTIFY_RPC"), 163: (3, "HGROUPSET_RPC"),
    164: (3, "HGROUPSET_RPC"),
}
CLOSING = {
    1: "HCLUSTER_RPC", 11: "HRES_RPC", 37: "HKEY_RPC", 44: "HGROUP_RPC", 56: "HNOTIFY_RPC", 67: "HNODE_RPC",
    82: "HNETWORK_RPC", 93: "HNETINTERFACE_RPC", 116: "HBATCH_PORT_RPC", 165: "HGROUPSET_RPC",
}
# A method that makes a type in both versions and needs no handle of its own type.
MAKES = {kind: opnum for opnum, (_, kind) in reversed(OPENING.items())} | {"HRES_RPC": 8}


def handles(params):
    return [param for param in params if handle_type(param.type)]


def fill(model, encoding, opnum, **chosen):
    """Values for request and response: zeros where `chosen` says nothing else."""
    source = values.SeededSource(opnum)
    asked = {**values.make_request(source, model, encoding.version, opnum), **chosen}
    answered = {**values.make_response(source, model, encoding.version, opnum, asked), **chosen}
    return asked, {**answered, "Status": 0, "rpc_error": 0, "rpc_status": 0}


class Story:
    """One handle after the other, opened and closed by the methods of a version."""

    def __init__(self, model, capture, encoding):
        self.model, self.encoding = model, encoding
        self.calls = Calls(model, capture, encoding)
        self.count = self.ports = 0

    def open(self, opnum, name=None, **chosen):
        """The bytes of a new handle, and what the plugin should say of it."""
        method = self.model.method(self.encoding.version, opnum)
        strings = [param.name for param in method.request if param.name.startswith(("lpsz", "lpSubKey"))]
        if strings:
            chosen[strings[0]] = name
        self.count += 1
        made = handle(3 * self.count)
        asked, answered = fill(self.model, self.encoding, opnum, **chosen)
        answered["phBatchPort" if opnum == 114 else "result"] = made
        if opnum == 114:
            answered["result"] = 0
        answered.pop("return", None)
        self.calls.request(opnum, **asked)
        frame = self.calls.response(**answered)
        kind = OPENING[opnum][1]
        if kind == "HNOTIFY_RPC":
            self.ports += 1
            name = f"port {self.ports}"
        return made, Handle("phBatchPort" if opnum == 114 else "handle", self.count, kind, name, frame)

    def close(self, opnum, made):
        """The frames of request and response."""
        param = handles(self.model.method(self.encoding.version, opnum).request)[0].name
        asked = self.calls.request(opnum, **{param: made})
        return param, asked, self.calls.response(**{param: NULL_HANDLE, "result": 0})

    def open_any(self, kind):
        """A handle of a type, with whatever that needs."""
        if kind == "HBATCH_PORT_RPC":
            return self.open(114, "\\", hKey=self.open_any("HKEY_RPC")[0])
        names = {"HCLUSTER_RPC": None, "HKEY_RPC": "\\"}
        return self.open(MAKES[kind], names.get(kind, f"my {kind}"))


def test_tables_hold_every_method_that_opens_or_closes(model):
    """The list above is complete: the interface definition knows no other."""
    for version in (2, 3):
        opening, closing = {}, {}
        for method in model.interface(version).methods:
            made = [param for param in handles(method.response) if "in" not in param.directions]
            if made or isinstance(method.returns, ContextHandle):
                opening[method.opnum] = handle_type(made[0].type) if made else method.returns.name
            for param in handles(method.response):
                if "in" in param.directions:
                    closing[method.opnum] = handle_type(param.type)
        assert opening == {opnum: kind for opnum, (first, kind) in OPENING.items() if first <= version}
        kinds = set(opening.values())
        assert closing == {opnum: kind for opnum, kind in CLOSING.items() if kind in kinds}


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_a_life_from_open_to_close(encoding, model, capture, read):
    """Each opening method begins a life with number, type and name; the close method of the type ends it."""
    pcap = capture()
    story = Story(model, pcap, encoding)
    told = []
    for opnum, (first, kind) in OPENING.items():
        if first > encoding.version:
            continue
        chosen, name = {}, f"object of {opnum}"
        if opnum == 9:
            chosen["hGroup"] = story.open(41, "its group")[0]
        elif opnum in (29, 30, 114):
            root, _ = story.open(28, "\\")
            chosen["hKey"], _ = story.open(30, "Resources", hKey=root)
            name = "\\Resources" if opnum == 114 else f"\\Resources\\object of {opnum}"
        elif kind == "HCLUSTER_RPC":
            name = None
        elif opnum == 28:
            name = "\\"
        if opnum in (29, 30):
            made, expected = story.open(opnum, f"object of {opnum}", **chosen)
            expected = expected._replace(name=name)
        else:
            made, expected = story.open(opnum, name, **chosen)
        closing = next(number for number, closed in CLOSING.items() if closed == kind)
        param, asked, ended = story.close(closing, made)
        told.append((expected._replace(closed_in=ended), param, asked, ended))
    lives = read(pcap)
    assert lives.frames()
    for expected, param, asked, ended in told:
        assert lives.at(expected.opened_in)[0] == expected
        assert lives.at(asked) == [expected._replace(holder=param)]
        assert lives.at(ended) == [expected._replace(holder=f"{param} of the request")]
        for frame in (expected.opened_in, asked, ended):
            assert lives.findings(frame, "handle-") == lives.findings(frame, "open-") == []


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_handle_parameter_shows_its_life(encoding, model, capture, read):
    """All methods that take handles: request and response say which, whatever else they hold."""
    pcap = capture()
    story = Story(model, pcap, encoding)
    opened = {}
    for kind in dict.fromkeys(kind for first, kind in OPENING.values() if first <= encoding.version):
        opened[kind] = story.open_any(kind)
    opened["HGENERIC_RPC"] = opened["HGROUP_RPC"]
    told, seen = [], 0
    for method in model.interface(encoding.version).methods:
        params = handles(method.request)
        if not params or method.opnum in CLOSING:
            continue
        chosen = {param.name: opened[handle_type(param.type)][0] for param in params}
        asked, answered = fill(model, encoding, method.opnum, **chosen)
        if isinstance(method.returns, ContextHandle):
            answered["return"] = NULL_HANDLE
        if "phBatchPort" in answered:
            answered["phBatchPort"] = NULL_HANDLE
        request = story.calls.request(method.opnum, **asked)
        response = story.calls.response(**answered)
        lives = [opened[handle_type(param.type)][1]._replace(holder=param.name) for param in params]
        told.append((method.name, request, lives))
        told.append((method.name, response, [life._replace(holder=f"{life.holder} of the request") for life in lives]))
        seen += len(params)
    lives = read(pcap)
    assert [(name, frame, lives.at(frame)) for name, frame, _ in told] == told
    assert seen > (70 if encoding.version == 2 else 110)


def test_handle_types_of_the_definition_are_those_of_the_test(model):
    kinds = {handle_type(param.type) for version in (2, 3) for method in model.interface(version).methods
             for param in handles(method.params)}
    assert kinds == {kind for _, kind in OPENING.values()} | {"HGENERIC_RPC"}


def test_paths_of_keys(model, capture, read):
    """A key is called by its path, through all its parents; without a parent by what the client asked for."""
    pcap = capture()
    story = Story(model, pcap, ENCODINGS["3-ndr"])
    root, first = story.open(28, "\\")
    resources, second = story.open(30, "Resources", hKey=root)
    parameters, third = story.open(29, "1234\\Parameters", hKey=resources)
    batch, fourth = story.open(114, None, hKey=parameters)
    _, unknown = story.open(30, "Groups", hKey=handle(200))
    _, null = story.open(30, "Groups", hKey=NULL_HANDLE)
    group, _ = story.open(41, "no key")
    _, wrong = story.open(30, "Groups", hKey=group)
    _, long = story.open(30, "x" * 250, hKey=parameters)
    lives = read(pcap)
    names = [next(life.name for life in lives.at(of.opened_in) if "request" not in life.holder)
             for of in (first, second, third, fourth, unknown, null, wrong, long)]
    assert names == ["\\", "\\Resources", "\\Resources\\1234\\Parameters", "\\Resources\\1234\\Parameters",
                     "Groups", "Groups", "Groups", "x" * 250]


def test_ports_are_numbered_in_the_order_of_the_capture(model, capture, read):
    pcap = capture()
    story = Story(model, pcap, ENCODINGS["3-ndr"])
    opened = [story.open(opnum)[1] for opnum in (55, 137, 55)]
    lives = read(pcap)
    assert [lives.only(life.opened_in).name for life in opened] == ["port 1", "port 2", "port 3"]
