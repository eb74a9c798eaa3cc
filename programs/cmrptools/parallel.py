# SPDX-License-Identifier: GPL-2.0-or-later
"""How are several captures read at the same time, and used one after the other?

Each is read by a thread of its own, which waits for tshark most of the time. What it reads goes through a queue that holds
little: a thread that is ahead waits, and memory does not grow with the captures.
"""
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

PORTION = 500
_PORTIONS_AHEAD = 20


class _Stopped(Exception):
    """Nobody wants what this thread reads."""


class _Pipe:
    """What one thread reads and another one uses."""

    def __init__(self, stop):
        self._queue = queue.Queue(_PORTIONS_AHEAD)
        self._stop = stop

    def fill(self, make):
        """Put in whatever the iterator that make() returns gives, and the exception that ends it."""
        failure = None
        try:
            for portion in _portions(make()):
                self._put((portion, None))
        except _Stopped:
            return
        except BaseException as error:  # pylint: disable=broad-except
            failure = error
        try:
            self._put(([], failure or StopIteration()))
        except _Stopped:
            pass

    def _put(self, one):
        while not self._stop.is_set():
            try:
                return self._queue.put(one, timeout=0.2)
            except queue.Full:
                pass
        raise _Stopped

    def __iter__(self):
        end = None
        while end is None:
            try:
                # A signal is heard in between, on Windows too.
                portion, end = self._queue.get(timeout=1)
            except queue.Empty:
                continue
            yield from portion
        if not isinstance(end, StopIteration):
            raise end


def _portions(values):
    """Lists of values; what an exception left unfinished comes before it."""
    portion = []
    try:
        for value in values:
            portion.append(value)
            if len(portion) == PORTION:
                yield portion
                portion = []
    except Exception:
        yield portion
        raise
    yield portion


def streams(makers, jobs, interrupt):
    """For each function, which returns an iterator, an iterator of the same values, in the order of the functions.

    Up to `jobs` of them run at the same time. interrupt() is called when nobody wants the rest: it makes them end soon.
    """
    if jobs == 1:
        yield from (make() for make in makers)
        return
    stop = threading.Event()
    pipes = [_Pipe(stop) for _ in makers]
    pool = ThreadPoolExecutor(jobs)
    try:
        # The first in is the first to run: whoever is waited for is running.
        for pipe, make in zip(pipes, makers):
            pool.submit(pipe.fill, make)
        yield from map(iter, pipes)
    except BaseException:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        interrupt()
        raise
    finally:
        pool.shutdown()
