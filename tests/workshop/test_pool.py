"""In what order jobs are served: everybody is shown something first, and what stands still goes on where it stood.

Jobs linger until a file is there, so that nothing depends on how quick the machine is.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from pathlib import Path

import pytest

from demandsim.workshop import pool
from demandsim.workshop.pool import JobFailedError, Pool, Rank, Say, Ticket
from tests.workshop.pools import in_a_pool


def lingers(say: Say, until: Path) -> None:
    say("begun")
    while not until.exists():
        time.sleep(0.001)
        say(None)
    say("ended")


def dies(say: Say) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Held:
    """Like a model: it and what it holds point at each other."""

    def __init__(self) -> None:
        self.me = self


def lingers_and_holds(say: Say, until: Path) -> None:
    held = _Held()
    lingers(say, until)
    assert held


def count_held(say: Say) -> None:
    gc.unfreeze()
    say(sum(isinstance(found, _Held) for found in gc.get_objects()))


async def all_of(ticket: Ticket) -> list[object]:
    return [said async for said in ticket]


async def begun(ticket: Ticket) -> None:
    assert await anext(aiter(ticket)) == "begun"


def test_each_of_many_is_shown_something_before_anybody_is_shown_all(tmp_path: Path) -> None:
    until = tmp_path / "go on"

    async def go(pool: Pool) -> list[int]:
        order = []

        async def follow(number: int, ticket: Ticket) -> None:
            assert await all_of(ticket) == ["ended"]
            order.append(number)

        tickets = [pool.submit(lingers, until, rank=Rank.FIRST) for _ in range(5)]
        for ticket in tickets:
            await begun(ticket)  # while all before it linger still
        until.touch()
        await asyncio.gather(*(follow(number, ticket) for number, ticket in enumerate(tickets)))
        return order

    order = in_a_pool(go)
    assert [number for number in order if number < 4] == [0, 1, 2, 3]  # who came first has all of it first


def test_what_gives_way_goes_on_where_it_stood(tmp_path: Path) -> None:
    until = tmp_path / "go on"

    async def go(pool: Pool) -> list[object]:
        band = pool.submit(lingers, until, rank=Rank.BAND)
        await begun(band)
        first = pool.submit(lingers, until, rank=Rank.FIRST)
        await begun(first)
        until.touch()
        assert await all_of(first) == ["ended"]
        return await all_of(band)

    assert in_a_pool(go) == ["ended"]  # and has not begun again


def test_what_stood_still_in_a_worker_that_died_begins_again(tmp_path: Path) -> None:
    until = tmp_path / "go on"

    async def go(pool: Pool) -> list[object]:
        band = pool.submit(lingers, until, rank=Rank.BAND)
        await begun(band)
        first = pool.submit(dies, rank=Rank.FIRST)
        with pytest.raises(JobFailedError):
            await all_of(first)
        until.touch()
        return await all_of(band)

    assert in_a_pool(go) == ["begun", "ended"]


def test_what_stands_still_and_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    until = tmp_path / "go on"

    async def go(pool: Pool) -> tuple[list[object], int]:
        band = pool.submit(lingers_and_holds, until, rank=Rank.BAND)
        await begun(band)
        first = pool.submit(lingers, until, rank=Rank.FIRST)
        await begun(first)
        pool.cancel(band)
        assert await all_of(band) == []
        until.touch()
        await all_of(first)
        return await all_of(pool.submit(count_held, rank=Rank.FIRST)), pool.busy()

    assert in_a_pool(go) == ([0], 0)


def test_the_first_worker_may_begin_alone_and_before_there_is_a_loop() -> None:
    pool = Pool(2, 4)
    pool.hire_first()
    early = pool.submit(count_held, rank=Rank.FIRST, home=0)

    async def go() -> None:
        pool.start(first_alone=True)
        assert await all_of(early) == [0]
        other = pool.submit(count_held, rank=Rank.FIRST, home=1)
        assert len(pool.pids) == 1
        pool.hire_others()
        assert len(pool.pids) == 2
        assert await all_of(other) == [0]

    try:
        asyncio.run(asyncio.wait_for(go(), 240))
    finally:
        pool.close()


def test_a_pool_whose_worker_could_not_be_started_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Ctrl-C ends what starts workers while one is being started."""

    class Unstartable:
        def __init__(self, **told: object) -> None:
            pass

        def start(self) -> None:
            raise OSError("nobody starts workers any more")

        def terminate(self) -> None:
            raise AttributeError("was never started")

    context = pool.worker_context(pool.LOADED)
    monkeypatch.setattr(type(context), "Process", Unstartable)
    made = Pool(1, 1)
    with pytest.raises(OSError, match="nobody"):
        made.hire_first()
    made.close()
