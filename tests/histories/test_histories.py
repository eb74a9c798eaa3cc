# SPDX-License-Identifier: GPL-2.0-or-later
"""Is nothing found in random histories of conforming servers and clients, and each breach that is put into one?

tools/histories runs many more of them, and shows one.
"""
import pytest
from support import sandbox

from histories import breaches, runs

CLEAN = 240
# Of each kind of breach.
BREACHES = 4


@pytest.fixture(scope="module")
def broken(tshark, model):
    return runs.broken(tshark, model, sandbox.sandbox().new_folder() / "broken.pcap", breaches.KINDS, BREACHES)


def test_nothing_is_found_in_clean_histories(tshark, model):
    found, frames = runs.clean(tshark, model, sandbox.sandbox().new_folder() / "clean.pcap", range(CLEAN))
    assert found == []
    assert frames > 100 * CLEAN


@pytest.mark.parametrize("kind", breaches.KINDS)
def test_each_breach_is_found_by_its_rule(kind, broken):
    """In the frame where it shows; and nothing is found before it."""
    wanted = breaches.KINDS[kind]
    assert broken[kind]
    proved = [breach for breach, found in broken[kind] if (breach.frame, wanted.rule) in [(one.frame, one.rule) for one in found]]
    assert len(proved) == len(broken[kind]) if wanted.always else proved
    if wanted.manner not in breaches.BREAKING:
        assert [one for breach, found in broken[kind] for one in found if one.frame < breach.put_in] == []
