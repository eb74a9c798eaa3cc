# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin survive any bytes inside byte arrays, and say the same in one pass and two?"""
import random

import pytest
from support import sandbox, trees
from support.calls import ENCODINGS, Calls, handle
from support.contents import (
    BINARY,
    DESCRIPTOR,
    DWORD,
    MULTI_SZ,
    SZ,
    ace,
    acl,
    batch,
    command,
    descriptor,
    dword,
    prop,
    property_list,
    sid,
    text,
    texts,
    value,
    value_list,
)
from support.rpcpcap import Capture

SECURITY = descriptor(sid(32, 544), sid(18), acl(ace(2, 1, sid(0))), acl(ace(5, 7, dword(3) + bytes(32) + sid(7))))
LIST = property_list(
    prop("Priority", value(DWORD, dword(7))),
    prop("Texts", value(MULTI_SZ, texts("a", "b")), value(SZ, text("c"))),
    prop("Security", value(DESCRIPTOR, SECURITY)),
)
# Control codes of ApiClusterControl, ApiNodeControl and ApiResourceControl with a buffer for each.
OUT = [
    (73, 0x01000059, LIST),
    (73, 0x01000011, value_list(value(0x00020002, dword(1) + dword(2)), value(0x00040003, text("Type")))),
    (73, 0x01000225, value_list(value(BINARY, bytes(640)), value(BINARY, b"x" * 640))),
    (75, 0x02002161, value_list(value(BINARY, LIST))),
    (79, 0x400021E9, dword(1) + dword(2) + (bytes(26) + (dword(4) + text("x")) * 3) * 2),
    (106, 0x07002101, dword(2) + dword(2) + text("a") + text("b")),
    (106, 0x07002115, (text("n") + bytes(92)) * 2),
]


def mutated(octets, source):
    """The octets with a few of them, or their number, changed. Sizes and counts are the likely victims."""
    octets = bytearray(octets)
    for _ in range(source.randint(1, 4)):
        place = source.randrange(len(octets))
        octets[place:place + source.choice((1, 1, 2, 4))] = source.choice(
            (b"\0", b"\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff", source.randbytes(4), b""))
        if source.random() < 0.2:
            octets = octets[: source.randrange(1, len(octets) + 1)]
        octets = octets or bytearray(1)
    return bytes(octets)


@pytest.mark.parametrize("seed", [1, 2])
def test_any_bytes(tshark, model, seed):
    source = random.Random(seed)
    path = sandbox.sandbox().new_folder() / "mutations.pcap"
    with Capture(path) as capture:
        calls = Calls(model, capture, ENCODINGS["3-ndr"])
        for _ in range(60):
            for opnum, code, octets in OUT:
                octets = mutated(octets, source)
                values = dict(dwControlCode=code, lpInBuffer=None, nInBufferSize=0, nOutBufferSize=65535)
                for param in model.method(3, opnum).params:
                    values.setdefault(param.name, "T" if param.name.startswith("lpsz") else handle(1))
                calls.request(opnum, **values)
                values |= dict(lpOutBuffer=octets, lpBytesReturned=len(octets), lpcbRequired=0, rpc_status=0)
                calls.response(**values, result=0)
            octets = mutated(batch(command(2, "Key"), command(1, "Value", b"abc", 3)), source)
            calls.request(113, hKey=handle(2), cbData=len(octets), lpData=octets)
            octets = mutated(SECURITY, source)
            attributes = dict(lpSecurityDescriptor=octets)
            attributes |= {f"cb{way}SecurityDescriptor": len(octets) for way in ("In", "Out")}
            calls.request(40, hKey=handle(2), SecurityInformation=4, pRpcSecurityDescriptor=attributes)
        frames = capture.frames
    assert frames > 900
    assert not tshark.fields(path, ["frame.number"], trees.ACCIDENTS)
    once, twice = (trees.read(tshark, path, extra=extra) for extra in ((), ("-2",)))
    leave_out = ["dcerpc.response_in", "cmrp.response_in"]
    assert {n: t.flat(leave_out) for n, t in once.items()} == {n: t.flat(leave_out) for n, t in twice.items()}
    assert any(tree.findings("control-property") for tree in once.values())
    assert any(tree.findings("registry-batch") for tree in once.values())
