# SPDX-License-Identifier: GPL-2.0-or-later
"""Is every control code taken apart, with its buffers, or is there a reason why not (MS-CMRP 3.1.4.3)?"""
import pytest
from cmrpidl.back.lower import Lowering
from support import contents
from support.calls import handle, handle_type
from support.contents import Sample, dword, judged, prop, property_list, shown, text, value, value_list
from support.recording import Recording

# The method of each object, and the one that names a node as well.
METHODS = {
    "CLUSCTL_RESOURCE": (73, 72),
    "CLUSCTL_RESOURCE_TYPE": (75, 74),
    "CLUSCTL_GROUP": (77, 76),
    "CLUSCTL_NODE": (79, 78),
    "CLUSCTL_NETWORK": (89, 88),
    "CLUSCTL_NETINTERFACE": (98, 97),
    "CLUSCTL_CLUSTER": (106, 105),
    "CLUSCTL_GROUPSET": (174, 173),
}
HANDLE = handle(7)


@pytest.fixture(scope="module")
def lowered(model, tables):
    return Lowering(model, tables)


class Controls(Recording):
    """Calls of control methods in one capture."""

    def call(self, object_, code, request=None, response=b"", by_node=False, status=0):
        """Frames of a request and its response."""
        opnum = METHODS[object_][by_node]
        values = dict(dwControlCode=code, lpInBuffer=request, nInBufferSize=len(request or b""), nOutBufferSize=65535)
        for param in self.calls.model.method(self.calls.encoding.version, opnum).params:
            given = HANDLE if handle_type(param.type) else "Type"
            values.setdefault(param.name, given)
        first = self.calls.request(opnum, **values)
        second = self.calls.response(
            **values | dict(lpOutBuffer=response, lpBytesReturned=len(response), lpcbRequired=0, rpc_status=0),
            result=status,
        )
        return first, second


def sample(format_, tables, lowered):
    """Octets of a format, and what they must show."""
    number = value(contents.DWORD, dword(5))
    if format_ is None or format_.kind == "bytes":
        return b"", []
    if format_.kind == "layout":
        return Sample(tables, lowered).layout(format_.layout)
    if format_.kind == "property_list" and not format_.binary:
        octets = property_list(prop("P1", number), prop("P2", value(contents.SZ, text("v"))))
        names = [("cmrp.property.name", name) for name in ("P1", "P2")]
        return octets, [*names, ("cmrp.property.value.number", 5), ("cmrp.property.value", "v")]
    if format_.kind == "property_formats":
        return property_list(prop("P1", value(contents.WORD, b"\3\0"))), [("cmrp.property.format", 3)]
    if format_.binary:
        octets, expected = sample(format_.binary, tables, lowered)
        inner = value(contents.BINARY, octets)
        return (value_list(inner) if format_.kind == "value_list" else property_list(prop("P", inner))), expected
    values = value_list(value(contents.SIGNATURE, dword(5)), value(contents.NAME, text("T")))
    expected = [("cmrp.property.value.number", 5), ("cmrp.property.value", "T")]
    return (values * 2, expected * 2) if format_.kind == "value_lists" else (values, expected)


def check(tree, expected, label):
    wanted = {}
    for field, what in expected:
        wanted.setdefault(field, []).append(what)
    for field, values in wanted.items():
        found = [shown(one) if not isinstance(values[0], bytes) else one for one in tree.all(field)]
        if isinstance(values[0], bytes):
            values = [":".join(f"{octet:02x}" for octet in octets) for octets in values]
        assert found == values, f"{label}: {field}"
    assert not tree.all("cmrp.buffer.unread") and not tree.all("cmrp.buffer.trailing"), label
    assert judged(tree) == [], label


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64-big", "2-ndr-big"])
@pytest.mark.parametrize("by_node", [False, True])
def test_every_code_is_taken_apart_or_has_a_reason(tshark, model, tables, lowered, encoding, by_node):
    controls = Controls(tshark, model, encoding)
    expected = []
    for control in tables.controls.values():
        if control.value is None or (control.enumeration == "CLUSCTL_GROUPSET" and encoding[0] == "2"):
            continue
        request, in_fields = sample(control.request, tables, lowered)
        response, out_fields = sample(control.response, tables, lowered)
        frames = controls.call(control.enumeration, control.value, request, response, by_node)
        expected += [(frames[0], in_fields, control), (frames[1], out_fields, control)]
    found = controls.trees()
    for frame, fields, control in expected:
        check(found[frame], fields, control.code)
        assert int(found[frame].one("cmrp.dwControlCode"), 0) == control.value


def test_every_code_of_the_enumerations_is_in_the_table(tables):
    """Bytes stay bytes only where MS-CMRP says nothing: three buffers."""
    codes = {(name, item.name) for name in METHODS for item in tables.enums[name].items}
    assert codes == set(tables.controls)
    bytes_ = {c.code for c in tables.controls.values() if "bytes" in (getattr(c.request, "kind", ""), getattr(c.response, "kind", ""))}
    assert bytes_ == {
        "CLUSCTL_RESOURCE_TYPE_STORAGE_IS_CLUSTERABLE",
        "CLUSCTL_NODE_GET_CLUSBFLT_PATHINFO_EX",
    }
    assert all(c.reason for c in tables.controls.values() if c.code in bytes_ or c.value is None)


def test_parts_of_a_control_code(tshark, model):
    controls = Controls(tshark, model)
    frames = controls.call("CLUSCTL_RESOURCE", 0x01C0018A), controls.call("CLUSCTL_RESOURCE", 0x01600004)
    found = controls.trees()
    for (request, response), parts in zip(frames, [(1, 1, 1, 0, 0, 0x62, 2), (1, 0, 1, 1, 0, 1, 0)]):
        for tree in (found[request].below("cmrp.dwControlCode"), found[response].below("cmrp.dwControlCode")):
            names = "object", "global", "modify", "user", "internal", "function", "access"
            assert tuple(shown(tree.one(f"cmrp.control.{name}")) for name in names) == parts


def test_a_code_with_the_usual_byte_of_its_object(tshark, model):
    """MS-CMRP prints some node codes as 0x40…, where all others begin with 0x04."""
    octets = dword(7) + dword(512)
    controls = Controls(tshark, model)
    usual = controls.call("CLUSCTL_NODE", 0x040021E9, dword(1) + text("\\\\BlockTarget$"))
    other = controls.call("CLUSCTL_RESOURCE", 0x010001A1, None, octets)
    found = controls.trees()
    assert found[usual[0]].one("cmrp.SSUName") == "\\\\BlockTarget$"
    assert found[other[1]].one("cmrp.BytesPerSector") == "512"


def test_unknown_codes_and_lost_requests_leave_bytes(tshark, model):
    controls = Controls(tshark, model)
    frames = controls.call("CLUSCTL_GROUP", 0x03000FFD, b"abcd", b"efgh")
    lost = controls.calls.response(
        lpOutBuffer=property_list(), lpBytesReturned=4, lpcbRequired=0, rpc_status=0, result=0, nOutBufferSize=9,
        sent={"call_id": 99})
    found = controls.trees()
    assert found[frames[0]].one("cmrp.lpInBuffer") == "61:62:63:64"
    assert found[frames[1]].one("cmrp.lpOutBuffer") == "65:66:67:68"
    assert lost not in found or not found[lost].all("cmrp.property.count")


def test_alternatives(tshark, model):
    """Two structures by size; a path, or a property list with a path (3.1.4.3.1.42, 3.1.4.3.2.23)."""
    controls = Controls(tshark, model)
    short = controls.call("CLUSCTL_RESOURCE", 0x010001E1, None, dword(1))
    long = controls.call("CLUSCTL_RESOURCE", 0x010001E1, None, dword(1) + dword(3) + dword(2) + dword(0xABBAF00F))
    path = controls.call("CLUSCTL_RESOURCE_TYPE", 0x02000231, text("C:\\a"))
    share = controls.call(
        "CLUSCTL_RESOURCE_TYPE", 0x02000231, property_list(prop("SharePath", value(contents.SZ, text("\\\\s\\f")))))
    found = controls.trees()
    assert found[short[1]].all("cmrp.InMaintenance") and not found[short[1]].all("cmrp.MaintenanceModeType")
    assert int(found[long[1]].one("cmrp.Signature"), 0) == 0xABBAF00F
    assert found[path[0]].one("cmrp.Path") == "C:\\a"
    assert found[share[0]].one("cmrp.property.value") == "\\\\s\\f"


def test_structures_that_end_early(tshark, model, tables, lowered):
    """What is there is shown, the rest is marked; no exception and no finding at any length."""
    controls = Controls(tshark, model)
    frames = []
    for code, layout in ((0x010002B5, "pool_drives"), (0x400021E9, "CLUS_PHYSICAL_DISK_INFO_HEADER"), (0x07002115, "ClusterUtilizationInfo")):
        octets, _ = Sample(tables, lowered).layout(layout)
        object_ = {1: "CLUSCTL_RESOURCE", 0x40: "CLUSCTL_NODE", 7: "CLUSCTL_CLUSTER"}[code >> 24]
        for length in [*range(1, min(len(octets), 120)), *range(120, len(octets), 97)]:
            frames.append(controls.call(object_, code, None, octets[:length])[1])
    huge = controls.call("CLUSCTL_NODE", 0x400021E9, None, dword(1) + dword(0xFFFFFFFF) + bytes(60))[1]
    found = controls.trees()
    for frame in (*frames, huge):
        assert judged(found[frame]) == []
    assert found[huge].all("cmrp.buffer.unread")


def test_a_group_set_takes_its_codes(tshark, model):
    controls = Controls(tshark, model)
    _, response = controls.call("CLUSCTL_GROUPSET", 0x08002D71, None, contents.texts("A", "B"))
    assert controls.trees()[response].all("cmrp.Name") == ["A", "B"]
