# SPDX-License-Identifier: GPL-2.0-or-later
"""Are connections whose bind the capture does not hold told, and read once they are named?"""
import re
import struct
import subprocess
from uuid import UUID

import pytest
from support import keys, rpcpdu, sandbox
from support.calls import ENCODINGS, Calls, handle

# Of one connection each, and of several that share their handles.
ALONE = ("smbtorture-group-ndr", "smbtorture-group-ndr64", "smbtorture-group-bigendian", "fragments-ndr64")
SHARED = ("notify-clean-ndr", "notify-ndr64", "notify-bigendian", "ipv6-ndr", "notify-v2-ndr64")
SEALED = ("notify-sealed-kerberos", "notify-sealed-ntlm", "notify-sealed-spnego", "notify-v2-sealed-ntlm")
BINDS = "dcerpc.pkt_type in {11, 12, 14, 15}"
SVCCTL = (UUID("367abb81-9844-35f1-ad32-98f038001003"), 2)
UNKNOWN = (UUID("01234567-89ab-cdef-0123-456789abcdef"), 1)


@pytest.fixture
def late(tshark, captures_dir):
    """A capture as it is when whoever captured came after the last bind, and how many frames it came late."""
    def make(name):
        frames = [int(row[0]) for row in tshark.fields(captures_dir / f"{name}.pcapng", ["frame.number"], BINDS)]
        path = sandbox.sandbox().new_folder() / f"{name}.pcapng"
        subprocess.run(["editcap", captures_dir / f"{name}.pcapng", path, f"1-{frames[-1]}"], check=True)
        return path, frames[-1]

    return make


def listed(tshark, path, *extra):
    """The rows of the list: connection, service, requests, sealed ones, responses."""
    lines = tshark.read(path, ["-q", "-z", "cmrp,unbound", *extra]).stdout.splitlines()
    assert lines[0] == "Connections without their bind"
    return [line.split("\t") for line in lines[1:]]


def named(*connections):
    return ["-o", f"cmrp.unbound:{' '.join(connections)}"]


def all_of(tshark, path):
    return named(*(row[0] for row in listed(tshark, path)))


def read(tshark, path, extra=()):
    """Per frame what the Info column says of a call, and the findings."""
    return tshark.fields(path, ["frame.number", "_ws.col.Info", "cmrp.finding"], "cmrp || cmrp.finding", [*extra])


# ---------------------------------------------------------------- what is named is read

@pytest.mark.parametrize("name", ALONE)
def test_it_is_read_as_it_would_be_with_its_bind(tshark, captures_dir, late, name):
    path, missing = late(name)
    assert read(tshark, path) == []
    whole = [row[1] for row in read(tshark, captures_dir / f"{name}.pcapng") if int(row[0]) > missing]
    assert [row[1] for row in read(tshark, path, all_of(tshark, path))] == whole != []


@pytest.mark.parametrize("name", SHARED)
def test_every_request_is_read(tshark, late, name):
    path, _ = late(name)
    requests = tshark.fields(path, ["frame.number"], "dcerpc.pkt_type == 0")
    told = [frame for frame, info, _ in read(tshark, path, all_of(tshark, path)) if " request" in info]
    assert told == [frame for frame, in requests] != []


@pytest.mark.parametrize("name", [*ALONE, *SHARED])
def test_nothing_is_judged_that_needs_the_bind(tshark, captures_dir, late, name):
    path, missing = late(name)

    def found(path, shift, extra=()):
        return {(int(frame) - shift, rule) for frame, _, rules in read(tshark, path, extra)
                for rule in rules.split(",") if rule}

    cut = found(path, 0, all_of(tshark, path))
    # Big-endian is big-endian whatever the version, and said of the first PDU.
    assert {rule for _, rule in cut if rule.startswith("transport-")} <= {"transport-big-endian"}
    assert {one for one in cut if one[1] != "transport-big-endian"} <= found(captures_dir / f"{name}.pcapng", missing)


@pytest.fixture
def old(model, capture):
    """Version 2.0 over TCP, as no specification has it."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["2-ndr"])
    calls.conn = late_connection(pcap)
    for number in range(2):
        calls.request(41, lpszGroupName="Group")
        calls.response(Status=0, result=handle(number))
    return pcap


def test_answers_tell_the_version(tshark, old, late):
    row, = listed(tshark, old)
    assert row[0].endswith(":49200/0/2")
    told = tshark.fields(old, ["cmrp.version", "cmrp.finding"], "cmrp", named(row[0]))
    assert told == [["2", ""]] * 4
    for row in listed(tshark, late("notify-ndr64")[0]):
        assert row[0].endswith(":61664/0")


def test_the_wrong_version_teaches_nothing(tshark, old):
    """An answer of the other version is bytes, and nobody is blamed for it."""
    wrong = named(listed(tshark, old)[0][0].removesuffix("/2"))
    told = tshark.fields(old, ["cmrp.unbound", "cmrp.handle.id", "cmrp.finding"], "cmrp", wrong)
    assert told == [["", "", ""], ["10.0.0.1:50002-10.0.0.2:49200/0", "", ""]] * 2


@pytest.mark.parametrize("name", ["notify-ndr64", "ipv6-ndr"])
def test_one_pass_and_two_passes_agree(tshark, late, name):
    path, _ = late(name)
    extra = all_of(tshark, path)
    columns = ["frame.number", "_ws.col.Info", "cmrp.finding", "cmrp.handle.id", "cmrp.unbound"]
    once = tshark.fields(path, columns, "dcerpc", extra)
    assert once == tshark.fields(path, columns, "dcerpc", [*extra, "-2"])


def test_in_the_middle_of_a_connection_no_handle_is_judged(tshark, captures_dir, late):
    """Wherever it begins: of an exchange that keeps all rules, no rest breaks one."""
    path, _ = late("notify-clean-ndr")
    for first in (3, 6, 11, 16, 22):
        rest = sandbox.sandbox().new_folder() / "rest.pcapng"
        subprocess.run(["editcap", path, rest, f"1-{first}"], check=True)
        rows = read(tshark, rest, all_of(tshark, rest))
        assert rows and [row for row in rows if row[2]] == []


# ---------------------------------------------------------------- what is sealed stays closed

@pytest.mark.parametrize("name", SEALED)
@pytest.mark.parametrize("with_keys", [False, True], ids=["no key", "keys"])
def test_sealed_calls_do_not_become_noise(tshark, late, name, with_keys):
    path, _ = late(name)
    rows = listed(tshark, path)
    assert all(int(row[2]) == int(row[3]) > 0 for row in rows)
    extra = [*named(*(row[0] for row in rows)), *(keys.of(name) if with_keys else [])]
    assert listed(tshark, path, *extra) == []
    assert tshark.fields(path, ["frame.number"], "cmrp && cmrp.version && !cmrp.sealed || cmrp.finding || cmrp.unbound", extra) == []
    # By their headers they are calls all the same.
    told = tshark.info(path, "cmrp.sealed && dcerpc.pkt_type == 0", extra)
    assert len(told) == sum(int(row[2]) for row in rows)
    assert all(re.fullmatch(r"Api\w+ request.* \(sealed\)", info) for info in told)


# ---------------------------------------------------------------- whose calls they are

def test_where_clusapi_was_spoken_it_is_spoken(tshark, captures_dir):
    rows = listed(tshark, captures_dir / "late-start-ndr.pcapng")
    assert [row[1:] for row in rows] == [["clusapi", "11", "0", "11"]]


def late_connection(pcap, **options):
    return pcap.tcp(handshake=False, **options)


def test_a_server_of_another_service_is_none_of_ours(tshark, capture):
    """Wireshark knows the service that is bound there on another connection."""
    pcap = capture()
    old = late_connection(pcap)
    old.request(15, bytes(20))
    old.response(bytes(24))
    assert [row[1] for row in listed(tshark, pcap)] == ["unknown"]
    new = pcap.tcp()
    new.bind(contexts=[(0, SVCCTL, [rpcpdu.NDR])])
    new.bind_ack()
    new.request(0, bytes(24))
    # What is bound is known, and not listed.
    assert [(row[0].startswith("10.0.0.1:50001"), row[1]) for row in listed(tshark, pcap)] == [(True, "other")]


def test_an_interface_that_nobody_knows_tells_nothing(tshark, capture):
    pcap = capture()
    late_connection(pcap).request(44, handle(1))
    new = pcap.tcp()
    new.bind(contexts=[(0, UNKNOWN, [rpcpdu.NDR])])
    new.bind_ack()
    new.request(44, handle(1))
    assert [row[1] for row in listed(tshark, pcap)] == ["unknown"]


@pytest.mark.parametrize("send", [
    lambda conn: conn.request(300, bytes(20)),
    lambda conn: conn.request(44, handle(1), object_uuid=UNKNOWN[0]),
    lambda conn: conn.request(44, bytes(200)),
    lambda conn: conn.request(41, struct.pack("<III", 2**31 - 1, 0, 5) + b"abcd"),
], ids=["no such opnum", "an object", "more than a handle", "no string"])
def test_calls_that_clusapi_does_not_have_are_another_service(tshark, capture, send):
    pcap = capture()
    send(late_connection(pcap))
    assert [row[1] for row in listed(tshark, pcap)] == ["other"]


def test_one_call_that_does_not_read_may_be_a_breach(tshark, capture):
    """Whoever speaks ClusAPI badly is no other service by that."""
    pcap = capture()
    conn = late_connection(pcap)
    for stub in (handle(1), bytes(200), handle(1)):
        conn.request(44, stub)
    assert [row[1] for row in listed(tshark, pcap)] == ["unknown"]


@pytest.mark.parametrize("port", [135, 593])
def test_the_endpoint_mapper_is_no_cluster(tshark, capture, port):
    pcap = capture()
    late_connection(pcap, server=("10.0.0.2", port)).request(44, handle(1))
    assert [row[1] for row in listed(tshark, pcap)] == ["other"]


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64"])
def test_another_service_that_was_named_breaks_no_rule(model, tshark, capture, encoding):
    """Its calls are no calls of ClusAPI, whatever the user says: nothing is learnt of them, and they are told."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS[encoding], server=("10.0.0.3", 49300))
    calls.request(41, lpszGroupName="Group")
    calls.response(Status=0, rpc_status=0, result=handle(1))
    conn = late_connection(pcap)
    for number in range(6):
        conn.request(2 + number, bytes(range(100, 111 + number)))
        conn.response(bytes(range(200, 207)))
    extra = named("10.0.0.1:50002-10.0.0.2:49200/0")
    found = tshark.fields(pcap, ["tcp.stream"], "cmrp.finding", extra)
    assert all(stream == "0" for stream, in found)
    told = tshark.fields(pcap, ["cmrp.unbound"], "cmrp.unbound && tcp.stream == 1", extra)
    assert len(told) == 12 and {text for text, in told} == {"10.0.0.1:50002-10.0.0.2:49200/0"}


def test_alter_contexts_that_were_missed(model, tshark, capture):
    """The bind of one context says nothing of another one."""
    pcap = capture()
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    group = handle(1)
    calls.request(41, lpszGroupName="Group")
    calls.response(Status=0, rpc_status=0, result=group)
    calls.conn.ctx_id = 5
    calls.request(45, hGroup=group)
    calls.response(State=0, NodeName="node1", rpc_status=0, result=0)
    row, = listed(tshark, pcap)
    assert row == ["10.0.0.1:50001-10.0.0.2:49200/5", "clusapi", "1", "0", "1"]
    infos = [info for _, info, _ in read(tshark, pcap, named(row[0]))]
    assert infos[2] == 'ApiGetGroupState request, HGROUP #1 "Group"'


def test_one_direction_only(tshark, capture):
    pcap = capture()
    conn = late_connection(pcap)
    conn.response(bytes(8))
    assert listed(tshark, pcap) == [["10.0.0.1:50001-10.0.0.2:49200/0", "unknown", "0", "0", "1"]]


# ---------------------------------------------------------------- the preference

def test_a_bind_says_more_than_the_preference(tshark, captures_dir):
    """Of another capture, for example: the same ports may stand in the next one."""
    for name in ("notify-ndr", "notify-ndr64", "bad-stub"):
        path = captures_dir / f"{name}.pcapng"
        ends = tshark.fields(path, ["tcp.srcport"], "dcerpc.pkt_type == 11")
        stale = named(*(f"127.0.0.1:{port}-127.0.0.1:61664/{context}" for port, in ends for context in (0, 1)))
        assert read(tshark, path, stale) == read(tshark, path)


def test_what_is_no_connection_is_said(tshark, captures_dir):
    for text in ("nonsense", "1.2.3.4:5-1.2.3.4:5", "1.2.3.4:5-1.2.3.4:70000/0", "1.2.3.4:5-1.2.3.4:6/0/4", "::1:5-::1:6/0"):
        result = tshark.read(captures_dir / "late-start-no-bind-ndr.pcapng", named(text), check=False)
        assert f'"{text}" is no CLIENT:PORT-SERVER:PORT/CONTEXT' in result.stderr


# ---------------------------------------------------------------- statistics

def test_the_tree_of_calls_tells_them(tshark, captures_dir, capture):
    path = captures_dir / "late-start-no-bind-ndr.pcapng"
    text = tshark.statistics(path, "cmrp,tree")
    assert re.search(r"^Interface unknown +7 ", text, re.M) and re.search(r"^ 127.0.0.1:61664 +7 ", text, re.M)
    assert "Interface unknown" not in tshark.statistics(captures_dir / "notify-ndr.pcapng", "cmrp,tree")


def test_the_tree_takes_another_service_back(tshark, capture):
    pcap = capture()
    conn = late_connection(pcap)
    conn.request(44, handle(1))
    for _ in range(3):
        conn.request(300, bytes(20))
    assert re.search(r"^Interface unknown +0 ", tshark.statistics(pcap, "cmrp,tree"), re.M)


@pytest.mark.parametrize("passes", [(), ("-2",)], ids=["one pass", "two passes"])
def test_the_list_is_the_same_in_two_passes(tshark, captures_dir, passes):
    path = captures_dir / "late-start-ndr.pcapng"
    assert listed(tshark, path, *passes) == listed(tshark, path)


def test_a_connection_that_nobody_read_may_have_brought_a_handle(model, tshark, capture):
    """The server gave it to somebody before the capture began."""
    for late in (False, True):
        pcap = capture(f"late-{late}")
        if late:
            late_connection(pcap).request(45, handle(7))
        calls = Calls(model, pcap, ENCODINGS["3-ndr"])
        calls.request(45, hGroup=handle(7))
        found = tshark.fields(pcap, ["cmrp.finding"], "cmrp.finding contains \"handle\"")
        assert bool(found) != late


def test_what_was_named_can_be_taken_back(sharkd, tshark, captures_dir):
    """As in Wireshark, where the same process opens the capture again after a preference was changed."""
    path = captures_dir / "late-start-no-bind-ndr.pcapng"
    session = sharkd(path)
    for connections in ([row[0] for row in listed(tshark, path)], []):
        session.call("setconf", name="cmrp.unbound", value=" ".join(connections))
        session.load(path)
        protocols = [row["c"][4] for row in session.frames()]
        # Thirteen requests and responses, and a fault.
        assert protocols.count("CMRP") == (14 if connections else 0)
