# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the tree tell of the object behind a handle: its name, its id, its place, and who told it?

Each capture is read in one pass, in two passes and by clicks: a frame shows what was known when it came.
"""
import pytest
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.contents import text
from support.lives import Client, close_group, read, use_group  # noqa: F401

GROUP, RESOURCE, NODE, NETWORK, INTERFACE, PORT, CLUSTER, OTHER = (handle(16 * number) for number in range(1, 9))
GROUP_GET_NAME = 0x03000029
OK = {"rpc_status": 0, "result": 0}
OPENS = {"Group": (41, "lpszGroupName"), "Resource": (8, "lpszResourceName"), "Node": (66, "lpszNodeName"),
         "Network": (81, "lpszNetworkName"), "NetInterface": (92, "lpszNetInterfaceName")}



def encodings(*names):
    return pytest.mark.parametrize("encoding", [ENCODINGS[name] for name in names], ids=names)


both_versions = encodings("2-ndr-big", "3-ndr64")
version_3 = encodings("3-ndr-big", "3-ndr64")


def opened(calls, kind, name, result):
    opnum, param = OPENS[kind]
    calls.request(opnum, **{param: name})
    return calls.response(Status=0, rpc_status=0, result=result)


def answered(calls, opnum, request, **response):
    """A call that succeeds unless `result` says otherwise; the number of the response's frame."""
    calls.request(opnum, **request)
    return calls.response(**{**OK, **response})


def used(calls, group):
    return use_group(calls, group)[0]


def listed(*entries):
    return {"EntryCount": len(entries), "Entry": [{"Type": type_, "Name": name} for type_, name in entries]}


def controlled(calls, opnum, code, buffer, **handles):
    size = 100
    calls.request(opnum, **handles, dwControlCode=code, lpInBuffer=None, nInBufferSize=0, nOutBufferSize=size)
    return calls.response(lpOutBuffer=buffer, nOutBufferSize=size, lpBytesReturned=len(buffer),
                          lpcbRequired=len(buffer), **OK)


@both_versions
def test_states_tell_owner_and_group(encoding, model, capture, read):
    calls = Calls(model, capture(), encoding)
    opened(calls, "Group", "cluster group", GROUP)
    opened(calls, "Resource", "Disk", RESOURCE)
    before = used(calls, GROUP)
    asked = calls.request(45, hGroup=GROUP)
    state = calls.response(State=0, NodeName="NODE1", **OK)
    after = used(calls, GROUP)
    resource = answered(calls, 12, {"hResource": RESOURCE}, State=2, NodeName="NODE2", GroupName="Cluster Group")
    moved = used(calls, GROUP)
    lives = read(calls.capture)
    assert lives.known(before) == lives.known(asked) == {}
    assert lives.known(state) == lives.known(after) == {"owner_node": ("NODE1", state)}
    assert lives.known(resource) == {"group": ("Cluster Group", resource), "owner_node": ("NODE2", resource)}
    # The state of the resource named the group in its own spelling, and its owner.
    assert lives.known(moved) == {"owner_node": ("NODE2", resource), "object_name": ("Cluster Group", resource)}
    assert lives.only(moved).name == "cluster group"


@both_versions
def test_ids_and_types(encoding, model, capture, read):
    calls = Calls(model, capture(), encoding)
    asks = [("Group", GROUP, 47, "hGroup", "pGuid"), ("Resource", RESOURCE, 14, "hResource", "pGuid"),
            ("Resource", RESOURCE, 15, "hResource", "lpszResourceType"), ("Node", NODE, 48, "hNode", "pGuid"),
            ("Network", NETWORK, 86, "hNetwork", "pGuid"), ("NetInterface", INTERFACE, 96, "hNetInterface", "pGuid")]
    for kind, bytes_ in {kind: ask[0] for kind, *ask in asks}.items():
        opened(calls, kind, f"Some {kind}", bytes_)
    told = [(answered(calls, opnum, {param: bytes_}, **{out: f"value {opnum}"}), opnum, out)
            for _, bytes_, opnum, param, out in asks]
    lives = read(calls.capture)
    for frame, opnum, out in told:
        fact = "object_id" if out == "pGuid" else "resource_type"
        assert lives.known(frame)[fact] == (f"value {opnum}", frame)


def test_a_failure_teaches_nothing(model, capture, read):
    calls = Client(model, capture())
    opened(calls, "Group", "Group", GROUP)
    answered(calls, 45, {"hGroup": GROUP}, State=0, NodeName="NODE1", result=5)
    calls.request(45, hGroup=GROUP)
    cut = calls.pack_response(45, State=0, NodeName="NODE2", **OK)[:-6]
    calls.response(stub=cut)
    calls.request(45, hGroup=GROUP)
    calls.conn.fault(5)
    frame = used(calls, GROUP)
    assert read(calls.capture).known(frame) == {}


def test_what_is_told_again_keeps_the_frame_that_told_it_first(model, capture, read):
    calls = Client(model, capture())
    opened(calls, "Group", "Group", GROUP)
    states = [answered(calls, 45, {"hGroup": GROUP}, State=0, NodeName=name)
              for name in ("NODE1", "NODE1", "NODE2", "NODE1", "")]
    lives = read(calls.capture)
    known = [lives.known(frame).get("owner_node") for frame in states]
    assert known == [("NODE1", states[0]), ("NODE1", states[0]), ("NODE2", states[2]), ("NODE1", states[3]), None]


@pytest.mark.parametrize("opnum, extra", [(52, {}), (133, {"dwMoveFlags": 0, "lpInBuffer": b"", "cbInBufferSize": 0})])
def test_a_move_changes_the_owner(opnum, extra, model, capture, read):
    calls = Client(model, capture())
    opened(calls, "Group", "Group", GROUP)
    opened(calls, "Node", "NODE2", NODE)
    answered(calls, 45, {"hGroup": GROUP}, State=0, NodeName="NODE1")
    request = {"hGroup": GROUP, "hNode": NODE, **extra}
    failed = answered(calls, opnum, request, result=70)
    moved = answered(calls, opnum, request)
    pending = answered(calls, opnum, request, result=997)
    after = used(calls, GROUP)
    lives = read(calls.capture)
    known = [lives.known(frame, "hGroup of the request").get("owner_node") for frame in (failed, moved, pending)]
    assert known[0][0] == "NODE1" and known[1] == ("NODE2", moved) and known[2] is None
    assert lives.known(after) == {}


@pytest.mark.parametrize("opnum, extra", [(51, {}), (132, {"dwMoveFlags": 0, "lpInBuffer": b"", "cbInBufferSize": 0})])
def test_a_move_to_nobody_knows_where(opnum, extra, model, capture, read):
    calls = Client(model, capture())
    opened(calls, "Group", "Group", GROUP)
    answered(calls, 45, {"hGroup": GROUP}, State=0, NodeName="NODE1")
    moved = answered(calls, opnum, {"hGroup": GROUP, **extra})
    assert read(calls.capture).known(moved) == {}


@both_versions
def test_a_handle_from_before_the_capture_gets_its_name(encoding, model, capture, read):
    """From the frame that tells it on, in the tree, in the Info column and in the statistics."""
    calls = Calls(model, capture(), encoding)
    before = used(calls, GROUP)
    id_ = answered(calls, 47, {"hGroup": GROUP}, pGuid="g-1")
    name = controlled(calls, 77, GROUP_GET_NAME, text("Cluster Group"), hGroup=GROUP)
    after = used(calls, GROUP)
    lives = read(calls.capture)
    assert lives.only(before).name is None and lives.known(before) == {}
    assert lives.only(id_).name is None and lives.known(id_) == {"object_id": ("g-1", id_)}
    assert lives.only(after).name == "Cluster Group"
    assert lives.known(after) == {"name": ("Cluster Group", name), "object_id": ("g-1", id_)}
    assert lives.info(before).endswith("HGROUP #1") and lives.info(after).endswith('HGROUP #1 "Cluster Group"')


def test_the_statistics_name_it_too(model, capture, tshark):
    calls = Client(model, capture())
    used(calls, GROUP)
    controlled(calls, 77, GROUP_GET_NAME, text("Cluster Group"), hGroup=GROUP)
    used(calls, GROUP)
    calls.capture.close()
    for passes in ((), ("-2",)):
        lines = tshark.read(calls.capture, ["-q", "-z", "cmrp,handles", *passes]).stdout.splitlines()
        row = next(line for line in lines if "HGROUP_RPC" in line)
        assert [cell.strip() for cell in row.split("|")][2] == "Cluster Group"


@both_versions
def test_the_cluster(encoding, model, capture, read):
    calls = Calls(model, capture(), encoding)
    calls.request(0)
    first = calls.response(Status=0, result=CLUSTER)
    calls.request(3)
    told = calls.response(ClusterName="LAB", NodeName="NODE1", result=0)
    calls.request(1, Cluster=CLUSTER)
    closed = calls.response(Cluster=NULL_HANDLE, result=0)
    lives = read(calls.capture)
    assert lives.only(first).name is None and lives.only(closed).name == "LAB"
    assert lives.known(closed) == {"name": ("LAB", told)}


@version_3
def test_lists_tell_ids_and_owners(encoding, model, capture, read):
    calls = Calls(model, capture(), encoding)
    for kind, name, bytes_ in (("Group", "Group A", GROUP), ("Resource", "Disk", RESOURCE), ("Node", "NODE2", NODE)):
        opened(calls, kind, name, bytes_)
    empty = {"cbProperties": 0, "Properties": None, "cbRoProperties": 0, "RoProperties": None}
    ask = {"hCluster": CLUSTER, "pProperties": None, "cbProperties": 0, "pRoProperties": None, "cbRoProperties": 0}
    groups = [{"Name": name, "Id": id_, "dwState": 0, "Owner": owner, "dwFlags": 0, **empty}
              for name, id_, owner in (("Group B", "g-b", "NODE1"), ("Group A", "g-a", "NODE2"), (None, None, None))]
    group = answered(calls, 143, ask, ppResultList={"EntryCount": 3, "Entry": groups})
    resources = [{"Name": "Disk", "Id": "r-1", "OwnerName": "Group B", "OwnerId": "g-b", **empty}]
    resource = answered(calls, 144, ask, ppResultList={"EntryCount": 1, "Entry": resources})
    of_group, of_resource = used(calls, GROUP), answered(calls, 17, {"hResource": RESOURCE})
    pairs = answered(calls, 125, {"hCluster": CLUSTER, "dwType": 9, "dwOptions": 0},
                     ReturnIdEnum=listed((8, "g-a"), (1, "2")), ReturnNameEnum=listed((8, "GROUP A"), (1, "node2")))
    of_node = answered(calls, 68, {"hNode": NODE}, State=0)
    later = used(calls, GROUP)
    lives = read(calls.capture)
    assert lives.known(of_group) == {"object_id": ("g-a", group), "owner_node": ("NODE2", group)}
    assert lives.known(of_resource) == {
        "object_id": ("r-1", resource), "group": ("Group B", resource), "owner_node": ("NODE1", group)}
    assert lives.known(of_node) == {"object_id": ("2", pairs), "object_name": ("node2", pairs)}
    # The node is the same one, whatever its spelling.
    assert lives.known(later) == {"object_id": ("g-a", group), "owner_node": ("node2", group),
                                  "object_name": ("GROUP A", pairs)}


@both_versions
def test_lists_of_one_object(encoding, model, capture, read):
    """What a group contains, which interfaces a node and a network have."""
    calls = Calls(model, capture(), encoding)
    for kind, bytes_ in (("Group", GROUP), ("Resource", RESOURCE), ("Node", NODE), ("Network", NETWORK),
                         ("NetInterface", INTERFACE)):
        opened(calls, kind, kind, bytes_)
    contained = answered(calls, 53, {"hGroup": GROUP, "dwType": 3}, ReturnEnum=listed((2, "Node"), (1, "Resource")))
    of_resource = answered(calls, 17, {"hResource": RESOURCE})
    of_network = answered(calls, 85, {"hNetwork": NETWORK, "dwType": 1}, ReturnEnum=listed((1, "NetInterface")))
    of_node = answered(calls, 101, {"hNode": NODE, "dwType": 1}, ReturnEnum=listed((1, "NetInterface")))
    interface = answered(calls, 94, {"hNetInterface": INTERFACE}, State=3)
    lives = read(calls.capture)
    assert lives.known(of_resource) == {"group": ("Group", contained)}
    assert lives.known(interface) == {"network": ("Network", of_network), "node": ("Node", of_node)}


def test_control_codes_tell_names_ids_and_places(model, capture, read):
    calls = Client(model, capture())
    both = {"hNetInterface": INTERFACE}
    told = [controlled(calls, 98, code, buffer, **both) for code, buffer in (
        (0x06000029, text("Card")), (0x06000039, text("i-1")), (0x06000031, text("NODE1")),
        (0x06000035, text("LAN")[:-2]))]
    after = answered(calls, 94, both, State=3)
    lives = read(calls.capture)
    assert lives.known(after) == dict(zip(
        ("name", "object_id", "node", "network"), zip(("Card", "i-1", "NODE1", "LAN"), told)))


def test_opened_by_its_id(model, capture, read):
    """The server accepts an id for a name (3.1.4.2.9); what becomes known under either is known under both."""
    calls = Client(model, capture())
    opened(calls, "Group", "Group", GROUP)
    opened(calls, "Group", "g-1", OTHER)
    owner = answered(calls, 45, {"hGroup": OTHER}, State=0, NodeName="NODE1")
    apart = used(calls, GROUP)
    id_ = answered(calls, 47, {"hGroup": GROUP}, pGuid="G-1")
    together, by_id = used(calls, GROUP), used(calls, OTHER)
    lives = read(calls.capture)
    assert lives.known(apart) == {}
    assert lives.known(together) == lives.known(by_id) == {"object_id": ("G-1", id_), "owner_node": ("NODE1", owner)}


def test_two_handles_of_one_object(model, capture, read):
    """One from before the capture, one opened by name: the name that is learnt unites them."""
    calls = Client(model, capture())
    id_ = answered(calls, 47, {"hGroup": GROUP}, pGuid="g-1")
    opened(calls, "Group", "Group", OTHER)
    owner = answered(calls, 45, {"hGroup": OTHER}, State=0, NodeName="NODE1")
    before = used(calls, GROUP)
    controlled(calls, 77, GROUP_GET_NAME, text("Group"), hGroup=GROUP)
    one, other = used(calls, GROUP), used(calls, OTHER)
    lives = read(calls.capture)
    assert lives.known(before) == {"object_id": ("g-1", id_)}
    assert lives.known(other) == {"object_id": ("g-1", id_), "owner_node": ("NODE1", owner)}
    assert {name: fact for name, fact in lives.known(one).items() if name != "name"} == lives.known(other)
    assert lives.only(one).name == "Group"


def test_renamed(model, capture, read):
    """A handle keeps the name that it was opened by; the object is found by its new name, and not by the old one."""
    calls = Client(model, capture())
    opened(calls, "Group", "Old", GROUP)
    owner = answered(calls, 45, {"hGroup": GROUP}, State=0, NodeName="NODE1")
    renamed = answered(calls, 46, {"hGroup": GROUP, "lpszGroupName": "New"})
    by_new, by_old = opened(calls, "Group", "new", OTHER), opened(calls, "Group", "Old", handle(200))
    after = used(calls, GROUP)
    lives = read(calls.capture)
    assert lives.only(after).name == "Old"
    assert lives.known(after) == {"object_name": ("New", renamed), "owner_node": ("NODE1", owner)}
    assert lives.known(by_new) == {"object_name": ("New", renamed), "owner_node": ("NODE1", owner)}
    assert lives.known(by_old) == {}


def test_created_and_deleted(model, capture, read):
    """A new object has nothing of an old one with its name."""
    calls = Client(model, capture())
    opened(calls, "Group", "Parent", GROUP)
    create = {"hGroup": GROUP, "lpszResourceName": "Disk", "lpszResourceType": "Physical Disk", "dwFlags": 0}
    calls.request(9, **create)
    first = calls.response(Status=0, rpc_status=0, result=RESOURCE)
    id_ = answered(calls, 14, {"hResource": RESOURCE}, pGuid="r-1")
    deleted = answered(calls, 10, {"hResource": RESOURCE})
    again = opened(calls, "Resource", "Disk", OTHER)
    calls.request(9, **create)
    second = calls.response(Status=0, rpc_status=0, result=handle(200))
    third = opened(calls, "Resource", "disk", handle(220))
    lives = read(calls.capture)
    assert lives.known(first, "handle")["group"] == ("Parent", first)
    assert lives.known(deleted)["object_id"] == ("r-1", id_)
    assert lives.known(again) == {}
    assert "object_id" not in lives.known(third) and lives.known(third)["group"] == ("Parent", second)


def test_a_name_that_went_to_another_object(model, capture, read):
    """A list tells another id for the name: handles from before keep what they stand for."""
    calls = Client(model, capture())
    opened(calls, "Group", "Group", GROUP)
    id_ = answered(calls, 47, {"hGroup": GROUP}, pGuid="g-1")
    pairs = answered(calls, 125, {"hCluster": CLUSTER, "dwType": 8, "dwOptions": 0},
                     ReturnIdEnum=listed((8, "g-2")), ReturnNameEnum=listed((8, "Group")))
    old, new = used(calls, GROUP), opened(calls, "Group", "Group", OTHER)
    lives = read(calls.capture)
    assert lives.known(old) == {"object_id": ("g-1", id_)}
    assert lives.known(new) == {"object_id": ("g-2", pairs)}


@version_3
def test_events_tell_of_moves(encoding, model, capture, read):
    calls = Calls(model, capture(), encoding)
    opened(calls, "Group", "Group", GROUP)
    opened(calls, "Resource", "Disk", RESOURCE)

    def event(type_, flag, id_, name, buffer):
        return {"dwNotifyKey": 1, "NotificationData": {
            "FilterAndType": {"dwObjectType": type_, "FilterFlags": flag}, "buffer": buffer or None,
            "dwBufferSize": len(buffer), "ObjectId": id_, "ParentId": "p", "Name": name, "Type": ""}}

    calls.request(139, hNotify=PORT)
    told = calls.response(Notifications=[
        event(2, 0x10, "g-1", "Group", text("2")), event(3, 0x8, "r-1", "Disk", text("g-1")),
        event(7, 0x10, "2", "NODE2", b"\0\0\0\0")], dwNumNotifications=3, result=0)
    group, resource = used(calls, GROUP), answered(calls, 17, {"hResource": RESOURCE})
    calls.request(139, hNotify=PORT)
    calls.response(Notifications=[event(2, 0x10, "g-0", "Group", text("9"))], dwNumNotifications=1, result=0)
    late = used(calls, GROUP)
    lives = read(calls.capture)
    assert lives.known(group) == {"object_id": ("g-1", told), "owner_node": ("NODE2", told)}
    assert lives.known(resource) == {
        "object_id": ("r-1", told), "group": ("Group", told), "owner_node": ("NODE2", told)}
    # Another id under the name: the event waited since before the group was made.
    assert lives.known(late) == lives.known(group)


def test_servers_are_kept_apart(model, capture, read):
    pcap = capture()
    one, other = Client(model, pcap), Client(model, pcap, server=("10.0.0.9", 49200))
    for client in (one, other):
        opened(client, "Group", "Group", GROUP)
    owner = answered(one, 45, {"hGroup": GROUP}, State=0, NodeName="NODE1")
    here, there = used(one, GROUP), used(other, GROUP)
    lives = read(pcap)
    assert lives.known(here) == {"owner_node": ("NODE1", owner)} and lives.known(there) == {}


def test_clients_of_a_server_share_what_it_tells(model, capture, read):
    pcap = capture()
    one, other = Client(model, pcap, group=1), Client(model, pcap, group=2)
    opened(one, "Group", "Group", GROUP)
    opened(other, "Group", "GROUP", OTHER)
    owner = answered(one, 45, {"hGroup": GROUP}, State=0, NodeName="NODE1")
    after = used(other, OTHER)
    assert read(pcap).known(after) == {"owner_node": ("NODE1", owner)}


def test_a_handle_that_is_not_the_clients_teaches_nothing(model, capture, read):
    """Closed, or of another client: what the server took it for is not known."""
    pcap = capture()
    one, other = Client(model, pcap, group=1), Client(model, pcap, group=2, client=("10.0.0.3", 50002))
    opened(one, "Group", "Group", GROUP)
    answered(other, 45, {"hGroup": GROUP}, State=0, NodeName="NODE1")
    close_group(one, GROUP)
    answered(one, 45, {"hGroup": GROUP}, State=0, NodeName="NODE2")
    after = opened(one, "Group", "Group", GROUP)
    assert read(pcap).known(after) == {}


def test_several_answers_in_one_frame(model, capture, read):
    """Each shows what it tells itself; what an earlier one of the frame told is known from the next frame on."""
    calls = Client(model, capture())
    opened(calls, "Group", "Group", GROUP)
    asked = []
    for _ in range(3):
        calls.request(45, hGroup=GROUP)
        asked.append(calls.conn.call_id)
    with calls.conn.one_frame():
        for call_id, name in zip(asked, ("NODE1", "NODE2", None)):
            frame = calls.response(State=0, NodeName=name, sent={"call_id": call_id},
                                   **(OK if name else {**OK, "result": 5}))
    after = used(calls, GROUP)
    lives = read(calls.capture)
    assert lives.trees[frame].all("cmrp.handle.owner_node") == ["NODE1", "NODE2"]
    assert lives.known(after) == {"owner_node": ("NODE2", frame)}
