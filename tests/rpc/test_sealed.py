# SPDX-License-Identifier: GPL-2.0-or-later
"""Are encrypted calls decoded with the user's password, and left alone without it?

Each sealed capture has a twin of the same calls in plain text: the same server, names and handles.
"""
from collections import Counter

import pytest
from support import trees
from support.lives import LEARNT
from support.tshark import PASSWORD

WRONG = ("-o", "ntlmssp.nt_password:another-password")

TWINS = {
    "notify-sealed-ntlm": "notify-ndr",
    "notify-sealed-ntlm-ndr64": "notify-ndr64",
    "notify-sealed-spnego-onecall": "notify-clean-ndr",
    "notify-v2-sealed-ntlm": "notify-v2-ndr",
    "fragments-sealed-ntlm": "fragments-ndr",
    "smbtorture-cluster-sealed-ntlm": "smbtorture-cluster-ndr",
    "smbtorture-group-sealed-ntlm": "smbtorture-group-ndr",
    "smbtorture-registry-sealed-ntlm": "smbtorture-registry-ndr",
}
# smbtorture seals requests that have no bytes at all; packet-dcerpc raises an exception for them (seen in 4.0.17).
EMPTY_STUBS_ARE_LOST = [name for name in TWINS if name.startswith("smbtorture-")]
# NTLM inside SPNEGO: packet-dcerpc (4.0, 4.4, 4.6) loses the key stream behind the first call of a connection.
KEY_STREAM_IS_LOST = {"notify-sealed-spnego": "notify-ndr", "smbtorture-group-sealed-spnego": "smbtorture-group-ndr"}

DOUBTED = "cmrp.expert.decryption_doubtful"

# What depends on the place in the capture, not on the call.
PLACES = (*trees.FORWARD, "cmrp.response_time", "cmrp.handle.opened_in", "cmrp.handle.learnt_in",
          "cmrp.notify.registered_in")
# What is known from earlier calls, of which some are lost in smbtorture's sealed captures.
HISTORY = ("cmrp.handle.type", "cmrp.handle.id", "cmrp.handle.name", *LEARNT)


def calls(found, leave_out=()):
    """How often each PDU is there, by all that was decoded in it."""
    told = []
    for tree in found.values():
        if DOUBTED in tree.experts():
            continue
        # The heading above the handles of a request names their numbers; signatures are DCE/RPC's.
        pairs = [pair for pair in tree.decoded((*PLACES, *leave_out))
                 if " of the request" not in pair[0] and not pair[0].startswith("dcerpc.")]
        told.append(tuple(pairs))
    return Counter(told)


@pytest.fixture(scope="module")
def read(tshark, captures_dir):
    """The plugin's layers of a capture, read once for each set of options."""
    known = {}

    def layers(name, *extra):
        if (name, extra) not in known:
            known[name, extra] = trees.read(tshark, captures_dir / f"{name}.pcapng", extra=extra)
        return known[name, extra]

    return layers


@pytest.mark.parametrize("sealed", TWINS)
def test_password_opens_every_stub(read, sealed):
    """Decoded value by value like the plain twin: parameters, statuses, handles and their lives."""
    lost = sealed in EMPTY_STUBS_ARE_LOST
    leave_out = HISTORY if lost else ()
    opened = calls(read(sealed, *PASSWORD), leave_out)
    plain = calls(read(TWINS[sealed]), leave_out)
    assert opened - plain == Counter()
    missing = plain - opened
    common = {"cmrp.opnum", "cmrp.version", "clusapi", "clusapi.opnum"}
    if lost:
        # Of those, nothing but requests without a parameter.
        assert all({name for name, _ in pairs} == common for pairs in missing)
    else:
        assert missing == Counter()


@pytest.mark.parametrize("sealed", sorted(set(TWINS) - set(EMPTY_STUBS_ARE_LOST)))
def test_info_column_is_that_of_the_plain_twin(tshark, captures_dir, sealed):
    opened = tshark.info(captures_dir / f"{sealed}.pcapng", "cmrp.opnum", PASSWORD)
    plain = tshark.info(captures_dir / f"{TWINS[sealed]}.pcapng", "cmrp.opnum")
    # Of two calls in flight, the other one may be answered first.
    opened, plain = Counter(opened), Counter(plain)
    assert opened == plain


def check_closed(closed, plain):
    """Each operation is named, no stub is decoded, nothing is judged."""
    known = {tree.one("cmrp.opnum") for tree in plain.values()}
    assert {tree.one("cmrp.opnum") for tree in closed.values()} == known
    for number, tree in closed.items():
        assert tree.findings("ndr-") == [] and tree.experts("ndr_") == [], number
        told = {name for name, _ in tree.decoded() if name.startswith("cmrp.")}
        assert told <= {"cmrp.opnum", "cmrp.version", "cmrp.response_time"}, number


@pytest.mark.parametrize("sealed", [*TWINS, *KEY_STREAM_IS_LOST])
def test_without_the_password_methods_are_named_and_nothing_is_claimed(read, sealed):
    check_closed(read(sealed), read((TWINS | KEY_STREAM_IS_LOST)[sealed]))


def test_with_a_wrong_password_it_is_the_same(read):
    check_closed(read("notify-sealed-ntlm", *WRONG), read("notify-ndr"))


@pytest.mark.parametrize("sealed", [*TWINS, *KEY_STREAM_IS_LOST])
def test_without_the_password_no_error_is_reported(tshark, captures_dir, sealed):
    """No exception anywhere, no warning or error on a call, and an Info column of plain words."""
    rows = tshark.fields(captures_dir / f"{sealed}.pcapng", ["cmrp.opnum", "_ws.col.Info", "_ws.expert.severity"],
                         f"cmrp.opnum || {trees.ACCIDENTS}", split=True)
    assert rows
    for opnum, info, severities in rows:
        assert opnum and info[0].startswith(("Api", "Opnum"))
        assert all(int(severity) < 0x600000 for severity in severities), info


@pytest.mark.parametrize("sealed", TWINS)
def test_with_the_password_no_stub_is_broken(read, tshark, captures_dir, sealed):
    """No ndr finding; and where Wireshark itself fails to open a stub, no exception is the plugin's."""
    assert [tree.findings("ndr-") for tree in read(sealed, *PASSWORD).values() if tree.findings("ndr-")] == []
    failed = tshark.fields(captures_dir / f"{sealed}.pcapng", ["cmrp.opnum"], trees.ACCIDENTS, PASSWORD)
    assert [opnum for opnum, in failed if opnum] == []
    assert failed == [] or sealed in EMPTY_STUBS_ARE_LOST


@pytest.mark.parametrize("sealed", KEY_STREAM_IS_LOST)
def test_stubs_that_were_decrypted_to_noise_are_no_finding(read, sealed):
    """What Wireshark decrypts with the wrong part of the key stream is nobody's breach."""
    judged = {number: rules for number, tree in read(sealed, *PASSWORD).items()
              if (rules := [rule for rule in tree.findings() if not rule.startswith("transport-")])}
    assert judged == {}


def test_bare_numbers_are_believed_only_in_their_place(read):
    """Random bytes read as a number as well as the right ones. The first PDU of a key stream is right; what comes
    behind the place that Wireshark loses is not."""
    first = [tree for tree in read("notify-sealed-spnego-onecall", *PASSWORD).values() if tree.all("cmrp.dwType")]
    later = [tree for tree in read("notify-sealed-spnego", *PASSWORD).values()
             if tree.one("cmrp.opnum") == "7" and not tree.all("cmrp.response_time")]
    assert len(first) == len(later) == 1
    plain = [tree.one("cmrp.dwType") for tree in read("notify-clean-ndr").values() if tree.all("cmrp.dwType")]
    assert [first[0].one("cmrp.dwType")] == plain
    assert DOUBTED in later[0].experts() and later[0].all("cmrp.dwType") == []


def test_signed_calls_need_no_password(read):
    """Packet integrity leaves the stub readable; the signature behind it is no leftover."""
    signed = calls(read("smbtorture-group-signed-spnego"))
    assert signed == calls(read("smbtorture-group-ndr"))
