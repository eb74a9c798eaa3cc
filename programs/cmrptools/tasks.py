# SPDX-License-Identifier: GPL-2.0-or-later
"""How is one task of a batch done?"""
import time

from . import joined, results, tshark
from .files import write_whole
from .findings import judge
from .model import Verdict


def is_done(manifest, task_id):
    return results.read(manifest.result_path(task_id)) is not None


def run(manifest, task_id):
    """Judge the files of a task and write its result; returns the result."""
    task = manifest.tasks[task_id]
    start = time.monotonic()
    limits = manifest.seconds, manifest.mebibytes * 2**20 if manifest.mebibytes else None
    with tshark.opened(manifest.reading, limits) as program:
        verdicts = _judge(program, task["files"], manifest.selection)
    found, result = results.of_task(task, verdicts, manifest.allow_unread, round((time.monotonic() - start) * 1000))
    manifest.results.mkdir(parents=True, exist_ok=True)
    write_whole(manifest.result_path(task_id), "".join(map(results.line, [*found, result])))
    return result


def _judge(program, files, selection):
    if len(files) == 1:
        try:
            return [judge(program, files[0], selection)]
        except tshark.CaptureError as error:
            return [Verdict(files[0], error=str(error))]
    verdicts = []
    try:
        joins, errors = joined.pieces(files, program.seconds_left)
        verdicts += [Verdict(file, error=sentence) for file, sentence in errors]
        for join in joins:
            # That the last file ends in the middle of a packet has been said; mergecap leaves out what is not whole.
            verdict = judge(program, join.files[0], selection, join)
            for finding in verdict.findings:
                join.locate(finding)
            verdicts.append(verdict)
    except tshark.CaptureError as error:
        verdicts.append(Verdict(files[0], error=str(error)))
    return verdicts
