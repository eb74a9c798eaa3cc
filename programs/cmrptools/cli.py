# SPDX-License-Identifier: GPL-2.0-or-later
"""What do all command lines have in common?"""
import argparse
from pathlib import Path


def _version():
    """Version and commit, the latter None in a folder that somebody works in.

    Of the file VERSION: in the folder above programs/, or beside the modules where they are installed.
    """
    modules = Path(__file__).resolve().parent
    for folder in (modules.parent, modules.parents[1]):
        try:
            version, _, commit = (folder / "VERSION").read_text(encoding="ascii").partition("\n")
        except OSError:
            continue
        return version, commit.strip() or None
    return "unknown", None


VERSION, COMMIT = _version()


def positive(word):
    """For argparse: a whole number from 1 on."""
    number = int(word)
    if number <= 0:
        raise ValueError(word)
    return number


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with a command; how it is used it says when asked."""

    def __init__(self, **options):
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help tells how it is used).\n")

    def add_version(self):
        self.add_argument("--version", action="version", version=f"{self.prog} {VERSION}" + (f" ({COMMIT})" if COMMIT else ""))
