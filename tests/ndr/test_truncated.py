# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens when bytes are missing: stubs that end too early, frames that were cut, fragments alone?

A stub that ends too early is a finding of the sender's. A capture that holds less than was sent is none.
"""
import pytest
from support import trees
from support.calls import ENCODINGS, handle
from support.scenes import Scene, every_encoding

GROUP, PORT, CLUSTER = handle(1), handle(101), handle(151)
ENTRIES = [{"Type": 1, "Name": "eins"}, {"Type": 2, "Name": None}, {"Type": 3, "Name": ""}]
EVENT = {"FilterAndType": {"dwObjectType": 2, "FilterFlags": 9}, "buffer": b"\1\2\3", "dwBufferSize": 3,
         "ObjectId": "id", "ParentId": None, "Name": "Gruppe", "Type": ""}
LISTED = {"Name": "n", "Id": "i", "dwState": 0, "Owner": None, "dwFlags": 1, "cbProperties": 5,
          "Properties": b"12345", "cbRoProperties": 0, "RoProperties": None}

# Strings, handles, conformant and varying arrays, arrays of structures with pointers, pointers to pointers.
# The first version that has the method, and the values.
SAMPLES = {
    "41 request": (2, {"lpszGroupName": "Gruppe"}),
    "41 response": (2, {"Status": 0, "rpc_status": 0, "result": GROUP}),
    "63 request": (2, {"hNotify": PORT, "hGroup": GROUP, "dwFilter": 0x1000, "dwNotifyKey": 7, "StateSequence": 9}),
    "63 response": (2, {"rpc_status": 0, "result": 0}),
    "7 response": (2, {"ReturnEnum": {"EntryCount": 3, "Entry": ENTRIES}, "rpc_status": 0, "result": 0}),
    "65 response": (2, {"dwNotifyKey": 7, "dwFilter": 0x1000, "dwStateSequence": 9, "Name": "Gruppe",
                        "rpc_status": 0, "result": 0}),
    "77 request": (2, {"hGroup": GROUP, "dwControlCode": 0x03000059, "lpInBuffer": b"123456789",
                       "nInBufferSize": 9, "nOutBufferSize": 16}),
    "77 response": (2, {"nOutBufferSize": 16, "lpOutBuffer": b"12345", "lpBytesReturned": 5, "lpcbRequired": 5,
                        "rpc_status": 0, "result": 0}),
    "138 request": (3, {"hNotify": PORT, "hObject": GROUP, "filter": {"dwObjectType": 2, "FilterFlags": 1},
                        "dwNotifyKey": 7, "dwVersion": 1, "isTargetedAtObject": 1}),
    "139 response": (3, {"Notifications": [{"dwNotifyKey": 7, "NotificationData": EVENT}] * 2,
                         "dwNumNotifications": 2, "result": 0}),
    "143 request": (3, {"hCluster": CLUSTER, "pProperties": b"1234567", "cbProperties": 7, "pRoProperties": b"12",
                        "cbRoProperties": 2}),
    "143 response": (3, {"ppResultList": {"EntryCount": 2, "Entry": [LISTED] * 2}, "rpc_status": 0, "result": 0}),
}
# What requests carry that only have to be there.
ASKED = {
    7: {"dwType": 1},
    65: {"hNotify": PORT, "Timeout": 0},
    139: {"hNotify": PORT},
}
SHORT = {"cmrp.expert.ndr_truncated": "ndr-truncated", "cmrp.expert.ndr_count_exceeds_data": "ndr-count-exceeds-data"}


def put(calls, opnum, kind, stub):
    """One PDU; a response follows a whole request."""
    if kind == "request":
        return calls.request(opnum, stub)
    calls.request(opnum, **ASKED.get(opnum) or SAMPLES[f"{opnum} request"][1])
    return calls.response(stub)


def whole_calls(calls, frames, when):
    frames[f"{when} open"] = calls.open_group("Control", handle(250))
    frames[f"{when} use"] = calls.request(47, hGroup=handle(250))


def write_prefixes(calls):
    """Every sample at every length, and whole calls before and after."""
    frames = {}
    whole_calls(calls, frames, "before")
    for label, (version, values) in SAMPLES.items():
        if calls.encoding.version < version:
            continue
        opnum, kind = label.split()
        pack = calls.pack_request if kind == "request" else calls.pack_response
        stub = pack(int(opnum), **values)
        for length in range(len(stub) + 1):
            frames[label, length, stub] = put(calls, int(opnum), kind, stub[:length])
    whole_calls(calls, frames, "after")
    return frames


prefixes = every_encoding(write_prefixes)


def cuts(scene):
    return [(key, scene.tree(key)) for key in scene.frames if isinstance(key, tuple)]


def test_every_prefix_is_exactly_one_finding(prefixes):
    """ndr-truncated or ndr-count-exceeds-data: one expert item, one finding with level and section."""
    for (label, length, stub), tree in cuts(prefixes):
        ours = tree.findings("ndr-")
        if length == len(stub):
            assert ours == [], label
            continue
        experts = tree.experts("ndr_")
        assert len(experts) == 1 and experts[0] in SHORT, (label, length, experts)
        assert tree.severity(experts[0]) == "error"
        assert ours == [SHORT[experts[0]]], (label, length)
        shown = [branch for branch, rule in zip(tree.branches("cmrp.finding"), tree.all("cmrp.finding"))
                 if rule == ours[0]]
        assert shown[0].one("cmrp.finding.level") == "MUST"
        # The strict NDR check of 2.0 and of 3.0.
        assert shown[0].one("cmrp.finding.section") == f"3.1.4.{prefixes.encoding.version - 1}"
        assert tree.all("cmrp.ndr.trailing") == []


def test_what_was_not_read_is_shown_as_bytes(prefixes):
    """cmrp.ndr.unread is the end of what is there, never more than what was not decoded."""
    for (label, length, stub), tree in cuts(prefixes):
        unread = bytes.fromhex("".join(tree.all("cmrp.ndr.unread")).replace(":", ""))
        assert stub[:length].endswith(unread), (label, length)
        if length == len(stub):
            assert unread == b""


def test_group_name_without_its_end(prefixes):
    """Inside the counts bytes are missing; behind them the count promises more than there is."""
    word = 8 if prefixes.encoding.ndr64 else 4
    for (label, length, stub), tree in cuts(prefixes):
        if label != "41 request" or length == len(stub):
            continue
        expected = "ndr-truncated" if length < 3 * word else "ndr-count-exceeds-data"
        assert tree.findings("ndr-") == [expected], length
        assert tree.all("cmrp.lpszGroupName") == []


def test_parameters_before_the_end_are_decoded(prefixes):
    """A handle has 20 bytes and a number 4: as many parameters as fit are there, in any encoding."""
    places = {"cmrp.hNotify": 20, "cmrp.hGroup": 40, "cmrp.dwFilter": 44, "cmrp.dwNotifyKey": 48,
              "cmrp.StateSequence": 52}
    for (label, length, stub), tree in cuts(prefixes):
        if label != "63 request":
            continue
        assert len(stub) == 52
        for name, end in places.items():
            assert (tree.all(name) != []) == (length >= end), (name, length)


def test_rest_of_the_capture_is_decoded_as_before(prefixes):
    """The calls behind hundreds of broken PDUs read like those before them; nothing was learnt from a torn one."""
    for label in ("open", "use"):
        changing = (*trees.FORWARD, "cmrp.handle.id", "cmrp.handle.opened_in", "dcerpc.request_in")
        before, after = (prefixes.tree(f"{when} {label}").decoded(changing) for when in ("before", "after"))
        assert before == after
    # Of all responses to opnum 41 only the whole one and those of the whole calls began a life.
    opened = prefixes.matching("cmrp.opnum == 41 && cmrp.handle.opened_in")
    assert [label[0] if isinstance(label, tuple) else label for label in opened] == [
        "before open", "41 response", "after open"]


def test_no_exception_reaches_wireshark(tshark, prefixes):
    assert tshark.fields(prefixes.path, ["frame.number"], trees.ACCIDENTS) == []


def test_two_passes_say_the_same(tshark, model):
    once = Scene(tshark, model, ENCODINGS["3-ndr"], write_prefixes)
    twice = Scene(tshark, model, ENCODINGS["3-ndr"], write_prefixes, extra=["-2"])
    assert list(once.trees) == list(twice.trees)
    for number, tree in once.trees.items():
        assert tree.flat(trees.FORWARD) == twice.trees[number].flat(trees.FORWARD), number
    assert once.infos == twice.infos


# Captures that hold less than was sent


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_cut_frames_are_no_finding(tshark, model, encoding):
    """A snapshot length takes bytes from the capture, not from the call."""
    headers = 14 + 20 + (8 + 80 if encoding.version == 2 else 20 + 24)

    def write(calls):
        frames = {}
        stub = calls.pack_request(41, lpszGroupName="Gruppe")
        for length in range(len(stub)):
            calls.capture.cut_next(headers + length)
            frames[length] = calls.request(41, stub)
        frames["whole"] = calls.request(41, stub)
        return frames

    scene = Scene(tshark, model, encoding, write)
    assert scene.tree("whole").one("cmrp.lpszGroupName") == "Gruppe"
    assert all(tree.findings("ndr-") == [] for tree in scene.trees.values())
    assert tshark.fields(scene.path, ["frame.number"], f"cmrp.finding contains \"ndr-\" || {trees.ACCIDENTS}") == []


def test_whole_pdu_in_a_cut_frame_is_decoded(tshark, model):
    """Two PDUs in a frame of which the capture has the first and a half."""
    def write(calls):
        stub = calls.pack_request(41, lpszGroupName="Gruppe")
        calls.capture.cut_next(54 + 24 + len(stub) + 30)
        with calls.conn.one_frame():
            frame = calls.request(41, stub)
            calls.request(41, stub)
        return {"frame": frame}

    scene = Scene(tshark, model, ENCODINGS["3-ndr"], write)
    assert scene.tree("frame").all("cmrp.lpszGroupName") == ["Gruppe"]
    assert scene.tree("frame").findings("ndr-") == []


def test_malformed_pdu_before_the_cut_is_a_finding(tshark, model):
    """The first PDU ends too early by itself; only the second was cut by the capture."""
    def write(calls):
        stub = calls.pack_request(41, lpszGroupName="Gruppe")
        calls.capture.cut_next(54 + 24 + len(stub) - 4 + 30)
        with calls.conn.one_frame():
            frame = calls.request(41, stub[:-4])
            calls.request(41, stub)
        return {"frame": frame}

    tree = Scene(tshark, model, ENCODINGS["3-ndr"], write).tree("frame")
    assert tree.findings("ndr-") == ["ndr-count-exceeds-data"]
    assert "cmrp.expert.cut_short" not in tree.experts("cut_")


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_fragments_alone_are_no_finding(tshark, model, encoding):
    """With reassembly switched off the first fragment is read as far as it goes, and the reader says why it stops."""
    def write(calls):
        first = calls.capture.frames + 1
        calls.request(41, lpszGroupName="Gruppe", sent={"fragments": [16]})
        answer = calls.capture.frames + 1
        calls.response(Status=0, rpc_status=0, result=GROUP, sent={"fragments": [16]})
        return {"request": first, "response": answer}

    alone = Scene(tshark, model, encoding, write, extra=["-o", "dcerpc.reassemble_dcerpc:FALSE"])
    for label in ("request", "response"):
        tree = alone.tree(label)
        assert tree.severity("cmrp.expert.cut_short") == "chat"
        assert tree.findings("ndr-") == [] and tree.experts("ndr_") == []
        assert tree.all("cmrp.handle.id") == []
    assert alone.tree("response").one("cmrp.status") == "0"
    together = Scene(tshark, model, encoding, write)
    whole = list(together.trees.values())
    assert [tree.all("cmrp.lpszGroupName") for tree in whole] == [["Gruppe"], []]
    assert whole[1].one("cmrp.handle.id") == "1"


def test_random_access_says_the_same(tshark, sharkd, model):
    """A click on a torn PDU shows the same lines whenever it comes."""
    scene = Scene(tshark, model, ENCODINGS["3-ndr"], write_prefixes)
    session = sharkd(scene.path)
    frames = list(scene.trees)[::7]
    there = {frame: session.labels(frame) for frame in frames}
    back = {frame: session.labels(frame) for frame in reversed(frames)}
    assert there == back
    assert any("ndr-truncated" in line for lines in there.values() for line in lines)
