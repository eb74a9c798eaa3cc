# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured so far, with which Wireshark? A file for each release, until docs/bench.md is made of them.

The parts of a release may be measured one after the other: what was measured of the same revision is added to. Of
another revision it is forgotten, for figures of two revisions must not stand in one table.
"""
import json
import subprocess
from collections import namedtuple

from .measures import Table

# What the figures depend on: a later change of a page or of a test does not make them old.
MEASURED = ("CMakeLists.txt", "cmake", "idl", "plugin", "tools/cmrpbench/mixture.py")

# release: "4.0". machine: rows of (what, value). tables: {part: Table}.
Kept = namedtuple("Kept", "release revision machine tables")


def revision(source_dir):
    """The commit that last changed the plugin or the calls it is measured with, and whether they were changed since;
    nothing where there is no git."""
    def git(*words):
        found = subprocess.run(["git", "-C", str(source_dir), *words, "--", *MEASURED], capture_output=True, text=True)
        return found.stdout.strip() if found.returncode == 0 else ""

    return git("log", "-1", "--format=%h") + ("-dirty" if git("status", "--porcelain") else "")


def read(path):
    made = json.loads(path.read_text(encoding="utf-8"))
    made["machine"] = [tuple(row) for row in made["machine"]]
    made["tables"] = {part: Table(**table) for part, table in made["tables"].items()}
    return Kept(**made)


def write(folder, kept):
    folder.mkdir(parents=True, exist_ok=True)
    made = kept._asdict() | {"tables": {part: table._asdict() for part, table in kept.tables.items()}}
    (folder / f"{kept.release}.json").write_text(json.dumps(made, indent=1), encoding="utf-8")


def add(folder, new):
    """Keeps what is new, with what was measured of the same revision."""
    path = folder / f"{new.release}.json"
    old = read(path) if path.exists() else None
    if old and old.revision == new.revision:
        new = new._replace(tables=old.tables | new.tables)
    write(folder, new)


def releases(folder):
    """All that is kept, the oldest Wireshark first."""
    return sorted(map(read, folder.glob("*.json")), key=lambda kept: [int(word) for word in kept.release.split(".")])
