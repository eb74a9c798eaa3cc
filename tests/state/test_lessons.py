# SPDX-License-Identifier: GPL-2.0-or-later
"""Does every row of idl/lessons.tsv teach what it says, and is a mistake in the table told?"""
import pytest
from cmrp_ndr import values
from cmrpidl import IdlError
from cmrpidl.back.lower import Lowering
from cmrpidl.tables import load_tables
from support import trees
from support.calls import ENCODINGS, Calls, handle, handle_type
from support.contents import text

OPENING = {"HCLUSTER_RPC": 0, "HRES_RPC": 8, "HGROUP_RPC": 41, "HNODE_RPC": 66, "HNETWORK_RPC": 81,
           "HNETINTERFACE_RPC": 92, "HGROUPSET_RPC": 164}
FIELDS = {"id": "object_id", "name": "object_name"}
# What is no fact of an object.
ACTS = ("created", "deleted", "listed")


def handles(params):
    return {p.name: handle_type(p.type) for p in params if handle_type(p.type)}


class Lesson:
    """One call with the lessons of its opnum, at a server of its own."""

    def __init__(self, model, tables, capture, encoding, number):
        self.model, self.tables, self.version = model, tables, encoding.version
        self.calls = Calls(model, capture, encoding, server=(f"10.1.{number // 200}.{1 + number % 200}", 49200))
        self.opened = 0

    def open(self, kind, name):
        """The bytes of a handle, and the frame of the answer."""
        self.opened += 1
        made, opnum = handle(20 * self.opened), OPENING[kind]
        asked = {p.name: name for p in self.model.method(self.version, opnum).request}
        self.calls.request(opnum, **asked)
        return made, self.calls.response(Status=0, rpc_status=0, result=made)

    def call(self, opnum, request=None, response=None):
        """The frame of the answer to a call with handles that were opened by "the PARAMETER"."""
        method = self.model.method(self.version, opnum)
        source = values.SeededSource(opnum)
        asked = values.make_request(source, self.model, self.version, opnum)
        for name, kind in handles(method.request).items():
            asked[name] = self.open(kind, f"the {name}")[0]
        asked.update(request or {})
        answered = values.make_response(source, self.model, self.version, opnum, asked)
        answered.update({"Status": 0, "rpc_status": 0, "return": 0, **(response or {})})
        if handles(method.response):
            answered.update(dict.fromkeys(handles(method.response), bytes(20)))
        if handle_type(method.returns):
            answered["return"] = handle(240)
        self.calls.opnum = opnum
        self.calls.conn.request(opnum, self.calls.pack_request(opnum, **asked))
        return self.calls.response(**{**asked, **answered})


def below(tree, holder):
    """{field: value} right below a handle."""
    branch = next(b for key, value, b in tree.walk() if b.own("cmrp.handle.id") and (
        value == holder if key == "cmrp.handle.of_request" else key.startswith(holder)))
    return {key.removeprefix("cmrp.handle."): value for key, value, _ in branch.nodes}


def strings(rows):
    """What the call tells: a text for each parameter that is a value."""
    return {row["value"]: f"told {row['value']}" for row in rows if row["value"] and "." not in row["value"]}


def lists(rows):
    """One entry for each kind of object in each list; the strings of all entries by member."""
    made = {}
    for when in dict.fromkeys(row["when"] for row in rows if "." in row["value"]):
        members = {}
        for row in rows:
            if row["when"] == when and "." in row["value"]:
                name, member = row["value"].split(".")
                members.setdefault(name, {})[member] = f"{when} {row['value']}"
        for name, told in members.items():
            made.setdefault(name, []).append((when, told))
    return made


def expected(row, told):
    """The value that a row's fact should have; None if it should not be known."""
    if not row["value"]:
        return None
    if "." in row["value"]:
        return f"{row['when']} {row['value']}"
    return told.get(row["value"], f"the {row['value']}")


def bits(tables):
    return {item.name: item.value for enum in tables.enums.values() for item in enum.items}


EMPTY = {"dwState": 0, "dwFlags": 0, "cbProperties": 0, "Properties": None, "cbRoProperties": 0, "RoProperties": None}


@pytest.mark.parametrize("version", [2, 3])
def test_every_row_of_a_method(version, tshark, model, tables, capture):
    pcap = capture()
    encoding = ENCODINGS["2-ndr" if version == 2 else "3-ndr64"]
    numbers, frames = bits(tables), []
    last = 108 if version == 2 else 264
    for number, (opnum, rows) in enumerate((o, r) for o, r in tables.lessons.items() if o <= last):
        lesson = Lesson(model, tables, pcap, encoding, number)
        method = model.method(version, opnum)
        request = {name: what for name, what in strings(rows).items() if name in {p.name for p in method.request}
                   and name not in handles(method.request)}
        response = {name: what for name, what in strings(rows).items() if name in {p.name for p in method.response}}
        for name, entries in lists(rows).items():
            response[name] = {"EntryCount": len(entries), "Entry": [
                {**EMPTY, "Type": numbers.get(when, 0), **told} for when, told in entries]}
        frame = lesson.call(opnum, request, response)
        told = {**request, **response}
        for row in rows:
            if row["fact"] in ACTS or row["object"] == "opened":
                continue
            if row["object"] == "cluster":
                frames.append((lesson.open("HCLUSTER_RPC", "")[1], "cmrp.handle", row, expected(row, told)))
            elif row["object"] in OPENING:
                name = next(r for r in rows if r["fact"] == "name" and (r["object"], r["when"]) == (
                    row["object"], row["when"]))
                opened = lesson.open(row["object"], expected(name, told).upper())[1]
                frames.append((opened, "cmrp.handle", row, expected(row, told)))
            else:
                frames.append((frame, row["object"], row, expected(row, told)))
    pcap.close()
    found = trees.read(tshark, pcap)
    assert len(frames) > (20 if version == 2 else 45)
    for frame, holder, row, value in frames:
        known = below(found[frame], holder)
        field = "name" if row["object"] == "cluster" else FIELDS.get(row["fact"], row["fact"])
        assert known.get(field) == value, (row["scope"], row["fact"])


CONTROL = {"HRES_RPC": (73, "hResource"), "HGROUP_RPC": (77, "hGroup"), "HNODE_RPC": (79, "hNode"),
           "HNETWORK_RPC": (89, "hNetwork"), "HNETINTERFACE_RPC": (98, "hNetInterface"),
           "HGROUPSET_RPC": (174, "hGroupSet")}


def test_every_row_of_a_control_code(tshark, model, tables, capture):
    pcap = capture()
    frames = []
    for number, (control, row) in enumerate(tables.control_lessons.items()):
        lesson = Lesson(model, tables, pcap, ENCODINGS["3-ndr"], number)
        opnum, param = CONTROL[row["object"]]
        buffer = text("told")
        frames.append((lesson.call(opnum, {
            "dwControlCode": tables.controls[control].value, "lpInBuffer": None, "nInBufferSize": 0,
            "nOutBufferSize": 64}, {
            "lpOutBuffer": buffer, "lpBytesReturned": len(buffer), "lpcbRequired": len(buffer)}), param, row))
    pcap.close()
    found = trees.read(tshark, pcap)
    assert len(frames) >= 14
    for frame, param, row in frames:
        assert below(found[frame], param)[FIELDS.get(row["fact"], row["fact"])] == "told", row["scope"]


MISTAKES = [
    ("999\tcluster\t\tname\tClusterName", "unknown opnum '999'"),
    ("CLUSCTL_GRUOP_GET_ID\tHGROUP_RPC\t\tid", "'CLUSCTL_GRUOP_GET_ID' is neither an opnum nor a control code"),
    ("CLUSCTL_GROUP_GET_ID\tHGROUP_RPC\t\tid", "duplicate row for 'CLUSCTL_GROUP_GET_ID'"),
    ("CLUSCTL_CLUSTER_GET_FQDN\tHCLUSTER_RPC\t\tname\tx", "of a control code, the buffer is the value"),
    ("CLUSCTL_CLUSTER_GET_FQDN\thCluster\t\tname", "unknown object 'hCluster'"),
    ("3\tcluster\t\tnmae\tClusterName", "unknown fact 'nmae'"),
    ("43\tGroup\t\tdeleted\tGroup", "'deleted' has no value"),
    ("45\thGrp\t\towner_node\tNodeName", "unknown parameter 'hGrp'"),
    ("45\tNodeName\t\towner_node\tNodeName", "'NodeName' is no handle of the request"),
    ("45\thGroup\t\towner_node\tState", "'State' cannot be the value of 'owner_node'"),
    ("45\thGroup\t\tname\thGroup", "'hGroup' cannot be the value of 'name'"),
    ("45\thGroup\t\towner_node\tNodeName.Name", "'NodeName.Name' is no string of a list"),
    ("53\thGroup\t\tname\tReturnEnum.Name", "a list teaches about its entries"),
    ("53\tHRES_RPC\tCLUSTER_GROUP_ENUM_NO\tname\tReturnEnum.Name", "unknown value 'CLUSTER_GROUP_ENUM_NO'"),
]


@pytest.mark.parametrize("line, reason", MISTAKES)
def test_a_mistake_is_told(model, tables_folder, line, reason):
    table = tables_folder / "lessons.tsv"
    lines = [*table.read_text().splitlines(), line]
    table.write_text("\n".join([*lines, ""]))
    with pytest.raises(IdlError) as raised:
        Lowering(model, load_tables(str(tables_folder), model))
    assert str(raised.value).startswith(f"{table}:{len(lines)}: {reason}")
