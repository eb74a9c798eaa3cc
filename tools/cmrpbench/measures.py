# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, and what was promised? Each measure gives rows of a table and says whether it was kept."""
import os
import statistics
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor

from . import others
from .readers import BUILTIN, FLOOR, LINES, NOTHING, PLUGIN, READERS, TWO_PASSES, WAYS, Work

# PDUs of the two captures whose difference is what PDUs cost, without start-up. In the short one all methods occur:
# what is found out when a method is first met is start-up, too.
SHORT, LONG = 3000, 6000
# Requests that are answered, in captures of others. Two runs are never quite the same, and of short captures a frame takes 10
# instructions more or fewer by that alone.
TURNS = range(4000, 24000, 4000)
MEMORY = 1.00
EVEN = 0.02
STARTUP_MS = 5
STARTUP = 3_000_000

Table = namedtuple("Table", "title text head rows kept")


def _thousands(number):
    return f"{number:,.0f}"


def _kept(yes):
    return "yes" if yes else "no"


def _verdict(ratio, target):
    return [f"{target:.2f}", _kept(round(ratio, 2) <= target)] if target is not None else ["", ""]


def _counted(bench, count, jobs):
    """What `count` tells of each job. Counts are the same whatever else the machine does, so several run at once."""
    # Made here, once: each thread would find that it is missing, and write it while others load it.
    bench.readers.steady()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda job: count(*job), jobs))


def _work(bench):
    """Work for each PDU, {way: {reader: Work}}. Measured once: several tables are made of it."""
    if bench.work:
        return bench.work
    for way in WAYS:
        jobs = [(reader, bench.capture(size), way.words_for(reader)) for reader in READERS for size in (SHORT, LONG)]
        counts = _counted(bench, bench.readers.work, jobs)
        bench.work[way] = {reader: Work(*((long - short) / (LONG - SHORT)
                                          for short, long in zip(counts[2 * place], counts[2 * place + 1])))
                           for place, reader in enumerate(READERS)}
        bench.say([way.name, *(_thousands(bench.work[way][reader].instructions) for reader in READERS)])
    return bench.work


def _above(work, reader):
    return work[reader].instructions - work[FLOOR].instructions


def _ratio(work):
    return _above(work, PLUGIN) / _above(work, BUILTIN)


def instructions(bench):
    """Instructions for each PDU above the floor, in every way of reading."""
    rows = [[way.name, _thousands(work[FLOOR].instructions), _thousands(_above(work, BUILTIN)),
             _thousands(_above(work, PLUGIN)), f"{_ratio(work):.2f}", *_verdict(_ratio(work), way.target.work)]
            for way, work in _work(bench).items()]
    # Time decides, not these.
    return Table("Instructions", "For each PDU. Built-in and plugin are what they cost above the floor.",
                 ["read as", "floor", "built-in", "plugin", "ratio", "target", "kept"], rows, True)


def misses(bench):
    """What instructions do not tell: how often the processor waits for code and data, or took the wrong way."""
    rows = []
    for way, work in _work(bench).items():
        pairs = [(getattr(work[reader], name), name) for name in ("code", "data", "branches")
                 for reader in (BUILTIN, PLUGIN)]
        rows.append([way.name, *(f"{number - getattr(work[FLOOR], name):.1f}" for number, name in pairs)])
    return Table("Misses", "For each PDU, above the floor: lines of code and of data that the first-level caches did not "
                 "hold, and branches that the processor foretold wrongly. Each takes as long as some ten instructions.",
                 ["read as", "code, built-in", "code, plugin", "data, built-in", "data, plugin", "branches, built-in",
                  "branches, plugin"], rows, True)


def times(bench, size, rounds):
    """CPU time of whole runs. Readers take turns, and who begins changes: what else the machine does hits all alike."""
    path, rows, kept = bench.capture(size), [], True
    for way in WAYS:
        costs = []
        for number in range(rounds):
            order = READERS[number % 3:] + READERS[:number % 3]
            run = {reader: bench.readers.cost(reader, path, way.words_for(reader)).cpu for reader in order}
            costs.append([run[reader] for reader in READERS])
        ratios = [plugin / builtin for _, builtin, plugin in costs]
        ratio = statistics.median(ratios)
        kept &= way.target.time is None or round(ratio, 2) <= way.target.time
        work = f"{_ratio(bench.work[way]):.2f}" if bench.work else ""
        rows.append([way.name, *(f"{statistics.median(column):.2f}" for column in zip(*costs)), f"{ratio:.2f}",
                     f"{min(ratios):.2f} to {max(ratios):.2f}", *_verdict(ratio, way.target.time), work])
        bench.say(rows[-1])
    return Table(f"Time of {size:,} PDUs",
                 f"Seconds of CPU time of the whole run of tshark, median of {rounds} runs, in turns; and of the ratios of "
                 "plugin to built-in, each taken from the two runs of a round. Beside it the ratio of instructions above "
                 "the floor.",
                 ["read as", *READERS, "ratio", "from least to most", "target", "kept", "instructions"], rows, kept)


def memory(bench, sizes):
    """Largest resident size of the whole process."""
    rows, kept = [], True
    for size in sizes:
        path = bench.capture(size)
        for way in (LINES, TWO_PASSES):
            mib = {reader: bench.readers.cost(reader, path, way.words_for(reader)).kib / 1024 for reader in READERS}
            ratio = mib[PLUGIN] / mib[BUILTIN]
            kept &= ratio <= MEMORY
            rows.append([f"{size:,}", way.name, *(f"{mib[reader]:.1f}" for reader in READERS), f"{ratio:.2f}",
                         f"{MEMORY:.2f}", _kept(ratio <= MEMORY)])
            bench.say(rows[-1])
    return Table("Memory", "Largest resident size of tshark in MiB.",
                 ["PDUs", "read as", *READERS, "ratio", "target", "kept"], rows, kept)


def evenness(bench, sizes):
    """Instructions for each PDU in captures of different sizes."""
    rows, kept, first = [], True, None
    nothing = bench.readers.instructions(PLUGIN, bench.capture(0))
    for size in sizes:
        per_pdu = (bench.readers.instructions(PLUGIN, bench.capture(size)) - nothing) / size
        first = first or per_pdu
        even = abs(per_pdu / first - 1) <= EVEN
        kept &= even
        rows.append([f"{size:,}", _thousands(per_pdu), f"{per_pdu / first:.3f}", f"{1 + EVEN:.2f}", _kept(even)])
        bench.say(rows[-1])
    return Table("Large captures", "Instructions of tshark with the plugin for each PDU, read as lines, all included "
                 "but what a capture without calls costs.",
                 ["PDUs", "for each PDU", "ratio", "target", "kept"], rows, kept)


def _per_frame(bench, reader, paths, frames):
    """The slope of a line through several sizes: tables that grow in steps make a difference of two go up and down."""
    counts = _counted(bench, bench.readers.instructions, [(reader, path, NOTHING.words) for path in paths])
    return statistics.linear_regression(frames, counts).slope


def frames_of_others(bench):
    """Instructions that the plugin adds to each frame of traffic that it has nothing to do with."""
    rows, kept = [], True
    for kind in others.KINDS:
        paths = [bench.folder / f"others-{turns}.pcap" for turns in TURNS]
        frames = [others.write(path, kind, turns) for path, turns in zip(paths, TURNS)]
        without = _per_frame(bench, BUILTIN, paths, frames)
        added = _per_frame(bench, PLUGIN, paths, frames) - without
        fine = kind.target is None or added <= kind.target
        kept &= fine
        rows.append([kind.name, _thousands(without), _thousands(added),
                     *([_thousands(kind.target), _kept(fine)] if kind.target else ["", ""])])
        bench.say(rows[-1])
    return Table("Frames of others", "Instructions that the plugin adds to each frame of traffic that is none of its own, with nothing "
                 "printed. About 210 are Wireshark's call of it.",
                 ["frames", "without the plugin", "more with it", "target", "kept"], rows, kept)


def startup(bench, pairs):
    """What loading the plugin costs."""
    path = bench.empty()
    costs = [[bench.readers.cost(reader, path).cpu for reader in (BUILTIN, PLUGIN)] for _ in range(pairs)]
    # Whatever else the machine does makes a run longer, never shorter.
    builtin, plugin = (min(cpu) for cpu in zip(*costs))
    milliseconds = (plugin - builtin) * 1000
    counts = [bench.readers.instructions(reader, path) for reader in (BUILTIN, PLUGIN)]
    twice = [name for name, count in Counter(bench.readers.fields()).items() if count > 1]
    rows = [
        ["CPU time in ms, least of all runs", f"{milliseconds:.1f}", f"{STARTUP_MS}",
         _kept(milliseconds <= STARTUP_MS)],
        ["instructions more", _thousands(counts[1] - counts[0]), _thousands(STARTUP),
         _kept(counts[1] - counts[0] <= STARTUP)],
        ["of", _thousands(counts[0]), "", ""],
        ["fields registered twice", str(len(twice)), "0", _kept(not twice)],
    ]
    for row in rows:
        bench.say(row)
    return Table("Start", f"tshark on a capture without packets; {pairs} runs with the plugin and without.",
                 ["loading the plugin", "measured", "target", "kept"], rows,
                 milliseconds <= STARTUP_MS and counts[1] - counts[0] <= STARTUP and not twice)
