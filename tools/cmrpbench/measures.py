# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, and what was promised? Each measure gives rows of a table and says whether it was kept."""
import os
import statistics
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor

from .readers import BUILTIN, FLOOR, LINES, PLUGIN, READERS, TWO_PASSES, WAYS

# PDUs of the two captures whose difference is what PDUs cost, without start-up. In the short one all methods occur:
# what is found out when a method is first met is start-up, too.
SHORT, LONG = 3000, 6000
MEMORY = 1.10
EVEN = 0.05
STARTUP_MS = 5

Table = namedtuple("Table", "title text head rows kept")


def _thousands(number):
    return f"{number:,.0f}"


def _kept(yes):
    return "yes" if yes else "no"


def instructions(bench):
    """Instructions for each PDU above the floor, in every way of reading."""
    rows, kept = [], True
    # Made here, once: of the threads below each would find that it is missing, and write it while others load it.
    bench.readers.steady()
    for way in WAYS:
        jobs = [(reader, bench.capture(size), way.words_for(reader)) for reader in READERS for size in (SHORT, LONG)]
        # Counts are the same whatever else the machine does.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            counts = list(pool.map(lambda job: bench.readers.instructions(*job), jobs))
        per_pdu = {reader: (counts[2 * i + 1] - counts[2 * i]) / (LONG - SHORT) for i, reader in enumerate(READERS)}
        above = {reader: per_pdu[reader] - per_pdu[FLOOR] for reader in (BUILTIN, PLUGIN)}
        ratio = above[PLUGIN] / above[BUILTIN]
        promised = way.target is not None
        good = not promised or ratio <= way.target
        kept &= good
        rows.append([way.name, _thousands(per_pdu[FLOOR]), _thousands(above[BUILTIN]), _thousands(above[PLUGIN]),
                     f"{ratio:.2f}", *([f"{way.target:.1f}", _kept(good)] if promised else ["", ""])])
        bench.say(rows[-1])
    return Table("Instructions", "For each PDU. Built-in and plugin are what they cost above the floor.",
                 ["read as", "floor", "built-in", "plugin", "ratio", "target", "kept"], rows, kept)


def times(bench, size, pairs):
    """CPU time with the plugin and with the built-in, by pairs of runs one after the other."""
    path, rows = bench.capture(size), []
    for way in WAYS:
        costs = [[bench.readers.cost(reader, path, way.words_for(reader)) for reader in READERS] for _ in range(pairs)]
        ratios = [plugin.cpu / builtin.cpu for _, builtin, plugin in costs]
        seconds = [statistics.median(run[place].cpu for run in costs) for place in range(len(READERS))]
        rows.append([way.name, *(f"{number:.2f}" for number in seconds), f"{statistics.median(ratios):.2f}",
                     f"{min(ratios):.2f} to {max(ratios):.2f}"])
        bench.say(rows[-1])
    return Table(f"Time of {size:,} PDUs",
                 f"Seconds of CPU time of the whole run of tshark, median of {pairs} runs; and of the ratios of plugin "
                 "to built-in, each taken from two runs one after the other.",
                 ["read as", *READERS, "ratio", "from least to most"], rows, True)


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
        ["instructions more", _thousands(counts[1] - counts[0]), "", ""],
        ["of", _thousands(counts[0]), "", ""],
        ["fields registered twice", str(len(twice)), "0", _kept(not twice)],
    ]
    for row in rows:
        bench.say(row)
    return Table("Start", f"tshark on a capture without packets; {pairs} runs with the plugin and without.",
                 ["loading the plugin", "measured", "target", "kept"], rows,
                 milliseconds <= STARTUP_MS and not twice)
