# SPDX-License-Identifier: GPL-2.0-or-later
"""How do many inputs of a fuzzer become one file, and files again?

    inputs.py pack FOLDER ARCHIVE      # the files of a corpus, as an archive that is the same each time
    inputs.py unpack ARCHIVE FOLDER
    inputs.py split JOURNAL FOLDER     # the inputs of a journal (journal.h), named by their order
"""
import hashlib
import struct
import sys
import zipfile
from pathlib import Path


def pack(folder, archive):
    inputs = sorted({path.read_bytes() for path in Path(folder).iterdir()})
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for data in inputs:
            # A name for each content, and no time: the same corpus is the same archive.
            target.writestr(zipfile.ZipInfo(hashlib.sha1(data).hexdigest()), data, zipfile.ZIP_DEFLATED)


def unpack(archive, folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as source:
        source.extractall(folder)


def journal(data):
    """The inputs of a journal."""
    at = 0
    while at + 4 <= len(data):
        length, = struct.unpack_from("=I", data, at)
        if length == 0:
            return
        yield data[at + 4:at + 4 + length]
        at += 4 + length


def split(path, folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(journal(Path(path).read_bytes())):
        (Path(folder) / f"{number:04}").write_bytes(data)


if __name__ == "__main__":
    {"pack": pack, "unpack": unpack, "split": split}[sys.argv[1]](*sys.argv[2:])
