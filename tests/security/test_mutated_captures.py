# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tshark survive captures whose bytes were changed at random? A small version of tools/mutate."""
import pytest
from support import programs, sandbox

RATE, SEED = 0.01, 20

tool = programs.load("mutate")


@pytest.fixture(scope="module")
def mutations():
    return tool.Mutations(sandbox.sandbox().new_folder())


@pytest.fixture(scope="module")
def changed(mutations, captures_dir):
    return [mutations.change(capture, RATE, SEED, tool.HEADERS) for capture in sorted(captures_dir.glob("*.pcapng"))]


@pytest.mark.parametrize("which", tool.PASSES)
def test_nothing_ends_tshark(mutations, changed, which):
    assert mutations.check(changed, tool.PASSES[which]) == ([], [])


def test_the_plugin_reads_what_was_changed(mutations, changed, tshark):
    """Otherwise the above would say nothing: PDUs are still found, and many of them are broken."""
    rows = tshark.fields(mutations.join(changed), ["cmrp.finding"], "cmrp && cmrp.finding contains \"ndr-\"", check=False)
    assert len(rows) > 100
