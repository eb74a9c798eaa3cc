# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the sanitizers catch the fault named on the command line, in the way the tests run tshark?"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.tshark import Tshark  # noqa: E402

REPORTS = {"heap": "heap-buffer-overflow", "signed": "signed integer overflow"}


def main(fault):
    tshark = Tshark()
    # Without a fault the same plugin loads and is quiet, or another reason made it fail.
    tshark.run(["-v"])
    result = tshark.run(["-v"], env={"CMRP_CANARY": fault}, check=False)
    return 0 if result.rc != 0 and REPORTS[fault] in result.stderr else 1


sys.exit(main(sys.argv[1]))
