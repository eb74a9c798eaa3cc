# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the plugin say of all captures? Written on Linux, and compared with what it says on Windows.

    python3 -m windows.sayings FOLDER       (in tests/)
"""
import json
import sys
from pathlib import Path

from support import sandbox
from support.tshark import PASSWORD, Tshark

# Wireshark for Windows is built without Kerberos here, so nothing is opened by it on either side.
CAPTURES = sorted((sandbox.SOURCE_DIR / "captures").glob("*.pcapng"))
STATISTICS = ("handles", "findings", "notify", "tree", "unbound")


def of(tshark, capture):
    """JSON of all PDUs, and the statistics."""
    words = [word for name in STATISTICS for word in ("-z", f"cmrp,{name}")]
    # Only what the plugin says: Wireshark's own time zone has another name on Windows.
    told = tshark.read(capture, ["-2", *PASSWORD, "-T", "json", "--no-duplicate-keys", "-J", "cmrp", *words], "cmrp").stdout
    _, end = json.JSONDecoder().raw_decode(told)
    return told[:end], told[end:]


def tables(tshark):
    """The lines of all filters of the plugin, and of its rules."""
    lines = tshark.run(["-G", "fields"]).stdout.splitlines()
    filters = [line for line in lines if line.split("\t")[2].split(".")[0] in ("cmrp", "clusapi")]
    return "\n".join(filters) + "\n" + tshark.read(CAPTURES[0], ["-q", "-z", "cmrp,rules"]).stdout


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True)
    tshark = Tshark()
    (folder / "tables").write_text(tables(tshark), encoding="utf-8")
    for capture in CAPTURES:
        for kind, text in zip(("json", "statistics"), of(tshark, capture), strict=True):
            (folder / f"{capture.stem}.{kind}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
