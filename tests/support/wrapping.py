# SPDX-License-Identifier: GPL-2.0-or-later
"""How are captures wrapped and judged one after the other, in one running Sharkd?

    with Wrapping(folder) as wrapping:
        wrapping.problems(path, wraps.CATALOGUE["vlan"])     -> ["…", …], empty if what must stay did

What the plugin says of each capture itself is asked once.
"""
from . import invariant, keys, seen, traffic
from .sharkd import Sharkd
from .tshark import Tshark

# sharkd keeps some memory of each capture that it ever loaded.
LOADS = 500


class Wrapping:
    def __init__(self, folder):
        self._folder = folder
        self._plain = {}
        self._session, self._loads = None, 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._end(kind is None)

    def problems(self, path, wrap):
        plain = self._of(path)
        wrapped = wrap.make(plain.traffic)
        made = wrapped.write(self.place(path, wrap))
        kind = wrap.sealed if "sealed" in path.name else wrap.kind
        try:
            found = invariant.check(kind, plain, invariant.Sight(wrapped, self._look(made)))
        except AssertionError as error:
            self._end(False)
            return [f"sharkd: {error}"]
        if not found:
            made.unlink()
        return found

    def place(self, path, wrap):
        """Where the wrapped capture stands; it stays only if something is wrong with it."""
        return self._folder / f"{path.stem}-{wrap.name}.pcap"

    def _of(self, path):
        if path not in self._plain:
            self._plain[path] = invariant.Sight(traffic.read(path), self._look(path))
        return self._plain[path]

    def _look(self, path):
        if self._loads == LOADS:
            self._end(True)
        if not self._session:
            # sharkd cannot list its plugins; it loads what tshark loads.
            Tshark().run(["-v"])
            self._session, self._loads = Sharkd(), 0
            for name, value in keys.preferences().items():
                self._session.call("setconf", name=name, value=value)
        self._loads += 1
        return seen.look(self._session, path)

    def _end(self, check):
        if self._session:
            session, self._session = self._session, None
            session.close(check)
