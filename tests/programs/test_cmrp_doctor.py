# SPDX-License-Identifier: GPL-2.0-or-later
"""Does cmrp-doctor find out whether the plugin is loaded, and say what to do if not?"""
import os
import re
import shutil
import struct
import subprocess
import sys

import pytest
from support import programs, sandbox
from support.sandbox import BUILD_DIR, SOURCE_DIR

PLUGIN = "cmrp.so"
# Of which commit it is, is known in an archive of git's only.
_CACHE = (BUILD_DIR / "CMakeCache.txt").read_text()
_COMMIT = re.search(r"^CMRP_COMMIT:STRING=(.*)$", _CACHE, re.M)[1][:12]
VERSION = (SOURCE_DIR / "VERSION").read_text().strip() + (f" ({_COMMIT})" if _COMMIT else "")


@pytest.fixture
def place():
    """A folder that the user of Wireshark can read, with the program in it."""
    folder = sandbox.sandbox().new_folder()
    shutil.copytree(SOURCE_DIR / "programs/cmrptools", folder / "programs/cmrptools")
    shutil.copy(SOURCE_DIR / "programs/cmrp-doctor", folder / "programs/cmrp-doctor")
    open_up(folder)
    return folder


def open_up(folder):
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)


def built():
    return next((BUILD_DIR / "plugins").glob(f"*/epan/{PLUGIN}"))


def put(folder, content=None):
    """A plugin file in a folder."""
    folder.mkdir(parents=True)
    (folder / PLUGIN).write_bytes(built().read_bytes() if content is None else content)
    return folder / PLUGIN


def doctor(place, *args, plugins=None, as_root=False, env=None, closed=None):
    """Run it. `closed`: a file or folder that its user may not read."""
    open_up(place)
    if closed:
        closed.chmod(0)
    box = sandbox.sandbox()
    words = [sys.executable, str(place / "programs/cmrp-doctor"), "--tshark", programs.tshark_program(), *args]
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "LC_ALL": "C.UTF-8", **(env or {})}
    if plugins:
        environment["WIRESHARK_PLUGIN_DIR"] = str(plugins)
    identity = {}
    if as_root:
        # An ordinary user becomes root of a namespace of his own.
        words = words if box.drops_privileges else ["unshare", "--map-root-user", *words]
    else:
        identity = {key: value for key, value in box.process_options().items() if key in ("user", "group", "extra_groups")}
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=120,
                          cwd=place, env=environment, check=False, **identity)


def verdict(result):
    assert result.stderr == ""
    return result.stdout.splitlines()[-1]


def test_loaded(place, release):
    path = put(place / f"plugins/{release}/epan")
    result = doctor(place, plugins=place / "plugins")
    assert verdict(result) == f"The plugin is loaded: version {VERSION}, {path}"
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert re.match(rf"Wireshark {re.escape(release)}\.\d+ \(/.*tshark", lines[0])
    assert f"  {path.parent} (WIRESHARK_PLUGIN_DIR)" in lines
    assert lines[lines.index(f"found {path}") + 1] == f"  made for Wireshark {release}: loaded"


def test_loaded_from_the_personal_folder(place, release):
    path = put(place / f".local/lib/wireshark/plugins/{release}/epan")
    result = doctor(place)
    assert verdict(result) == f"The plugin is loaded: version {VERSION}, {path}"
    assert result.returncode == 0


def test_not_installed(place, release):
    (place / "plugins").mkdir()
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 1
    assert verdict(result).startswith("The plugin is not loaded. No plugin file is installed. "
                                      'Run "cmake --install build" in the source tree, ')
    assert verdict(result).endswith(f"made for Wireshark {release}.")


def made_for(major, minor):
    """The plugin as another release would have it: only the two numbers that Wireshark compares differ."""
    listing = subprocess.run(["nm", "-D", built()], capture_output=True, text=True, check=True).stdout
    headers = subprocess.run(["readelf", "-lW", built()], capture_output=True, text=True, check=True).stdout
    segments = [[int(number, 16) for number in match] for match in
                re.findall(r"LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+)", headers)]
    content = bytearray(built().read_bytes())
    for name, value in (("plugin_want_major", major), ("plugin_want_minor", minor)):
        address = int(re.search(rf"^(\w+) \w {name}$", listing, re.M)[1], 16)
        offset = next(start + address - first for start, first, size in segments if first <= address < first + size)
        struct.pack_into("<i", content, offset, value)
    return bytes(content)


def test_made_for_another_release(place, release):
    path = put(place / "plugins/3.9/epan", made_for(3, 9))
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 1
    assert f"found {path}\n  made for Wireshark 3.9: not looked at, this is Wireshark {release}." in result.stdout
    assert verdict(result).startswith(
        f"The plugin is not loaded. The plugin here was made for Wireshark 3.9, but this is Wireshark {release}.")


def test_made_for_another_release_in_the_folder_of_this_one(place, release):
    """The file itself tells, not its folder. Wireshark names one of the two versions, the doctor both."""
    path = put(place / f"plugins/{release}/epan", made_for(3, 9))
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 1
    assert f"found {path}\n  made for Wireshark 3.9: refused, because this is Wireshark {release}." in result.stdout
    assert f"was made for Wireshark 3.9, but this is Wireshark {release}." in verdict(result)


def executable_part():
    """Offset and length of the plugin's code."""
    headers = subprocess.run(["readelf", "-SW", built()], capture_output=True, text=True, check=True).stdout
    offset, size = re.search(r" \.text +PROGBITS +\w+ (\w+) (\w+)", headers).groups()
    return int(offset, 16), int(size, 16)


def half():
    """The plugin up to the middle of its code."""
    offset, size = executable_part()
    return built().read_bytes()[:offset + size // 2]


# What a copy may leave behind that was interrupted, refused or went wrong, and what is said of it.
DAMAGES = {
    "half copied": (half, "is not whole: it has [0-9,]+ of [0-9,]+ bytes"),
    # dlopen says so itself.
    "its beginning": (lambda: built().read_bytes()[:60], "is not whole: these 60 bytes are its beginning"),
    "senseless": (lambda: b"\x7fELF\x02\x01" + b"\xff" * 100, "is not whole: these 106 bytes are its beginning"),
    "empty": (bytes, "is empty"),
    "something else": (lambda: b"404 Not Found\n", "is no plugin of Linux"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file(place, release, damage):
    """tshark ends by SIGBUS on a half-copied one, whatever it is asked."""
    content, words = DAMAGES[damage]
    path = put(place / f"plugins/{release}/epan", content())
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 1
    assert re.search(rf"found {re.escape(str(path))}\n  made for [^:]*: {words}", result.stdout)
    assert re.search(rf"The plugin is not loaded[.:] .*{re.escape(str(path))},? (which )?{words}\. "
                     r"Remove it, then install it again\.", verdict(result))
    assert ("SIGBUS" in verdict(result)) == (damage == "half copied")
    assert result.stdout.startswith(f"Wireshark {release}.")


def test_a_file_without_its_end_that_is_loaded_all_the_same(place, release):
    """What is missing may be what only debuggers read."""
    path = put(place / f"plugins/{release}/epan", built().read_bytes()[:-10])
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 0
    assert re.fullmatch(rf"But: {re.escape(str(path))} is not whole: .*\. Remove it, then install it again\.",
                        verdict(result))


def test_a_whole_file_that_ends_tshark(place, release):
    """Its length is right, its content is not: only trying it alone shows that it is the one."""
    start, size = executable_part()
    content = built().read_bytes()
    content = content[:start] + b"\xf4" * size + content[start + size:]
    path = put(place / f".local/lib/wireshark/plugins/{release}/epan", content)
    result = doctor(place)
    assert result.returncode == 1
    assert f"{path} ends tshark when it is loaded alone. Remove it, then build it again on this machine." in verdict(result)


def test_another_plugin_that_ends_tshark(place, release):
    put(place / f"plugins/{release}/epan")
    (place / f"plugins/{release}/epan/other.so").write_bytes(half())
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "is ended by SIGBUS while it loads its plugins, but cmrp.so is not the reason" in result.stderr


def test_what_may_not_be_read(place, release):
    """A file, and a folder above it."""
    path = put(place / f"plugins/{release}/epan")
    result = doctor(place, plugins=place / "plugins", closed=path)
    assert result.returncode == 1
    assert f"Wireshark does not load {path}, which cannot be read (Permission denied). Let everybody read it: " \
           f"chmod a+r {path}" in verdict(result)
    for folder in (path.parent, place / "plugins"):
        result = doctor(place, plugins=place / "plugins", closed=folder)
        assert result.returncode == 1
        assert f"Wireshark cannot read the folder {folder}, in which the plugin may be. " \
               f"Open it: chmod a+rx {folder}" in verdict(result)


def test_what_is_no_file(place, release):
    folder = place / f"plugins/{release}/epan"
    (folder / PLUGIN).mkdir(parents=True)
    result = doctor(place, plugins=place / "plugins")
    assert (result.returncode, f"{folder / PLUGIN}, which is no file." in verdict(result)) == (1, True)
    (folder / PLUGIN).rmdir()
    (folder / PLUGIN).symlink_to(place / "gone.so")
    result = doctor(place, plugins=place / "plugins")
    assert (result.returncode, "is a link to a file that is not there." in verdict(result)) == (1, True)


def test_wrong_folder(place):
    path = put(place / "plugins")
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 1
    assert f"Wireshark does not look into {path.parent}. Move the file to " in verdict(result)


def test_root_reads_no_folder_of_a_user(place, release):
    path = put(place / f".local/lib/wireshark/plugins/{release}/epan")
    result = doctor(place, as_root=True)
    assert result.returncode == 1
    assert f"found {path}\n  made for Wireshark {release}: ignored, because root runs Wireshark" in result.stdout
    assert f"Wireshark does not read {path}, because root runs Wireshark. Run it as an ordinary user" in verdict(result)


def test_choices_that_hide_the_plugin(place, release):
    put(place / f"plugins/{release}/epan")
    settings = place / ".config/wireshark"
    settings.mkdir(parents=True)
    (settings / "preferences").write_text("cmrp.use_builtin: TRUE\n")
    result = doctor(place, plugins=place / "plugins")
    assert result.returncode == 0
    assert verdict(result).startswith("But: Wireshark's built-in dissector is in use")
    (settings / "preferences").unlink()
    (settings / "disabled_protos").write_text("cmrp\n")
    result = doctor(place, plugins=place / "plugins")
    assert verdict(result).startswith("But: The protocol is disabled")


def test_no_tshark(place):
    result = doctor(place, "--tshark", "no-such-tshark")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("cmrp-doctor: no-such-tshark was not found: install ")
    assert result.stderr.count("\n") == 1
