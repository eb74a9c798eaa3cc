# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the fuzzers begin with what the captures hold? The scripts and stubs of seeds.py, the words of dictionary.py."""
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
