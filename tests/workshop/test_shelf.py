import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from demandsim.workshop.pool import JobFailedError, Rank
from demandsim.workshop.shelf import Shelf


class Ticket:
    """A job that says what it is told to."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Any] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (message := await self.messages.get()) is not None:
            if isinstance(message, Exception):
                raise message
            yield message


class Workers:
    """A pool that only notes what it is asked for."""

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.cancelled: list[Ticket] = []

    def submit(self, job: Any, *args: Any, rank: Rank, home: int) -> Ticket:
        self.tickets.append(Ticket())
        return self.tickets[-1]

    def cancel(self, ticket: Ticket) -> None:
        self.cancelled.append(ticket)
        ticket.messages.put_nowait(None)


def fetch(shelf: Shelf, key: str = "a") -> asyncio.Task[Any]:
    return asyncio.create_task(shelf.fetch(key, print, rank=Rank.BAND, home=0))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_many_who_ask_for_the_same_are_given_one_finding_and_later_ones_at_once() -> None:
    async def play() -> None:
        workers = Workers()
        shelf = Shelf(workers)  # type: ignore[arg-type]
        asked = [fetch(shelf) for _ in range(3)]
        await settle()
        (ticket,) = workers.tickets
        for message in ("on the way", "found", None):
            ticket.messages.put_nowait(message)
        assert await asyncio.gather(*asked) == ["found"] * 3
        assert await fetch(shelf) == "found"
        assert len(workers.tickets) == 1

    asyncio.run(play())


def test_a_job_is_stopped_when_the_last_who_waits_has_left() -> None:
    async def play() -> None:
        workers = Workers()
        shelf = Shelf(workers)  # type: ignore[arg-type]
        first, second = fetch(shelf), fetch(shelf)
        await settle()
        first.cancel()
        await settle()
        assert workers.cancelled == []
        second.cancel()
        await settle()
        assert workers.cancelled == workers.tickets
        third = fetch(shelf)  # asked again, it is begun anew
        await settle()
        assert len(workers.tickets) == 2
        workers.tickets[1].messages.put_nowait("found")
        workers.tickets[1].messages.put_nowait(None)
        assert await third == "found"

    asyncio.run(play())


def test_a_failure_is_handed_over_and_not_kept() -> None:
    async def play() -> None:
        workers = Workers()
        shelf = Shelf(workers)  # type: ignore[arg-type]
        asked = fetch(shelf)
        await settle()
        workers.tickets[0].messages.put_nowait(JobFailedError("broken"))
        with pytest.raises(JobFailedError, match="broken"):
            await asked
        assert "a" not in shelf

    asyncio.run(play())


def test_what_is_unused_for_longest_goes_first() -> None:
    async def play() -> None:
        workers = Workers()
        shelf = Shelf(workers, kept=2)  # type: ignore[arg-type]
        for key in ("a", "b", "a", "c"):
            asked = fetch(shelf, key)
            await settle()
            if not asked.done():
                workers.tickets[-1].messages.put_nowait(key)
                workers.tickets[-1].messages.put_nowait(None)
            await asked
        assert ("a" in shelf, "b" in shelf, "c" in shelf) == (True, False, True)

    asyncio.run(play())
