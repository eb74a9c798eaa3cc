# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the commands of docs/check.md work as they stand there?

Each line with cmrp-check in it is run by a shell, in a folder with the files that the page names. Programs that capture, and
ssh, are stand-ins there: they write the capture that they would have made.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as etree
from pathlib import Path

import pytest
from support import programs, sandbox
from support.tshark import LAB_PASSWORD

CAPTURES = sandbox.SOURCE_DIR / "captures"
PAGE = (sandbox.SOURCE_DIR / "docs" / "check.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", PAGE, re.M | re.S)
STAND_INS = ("dumpcap", "tshark", "tail", "ssh")
CLEAN = ("--explain", "--list-rules", "--write-baseline", "--baseline", "-eq 1 ]", "jq")


def commands():
    """Lines of the page, without what YAML puts before them."""
    found = [line.strip().removeprefix("- ") for _, _, block in BLOCKS for line in block.splitlines()
             if re.match(r" *(- |[a-z].* \| )?cmrp-check ", line)]
    return list(dict.fromkeys([*found, *re.findall(r"`(cmrp-check [^`\n]+)`", PAGE)]))


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """The folder, and the environment in which its programs are found."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(CAPTURES / "notify-ndr.pcapng", folder / "run.pcapng")
    (folder / "build" / "captures").mkdir(parents=True)
    shutil.copy(CAPTURES / "notify-ndr.pcapng", folder / "build" / "captures" / "one.pcapng")
    shutil.copy(CAPTURES / "lab.keytab", folder / "node1.keytab")
    (folder / "secret").write_text(f"{LAB_PASSWORD}\n")
    (folder / "bin").mkdir()
    scripts = {name: "exec cat run.pcapng" for name in STAND_INS}
    tshark = shutil.which(programs.tshark_program())
    scripts["cmrp-check"] = f"exec {shlex.join(programs.command('cmrp-check', '--tshark', tshark))} \"$@\""
    for name, text in scripts.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)
    env = {**programs.environment(), "PATH": f"{folder}/bin:{os.environ['PATH']}"}
    assert run("cmrp-check --write-baseline cmrp-baseline.json run.pcapng", folder, env).returncode == 0
    return folder, env


def run(line, folder, env):
    return subprocess.run(["sh", "-c", line], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=programs.TIMEOUT, check=False)


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_page_works(bench, line):
    folder, env = bench
    result = run(line, folder, env)
    assert (result.returncode, result.stderr) == (0 if any(word in line for word in CLEAN) else 1, "")
    written = re.search(r">(\S+)", line)
    text = (folder / written[1]).read_text(encoding="utf-8") if written else result.stdout
    if "sarif" in line:
        assert json.loads(text)["runs"][0]["results"]
    elif "junit" in line:
        assert etree.fromstring(text).find("testsuite/testcase/failure") is not None
    else:
        assert text


def test_the_page_shows_what_is_printed(bench):
    shown = next(block for _, _, block in BLOCKS if block.startswith("run.pcapng:"))
    printed = run("cmrp-check run.pcapng", *bench).stdout
    assert set(shown.splitlines()) <= set(printed.splitlines())


def test_the_page_has_a_recipe_for_each_form_and_is_led_to():
    for form in ("json", "sarif", "junit", "github"):
        assert any(f"--format {form}" in line for line in commands()), form
    assert len(commands()) > 15
    assert "(docs/check.md)" in (sandbox.SOURCE_DIR / "README.md").read_text(encoding="utf-8")
    assert "check.md" in programs.manual("cmrp-check")
    for link in re.findall(r"\]\(([\w.]+\.md)", PAGE):
        assert Path(sandbox.SOURCE_DIR / "docs" / link).is_file()
