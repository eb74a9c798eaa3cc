# SPDX-License-Identifier: GPL-2.0-or-later
"""Is ApiReAddNotifyGroup (opnum 63; MS-CMRP 3.1.4.1.64, 3.1.4.2.64) decoded, value by value, in every encoding?"""
import pytest
from support.calls import NULL_HANDLE, handle
from support.scenes import every_encoding

OPNUM = 63
GROUP, PORT, UNKNOWN = handle(1), handle(101), handle(201)
KEY, SEQUENCE = 7, 9

# The bits of CLUSTER_CHANGE (2.2.2.7) that are about groups: what the tree and what the Info column call them.
GROUP_BITS = {
    0x1000: ("CLUSTER_CHANGE_GROUP_STATE", "STATE"),
    0x2000: ("CLUSTER_CHANGE_GROUP_DELETED", "DELETED"),
    0x4000: ("CLUSTER_CHANGE_GROUP_ADDED", "ADDED"),
    0x8000: ("CLUSTER_CHANGE_GROUP_PROPERTY", "PROPERTY"),
}
# In the Info column the bits of other objects keep the name of their object.
OTHER_BITS = {
    0x1: ("CLUSTER_CHANGE_NODE_STATE", "NODE_STATE"),
    0x100: ("CLUSTER_CHANGE_RESOURCE_STATE", "RESOURCE_STATE"),
    0x80000000: ("CLUSTER_CHANGE_HANDLE_CLOSE", "HANDLE_CLOSE"),
}
FILTERS = [0, 1, 0x100, 0x80000000, 0x80001001, *(bits << 12 for bits in range(1, 16))]
NUMBERS = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
FAILURES = {
    6: "ERROR_INVALID_HANDLE",  # the one that 3.1.4.2.64 lists
    5: "ERROR_ACCESS_DENIED",
    0x46: "ERROR_SHARING_PAUSED",
    0x1395: "ERROR_GROUP_NOT_FOUND",
    0xC0000008: "status 0xc0000008",
    0xFFFFFFFF: "status 0xffffffff",
}


def write(calls):
    frames = {"opened": calls.open_group("Cluster Group", GROUP), "port": calls.create_notify(PORT)}

    def call(label, status=0, rpc_status=0, **values):
        asked = {"hNotify": PORT, "hGroup": GROUP, "dwFilter": 0x1000, "dwNotifyKey": KEY, "StateSequence": SEQUENCE}
        frames[f"request {label}"] = calls.request(OPNUM, **{**asked, **values})
        frames[f"response {label}"] = calls.response(result=status, rpc_status=rpc_status)

    for filter in FILTERS:
        call(f"filter {filter:#x}", dwFilter=filter)
    for number in NUMBERS:
        call(f"key {number}", dwNotifyKey=number)
        call(f"sequence {number}", StateSequence=number)
    for status in FAILURES:
        call(f"status {status:#x}", status=status)
    call("rpc", status=0, rpc_status=0x1C00001A)
    call("null", status=6, hNotify=NULL_HANDLE, hGroup=NULL_HANDLE)
    call("unknown", status=6, hGroup=UNKNOWN)
    return frames


scene = every_encoding(write)


def octets(tree, name):
    return bytes.fromhex(tree.one(name).replace(":", ""))


def names_of(filter):
    bits = GROUP_BITS | OTHER_BITS
    return [names for mask, names in sorted(bits.items()) if filter & mask]


def test_every_pdu_has_the_common_fields_and_no_leftover(scene):
    for label in scene.frames:
        tree = scene.tree(label)
        assert tree.one("cmrp.version") == str(scene.encoding.version)
        assert tree.one("cmrp.opnum") == tree.one("clusapi.opnum")
        if label not in ("opened", "port"):
            assert tree.one("cmrp.opnum") == str(OPNUM)
        assert tree.findings("ndr-") == []
        assert tree.all("cmrp.ndr.trailing") == [] and tree.all("cmrp.ndr.unread") == []


def test_request_shows_its_five_parameters_in_order(scene):
    tree = scene.tree("request filter 0x1000")
    parameters = [name for name in tree.names() if name.startswith("cmrp.") and name not in (
        "cmrp.opnum", "cmrp.method", "cmrp.version")]
    assert parameters == ["cmrp.hNotify", "cmrp.hGroup", "cmrp.dwFilter", "cmrp.dwNotifyKey", "cmrp.StateSequence"]
    assert octets(tree, "cmrp.hNotify") == PORT and octets(tree, "cmrp.hGroup") == GROUP
    assert tree.one("cmrp.dwFilter") == "0x00001000"
    assert tree.one("cmrp.dwNotifyKey") == str(KEY) and tree.one("cmrp.StateSequence") == str(SEQUENCE)


def test_request_names_its_handles(scene):
    """Both handles are also cmrp.handle, each with its type, number, name and the frame that returned it."""
    tree = scene.tree("request filter 0x1000")
    for name, value, kind, number, called, opened in (
            ("cmrp.hNotify", PORT, "HNOTIFY_RPC", "2", "port 1", "port"),
            ("cmrp.hGroup", GROUP, "HGROUP_RPC", "1", "Cluster Group", "opened")):
        below = tree.below(name)
        assert octets(below, "cmrp.handle") == value
        assert below.one("cmrp.handle.type") == kind
        assert below.one("cmrp.handle.id") == number
        assert below.one("cmrp.handle.name") == called
        assert below.one("cmrp.handle.opened_in") == str(scene.frames[opened])


@pytest.mark.parametrize("filter", FILTERS, ids=hex)
def test_filter_shows_its_bits_by_name(scene, filter):
    tree = scene.tree(f"request filter {filter:#x}")
    assert tree.one("cmrp.dwFilter") == f"0x{filter:08x}"
    assert tree.below("cmrp.dwFilter").decoded() == [(f"cmrp.{name}", "1") for name, _ in names_of(filter)]


@pytest.mark.parametrize("filter", FILTERS, ids=hex)
def test_request_reads_like_a_sentence(scene, filter):
    words = "|".join(short for _, short in names_of(filter)) or "0x0"
    assert scene.info(f"request filter {filter:#x}") == (
        f'ApiReAddNotifyGroup request, HNOTIFY #2, HGROUP #1 "Cluster Group", filter {words}, key 7')


@pytest.mark.parametrize("number", NUMBERS)
def test_key_and_sequence_are_32_bits(scene, number):
    for name, label in (("cmrp.dwNotifyKey", "key"), ("cmrp.StateSequence", "sequence")):
        assert scene.tree(f"request {label} {number}").one(name) == str(number)
    assert scene.info(f"request key {number}").endswith(f", filter STATE, key {number}")


def test_success_reads_like_a_sentence(scene):
    tree = scene.tree("response filter 0x1000")
    assert tree.one("cmrp.status") == "0"
    assert tree.all("cmrp.rpc_status") == (["0x00000000"] if scene.encoding.version == 3 else [])
    assert scene.info("response filter 0x1000") == "ApiReAddNotifyGroup response"


def test_response_tells_what_its_request_was_about(scene):
    """The response has no handles; those of the request stand in it, generated."""
    tree = scene.tree("response filter 0x1000")
    assert tree.all("cmrp.handle") == []
    assert tree.all("cmrp.handle.id") == ["2", "1"]
    assert tree.all("cmrp.handle.name") == ["port 1", "Cluster Group"]


@pytest.mark.parametrize("status", FAILURES, ids=hex)
def test_failure_shows_number_and_name(scene, status):
    label = f"response status {status:#x}"
    assert scene.tree(label).one("cmrp.status") == str(status)
    assert scene.info(label) == f'ApiReAddNotifyGroup response, HNOTIFY #2, HGROUP #1 "Cluster Group", {FAILURES[status]}'


def test_rpc_status_comes_before_the_result_in_3_0_only(scene):
    three = scene.encoding.version == 3
    tree = scene.tree("response rpc")
    assert tree.all("cmrp.rpc_status") == (["0x1c00001a"] if three else [])
    assert tree.one("cmrp.status") == "0"
    if three:
        names = tree.names()
        assert names.index("cmrp.rpc_status") < names.index("cmrp.status")


def test_null_handles(scene):
    tree = scene.tree("request null")
    assert octets(tree, "cmrp.hNotify") == octets(tree, "cmrp.hGroup") == NULL_HANDLE
    assert tree.all("cmrp.handle.id") == []
    assert scene.info("request null") == (
        "ApiReAddNotifyGroup request, NULL handle, NULL handle, filter STATE, key 7")


def test_handle_that_was_never_seen_opened(scene):
    """Its type is that of the parameter; no name and no frame that opened it is invented."""
    below = scene.tree("request unknown").below("cmrp.hGroup")
    assert below.one("cmrp.handle.type") == "HGROUP_RPC"
    assert below.one("cmrp.handle.id") == "3"
    assert below.all("cmrp.handle.name") == [] and below.all("cmrp.handle.opened_in") == []
    assert ", HGROUP #3, filter STATE" in scene.info("request unknown")


def test_public_filters(scene):
    """The filters that the plugin promises find exactly the frames that they should."""
    calls = [label for label in scene.frames if label not in ("opened", "port")]
    requests = [label for label in calls if label.startswith("request")]
    state = [label for label in requests if not label.startswith("request filter") or
             int(label.split()[2], 16) & 0x1000]
    filters = {
        "cmrp.opnum == 63": calls,
        'cmrp.opnum == "ApiReAddNotifyGroup"': calls,
        "clusapi.opnum == 63": calls,
        "cmrp": list(scene.frames),
        "cmrp.dwFilter": requests,
        "cmrp.dwFilter == 0xf000": ["request filter 0xf000"],
        "cmrp.dwFilter & 0x1000": state,
        "cmrp.CLUSTER_CHANGE_GROUP_STATE": state,
        "cmrp.CLUSTER_CHANGE_HANDLE_CLOSE == 1": ["request filter 0x80000000", "request filter 0x80001001"],
        "cmrp.dwNotifyKey == 4294967295": ["request key 4294967295"],
        "cmrp.StateSequence == 2147483648": ["request sequence 2147483648"],
        f"cmrp.hNotify == {PORT.hex(':')}": [label for label in requests if label != "request null"],
        f"cmrp.hGroup == {UNKNOWN.hex(':')}": ["request unknown"],
        'cmrp.status == "ERROR_INVALID_HANDLE"': ["response status 0x6", "response null", "response unknown"],
        "cmrp.handle.id == 3": ["request unknown", "response unknown"],
        'cmrp.handle.type == "HNOTIFY_RPC" && cmrp.handle.opened_in && cmrp.dwNotifyKey == 1': ["request key 1"],
        "_ws.malformed": [],
    }
    assert {filter: scene.matching(filter) for filter in filters} == filters
