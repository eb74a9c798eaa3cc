# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tools/layers see an include that leads to the right, a circle of files, and a folder that has no place?"""
import subprocess
import sys

import pytest
from support.sandbox import SOURCE_DIR


def layers(*arguments):
    return subprocess.run([sys.executable, SOURCE_DIR / "tools/layers", *arguments], capture_output=True, text=True,
                          timeout=60)


@pytest.fixture
def plugin(tmp_path):
    """A function that makes a plugin folder of files and what each includes."""
    def make(**files):
        for name, includes in files.items():
            folder, _, unit = name.partition("_")
            path = tmp_path / (f"{folder}/{unit}.h" if unit else f"{folder}.c")
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f'#include "{include}"\n' for include in includes), encoding="utf-8")
        return layers(tmp_path)
    return make


def test_what_leads_to_the_left_is_well(plugin):
    result = plugin(base_a=[], ndr_b=["base/a.h", "cmrp_tables.h"], rules_c=["ndr/b.h"], plugin=["rules/c.h"])
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("includes, fault", [
    ({"base_a": ["ndr/b.h"], "ndr_b": []}, "base/a includes ndr/b, which stands to its right\n"),
    ({"rules_a": ["show/b.h"], "show_b": []}, "rules/a includes show/b, which stands to its right\n"),
    ({"state_a": ["state/b.h"], "state_b": ["state/a.h"]}, "these include each other: state/a, state/b\n"),
    ({"state_a": ["state/b.h"], "state_b": ["state/c.h"], "state_c": ["state/a.h"]},
     "these include each other: state/a, state/b, state/c\n"),
])
def test_faults_are_named(plugin, includes, fault):
    result = plugin(**includes)
    assert (result.returncode, result.stdout) == (1, fault)


def test_a_folder_without_a_place_is_refused_in_one_sentence(plugin):
    result = plugin(attic_a=[])
    assert result.returncode == 1
    assert result.stderr == "tools/layers does not know where these stand: attic. Give each its place in LAYERS.\n"


def test_a_header_and_its_source_are_one(plugin, tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base/a.c").write_text('#include "base/a.h"\n', encoding="utf-8")
    assert plugin(base_a=[]).returncode == 0


def test_the_drawing_names_every_layer_from_left_to_right():
    lines = layers("--draw").stdout.splitlines()
    names = [line.split()[0] for line in lines if "<-" in line]
    assert names[0] == "base"
    assert names[-3:] == ["postdissector", "dissect", "plugin"]
