"""The shelf: what workers have found, kept so that nobody waits for it twice, and what they are finding, shared.

When fifteen people open the same page, one of them starts a run and all are given it. A run that nobody waits for any
more is stopped.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from demandsim.workshop.pool import Job, JobFailedError, Pool, Rank, Ticket

KEPT = 120
"""Findings kept; the one unused for longest goes first. A watched run takes about half a megabyte."""


@dataclass(slots=True)
class _UnderWay:
    """A job that somebody waits for."""

    ticket: Ticket
    found: asyncio.Task[Any]
    waiting: int = 0


class Shelf:
    """Findings by key. Every method is to be called from the event loop.

    Args:
        pool: The workers.
        kept: How many findings to keep.
    """

    def __init__(self, pool: Pool, kept: int = KEPT) -> None:
        self._pool = pool
        self._room = kept
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._under_way: dict[str, _UnderWay] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    async def fetch(self, key: str, job: Job, *args: Any, rank: Rank, home: int) -> Any:
        """What a job finds: from the shelf, or from a worker.

        Args:
            key: Decides the finding: equal keys, equal findings.
            job: As for `Pool.submit`; its last message is the finding.
            args: What it is given.
            rank: How urgent it is.
            home: The worker that has what it needs.

        Raises:
            JobFailedError: If the job failed.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        held = self._under_way.get(key)
        if held is None:
            ticket = self._pool.submit(job, *args, rank=rank, home=home)
            held = self._under_way[key] = _UnderWay(ticket, asyncio.create_task(self._collect(key, ticket)))
        held.waiting += 1
        try:
            found = await asyncio.shield(held.found)
        finally:
            held.waiting -= 1
            if not held.waiting and not held.found.done():
                self._pool.cancel(held.ticket)
                self._under_way.pop(key, None)
        if isinstance(found, JobFailedError):
            raise found
        return found

    async def _collect(self, key: str, ticket: Ticket) -> Any:
        """Wait for a job's last message and put it on the shelf; a failure is handed over, not kept."""
        found: Any = JobFailedError("stopped: nobody waits for it")
        try:
            async for message in ticket:
                found = message
        except JobFailedError as error:
            found = error
        held = self._under_way.get(key)
        if held is not None and held.ticket is ticket:
            del self._under_way[key]
        if not isinstance(found, JobFailedError):
            self._kept[key] = found
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return found
