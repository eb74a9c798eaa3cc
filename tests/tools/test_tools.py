# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the commands that a newcomer types work, and say in one sentence what is wrong when they do not?"""
import os
import subprocess

import pytest
from support.sandbox import BUILD_DIR, SOURCE_DIR


def demo(*args):
    return subprocess.run([SOURCE_DIR / "tools/demo", "--build-dir", BUILD_DIR, *args],
                          capture_output=True, text=True, timeout=300)


def test_demo_shows_calls_trees_and_what_to_do_next():
    result = demo()
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert any("ApiOpenGroup request" in line for line in lines)
    assert any(line.startswith("A handle is opened (frame ") for line in lines)
    assert any(line.startswith("A notification is asked for once more (frame ") for line in lines)
    assert any(line.startswith("The answer to it (frame ") for line in lines)
    assert lines[-2].startswith("Next: tools/demo CAPTURE")
    assert lines[-1].strip().startswith("cmake --install ")
    # Colours are for terminals only.
    assert "\x1b" not in result.stdout


def test_demo_shows_another_capture(capture):
    pcap = capture()
    conn = pcap.tcp()
    conn.bind()
    conn.bind_ack()
    conn.request(3)
    conn.response(b"\0" * 4)
    result = demo(os.fspath(pcap))
    assert (result.returncode, result.stderr) == (0, "")
    assert "request" in result.stdout


def test_demo_opens_what_the_lab_has_sealed(captures_dir):
    result = demo(captures_dir / "notify-sealed-kerberos.pcapng")
    assert (result.returncode, result.stderr) == (0, "")
    assert 'ApiOpenGroup response, HGROUP #2 "Lab File Server"' in result.stdout


@pytest.mark.parametrize("content, sentence", [
    (None, "There is no capture {path}."),
    (b"no capture at all\n", "The file \"{path}\" isn't a capture file in a format TShark understands."),
    ("empty", "The capture {path} holds no ClusAPI call"),
])
def test_demo_refuses_in_one_sentence(tmp_path, capture, content, sentence):
    path = tmp_path / "some.pcap"
    if content == "empty":
        path = os.fspath(capture())
    elif content is not None:
        path.write_bytes(content)
    result = demo(path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(sentence.format(path=path))
    assert result.stderr.count("\n") == 1


@pytest.fixture
def manifest():
    """The list of installed files belongs to the user's own installation."""
    path = BUILD_DIR / "install_manifest.txt"
    saved = path.read_bytes() if path.exists() else None
    yield path
    path.unlink(missing_ok=True)
    if saved is not None:
        path.write_bytes(saved)


def test_install_and_uninstall(tmp_path, manifest):
    environment = {**os.environ, "DESTDIR": str(tmp_path), "HOME": "/home/someone"}

    def cmake(*args):
        subprocess.run(["cmake", *args], env=environment, capture_output=True, check=True, timeout=300)

    cmake("--install", BUILD_DIR)
    installed = list(tmp_path.rglob("*.so"))
    version = next((BUILD_DIR / "plugins").iterdir()).name
    assert [path.name for path in installed] == ["cmrp.so"]
    assert str(installed[0]).endswith(f"/wireshark/plugins/{version}/epan/cmrp.so")
    personal = "/home/someone/.local/lib/" in str(installed[0])
    assert personal == (os.geteuid() != 0)
    cmake("--build", BUILD_DIR, "--target", "uninstall")
    assert list(tmp_path.rglob("*.so")) == []
