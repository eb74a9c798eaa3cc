# SPDX-License-Identifier: GPL-2.0-or-later
"""Is what the plugin says of a capture the same in a tunnel, with trailers, copies, losses, from other taps? A small version of
tools/wraps: each wrap with two of the captures, and all captures in turn.

And does the comparison see what is wrong? A capture that is changed must differ.
"""
import struct

import pytest
from support import invariant, packets, sandbox, seen, traffic, wraps
from support.wrapping import Wrapping

# Over TCP and UDP, IPv4 and IPv6; sealed in three ways; version 2 ports; fragments; several connections; big-endian.
CAPTURES = ("notify-ndr", "notify-udp", "notify-v2-ndr64", "notify-sealed-ntlm", "association-groups", "fragments-ndr",
            "notify-udp-bigendian", "failures", "notify-sealed-spnego-onecall", "notify-bigendian", "alter-context-ndr64",
            "notify-sealed-kerberos", "ipv6-ndr")
EACH = 2


@pytest.fixture(scope="module")
def wrapping(tshark):
    with Wrapping(sandbox.sandbox().new_folder()) as made:
        yield made


def chosen():
    """Each wrap has the captures that come next."""
    for place, wrap in enumerate(wraps.CATALOGUE.values()):
        for step in range(EACH):
            name = CAPTURES[(EACH * place + step) % len(CAPTURES)]
            yield pytest.param(wrap, name, id=f"{wrap.name}-{name}")


@pytest.mark.parametrize("wrap, name", chosen())
def test_what_must_stay(wrapping, captures_dir, wrap, name):
    assert wrapping.problems(captures_dir / f"{name}.pcapng", wrap) == []


@pytest.mark.parametrize("wrap, name", [
    ("copies-400us", "notify-sealed-kerberos-ndr64"), ("copies-400us", "notify-sealed-kerberos-raw"),
    ("skew-sorted-back-1ms", "fragments-ndr64"), ("doubled", "fragments-udp"), ("copies-400us", "fragments-udp"),
    ("twice", "fragments-udp"), ("segments-100", "notify-sealed-ntlm")])
def test_what_was_seen_to_differ(wrapping, captures_dir, wrap, name):
    assert wrapping.problems(captures_dir / f"{name}.pcapng", wraps.CATALOGUE[wrap]) == []


# ---------------------------------------------------------------- the comparison itself


@pytest.fixture
def compare(tshark, captures_dir):
    """What the comparison says of notify-ndr, whose frames are changed by a function."""
    path = captures_dir / "notify-ndr.pcapng"
    plain = invariant.Sight(traffic.read(path), seen.see(tshark, path))

    def check(kind, change):
        told = plain.traffic.over(change(plain.traffic.frames))
        made = told.write(sandbox.sandbox().new_folder() / "changed.pcap")
        return invariant.check(kind, plain, invariant.Sight(told, seen.see(tshark, made)))

    return check


def test_nothing_is_wrong_with_the_capture_itself(compare):
    for kind in (invariant.SAME, invariant.ORDER, invariant.COPIES, invariant.LOSS):
        assert compare(kind, lambda frames: frames) == []


def test_calls_that_are_missing_are_noticed(compare):
    """The comparison of what loses nothing, given a capture that lost its end."""
    problems = " ".join(compare(invariant.SAME, lambda frames: frames[:40]))
    for sign in ("finding lost: handle-used-after-close", "counts:", "counts of methods differ", "life missing"):
        assert sign in problems


def replaced(frames, number, old, new):
    """A frame whose bytes are changed in one place."""
    frame = frames[number - 1]
    assert frame.data.count(old) == 1
    return [*frames[:number - 1], frame._replace(data=frame.data.replace(old, new)), *frames[number:]]


def test_new_findings_and_mixed_lives_are_noticed(compare, tshark, captures_dir):
    """The handle of another life is put into a request: frame 36 uses the group, and then the port."""
    path = captures_dir / "notify-ndr.pcapng"
    group, port = handles(tshark, path, 36)
    problems = " ".join(compare(invariant.LOSS, lambda frames: replaced(frames, 36, group, port)))
    assert "mixes the lives" in problems and "new finding: handle-of-wrong-type at frame 36" in problems


def handles(tshark, path, frame):
    """The bytes of the group and of the port."""
    found = {}
    for types, values in tshark.fields(path, ["cmrp.handle.type", "cmrp.handle"], f"cmrp.handle && frame.number <= {frame}",
                                       split=True):
        found.update(zip(types, values))
    return bytes.fromhex(found["HGROUP_RPC"]), bytes.fromhex(found["HNOTIFY_RPC"])


# ---------------------------------------------------------------- reading and writing


def test_a_capture_is_written_as_it_was_read(tshark, captures_dir):
    """Time stamps, bytes and lengths, as tshark sees them."""
    path = captures_dir / "notify-ndr.pcapng"
    made = traffic.read(path).write(sandbox.sandbox().new_folder() / "copy.pcap")
    fields = ["frame.time_epoch", "frame.len", "frame.cap_len", "tcp.seq_raw", "tcp.payload"]
    assert tshark.fields(made, fields) == tshark.fields(path, fields)
    assert traffic.read(made).frames == traffic.read(path).frames


@pytest.mark.parametrize("magic", ["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1"])
def test_all_forms_of_pcap_are_read(magic):
    order = ">" if magic.startswith("a1") else "<"
    unit = 1 if "3c" in magic else 1000
    path = sandbox.sandbox().new_folder() / "one.pcap"
    path.write_bytes(bytes.fromhex(magic) + struct.pack(order + "HHiIII", 2, 4, 0, 0, 100, 101)
                     + struct.pack(order + "IIII", 7, 5, 3, 9) + b"abc")
    told = traffic.read(path)
    assert told.link == 101 and told.frames == [traffic.Frame(7 * 10**9 + 5 * unit, b"abc", 9, (1,))]


@pytest.mark.parametrize("name", ["notify-ndr", "notify-udp"])
def test_packets_are_taken_apart_and_put_together(captures_dir, name):
    for frame in traffic.read(captures_dir / f"{name}.pcapng").frames:
        packet = packets.parse(frame.data)
        assert packets.parse(packets.build(packet) + b"behind") == without_checksum(packet)


def without_checksum(packet):
    if packet.protocol == packets.UDP:
        return packet
    return packet._replace(rest=packet.rest[:2] + bytes(2) + packet.rest[4:])
