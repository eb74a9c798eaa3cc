# SPDX-License-Identifier: GPL-2.0-or-later
"""Are property lists taken apart, and are broken ones told from whole ones (MS-CMRP 2.2.3.10, rules K-07 and K-08)?"""
import struct

import pytest
from support.calls import ENCODINGS, handle
from support.contents import (
    BINARY,
    DESCRIPTOR,
    DISK_GUID,
    DISK_NUMBER,
    DISK_SIZE,
    DWORD,
    EXPAND_SZ,
    EXPANDED_SZ,
    FILETIME,
    LARGE,
    LONG,
    MOMENT,
    MULTI_SZ,
    NAME,
    PARTITION_INFO,
    RESCLASS,
    SCSI,
    SERIAL,
    SIGNATURE,
    SZ,
    TIME,
    ULARGE,
    WORD,
    acl,
    ace,
    descriptor,
    dword,
    judged,
    prop,
    property_list,
    qword,
    sid,
    text,
    texts,
    value,
    word,
)
from support.recording import Recording
from support.tshark import time_text

MALFORMED, SYNTAX = "control-property-list-malformed", "control-property-syntax"
GROUP = handle(1)
GET, SET, FORMATS = 0x03000059, 0x0340005E, 0x03000065
SUCCESS, MORE_DATA = 0, 234

NUMBER = value(DWORD, dword(7))
WHOLE = property_list(
    prop("Priority", NUMBER), prop("Name", value(SZ, text("Cluster Group"))), prop("Odd", value(BINARY, b"abc"))
)


class Judge(Recording):
    """Sends many buffers in one capture: set() in requests, get() in responses; then asks for their trees."""

    def __init__(self, *args):
        super().__init__(*args)
        self.calls.open_group("Group", GROUP)
        self._frames = {}

    def set(self, label, octets, code=SET, sent=None):
        values = dict(hGroup=GROUP, dwControlCode=code, lpInBuffer=octets, nInBufferSize=len(octets), nOutBufferSize=0)
        self._frames[label] = self.calls.request(77, sent=sent, **values)
        self.calls.response(
            lpOutBuffer=b"", lpBytesReturned=0, lpcbRequired=0, rpc_status=0, result=SUCCESS, nOutBufferSize=0)

    def get(self, label, octets, code=GET, status=SUCCESS):
        self.calls.request(
            77, hGroup=GROUP, dwControlCode=code, lpInBuffer=None, nInBufferSize=0, nOutBufferSize=4096)
        self._frames[label] = self.calls.response(
            lpOutBuffer=octets, lpBytesReturned=len(octets), lpcbRequired=len(octets), rpc_status=0, result=status,
            nOutBufferSize=4096)

    def trees(self, extra=()):
        found = super().trees(extra)
        return {label: found[frame] for label, frame in self._frames.items()}

    def tree(self, octets, **options):
        self.get("only", octets, **options)
        return self.trees()["only"]


@pytest.fixture
def judge(tshark, model):
    return Judge(tshark, model)


# Whole lists


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_names_and_values_whatever_the_encoding(tshark, model, encoding):
    judge = Judge(tshark, model, encoding)
    judge.get("get", WHOLE)
    judge.set("set", WHOLE)
    for tree in judge.trees().values():
        assert tree.one("cmrp.property.count") == "3"
        assert tree.all("cmrp.property.name") == ["Priority", "Name", "Odd"]
        assert tree.one("cmrp.property.value.number") == "7"
        assert tree.one("cmrp.property.value") == "Cluster Group"
        assert tree.one("cmrp.property.value.bytes") == "61:62:63"
        assert judged(tree) == []
        assert not tree.all("cmrp.buffer.unread") and not tree.all("cmrp.buffer.trailing")


SYNTAXES = [
    (DWORD, dword(0xFFFFFFFF), ".number", ["4294967295"]),
    (WORD, word(0xFFFF), ".number", ["65535"]),
    (LONG, struct.pack("<i", -5), ".signed", ["-5"]),
    (ULARGE, qword(2**64 - 1), ".number64", ["18446744073709551615"]),
    (LARGE, struct.pack("<q", -5), ".signed64", ["-5"]),
    (SZ, text("a"), "", ["a"]),
    (SZ, text(""), "", [""]),
    (EXPAND_SZ, text("%a%"), "", ["%a%"]),
    (MULTI_SZ, texts("a", "b"), "", ["a", "b"]),
    (MULTI_SZ, b"\0\0", "", []),
    (BINARY, b"abcde", ".bytes", ["61:62:63:64:65"]),
    (SIGNATURE, dword(9), ".number", ["9"]),
    (DISK_NUMBER, dword(3), ".number", ["3"]),
    (DISK_SIZE, qword(2**40), ".number64", [str(2**40)]),
    (SERIAL, text("S1"), "", ["S1"]),
    (DISK_GUID, text("{1}"), "", ["{1}"]),
]


def test_each_syntax(judge):
    for number, (syntax, octets, _, _) in enumerate(SYNTAXES):
        judge.set(number, property_list(prop("P", value(syntax, octets)), prop("Q", value(LONG, dword(1)))))
    for number, tree in judge.trees().items():
        syntax, _, field, shown = SYNTAXES[number]
        found = tree.all(f"cmrp.property.value{field}")
        assert found[: len(shown)] == shown, hex(syntax)
        assert tree.all("cmrp.property.name") == ["P", "Q"]
        assert judged(tree) == []


def test_time(judge):
    tree = judge.tree(property_list(prop("P", value(FILETIME, qword(TIME)))))
    assert tree.one("cmrp.property.value.time") == time_text(MOMENT, 0)


# The C library of Windows knows no date before 1970 and after 3000. 0 is what servers send where there is no time.
CENTURIES = [
    (0, "Jan  1, 1601 00:00:00.000000000 UTC"),
    (1, "Jan  1, 1601 00:00:00.000000100 UTC"),
    (864_000_000_000 - 1, "Jan  1, 1601 23:59:59.999999900 UTC"),
    (95_667_264_000_000_000, "Feb 29, 1904 00:00:00.000000000 UTC"),
    (116_444_736_000_000_000 - 1, "Dec 31, 1969 23:59:59.999999900 UTC"),
    (116_444_736_000_000_000, "Jan  1, 1970 00:00:00.000000000 UTC"),
    (441_796_896_000_000_000 - 1, "Dec 31, 3000 23:59:59.999999900 UTC"),
    (441_796_896_000_000_000, "Jan  1, 3001 00:00:00.000000000 UTC"),
    (2**64 - 1, "May 28, 60056 05:36:10.955161500 UTC"),
]


def test_each_time_has_a_date(tshark, judge):
    judge.get("get", property_list(*(prop("P", value(FILETIME, qword(ticks))) for ticks, _ in CENTURIES)))
    judge.trees()
    lines = [line.strip() for line in tshark.read(judge.path, ["-V"]).stdout.splitlines()]
    assert [line.removeprefix("Value: ") for line in lines if line.endswith(" UTC") and line.startswith("Value: ")] == [
        date for _, date in CENTURIES]


def test_structures_as_values(judge):
    partition = dword(5) + text("C:").ljust(520, b"\0") + text("Label").ljust(520, b"\0") + dword(1) + dword(255) + dword(2)
    partition += text("NTFS").ljust(64, b"\0")
    tree = judge.tree(
        property_list(
            prop("C", value(RESCLASS, dword(1) + dword(0x80000000))),
            prop("S", value(SCSI, bytes([1, 2, 3, 4]))),
            prop("P", value(PARTITION_INFO, partition)),
        )
    )
    assert tree.one("cmrp.Class") == "1" and int(tree.one("cmrp.SubClass"), 0) == 0x80000000
    assert [tree.one(f"cmrp.{n}") for n in ("PortNumber", "PathId", "TargetID", "LUN")] == ["1", "2", "3", "4"]
    assert (tree.one("cmrp.szDeviceName"), tree.one("cmrp.szFileSystem")) == ("C:", "NTFS")
    assert judged(tree) == [] and not tree.all("cmrp.buffer.unread")


def test_security_descriptor_as_value(judge):
    octets = descriptor(sid(32, 544), sid(18), dacl=acl(ace(0, 0x3, sid(21, 1, 2, 3, 500))))
    tree = judge.tree(property_list(prop("Security Descriptor", value(DESCRIPTOR, octets))))
    assert tree.one("cmrp.security.owner") == "S-1-5-32-544"
    assert tree.one("cmrp.security.group") == "S-1-5-18"
    assert tree.one("cmrp.security.ace.trustee") == "S-1-5-21-1-2-3-500"
    assert int(tree.one("cmrp.security.ace.access"), 0) == 3
    assert judged(tree) == []


def test_three_values_of_one_property(judge):
    values = value(EXPAND_SZ, text("%a%")), value(EXPANDED_SZ, text("b")), NUMBER
    tree = judge.tree(property_list(prop("P", *values)))
    assert tree.all("cmrp.property.value") == ["%a%", "b"]
    assert judged(tree) == []


def test_more_than_three_values_of_one_property(judge):
    """2.2.3.10.1 speaks of three, 2.2.3.10 of one or more, and some controls return more: no breach."""
    tree = judge.tree(property_list(prop("P", *[NUMBER] * 5)))
    assert len(tree.all("cmrp.property.value.number")) == 5
    assert judged(tree) == []


def test_formats_of_properties(judge):
    formats = property_list(prop("P", value(WORD, word(2))), prop("Q", value(WORD, word(12))))
    tree = judge.tree(formats, code=FORMATS)
    assert tree.all("cmrp.property.format") == ["2", "12"]
    assert not tree.all("cmrp.property.value.number")


def test_empty_list_and_empty_buffer(judge):
    judge.get("none", property_list())
    judge.get("nothing", b"")
    found = judge.trees()
    assert found["none"].one("cmrp.property.count") == "0"
    assert [judged(tree) for tree in found.values()] == [[], []]


def test_bytes_after_a_list_are_shown_and_no_finding(judge):
    tree = judge.tree(WHOLE + b"xyz")
    assert tree.one("cmrp.buffer.trailing") == "78:79:7a"
    assert judged(tree) == []


# Broken lists


BROKEN = {
    "count too high": property_list(prop("P", NUMBER), count=2),
    "count far too high": property_list(prop("P", NUMBER), count=0xFFFFFFFF),
    "count too low": property_list(prop("P", NUMBER), prop("Q", NUMBER), count=1),
    "count of none": property_list(prop("P", NUMBER), count=0),
    "no end mark before a name": property_list(prop("P", NUMBER, end=b""), prop("Q", NUMBER)),
    "no end mark at the end": property_list(prop("P", NUMBER, end=b"")),
    "no value": property_list(prop("P")),
    "no name": property_list(NUMBER + dword(0)),
    "name without its NUL": dword(1) + value(NAME, b"P\0") + NUMBER + dword(0),
    "name of an odd size": dword(1) + value(NAME, b"P\0\0\0\0") + NUMBER + dword(0),
    "name beyond the end": dword(1) + value(NAME, text("P"), size=0x7FFFFFFF) + NUMBER + dword(0),
    "value beyond the end": property_list(prop("P", value(DWORD, dword(7), size=0xFFFFFFFC))),
    "value one byte beyond the end": property_list(prop("P", value(BINARY, b"abcd", size=9), end=b"")),
}


def test_broken_lists_are_findings_in_requests_and_responses(judge):
    for label, octets in BROKEN.items():
        judge.get(f"get: {label}", octets)
        judge.set(f"set: {label}", octets)
    for label, tree in judge.trees().items():
        assert judged(tree) == [MALFORMED], label
        assert "MUST" in tree.all("cmrp.finding.level")
        assert "2.2.3.10" in tree.all("cmrp.finding.section")
        assert tree.severity("cmrp.expert.control_property_list_malformed") == "warning"


def test_the_finding_says_what_is_wrong(judge):
    judge.get("lie", BROKEN["count too high"])
    judge.get("value", BROKEN["no end mark before a name"])
    found = judge.trees()
    said = found["lie"].one("_ws.expert.message")
    assert "in lpOutBuffer: It has 1 properties, and its count says 2." in said
    assert 'Property "P": A name stands where its end mark should.' in found["value"].one("_ws.expert.message")


def test_a_list_cut_anywhere_is_malformed_and_shows_what_is_there(judge):
    """No prefix of a list is a list: the last byte belongs to an end mark. Nothing is read beyond the end."""
    octets = property_list(prop("Pa", NUMBER), prop("Q", value(SZ, text("ab")), value(BINARY, b"abc")))
    for length in range(1, len(octets)):
        judge.get(length, octets[:length])
    judge.get("whole", octets)
    found = judge.trees()
    assert judged(found.pop("whole")) == []
    for length, tree in found.items():
        assert judged(tree) == [MALFORMED], length
    assert found[len(octets) - 1].all("cmrp.property.name") == ["Pa", "Q"]


def test_parts_are_no_findings(judge):
    """What ERROR_MORE_DATA or another failure leaves in the buffer is nobody's fault."""
    judge.get("more data", WHOLE[:30], status=MORE_DATA)
    judge.get("failure", WHOLE[:30], status=5)
    assert [judged(tree) for tree in judge.trees().values()] == [[], []]


UNFIT = [
    value(0x00010013, dword(1)),
    value(0x0001000D, dword(1)),
    value(0xFFFFFFFF, b""),
    value(DWORD, word(1)),
    value(DWORD, qword(1)),
    value(WORD, dword(1)),
    value(LONG, b"abc"),
    value(ULARGE, dword(1)),
    value(FILETIME, dword(1)),
    value(SZ, b"abc"),
    value(MULTI_SZ, b"abcde"),
    value(SCSI, word(1)),
    value(DISK_NUMBER, qword(1)),
]


def test_unknown_syntax_or_size_that_does_not_fit(judge):
    for number, broken in enumerate(UNFIT):
        judge.get(number, property_list(prop("P", broken), prop("Q", NUMBER)))
    for number, tree in judge.trees().items():
        assert judged(tree) == [SYNTAX], number
        assert "2.2.2.3" in tree.all("cmrp.finding.section")
        assert tree.all("cmrp.property.name") == ["P", "Q"], "reading goes on behind it"


def test_only_servers_write_expanded_strings(judge):
    octets = property_list(prop("P", value(EXPAND_SZ, text("%a%")), value(EXPANDED_SZ, text("b"))))
    judge.set("set", octets)
    judge.get("get", octets)
    found = judge.trees()
    assert judged(found["set"]) == [SYNTAX] and judged(found["get"]) == []


def test_one_pass_and_two_passes_agree(tshark, model):
    found = []
    for extra in ((), ("-2",)):
        judge = Judge(tshark, model)
        for label, octets in BROKEN.items():
            judge.set(label, octets)
        found.append({label: tree.flat(["dcerpc.response_in"]) for label, tree in judge.trees(extra).items()})
    assert found[0] == found[1]


def test_findings_without_a_tree(tshark, model):
    """The tap for expert items alone builds no tree that holds the fields."""
    judge = Judge(tshark, model)
    judge.set("broken", BROKEN["count too high"])
    judge.trees()
    assert "a property list of a count" in tshark.statistics(judge.path, "expert,warn")


def test_a_hostile_count_costs_no_time_and_no_tree(judge):
    """30,000 properties, and a count beyond them: all are read. Of each 8 items, there is room for 40,000."""
    judge.set("long", property_list(*[prop("", value(BINARY, b""))] * 30000, count=0xFFFFFFFF), sent={"fragments": 30})
    tree = judge.trees()["long"]
    assert judged(tree) == [MALFORMED]
    assert "It has 30000 properties" in tree.one("_ws.expert.message")
    assert len(tree.all("cmrp.property.name")) == 5000
