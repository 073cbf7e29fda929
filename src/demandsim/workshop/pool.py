"""Worker processes that stay warm: kernels compiled, places settled, ready to run within milliseconds.

Each worker does one job after the other. A job is a function of this package, given what to do and a way to say what
it has found; it is stopped between two sayings as soon as nobody wants it any more. What a room waits for goes first,
and takes the place of what nobody waits for, which then starts again.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from multiprocessing.connection import Connection
from typing import Any

Say = Callable[[Any], None]
"""Hands a message to the room; raises where the job is no longer wanted."""

Job = Callable[..., None]
"""A function at the top of a module: ``job(say, *args)``."""

CRASHES = 2
"""A job under which a worker died this often is given up."""


class Rank(IntEnum):
    """What goes first."""

    FIRST = 0
    STORY = 1
    BAND = 2
    AHEAD = 3


class JobFailedError(Exception):
    """A job raised an error, or its worker died; the message is for the terminal, not for the page."""


class _NotWantedError(BaseException):
    """Raised in a worker by `Say` when the job was stopped; nothing in a job should catch it."""


@dataclass(slots=True)
class Ticket:
    """A job under way.

    Attributes:
        job: What is done.
        args: What it is given.
        rank: How urgent it is.
        number: Its number.
        messages: What it has said; None at its end.
        stopped: Nobody wants it any more.
        crashes: How often a worker died under it.
    """

    job: Job
    args: tuple[Any, ...]
    rank: Rank
    number: int
    messages: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    stopped: bool = False
    crashes: int = 0
    said: int = 0

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            message = await self.messages.get()
            if message is None:
                return
            if isinstance(message, JobFailedError):
                raise message
            yield message


def _work(pipe: Connection, wanted: Any, places: int) -> None:
    """The life of a worker: do one job after the other until the room is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()
    from demandsim.model import keep_settled_places

    keep_settled_places(places)
    while True:
        try:
            number, job, args = pipe.recv()
        except EOFError:
            return

        def say(message: Any, number: int = number) -> None:
            if wanted.value != number:
                raise _NotWantedError
            if message is not None:
                pipe.send((number, "said", message))

        try:
            job(say, *args)
        except _NotWantedError:
            pipe.send((number, "stopped", None))
        except Exception:
            pipe.send((number, "failed", traceback.format_exc()))
        else:
            pipe.send((number, "done", None))


class _Worker:
    """One process, seen from the room."""

    def __init__(self, places: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.wanted: Any = context.Value("q", 0, lock=False)
        self.process = context.Process(target=_work, args=(theirs, self.wanted, places), daemon=True)
        self.process.start()
        theirs.close()
        self.current: Ticket | None = None
        self.queue: list[tuple[int, int, Ticket]] = []


class Pool:
    """Workers and the jobs that wait for them. Every method is to be called from the event loop.

    Args:
        size: Worker processes.
        places: Settled places that each keeps.
    """

    def __init__(self, size: int, places: int) -> None:
        self.size = size
        self._places = places
        self._numbers = itertools.count(1)
        self._workers: list[_Worker] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def start(self) -> None:
        """Start the workers."""
        self._loop = asyncio.get_running_loop()
        self._workers = [self._hire(place) for place in range(self.size)]

    def close(self) -> None:
        """Stop everything at once."""
        self._closed = True
        for worker in self._workers:
            worker.wanted.value = 0
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(2)
            worker.pipe.close()

    @property
    def busy(self) -> int:
        """Jobs running or waiting that somebody wants."""
        held = [ticket for worker in self._workers for _, _, ticket in worker.queue]
        held += [worker.current for worker in self._workers if worker.current is not None]
        return sum(not ticket.stopped for ticket in held)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid or 0 for worker in self._workers]

    def submit(self, job: Job, *args: Any, rank: Rank, home: int | None = None) -> Ticket:
        """Have a job done.

        Args:
            job: A function at the top of a module; it is called as ``job(say, *args)`` in a worker.
            args: What it is given, to be pickled.
            rank: How urgent it is.
            home: The worker that has what the job needs (its remainder by the number of workers counts); left out,
                the one with least to do.
        """
        ticket = Ticket(job, args, rank, next(self._numbers))
        if home is None:
            loads = [len(worker.queue) + (worker.current is not None) for worker in self._workers]
            home = loads.index(min(loads))
        self._queue(home % self.size, ticket)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Stop a job, whether it runs or waits."""
        if ticket.stopped:
            return
        ticket.stopped = True
        ticket.messages.put_nowait(None)
        for worker in self._workers:
            if worker.current is ticket:
                worker.wanted.value = 0

    def _queue(self, place: int, ticket: Ticket) -> None:
        worker = self._workers[place]
        heapq.heappush(worker.queue, (ticket.rank, ticket.number, ticket))
        running = worker.current
        if running is not None and ticket.rank == Rank.FIRST and running.rank >= Rank.BAND:
            worker.wanted.value = 0  # it starts again once nobody waits
        self._next(place)

    def _next(self, place: int) -> None:
        """Give a worker that has nothing to do its next job."""
        worker = self._workers[place]
        while worker.current is None and worker.queue:
            _, _, ticket = heapq.heappop(worker.queue)
            if ticket.stopped:
                continue
            worker.current = ticket
            worker.wanted.value = ticket.number
            ticket.said = 0
            try:
                worker.pipe.send((ticket.number, ticket.job, ticket.args))
            except OSError:  # it has just died: `_listen` hears of it
                return

    def _hire(self, place: int) -> _Worker:
        worker = _Worker(self._places)
        threading.Thread(target=self._listen, args=(place, worker), daemon=True).start()
        return worker

    def _listen(self, place: int, worker: _Worker) -> None:
        """Hand on what a worker says, from a thread of its own, until it dies."""
        assert self._loop is not None
        try:
            while True:
                message = worker.pipe.recv()
                self._loop.call_soon_threadsafe(self._heard, place, *message)
        except (EOFError, OSError):
            pass
        except RuntimeError:  # the loop has ended
            return
        if not self._closed:
            self._loop.call_soon_threadsafe(self._died, place)

    def _heard(self, place: int, number: int, kind: str, message: Any) -> None:
        worker = self._workers[place]
        ticket = worker.current
        if ticket is None or ticket.number != number:
            return
        if kind == "said":
            ticket.said += 1
            if not ticket.stopped:
                ticket.messages.put_nowait(message)
            return
        worker.current = None
        if kind == "stopped" and not ticket.stopped:
            heapq.heappush(worker.queue, (ticket.rank, ticket.number, ticket))
        elif not ticket.stopped:
            ticket.messages.put_nowait(None if kind == "done" else JobFailedError(message))
        self._next(place)

    def _died(self, place: int) -> None:
        """A worker is gone: another takes over, and what it was doing is tried again once."""
        if self._closed:
            return
        old = self._workers[place]
        old.process.join(1)
        self._workers[place] = new = self._hire(place)
        new.queue = old.queue
        ticket = old.current
        if ticket is not None and not ticket.stopped:
            ticket.crashes += 1
            if ticket.crashes >= CRASHES:
                ticket.messages.put_nowait(JobFailedError("a worker process died"))
            else:
                heapq.heappush(new.queue, (ticket.rank, ticket.number, ticket))
        self._next(place)
