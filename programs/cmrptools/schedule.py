# SPDX-License-Identifier: GPL-2.0-or-later
"""Who runs the tasks of a batch? This machine, GNU parallel on several, or Slurm."""
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time

from . import tasks, workers
from .errors import ToolError

# A worker may be killed, by the kernel or by somebody: its task is begun anew this often.
ATTEMPTS = 3
# Slurm's own default of MaxArraySize is 1001.
MOST_SHARES = 1000
MOST_SENTENCES = 50


def left(manifest):
    """The ids of tasks without a result, the largest first: then all workers end at about the same time."""
    waiting = [task for task in manifest.tasks.values() if not tasks.is_done(manifest, task["id"])]
    return [task["id"] for task in sorted(waiting, key=lambda task: -task["bytes"])]


def share(manifest, text):
    """The ids of the I-th of N shares, from "I/N" with I from 0."""
    try:
        number, shares = map(int, text.split("/"))
        if not 0 <= number < shares:
            raise ValueError(text)
    except ValueError:
        raise ToolError(f"{text} is no share: it is I/N, with I from 0 to N-1.") from None
    ordered = sorted(manifest.tasks.values(), key=lambda task: (-task["bytes"], task["id"]))
    return [task["id"] for task in ordered[number::shares]]


def command(program, manifest, *words):
    return [os.path.abspath(program), "task", "--written", str(manifest.path), *words]


def run(program, manifest, jobs, logins, tell):
    """Do what is left. `jobs`: as GNU parallel's --jobs, or None; `logins`: as its --sshlogin, which is what it is needed for.

    `tell` is called with the number of tasks that have a result.
    """
    waiting = left(manifest)
    if not waiting:
        return
    manifest.results.mkdir(parents=True, exist_ok=True)
    say = _Sentences().say
    if logins:
        _with_parallel(program, manifest, waiting, jobs, logins, lambda: tell(_written(manifest)), say)
    else:
        commands = [command(program, manifest, task) for task in waiting]
        workers.Workers(commands, ATTEMPTS, say).run(workers.number_of(jobs), lambda: tell(_written(manifest)))
    if not left(manifest):
        clean(manifest)


def _with_parallel(program, manifest, waiting, jobs, logins, tell, say):
    parallel = shutil.which("parallel")
    if parallel is None:
        raise ToolError("GNU parallel, which runs tasks on other machines, was not found: install the package parallel.")
    # What fails again and again, such as a missing plugin, is not tried with each of ten thousand tasks.
    words = [parallel, "--plain", "--will-cite", "--null", "--retries", str(ATTEMPTS), "--halt", "soon,fail=20%"]
    if jobs is not None:
        words += ["--jobs", jobs]
    for login in logins:
        words += ["--sshlogin", login]
    # Whole commands are handed in. A template would be searched for what parallel replaces: a folder's name is a
    # folder's name, though it reads {= … =}, which runs code.
    tasks_of_all = "".join(f"{shlex.join(command(program, manifest, task))}\0" for task in waiting)
    try:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                                   errors="surrogateescape", env={**os.environ, "PARALLEL_SHELL": "/bin/sh"})
    except OSError as error:
        raise ToolError(f"{parallel} cannot be run: {error.strerror}.") from None
    reader = threading.Thread(target=_repeat, args=(process.stderr, say))
    reader.start()
    try:
        with process.stdin:
            process.stdin.write(tasks_of_all)
        pause = 0.1
        while process.poll() is None:
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)
            tell()
    except BrokenPipeError:
        pass
    finally:
        if process.poll() is None:
            # Twice: the first one lets it wait for what it has started.
            process.terminate()
            process.terminate()
        process.wait()
        reader.join()


def _written(manifest):
    # Not is_done(), which opens each file: to look at ten thousand of them every second would cost a core.
    there = {name.removesuffix(".jsonl") for name in os.listdir(manifest.results)}
    return len(there & manifest.tasks.keys())


def _repeat(errors, say):
    """What parallel and its workers say, without its words about jobs."""
    with errors:
        for line in errors:
            if line.startswith("parallel: This job failed:"):
                next(errors, None)
            else:
                say(line)


class _Sentences:
    """Each is said once: many tasks may fail for one reason."""

    def __init__(self):
        self._said = set()

    def say(self, line):
        if line not in self._said and len(self._said) < MOST_SENTENCES:
            self._said.add(line)
            print(line, end="", file=sys.stderr, flush=True)


def clean(manifest):
    """Remove what killed workers left half written. Only when no task is running any more."""
    for path in manifest.results.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def _in_directive(path):
    """A path that sbatch reads as it is: a directive ends with its line, and a % begins a replacement."""
    path = str(path)
    if "\n" in path:
        raise ToolError("The folder for the results has a line break in its name, which no script for Slurm can have.")
    return re.sub(r"([^\w./%+,:=@-])", r"\\\1", path.replace("%", "%%"))


def slurm_script(program, manifest, shares, most, options):
    """A job array: each of its jobs does a share of the tasks."""
    shares = min(shares or MOST_SHARES, len(manifest.tasks)) or 1
    directives = ["--job-name=cmrp-batch", f"--array=0-{shares - 1}" + (f"%{most}" if most else ""), "--ntasks=1",
                  "--cpus-per-task=1", "--requeue", f"--output={_in_directive(manifest.results)}/slurm-%A-%a.log"]
    if manifest.seconds:
        # What is around tshark takes time as well.
        each = math.ceil(len(manifest.tasks) / shares)
        directives.append(f"--time={math.ceil(each * (manifest.seconds + 10) / 60) + 1}")
    if manifest.mebibytes:
        directives.append(f"--mem={manifest.mebibytes + 256}M")
    directives += options
    head = "".join(f"#SBATCH {one}\n" for one in directives)
    # A share that was interrupted goes on where it was: what has a result is not done again.
    return f'#!/bin/sh\n{head}exec {shlex.join(command(program, manifest))} --share "$SLURM_ARRAY_TASK_ID/{shares}"\n'
