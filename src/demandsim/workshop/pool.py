"""Worker processes that stay warm: kernels compiled, places settled, ready to run within milliseconds.

Each worker does one job after the other. A job is a function of this package, given what to do and a way to say what
it has found; it is stopped between two sayings as soon as nobody wants it any more. What a room waits for goes first,
and takes the place of what nobody waits for, which then starts again.
"""

from __future__ import annotations

import asyncio
import gc
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
        home: The worker that is to do it; None for whichever is free first.
        messages: What it has said; None at its end.
        stopped: Nobody wants it any more.
        crashes: How often a worker died under it.
    """

    job: Job
    args: tuple[Any, ...]
    rank: Rank
    number: int
    home: int | None = None
    messages: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    stopped: bool = False
    crashes: int = 0

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
    # A run leaves next to nothing to collect while it lasts, and looking for it takes a tenth of its months.
    gc.disable()
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
        # A dead model and its agents point at each other. They are looked for here and not in the job: while an error
        # is on its way the model is still held, and what is frozen then is never collected.
        gc.collect()
        gc.freeze()  # what is left is code and settled places: no use in looking at it again


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

    @property
    def slack(self) -> int:
        """How little what it does is waited for; 0 where somebody waits, or it was told to stop already."""
        held = self.current
        if held is None or held.rank < Rank.BAND or self.wanted.value != held.number:
            return 0
        return int(held.rank)


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
        self._common: list[tuple[int, int, Ticket]] = []
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

    def busy(self, least: Rank = Rank.AHEAD) -> int:
        """Jobs running or waiting that somebody wants.

        Args:
            least: Those of lesser rank do not count.
        """
        held = [ticket for worker in self._workers for _, _, ticket in worker.queue]
        held += [worker.current for worker in self._workers if worker.current is not None]
        held += [ticket for _, _, ticket in self._common]
        return sum(not ticket.stopped and ticket.rank <= least for ticket in held)

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
                whichever is free first.
        """
        place = None if home is None else home % self.size
        ticket = Ticket(job, args, rank, next(self._numbers), place)
        self._queue(ticket)
        return ticket

    def hasten(self, ticket: Ticket, rank: Rank) -> None:
        """Let a job that runs or waits go first, on whichever worker is free first."""
        if rank >= ticket.rank or ticket.stopped:
            return
        ticket.rank, ticket.home = rank, None
        for queue in (self._common, *(worker.queue for worker in self._workers)):
            if any(held is ticket for _, _, held in queue):
                queue[:] = [item for item in queue if item[2] is not ticket]
                heapq.heapify(queue)
                self._queue(ticket)
                return

    def cancel(self, ticket: Ticket) -> None:
        """Stop a job, whether it runs or waits."""
        if ticket.stopped:
            return
        ticket.stopped = True
        ticket.messages.put_nowait(None)
        for worker in self._workers:
            if worker.current is ticket:
                worker.wanted.value = 0

    def _queue(self, ticket: Ticket) -> None:
        """Let a job wait, and let what nobody waits for give way to it."""
        self._put(ticket)
        places = range(self.size) if ticket.home is None else (ticket.home,)
        for place in places:
            self._next(place)
        if ticket.rank != Rank.FIRST or any(worker.current is ticket for worker in self._workers):
            return
        idlest = max((self._workers[place] for place in places), key=lambda worker: worker.slack)
        if idlest.slack:
            idlest.wanted.value = 0  # what it does starts again once nobody waits

    def _put(self, ticket: Ticket) -> None:
        queue = self._common if ticket.home is None else self._workers[ticket.home].queue
        heapq.heappush(queue, (ticket.rank, ticket.number, ticket))

    def _next(self, place: int) -> None:
        """Give a worker that has nothing to do its next job: its own or anybody's, whichever goes first."""
        worker = self._workers[place]
        while worker.current is None and (worker.queue or self._common):
            queue = min((held for held in (worker.queue, self._common) if held), key=lambda held: held[0])
            _, _, ticket = heapq.heappop(queue)
            if ticket.stopped:
                continue
            worker.current = ticket
            worker.wanted.value = ticket.number
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
            if not ticket.stopped:
                ticket.messages.put_nowait(message)
            return
        worker.current = None
        if kind == "stopped" and not ticket.stopped:
            self._put(ticket)
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
                self._put(ticket)
        self._next(place)
