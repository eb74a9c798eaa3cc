# SPDX-License-Identifier: GPL-2.0-or-later
"""Is ApiOpenGroup (opnum 41; MS-CMRP 3.1.4.1.42, 3.1.4.2.42) decoded, value by value, in every encoding?"""
from uuid import UUID

import pytest
from support.calls import ENCODINGS, NULL_HANDLE, handle
from support.scenes import Scene, every_encoding

OPNUM = 41
GROUP = handle(1)

# Names that clients may send; the second column is what the Info column shows in its place.
NAMES = {
    "plain": ("Cluster Group", "Cluster Group"),
    "accents": ("Grüße Ångström", "Grüße Ångström"),
    "scripts": ("Группа 日本語 مجموعة", "Группа 日本語 مجموعة"),
    "surrogates": ("😀 𝒳 𠮷", "😀 𝒳 𠮷"),
    "quotes": ('a "b" \\c', 'a "b" \\c'),
    "empty": ("", ""),
    "long": ("x" * 255, "x" * 255),
}
# Status values of 3.1.4.2.42 that say failure, values that the page allows without listing them, and no errors.
LISTED = {0x46: "ERROR_SHARING_PAUSED", 0x1395: "ERROR_GROUP_NOT_FOUND"}
UNLISTED = {5: "ERROR_ACCESS_DENIED", 0x57: "ERROR_INVALID_PARAMETER", 0x13D0: "ERROR_CLUSTER_NODE_NOT_READY"}
NO_ERRORS = (0x80070005, 0xC000000D, 0xFFFFFFFF)
FAILURES = [*LISTED, *UNLISTED, *NO_ERRORS]


def write(calls):
    frames = {}
    for label, (name, _) in NAMES.items():
        frames[f"request {label}"] = calls.request(OPNUM, lpszGroupName=name)
        frames[f"response {label}"] = calls.response(Status=0, rpc_status=0, result=handle(len(frames)))
    for status in FAILURES:
        frames[f"request {status:#x}"] = calls.request(OPNUM, lpszGroupName="Nobody")
        frames[f"response {status:#x}"] = calls.response(Status=status, rpc_status=0, result=NULL_HANDLE)
    frames["request rpc"] = calls.request(OPNUM, lpszGroupName="Nobody")
    frames["response rpc"] = calls.response(Status=5, rpc_status=0x6BA, result=NULL_HANDLE)
    return frames


scene = every_encoding(write)


def common(tree, encoding):
    assert tree.one("cmrp.version") == str(encoding.version)
    assert tree.one("cmrp.opnum") == str(OPNUM)
    assert tree.one("clusapi.opnum") == str(OPNUM)
    assert tree.findings("ndr-") == []
    assert tree.all("cmrp.ndr.trailing") == [] and tree.all("cmrp.ndr.unread") == []


@pytest.mark.parametrize("label", NAMES)
def test_request_shows_the_name_and_its_counts(scene, label):
    name = NAMES[label][0]
    tree = scene.tree(f"request {label}")
    common(tree, scene.encoding)
    assert tree.one("cmrp.lpszGroupName") == name
    units = len(name.encode("utf-16-le")) // 2 + 1
    assert tree.below("cmrp.lpszGroupName").decoded() == [
        ("cmrp.ndr.maximum_count", str(units)), ("cmrp.ndr.offset", "0"), ("cmrp.ndr.actual_count", str(units))]
    # Nothing else was in the stub.
    for absent in ("cmrp.status", "cmrp.rpc_status", "cmrp.handle"):
        assert tree.all(absent) == []


@pytest.mark.parametrize("label", NAMES)
def test_request_reads_like_a_sentence(scene, label):
    assert scene.info(f"request {label}") == f'ApiOpenGroup request "{NAMES[label][1]}"'


def test_response_shows_status_and_handle(scene):
    """Success: Status, in 3.0 rpc_status, the 20 bytes of the handle, and the life that begins here."""
    for number, (label, (name, _)) in enumerate(NAMES.items()):
        tree = scene.tree(f"response {label}")
        common(tree, scene.encoding)
        assert tree.one("cmrp.status") == "0"
        assert tree.all("cmrp.rpc_status") == (["0x00000000"] if scene.encoding.version == 3 else [])
        assert bytes.fromhex(tree.one("cmrp.handle").replace(":", "")) == handle(2 * number + 1)
        below = tree.below("cmrp.handle")
        assert below.one("cmrp.handle.attributes") == "0x00000000"
        assert below.one("cmrp.handle.uuid") == uuid_of(handle(2 * number + 1), scene.encoding.big_endian)
        assert below.one("cmrp.handle.type") == "HGROUP_RPC"
        assert below.one("cmrp.handle.id") == str(number + 1)
        assert below.one("cmrp.handle.name") == name
        assert below.one("cmrp.handle.opened_in") == str(scene.frames[f"response {label}"])
        assert float(tree.one("cmrp.response_time")) == 0.001


def uuid_of(octets, big_endian):
    return str(UUID(bytes=octets[4:]) if big_endian else UUID(bytes_le=octets[4:]))


def test_response_reads_like_a_sentence(scene):
    for number, (label, (_, shown)) in enumerate(NAMES.items()):
        named = f' "{shown}"' if shown else ""
        assert scene.info(f"response {label}") == f"ApiOpenGroup response, HGROUP #{number + 1}{named}"


@pytest.mark.parametrize("status", FAILURES, ids=hex)
def test_failure_shows_its_number_and_a_null_handle(scene, status):
    tree = scene.tree(f"response {status:#x}")
    common(tree, scene.encoding)
    assert tree.one("cmrp.status") == str(status)
    assert tree.one("cmrp.handle") == ":".join(["00"] * 20)
    for absent in ("cmrp.handle.id", "cmrp.handle.type", "cmrp.handle.name", "cmrp.handle.opened_in"):
        assert tree.all(absent) == []


@pytest.mark.parametrize("status", FAILURES, ids=hex)
def test_failure_reads_like_a_sentence(scene, status):
    name = (LISTED | UNLISTED).get(status, f"status 0x{status:08x}")
    assert scene.info(f"response {status:#x}") == f'ApiOpenGroup response, "Nobody", {name}'


def test_statuses_are_found_by_name(scene):
    """cmrp.status takes the specification's names, for listed and unlisted failures."""
    for status, name in (LISTED | UNLISTED).items():
        expected = [f"response {status:#x}"] + (["response rpc"] if status == 5 else [])
        assert scene.matching(f'cmrp.status == "{name}"') == expected
    assert "Status: ERROR_GROUP_NOT_FOUND (5013), HRESULT 0x80071395: there is no such group" in scene.lines("response 0x1395")


def test_rpc_status_is_the_runtime_s(scene):
    """3.0 tells it beside Status; in 2.0 it is not on the wire (3.1.4.1.42)."""
    three = scene.encoding.version == 3
    tree = scene.tree("response rpc")
    assert tree.all("cmrp.rpc_status") == (["0x000006ba"] if three else [])
    assert tree.one("cmrp.status") == "5"
    assert scene.matching("cmrp.rpc_status == 1722") == (["response rpc"] if three else [])


def test_public_filters(scene):
    """The filters that the plugin promises find exactly the frames that they should."""
    everything = list(scene.frames)
    requests = [label for label in everything if label.startswith("request")]
    responses = [label for label in everything if label.startswith("response")]
    opened = [f"response {label}" for label in NAMES]
    filters = {
        "cmrp": everything,
        "clusapi": everything,
        "clusapi.opnum == 41": everything,
        f"cmrp.version == {scene.encoding.version}": everything,
        f"cmrp.version == {5 - scene.encoding.version}": [],
        "cmrp.opnum == 41": everything,
        'cmrp.opnum == "ApiOpenGroup"': everything,
        "cmrp.lpszGroupName": requests,
        'cmrp.lpszGroupName == "Cluster Group"': ["request plain"],
        'cmrp.lpszGroupName contains "😀"': ["request surrogates"],
        'cmrp.lpszGroupName == ""': ["request empty"],
        "cmrp.status": responses,
        "cmrp.status == 0": opened,
        "cmrp.status == 0x1395": ["response 0x1395"],
        "cmrp.handle": responses,
        f"cmrp.handle == {handle(1).hex(':')}": ["response plain"],
        "cmrp.handle.id": opened,
        "cmrp.handle.id == 2": ["response accents"],
        'cmrp.handle.type == "HGROUP_RPC"': opened,
        'cmrp.handle.name == "Cluster Group"': ["response plain"],
        f"cmrp.handle.opened_in == {scene.frames['response long']}": ["response long"],
        "cmrp.handle.closed_in": [],
        "cmrp.response_time": responses,
        "cmrp.response_time > 0.0005 && cmrp.response_time < 0.0015": responses,
        "_ws.malformed": [],
    }
    assert {filter: scene.matching(filter) for filter in filters} == filters


def test_name_with_control_characters_cannot_deceive(tshark, model):
    """What would move the cursor or turn the reading direction is escaped in the Info column."""
    scene = Scene(tshark, model, ENCODINGS["3-ndr"], lambda calls: {
        "request": calls.request(OPNUM, lpszGroupName="a\x1b[2J\r\n\u202eb"),
        "lonely": calls.request(OPNUM, lpszGroupName=[0xD83D, 0x41, 0])})
    assert scene.info("request") == 'ApiOpenGroup request "a\\033[2J\\r\\n\\u202Eb"'
    assert scene.tree("request").one("cmrp.lpszGroupName") == "a\x1b[2J\r\n\u202eb"
    # A high surrogate without its low one is no character.
    assert scene.tree("lonely").one("cmrp.lpszGroupName").startswith("\ufffd")
    assert scene.tree("lonely").findings("ndr-") == []


def test_response_without_its_request(tshark, model):
    """A capture that begins late: Wireshark cannot know which operation answers, and nothing is invented."""
    def late(calls):
        asked = calls.request(OPNUM, lpszGroupName="Cluster Group", sent={"call_id": 9})
        return {"asked": asked, "late": calls.response(Status=0, rpc_status=0, result=GROUP, sent={"call_id": 8})}

    scene = Scene(tshark, model, ENCODINGS["3-ndr"], late)
    assert list(scene.trees) == [scene.frames["asked"]]
