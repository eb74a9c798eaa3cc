# SPDX-License-Identifier: GPL-2.0-or-later
"""Does Wireshark load the plugin here, and what is to be done if not?

Ends with 0 when it is loaded, with 1 when it is not.

A plugin file that is damaged may end tshark itself while it starts, whatever it is asked. Then it is asked with all
plugins put away, and each plugin file is tried alone.
"""
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections import namedtuple
from pathlib import Path

from . import host
from .cli import Parser
from .errors import ToolError
from .plugin_file import damage, release_of
from .surroundings import UNPRIVILEGED_USER

NAMES = host.PLUGIN_NAMES
TIMEOUT = 60

# Wireshark as it is installed: version "4.0.17", release "4.0", package or None.
Wireshark = namedtuple("Wireshark", "program version release package")
# A folder that Wireshark looks into: its kind, and why it does not look into it now (or None).
Folder = namedtuple("Folder", "path kind ignored")

# Why a folder is ignored, and what the user can do about it.
ROOT = "root runs Wireshark"
OVERRIDDEN = "WIRESHARK_PLUGIN_DIR is set"
REMEDIES = {
    ROOT: "Run it as an ordinary user, or install for all users: \"cmake --install build\" as root.",
    OVERRIDDEN: "Unset that variable.",
}


class Killed(Exception):
    """A program was ended by a signal; the argument is its name."""


def _run(program, *args, **options):
    try:
        result = subprocess.run([program, *args], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                                errors="replace", timeout=TIMEOUT, check=False, **options)
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"takes more than {TIMEOUT} s" if isinstance(error, subprocess.TimeoutExpired) else \
            getattr(error, "strerror", None) or error
        raise ToolError(f"{program} cannot be run: {reason}.") from None
    if result.returncode < 0:
        raise Killed(signal.Signals(-result.returncode).name)
    return result


def _package_of(path):
    """The package that brought a file: "tshark 4.0.17-1", or None where no package manager knows."""
    path = os.path.realpath(path)
    if shutil.which("dpkg-query"):
        owner = _run("dpkg-query", "--search", path).stdout.split(":")[0]
        if owner:
            return _run("dpkg-query", "--show", "--showformat=${Package} ${Version}", owner).stdout or None
    if shutil.which("rpm"):
        answer = _run("rpm", "--query", "--file", path)
        if answer.returncode == 0:
            return answer.stdout.strip()
    return None


def find_program(program):
    path = shutil.which(program or "tshark")
    if not path:
        raise ToolError(f"{program or 'tshark'} was not found: install Wireshark's command line (Debian: tshark), "
                        "or name the program with --tshark.")
    return path


def find_wireshark(path, **options):
    match = re.search(r"Wireshark\)? ((\d+\.\d+)\.\d+)", _run(path, "--version", **options).stdout)
    if not match:
        raise ToolError(f"{path} does not say which version it is, so it may be no tshark.")
    return Wireshark(path, match[1], match[2], _package_of(path))


def _is_special():
    """Wireshark trusts no folder of a user's when root runs it."""
    return hasattr(os, "geteuid") and 0 in (os.getuid(), os.geteuid(), os.getgid(), os.getegid())


def _told_folders(wireshark, **options):
    told = {}
    for line in _run(wireshark.program, "-G", "folders", **options).stdout.splitlines():
        name, _, path = line.partition(":")
        told.setdefault(name.strip(), path.strip())
    if "Global Plugins" not in told or "Personal Plugins" not in told:
        raise ToolError(f"Wireshark {wireshark.version} does not say where it looks for plugins: it was built without.")
    return told


def find_folders(wireshark):
    """The folders for plugins, and the one of the settings."""
    told = _told_folders(wireshark)
    without = _told_folders(wireshark, env={name: value for name, value in os.environ.items()
                                            if name != "WIRESHARK_PLUGIN_DIR"})
    folders = _folders([Path(without["Global Plugins"])], Path(told["Personal Plugins"]))
    return folders, Path(told.get("Personal configuration", ""))


def _folders(global_folders, personal):
    """All places for plugins, in the order in which Wireshark looks; `personal` is named after the release."""
    special = ROOT if _is_special() else None
    folders = []
    if os.environ.get("WIRESHARK_PLUGIN_DIR"):
        named = Path(os.environ["WIRESHARK_PLUGIN_DIR"]) / personal.name
        folders.append(Folder(named / "epan", "WIRESHARK_PLUGIN_DIR", special))
    overridden = OVERRIDDEN if folders and not special else None
    folders += [Folder(folder / "epan", "global", overridden) for folder in global_folders]
    return [*folders, Folder(personal / "epan", "personal", special)]


def _unreadable(folder):
    """The folder on the way to a place for plugins that keeps Wireshark out, or None."""
    for step in (*reversed(folder.path.parents), folder.path):
        if not os.path.lexists(step):
            return None
        if not os.access(step, os.X_OK | (os.R_OK if step == folder.path else 0)):
            return step
    return None


def find_files(folders):
    """Each plugin file: in the folders, in those for other releases beside them, and in wrong places there."""
    found = []
    for folder in folders:
        base = folder.path.parent.parent
        for pattern in ("*/epan", "*", "epan", ""):
            for name in NAMES:
                for place in sorted(base.glob(pattern)) if pattern else [base]:
                    path = place / name
                    if path not in found and os.path.lexists(path):
                        found.append(path)
    return found


def find_loaded(wireshark):
    """Path and version of the plugin that is loaded or None, and what tshark says about it."""
    result = _run(wireshark.program, "-G", "plugins")
    complaints = [line for line in result.stderr.splitlines() if any(name in line for name in NAMES)]
    for line in result.stdout.splitlines():
        columns = [column.strip() for column in line.split("\t")]
        if columns[0] in NAMES and len(columns) >= 4:
            return Path(columns[-1]), columns[1], complaints
    return None, None, complaints


def _same(one, other):
    return one is not None and other is not None and os.path.realpath(one) == os.path.realpath(other)


def _state(path, loaded, wireshark, folders):
    """What becomes of a plugin file, in words."""
    release = release_of(path)
    if _same(path, loaded):
        return "loaded"
    wrong, _ = damage(path)
    if wrong:
        return wrong
    for folder in folders:
        if _same(path.parent, folder.path):
            if folder.ignored:
                return f"ignored, because {folder.ignored}"
            if release and release != wireshark.release:
                return f"refused, because this is Wireshark {wireshark.version}"
            return "not needed, another one is loaded" if loaded else "not loaded"
    if path.parent.name == "epan" and re.fullmatch(r"\d+[.-]\d+", path.parent.parent.name):
        return f"not looked at, this is Wireshark {wireshark.version}"
    return "not looked at, wrong folder"


def _advice(wireshark, folders, files, complaints):
    """What to do when nothing is loaded: one or two sentences."""
    for folder in folders:
        for path in files:
            wrong, remedy = damage(path)
            if wrong and _same(path.parent, folder.path) and not folder.ignored:
                return f"Wireshark does not load {path}, which {wrong}. {remedy}"
    for folder in folders:
        closed = None if folder.ignored else _unreadable(folder)
        if closed and not any(_same(path.parent, one.path) for path in files for one in folders):
            return (f"Wireshark cannot read the folder {closed}, in which the plugin may be. "
                    f"Open it: chmod a+rx {shlex.quote(str(closed))}")
    right = [path for path in files if release_of(path) in (wireshark.release, None)]
    again = ("Remove the build folder and build again on this machine, "
             f"or install the package made for Wireshark {wireshark.release}.")
    if not files:
        return ("No plugin file is installed. Run \"cmake --install build\" in the source tree, "
                f"or install the package wireshark-cmrp made for Wireshark {wireshark.release}.")
    if not right:
        made = " and ".join(sorted({release_of(path) for path in files}))
        return f"The plugin here was made for Wireshark {made}, but this is Wireshark {wireshark.version}. {again}"
    for path in right:
        for folder in folders:
            if _same(path.parent, folder.path) and not folder.ignored:
                said = f" tshark says: {complaints[0]}" if complaints else ""
                return f"Wireshark does not load {path}.{said} {again}"
    for path in right:
        for folder in folders:
            if _same(path.parent, folder.path):
                return f"Wireshark does not read {path}, because {folder.ignored}. {REMEDIES[folder.ignored]}"
    wanted = next(folder for folder in reversed(folders) if not folder.ignored)
    return f"Wireshark does not look into {right[0].parent}. Move the file to {wanted.path}."


def _notes(wireshark, settings, loaded):
    """Damage that did not show yet, and choices of the user's that hide a plugin that is loaded."""
    wrong, remedy = damage(loaded)
    if wrong:
        yield f"{loaded} {wrong}. {remedy}"
    try:
        disabled = (settings / "disabled_protos").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        disabled = []
    if "cmrp" in disabled:
        yield "The protocol is disabled: enable \"cmrp\" under Analyze > Enabled Protocols."
    for line in _run(wireshark.program, "-G", "currentprefs").stdout.splitlines():
        if re.fullmatch(r"cmrp\.use_builtin: *TRUE", line.strip()):
            yield ("Wireshark's built-in dissector is in use: switch off \"Decode with Wireshark's built-in dissector "
                   "instead\" in the preferences of CMRP.")


def main(argv=None):
    parser = Parser(
        prog="cmrp-doctor", description="Tells whether Wireshark loads the ClusAPI plugin, and what to do if not. "
        "Ends with 0 when it is loaded, with 1 when it is not, with 2 when that cannot be found out.")
    parser.add_argument("--tshark", metavar="PROGRAM", help="the tshark to ask")
    parser.add_version()
    options = parser.parse_args(argv)
    program = find_program(options.tshark)
    try:
        return _examine(program)
    except Killed as killed:
        return _find_the_killer(program, killed)


def _examine(program):
    wireshark = find_wireshark(program)
    folders, settings = find_folders(wireshark)
    files = find_files(folders)
    loaded, version, complaints = find_loaded(wireshark)
    if loaded and not any(_same(path, loaded) for path in files):
        files.append(loaded)

    _print_wireshark(wireshark, folders)
    for path in files:
        _print_file(path, _state(path, loaded, wireshark, folders))
    if not loaded:
        print(f"The plugin is not loaded. {_advice(wireshark, folders, files, complaints)}")
        return 1
    print(f"The plugin is loaded: version {version}, {loaded}")
    for note in _notes(wireshark, settings, loaded):
        print(f"But: {note}")
    return 0


def _print_wireshark(wireshark, folders):
    package = f", package {wireshark.package}" if wireshark.package else ""
    print(f"Wireshark {wireshark.version} ({wireshark.program}{package})")
    print("looks for plugins in")
    for folder in folders:
        ignored = f", ignored because {folder.ignored}" if folder.ignored else ""
        print(f"  {folder.path} ({folder.kind}{ignored})")


def _print_file(path, state):
    made = f"made for Wireshark {release_of(path)}" if release_of(path) else "made for an unknown release"
    print(f"found {path}\n  {made}: {state}")


# --- When tshark does not even start -----------------------------------------------------------------

@contextlib.contextmanager
def _apart():
    """A folder for plugins that is empty, and the options by which a program sees it and no other."""
    with tempfile.TemporaryDirectory(prefix="cmrp-") as folder:
        plugins = Path(folder, "plugins")
        plugins.mkdir()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "WIRESHARK_"))}
        options = {"env": {**environment, "HOME": folder, "WIRESHARK_PLUGIN_DIR": str(plugins)}}
        if _is_special():
            # Root would be shown the global folder all the same.
            user = host.pwd.getpwnam(UNPRIVILEGED_USER)
            options.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
            for path in (Path(folder), plugins):
                path.chmod(0o755)
        yield plugins, options


def _find_the_killer(program, killed):
    try:
        with _apart() as (_, options):
            wireshark = find_wireshark(program, **options)
            personal = Path(_told_folders(wireshark, **options)["Personal Plugins"])
            personal = Path.home() / personal.relative_to(options["env"]["HOME"])
    except Killed:
        raise ToolError(f"{program} is ended by {killed} even without any plugin: install Wireshark again.") from None
    folders = _folders(_likely_folders(program, personal.name), personal)
    files = find_files(folders)
    _print_wireshark(wireshark, folders)
    guilty = []
    for path in files:
        wrong = damage(path)[0] or ("ends tshark when it is loaded alone" if _kills(program, path, personal.name) else None)
        _print_file(path, wrong or "not loaded")
        if wrong and any(_same(path.parent, folder.path) and not folder.ignored for folder in folders):
            guilty.append((path, wrong))
    if not guilty:
        raise ToolError(f"{program} is ended by {killed} while it loads its plugins, but {NAMES[0]} is not the reason: "
                        "another plugin in these folders is.")
    path, wrong = guilty[0]
    print(f"The plugin is not loaded: {killed} ends Wireshark when it starts, because {path} {wrong}. "
          f"{damage(path)[1] or 'Remove it, then build it again on this machine.'}")
    return 1


def _likely_folders(program, release):
    """Where the global folder is: a tshark that does not start cannot be asked."""
    roots = {Path("/usr"), Path("/usr/local"), Path(os.path.realpath(program)).parent.parent}
    return sorted({found for root in roots for pattern in ("lib*/wireshark/plugins", "lib/*/wireshark/plugins")
                   for found in (folder / release for folder in root.glob(pattern))})


def _kills(program, path, release):
    """Does tshark end by a signal when this file is its only plugin?"""
    with _apart() as (plugins, options):
        copy = plugins / release / "epan" / path.name
        copy.parent.mkdir(parents=True)
        try:
            shutil.copyfile(path, copy)
        except OSError:
            return False
        for made in (copy, copy.parent, copy.parent.parent):
            made.chmod(0o755)
        try:
            _run(program, "-G", "plugins", **options)
        except Killed:
            return True
    return False
