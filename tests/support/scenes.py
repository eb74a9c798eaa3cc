# SPDX-License-Identifier: GPL-2.0-or-later
"""How do several tests look at one capture without making and reading it again?

    def write(calls):
        return {"request": calls.request(...), "response": calls.response(...)}

    scene = Scene(tshark, model, ENCODINGS["3-ndr"], write)
    scene.tree("request"), scene.info("request"), scene.matching("cmrp.status == 0")

    scene = every_encoding(write)    a fixture: each of its tests runs with a scene in each encoding
"""
from functools import cached_property

import pytest

from . import sandbox, trees
from .calls import ENCODINGS, Calls
from .rpcpcap import Capture
from .sharkd import Sharkd


class Scene:
    """A capture whose frames have labels; read once by tshark and once by sharkd, when first asked."""

    def __init__(self, tshark, model, encoding, write, extra=()):
        self.encoding = encoding
        self._tshark = tshark
        self._extra = extra
        self.path = sandbox.sandbox().new_folder() / "scene.pcap"
        with Capture(self.path) as capture:
            self.frames = write(Calls(model, capture, encoding))

    @cached_property
    def trees(self):
        return trees.read(self._tshark, self.path, extra=self._extra)

    @cached_property
    def infos(self):
        rows = self._tshark.fields(self.path, ["frame.number", "_ws.col.Info"], "cmrp.opnum", self._extra)
        return {int(number): info for number, info in rows}

    def tree(self, label):
        return self.trees[self.frames[label]]

    def info(self, label):
        return self.infos[self.frames[label]]

    @cached_property
    def _sharkd(self):
        self._tshark.run(["-v"])
        session = Sharkd()
        session.load(self.path)
        return session

    def matching(self, filter):
        """The labels of the frames that a display filter shows, in the order of the capture."""
        shown = {row["num"] for row in self._sharkd.frames(filter)}
        return [label for label, frame in self.frames.items() if frame in shown]

    def lines(self, label):
        """The text of a frame's tree, as a person sees it."""
        return [line.strip() for line in self._sharkd.labels(self.frames[label])]

    def close(self):
        if "_sharkd" in self.__dict__:
            self._sharkd.close()


def every_encoding(write):
    """A fixture of a module, the scene that `write` makes."""
    @pytest.fixture(scope="module", params=ENCODINGS.values(), ids=ENCODINGS.keys())
    def scene(request, tshark, model):
        made = Scene(tshark, model, request.param, write)
        yield made
        made.close()

    return scene
