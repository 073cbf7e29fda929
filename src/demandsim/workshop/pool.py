"""Worker processes that stay warm: kernels compiled, places settled, ready to run within milliseconds.

Each worker does one job after the other. A job is a function of this package, given what to do and a way to say what
it has found; it is stopped between two sayings as soon as nobody wants it any more. What a room waits for goes first:
what nobody waits for stands still meanwhile. Of many who wait, each is shown something before anybody is shown all.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import os
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from demandsim.experiment.forking import interrupts_held, worker_context
from demandsim.workshop.worker import LOADED, STOP, Job, Say, give_way, work

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["CRASHES", "Job", "JobFailedError", "Pool", "Rank", "Say", "Ticket", "room_pool"]

PLACES_KEPT = 40
"""Settled samples that each worker of a room keeps: those of three places, with all their runs."""

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


type _Order = tuple[Rank, bool, int]
"""Rank; whether the job has said anything yet; its number."""


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
        heard: It has said something.
        waits: It has begun, and stands still in its home until it may go on.
        stopped: Nobody wants it any more.
        crashes: How often a worker died under it.
    """

    job: Job
    args: tuple[Any, ...]
    rank: Rank
    number: int
    home: int | None = None
    messages: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    heard: bool = False
    waits: bool = False
    stopped: bool = False
    crashes: int = 0

    @property
    def order(self) -> _Order:
        """What comes first goes first."""
        return self.rank, self.heard, self.number

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            message = await self.messages.get()
            if message is None:
                return
            if isinstance(message, JobFailedError):
                raise message
            yield message


class _Worker:
    """One process, seen from the room."""

    def __init__(self) -> None:
        self.process: BaseProcess | None = None
        self.current: Ticket | None = None
        self.queue: list[tuple[_Order, Ticket]] = []

    def hire(self, places: int) -> None:
        """Start the process."""
        context = worker_context(LOADED)
        self.pipe, theirs = context.Pipe()
        self.wanted: Any = context.Value("q", STOP, lock=False)
        told = (theirs, self.wanted, places, dict(os.environ))
        process = context.Process(target=work, args=told, daemon=True)
        with interrupts_held():
            process.start()
            self.process = process  # one that could not be started is none to be ended
        theirs.close()

    def end(self) -> None:
        """Stop at once."""
        if self.process is not None:
            self.wanted.value = STOP
            self.process.terminate()

    @property
    def last(self) -> _Order | None:
        """The order of what it does; None where that is nothing, or gives way or stops already."""
        held = self.current
        return None if held is None or self.wanted.value != held.number else held.order

    def let_go_first(self, ticket: Ticket) -> None:
        """Let what it does stand still if that is waited for less than a job that is to go first."""
        last = self.last
        if ticket.rank == Rank.FIRST and last is not None and last > ticket.order and last[0] != Rank.STORY:
            self.wanted.value = give_way(last[-1])


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
        self._workers = [_Worker() for _ in range(size)]
        self._common: list[tuple[_Order, Ticket]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def hire_first(self) -> None:
        """Start the first worker, before there is an event loop: it makes itself ready meanwhile."""
        self._workers[0].hire(self._places)

    def start(self, *, first_alone: bool = False) -> None:
        """Start the workers, where they are not hired yet, and listen to them.

        Args:
            first_alone: Let the first have the machine to itself; `hire_others` is to follow.
        """
        self._loop = asyncio.get_running_loop()
        if self._workers[0].process is None:
            self.hire_first()
        self._listen_to(0)
        if not first_alone:
            self.hire_others()

    def hire_others(self) -> None:
        """Start those who are not hired yet, and give them what waits for them."""
        for place, worker in enumerate(self._workers):
            if worker.process is None:
                worker.hire(self._places)
                self._listen_to(place)
                self._next(place)

    def close(self) -> None:
        """Stop everything at once."""
        self._closed = True
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            if worker.process is not None:
                worker.process.join(2)
                worker.pipe.close()

    def busy(self, least: Rank = Rank.AHEAD) -> int:
        """Jobs running or waiting that somebody wants.

        Args:
            least: Those of lesser rank do not count.
        """
        held = [ticket for worker in self._workers for _, ticket in worker.queue]
        held += [worker.current for worker in self._workers if worker.current is not None]
        held += [ticket for _, ticket in self._common]
        return sum(not ticket.stopped and ticket.rank <= least for ticket in held)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid or 0 for worker in self._workers if worker.process is not None]

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
        ticket.rank = rank
        if not ticket.waits:
            ticket.home = None
        for queue in (self._common, *(worker.queue for worker in self._workers)):
            if any(held is ticket for _, held in queue):
                queue[:] = [item for item in queue if item[1] is not ticket]
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
                worker.wanted.value = STOP
        if ticket.waits:
            self._forget(ticket)

    def _queue(self, ticket: Ticket) -> None:
        """Let a job wait, and let what is waited for less give way to it."""
        self._put(ticket)
        places = range(self.size) if ticket.home is None else (ticket.home,)
        for place in places:
            self._next(place)
        workers = [self._workers[place] for place in places]
        busy = [worker for worker in workers if worker.last is not None and worker.current is not ticket]
        if busy and not any(worker.current is ticket for worker in workers):
            max(busy, key=lambda worker: worker.last or ()).let_go_first(ticket)

    def _forget(self, ticket: Ticket) -> None:
        """Tell a worker that it need not go on with what stands still in it."""
        ticket.waits = False
        assert ticket.home is not None
        with contextlib.suppress(OSError):  # it has just died, and what stood still with it
            self._workers[ticket.home].pipe.send((ticket.number, None, ()))

    def _put(self, ticket: Ticket) -> None:
        queue = self._common if ticket.home is None else self._workers[ticket.home].queue
        heapq.heappush(queue, (ticket.order, ticket))

    def _next(self, place: int) -> None:
        """Give a worker that has nothing to do its next job: its own or anybody's, whichever goes first."""
        worker = self._workers[place]
        if worker.process is None:
            return
        while worker.current is None and (worker.queue or self._common):
            queue = min((held for held in (worker.queue, self._common) if held), key=lambda held: held[0])
            _, ticket = heapq.heappop(queue)
            if ticket.stopped:
                continue
            worker.current, ticket.waits = ticket, False
            worker.wanted.value = ticket.number
            try:
                worker.pipe.send((ticket.number, ticket.job, ticket.args))
            except OSError:  # it has just died: `_listen` hears of it
                return

    def _listen_to(self, place: int) -> None:
        threading.Thread(target=self._listen, args=(place, self._workers[place]), daemon=True).start()

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
                self._said(worker, ticket)
            return
        worker.current = None
        if kind == "waits":
            ticket.home, ticket.waits = place, True
            if ticket.stopped:
                self._forget(ticket)
            else:
                self._put(ticket)
        elif not ticket.stopped:
            ticket.messages.put_nowait(None if kind == "done" else JobFailedError(message))
        self._next(place)

    def _said(self, worker: _Worker, ticket: Ticket) -> None:
        """Who has been shown something lets those go first who have been shown nothing yet."""
        if ticket.heard:
            return
        ticket.heard = True
        for queue in (worker.queue, self._common):
            if queue:
                worker.let_go_first(queue[0][1])

    def _died(self, place: int) -> None:
        """A worker is gone: another takes over, and what it was doing is tried again once."""
        if self._closed:
            return
        old = self._workers[place]
        if old.process is not None:
            old.process.join(1)
        self._workers[place] = new = _Worker()
        new.hire(self._places)
        new.queue = old.queue  # what stood still in it begins again
        self._listen_to(place)
        ticket = old.current
        if ticket is not None and not ticket.stopped:
            ticket.crashes += 1
            if ticket.crashes >= CRASHES:
                ticket.messages.put_nowait(JobFailedError("a worker process died"))
            else:
                self._put(ticket)
        self._next(place)


def room_pool() -> Pool:
    """The workers of a room, which are not hired yet: one for each core."""
    return Pool(max(2, os.cpu_count() or 2), PLACES_KEPT)
