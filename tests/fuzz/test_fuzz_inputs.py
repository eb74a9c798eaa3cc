# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the fuzzers begin with what the captures hold? Scripts, stubs, the dictionary, and what was learnt before."""
import importlib.util
import re
import struct
import subprocess
import sys

import pytest
from support import sandbox

FOLDER = sandbox.SOURCE_DIR / "tests" / "fuzz"
HEADER = 6


def load(name):
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


blame = load("blame").blame
inputs = load("inputs")
seeds = load("seeds")


def records_of(script):
    """(kind, data) of each record; a script must be made of whole ones."""
    at = 1
    while at < len(script):
        kind, _, _, length = struct.unpack("<BBHH", script[at:at + HEADER])
        assert kind <= seeds.CUT and at + HEADER + length <= len(script)
        yield kind, script[at + HEADER:at + HEADER + length]
        at += HEADER + length


@pytest.mark.parametrize("name", ["notify-ndr", "notify-bigendian", "notify-udp", "smbtorture-group-sealed-ntlm"])
def test_scripts_hold_every_payload_of_a_capture(captures_dir, name):
    """Headers are made anew, so it is the end of each payload that must be found again."""
    path = captures_dir / f"{name}.pcapng"
    told = b"".join(data for script in seeds.scripts(path) for _, data in records_of(script))
    payloads = [parts[4] for parts in map(seeds.payload_of, seeds.frames_of(path)) if parts and parts[4]]
    assert len(payloads) > 10
    # The longest header that is made anew is that of a datagram.
    assert all(payload[80:] in told for payload in payloads)


def test_calls_are_records_of_their_own(captures_dir):
    """A request of the capture can be changed as a request, not as bytes of a stream."""
    kinds = [kind for script in seeds.scripts(captures_dir / "notify-ndr.pcapng") for kind, _ in records_of(script)]
    assert kinds.count(seeds.REQUEST) > 10 and kinds.count(seeds.RESPONSE) > 10
    assert seeds.RAW not in kinds


def test_stubs_have_their_method_and_encoding(captures_dir):
    stubs = list(seeds.stubs(captures_dir / "notify-bigendian.pcapng"))
    requests = [stub for stub in stubs if stub[0] == 41 and not stub[1] & 2]
    assert requests and all(stub[1] == 4 for stub in requests)
    assert any("Group".encode("utf-16-be") in stub or "File".encode("utf-16-be") in stub for stub in requests)


def test_dictionary_is_one_for_libfuzzer():
    text = subprocess.run([sys.executable, FOLDER / "dictionary.py"], check=True, capture_output=True, text=True).stdout
    lines = text.splitlines()
    assert len(lines) > 500
    assert all(re.fullmatch(r'"(\\x[0-9a-f]{2})+"', line) for line in lines)
    assert '"\\xff\\xff\\xff\\xff"' in lines


def test_an_archive_holds_each_input_once_and_is_the_same_each_time(tmp_path):
    (tmp_path / "folder").mkdir()
    for name, data in (("b", b"\0one"), ("a", b"\0two"), ("c", b"\0one")):
        (tmp_path / "folder" / name).write_bytes(data)
    for name in ("first.zip", "second.zip"):
        inputs.pack(tmp_path / "folder", tmp_path / name)
    inputs.unpack(tmp_path / "first.zip", tmp_path / "again")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    assert sorted(path.read_bytes() for path in (tmp_path / "again").iterdir()) == [b"\0one", b"\0two"]


def test_a_journal_ends_at_the_first_length_of_zero(tmp_path):
    """Behind it lies what an earlier capture left."""
    parts = (struct.pack("=I", 3), b"abc", struct.pack("=I", 2), b"de", struct.pack("=II", 0, 3), b"old")
    (tmp_path / "journal").write_bytes(b"".join(parts))
    inputs.split(tmp_path / "journal", tmp_path / "inputs")
    assert [path.read_bytes() for path in sorted((tmp_path / "inputs").iterdir())] == [b"abc", b"de"]


def test_the_kept_corpus_is_small(tmp_path):
    archive = FOLDER / "corpus.zip"
    inputs.unpack(archive, tmp_path)
    assert archive.stat().st_size < 1_000_000
    assert len(list(tmp_path.iterdir())) > 100 and all(path.stat().st_size for path in tmp_path.iterdir())


# The end of a report's stack, where it is Wireshark that calls.
STACK = """==7== ERROR: libFuzzer: deadly signal
    #0 0x55 in fuzzer::PrintStackTrace() (/w/build/fuzz/fuzz_conversation_fast+0xf6)
    #1 0x7f in proto_report_dissector_bug (/lib/x86_64-linux-gnu/libwireshark.so.16+0x23)
"""


@pytest.mark.parametrize("report, whose, what", [
    ("./epan/dissectors/packet-tcp.c:7206: failed assertion \"save == now\"\n" + STACK, "wireshark", 'failed assertion "save == now"'),
    (STACK + "    #2 0x55 in judge /w/plugin/rules/judge.c:41:5\n", "plugin", "ERROR: libFuzzer: deadly signal, plugin/rules/judge.c:41"),
    ("** (process:1): ERROR **: 10:00 -- Cost: a byte takes 9 ns\n" + STACK, "plugin", "ERROR **: 10:00 -- Cost: a byte takes 9 ns"),
    ("==7== ERROR: libFuzzer: out-of-memory (used: 3100Mb)\n", "plugin", "ERROR: libFuzzer: out-of-memory"),
    ("==7==ERROR: LeakSanitizer: detected memory leaks\n", "plugin", "ERROR: LeakSanitizer: detected memory leaks"),
    ("\tNEW_FUNC[1/1]: 0x55 in note /w/plugin/rpc/loss.c:57\n" + STACK, "wireshark", "ERROR: libFuzzer: deadly signal"),
    ("Running: /w/plugin/a\n", "plugin", "no report"),
])
def test_a_report_accuses_the_plugin_only_for_what_it_did(report, whose, what):
    """Wireshark's own assertions are reached from everywhere: also where one input is played a thousand times."""
    assert blame(report) == (whose, what)
