# SPDX-License-Identifier: GPL-2.0-or-later
"""How are tasks done on this machine alone, several at a time?

Each is a process of its own, so that whatever ends one hurts no other.
"""
import re
import subprocess
import sys
import threading
import time
from collections import deque

from . import host
from .errors import ToolError

# What fails again and again, such as a missing plugin, is not tried with each of ten thousand tasks.
_MOST_FAILED = 0.2
_FEW = 3


def number_of(jobs):
    """How many tasks at a time, as GNU parallel's --jobs says it: N, N% of the cores, +N or -N as many more or fewer."""
    cores = host.cores()
    found = re.fullmatch(r"([+-]?)(\d{1,6})(%?)", jobs or "100%")
    if not found:
        raise ToolError(f"{jobs} is no number of tasks: it is N, N%, +N or -N.")
    sign, number, percent = found[1], int(found[2]), found[3]
    if percent:
        number = cores * number // 100
    return max(1, cores + number if sign == "+" else cores - number if sign == "-" else number)


class Workers:
    """Does commands, the first one first. `attempts`: how often one is begun whose process is killed; `say` is called with
    each line that one writes on standard error.
    """

    def __init__(self, commands, attempts, say):
        self._waiting = deque(commands)
        self._most_failed = max(_FEW, len(commands) * _MOST_FAILED)
        self._attempts = attempts
        self._say = say
        self._lock = threading.Lock()
        self._running = set()
        self._failed = 0
        self._stopped = False

    def run(self, jobs, tell):
        """Do all with up to `jobs` processes; tell() is called now and then."""
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(min(jobs, len(self._waiting)))]
        pause = 0.1
        try:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                time.sleep(pause)
                pause = min(pause * 1.5, 2.0)
                tell()
        finally:
            self._stop()
            for thread in threads:
                thread.join()

    def _work(self):
        while (command := self._next()) is not None:
            if not self._do(command):
                with self._lock:
                    self._failed += 1

    def _next(self):
        with self._lock:
            give_up = self._stopped or self._failed > self._most_failed
            return self._waiting.popleft() if self._waiting and not give_up else None

    def _do(self, command):
        """True if it succeeded. One that was killed is begun anew."""
        for _ in range(self._attempts):
            status = self._once(command)
            if status is None or status >= 0:
                break
        return status == 0

    def _once(self, command):
        """The exit status, negative for a signal; None if nothing is to be begun any more."""
        with self._lock:
            if self._stopped:
                return None
            process = subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       encoding="utf-8", errors="surrogateescape")
            self._running.add(process)
        with process:
            for line in process.stderr:
                self._say(line)
        with self._lock:
            self._running.discard(process)
        return process.returncode

    def _stop(self):
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.terminate()
