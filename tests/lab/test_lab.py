# SPDX-License-Identifier: GPL-2.0-or-later
"""Are the captures those that the lab makes, does their README know them, and can the lab still play them?"""
import os
import re
import subprocess

import pytest
from support import sandbox

CAPTURES = sandbox.SOURCE_DIR / "captures"
REMAKE = CAPTURES / "lab" / "remake"
LARGEST = 300 * 1024


def remake(*arguments):
    return subprocess.run([REMAKE, *arguments], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def names():
    listing = remake("--list")
    assert listing.returncode == 0, listing.stderr
    return set(listing.stdout.split())


def test_captures_are_those_that_the_lab_makes(names):
    lab_made = {path.stem for path in CAPTURES.glob("*.pcapng")}
    assert names <= lab_made


def test_no_capture_is_large(names):
    assert all(os.path.getsize(CAPTURES / f"{name}.pcapng") <= LARGEST for name in names)


def test_readme_has_a_row_for_each_capture(names):
    text = (CAPTURES / "README.md").read_text()
    suites = re.search(r"SUITE is each of ([\w, \n]+)\.", text)[1].replace("\n", " ").split(", ")
    rows = set()
    for row in re.findall(r"^\| ([\w-]+) \|", text, re.M):
        rows |= {row.replace("SUITE", suite) for suite in suites} if "SUITE" in row else {row}
    assert rows - {"file"} == names


@pytest.mark.parametrize("name", [
    "notify-ndr64", "notify-bigendian", "notify-sealed-spnego", "notify-udp", "fragments-sealed-ntlm",
    "association-groups", "smbtorture-group-ndr64", "smbtorture-registry-sealed-ntlm", "notify-sealed-kerberos",
    "fragments-sealed-kerberos", "smbtorture-group-sealed-kerberos-raw"])
def test_clients_and_server_agree(name):
    played = remake("--play", name)
    assert played.returncode == 0, played.stderr
