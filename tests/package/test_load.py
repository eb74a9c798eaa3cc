# SPDX-License-Identifier: GPL-2.0-or-later
"""Does Wireshark load the plugin, and stay quiet about it?"""
import re
import subprocess

import pytest
from support import sandbox


def loaded_plugins(tshark, **options):
    rows = [line.split("\t") for line in tshark.run(["-G", "plugins"], **options).stdout.splitlines()]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


def test_tshark_lists_the_plugin_of_this_build(tshark):
    built = sandbox.built_plugins()[0]
    version, kind, path = loaded_plugins(tshark)[built.name]
    assert re.fullmatch(r"\d+\.\d+\.\d+( \([0-9a-f]{12}\))?", version)
    assert kind == "dissector"
    # Under another path it may be a copy that an ordinary user can read, but it is the same file.
    with open(path, "rb") as used, open(built, "rb") as expected:
        assert used.read() == expected.read()


def test_without_the_plugin_it_is_not_loaded(tshark):
    assert not set(sandbox.PLUGIN_NAMES) & set(loaded_plugins(tshark, plugin=False))


def test_start_prints_nothing(tshark):
    result = tshark.run(["-v"])
    assert result.stderr == ""


def test_protocol_is_registered(tshark):
    filters = [line.split("\t")[2] for line in tshark.run(["-G", "protocols"]).stdout.splitlines()]
    assert filters.count("cmrp") == 1


def test_only_the_interface_of_a_plugin_is_exported():
    built = sandbox.built_plugins()[0]
    if built.suffix == ".dll":
        pytest.skip("tools/windows-dll looks at what a DLL exports")
    listing = subprocess.run(["nm", "-D", "--defined-only", built], capture_output=True, text=True, check=True)
    symbols = {line.split()[-1] for line in listing.stdout.splitlines()}
    allowed = {"plugin_version", "plugin_want_major", "plugin_want_minor", "plugin_register", "plugin_describe"}
    # A build with sanitizers brings symbols of its own.
    ours = {name for name in symbols if not re.match(r"(__|_init$|_fini$|llvm_|mangle_path$)", name)}
    assert {"plugin_register", "plugin_version"} <= ours <= allowed
