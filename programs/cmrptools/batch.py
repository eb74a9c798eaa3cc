# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commands does cmrp-batch have?"""
import json
import os
import sys

from . import by_capture, check, files, manifest, results, schedule, tasks, tshark
from .cli import Parser, positive
from .errors import ToolError
from .model import Finding
from .progress import Progress
from .summary import CLEAN, FOUND, NOT_JUDGED, in_words
from .surroundings import default_plugin_dir
from .text import count, print_json, printable

MOST_ERRORS = 20


def parser():
    parsed = Parser(
        prog="cmrp-batch",
        description="Judge many captures of ClusAPI traffic by the rules of MS-CMRP, in parallel. "
        "Exit status: 0 clean, 1 findings, 2 not everything could be judged.")
    parsed.add_version()
    commands = parsed.add_subparsers(metavar="COMMAND", required=True)

    def add(name, function, text):
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(function=function)
        return one

    one = add("plan", plan, "Find captures in folders and note the tasks in a manifest.")
    one.add_argument("places", metavar="DIR", nargs="+", help="folder with captures, or a capture")
    one.add_argument("-o", "--output", metavar="MANIFEST", required=True)
    one.add_argument("--results", metavar="DIR", help="folder for results (MANIFEST.results)")
    one.add_argument("--seconds", metavar="N", type=positive, help="time limit of a task")
    one.add_argument("--memory", metavar="MIB", type=positive, help="limit of tshark's address space")
    one.add_argument("--most-bytes", metavar="N", type=positive, default=2 << 30,
                     help="size up to which files are joined (2 GiB)")
    check.add_selection(one)
    tshark.add_options(one, batch=True)

    one = add("run", run, "Do the tasks that have no result yet, then summarize.")
    one.add_argument("manifest", metavar="MANIFEST")
    one.add_argument("--jobs", metavar="N", help="tasks at the same time: N, N%% of the cores, +N or -N (one a core)")
    one.add_argument("--sshlogin", metavar="LOGIN", action="append", default=[],
                     help="another machine, as --sshlogin of GNU parallel, which it needs; : is this machine; may be given again")
    one.add_argument("--retry", action="store_true", help="do those again that could not be judged")
    one.add_argument("--progress", action="store_true", help="tell progress even if nobody is at a terminal")

    one = add("slurm", slurm, "Write a script for sbatch that does the tasks.")
    one.add_argument("manifest", metavar="MANIFEST")
    one.add_argument("-o", "--output", metavar="SCRIPT", help="the script (standard output)")
    one.add_argument("--shares", metavar="N", type=positive, help=f"jobs of the array (up to {schedule.MOST_SHARES})")
    one.add_argument("--most", metavar="N", type=positive, help="jobs at the same time")
    one.add_argument("--sbatch", metavar="OPTION", action="append", default=[],
                     help="a further option of sbatch for the script; may be given again")

    one = add("task", task, "Do tasks and write their results.")
    one.add_argument("manifest", metavar="MANIFEST")
    one.add_argument("ids", metavar="ID", nargs="*")
    one.add_argument("--share", metavar="I/N", help="instead of IDs: the I-th of N shares, from 0")
    one.add_argument("--again", action="store_true", help="even if there is a result")
    one.add_argument("--written", action="store_true", help="exit status 0 if results are written, whatever they say")

    one = add("status", status, "How many tasks are done?")
    one.add_argument("manifest", metavar="MANIFEST")
    one.add_argument("--json", action="store_true")

    one = add("merge", merge, "Make one result of many.")
    one.add_argument("results", metavar="RESULT", nargs="+")
    one.add_argument("-o", "--output", metavar="FILE", required=True)

    one = add("summary", summary, "What was found?")
    one.add_argument("source", metavar="MANIFEST|RESULT")
    one.add_argument("--findings", action="store_true", help="each finding as well")
    one.add_argument("--captures", action="store_true", help="each capture, the worst first, and not the worst ones alone")
    one.add_argument("--json", action="store_true")
    return parsed


def main(words=None):
    options = parser().parse_args(words)
    return options.function(options)


def plan(options):
    options.plugin_dir = options.plugin_dir or default_plugin_dir()
    captures = manifest.find_captures(options.places)
    if not captures:
        raise ToolError("There are no captures: names of captures end in .pcap, .pcapng or .cap.")
    for name, what in (("nt_password_file", "password file"), ("keytab", "keytab")):
        if getattr(options, name) is not None:
            tshark.check_readable(getattr(options, name), what)
    folder = os.path.abspath(options.results or f"{options.output}.results")
    content = manifest.make(captures, folder, options, options.most_bytes, options.seconds, options.memory)
    files.write_whole(options.output, json.dumps(content, indent=1) + "\n")
    size = sum(one["bytes"] for one in content["tasks"])
    print(f"{count(len(content['tasks']), 'task')} with {count(len(captures), 'capture')}, {size / 1e6:,.1f} MB.")
    return 0


def run(options):
    batch = manifest.load(options.manifest)
    if options.retry:
        for one in batch.tasks:
            result = results.read(batch.result_path(one))
            if result and result["not_judged"]:
                batch.result_path(one).unlink()
    progress = Progress(options.progress or sys.stderr.isatty())
    schedule.run(sys.argv[0], batch, options.jobs, options.sshlogin,
                 lambda done: progress.say(f"{done} of {count(len(batch.tasks), 'task')} done"))
    progress.clear()
    return _summarize(batch)


def slurm(options):
    batch = manifest.load(options.manifest)
    batch.results.mkdir(parents=True, exist_ok=True)
    script = schedule.slurm_script(sys.argv[0], batch, options.shares, options.most, options.sbatch)
    if options.output:
        files.write_whole(options.output, script)
    else:
        # As bytes: names of files in it may be no UTF-8.
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(script))
    return 0


def task(options):
    batch = manifest.load(options.manifest)
    if bool(options.ids) == bool(options.share):
        raise ToolError("Name either tasks or a share.")
    worst = CLEAN
    for one in options.ids or schedule.share(batch, options.share):
        if one not in batch.tasks:
            raise ToolError(f"The manifest {options.manifest} has no task {one}.")
        result = None if options.again else results.read(batch.result_path(one))
        if result is None:
            result = tasks.run(batch, one)
        worst = max(worst, result["exit_status"])
    return 0 if options.written else worst


def status(options):
    batch = manifest.load(options.manifest)
    known = [results.read(batch.result_path(one)) for one in batch.tasks]
    said = {"tasks": len(known), "done": sum(one is not None for one in known),
            "with_findings": sum(one is not None and one["exit_status"] == FOUND for one in known),
            "not_judged": sum(one is not None and one["exit_status"] == NOT_JUDGED for one in known)}
    if options.json:
        print(json.dumps(said))
    else:
        print(f"{said['done']} of {count(said['tasks'], 'task')} done: {said['with_findings']} with findings, "
              f"{said['not_judged']} could not be judged, or not to the end.")
    return 0 if said["done"] == said["tasks"] else 2


def merge(options):
    paths = options.results
    with files.whole(options.output) as file:
        results.merge_files(paths, file.write)
    return 0


def summary(options):
    if results.read(options.source) is not None:
        result = results.need(options.source)
        return _show(result, [options.source], [], options.findings, options.captures, options.json)
    return _summarize(manifest.load(options.source), options.findings, options.captures, options.json)


def _summarize(batch, findings=False, captures=False, as_json=False):
    known = {one: results.read(batch.result_path(one)) for one in batch.tasks}
    missing = [one for one, result in known.items() if result is None]
    result = results.merge(one for one in known.values() if one is not None)
    paths = [batch.result_path(one) for one in batch.tasks if known[one] is not None]
    return _show(result, paths, missing, findings, captures, as_json)


def _show(result, paths, missing, findings, captures, as_json):
    for one in results.merged_findings(paths) if findings else ():
        if as_json:
            print_json(one, sort_keys=True)
        else:
            print(_line(one))
    if missing:
        result["exit_status"] = NOT_JUDGED
    rows = result.pop("by_capture")
    if as_json:
        for one in by_capture.worst_first(rows) if captures else ():
            print_json({**one, "type": "capture"}, sort_keys=True)
        print_json({**result, "type": "summary", "tasks": len(result["tasks"]), "missing": len(missing)}, sort_keys=True)
        return result["exit_status"]
    _print_lines(by_capture.lines(rows, None if captures else by_capture.MOST_ROWS))
    width = len(str(max(result["rules"].values(), default=0)))
    for rule, times in sorted(result["rules"].items(), key=lambda item: (-item[1], item[0])):
        print(f"{times:{width}}  {rule}")
    if result["tasks"] or not missing:
        print(in_words(result))
    for error in result["errors"][:MOST_ERRORS]:
        print(f"  {printable(error['error'])}")
    if len(result["errors"]) > MOST_ERRORS:
        print(f"  … and {len(result['errors']) - MOST_ERRORS} more.")
    if missing:
        print(f"{count(len(missing), 'task')} without a result, such as {missing[0]}.")
    return result["exit_status"]


def _print_lines(lines):
    printed = False
    for line in lines:
        printed = True
        print(line)
    if printed:
        print()


def _line(one):
    known = {name: value for name, value in one.items() if name != "type"}
    return Finding(**known).as_line()
