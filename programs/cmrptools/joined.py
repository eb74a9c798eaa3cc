# SPDX-License-Identifier: GPL-2.0-or-later
"""How are several files of one capture point read as one capture?"""
import bisect
import contextlib
import re
import shutil
import subprocess
from itertools import accumulate
from pathlib import Path

from .errors import ToolError
from .tshark import CaptureError, LimitExceeded


def program(name):
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"{name} was not found: install the package wireshark-common.")
    return found


class Join:
    """Files in the order of time. Not for one that cannot be read to its end, unless it is the last."""

    def __init__(self, files, frames):
        self.files = files
        self.bytes = sum(Path(file).stat().st_size for file in files)
        self._ends = list(accumulate(frames))
        self.frames = self._ends[-1]

    @contextlib.contextmanager
    def pipe(self):
        """All files as one capture, which comes out of a pipe: it is never on disk."""
        process = subprocess.Popen([program("mergecap"), "-a", "-w", "-", *self.files], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            yield process.stdout
        finally:
            process.stdout.close()
            process.kill()
            process.wait()

    def place(self, frame):
        """The file that holds a frame of the whole, and the frame's number in it."""
        index = bisect.bisect_left(self._ends, frame)
        return self.files[index], frame - (self._ends[index - 1] if index else 0)

    def locate(self, finding):
        """Say of a finding in which file it is, and in which its evidence."""
        finding.capture, finding.frame = self.place(finding.frame)
        places = {frame: self.place(frame) for frame in finding.evidence}

        def name(found):
            place = places.get(int(found[1]))
            if place is None:
                return found[0]
            return f"frame {place[1]}" if place[0] == finding.capture else f"frame {place[1]} of {place[0]}"

        finding.text = re.sub(r"\bframe (\d+)\b", name, finding.text)
        places = [places[frame] for frame in finding.evidence]
        finding.evidence = [frame for _, frame in places]
        if any(file != finding.capture for file, _ in places):
            finding.evidence_in = [file for file, _ in places]


def count_frames(path, seconds=None):
    """How many frames a capture holds, and a sentence if it cannot be read to its end."""
    try:
        result = subprocess.run([program("capinfos"), "-T", "-M", "-r", "-c", path], stdin=subprocess.DEVNULL,
                                capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise LimitExceeded(f"Reading {path} took too long.") from None
    frames = result.stdout.rstrip("\n").rpartition("\t")[2]
    if result.returncode == 0 and frames.isdigit():
        return int(frames), None
    lines = [line.removeprefix("capinfos: ") for line in result.stderr.splitlines()
             if line.startswith('capinfos: The file "')]
    reason = lines[0] if lines else f"The capture {path} cannot be read."
    return int(frames) if frames.isdigit() else 0, str(CaptureError(reason))


def pieces(files, seconds_left=lambda: None):
    """Joins of files that can be read as one, and (file, sentence) of each that is not whole.

    After a file that is not whole a new piece begins: nobody knows what is missing.
    """
    joins, errors, now = [], [], []
    for file in files:
        frames, error = count_frames(file, seconds_left())
        if error:
            errors.append((file, error))
        if frames or not error:
            now.append((file, frames))
        if error and now:
            joins.append(now)
            now = []
    if now:
        joins.append(now)
    return [Join([file for file, _ in piece], [frames for _, frames in piece]) for piece in joins], errors
