# SPDX-License-Identifier: GPL-2.0-or-later
"""Are encrypted calls decoded with the user's password or the server's keytab, and left alone without?

Each sealed capture has a twin of the same calls in plain text: the same server, names and handles.
"""
import re
from collections import Counter

import pytest
from support import keys, tables, trees
from support.keys import EMPTY_STUBS
from support.tshark import PASSWORD

TWINS = {
    "notify-sealed-ntlm": "notify-ndr",
    "notify-sealed-ntlm-ndr64": "notify-ndr64",
    "notify-sealed-spnego-onecall": "notify-clean-ndr",
    "notify-v2-sealed-ntlm": "notify-v2-ndr",
    "fragments-sealed-ntlm": "fragments-ndr",
    "smbtorture-cluster-sealed-ntlm": "smbtorture-cluster-ndr",
    "smbtorture-group-sealed-ntlm": "smbtorture-group-ndr",
    "smbtorture-registry-sealed-ntlm": "smbtorture-registry-ndr",
    "notify-sealed-spnego": "notify-ndr",
    "smbtorture-group-sealed-spnego": "smbtorture-group-ndr",
    "smbtorture-group-sealed-spnego-mic": "smbtorture-group-ndr",
    "notify-sealed-kerberos": "notify-ndr",
    "notify-sealed-kerberos-aes128": "notify-ndr",
    "notify-sealed-kerberos-bare": "notify-ndr",
    "notify-sealed-kerberos-ndr64": "notify-ndr64",
    "notify-sealed-kerberos-rc4": "notify-ndr",
    "notify-sealed-kerberos-raw": "notify-ndr",
    "notify-v2-sealed-kerberos": "notify-v2-ndr",
    "fragments-sealed-kerberos": "fragments-ndr",
    "alter-context-sealed-kerberos": "alter-context-ndr64",
    "ipv6-sealed-kerberos": "ipv6-ndr",
    "rpcclient-sealed-kerberos": "rpcclient-ndr",
    "smbtorture-cluster-sealed-kerberos": "smbtorture-cluster-ndr",
    "smbtorture-group-sealed-kerberos": "smbtorture-group-ndr",
    "smbtorture-group-sealed-kerberos-ndr64": "smbtorture-group-ndr64",
    "smbtorture-group-sealed-kerberos-raw": "smbtorture-group-ndr",
    "smbtorture-registry-sealed-kerberos": "smbtorture-registry-ndr",
}
SIGNED = {"smbtorture-group-signed-spnego": "smbtorture-group-ndr",
          "smbtorture-group-signed-kerberos": "smbtorture-group-ndr", "notify-signed-kerberos": "notify-ndr"}
WRONG = {"notify-sealed-ntlm": lambda: ("-o", "ntlmssp.nt_password:another-password"),
         "notify-sealed-kerberos": lambda: keys.keytab(keys.OLD_KEYTAB)}

DOUBTED = "cmrp.expert.decryption_doubtful"

# What depends on the place in the capture, not on the call.
PLACES = (*trees.FORWARD, "cmrp.response_time", "cmrp.handle.opened_in", "cmrp.handle.learnt_in",
          "cmrp.notify.registered_in")
# Of the verification trailer behind a request, which the plain twin does not have.
PADDING = [("cmrp.ndr.trailing", zeros) for zeros in ("00", "00:00", "00:00:00")]


def calls(found):
    """How often each PDU is there, by all that was decoded in it."""
    told = []
    for tree in found.values():
        if DOUBTED in tree.experts() or tree.all("cmrp.sealed"):
            continue
        # Signatures are DCE/RPC's.
        pairs = [pair for pair in tree.decoded(PLACES)
                 if not pair[0].startswith("dcerpc.") and pair not in PADDING]
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
def test_keys_open_every_stub(read, sealed):
    """Decoded value by value like the plain twin: parameters, statuses, handles and their lives. What an answer tells of
    a request without parameters is learnt, whether the request was handed over or not."""
    assert calls(read(sealed, *keys.of(sealed))) == calls(read(TWINS[sealed]))


@pytest.mark.parametrize("sealed", TWINS)
def test_each_call_is_counted_once(tshark, captures_dir, sealed):
    opened, plain = (tables.tree(tshark.read(captures_dir / f"{name}.pcapng", ["-q", "-z", "cmrp,tree", *keys.of(name)]).stdout,
                                 "ClusAPI Calls") for name in (sealed, TWINS[sealed]))
    assert opened == plain


@pytest.mark.parametrize("sealed", [
    name for name in TWINS if name not in EMPTY_STUBS or "kerberos" in name])
def test_info_column_is_that_of_the_plain_twin(tshark, captures_dir, sealed):
    opened = tshark.info(captures_dir / f"{sealed}.pcapng", "cmrp.opnum", keys.of(sealed))
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
        assert told <= {"cmrp.opnum", "cmrp.method", "cmrp.version", "cmrp.response_time", "cmrp.sealed"}, number


@pytest.mark.parametrize("sealed", TWINS)
def test_without_keys_methods_are_named_and_nothing_is_claimed(read, sealed):
    check_closed(read(sealed), read(TWINS[sealed]))


@pytest.mark.parametrize("sealed", WRONG)
def test_with_wrong_keys_it_is_the_same(read, sealed):
    """A password of somebody else, and a keytab from before the server's password was changed."""
    check_closed(read(sealed, *WRONG[sealed]()), read(TWINS[sealed]))


@pytest.mark.parametrize("sealed", TWINS)
def test_without_keys_no_error_is_reported(tshark, captures_dir, sealed):
    """No exception anywhere, no warning or error on a call, and an Info column of plain words."""
    rows = tshark.fields(captures_dir / f"{sealed}.pcapng", ["cmrp.opnum", "_ws.col.Info", "_ws.expert.severity"],
                         f"cmrp.opnum || {trees.ACCIDENTS}", split=True)
    assert rows
    for opnum, info, severities in rows:
        assert opnum and info[0].startswith(("Api", "Opnum"))
        assert all(int(severity) < 0x600000 for severity in severities), info


@pytest.mark.parametrize("sealed", TWINS)
def test_with_keys_no_stub_is_broken(read, tshark, captures_dir, sealed):
    """No ndr finding; and where Wireshark itself fails to open a stub, no exception is the plugin's."""
    found = read(sealed, *keys.of(sealed))
    assert [tree.findings("ndr-") for tree in found.values() if tree.findings("ndr-")] == []
    failed = tshark.fields(captures_dir / f"{sealed}.pcapng", ["dcerpc.cn_frag_len", "dcerpc.cn_auth_len"],
                           trees.ACCIDENTS, keys.of(sealed))
    # Behind the header of a request and its security trailer's there is but the token.
    assert [(length, token) for length, token in failed if int(length) != 24 + 8 + int(token)] == []
    assert failed == [] or sealed in EMPTY_STUBS


@pytest.mark.parametrize("sealed", ["notify-sealed-spnego", "smbtorture-group-sealed-spnego-mic"])
def test_without_help_wireshark_loses_its_place(tshark, captures_dir, read, sealed):
    """NTLM inside SPNEGO with the preference off: behind the first PDU of each direction all is noise. It is shown as bytes,
    called doubtful, and nobody is blamed for it; what is counted by its header stays counted."""
    extra = (*PASSWORD, "-o", "cmrp.keep_place:FALSE")
    found = read(sealed, *extra)
    doubted = [number for number, tree in found.items() if DOUBTED in tree.experts()]
    assert len(doubted) > 0.8 * len(found)
    for number in doubted:
        told = {name for name, _ in found[number].decoded() if name.startswith("cmrp.")}
        assert told <= {"cmrp.opnum", "cmrp.method", "cmrp.version", "cmrp.response_time", "cmrp.ndr.unread"}, number
    assert [tree.findings() for tree in found.values() if tree.findings()] == []
    counted, plain = (tables.tree(tshark.read(captures_dir / f"{name}.pcapng", ["-q", "-z", "cmrp,tree", *extra]).stdout,
                                  "ClusAPI Calls") for name in (sealed, TWINS[sealed]))
    assert counted["Calls",] == plain["Calls",]
    assert counted["Outcomes", "Unreadable"] > 0.8 * counted["Calls",]


@pytest.mark.parametrize("sealed", ["notify-sealed-spnego", "smbtorture-group-sealed-spnego"])
def test_help_leaves_no_bytes_behind(tshark, captures_dir, sealed):
    """The panes of bytes of each packet are those that it has without help: none of a signature, none of no bytes."""
    def panes(*extra):
        text = tshark.read(captures_dir / f"{sealed}.pcapng", ["-x", *PASSWORD, *extra], "cmrp").stdout
        return re.findall(r"^(\S.*) \((\d+) bytes?\):$", text, re.MULTILINE)

    helped = panes()
    # The frame's own is called "Packet" since 4.6.
    assert {name for name, _ in helped} - {"Frame", "Packet"} == {"Decrypted data", "Decrypted stub data"}
    assert helped == panes("-o", "cmrp.keep_place:FALSE")


@pytest.mark.parametrize("signed", SIGNED)
def test_signed_calls_need_no_keys(read, signed):
    """Packet integrity leaves the stub readable; the signature behind it is no leftover."""
    assert calls(read(signed)) == calls(read(SIGNED[signed]))


def test_a_long_connection_is_read_to_its_end(tshark, captures_dir):
    """Kerberos numbers each PDU of a connection; the last one is opened as the first."""
    rows = tshark.fields(captures_dir / "long-sealed-kerberos.pcapng", ["cmrp.status", "cmrp.handle.id"],
                         "cmrp && dcerpc.pkt_type == 2", keys.of("long-sealed-kerberos"), split=True)
    assert len(rows) == 204
    # OpenCluster tells no status beside its rpc_status, the others do.
    assert {status for statuses, _ in rows for status in statuses} == {"0"}
    assert max(int(number) for _, numbers in rows for number in numbers) == 26


def test_each_user_has_a_ticket_of_his_own(tshark, captures_dir):
    """The server's keytab opens all of them, whoever asked."""
    path, opening = captures_dir / "users-sealed-kerberos.pcapng", keys.of("users-sealed-kerberos")
    told = tshark.fields(path, ["kerberos.CNameString"], "dcerpc.pkt_type == 11", opening, split=True)
    assert [set(names) for names, in told] == [{"labuser"}, {"labadmin"}, {"labbackup"}]
    rows = tshark.fields(path, ["tcp.stream", "cmrp.handle.name"], "cmrp.opnum == 41 && dcerpc.pkt_type == 2", opening)
    assert rows == [[stream, "Lab File Server"] for stream in "012"]


@pytest.mark.parametrize("name, streams", [
    ("late-start-ndr", {"1"}), ("late-start-no-bind-ndr", set()), ("late-start-sealed-kerberos", {"1"})])
def test_of_a_connection_without_its_bind_nothing_is_claimed(tshark, captures_dir, name, streams):
    """Which interface it speaks is told by the bind alone. The connection that begins later is read."""
    rows = tshark.fields(captures_dir / f"{name}.pcapng", ["tcp.stream", "cmrp.opnum"], "cmrp || cmrp.finding",
                         keys.of(name))
    assert {stream for stream, _ in rows} == streams and all(opnum == "65" for _, opnum in rows)
