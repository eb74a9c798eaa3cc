# SPDX-License-Identifier: GPL-2.0-or-later
"""Which rules do the captures of the repository break? Exactly these, and each for the reason that stands here.

captures/README.md tells who made the traffic. What breaks rules on purpose, or because a lab is no Windows
cluster, is listed; anything else would be a false alarm.
"""
import pytest
from support import keys

# Why a finding is true.
WHY = {
    "transport-level": "The lab speaks version 3.0 without packet privacy, and section 2.1 demands it of the client.",
    "transport-level-served": "The lab's server answers calls without packet privacy, which it has to refuse.",
    "transport-not-spnego": "The client authenticates itself with raw NTLM or Kerberos, and section 2.1 demands SPNEGO.",
    "transport-big-endian": "The client writes big-endian, and section 2.2 demands little-endian.",
    "transport-datagram-unauthenticated": "The lab speaks version 2.0 without NTLM, and section 2.1 demands it.",
    "handle-of-wrong-type": "The lab's client hands ApiReAddNotifyGroup a cluster handle on purpose.",
    "handle-used-after-close": "The lab's client uses a group handle that it has closed, on purpose.",
    "handle-used-after-delete": "The lab's client asks for the state of a group that it has deleted, on purpose.",
    "handle-foreign": "The lab's client uses handles of an association in another one, on purpose.",
    "method-reserved-for-local-use": "The lab's client sends opnum 111 on purpose.",
    "method-reserved-for-future-use": "The lab's client sends opnum 200 on purpose.",
    "enum-type-not-listed": "smbtorture tries types 0x40, 0x80 and 0x100, which no list of this interface has.",
    "control-code-of-other-object": "smbtorture sends control code 0, whose first byte is that of no object.",
}

LEVEL = "transport-level"
SERVED = "transport-level-served"
BIG_ENDIAN = "transport-big-endian"
SPNEGO = "transport-not-spnego"
CODE = "control-code-of-other-object"
TYPE = "enum-type-not-listed"
WRONG_TYPE = "handle-of-wrong-type"
CLOSED = "handle-used-after-close"
UNAUTHENTICATED = "transport-datagram-unauthenticated"

# On a connection that nothing protects: the first call and its answer.
PLAIN = {LEVEL: [8], SERVED: [9]}


def smbtorture(suite, findings=None):
    """The captures of a suite that nothing protects. In all encodings they have the same frames."""
    plain = {**PLAIN, **(findings or {})}
    return {
        f"smbtorture-{suite}-ndr": plain,
        f"smbtorture-{suite}-ndr64": plain,
        f"smbtorture-{suite}-bigendian": {**plain, BIG_ENDIAN: plain[LEVEL]},
    }


def shifted(findings, frames):
    return {rule: [frame + frames for frame in places] for rule, places in findings.items()}


CLUSTER = {CODE: [88, 96, 104, 112, 120], TYPE: [48, 50, 52, 72, 74, 76, 134, 136, 138, 144, 146, 148, 154, 156, 158]}
GROUP = {CODE: [38, 46, 54, 88, 118, 148], TYPE: [100, 102, 104, 130, 132, 134, 160, 162, 164]}
RESOURCE_TYPE = {CODE: [start + 8 * step for start in (16, 60, 104, 148, 192, 236, 280) for step in range(5)]}
NODE = {CODE: [38, 46], LEVEL: [8, 98, 118], SERVED: [9, 99, 119]}

EXPECTED = {
    "access-levels": PLAIN,
    "alter-context-ndr64": PLAIN,
    "alter-context-sealed-kerberos": {},
    "association-groups": {LEVEL: [8, 23, 32], SERVED: [9, 24, 45], "handle-foreign": [32, 40, 48]},
    "bad-stub": PLAIN,
    "failover": PLAIN,
    "failures": {**PLAIN, "handle-used-after-delete": [26]},
    "fragments-ndr": PLAIN,
    "fragments-ndr64": PLAIN,
    "fragments-one-frame": PLAIN,
    "fragments-sealed-kerberos": {},
    "fragments-sealed-ntlm": {SPNEGO: [4]},
    "fragments-udp": {UNAUTHENTICATED: [1]},
    "ipv6-ndr": {LEVEL: [8, 27], SERVED: [9, 31], WRONG_TYPE: [40], CLOSED: [44]},
    "ipv6-sealed-kerberos": {WRONG_TYPE: [44], CLOSED: [48]},
    # Of the first the second connection's bind is in the capture, of the second none is.
    "late-start-ndr": {LEVEL: [11], SERVED: [17]},
    "late-start-no-bind-ndr": {},
    "late-start-sealed-kerberos": {},
    "long-sealed-kerberos": {},
    "notify-bigendian": {LEVEL: [8, 27], SERVED: [9, 33], BIG_ENDIAN: [8, 27], WRONG_TYPE: [40], CLOSED: [44]},
    "notify-clean-ndr": {LEVEL: [8, 27], SERVED: [9, 33]},
    "notify-ndr": {LEVEL: [8, 27], SERVED: [9, 33], WRONG_TYPE: [40], CLOSED: [44]},
    "notify-ndr64": {LEVEL: [8, 27], SERVED: [9, 33], WRONG_TYPE: [40], CLOSED: [44]},
    "notify-reconnect": {LEVEL: [8, 30, 54], SERVED: [9, 31, 55]},
    "notify-sealed-kerberos": {WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-kerberos-aes128": {WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-kerberos-bare": {WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-kerberos-rc4": {WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-kerberos-ndr64": {WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-kerberos-raw": {SPNEGO: [4, 25], WRONG_TYPE: [43], CLOSED: [47]},
    "notify-signed-kerberos": {LEVEL: [4, 25], WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-ntlm": {SPNEGO: [4, 25], WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-ntlm-ndr64": {SPNEGO: [4, 25], WRONG_TYPE: [43], CLOSED: [47]},
    "notify-sealed-spnego": {WRONG_TYPE: [44], CLOSED: [48]},
    "notify-sealed-spnego-onecall": {},
    "notify-udp": {UNAUTHENTICATED: [1, 17], WRONG_TYPE: [31], CLOSED: [40]},
    "notify-udp-bigendian": {UNAUTHENTICATED: [1, 17], BIG_ENDIAN: [1, 17], WRONG_TYPE: [31], CLOSED: [40]},
    "notify-v2-bigendian": {LEVEL: [8, 33], SERVED: [9, 37], BIG_ENDIAN: [8, 33]},
    "notify-v2-ndr": {LEVEL: [8, 33], SERVED: [9, 39]},
    "notify-v2-ndr64": {LEVEL: [8, 33], SERVED: [9, 39]},
    "notify-v2-sealed-kerberos": {},
    "notify-v2-sealed-ntlm": {SPNEGO: [4, 31]},
    "other-bind-sealed-kerberos": {},
    "other-bind-sealed-spnego": {},
    "out-of-order": {LEVEL: [8, 32], SERVED: [9, 34]},
    "refused-opnums": {**PLAIN, "method-reserved-for-local-use": [14], "method-reserved-for-future-use": [16]},
    # Ten commands, each on a connection of its own.
    "rpcclient-ndr": {
        LEVEL: [20, 43, 64, 85, 106, 127, 152, 175, 200, 225],
        SERVED: [21, 44, 65, 86, 107, 128, 153, 176, 201, 226],
    },
    "rpcclient-sealed-kerberos": {},
    **smbtorture("cluster", CLUSTER),
    **smbtorture("group", GROUP),
    **smbtorture("groupset"),
    **smbtorture("netinterface"),
    **smbtorture("network"),
    **smbtorture("node", NODE),
    **smbtorture("registry"),
    **smbtorture("resource"),
    **smbtorture("resourcetype", RESOURCE_TYPE),
    # Three more frames for the security of the bind, and two for SPNEGO.
    "smbtorture-cluster-sealed-ntlm": {SPNEGO: [4], **shifted(CLUSTER, 3)},
    "smbtorture-group-sealed-ntlm": {SPNEGO: [4], **shifted(GROUP, 3)},
    "smbtorture-registry-sealed-ntlm": {SPNEGO: [4]},
    "smbtorture-cluster-sealed-kerberos": shifted(CLUSTER, 2),
    "smbtorture-group-sealed-kerberos": shifted(GROUP, 2),
    "smbtorture-group-sealed-kerberos-ndr64": shifted(GROUP, 2),
    "smbtorture-group-sealed-kerberos-raw": {SPNEGO: [4], **shifted(GROUP, 3)},
    "smbtorture-registry-sealed-kerberos": {},
    # Packet integrity: the bind tells, and a server of an older revision may have served it.
    "smbtorture-group-signed-spnego": {LEVEL: [4], **shifted(GROUP, 2)},
    "smbtorture-group-signed-kerberos": {LEVEL: [4], **shifted(GROUP, 2)},
    "smbtorture-group-sealed-spnego": shifted(GROUP, 2),
    "smbtorture-group-sealed-spnego-mic": shifted(GROUP, 2),
    "two-securities-kerberos-ntlm": {},
    "two-securities-ntlm-kerberos": {},
    "users-sealed-kerberos": {},
}


def found_in(tshark, path):
    found = {}
    for frame, rules in tshark.fields(path, ["frame.number", "cmrp.finding"], "cmrp.finding", keys.of(path.stem), split=True):
        for rule in rules:
            found.setdefault(rule, []).append(int(frame[0]))
    return found


def test_every_capture_is_listed(captures_dir):
    assert sorted(path.stem for path in captures_dir.glob("*.pcapng")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_exactly_these_findings(tshark, captures_dir, name):
    assert found_in(tshark, captures_dir / f"{name}.pcapng") == EXPECTED[name]


def test_every_finding_is_explained():
    assert {rule for findings in EXPECTED.values() for rule in findings} == set(WHY)
