# SPDX-License-Identifier: GPL-2.0-or-later
"""What do all command lines have in common?"""
import argparse

VERSION = "1.0.0"


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with a command; how it is used it says when asked."""

    def __init__(self, **options):
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help tells how it is used).\n")

    def add_version(self):
        self.add_argument("--version", action="version", version=f"{self.prog} {VERSION}")
