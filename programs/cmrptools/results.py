# SPDX-License-Identifier: GPL-2.0-or-later
"""What is the result of a task, and how do results become one?

A result is a file of JSON lines: findings in a fixed order, and last an object of type "result" that counts. Merging
results gives a result. In which order they are merged, and in which portions, makes no difference.
"""
import heapq
import json
import tempfile
from collections import Counter
from pathlib import Path

from . import by_capture
from .errors import ToolError
from .model import LEVELS
from .summary import exit_status, summarize
from .text import as_json

_SUMS = ("captures", "not_judged", "findings", "frames", "calls", "pdus", "encrypted_calls", "encrypted", "doubtful",
         "late", "assumed", "unfit", "cut_short", "bytes", "milliseconds")

# Files of findings that are open at the same time.
MOST_OPEN = 200


def order(finding):
    """By which findings are sorted: everything, so that equal ones are equal lines."""
    return finding["capture"], finding["frame"], finding["rule"], json.dumps(finding, sort_keys=True)


def line(one):
    return as_json(one, sort_keys=True) + "\n"


def of_task(task, verdicts, allow_unread, milliseconds):
    """The findings and the result of a task whose files gave these verdicts."""
    result = summarize(verdicts, allow_unread)
    result.update(type="result", captures=len(task["files"]), tasks=[task["id"]], bytes=task["bytes"],
                  milliseconds=milliseconds, by_capture=[by_capture.row(task["files"], verdicts, allow_unread)])
    return sorted((finding.as_json() for verdict in verdicts for finding in verdict.findings), key=order), result


def nothing():
    """The result of no task."""
    return {"type": "result", "exit_status": 0, "levels": {level: 0 for level in LEVELS}, "rules": {}, "errors": [],
            "unread": [], "tasks": [], "by_capture": [], **{name: 0 for name in _SUMS}}


def merge(results):
    """One result of many; each task may be in one of them only."""
    whole = nothing()
    rules, levels, errors, unread, tasks, rows = Counter(), Counter(whole["levels"]), [], [], [], []
    for result in results:
        for name in _SUMS:
            whole[name] += result[name]
        rules.update(result["rules"])
        levels.update(result["levels"])
        errors += result["errors"]
        unread += result["unread"]
        tasks += result["tasks"]
        rows += result["by_capture"]
    twice = [task for task, times in Counter(tasks).items() if times > 1]
    if twice:
        raise ToolError(f"The task {min(twice)} is in more than one of the results.")
    whole.update(rules=dict(sorted(rules.items())), levels=dict(levels), tasks=sorted(tasks),
                 by_capture=sorted(rows, key=lambda one: (one["capture"], line(one))),
                 errors=sorted(errors, key=lambda error: (error["capture"], error["error"])),
                 unread=sorted(unread, key=lambda one: (one["capture"], one["reason"])))
    whole["exit_status"] = exit_status(whole["findings"], whole["not_judged"])
    return whole


def read(path):
    """The result in a file without its findings; None if the file is not there or not whole."""
    last = None
    try:
        with open(path, encoding="utf-8") as file:
            for last in file:
                pass
        result = json.loads(last) if last and last.endswith("\n") else None
    except (OSError, ValueError):
        return None
    # One that lacks something was written by another version.
    is_result = isinstance(result, dict) and result.get("type") == "result" and nothing().keys() <= result.keys()
    return result if is_result else None


def need(path):
    """As read(), but ends with a sentence."""
    result = read(path)
    if result is None:
        raise ToolError(f"There is no result {path}." if not Path(path).exists()
                        else f"{path} is no result of cmrp-batch, or not whole.")
    return result


def findings(path):
    """The findings in a result file, one by one."""
    with open(path, encoding="utf-8") as file:
        for text in file:
            one = json.loads(text)
            if one["type"] == "finding":
                yield one


def merged_findings(paths):
    """The findings of all files in their order, never in memory all together."""
    # Most files have none, and need not be open.
    paths = [path for path in paths if need(path)["findings"]]
    if len(paths) <= MOST_OPEN:
        yield from heapq.merge(*map(findings, paths), key=order)
        return
    with tempfile.TemporaryDirectory(prefix="cmrp-") as folder:
        parts = []
        for start in range(0, len(paths), MOST_OPEN):
            parts.append(Path(folder, str(start)))
            with open(parts[-1], "w", encoding="utf-8") as file:
                file.writelines(map(line, heapq.merge(*map(findings, paths[start:start + MOST_OPEN]), key=order)))
        yield from heapq.merge(*map(findings, parts), key=order)


def merge_files(paths, write):
    """Call write() with each line of the merged result."""
    result = merge(map(need, paths))
    for one in merged_findings(paths):
        write(line(one))
    write(line(result))
