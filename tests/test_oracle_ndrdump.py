# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the plugin and Samba's ndrdump read the same values from the same stubs?

The methods on clusters, groups, notification ports and nodes, as real clients sent them (captures/) and as the
codec packs them, in NDR and NDR64. ndrdump reads no big-endian stubs: there, the same calls of the same client in
both byte orders must read alike.
"""
import re
import shutil
import subprocess
import tempfile
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor

import pytest
from cmrp_ndr import values
from support import trees
from support.calls import ENCODINGS
from support.scenes import Scene

OPNUMS = [0, 1, *range(41, 57), 59, 63, *range(65, 71), 107, 117, 119]
SYNTAXES = {"ndr": ENCODINGS["3-ndr"], "ndr64": ENCODINGS["3-ndr64"]}

# Where Samba's definition is not the specification's: opnum, direction, and how many bytes Samba leaves.
# force is a BOOL, which has 4 bytes (MS-DTYP 2.2.3); Samba reads 1.
DIFFERENCES = {(43, "request"): 3}

Stub = namedtuple("Stub", "opnum kind syntax octets")

# A line of ndrdump: a name, and a string, NULL, a number in brackets, a status without a name, or a word.
LINE = re.compile(
    r"\s*([A-Za-z]\w*)\s*: (?!ARRAY)(?:'(.*)'|(NULL)|.*\((-?\d+)\)|(?:(?:DOS|HRES) code )?(0x[0-9a-f]{8})|([\w-]+))$")


def sources(captures_dir):
    """Captures in plain text, little-endian and one of the two syntaxes, that have these methods."""
    names = [path.stem for path in sorted(captures_dir.glob("*.pcapng"))]
    clients = ("smbtorture-cluster-", "smbtorture-group-", "smbtorture-node-", "rpcclient-", "notify-")
    return [name for name in names
            if name.endswith(("-ndr", "-ndr64")) and name.startswith(clients) and "sealed" not in name]


def real_stubs(tshark, pcap, syntax):
    """(stub, tree) of each PDU of the methods in question."""
    # Switched off, the plugin leaves the bytes of the stub to Wireshark.
    rows = tshark.fields(pcap, ["frame.number", "dcerpc.opnum", "dcerpc.pkt_type", "dcerpc.stub_data"],
                         "dcerpc.pkt_type in {0, 2}", ["--disable-protocol", "cmrp"], split=True)
    found = trees.read(tshark, pcap)
    for (frame,), opnums, (ptype, *_), stubs in rows:
        # Of several PDUs in a frame nobody could tell whose stub it is.
        if len(opnums) == 1 and int(opnums[0]) in OPNUMS and int(frame) in found:
            kind = {"0": "request", "2": "response"}[ptype]
            yield Stub(int(opnums[0]), kind, syntax, bytes.fromhex("".join(stubs))), found[int(frame)]


@pytest.fixture(scope="module")
def pairs(tshark, model, captures_dir):
    """A tree for each different stub."""
    known = {}
    for name in sources(captures_dir):
        syntax = name.rpartition("-")[2]
        known.update(real_stubs(tshark, captures_dir / f"{name}.pcapng", syntax))
    real = set(known)
    for syntax, encoding in SYNTAXES.items():
        made = []

        def write(calls, made=made, syntax=syntax):
            frames = {}
            for opnum in OPNUMS:
                source = values.SeededSource(f"{opnum}")
                asked = values.make_request(source, model, 3, opnum)
                told = values.make_response(source, model, 3, opnum, asked)
                # ndrdump writes line ends and formatting characters as they are.
                for call in (asked, told):
                    for key, value in call.items():
                        if isinstance(value, str):
                            call[key] = "".join(c for c in value if c.isprintable())
                stubs = [calls.pack_request(opnum, **asked), calls.pack_response(opnum, **told)]
                made.append(Stub(opnum, "request", syntax, stubs[0]))
                frames[made[-1]] = calls.request(opnum, stubs[0])
                made.append(Stub(opnum, "response", syntax, stubs[1]))
                frames[made[-1]] = calls.response(stubs[1])
            return frames

        scene = Scene(tshark, model, encoding, write)
        known.update((stub, scene.tree(stub)) for stub in scene.frames)
    return known, real


@pytest.fixture(scope="module")
def dumps(pairs):
    """What ndrdump says of each stub, and of those that it reads differently without what it leaves."""
    assert shutil.which("ndrdump"), "ndrdump is missing: install the package samba-testsuite"

    def dump(stub):
        return stub, ndrdump(stub, stub.octets)

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(dump, pairs[0]))


def ndrdump(stub, octets):
    with tempfile.NamedTemporaryFile() as file:
        file.write(octets)
        file.flush()
        words = ["ndrdump", "clusapi", str(stub.opnum), "in" if stub.kind == "request" else "out", file.name]
        if stub.syntax == "ndr64":
            words.append("--ndr64")
        done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


@pytest.fixture(scope="module")
def errors(tshark):
    """Numbers of the names that ndrdump prints for statuses, from Wireshark's own list."""
    rows = [line.split("\t") for line in tshark.run(["-G", "values"], plugin=False).stdout.splitlines()]
    return {row[3]: int(row[2], 0) for row in rows if row[0] == "V" and row[1] == "clusapi.werror"}


def of_samba(text, errors):
    """How often each (name, value) was printed; statuses and handles under the plugin's names."""
    found = Counter()
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        name, string, null, number, code, word = match.groups()
        if null:
            found["NULL"] += 1
        elif string is not None:
            found[name, string] += 1
        elif name == "uuid":
            found["handle.uuid", word] += 1
        elif name == "handle_type":
            found["handle.attributes", int(number)] += 1
        elif name in ("Status", "result", "rpc_status"):
            value = errors[word] if word else int(code or number, 0)
            found["rpc_status" if name == "rpc_status" else "status", value] += 1
        else:
            # Samba's enumerations are signed, those of the specification are not.
            found[name, int(number) % (1 << 32)] += 1
    return found


def of_plugin(tree, model, opnum, handles=("handle.uuid", "handle.attributes")):
    """The same of the plugin's tree."""
    method = model.method(3, opnum)
    leaves = {param.name for param in method.params} | {"Type", "EntryCount"} | {"status", "rpc_status"}
    leaves |= set(handles)
    found = Counter()
    for key, value, _ in tree.walk():
        name = key.removeprefix("cmrp.")
        if key == "cmrp.ndr.referent_id" and int(value, 16) == 0:
            found["NULL"] += 1
        elif name in leaves | {"Name"} and value is not None and (name in handles or not is_handle(value)):
            numeric = re.fullmatch(r"0x[0-9a-f]+|\d+", value) and not is_text(method, name)
            found[name, int(value, 0) if numeric else value] += 1
    return found


def is_handle(value):
    return re.fullmatch(r"([0-9a-f]{2}:){19}[0-9a-f]{2}", value)


def is_text(method, name):
    named = [param.type for param in method.params if param.name == name]
    return name == "Name" or any("String" in repr(type_) for type_ in named)


def test_every_method_was_compared_in_every_way(pairs):
    """Each method, in both directions and both syntaxes; most of them as a real client sent them."""
    known, real = pairs
    assert {(stub.opnum, stub.kind, stub.syntax) for stub in known} == {
        (opnum, kind, syntax) for opnum in OPNUMS for kind in ("request", "response") for syntax in SYNTAXES}
    assert len({stub.opnum for stub in real}) >= 24 and len(real) > 80


def test_samba_reads_the_same_values(pairs, dumps, errors, model):
    """All names and values are equal, with the differences above and no other."""
    differing = set()
    for stub, tree in pairs[0].items():
        left = DIFFERENCES.get((stub.opnum, stub.kind))
        if left is not None:
            differing.add((stub.opnum, stub.kind))
            assert f"{left} unread bytes" in dumps[stub], dumps[stub]
            continue
        assert "dump OK" in dumps[stub] and "unread" not in dumps[stub], f"{stub}\n{dumps[stub]}"
        assert of_plugin(tree, model, stub.opnum) == of_samba(dumps[stub], errors), f"{stub}\n{dumps[stub]}"
    assert differing == set(DIFFERENCES)


def test_differences_are_no_more_than_what_is_said(pairs, dumps, errors, model):
    """Without the bytes that Samba's shorter type leaves, it reads the rest as the plugin does."""
    for stub, tree in pairs[0].items():
        left = DIFFERENCES.get((stub.opnum, stub.kind))
        if left is None:
            continue
        text = ndrdump(stub, stub.octets[:-left])
        samba, plugin = of_samba(text, errors), of_plugin(tree, model, stub.opnum)
        samba = Counter({pair: count for pair, count in samba.items() if pair[0] != "force"})
        plugin = Counter({pair: count for pair, count in plugin.items() if pair[0] != "force"})
        assert samba == plugin and samba, text
        assert (tree.one("cmrp.force") == "1") == (any(stub.octets[-4:]))


BIG_ENDIAN = ["smbtorture-cluster", "smbtorture-group", "smbtorture-node", "notify"]


@pytest.mark.parametrize("name", BIG_ENDIAN)
def test_big_endian_twin_reads_alike(tshark, captures_dir, model, name):
    """The same calls of the same client: Samba's own code wrote both, and ndrdump confirms the little-endian ones."""
    read = {}
    for order in ("ndr", "bigendian"):
        found = trees.read(tshark, captures_dir / f"{name}-{order}.pcapng")
        opnums = {frame: int(tree.one("cmrp.opnum")) for frame, tree in found.items()}
        # The server sends the same 20 bytes in either order: as a UUID they are two.
        read[order] = [(opnums[frame], sorted(map(repr, of_plugin(tree, model, opnums[frame], ["handle"]).items())))
                       for frame, tree in found.items() if opnums[frame] in OPNUMS]
    assert len(read["ndr"]) > 20
    # Calls in flight may be answered in another order.
    assert sorted(read["ndr"]) == sorted(read["bigendian"])
