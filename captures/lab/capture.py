# SPDX-License-Identifier: GPL-2.0-or-later
"""How traffic on the loopback interface becomes a capture file, and how a finished file is judged."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import cast

PORTS = f"tcp port {cast.CLUSAPI_TCP_PORT} or udp port {cast.CLUSAPI_UDP_PORT} or tcp port {cast.EPMAPPER_PORT}"
# dumpcap hands packets over in blocks; the last one needs this long to arrive.
LINGER = 0.7


class CaptureError(Exception):
    pass


class Capture:
    """A context manager: what the lab's ports say inside it is in `path` afterwards, without the first `late` frames."""

    def __init__(self, path, late=0):
        self._path, self._late = pathlib.Path(path), late
        self._folder = tempfile.TemporaryDirectory()
        self._raw = pathlib.Path(self._folder.name) / "raw.pcap"

    def __enter__(self):
        self._dumpcap = subprocess.Popen(["dumpcap", "-q", "-P", "-i", "lo", "-f", PORTS, "-w", str(self._raw)],
                                         stderr=subprocess.PIPE, text=True)
        said = []
        for line in self._dumpcap.stderr:
            said.append(line.strip())
            if line.startswith("File:"):
                return self
        raise CaptureError("dumpcap did not start: " + " ".join(said))

    def __exit__(self, kind, *_):
        time.sleep(LINGER)
        self._dumpcap.send_signal(signal.SIGINT)
        self._dumpcap.communicate(timeout=20)
        if kind is None:
            # A pcapng written from pcap says nothing about the machine that captured it.
            removed = [f"1-{self._late}"] if self._late else []
            subprocess.run(["editcap", "-F", "pcapng", str(self._raw), str(self._path), *removed], check=True,
                           capture_output=True)
        self._folder.cleanup()


def plugin_installed():
    """Whether tshark loads a plugin of this project from its global folder."""
    result = subprocess.run(["tshark", "-G", "plugins"], check=True, capture_output=True, text=True, env=_environment())
    return any(line.startswith("cmrp.so") for line in result.stdout.splitlines())


def _environment():
    """Captures are judged without the plugin under development."""
    return dict(os.environ, WIRESHARK_PLUGIN_DIR="/nonexistent")


def fields(path, display_filter, *names, options=()):
    """One tuple for each frame that matches: the values of these fields."""
    command = ["tshark", "-n", "-r", str(path), "-Y", display_filter, "-T", "fields"]
    for option in options:
        command += ["-o", option]
    for name in names:
        command += ["-e", name]
    result = subprocess.run(command, check=True, capture_output=True, text=True, env=_environment())
    return [tuple(line.split("\t")) for line in result.stdout.splitlines()]
