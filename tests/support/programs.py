# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a test run the programs around the plugin, with the plugin from the build folder?

    result = programs.run("cmrp-check", "--json", path)
    result.returncode, result.stdout, result.stderr

    tool = programs.load("bench-bombs")     its functions, without running it
"""
import functools
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

from . import sandbox

TIMEOUT = 300


def environment():
    """That of the tests, in which the plugin from the build folder is found."""
    return {**os.environ, "WIRESHARK_PLUGIN_DIR": str(sandbox.BUILD_DIR / "plugins"), "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1"}


@functools.cache
def tshark_program():
    """The tshark of the tests; under a sanitizer a script that preloads its run-time library."""
    program = os.environ.get("CMRP_TSHARK") or "tshark"
    if "CMRP_LD_PRELOAD" not in os.environ:
        return program
    options = os.environ["CMRP_SANITIZER_OPTIONS"]
    # By its path: the script's own folder may come first in the PATH of a program that calls it.
    program = shutil.which(program) or program
    script = sandbox.sandbox().new_folder() / "tshark"
    script.write_text(f"#!/bin/sh\nLD_PRELOAD='{os.environ['CMRP_LD_PRELOAD']}' ASAN_OPTIONS='{options}' "
                      f"UBSAN_OPTIONS='{options}' exec '{program}' \"$@\"\n")
    script.chmod(0o755)
    return str(script)


def command(name, *args):
    return [sys.executable, str(sandbox.SOURCE_DIR / "programs" / name), *map(str, args)]


def run(name, *args, timeout=TIMEOUT, **options):
    """Run a program of programs/ to its end."""
    options.setdefault("env", environment())
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command(name, *args), capture_output=True, encoding="utf-8", timeout=timeout, check=False,
                          **options)


def manual(name):
    """The source of a program's manual page, which man must format without a warning."""
    page = sandbox.SOURCE_DIR / "docs" / "man" / f"{name}.1"
    formatted = subprocess.run(["man", "-l", "--warnings", page], capture_output=True, text=True, check=False,
                               env={**environment(), "MANWIDTH": "100"})
    assert (formatted.returncode, formatted.stderr) == (0, ""), f"{page}: {formatted.stderr}"
    return page.read_text(encoding="utf-8")


def load(name):
    """A program of tools/ as a module."""
    loader = SourceFileLoader(name.replace("-", "_"), str(sandbox.SOURCE_DIR / "tools" / name))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module
