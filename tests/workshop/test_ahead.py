"""What is run before anybody asks: what is on a button, then every move of one lever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from itertools import islice
from typing import Any

from demandsim.experiment.plan import Task
from demandsim.workshop.ahead import Ahead, likely, moves, positions
from demandsim.workshop.choices import Choices
from demandsim.workshop.levers import decisions
from demandsim.workshop.pool import Rank
from demandsim.workshop.presets import presets

HERE = Choices(years=1).with_values(cut=30)


def test_positions_are_all_there_is_and_the_coarse_ones_come_first() -> None:
    practice = decisions()[0]
    found = positions(practice)
    assert found[:3] == [0, 100, 50]
    assert sorted(found) == list(range(0, 101, 5))
    for lever in decisions():
        steps = round((lever.high - lever.low) / lever.step)
        assert sorted(positions(lever)) == [lever.low + lever.step * k for k in range(steps + 1)], lever.key


def test_moves_differ_by_one_lever() -> None:
    for moved in moves(HERE):
        apart = [key for key in moved.by_key if moved[key] != HERE[key]]
        assert len(apart) == 1
    assert len(list(moves(HERE))) == sum(len(positions(lever)) - 1 for lever in decisions())


def test_todays_runs_and_the_buttons_come_first() -> None:
    first = [task.run for task in islice(likely(HERE), 1 + len(presets()))]
    assert len(set(first)) == len(presets())  # today is on a button too


class _Pool:
    """Two workers that nobody waits for, unless ``wanted`` says so."""

    size = 2
    wanted = 0

    def busy(self, least: Rank) -> int:
        return self.wanted

    def submit(self, *_: object, **__: object) -> _Pool:
        return self

    def cancel(self, ticket: object) -> None:
        return

    def hire_others(self) -> None:
        return

    async def __aiter__(self) -> AsyncGenerator[object]:
        for nothing in ():
            yield nothing


class _Runs:
    """Runs that take a moment; each says when it was begun and when given up."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.given_up: list[str] = []

    def is_kept(self, task: Task) -> bool:
        return task.name in self.done

    async def whole(self, task: Task, rank: Rank) -> list[object]:
        assert rank == Rank.AHEAD
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.given_up.append(task.name)
            raise
        self.done.append(task.name)
        return []


def run_beside(meanwhile: Callable[[Ahead], Coroutine[Any, Any, None]], pool: Any, runs: Any) -> None:
    """Run ahead for as long as something else takes."""

    async def go() -> None:
        ahead = Ahead(pool, runs, HERE)
        going = asyncio.create_task(ahead.go())
        await meanwhile(ahead)
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)

    asyncio.run(go())


async def until(true: Callable[[], bool]) -> None:
    """Wait for something, however busy the machine is."""
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


def test_nothing_is_run_twice_and_it_stops_when_all_is_done() -> None:
    pool, runs = _Pool(), _Runs()

    wanted = {task.name for task in likely(HERE)}

    async def until_done(ahead: Ahead) -> None:
        await until(lambda: set(runs.done) >= wanted)
        await asyncio.sleep(0.2)  # in which more would be run, if it did not stop

    run_beside(until_done, pool, runs)
    assert set(runs.done) == wanted
    assert len(runs.done) == len(wanted)


def test_it_lets_go_as_soon_as_somebody_waits() -> None:
    pool, runs = _Pool(), _Runs()

    async def ask(ahead: Ahead) -> None:
        await until(lambda: bool(runs.done))
        pool.wanted = 1
        await asyncio.sleep(0.3)
        done = len(runs.done)
        await asyncio.sleep(0.3)
        assert len(runs.done) == done

    run_beside(ask, pool, runs)


def test_it_looks_from_where_the_room_stands() -> None:
    pool, runs = _Pool(), _Runs()
    elsewhere = HERE.with_values(practice=45, carers=35)

    near = {task.name for task in islice(likely(elsewhere), 40)} - {task.name for task in likely(HERE)}
    assert near

    async def move(ahead: Ahead) -> None:
        await until(lambda: bool(runs.done))
        ahead.look_from(elsewhere)
        await until(lambda: near <= set(runs.done))

    run_beside(move, pool, runs)


def test_without_running_ahead_the_place_settles_and_nothing_is_run() -> None:
    pool, runs = _Pool(), _Runs()
    ahead = Ahead(pool, runs, HERE)  # type: ignore[arg-type]
    asyncio.run(asyncio.wait_for(ahead.settle(), timeout=5.0))
    assert ahead._settled == [HERE.place]
    assert not runs.done
