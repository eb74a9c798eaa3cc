# SPDX-License-Identifier: GPL-2.0-or-later
"""As whom, with which plugin folder and with which profile does tshark run?

The user's own profile is not read, so that the same capture gives the same verdict everywhere.

Wireshark ignores WIRESHARK_PLUGIN_DIR when root runs it. So when a plugin folder is named, root runs tshark as
nobody, and what nobody cannot read is copied to where he can.

Passwords and keys are never on a command line, which every user of the machine can see, and on Linux never on a disk:
whatever ends this process, nothing of them is left.
"""
import itertools
import os
import shutil
import stat
import tempfile
from pathlib import Path

from . import host
from .errors import ToolError

UNPRIVILEGED_USER = "nobody"
_DESCRIPTORS = Path("/proc/self/fd")


def _anyone_may_read(path):
    path = Path(path).resolve()
    wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
    if path.stat().st_mode & wanted != wanted:
        return False
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)


def default_plugin_dir():
    """WIRESHARK_PLUGIN_DIR; in the source tree what was built there; None for what is installed."""
    if os.environ.get("WIRESHARK_PLUGIN_DIR"):
        return os.environ["WIRESHARK_PLUGIN_DIR"]
    tree = Path(__file__).resolve().parents[2]
    built = tree / "build" / "plugins"
    if (tree / "CMakeLists.txt").exists() and host.plugins_in(built):
        return str(built)
    return None


def _preference(name, value):
    """A value as Wireshark's file of preferences holds it."""
    if "\n" in value or "\r" in value:
        raise ToolError(f"The value of {name} has more than one line.")
    if value[:1].isspace():
        raise ToolError(f"The value of {name} begins with a space, which Wireshark's file of preferences cannot hold.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ToolError(f"The value of {name} is not UTF-8.") from None
    return value


class Surroundings:
    """A private folder for one run of a tool; use it in a `with` statement."""

    def __init__(self, plugin_dir=None, preferences=None):
        self.plugin_dir = plugin_dir
        self._preferences = preferences or {}
        self._folder = None
        self._user = None
        self._secrets = []  # descriptors
        self._copies = itertools.count(1)  # several threads may ask for some

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="cmrp-")
        self.path = Path(self._folder.name)
        try:
            self._furnish()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._folder.cleanup()
        for secret in self._secrets:
            os.close(secret)
        self._secrets = []

    def _furnish(self):
        if self.plugin_dir is not None:
            self.plugin_dir = Path(self.plugin_dir).absolute()
            if not host.plugins_in(self.plugin_dir):
                name = "cmrp.dll" if host.WINDOWS else "cmrp.so"
                raise ToolError(f"There is no plugin {self.plugin_dir}/VERSION/epan/{name}.")
            if host.is_root():
                self._user = host.pwd.getpwnam(UNPRIVILEGED_USER)
                self.path.chmod(0o711)
                self._share_plugin()
        self.home = self.path / "home"
        self.home.mkdir(mode=0o700)
        self._give(self.home)
        if host.WINDOWS:
            self._bring_plugins(self.plugin_dir or host.personal_plugins())
        lines = "".join(f"{name}: {_preference(name, value)}\n" for name, value in self._preferences.items())
        secret = self._secret("preferences", lines.encode())
        if secret != self.home / "preferences":
            (self.home / "preferences").symlink_to(secret)

    def _secret(self, name, content):
        """The path by which tshark, and nobody else, reads these bytes."""
        if not hasattr(os, "memfd_create") or not _DESCRIPTORS.is_dir():
            path = self.home / name
            path.touch(mode=0o600)
            path.write_bytes(content)
            self._give(path)
            return path
        secret = os.memfd_create(f"cmrp-{name}")
        self._secrets.append(secret)
        os.fchmod(secret, 0o600)
        self._give(secret)
        with open(secret, "wb", closefd=False) as file:
            file.write(content)
        return _DESCRIPTORS / str(secret)

    def _give(self, *paths):
        if self._user:
            for path in paths:
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _bring_plugins(self, folder):
        """On Windows a Wireshark with other settings looks for the user's plugins among those."""
        for plugin in host.plugins_in(folder) if folder else []:
            copy = self.home / "plugins" / plugin.relative_to(folder)
            copy.parent.mkdir(parents=True)
            shutil.copyfile(plugin, copy)

    def _share_plugin(self):
        plugin = host.plugins_in(self.plugin_dir)[0]
        if _anyone_may_read(plugin):
            return
        copy = self.path / "plugins" / plugin.relative_to(self.plugin_dir)
        copy.parent.mkdir(parents=True)
        shutil.copyfile(plugin, copy)
        for path in (copy, *copy.parents[:3]):
            path.chmod(0o755)
        self.plugin_dir = self.path / "plugins"

    def readable(self, path):
        """The path of a file with this content that tshark can open."""
        path = Path(path).absolute()
        if not self._user or _anyone_may_read(path):
            return str(path)
        copy = self.path / f"{next(self._copies)}-{path.name}"
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        self._give(copy)
        return str(copy)

    def readable_secret(self, path):
        """The same for a file with keys."""
        path = Path(path).absolute()
        return str(self._secret("keys", path.read_bytes()) if self._user and not _anyone_may_read(path) else path)

    def process_options(self):
        """Keyword arguments for subprocess.Popen."""
        environment = {name: value for name, value in os.environ.items() if name != "WIRESHARK_PLUGIN_DIR"}
        environment.update(
            LC_ALL="C.UTF-8", TZ="UTC", WIRESHARK_CONFIG_DIR=str(self.home),
            # Helpers for capturing are asked at each start, which costs time; nothing is captured here.
            WIRESHARK_EXTCAP_DIR=str(self.home))
        # Wireshark looks for files, such as IOR.txt, in the folder where it is started.
        options = {"env": environment, "cwd": self.home, "pass_fds": self._secrets}
        if self.plugin_dir is not None and not host.WINDOWS:
            environment["WIRESHARK_PLUGIN_DIR"] = str(self.plugin_dir)
            # A copy of the plugin in the personal folder would be loaded as well.
            environment["HOME"] = str(self.home)
        if self._user:
            options.update(user=self._user.pw_uid, group=self._user.pw_gid, extra_groups=[])
        return options
