# SPDX-License-Identifier: GPL-2.0-or-later
"""As whom, and in which surroundings, do the tests run Wireshark's programs?

Wireshark ignores WIRESHARK_PLUGIN_DIR and the personal plugin folder when its user or group id is 0.
So root runs it as an ordinary user. That user may not be able to read the build folder or a capture
(a clone under /root, pytest's private temporary folders): such files are copied to a folder that it
can read. An ordinary user runs everything as himself, and nothing is copied.

The home folder is private and empty, so nobody's own profile changes what a test sees.
"""
import atexit
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

SOURCE_DIR = Path(os.environ.get("CMRP_SOURCE_DIR") or Path(__file__).resolve().parents[2])
BUILD_DIR = Path(os.environ.get("CMRP_BUILD_DIR") or SOURCE_DIR / "build")

UNPRIVILEGED_USER = "nobody"

# A library of Windows where tools/windows runs the tests.
PLUGIN_NAMES = ("cmrp.so", "cmrp.dll")


def built_plugins():
    """The plugin in the build folder; more than one, or none, is somebody else's mistake."""
    return sorted(path for path in (BUILD_DIR / "plugins").glob("*/epan/cmrp.*") if path.name in PLUGIN_NAMES)


def wireshark_release():
    """The Wireshark that the plugin was built for: (4, 6)."""
    names = [path.name for path in (BUILD_DIR / "plugins").glob("*") if path.is_dir()]
    if len(names) != 1:
        raise AssertionError(f"{BUILD_DIR}/plugins: {len(names)} releases, expected one; build it first")
    return tuple(int(number) for number in names[0].replace("-", ".").split("."))


def _anyone_may_read(path):
    """True when file modes alone let every user read `path` and pass all folders above it."""
    path = Path(path).resolve()
    wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
    if path.stat().st_mode & wanted != wanted:
        return False
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)


class Sandbox:
    """A private folder, the identity and the environment for one run of the tests."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="cmrp-test-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.home.mkdir(mode=0o700)
        self.shared = self.folder / "shared"
        self.shared.mkdir(mode=0o755)
        self._copies = {}
        self._identity = {}
        if os.geteuid() == 0 or os.getegid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED_USER)
            self._identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.home, user.pw_uid, user.pw_gid)
        self._plugin_dir = None

    @property
    def drops_privileges(self):
        return bool(self._identity)

    def new_folder(self):
        """A fresh folder for files that the programs are to read; it is removed at the end."""
        folder = Path(tempfile.mkdtemp(dir=self.shared))
        folder.chmod(0o755)
        return folder

    def readable(self, path):
        """A path with the content of the file `path` that the programs can read."""
        path = Path(os.fspath(path)).absolute()
        if not self.drops_privileges or _anyone_may_read(path):
            return path
        state = path.stat()
        key = (path, state.st_mtime_ns, state.st_size)
        if key not in self._copies:
            copy = self.new_folder() / path.name
            shutil.copyfile(path, copy)
            copy.chmod(0o644)
            self._copies[key] = copy
        return self._copies[key]

    def plugin_dir(self):
        """The folder for WIRESHARK_PLUGIN_DIR."""
        if self._plugin_dir is None:
            built = BUILD_DIR / "plugins"
            plugins = built_plugins()
            if len(plugins) != 1:
                raise AssertionError(f"{built}/*/epan: {len(plugins)} plugins, expected one; build it first")
            self._plugin_dir = built
            if self.drops_privileges and not _anyone_may_read(plugins[0]):
                self._plugin_dir = self.shared / "plugins"
                copy = self._plugin_dir / plugins[0].relative_to(built)
                copy.parent.mkdir(parents=True)
                shutil.copyfile(plugins[0], copy)
                for path in (copy, *copy.parents[:3]):
                    path.chmod(0o755)
        return self._plugin_dir

    def environment(self, plugin=True, extra=None):
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            # Buffer overruns, use of freed memory and dissector bugs must end the program.
            "WIRESHARK_DEBUG_WMEM_OVERRIDE": os.environ.get("WIRESHARK_DEBUG_WMEM_OVERRIDE", "strict"),
            "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1",
            # Without the plugin an empty folder: an installed plugin must not slip in.
            "WIRESHARK_PLUGIN_DIR": str(self.plugin_dir() if plugin else self.home),
        }
        # Helpers for capturing are asked at each start; they cost time, and hang under a preloaded sanitizer.
        environment["WIRESHARK_EXTCAP_DIR"] = str(self.home)
        # Where a plugin that counts writes its counts: clang's, gcc's.
        for name in ("LLVM_PROFILE_FILE", "GCOV_PREFIX"):
            if name in os.environ:
                environment[name] = os.environ[name]
        if "CMRP_LD_PRELOAD" in os.environ:
            environment["LD_PRELOAD"] = os.environ["CMRP_LD_PRELOAD"]
        if "CMRP_SANITIZER_OPTIONS" in os.environ:
            environment["ASAN_OPTIONS"] = os.environ["CMRP_SANITIZER_OPTIONS"]
            environment["UBSAN_OPTIONS"] = os.environ["CMRP_SANITIZER_OPTIONS"]
        environment.update(extra or {})
        return environment

    def process_options(self, plugin=True, env=None):
        """The keyword arguments of subprocess.Popen."""
        return {"env": self.environment(plugin, env), "cwd": self.home, **self._identity}

    def run_as_user(self, words):
        """Run a small program, such as cp, as the user that runs Wireshark."""
        subprocess.run(words, check=True, **self.process_options(plugin=False))

    @staticmethod
    def command(program, args):
        """The words to run; CMRP_WRAPPER (valgrind and its options) comes first."""
        return [*shlex.split(os.environ.get("CMRP_WRAPPER", "")), str(program), *map(str, args)]


_sandbox = None


def sandbox():
    """The sandbox of this process."""
    global _sandbox
    if _sandbox is None:
        _sandbox = Sandbox()
    return _sandbox
