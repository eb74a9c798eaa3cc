# SPDX-License-Identifier: GPL-2.0-or-later
"""Are calls that nobody read told, with what would help, and never taken for calls that keep the rules?"""
import json
import re
import struct
import subprocess
import sys

import pytest
from support import programs, sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.tshark import LAB_PASSWORD

sys.path.insert(0, str(sandbox.SOURCE_DIR / "programs"))
from cmrptools import keytab, model, unread  # noqa: E402
from cmrptools.tshark import LimitExceeded  # noqa: E402

CAPTURES = sandbox.SOURCE_DIR / "captures"
DATA = sandbox.SOURCE_DIR / "tests/programs/data"
SEALED = CAPTURES / "notify-sealed-ntlm.pcapng"
# Twenty-one calls under Kerberos, one of them without a stub.
KERBEROS = DATA / "sealed-no-parameters.pcapng"
# Kerberos and NTLM in turn, on one connection.
BOTH = DATA / "two-contexts-krb-ntlm.pcapng"
BOTH_PASSWORD = "Geheim-4711"
KEYTAB = DATA / "cases.keytab"
SERVICE = "MSServerClusterMgmtAPI/node1.lab.test@LAB.TEST"
# Whether a connection is sealed as it should be is known of what nobody could open.
CALLS_ONLY = ("--not-rule", "transport-*")


def check(*words):
    result = programs.run("cmrp-check", "--json", "--tshark", programs.tshark_program(), *words)
    *found, summary = (json.loads(line) for line in result.stdout.splitlines())
    assert result.returncode == summary["exit_status"]
    return summary, [one["reason"] for one in summary["unread"]], found


def words_of(*words):
    return programs.run("cmrp-check", "--tshark", programs.tshark_program(), *words).stdout


# ---------------------------------------------------------------- Kerberos

def test_a_keytab_opens_what_kerberos_sealed():
    closed, why, _ = check(KERBEROS)
    # The one without a stub has nothing to open.
    assert (closed["exit_status"], closed["calls"], closed["encrypted_calls"]) == (2, 1, 20)
    assert why == [f"20 calls are sealed with Kerberos by the key of {SERVICE} of version 1 and type "
                   "aes256-cts-hmac-sha1-96: a keytab that holds it opens them (--keytab)."]
    opened, why, _ = check("--keytab", KEYTAB, KERBEROS)
    assert (opened["encrypted_calls"], opened["encrypted"], why) == (0, 0, [])
    assert opened["calls"] == 21 and opened["exit_status"] in (0, 1)


def test_a_keytab_opens_it_for_a_report_and_a_batch(tmp_path):
    page = tmp_path / "page.html"
    result = programs.run("cmrp-report", "--tshark", programs.tshark_program(), "--keytab", KEYTAB, "-o", page, KERBEROS)
    assert (result.returncode, result.stderr) == (0, "")
    assert "HGROUP #" in page.read_text(encoding="utf-8") and "are sealed with" not in page.read_text(encoding="utf-8")
    manifest = tmp_path / "manifest.json"
    programs.run("cmrp-batch", "plan", KERBEROS, "-o", manifest, "--tshark", programs.tshark_program(),
                 "--keytab", KEYTAB)
    task, = json.loads(manifest.read_text())["tasks"]
    assert programs.run("cmrp-batch", "task", manifest, task["id"]).returncode in (0, 1)
    summary = json.loads(programs.run("cmrp-batch", "summary", "--json", manifest).stdout)
    assert (summary["encrypted"], summary["unread"], summary["not_judged"]) == (0, [], 0)
    assert summary["calls"] == 21


def entry(principal=SERVICE, version=1, kind=18, key=b"k" * 32, wide=True):
    """An entry of a keytab, with its length."""
    name, _, realm = principal.partition("@")
    body = struct.pack(">H", name.count("/") + 1)
    for part in (realm, *name.split("/")):
        body += struct.pack(">H", len(part)) + part.encode()
    body += struct.pack(">IIBHH", 1, 0, version & 0xFF, kind, len(key)) + key + (struct.pack(">I", version) if wide else b"")
    return struct.pack(">i", len(body)) + body


@pytest.mark.parametrize("entries, why", [
    ([entry("cifs/node1.lab.test@LAB.TEST"), entry("host/node1.lab.test@LAB.TEST")],
     "has no key of that service, only of cifs/node1.lab.test@LAB.TEST, host/node1.lab.test@LAB.TEST"),
    ([entry(version=2), entry(version=300)], "has its key of version 2, 300 only"),
    ([entry(kind=17, key=b"k" * 16), entry(kind=23, key=b"k" * 16)],
     "has no key of that type, only aes128-cts-hmac-sha1-96, rc4-hmac"),
    ([entry(SERVICE.upper())],
     "has a key of that name, version and type, but it is another one: the account's password was not this one"),
])
def test_a_keytab_that_does_not_fit_is_told_from_none(tmp_path, entries, why):
    path = tmp_path / "some.keytab"
    path.write_bytes(b"\x05\x02" + b"".join(entries))
    summary, said, _ = check("--keytab", path, KERBEROS)
    assert (summary["exit_status"], summary["calls"]) == (2, 1)
    assert said == [f"20 calls are sealed with Kerberos by the key of {SERVICE} of version 1 and type "
                    f"aes256-cts-hmac-sha1-96: the keytab that was given {why}; one that holds that key opens them."]


def test_keys_of_a_keytab(tmp_path):
    assert {key for key in keytab.keys(KEYTAB) if key.principal == SERVICE} == {
        keytab.Key(SERVICE, 1, kind) for kind in (17, 18, 23)}
    path = tmp_path / "some.keytab"
    hole = struct.pack(">i", -5) + bytes(5)
    whole = b"\x05\x02" + entry() + hole + entry(version=7, wide=False)
    path.write_bytes(whole)
    assert [key.version for key in keytab.keys(path)] == [1, 7]
    # Cut anywhere, what is whole is read.
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert len(keytab.keys(path)) <= 2
    assert keytab.keys(tmp_path / "none") == []
    assert keytab.why_not([], keytab.Key(SERVICE, 1, 18)) == "has no key that could be read"


# ---------------------------------------------------------------- NTLM, and both

def test_a_wrong_password_is_told_from_none():
    calls = "18 calls are sealed with NTLM by LAB\\labuser: "
    assert check(SEALED)[1] == [calls + "that user's password opens them (--nt-password-file)."]
    assert check("--nt-password", "wrong", SEALED)[1] == [
        calls + "the password that was given is not that of LAB\\labuser; the one that was valid when this was captured opens "
        "them."]
    summary, why, _ = check("--nt-password", LAB_PASSWORD, SEALED)
    assert (why, summary["calls"], summary["not_judged"]) == ([], 18, 0)


def test_what_is_no_key_is_no_verdict(tmp_path):
    path = tmp_path / "some"
    for content, option, sentence in (
            (b"text\n", "--keytab", f"tshark cannot read the keytab {path}: is it one? klist -k shows what a keytab holds."),
            (b"", "--keytab", f"tshark cannot read the keytab {path}: is it one? klist -k shows what a keytab holds."),
            (b"", "--nt-password-file", f"The password file {path} is empty: its first line is the password.")):
        path.write_bytes(content)
        result = programs.run("cmrp-check", "--tshark", programs.tshark_program(), option, path, KERBEROS)
        assert (result.returncode, result.stdout, result.stderr) == (2, "", f"cmrp-check: {sentence}\n")


def test_each_key_of_a_connection_is_asked_for():
    """What opens one half of the calls is said to fit, and the other half keeps its reason."""
    ntlm = "15 calls are sealed with NTLM by clusadm: "
    summary, why, _ = check("--keytab", KEYTAB, BOTH)
    assert ntlm + "that user's password opens them (--nt-password-file)." in why
    assert (summary["encrypted_calls"], summary["exit_status"]) == (15, 2)
    assert not any("Kerberos" in one for one in why)
    _, why, _ = check("--nt-password", BOTH_PASSWORD, BOTH)
    assert any(one.startswith("15 calls are sealed with Kerberos by the key of ") for one in why)
    assert not any("NTLM" in one for one in why)


LAB = ("--keytab", CAPTURES / "lab.keytab")


@pytest.mark.parametrize("capture, key", [
    (SEALED, ("--nt-password", LAB_PASSWORD)), (KERBEROS, ("--keytab", KEYTAB)),
    (CAPTURES / "fragments-sealed-kerberos.pcapng", LAB), (CAPTURES / "notify-v2-sealed-kerberos.pcapng", LAB)])
def test_as_many_calls_without_a_key(capture, key):
    """Also those that come in fragments, and those of version 2."""
    closed, opened = check(capture)[0], check(*key, capture)[0]
    assert closed["exit_status"] == 2 and closed["encrypted_calls"] > 0
    assert closed["calls"] + closed["encrypted_calls"] == opened["calls"]
    assert closed["pdus"] + closed["encrypted"] == opened["pdus"] and opened["encrypted"] == 0


def test_a_report_counts_sealed_calls_by_method(tmp_path):
    """Whether they failed nobody knows, and the page says so."""
    def rows(*words):
        page = tmp_path / "page.html"
        programs.run("cmrp-report", "--tshark", programs.tshark_program(), "-o", page, *words,
                     CAPTURES / "fragments-sealed-kerberos.pcapng")
        table = page.read_text(encoding="utf-8").partition('id="response-times"')[2].partition("</table>")[0]
        cells = ([re.sub("<[^>]*>", "", cell) for cell in re.findall("<td[^>]*>(.*?)</td>", row)] for row in table.split("<tr>")[2:])
        return {name: (int(calls), int(unread), *times[:3]) for name, calls, _, _, unread, *times in cells}

    closed, opened = rows(), rows(*LAB)
    assert closed.keys() == opened.keys() and sum(row[0] for row in closed.values()) == 9
    for name, (calls, unread, *times) in opened.items():
        assert unread == 0 and closed[name] == (calls, calls, *times), name


# ---------------------------------------------------------------- never green without having judged

@pytest.fixture
def part(tmp_path):
    """A part of a capture, as editcap makes it."""
    def make(capture, *words):
        path = sandbox.sandbox().new_folder() / "part.pcapng"
        options, frames = [word for word in words if word[0] == "-"], [word for word in words if word[0] != "-"]
        subprocess.run(["editcap", *options, capture, path, *frames], check=True, capture_output=True)
        return path

    return make


@pytest.fixture
def clean(model, capture):
    """Calls that keep all rules but those about their transport."""
    pcap = capture("clean")
    calls = Calls(model, pcap, ENCODINGS["3-ndr"])
    calls.open_group("Cluster Group", handle(1))
    calls.request(44, Group=handle(1))
    calls.response(Group=NULL_HANDLE, result=0)
    pcap.close()
    return pcap.path


def test_what_could_not_be_read_is_not_clean_unless_allowed(tmp_path):
    summary, _, found = check(*CALLS_ONLY, SEALED)
    assert (summary["exit_status"], summary["not_judged"], found) == (2, 1, [])
    allowed, why, _ = check(*CALLS_ONLY, "--allow-unread", SEALED)
    assert (allowed["exit_status"], allowed["not_judged"], allowed["encrypted_calls"]) == (0, 0, 18)
    assert why
    assert check("--allow-unread", SEALED)[0]["exit_status"] == 1
    text = words_of(*CALLS_ONLY, SEALED, CAPTURES / "notify-ndr.pcapng")
    assert f"\n{SEALED}: 18 calls are sealed with NTLM by LAB\\labuser: " in text
    manifest = tmp_path / "manifest.json"
    for words, status in (((), 2), (("--allow-unread",), 0)):
        programs.run("cmrp-batch", "plan", SEALED, "-o", manifest, "--tshark", programs.tshark_program(), *CALLS_ONLY, *words)
        task, = json.loads(manifest.read_text())["tasks"]
        assert programs.run("cmrp-batch", "task", manifest, task["id"]).returncode == status
        result = programs.run("cmrp-batch", "summary", manifest)
        assert result.returncode == status
        assert "18 calls are sealed with NTLM by LAB\\labuser: " in result.stdout


# ---------------------------------------------------------------- connections that are older than the capture

LATE, LATE_ALONE = (CAPTURES / f"late-start-{name}.pcapng" for name in ("ndr", "no-bind-ndr"))
SERVER = "127.0.0.1:61664"


def test_a_capture_that_begins_after_the_bind():
    """Nobody knows to which interface the calls belong: they were not judged, unless somebody does."""
    summary, why, _ = check(LATE_ALONE)
    assert (summary["exit_status"], summary["late"], summary["calls"]) == (2, 7, 0)
    assert why == ["7 requests on 2 connections whose interface is unknown: the capture begins after their bind. If "
                   f"{SERVER} is a cluster service, --server reads them; if not, --not-server leaves them out."]
    assert check("--allow-unread", LATE_ALONE)[0]["exit_status"] == 0
    for words in (("--server", SERVER), ("--port", "61664")):
        summary, why, found = check(*words, LATE_ALONE)
        assert (summary["exit_status"], summary["late"], summary["assumed"], summary["calls"], why) == (1, 0, 7, 7, [])
        assert [one["rule"] for one in found] == ["handle-used-after-close"]
    summary, why, _ = check("--not-server", SERVER, LATE_ALONE)
    assert (summary["exit_status"], summary["late"], why) == (0, 0, [])
    assert check("--not-server", "127.0.0.1:1", "--server", "[::1]:61664", LATE_ALONE)[0]["late"] == 7


def test_where_the_server_spoke_clusapi_its_older_connections_are_read():
    summary, why, _ = check(*CALLS_ONLY, LATE)
    assert (summary["late"], summary["assumed"], summary["calls"], why) == (0, 11, 13, [])
    assert "\n11 calls on connections whose bind is not in the capture are among them: the server" in words_of(LATE)
    summary, why, _ = check(*CALLS_ONLY, "--not-server", SERVER, LATE)
    assert (summary["late"], summary["calls"]) == (0, 2)


def test_what_is_sealed_there_stays_closed(part):
    late = part(SEALED, "1-14")
    summary, why, _ = check(*CALLS_ONLY, "--server", SERVER, "--nt-password", LAB_PASSWORD, late)
    assert (summary["exit_status"], summary["late"], summary["assumed"]) == (2, 0, 0) and summary["encrypted_calls"] > 0
    assert any("how their connection was authenticated is not in the capture" in one for one in why)


def test_another_service_is_nobodys_loss(capture):
    """Without its bind it is known by what it calls, and never taken for ClusAPI."""
    pcap = capture()
    conn = pcap.tcp(handshake=False)
    for opnum in (300, 301):
        conn.request(opnum, bytes(20))
        conn.response(bytes(4))
    assert check(pcap.__fspath__())[0]["exit_status"] == 0
    summary, why, found = check("--server", "10.0.0.2:49200", pcap.__fspath__())
    assert (summary["exit_status"], summary["calls"], summary["unfit"], found) == (2, 0, 2, [])


def test_a_service_that_does_not_read_as_it_was_named(capture):
    pcap = capture()
    conn = pcap.tcp(handshake=False)
    for opnum in (44, 41, 45):
        conn.request(opnum, bytes(range(7)))
        conn.response(bytes(3))
    assert check(pcap.__fspath__())[0]["exit_status"] == 0
    summary, why, found = check("--server", "10.0.0.2:49200", pcap.__fspath__())
    assert (summary["exit_status"], summary["unfit"], summary["calls"], found) == (2, 6, 0, [])
    assert why == ["6 PDUs on connections whose bind is not in the capture do not read as ClusAPI, though the server speaks it "
                   "elsewhere or was named."]


def test_answers_alone_are_told(capture):
    pcap = capture()
    pcap.tcp(handshake=False).response(bytes(24))
    summary, why, _ = check(pcap.__fspath__())
    assert (summary["exit_status"], summary["late"]) == (2, 1)
    assert why[0].startswith("1 answer on 1 connection whose interface is unknown")


@pytest.mark.parametrize("word", ["127.0.0.1", "127.0.0.1:0", "node1:49200", "::1:49200", "[::1]", "[127.0.0.1]:1"])
def test_what_is_no_endpoint_is_refused(word):
    result = programs.run("cmrp-check", "--server", word, LATE)
    assert result.returncode == 2 and "is no ADDRESS:PORT" in result.stderr


def test_a_report_and_a_batch_read_them_as_well(tmp_path):
    page, manifest = tmp_path / "page.html", tmp_path / "manifest.json"
    for words, said in (((), "7 requests on 2 connections whose interface is unknown"), (("--server", SERVER), "7 calls on connections whose bind was not captured: their server")):
        programs.run("cmrp-report", "--tshark", programs.tshark_program(), "-o", page, *words, LATE_ALONE)
        assert said in page.read_text(encoding="utf-8")
    for words, status in (((), 2), (("--server", SERVER), 1), (("--not-server", SERVER), 0)):
        programs.run("cmrp-batch", "plan", LATE_ALONE, "-o", manifest, "--tshark", programs.tshark_program(), *words)
        task, = json.loads(manifest.read_text())["tasks"]
        assert programs.run("cmrp-batch", "task", manifest, task["id"]).returncode == status


@pytest.mark.parametrize("capture, lengths", [
    ("notify-clean-ndr", (34, 54, 70, 90, 190)), ("notify-udp", (60, 150)), ("fragments-ndr", (70, 120))])
def test_no_snap_length_makes_a_capture_clean(capture, lengths, part):
    """However short the frames are cut: all calls are counted, or the capture is not judged."""
    whole, _, _ = check(*CALLS_ONLY, CAPTURES / f"{capture}.pcapng")
    for length in lengths:
        summary, why, _ = check(*CALLS_ONLY, part(CAPTURES / f"{capture}.pcapng", f"-s{length}"))
        assert summary["calls"] == whole["calls"] or summary["exit_status"] == 2, length
        assert bool(summary["cut_short"]) == (summary["exit_status"] == 2), length
        assert bool(why) == bool(summary["cut_short"]), length
        # A bind that was cut is not said to be older than the capture.
        assert not any("begins after their bind" in one for one in why), length


def test_frames_that_are_cut_but_hold_no_call_do_no_harm(clean, part):
    """Acknowledgements, and other protocols."""
    assert check(*CALLS_ONLY, part(clean, "-s200"))[0]["exit_status"] == 0
    summary, _, _ = check(*CALLS_ONLY, part(CAPTURES / "notify-clean-ndr.pcapng", "-s60", "-r", "1-3"))
    assert (summary["cut_short"], summary["exit_status"]) == (0, 0)


def test_doubtful_pdus_are_not_counted_as_read(tshark):
    path = CAPTURES / "notify-sealed-spnego.pcapng"
    summary, why, _ = check("--nt-password", LAB_PASSWORD, path)
    extra = ["-o", f"ntlmssp.nt_password:{LAB_PASSWORD}"]
    rows = tshark.fields(path, ["dcerpc.pkt_type", "cmrp.expert.decryption_doubtful"], "cmrp.version && !cmrp.fault", extra)
    read = [kind for kind, doubtful in rows if not doubtful]
    assert (summary["pdus"], summary["calls"]) == (len(read), read.count("0"))
    assert summary["doubtful"] == len(rows) - len(read)
    assert any("decrypted wrongly" in one for one in why) == bool(summary["doubtful"])
    assert unread.reasons(None, None, model.Counts(doubtful=1)) == ["1 PDU may have been decrypted wrongly by Wireshark."]


def test_sealed_calls_are_told_even_if_the_reason_is_not_found():
    class Ended:
        """A tshark whose time is over."""
        keys = None

        @staticmethod
        def rows(*_):
            raise LimitExceeded("Reading took more than 1 s.")

    counted = model.Counts(encrypted=4, encrypted_calls=2, doubtful=3)
    assert unread.reasons(Ended, "x", counted)[0] == "2 calls are sealed."
    assert len(unread.reasons(Ended, "x", counted)) == 2


def test_a_report_never_says_that_a_rule_is_kept_of_what_nobody_read(part, tmp_path, clean):
    def page(path):
        to = tmp_path / "page.html"
        programs.run("cmrp-report", "--tshark", programs.tshark_program(), "-o", to, path)
        return to.read_text(encoding="utf-8")

    # Nothing of it is broken that shows from outside.
    sealed = page(CAPTURES / "notify-sealed-spnego.pcapng")
    assert "nothing could be read" in sealed and "o rule is broken" not in sealed
    assert "18 calls are sealed with NTLM by LAB\\labuser: " in sealed
    cut = page(part(clean, "-s80"))
    assert "nothing could be read" in cut and "o rule is broken" not in cut
    empty = page(part(clean, "-r", "1-3"))
    assert "nothing to judge" in empty and "o rule is broken" not in empty
