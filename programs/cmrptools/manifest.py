# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tasks does a batch have, and how is each of them done?

The manifest is one JSON file. The id of a task says all that its result depends on: the files with size and time,
and the options. So a result that is there is the right one, and after a change the task has another id.
"""
import hashlib
import json
import os
import re
from argparse import Namespace
from pathlib import Path

from . import rings
from .errors import ToolError
from .model import Selection

VERSION = 3
READING = ("nt_password_file", "keytab", "port", "server", "not_server", "decode_as", "plugin_dir", "tshark")
SELECTION = ("level", "rule", "not_rule", "allow_unread")


class Manifest:
    def __init__(self, content, path):
        self._content = content
        self.path = Path(path).absolute()
        self.results = self.path.parent / content["results"]
        self.tasks = {task["id"]: task for task in content["tasks"]}

    @property
    def seconds(self):
        return self._content["seconds"]

    @property
    def mebibytes(self):
        return self._content["mebibytes"]

    @property
    def reading(self):
        """Options as tshark.opened() wants them."""
        return Namespace(**self._content["reading"])

    @property
    def selection(self):
        chosen = self._content["selection"]
        return Selection(chosen["level"], tuple(chosen["rule"]), tuple(chosen["not_rule"]))

    @property
    def allow_unread(self):
        return self._content["selection"]["allow_unread"]

    def result_path(self, task_id):
        return self.results / f"{task_id}.jsonl"


def find_captures(places):
    """The capture files in folders and their subfolders, and the files that are named."""
    found = set()

    def refuse(error):
        raise ToolError(f"The folder {error.filename} cannot be read: {error.strerror}.")

    for place in places:
        if os.path.isdir(place):
            for folder, _, names in os.walk(os.path.abspath(place), onerror=refuse):
                found.update(os.path.join(folder, name) for name in names if rings.CAPTURE.search(name))
        elif os.path.isfile(place):
            found.add(os.path.abspath(place))
        else:
            raise ToolError(f"There is no folder or file {place}.")
    # A file may have gone since, as in a ring buffer that is being written.
    return sorted(path for path in found if os.path.isfile(path))


def make(captures, results, options, most_bytes, seconds, mebibytes):
    """The content of a manifest."""
    reading = {name: getattr(options, name) for name in READING}
    for name in ("nt_password_file", "keytab", "plugin_dir"):
        reading[name] = os.path.abspath(reading[name]) if reading[name] else None
    if reading["tshark"] and os.path.dirname(reading["tshark"]):
        reading["tshark"] = os.path.abspath(reading["tshark"])
    selection = {name: getattr(options, name) for name in SELECTION}
    tasks = []
    for files in rings.groups(captures, most_bytes):
        states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        depends = json.dumps([VERSION, states, reading, selection], sort_keys=True)
        stem = re.sub(r"[^A-Za-z0-9.-]+", "-", files[0].name)[:40].strip("-.")
        tasks.append({"id": f"{stem}-{hashlib.sha256(depends.encode()).hexdigest()[:12]}",
                      "files": [path for path, _, _ in states], "bytes": sum(size for _, size, _ in states)})
    return {"version": VERSION, "results": results, "seconds": seconds, "mebibytes": mebibytes, "reading": reading,
            "selection": selection, "tasks": tasks}


def load(path):
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ToolError(f"The manifest {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise ToolError(f"{path} is no manifest of cmrp-batch.") from None
    if not isinstance(content, dict) or not isinstance(content.get("tasks"), list):
        raise ToolError(f"{path} is no manifest of cmrp-batch.")
    if content.get("version") != VERSION:
        raise ToolError(f"The manifest {path} was made by another version of cmrp-batch: plan again.")
    return Manifest(content, path)
