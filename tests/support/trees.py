# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in the tree of a PDU, in its order, with every occurrence of a field?

    trees = read(tshark, pcap)          -> {frame number: Tree}, the layer of the plugin alone
    trees[7].one("cmrp.dwFilter")       -> "0x00003000"
    trees[7].all("cmrp.handle.name")    -> [...]
    trees[7].below("cmrp.dwFilter").names()

Plain JSON of tshark repeats a key where a field occurs twice; read as pairs it is the tree itself.
"""
import json

from . import sandbox

_BUG = "_ws.malformed.dissector_bug" if sandbox.wireshark_release() < (4, 4) else "_ws.dissector_bug"
# An exception, a dissector bug, or bytes that a dissector left over: the plugin must never cause one.
# Its own expert items of group "malformed" are no accidents, and not among these.
ACCIDENTS = (
    f"_ws.malformed.expert || {_BUG} || _ws.malformed.reassembly || _ws.type_length.mismatch || dcerpc.long_frame"
)

# Links to frames further on, which a first pass cannot know yet.
FORWARD = ("cmrp.handle.closed_in", "cmrp.notify.event_in", "dcerpc.response_in")

# What only repeats something else, and is made for those alone who ask for it by its name.
REPEATED = ("clusapi", "clusapi.opnum", "cmrp.method", "cmrp.version", "cmrp.response_time", "cmrp.outcome", "cmrp.status_name",
            *(f"cmrp.handle.{name}" for name in ("attributes", "uuid", "type")), "cmrp.handle")
# What stands in the request, and in the response only for those who ask.
OF_REQUEST = tuple(f"cmrp.handle.{name}" for name in (
    "opened_in", "closed_in", "object_name", "object_id", "resource_type", "group", "owner_node", "node", "network",
    "learnt_in"))

SEVERITIES = {0x200000: "chat", 0x400000: "note", 0x600000: "warning", 0x800000: "error"}


class Tree:
    """Nodes of a tree as (name, value or None, Tree below)."""

    def __init__(self, pairs=()):
        self.nodes = []
        for key, value in pairs:
            if isinstance(value, list):
                self._add_branch(key, Tree(value))
            else:
                self.nodes.append((key, value, Tree()))

    def _add_branch(self, key, branch):
        if key.endswith("_tree") and self.nodes and self.nodes[-1][0] == key[:-len("_tree")]:
            name, value, _ = self.nodes[-1]
            self.nodes[-1] = (name, value, branch)
        else:
            self.nodes.append((key, None, branch))

    def walk(self):
        """All nodes, a parent before its children."""
        for node in self.nodes:
            yield node
            yield from node[2].walk()

    def all(self, name):
        """The values of a field wherever it stands."""
        return [value for key, value, _ in self.walk() if key == name]

    def one(self, name):
        values = self.all(name)
        assert len(values) == 1, f"{name}: {values}"
        return values[0]

    def own(self, name):
        """The values of a field at this level."""
        return [value for key, value, _ in self.nodes if key == name]

    def below(self, name):
        """The only branch of a field."""
        branches = [branch for key, _, branch in self.walk() if key == name]
        assert len(branches) == 1, f"{name}: {len(branches)} times"
        return branches[0]

    def branches(self, name):
        return [branch for key, _, branch in self.walk() if key == name]

    def names(self):
        """The names of this level."""
        return [key for key, _, _ in self.nodes]

    def findings(self, family=""):
        """The rule ids of the findings of a family, "ndr-" for instance."""
        return [rule for rule in self.all("cmrp.finding") if rule.startswith(family)]

    def experts(self, family=""):
        """The filters of the plugin's expert items of a family, "ndr_" for instance, in the order of the tree."""
        return [key for key, _, _ in self.walk() if key.startswith(f"cmrp.expert.{family}")]

    def severity(self, expert):
        """The severity of an expert item, as Wireshark counts it."""
        found = [branch.one("_ws.expert.severity") for _, _, branch in self.walk() if branch.own(expert)]
        assert len(found) == 1, f"{expert}: {found}"
        return SEVERITIES[int(found[0])]

    def flat(self, leave_out=()):
        """(name, value) of all fields, without what stands in `leave_out`."""
        return [(key, value) for key, value, _ in self.walk() if key not in leave_out]

    def decoded(self, leave_out=()):
        """As flat(), but only what was decoded: no judgement, that is no expert item and no finding."""
        pairs = []
        for key, value, branch in self.nodes:
            if key in ("_ws.expert", "_ws.malformed", "cmrp.finding") or key in leave_out:
                continue
            pairs.append((key, value))
            pairs += branch.decoded(leave_out)
        return pairs


def read(tshark, pcap, filter="cmrp && cmrp.opnum", extra=(), asked=(*REPEATED, *OF_REQUEST), **options):
    """The plugin's layers by frame number. A frame with several PDUs has them in one tree.

    The plugin has findings on other frames, too: a bind, a fault. They stand in the layer of DCE/RPC, of which nothing
    else is read; `filter` must let these frames through. `asked` are fields that are asked for by their names."""
    filter = f"({filter}) && ({' || '.join(('frame', *asked))})"
    words = ["-T", "json", "-J", "frame dcerpc cmrp cmrp2", *extra]
    text = tshark.read(pcap, words, filter, **options).stdout
    trees = {}
    for packet in json.loads(text or "[]", object_pairs_hook=list):
        layers = dict(dict(packet)["_source"])["layers"]
        number = int(dict(dict(layers)["frame"])["frame.number"])
        trees[number] = Tree([])
        for key, value in layers:
            if key in ("cmrp", "cmrp2") and isinstance(value, list):
                trees[number].nodes += Tree(value).nodes
            elif key == "dcerpc" and isinstance(value, list):
                trees[number].nodes += Tree(_judgements(value)).nodes
    return trees


def _judgements(pairs):
    """The findings of a layer, and the expert items of the plugin."""
    for key, value in pairs:
        if key in ("cmrp.finding", "cmrp.finding_tree"):
            yield key, value
        elif key == "_ws.expert" and any(name.startswith("cmrp.expert.") for name, _ in value):
            yield key, value
