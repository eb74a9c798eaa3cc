# SPDX-License-Identifier: GPL-2.0-or-later
"""Are registry values, batches, security descriptors and lists of names taken apart?

MS-CMRP 3.1.4.2.33 to .41 and 2.2.3.17, rule Y-05.
"""
import struct

import pytest
from support.calls import ENCODINGS, handle
from support.contents import (
    DWORD,
    SZ,
    ace,
    acl,
    batch,
    command,
    descriptor,
    dword,
    judged,
    prop,
    property_list,
    qword,
    sid,
    text,
    texts,
    value,
)
from support.recording import Recording

KEY = handle(3)
MALFORMED = "registry-batch-malformed"
SET_VALUE, CREATE_KEY, DELETE_VALUE, READ_VALUE, READ_ERROR = 1, 2, 4, 8, 9


class Registry(Recording):
    def set(self, type_, octets):
        return self.calls.request(
            32, hKey=KEY, lpValueName="V", lpszValueName="V", dwType=type_, lpData=octets, cbData=len(octets))

    def query(self, type_, octets, room=64, status=0):
        self.calls.request(34, hKey=KEY, lpValueName="V", lpszValueName="V", cbData=room)
        return self.calls.response(
            lpValueType=type_, lpData=octets.ljust(room, b"\xee"), lpcbRequired=len(octets), cbData=room, rpc_status=0,
            result=status)

    def batch(self, octets):
        return self.calls.request(113, hKey=KEY, cbData=len(octets), lpData=octets)


VALUES = [
    (0, b"abc", ".bytes", ["61:62:63"]),
    (1, text("one"), "", ["one"]),
    (1, "one".encode("utf-16-le"), "", ["one"]),
    (2, text("%a%"), "", ["%a%"]),
    (3, b"abc", ".bytes", ["61:62:63"]),
    (4, dword(7), ".number", ["7"]),
    (5, struct.pack(">I", 7), ".number", ["7"]),
    (7, texts("a", "b"), "", ["a", "b"]),
    (11, qword(2**63), ".number64", [str(2**63)]),
    # What cannot be a value of its type stays bytes.
    (4, b"abc", ".bytes", ["61:62:63"]),
    (11, dword(1), ".bytes", ["01:00:00:00"]),
    (1, b"abc", ".bytes", ["61:62:63"]),
    (99, b"abc", ".bytes", ["61:62:63"]),
]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_values_by_type(tshark, model, encoding):
    registry = Registry(tshark, model, encoding)
    frames = []
    for type_, octets, field, shown in VALUES:
        frames.append((registry.set(type_, octets), field, shown, type_))
        frames.append((registry.query(type_, octets), field, shown, type_))
        registry.calls.request(36, hKey=KEY, dwIndex=0, lpcbData=64)
        frame = registry.calls.response(
            lpValueName="V", lpszValueName="V", lpType=type_, lpData=octets, lpcbData=len(octets), TotalSize=len(octets),
            rpc_status=0, result=0)
        frames.append((frame, field, shown, type_))
    found = registry.trees()
    for frame, field, shown, type_ in frames:
        assert found[frame].all(f"cmrp.registry.value{field}") == shown, (frame, type_)
        assert judged(found[frame]) == []


def test_only_the_bytes_that_are_meant(tshark, model):
    """ApiQueryValue sends the whole buffer; lpcbRequired tells what of it is the value."""
    registry = Registry(tshark, model)
    frame = registry.query(3, b"abc", room=32)
    assert registry.trees()[frame].one("cmrp.registry.value.bytes") == "61:62:63"


def test_batches(tshark, model):
    octets = batch(
        command(CREATE_KEY, "Parameters"),
        command(SET_VALUE, "Odd", b"abc", 3),
        command(SET_VALUE, "Text", text("x"), 1),
        command(SET_VALUE, "", dword(5), 4),
        command(DELETE_VALUE, "Old"),
    )
    answers = batch(command(READ_VALUE, "A", dword(9), 4), command(READ_ERROR, "B", b"", 2))
    registry = Registry(tshark, model)
    frames = [registry.batch(octets)]
    registry.calls.request(115, hBatchNotify=handle(4))
    frames.append(registry.calls.response(cbData=len(octets), lpData=octets, result=0))
    read = []
    for opnum in (145, 157):
        registry.calls.request(opnum, hKey=KEY, cbInData=len(octets), lpInData=octets, flags=0)
        read.append(registry.calls.response(cbOutData=len(answers), lpOutData=answers, rpc_status=0, result=0))
    found = registry.trees()
    for frame in (*frames, *(frame - 1 for frame in read)):
        tree = found[frame]
        assert tree.all("cmrp.CommandType") == ["2", "1", "1", "1", "4"]
        assert tree.all("cmrp.Name") == ["Parameters", "Odd", "Text", "", "Old"]
        assert tree.one("cmrp.registry.value") == "x" and tree.one("cmrp.registry.value.number") == "5"
        assert judged(tree) == []
    for frame in read:
        assert found[frame].all("cmrp.ValueType") == ["4", "2"]
        assert found[frame].one("cmrp.registry.value.number") == "9"
        assert judged(found[frame]) == []


BROKEN = {
    "version": batch(command(CREATE_KEY, "K"), version=2),
    "unknown command": batch(command(5, "K")),
    "no name": batch(command(CREATE_KEY, "", name_octets=b"")),
    "odd name": batch(command(CREATE_KEY, "", name_octets=b"K\0\0")),
    "name without NUL": batch(command(CREATE_KEY, "", name_octets=b"K\0")),
    "name beyond the end": batch(struct.pack("<III", CREATE_KEY, 0, 0xFFFFFFFE) + text("K")),
    "data beyond the end": batch(struct.pack("<III", SET_VALUE, 3, 2) + b"\0\0" + dword(0xFFFFFFFF)),
    "half a version": b"\1\0",
}


def test_broken_batches(tshark, model):
    registry = Registry(tshark, model)
    frames = {label: registry.batch(octets) for label, octets in BROKEN.items()}
    found = registry.trees()
    for label, frame in frames.items():
        assert judged(found[frame]) == [MALFORMED], label
        assert "2.2.3.17" in found[frame].all("cmrp.finding.section")


def test_a_batch_cut_anywhere(tshark, model):
    """Whole commands are a batch; half a command is none."""
    commands = [command(SET_VALUE, "Ab", b"abc", 3), command(CREATE_KEY, "Key"), command(SET_VALUE, "C", dword(1), 4)]
    octets = batch(*commands)
    ends = {4 + len(b"".join(commands[:count])) for count in range(4)}
    # The padding behind the last data may be missing.
    ends.add(4 + len(commands[0]) - 1)
    registry = Registry(tshark, model)
    frames = {length: registry.batch(octets[:length]) for length in range(1, len(octets) + 1)}
    found = registry.trees()
    for length, frame in frames.items():
        assert judged(found[frame]) == ([] if length in ends else [MALFORMED]), length


SECURITY = descriptor(
    sid(32, 544), sid(18), acl(ace(2, 0x10000, sid(0, authority=1))), acl(ace(0, 0xF003F, sid(32, 544)), ace(1, 1, sid(7)))
)


def test_security_descriptors(tshark, model):
    registry = Registry(tshark, model)
    attributes = {"lpSecurityDescriptor": SECURITY, "cbInSecurityDescriptor": len(SECURITY), "cbOutSecurityDescriptor": len(SECURITY)}
    frame = registry.calls.request(40, hKey=KEY, SecurityInformation=4, pRpcSecurityDescriptor=attributes)
    tree = registry.trees()[frame]
    assert (tree.one("cmrp.security.owner"), tree.one("cmrp.security.group")) == ("S-1-5-32-544", "S-1-5-18")
    assert tree.all("cmrp.security.ace.trustee") == ["S-1-1-0", "S-1-5-32-544", "S-1-5-7"]
    assert tree.all("cmrp.security.ace.type") == ["2", "0", "1"]
    assert judged(tree) == []


def test_security_descriptors_cut_anywhere(tshark, model):
    """Offsets and sizes beyond the end end the reading, at every length."""
    registry = Registry(tshark, model)
    broken = [SECURITY[:length] for length in range(len(SECURITY))]
    broken += [SECURITY[:place] + b"\xff\xff" + SECURITY[place + 2:] for place in range(0, len(SECURITY) - 2)]
    frames = []
    for octets in broken:
        attributes = {"lpSecurityDescriptor": octets, "cbInSecurityDescriptor": len(octets), "cbOutSecurityDescriptor": len(octets)}
        frames.append(registry.calls.request(40, hKey=KEY, SecurityInformation=4, pRpcSecurityDescriptor=attributes))
    found = registry.trees()
    assert [judged(found[frame]) for frame in frames] == [[]] * len(frames)
    assert sum(bool(found[frame].all("cmrp.buffer.unread")) for frame in frames) > len(SECURITY) // 2


# Lists in requests and responses


@pytest.mark.parametrize("encoding", ["2-ndr", "2-ndr-big"])
def test_node_list_of_version_2(tshark, model, encoding):
    registry = Registry(tshark, model, encoding)
    octets = texts("node1", "node2")
    frame = registry.calls.request(54, hGroup=handle(1), lpNodeList=octets, cbListSize=len(octets))
    assert registry.trees()[frame].all("cmrp.multiSzNodeList") == ["node1", "node2"]


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64-big"])
def test_lists_of_groups_and_resources(tshark, model, encoding):
    registry = Registry(tshark, model, encoding)
    names, properties = texts("Priority", "Name"), property_list(prop("Priority", value(DWORD, dword(7))))
    readonly = property_list(prop("Name", value(SZ, text("G"))))
    frames = []
    for opnum in (143, 144):
        values = dict(hCluster=handle(1), pProperties=names, cbProperties=len(names), pRoProperties=None, cbRoProperties=0)
        frames.append(registry.calls.request(opnum, **values))
        both = dict(cbProperties=len(properties), Properties=properties, cbRoProperties=len(readonly), RoProperties=readonly)
        entry = dict(Name="G", Id="1", dwState=0, Owner="N", OwnerName="N", OwnerId="2", dwFlags=0, **both)
        broken = {**entry, "Properties": properties[:-4], "cbProperties": len(properties) - 4}
        list_ = {"EntryCount": 3, "Entry": [entry, entry, broken]}
        frames.append(registry.calls.response(ppResultList=list_, rpc_status=0, result=0))
    found = registry.trees()
    for request, response in (frames[:2], frames[2:]):
        assert found[request].all("cmrp.PropertyName") == ["Priority", "Name"]
        assert found[response].all("cmrp.property.name") == ["Priority", "Name"] * 3
        assert found[response].all("cmrp.property.value.number") == ["7", "7", "7"]
        assert judged(found[response]) == ["control-property-list-malformed"]


@pytest.mark.parametrize("opnum", [130, 131, 132, 133, 135, 136])
def test_lists_for_resources(tshark, model, opnum):
    """The client should send a property list (3.1.4.2.129): anything else is bytes, and no finding."""
    registry = Registry(tshark, model)
    frames = []
    for octets in (property_list(prop("Virtual Machine", value(DWORD, dword(7)))), b"anything else"):
        values = {param.name: 0 for param in model.method(3, opnum).params}
        values |= {name: handle(1) for name in values if name.startswith("h")}
        frames.append(registry.calls.request(opnum, **values | dict(lpInBuffer=octets, cbInBufferSize=len(octets))))
    found = registry.trees()
    assert found[frames[0]].one("cmrp.property.name") == "Virtual Machine"
    assert not found[frames[1]].all("cmrp.property.count")
    assert [judged(found[frame]) for frame in frames] == [[], []]


def test_a_tree_that_has_no_room_for_more(tshark, model):
    """Wireshark gives up when items are too many: a list of 50,000 names is read, but not shown to its end."""
    registry = Registry(tshark, model)
    names = texts(*["n"] * 50000)
    values = dict(hCluster=handle(1), pProperties=names, cbProperties=len(names), pRoProperties=None, cbRoProperties=0)
    registry.calls.request(143, sent={"fragments": 30}, **values)
    registry.calls.capture.close()
    rows = tshark.fields(registry.path, ["cmrp.buffer.hidden", "cmrp.PropertyName"], "cmrp.PropertyName", split=True)
    assert len(rows) == 1 and len(rows[0][0]) == 1 and len(rows[0][1]) == 40000
