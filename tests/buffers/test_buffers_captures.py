# SPDX-License-Identifier: GPL-2.0-or-later
"""Are the property lists in the captures of real clients shown, and do they break any rule?"""
import pytest
from support import trees

ENCODINGS = ("ndr", "ndr64", "bigendian")
SUITES = "cluster group groupset netinterface network node registry resource resourcetype".split()


@pytest.fixture(scope="module")
def found(tshark, captures_dir):
    names = [f"smbtorture-{suite}-{encoding}" for suite in SUITES for encoding in ENCODINGS]
    names += ["notify-v2-ndr", "rpcclient-ndr"]
    return {name: trees.read(tshark, captures_dir / f"{name}.pcapng") for name in names}


def test_there_are_property_lists(found):
    assert sum(len(tree.all("cmrp.property.name")) for frames in found.values() for tree in frames.values()) > 50


def test_no_property_list_of_a_real_client_or_server_is_broken(found):
    for capture, frames in found.items():
        for number, tree in frames.items():
            assert not tree.findings("control-property"), f"{capture}, frame {number}"
            assert not tree.all("cmrp.buffer.unread"), f"{capture}, frame {number}"


def test_the_same_in_ndr64_and_big_endian(found):
    for suite in SUITES:
        counts = {len(found[f"smbtorture-{suite}-{encoding}"]) for encoding in ENCODINGS}
        assert len(counts) == 1 and min(counts) > 20, suite
        names = [[name for tree in found[f"smbtorture-{suite}-{encoding}"].values() for name in tree.all("cmrp.property.name")]
                 for encoding in ENCODINGS]
        assert names[0] == names[1] == names[2] and (names[0] or suite != "group"), suite
