# SPDX-License-Identifier: GPL-2.0-or-later
"""Which byte sequences mean something in this protocol? libFuzzer's dictionary, from the IDL and the tables beside it.

    dictionary.py >FILE
"""
import re
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
IDL_DIR = Path(__file__).resolve().parents[2] / "idl"
sys.path.insert(0, str(IDL_DIR))

# Numbers that counts and sizes are wrong with.
BOUNDS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000, 0x20000)
# Names of properties and the like, as the wire has them.
NAME = re.compile(r"^[A-Za-z][A-Za-z ]{2,31}$")


def numbers():
    """All numbers of enumerations, control codes and statuses in the tables."""
    for path in sorted(IDL_DIR.glob("*.tsv")):
        for word in re.findall(r"\b0x[0-9A-Fa-f]{1,8}\b|\b[0-9]{1,5}\b", path.read_text(encoding="utf-8")):
            yield int(word, 0)


def names():
    for path in sorted(IDL_DIR.glob("*.tsv")):
        for cell in re.split(r"[\t\n]", path.read_text(encoding="utf-8")):
            if NAME.match(cell):
                yield cell


def entries():
    for number in sorted({*BOUNDS, *numbers()}):
        for order in "<>":
            yield struct.pack(order + "I", number)
        if number > 0xFFFF:
            yield struct.pack("<Q", number)
    for name in sorted(set(names())):
        yield name.encode("utf-16-le") + b"\0\0"
    # Handles of the captures differ in their last bytes; a NULL handle is all zeros.
    yield bytes(20)


def main():
    import cmrpidl

    model = cmrpidl.load([str(IDL_DIR / f"clusapi{version}.idl") for version in (2, 3)])
    opnums = {method.opnum for version in (2, 3) for method in model.interface(version).methods}
    for data in dict.fromkeys([*entries(), *(struct.pack("<BBH", 0, 0, opnum) for opnum in sorted(opnums))]):
        print('"' + "".join(f"\\x{byte:02x}" for byte in data) + '"')


if __name__ == "__main__":
    main()
