"""The life of a worker process: one job at a time, and beside it those that have given way to it.

A job runs in a thread of its own, so that it can stand still anywhere between two sayings and go on from there; of all
threads one runs and the others wait for their turn.
"""

from __future__ import annotations

import gc
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from demandsim.experiment.forking import go_with_parent, take_surroundings

Say = Callable[[Any], None]
"""Hands a message to the room; raises where the job is no longer wanted, and waits where it is to give way."""

Job = Callable[..., None]
"""A function at the top of a module: ``job(say, *args)``."""

LOADED = ("demandsim.model", "demandsim.workshop.watch")
"""What nearly every job needs, to be loaded while there is none yet."""

STOP = 0
"""What a worker is told while it runs a job that nobody wants; the job's number lets it go on."""


def give_way(number: int) -> int:
    """What a worker is told while it runs a job that is to stand still for another."""
    return -number


class _NotWantedError(BaseException):
    """Raised by `Say` when the job was stopped; nothing in a job should catch it."""


class _Started:
    """A job that has been started: it runs while it has its turn."""

    def __init__(self, number: int, pipe: Connection, wanted: Any) -> None:
        self._number, self._pipe, self._wanted = number, pipe, wanted
        self._turn = threading.Semaphore(0)
        self._stands: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def go_on(self, job: Job, args: tuple[Any, ...]) -> tuple[str, Any]:
        """Begin, or go on, until the job ends or gives way.

        Returns:
            ``done``, ``stopped``, ``failed`` with what went wrong, or ``waits``.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(job, args), daemon=True)
            self._thread.start()
        else:
            self._turn.release()
        stands = self._stands.get()
        if stands[0] != "waits":
            self._thread.join()  # only then has it let go of all that it held
        return stands

    def _run(self, job: Job, args: tuple[Any, ...]) -> None:
        ended: tuple[str, Any] = "done", None
        try:
            job(self._say, *args)
        except _NotWantedError:
            ended = "stopped", None
        except Exception:
            ended = "failed", traceback.format_exc()
        self._stands.put(ended)

    def _say(self, message: Any) -> None:
        if self._wanted.value == STOP:
            raise _NotWantedError
        if message is not None:
            self._pipe.send((self._number, "said", message))
        if self._wanted.value == give_way(self._number):
            self._stands.put(("waits", None))
            self._turn.acquire()
            if self._wanted.value != self._number:
                raise _NotWantedError


def work(pipe: Connection, wanted: Any, places: int, surroundings: Mapping[str, str]) -> None:
    """The life of a worker: do one job after the other until the room is closed.

    Args:
        pipe: Brings a job as its number, the function and what it is given, to be begun or to be gone on with; without
            a function, one that gave way and is not wanted any more. Takes back what the jobs say and how they end.
        wanted: Number of the job that runs, while it may; `STOP` or `give_way` of it where it may not.
        places: Settled places to keep.
        surroundings: The environment of the room.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    go_with_parent()
    take_surroundings(surroundings)
    from demandsim.model import keep_settled_places

    for name in LOADED:
        import_module(name)
    keep_settled_places(places)
    # A run leaves next to nothing to collect while it lasts, and looking for it takes a tenth of its months.
    gc.disable()
    waiting: dict[int, _Started] = {}
    while True:
        try:
            number, job, args = pipe.recv()
        except EOFError:
            return
        started = waiting.pop(number, None)
        if job is None and started is None:
            continue
        if started is None:
            started = _Started(number, pipe, wanted)
        stands = started.go_on(job, args)
        if stands[0] == "waits":
            waiting[number] = started
        del started
        if job is not None:
            pipe.send((number, *stands))
        _clean(bool(waiting))


def _clean(some_wait: bool) -> None:
    """Collect what ended jobs have left.

    A dead model and its agents point at each other. They are looked for here and not in the job: while an error is on
    its way the model is still held, and what is frozen then is never collected, nor is a model that waits.
    """
    gc.collect()
    if not some_wait:
        gc.freeze()  # what is left is code and settled places: no use in looking at it again
