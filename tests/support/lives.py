# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the plugin say about the handles in a capture, and does it say the same however one looks?

    lives = Lives(tshark, session, path)
    lives.at(7)       -> [Handle("hGroup", 3, "HGROUP_RPC", "Cluster Group", opened_in=5, closed_in=9)]
    lives.findings(7) -> [("handle-foreign", "suspicion")]

A capture is read in one pass, in two passes, by clicks on its frames in random order, and so again after it
was loaded again. All must agree, but for links to frames that one pass cannot know yet. `session` is a
running Sharkd, which may have seen other captures before.
"""
import random
import re
from collections import namedtuple

import pytest

from . import trees
from .calls import ENCODINGS, NULL_HANDLE, Calls

# `holder` is the parameter, "handle" for a returned one, "hGroup of the request" on a response.
Handle = namedtuple("Handle", "holder id type name opened_in closed_in", defaults=(None, None, None))
FIELDS = {
    "cmrp.handle.id": int, "cmrp.handle.type": str, "cmrp.handle.name": str,
    "cmrp.handle.opened_in": int, "cmrp.handle.closed_in": int,
}
# What was learnt about the objects of handles.
LEARNT = tuple(f"cmrp.handle.{name}" for name in (
    "object_name", "object_id", "resource_type", "group", "owner_node", "node", "network", "learnt_in"))
OF_REQUEST = " of the request"
# Links forward, which one pass cannot show.
FORWARD = ("cmrp.handle.closed_in", "dcerpc.response_in")


def _holder(key, value):
    return f"{value}{OF_REQUEST}" if key == "cmrp.handle.of_request" else key.removeprefix("cmrp.")


def _handle(key, value, nodes):
    """The life that stands right below a node; None if there is none."""
    found = {name.removeprefix("cmrp.handle."): FIELDS[name](shown) for name, shown in nodes if name in FIELDS}
    return Handle(_holder(key, value), **found) if "id" in found else None


def _unasked(frame, handle):
    """What is shown of a handle where nobody asks for it by name."""
    if not handle.holder.endswith(OF_REQUEST):
        return handle
    return handle._replace(opened_in=None, closed_in=handle.closed_in if handle.closed_in == frame else None)


def _learnt(tree, asked=True):
    """(name, value) of what was learnt about objects, in the order of the tree."""
    for key, value, branch in tree.nodes:
        if key in LEARNT and asked:
            yield key, value
        yield from _learnt(branch, asked=asked and key != "cmrp.handle.of_request" or key == "cmrp.handle.name")


def handles_of(tree):
    """The handles of a trees.Tree, in its order."""
    made = (_handle(key, value, [node[:2] for node in branch.nodes]) for key, value, branch in tree.walk())
    return [handle for handle in made if handle]


def _split(node):
    """Field and value of a node of sharkd; its text if it is no field."""
    name, _, value = node.get("f", "").partition(" == ")
    if name in ("", "text", "_ws.text"):
        return node.get("l", ""), None
    if value.startswith('"'):
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return name, value


def _told(node):
    """What the line of a handle says of its life; the fields themselves are hidden. A long line is cut at its end."""
    words = re.search(r' \((\w+) #(\d+)\)?(?: "(.*?)(?:"\))?)?$', node.get("l", ""))
    if not words:
        return []
    name = [("cmrp.handle.name", words[3])] if words[3] else []
    return [("cmrp.handle.type", words[1]), ("cmrp.handle.id", words[2]), *name]


def _walk(nodes):
    for node in nodes:
        yield node
        yield from _walk(node.get("n", ()))


class _View:
    """What one way of reading says of each frame."""

    def __init__(self):
        self.handles, self.findings = {}, {}


class Lives:
    def __init__(self, tshark, session, path, extra=()):
        self._path = path
        self._tshark = tshark
        self._extra = extra
        self._once, self._trees_once = self._by_tshark()
        self._twice, self.trees = self._by_tshark("-2")
        rows = tshark.fields(path, ["frame.number", "_ws.col.Info"], "cmrp", extra)
        self._infos = {int(number): info for number, info in rows}
        self._same()
        self._random = random.Random(1)
        for _ in range(2):
            self._clicks(session)

    def at(self, frame):
        """The handles of a frame."""
        return self._twice.handles[frame]

    def only(self, frame):
        handles = self.at(frame)
        assert len(handles) == 1, handles
        return handles[0]

    def ids(self, frame):
        return [handle.id for handle in self.at(frame)]

    def known(self, frame, holder=None):
        """What was learnt about the object of a handle, {"group": ("Cluster Group", frame that told it)}."""
        holder = holder or self.only(frame).holder
        below = next(branch for key, value, branch in self.trees[frame].walk()
                     if _holder(key, value) == holder and branch.own("cmrp.handle.id"))
        told = {}
        for key, value, branch in below.nodes:
            if branch.own("cmrp.handle.learnt_in"):
                told[key.removeprefix("cmrp.handle.")] = (value, int(branch.one("cmrp.handle.learnt_in")))
        return told

    def findings(self, frame, family="handle-"):
        return [finding for finding in self._twice.findings[frame] if finding[0].startswith(family)]

    def info(self, frame):
        return self._infos[frame]

    def frames(self):
        """The frames with PDUs of ClusAPI."""
        return list(self.trees)

    def _by_tshark(self, *passes):
        view = _View()
        made = trees.read(self._tshark, self._path, extra=[*passes, *self._extra])
        for frame, tree in made.items():
            view.handles[frame] = handles_of(tree)
            view.findings[frame] = list(zip(tree.all("cmrp.finding"), tree.all("cmrp.finding.level")))
        return view, made

    def _same(self):
        assert list(self._trees_once) == list(self.trees)
        for frame in self.trees:
            known = [handle._replace(closed_in=None) if (handle.closed_in or 0) > frame else handle
                     for handle in self.at(frame)]
            assert self._once.handles[frame] == known, f"frame {frame}: one pass and two passes differ"
            assert self._trees_once[frame].flat(FORWARD) == self.trees[frame].flat(FORWARD), f"frame {frame}"

    def _clicks(self, session):
        """Load the capture, and look at its frames in an order that is not its own."""
        session.load(self._path)
        order = list(self.trees)
        self._random.shuffle(order)
        for frame in order:
            shown = session.frame(frame)
            nodes = list(_walk(shown["tree"]))
            made = [_handle(*_split(node), [*_told(node), *map(_split, node.get("n", ()))]) for node in nodes]
            told = [_unasked(frame, handle) for handle in self.at(frame)]
            assert [handle for handle in made if handle] == told, f"click on frame {frame}"
            values = [_split(node) for node in nodes]
            findings = zip(*([value for key, value in values if key == name]
                             for name in ("cmrp.finding", "cmrp.finding.level")))
            assert list(findings) == self._twice.findings[frame], f"click on frame {frame}"
            learnt = [pair for pair in values if pair[0] in LEARNT]
            assert learnt == list(_learnt(self.trees[frame])), f"click on frame {frame}"
            assert shown["col"][-1] == self.info(frame), f"click on frame {frame}"


class Client(Calls):
    """A client of 3.0 over TCP whose binds are told in detail.

    `group` is the association group that the server names, `joins` the one that the client asks for. With
    `acknowledged=False` the bind_ack is not in the capture. `bound` is a connection that was bound already.
    """

    def __init__(self, model, capture, group=0x1234, joins=0, acknowledged=True, bound=None, **options):
        self.model = model
        self.capture = capture
        self.encoding = ENCODINGS["3-ndr"]
        self.opnum = None
        self.conn = bound or capture.tcp(**options)
        if bound is None:
            self.conn.bind(assoc_group=joins)
            if acknowledged:
                self.conn.bind_ack(group)


def use_group(calls, group, status=0):
    """ApiOnlineGroup; the numbers of both frames."""
    return calls.request(49, hGroup=group), calls.response(rpc_status=0, result=status)


def close_group(calls, group, status=0):
    """ApiCloseGroup; the number of the response's frame."""
    calls.request(44, Group=group)
    return calls.response(Group=group if status else NULL_HANDLE, result=status)


@pytest.fixture
def read(tshark, clicker):
    """A function that reads a capture in all ways: read(capture, extra=()) -> Lives."""
    return lambda capture, extra=(): Lives(tshark, clicker, capture, extra)
