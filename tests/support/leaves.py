# SPDX-License-Identifier: GPL-2.0-or-later
"""Which values does a dissector show of a PDU, and of which bytes of the frame?

    found = read(tshark, pcap, plugin=False)    -> {frame number: [Leaf, ...]}
    unclaimed(found[7])                         -> what of the stub belongs to no leaf
    found[7][1]     -> Leaf(name="clusapi.clusapi_OpenGroup.lpszGroupName", value="Cluster Group", start=90, size=28,
                            octets=b"...", mask=0)

A leaf is a field with a value; what only holds others (a structure, an array) is none. A field that belongs to no
bytes is a leaf with `start` None. What Wireshark says of a PDU that could not be read is among them. Before the leaves
of a stub stands one for the whole of it, which has the name of the layer: "cmrp".
"""
import json
import re
from collections import namedtuple

Leaf = namedtuple("Leaf", "name value start size octets mask")

LAYERS = ("cmrp", "cmrp2", "clusapi")
# What has a value, its name or its place, and only holds others: no leaf.
HOLDERS = ("cmrp.ndr.array", "cmrp.batch.command", "cmrp.security.acl")
# Beside the layers, in the layer of DCE/RPC, and among the expert items.
TROUBLE = ("_ws.malformed", "_ws.short", "dcerpc.long_frame", "dcerpc.stub_data", "cmrp.expert.decryption_doubtful")


def read(tshark, pcap, filter="dcerpc.pkt_type in {0, 2}", extra=(), plugin=True):
    """The leaves of each frame's dissectors of the interface, in the order of the tree."""
    # Wireshark 4.4 refuses names of layers that it does not know.
    layers = [name for name in LAYERS if plugin or name == "clusapi"]
    words = ["-T", "json", "-x", "-J", " ".join(("frame", "dcerpc", *layers)), *extra]
    text = tshark.read(pcap, words, filter, plugin=plugin).stdout
    found = {}
    for packet in json.loads(text or "[]", object_pairs_hook=list):
        layers = dict(dict(packet)["_source"])["layers"]
        number = int(dict(dict(layers)["frame"])["frame.number"])
        found[number] = list(_stubs(layers))
        dcerpc = [pairs for key, pairs in layers if key == "dcerpc"]
        names = [key for key, _ in layers] + [key for pairs in dcerpc for key, _ in pairs]
        found[number] += [Leaf(name, "", None, 0, b"", 0) for name in names if name in TROUBLE]
    return found


def _stubs(layers):
    for key, value in layers:
        if key.removesuffix("_raw") in LAYERS and key.endswith("_raw"):
            octets, start, size, *_ = value
            yield Leaf(key.removesuffix("_raw"), "", start, size, bytes.fromhex(octets), 0)
        elif key in LAYERS and isinstance(value, list):
            yield from _leaves(value)


def _leaves(pairs):
    place = None
    for key, value in pairs:
        if key.endswith("_raw") and isinstance(value, list):
            # Wireshark 4.6 adds the number of the data source.
            octets, start, size, mask, *_ = value
            # Of a bit the value is told, not the bytes.
            place = key.removesuffix("_raw"), start, size, b"" if mask else bytes.fromhex(octets), mask
            continue
        if not isinstance(value, list):
            where = place[1:] if place and place[0] == key else (None, 0, b"", 0)
            if key not in HOLDERS:
                yield Leaf(key, value, *where)
        elif key not in ("_ws.expert", "filtered"):
            yield from _leaves(value)
        else:
            yield from (Leaf(name, "", None, 0, b"", 0) for name, _ in value if name in TROUBLE)
        place = None


def unclaimed(leaves):
    """What no leaf claims of the stubs in a frame, as (stub, place within it, octets). Gaps of alignment are not told:
    fewer than 8 zeros, with something behind them."""
    found = []
    for stub in (leaf for leaf in leaves if leaf.name in LAYERS and leaf.size):
        claimed = bytearray(stub.size)
        for leaf in leaves:
            if leaf.name not in LAYERS and leaf.size:
                start, end = (min(max(place, 0), stub.size)
                              for place in (leaf.start - stub.start, leaf.start - stub.start + leaf.size))
                claimed[start:end] = b"\1" * (end - start)
        for gap in re.finditer(rb"\0+", claimed):
            octets = stub.octets[slice(*gap.span())]
            if any(octets) or len(octets) > 7 or gap.end() == stub.size:
                found.append((stub, gap.start(), octets))
    return found
