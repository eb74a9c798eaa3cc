# SPDX-License-Identifier: GPL-2.0-or-later
"""Is anything left opaque in the captures of real clients, and what do they break?"""
import pytest
from support import trees

ENCODINGS = ("ndr", "ndr64", "bigendian")
SUITES = "cluster group groupset netinterface network node registry resource resourcetype".split()
# Where contents are expected.
ARRAYS = ("cmrp.lpInBuffer", "cmrp.lpOutBuffer", "cmrp.lpData", "cmrp.Properties", "cmrp.RoProperties", "cmrp.pProperties",
          "cmrp.buffer")


@pytest.fixture(scope="module")
def found(tshark, captures_dir):
    names = [f"smbtorture-{suite}-{encoding}" for suite in SUITES for encoding in ENCODINGS]
    names += ["notify-v2-ndr", "rpcclient-ndr"]
    return {name: trees.read(tshark, captures_dir / f"{name}.pcapng") for name in names}


def opaque(tree):
    """The byte arrays that hold something and have nothing but their counts below them."""
    for name, octets, below in tree.walk():
        if name in ARRAYS and octets and octets != "<MISSING>":
            if not [key for key, _, _ in below.nodes if not key.startswith("cmrp.ndr.")]:
                yield name, octets


def test_nothing_is_opaque(found):
    seen = 0
    for capture, frames in found.items():
        for number, tree in frames.items():
            failed = [status for status in tree.all("cmrp.status") if status != "0"]
            assert failed or not list(opaque(tree)), f"{capture}, frame {number}"
            seen += len(tree.all("cmrp.property.name"))
    assert seen > 50


@pytest.mark.parametrize("suite", SUITES)
def test_decoded_to_the_last_byte(tshark, captures_dir, found, suite):
    """No bytes that were not read, none behind the last parameter or value, no stub that the plugin was not handed, and
    nothing that any dissector stumbled over."""
    leftovers = ("cmrp.ndr.unread", "cmrp.ndr.trailing", "cmrp.buffer.unread", "cmrp.buffer.trailing", "cmrp.buffer.hidden")
    undecoded = " || ".join((trees.ACCIDENTS, "dcerpc.stub_data", *leftovers,
                             "((dcerpc.pkt_type == 0 || dcerpc.pkt_type == 2) && !cmrp.opnum)"))
    for encoding in ENCODINGS:
        name = f"smbtorture-{suite}-{encoding}"
        assert tshark.fields(captures_dir / f"{name}.pcapng", ["frame.number"], undecoded) == [], name
        assert len(found[name]) > 20 and len(found[name]) == len(found[f"smbtorture-{suite}-ndr"])


def test_no_property_list_of_a_real_client_or_server_is_broken(found):
    for capture, frames in found.items():
        for number, tree in frames.items():
            assert not tree.findings("control-property"), f"{capture}, frame {number}"
            assert not tree.all("cmrp.buffer.unread"), f"{capture}, frame {number}"


def test_the_same_in_ndr64_and_big_endian(found):
    for suite in SUITES:
        names = [[name for tree in found[f"smbtorture-{suite}-{encoding}"].values() for name in tree.all("cmrp.property.name")]
                 for encoding in ENCODINGS]
        assert names[0] == names[1] == names[2] and (names[0] or suite != "group"), suite
