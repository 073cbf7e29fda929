"""How worker processes are started: as copies of one that has loaded what they need, where the system can do that.

Loading pandas, Mesa and Numba takes seconds of each new process. On Linux one server does it once for its parent, and
every worker is forked from it, also one that takes the place of a worker that was killed. The server runs nothing and
has no threads of ours, so nothing is copied in the middle of anything. Elsewhere each worker loads for itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

LOADED = ("demandsim.experiment.pool", "demandsim.model", "demandsim.measures.recorder")
"""What the server loads for runs."""


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while workers are started: they keep it held, so that it cannot strike them as they import.

    Another thread may take the signal, which then strikes this one all the same: it is noted and passed on at the end.
    """
    with _interrupts_noted():
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            yield
            return
        resource_tracker.ensure_running()  # it would let signals through again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _interrupts_noted() -> Iterator[None]:
    """Note Ctrl-C while something is done that it must not break off, and pass it on afterwards."""
    usual = signal.getsignal(signal.SIGINT)
    ours = threading.current_thread() is threading.main_thread()
    if usual in (None, signal.SIG_IGN) or not ours:  # not ours to change; a job in the background hears none
        yield
        return
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if heard:
            signal.raise_signal(signal.SIGINT)


def worker_context(loaded: Sequence[str] = LOADED) -> ForkServerContext | SpawnContext:
    """The way to start workers here; where there is a server, it is being started and hears no Ctrl-C.

    Args:
        loaded: Modules that it loads, unless it is running already.
    """
    if sys.platform == "linux":
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(loaded))
        try:
            with interrupts_held():
                forkserver.ensure_running()
        except OSError:  # no place for its socket, as where the path of temporary files is too long
            pass
        else:
            return context
    return multiprocessing.get_context("spawn")


def take_surroundings(surroundings: Mapping[str, str]) -> None:
    """Take over the parent's environment, in a worker: the server has that of the time when it was started.

    Args:
        surroundings: Variables of the parent when it started this worker.
    """
    if dict(os.environ) != surroundings:
        os.environ.clear()
        os.environ.update(surroundings)


def go_with_parent() -> None:
    """End this worker as soon as the process that works with it has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def become_worker(surroundings: Mapping[str, str]) -> None:
    """Take a worker's place: with the parent's environment, leaving Ctrl-C to it, gone when it has gone.

    Args:
        surroundings: Variables of the parent when it started this worker.
    """
    take_surroundings(surroundings)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    go_with_parent()


def end_workers(workers: Sequence[BaseProcess], within: float = 0.0) -> None:
    """Wait a little for workers to go by themselves, then end those that hear nothing.

    Args:
        workers: Their processes.
        within: Seconds to wait for all of them together.
    """
    until = time.monotonic() + within
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
            worker.join()


def in_workers[Item, Found](do: Callable[[Item], Found], items: Iterable[Item], jobs: int) -> Iterator[Found]:
    """What a function gives for each item, in their order, from worker processes; Ctrl-C ends these at once.

    Args:
        do: Importable, as are the items.
        items: All are handed over at the start.
        jobs: Worker processes.
    """
    others = multiprocessing.active_children()
    pool = ProcessPoolExecutor(
        jobs, mp_context=worker_context(), initializer=become_worker, initargs=(dict(os.environ),)
    )
    try:
        with interrupts_held():
            running = [pool.submit(do, item) for item in items]
        for future in running:
            yield future.result()
    except BaseException:
        with interrupts_held():  # an impatient second Ctrl-C changes nothing
            pool.shutdown(wait=False, cancel_futures=True)
            end_workers([child for child in multiprocessing.active_children() if child not in others])
        raise
    pool.shutdown()
