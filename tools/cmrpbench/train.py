#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the plugin do most? Counts for the compiler (cmake/CmrpTraining.cmake).

Usage: train.py BUILD COUNTS. Reads the mixture of calls in all ways with the counting plugin of the folder BUILD. The
counts go to the folder COUNTS, which stands in the build folder that is to use them.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE_DIR = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE_DIR / folder) for folder in ("tests", "idl", "tools")]

PDUS = 6000


def hand_over(written, counts):
    """gcc looks for them by the whole name of the object file, in one folder."""
    shutil.rmtree(counts, ignore_errors=True)
    counts.mkdir()
    for path in written.rglob("*.gcda"):
        shutil.copyfile(path, counts / str(counts.parent / path.relative_to(written)).replace("/", "#"))


def unshuffled():
    """Words before a command for which memory lies where it lay the last time: hashes of addresses are counted as well.
    Nothing, where that is forbidden, as in some containers: then two builds differ by some bytes."""
    words = ("setarch", "-R")
    try:
        allowed = subprocess.run([*words, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        print("setarch -R is forbidden here: another build like this one will differ from it by some bytes.")
    return words if allowed else ()


def count(build, counts):
    from cmrpbench import mixture, readers
    from support import sandbox

    sandbox.BUILD_DIR = build
    with tempfile.TemporaryDirectory(prefix="cmrp-train-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        # tshark may run as a user who must not write into the build folder.
        written = sandbox.sandbox().home / "counts"
        os.environ["GCOV_PREFIX"] = str(written)
        program = readers.Readers(folder)
        wrapper = unshuffled()
        path = mixture.write(folder / "mixture.pcap", mixture.Methods.of(SOURCE_DIR / "idl"), PDUS)
        for way in readers.WAYS:
            program.cost(readers.PLUGIN, path, way.words_for(readers.PLUGIN), wrapper, program.steady())
        hand_over(written / build.relative_to("/"), counts)


def main():
    build, counts = (Path(word).resolve() for word in sys.argv[1:])
    count(build, counts)
    if not any(counts.rglob("*.gcda")):
        sys.exit(f"Nothing was counted: the plugin in {build} was not built with CMRP_COUNTING.")


if __name__ == "__main__":
    main()
