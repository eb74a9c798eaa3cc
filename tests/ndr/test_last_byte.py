# SPDX-License-Identifier: GPL-2.0-or-later
"""Is every capture of the repository decoded to its last byte?

Each stub was handed to the plugin and read to its end, each of its bytes belongs to a field or to a gap of alignment,
and each byte array is taken apart. What cannot be read, and why, is listed.
"""
import pytest
from support import keys, leaves, sandbox

CAPTURES = sorted(path.stem for path in (sandbox.SOURCE_DIR / "captures").glob("*.pcapng"))

# Whose interface no bind in the capture tells.
LATE = {"late-start-ndr", "late-start-no-bind-ndr", "late-start-sealed-kerberos"}

LEFT = {*leaves.TROUBLE, "cmrp.ndr.unread", "cmrp.ndr.trailing", "cmrp.buffer.unread", "cmrp.buffer.trailing",
        "cmrp.buffer.hidden"}
# Stubs of other interfaces, and all fragments but the last, are not the plugin's.
STUBS = ("(dcerpc.pkt_type == 0 || dcerpc.pkt_type == 2) && !epm && !conv && !(dcerpc.cn_flags.last_frag == 0)"
         " && !(dcerpc.dg_flags1_frag == 1 && dcerpc.dg_flags1_last_frag == 0)")
# Byte arrays in which something stands (idl/buffers.tsv).
ARRAYS = ("cmrp.lpInBuffer", "cmrp.lpOutBuffer", "cmrp.lpData", "cmrp.Properties", "cmrp.RoProperties",
          "cmrp.pProperties", "cmrp.pRoProperties", "cmrp.buffer", "cmrp.lpInData", "cmrp.lpOutData",
          "cmrp.lpSecurityDescriptor")


def names(found):
    return {leaf.name for leaf in found}


def opaque(found):
    """The byte arrays that hold something, and in which nothing is shown."""
    for array in found:
        if array.name in ARRAYS and array.size:
            end = array.start + array.size
            if not [leaf for leaf in found if leaf is not array and leaf.size and leaf.name not in leaves.LAYERS
                    and array.start <= leaf.start and leaf.start + leaf.size <= end]:
                yield array


def empty_requests(tshark, pcap):
    """The frames of sealed requests that have nothing but a header and a token behind its own header."""
    rows = tshark.fields(pcap, ["frame.number"], "dcerpc.pkt_type == 0 && dcerpc.cn_frag_len == dcerpc.cn_auth_len + 32")
    return {int(row[0]) for row in rows}


def aligns_trailer(capture, leaf):
    """Whether these bytes stand before a verification trailer, which dcerpc takes off the stub."""
    return capture in keys.PADDED and leaf.name == "cmrp.ndr.trailing" and leaf.octets in (b"\0", b"\0\0", b"\0\0\0")


def test_there_are_captures():
    """A folder that was not found must not look like success."""
    assert len(CAPTURES) >= 60 and {*keys.EMPTY_STUBS, *LATE} <= set(CAPTURES)


@pytest.mark.parametrize("name", sorted(set(CAPTURES) - LATE))
def test_decoded_to_the_last_byte(tshark, captures_dir, name):
    pcap = captures_dir / f"{name}.pcapng"
    found = leaves.read(tshark, pcap, STUBS, keys.of(name))
    assert all("cmrp.version" in names(frame) for frame in found.values())
    # A sealed stub of no bytes has none to decode, and is an accident to some releases of Wireshark.
    bare = empty_requests(tshark, pcap) if name in keys.EMPTY_STUBS else set()
    whole = {number: frame for number, frame in found.items() if number not in bare}
    assert whole
    for number, frame in whole.items():
        assert not {leaf.name for leaf in frame if not aligns_trailer(name, leaf)} & LEFT, f"frame {number}"
        assert leaves.unclaimed(frame) == [], f"frame {number}"
        assert list(opaque(frame)) == [], f"frame {number}"


@pytest.mark.parametrize("fields, told", [
    ([(0, 4), (4, 8)], []),
    ([(0, 2), (4, 8)], []),
    ([(0, 2), (6, 6)], [b"\0\0\1\0"]),
    ([(0, 8)], [b"\0\0\0\0"]),
    ([(2, 10)], []),
    ([(8, 4)], [b"\0\0\0\0\1\0\0\0"]),
])
def test_bytes_of_no_field_are_told(fields, told):
    stub = leaves.Leaf("cmrp", "", 50, 12, b"\0\0\0\0\1\0\0\0\0\0\0\0", 0)
    found = [stub, *(leaves.Leaf("cmrp.field", "", 50 + start, size, b"", 0) for start, size in fields)]
    assert [octets for _, _, octets in leaves.unclaimed(found)] == told
