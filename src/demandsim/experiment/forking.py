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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, SpawnContext

LOADED = ("demandsim.experiment.pool", "demandsim.model")
"""What the server loads for runs."""


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while workers are started: they keep it held, so that it cannot strike them as they import."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it would let signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
