"""What is run before anybody asks: what is on a button, then every move of one lever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
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


def run_for(seconds: float, pool: Any, runs: Any, meanwhile: Any = None) -> Ahead:
    async def go() -> Ahead:
        ahead = Ahead(pool, runs, HERE)
        going = asyncio.create_task(ahead.go())
        await asyncio.sleep(0)
        if meanwhile is not None:
            await meanwhile(ahead)
        await asyncio.sleep(seconds)
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        return ahead

    return asyncio.run(go())


def test_nothing_is_run_twice_and_it_stops_when_all_is_done() -> None:
    pool, runs = _Pool(), _Runs()

    async def until_done(ahead: Ahead) -> None:
        held = -1
        while held != len(runs.done):
            held = len(runs.done)
            await asyncio.sleep(0.5)

    run_for(0, pool, runs, until_done)
    wanted = {task.name for task in likely(HERE)}
    assert set(runs.done) == wanted
    assert len(runs.done) == len(wanted)


def test_it_lets_go_as_soon_as_somebody_waits() -> None:
    pool, runs = _Pool(), _Runs()

    async def ask(ahead: Ahead) -> None:
        await asyncio.sleep(0.2)
        assert runs.done
        pool.wanted = 1
        await asyncio.sleep(0.2)
        runs.done_then = len(runs.done)  # type: ignore[attr-defined]

    run_for(0.3, pool, runs, ask)
    assert len(runs.done) == runs.done_then  # type: ignore[attr-defined]


def test_it_looks_from_where_the_room_stands() -> None:
    pool, runs = _Pool(), _Runs()
    elsewhere = HERE.with_values(practice=45, carers=35)

    async def move(ahead: Ahead) -> None:
        await asyncio.sleep(0.1)
        ahead.look_from(elsewhere)

    run_for(3.0, pool, runs, move)
    near = {task.name for task in islice(likely(elsewhere), 12)}
    assert near <= set(runs.done)


def test_without_running_ahead_the_place_settles_and_nothing_is_run() -> None:
    pool, runs = _Pool(), _Runs()
    ahead = Ahead(pool, runs, HERE)  # type: ignore[arg-type]
    asyncio.run(asyncio.wait_for(ahead.settle(), timeout=5.0))
    assert ahead._settled == [HERE.place]
    assert not runs.done
