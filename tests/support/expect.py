# SPDX-License-Identifier: GPL-2.0-or-later
"""How must the values that were packed look in the plugin's tree?

    Expectation(encoding).check(tree, parameters, values)   raises AssertionError

Every node is consumed in its order: a value that is missing, wrong, or in another place fails, and so does one
that nobody packed. Judgements (expert items, findings) and what Wireshark adds to every PDU are left out.
"""
import datetime
from uuid import UUID

from cmrp_ndr import shape
from cmrpidl.front import expression
from cmrpidl.model import Array, Base, ContextHandle, Enum, Pointer, String

from .tshark import time_text

# Beside the parameters at the top level.
COMMON = ("cmrp", "cmrp.opnum", "cmrp.method", "cmrp.version", "cmrp.response_time", "cmrp.outcome", "cmrp.status_name", "clusapi",
          "clusapi.opnum")
# Fields of one name and incomparable types are told apart by one of these.
CLASSES = ("", ".string", ".structure", ".number64", ".signed", ".signed64", ".boolean", ".bytes", ".time")
COUNTS = ("cmrp.ndr.maximum_count", "cmrp.ndr.offset", "cmrp.ndr.actual_count")
REFERENT = "cmrp.ndr.referent_id"


def is_judgement(node):
    return node[0].startswith(("_ws.", "cmrp.finding", "cmrp.notify.", "dcerpc.", "cmrp.handle.of_request"))


class Nodes:
    """Nodes of one level, taken one by one."""

    def __init__(self, nodes, where):
        self._nodes = [node for node in nodes if not is_judgement(node)]
        self._where = where

    def take(self):
        assert self._nodes, f"{self._where}: a value is missing"
        return self._nodes.pop(0)

    def counts(self, expected):
        for name, count in expected:
            key, value, _ = self.take()
            assert (key, value) == (name, str(count)), f"{self._where}: {key} is {value}, not {name} {count}"

    def referent(self):
        """The referent id of the pointer that led here, if there was one."""
        if self._nodes and self._nodes[0][0] == REFERENT:
            assert int(self._nodes.pop(0)[1], 16) != 0

    def repeated(self, asked):
        while self._nodes and self._nodes[0][0].removeprefix("cmrp.") in asked:
            key, value, _ = self.take()
            assert int(value, 0) == asked[key.removeprefix("cmrp.")], f"{key} is {value}"

    def end(self):
        left = [(key, value) for key, value, _ in self._nodes]
        assert left == [], f"{self._where}: nobody packed {left}"


class Expectation:
    """`seen` collects the filters that were met."""

    def __init__(self, encoding, seen=None):
        self.encoding = encoding
        self.seen = set() if seen is None else seen

    def check(self, tree, parameters, values, asked=()):
        """`parameters` are (name, type) in the order of the wire. `asked` are the numbers by name that the request
        told, which a response may repeat at its end."""
        nodes = Nodes([node for node in tree.nodes if node[0] not in COMMON], "the stub")
        for name, type_ in parameters:
            self._parameter(nodes, self._label(name, type_), type_, values[name], values)
        nodes.repeated(asked)
        nodes.end()

    @staticmethod
    def _label(name, type_):
        """The name of the field: results have names of their own."""
        while isinstance(type_, Pointer):
            type_ = type_.to
        if isinstance(type_, Base) and type_.name == "error_status":
            return "rpc_status" if name == "rpc_status" else "status"
        return "handle" if name == "return" else name

    def _parameter(self, nodes, name, type_, value, siblings):
        if isinstance(type_, Pointer):
            if type_.kind != "ref" and value is None:
                self._null(nodes, name)
                return
            self._parameter(nodes, name, type_.to, value, siblings)
            return
        self._whole(nodes, name, type_, value, siblings)

    def _null(self, nodes, name):
        key, value, _ = nodes.take()
        assert key == REFERENT and int(value, 16) == 0, f"{name}: {key} {value} in the place of NULL"

    def _node(self, nodes, name):
        key, value, branch = nodes.take()
        assert key in [f"cmrp.{name}{end}" for end in CLASSES], f"{key} in the place of {name}"
        self.seen.add(key)
        return value, branch

    def _whole(self, nodes, name, type_, value, siblings):
        """A value and what its pointers point to, which stands behind it."""
        later = []
        self._flat(nodes, name, type_, value, siblings, later)
        for pointee in later:
            self._whole(nodes, *pointee)

    def _flat(self, nodes, name, type_, value, siblings, later):
        if isinstance(type_, Pointer):
            if value is None:
                self._null(nodes, name)
            else:
                later.append((name, type_.to, value, siblings))
        elif isinstance(type_, (Base, Enum)):
            self._number(nodes, name, type_, value)
        elif isinstance(type_, ContextHandle):
            self._handle(nodes, name, value)
        elif isinstance(type_, String):
            shown, branch = self._node(nodes, name)
            assert shown == value, f"{name}: {shown!r} is not {value!r}"
            units = len(value.encode("utf-16-le")) // 2 + 1
            below = Nodes(branch.nodes, name)
            below.counts(zip(COUNTS, (units, 0, units)))
            below.referent()
        elif isinstance(type_, Array):
            self._array(nodes, name, type_, value, siblings)
        elif type_.name == "FILETIME":
            self._time(nodes, name, value)
        else:
            _, branch = self._node(nodes, name)
            self._members(branch, name, type_, value)

    def _number(self, nodes, name, type_, value):
        shown, _ = self._node(nodes, name)
        expected = value
        if isinstance(type_, Base) and ("BOOL" in type_.names or type_.name == "boolean"):
            expected = int(value != 0)
            shown = {"True": "1", "False": "0"}.get(shown, shown)
        number = int(shown, 16) if shown.startswith("0x") else int(shown)
        # A mask has no sign, whatever the type says.
        bits = 8 * shape.number_size(type_, self.encoding.ndr64)
        assert number == expected or number == expected % (1 << bits), f"{name}: {shown} is not {value}"

    def _handle(self, nodes, name, value):
        shown, branch = self._node(nodes, name)
        assert bytes.fromhex(shown.replace(":", "")) == value, f"{name}: {shown} is not {value.hex()}"
        if name != "handle":
            assert branch.own("cmrp.handle") == [shown]
        order = "big" if self.encoding.big_endian else "little"
        assert int(branch.one("cmrp.handle.attributes"), 16) == int.from_bytes(value[:4], order)
        uuid = UUID(bytes=value[4:]) if self.encoding.big_endian else UUID(bytes_le=value[4:])
        assert branch.one("cmrp.handle.uuid") == str(uuid)

    def _time(self, nodes, name, value):
        shown, _ = self._node(nodes, name)
        ticks = value["dwHighDateTime"] << 32 | value["dwLowDateTime"]
        try:
            moment = datetime.datetime(1601, 1, 1) + datetime.timedelta(seconds=ticks // 10_000_000)
        except OverflowError:
            # Beyond the year 9999 nobody agrees on how to write it.
            return
        expected = time_text(moment, ticks % 10_000_000 * 100)
        assert shown == expected, f"{name}: {shown} is not {expected}"

    def _members(self, branch, name, type_, value):
        nodes = Nodes(branch.nodes, name)
        later = []
        for member in type_.members:
            self._flat(nodes, member.name, member.type, value[member.name], value, later)
        for pointee in later:
            self._whole(nodes, *pointee)
        nodes.referent()
        nodes.end()

    @staticmethod
    def _counts(type_, elements, siblings):
        """The counts of an array on the wire. A response does not repeat all of its sizes."""
        expected = []
        if type_.conformant:
            maximum = elements
            if type_.varying:
                maximum = expression.evaluate(type_.size_is, lambda sibling: siblings[sibling])
            expected.append((COUNTS[0], maximum))
        if type_.varying:
            expected += [(COUNTS[1], 0), (COUNTS[2], elements)]
        return expected

    def _array(self, nodes, name, type_, value, siblings):
        counts = self._counts(type_, len(value), siblings)
        if shape.is_bytes(type_.element):
            shown, branch = self._node(nodes, name)
            assert bytes.fromhex((shown or "").replace(":", "")) == value, f"{name}: {shown} is not {value.hex()}"
            # What the buffer means may stand behind its counts.
            Nodes(branch.nodes, name).counts(counts)
            return
        key, shown, branch = nodes.take()
        assert (key, shown) == ("cmrp.ndr.array", name), f"{key} {shown} in the place of {name}"
        below = Nodes(branch.nodes, name)
        below.counts(counts)
        if shape.is_wide(type_.element):
            # A list of strings, each with its NUL.
            for text in filter(None, value.split("\0")):
                assert self._node(below, name)[0] == text
        else:
            later = []
            for element in value:
                self._flat(below, name, type_.element, element, siblings, later)
            for pointee in later:
                self._whole(below, *pointee)
        below.referent()
        below.end()
