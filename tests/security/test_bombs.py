# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a hostile capture cost? Not more for each PDU when there are ten times as many.

A small version of tools/bench-bombs, with generous limits: it is to catch squares and leaks, not to measure. Time is
that of the processor, beside that of the same capture without the interface.
"""
import pytest
from support import bombs, programs, sandbox

PDUS = 20000
# A square at this number of PDUs would take minutes, and a kilobyte for each would be twice what dcerpc takes.
SECONDS, OCTETS = 6, 1000

tool = programs.load("bench-bombs")


@pytest.fixture(scope="module")
def bench():
    return tool.Bench(sandbox.sandbox().new_folder())


@pytest.mark.parametrize("bomb", bombs.BOMBS)
def test_cost_above_the_floor(bench, bomb):
    path = bench.capture(bomb, PDUS)
    plugin, floor = (bench.cheapest(reader, path, 1) for reader in bench.which)
    started, empty = (bench.start[reader] for reader in bench.which)
    assert (plugin[0] - started[0]) < 4 * max(floor[0] - empty[0], 0) + SECONDS
    assert (plugin[1] - started[1]) - (floor[1] - empty[1]) < PDUS * OCTETS / 1024


@pytest.mark.parametrize("bomb", ["2^31 elements", "strings of 1 MB", "lying lists", "lists of 1 MB"])
def test_all_of_it_in_two_passes_with_trees(bench, bomb, tshark):
    """The strict allocator, and a tree that must not outgrow what Wireshark allows."""
    path = bench.capture(bomb, 600)
    text = tshark.read(path, ["-2", "-V"]).stdout
    assert "Failover Cluster Management Protocol" in text
    assert "Dissector bug" not in text


def test_a_bomb_is_what_it_says(bench, tshark):
    """The claims are read as claims, and the handles stay alive."""
    path = bench.capture("2^31 elements", 40)
    assert len(tshark.fields(path, ["frame.number"], "cmrp.finding == \"ndr-count-exceeds-data\"")) == 30
    path = bench.capture("never closed", 40)
    assert len(tshark.fields(path, ["frame.number"], "cmrp.handle.opened_in == frame.number || cmrp.handle.id")) == 20
    path = bench.capture("lying lists", 40)
    assert len(tshark.fields(path, ["frame.number"], "cmrp.finding == \"control-property-list-malformed\"")) >= 20
