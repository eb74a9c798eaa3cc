# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the measured tables become docs/bench.md, without what a person wrote on it being lost?"""
import datetime
import os
import platform
import re
import subprocess

_HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
# What dissecting costs

All but the last section is written by `tools/bench --write`. This page compares tshark with the plugin, with Wireshark's built-in
dissector `clusapi`, and with the interface disabled (the floor: Ethernet, IP, TCP and DCE/RPC). Everything that
the plugin does was switched on: lives of handles, notification ports, all rules.

## The captures

{mixture}

Connections are not protected: a built-in dissector and a plugin are handed the same bytes either way, and the cost
of decryption is no part of the question.

## How it was measured

What users feel is time, and time decides. It is that of whole runs of tshark, with start-up and all that Wireshark does
itself; the readers take turns, so that whatever else the machine does hits all alike, and the median of the ratios of all
rounds is quoted.

Why it is so is told by what valgrind counts (cachegrind, with caches of 32 KiB for code and for data, of 8 ways and lines
of 64 bytes, and 8 MiB behind them): instructions, misses of the two caches, and branches that were foretold wrongly. These
do not depend on how busy the machine is. Start-up is taken out of them by reading two captures of different sizes.

{machine}
"""

# What stands below this heading is written by a person, and kept: a tool that measures cannot know why.
BY_HAND = "## Why some targets are missed\n"


def _line_of(words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        found = re.search(r"^model name\s*: (.*)$", info.read(), re.M)
    return found[1] if found else platform.machine()


def machine(build_dir, program):
    """What it was measured on: rows of (what, value)."""
    cache = (build_dir / "CMakeCache.txt").read_text()
    built = dict(re.findall(r"^(CMAKE_BUILD_TYPE|CMRP_TRAINED|CMAKE_C_COMPILER(?:_ARG1)?):\w+=(.*)$", cache, re.M))
    # The first may be a launcher of the second.
    compiler = [built["CMAKE_C_COMPILER"], *built.get("CMAKE_C_COMPILER_ARG1", "").split()]
    trained = ", trained" if built.get("CMRP_TRAINED") == "ON" else ""
    return [
        ("date", datetime.date.today().isoformat()),
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("system", f"{platform.system()} {platform.release()}"),
        ("load", f"{os.getloadavg()[0]:.1f} programs at once when this was written"),
        ("Wireshark", _line_of([program, "-v"])),
        ("compiler", f"{_line_of([*compiler, '--version'])}, {built['CMAKE_BUILD_TYPE']}{trained}"),
        ("valgrind", _line_of(["valgrind", "--version"])),
    ]


def markdown_table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def by_hand(old):
    """The part of the page that the tool does not write, heading included; nothing if there is none."""
    return old[old.index(BY_HAND):] if BY_HAND in old else ""


def _machines(kept):
    """A column for each Wireshark."""
    names = list(dict.fromkeys(name for one in kept for name, _ in one.machine))
    rows = [[name, *(dict(one.machine).get(name, "") for one in kept)] for name in names]
    return markdown_table(["what", *(f"with {one.release}" for one in kept)],
                          [["revision", *(one.revision for one in kept)], *rows])


def _overview(kept):
    """Plugin to built-in in one table: of each Wireshark the time, and what was promised."""
    timed = [one for one in kept if "times" in one.tables]
    if not timed:
        return ""
    cells = [{row[0]: dict(zip(one.tables["times"].head, row)) for row in one.tables["times"].rows} for one in timed]
    head = ["read as", *(word for one in timed for word in (f"time, {one.release}", "target", "kept"))]
    rows = [[way, *(of[way][name] for of in cells for name in ("ratio", "target", "kept"))]
            for way in cells[0] if all(way in of for of in cells)]
    return f"## At a glance\n\nThe plugin's time in that of the built-in dissector.\n\n{markdown_table(head, rows)}"


def _part(kept, part):
    """What was measured of one part: the tables of all releases below each other."""
    made, title = [], None
    for one in kept:
        table = one.tables.get(part)
        if table and table.title != title:
            made.append(f"## {table.title}\n\n{table.text}\n")
            title = table.title
        if table:
            made.append(f"### Wireshark {one.release}\n\n{markdown_table(table.head, table.rows)}")
    return made


def page(mixture_text, kept, parts, old):
    """The new page, of what is kept (kept.py). `old` is the text of the present one, whose part by hand is kept."""
    made = [_HEAD.format(mixture=mixture_text, machine=_machines(kept)) + _overview(kept)]
    for part in parts:
        made += _part(kept, part)
    return "\n".join([*made, by_hand(old)]).rstrip("\n") + "\n"
