"""Runs of the sample for the room: shared by all who ask for the same, given up when nobody asks any more.

A run here is the task that ``demandsim compare`` would run at the same place, scale and luck: same model, same rows.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demandsim.experiment.plan import Place, Plan, Task
from demandsim.workshop.choices import Choices
from demandsim.workshop.kept import KeptRuns, kept_run
from demandsim.workshop.pool import JobFailedError, Pool, Rank, Say, Ticket
from demandsim.workshop.series import is_shown
from demandsim.workshop.watch import Watched, run_years

if TYPE_CHECKING:
    import pandas as pd

    from demandsim.measures.breakdowns import Row

SAMPLE = 6000
"""Citizens of a sample, about: of half as many levels are far off, and a run takes nine tenths of the time."""

REPLICATES = 12
"""Runs of each scenario behind the range."""

MOST_PERSON_YEARS = 40e6
"""What the full run of a place may take: people times years times runs; a larger place is sampled."""

_READY = 200
"""Runs whose rows are held unpacked: those of a plan, its baseline and three pins, twice over."""


def place_of(choices: Choices) -> Place:
    """The place that a room has chosen."""
    from demandsim.experiment.prepare import resolve_place

    return resolve_place(choices.place)


def sample_scale(place: Place) -> float:
    """Share of a place's people that makes a sample, to two figures so that it can be typed."""
    from demandsim.experiment.prepare import least_scale, residents

    return min(1.0, max(least_scale(place), float(f"{SAMPLE / residents(place):.2g}")))


def sample_plan(choices: Choices, replicates: int = REPLICATES) -> Plan:
    """What ``compare`` would be asked for: today carried on and the room's scenario; one of them where they agree."""
    place = place_of(choices)
    return _plan(choices, place, sample_scale(place), replicates)


def full_plan(choices: Choices) -> Plan:
    """One run of each scenario with everybody, or as many as the limit lets."""
    from demandsim.experiment.prepare import residents

    place = place_of(choices)
    most = MOST_PERSON_YEARS / (residents(place) * choices.years * 2)
    return _plan(choices, place, min(1.0, float(f"{most:.2g}")), 1)


def _plan(choices: Choices, place: Place, scale: float, replicates: int) -> Plan:
    scenarios = [choices.baseline.scenario()] + ([] if choices.is_baseline else [choices.scenario()])
    return Plan(place=place, scenarios=tuple(scenarios), years=choices.years, scale=scale, replicates=replicates)


def run_whole(say: Say, task: Task) -> None:
    """A job: run a task and say after each month how many are done, and in the end the rows.

    Args:
        say: Takes whole numbers, then a list of rows.
        task: What to run.
    """
    import os

    from demandsim.experiment.pool import run_task

    if hasattr(os, "nice") and os.nice(0) < 10:
        os.nice(10)  # the room's levers go first
    months = 0

    def tick() -> None:
        nonlocal months
        months += 1
        say(months)

    frame = run_task(task, tick=tick)
    columns = ["year", "measure", "by", "group", "value", "unit"]
    say([row for row in frame[columns].itertuples(index=False, name=None) if is_shown(row[1], row[2])])


@dataclass
class _Flight:
    """A run under way and those who wait for it."""

    ticket: Ticket
    years: list[list[Row]] = field(default_factory=list)
    waiting: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    error: Exception | None = None

    def wake(self) -> None:
        self.moved.set()
        self.moved = asyncio.Event()


class Runs:
    """Runs of samples, kept and shared: one set for every page and everybody who looks.

    Args:
        pool: Where they are run.
        kept: Runs that were done before; left out, none, and none are kept beyond the session.
    """

    def __init__(self, pool: Pool, kept: KeptRuns | None = None) -> None:
        self._pool = pool
        self.kept = KeptRuns() if kept is None else kept
        self._ready: OrderedDict[str, list[list[Row]]] = OrderedDict()
        self._flights: dict[str, _Flight] = {}
        self._pumps: set[asyncio.Task[None]] = set()

    async def years(self, task: Task, rank: Rank) -> AsyncGenerator[list[Row]]:
        """The years of a run as they come; all at once where it was run before.

        Args:
            task: What to run.
            rank: How urgent it is.
        """
        done = self._done(task)
        if done is not None:
            for rows in done:
                yield rows
            return
        flight = self._flights.get(task.name)
        if flight is None:
            flight = self._take_off(task, rank)
        elif rank == Rank.FIRST:
            self._pool.hasten(flight.ticket, rank)
        flight.waiting += 1
        seen = 0
        try:
            while True:
                while seen < len(flight.years):
                    seen += 1
                    yield flight.years[seen - 1]
                if flight.error is not None:
                    raise flight.error
                if flight.ended or seen == task.years:
                    return
                await flight.moved.wait()
        finally:
            flight.waiting -= 1
            # what has said all its years is within a moment of its end, and worth keeping
            if flight.waiting == 0 and not flight.ended and len(flight.years) < task.years:
                self._pool.cancel(flight.ticket)
                if self._flights.get(task.name) is flight:
                    del self._flights[task.name]

    async def whole(self, task: Task, rank: Rank) -> list[Row]:
        """All rows of a run, once it is done."""
        return [row async for rows in self.years(task, rank) for row in rows]

    async def watched(self, task: Task, rank: Rank) -> Watched:
        """What the pages beside the main one show of a run, once it is done.

        Raises:
            JobFailedError: If the run failed.
        """
        await self.whole(task, rank)
        while (flight := self._flights.get(task.name)) is not None and not flight.ended:
            await flight.moved.wait()
        held = self.kept.get(task.name)
        if held is None:
            raise JobFailedError(f"{task.name} was not kept")
        return held.seen()

    def is_kept(self, task: Task) -> bool:
        """Whether a run was done before."""
        return task.name in self.kept

    def _done(self, task: Task) -> list[list[Row]] | None:
        """The years of a run that was done before, or None."""
        ready = self._ready.get(task.name)
        if ready is not None:
            self._ready.move_to_end(task.name)
            return ready
        held = self.kept.get(task.name)
        if held is None:
            return None
        years = held.years()
        self._remember(task, years)
        return years

    def _remember(self, task: Task, years: list[list[Row]]) -> None:
        self._ready[task.name] = years
        while len(self._ready) > _READY:
            self._ready.popitem(last=False)

    def _take_off(self, task: Task, rank: Rank) -> _Flight:
        # luck k has its settled place in the same worker each time; the first is settled in all
        home = None if rank == Rank.FIRST or task.replicate == 1 else task.replicate
        flight = _Flight(self._pool.submit(run_years, task, rank=rank, home=home))
        self._flights[task.name] = flight
        pump = asyncio.get_running_loop().create_task(self._pump(task, flight))
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)
        return flight

    async def _pump(self, task: Task, flight: _Flight) -> None:
        """Hand a run's years to all who wait, and keep them when it is done."""
        try:
            async for said in flight.ticket:
                if isinstance(said, Watched):
                    self._remember(task, flight.years)
                    self.kept.put(task.name, kept_run(flight.years, said))
                    continue
                year = said[0][0]
                if all(held[0][0] != year for held in flight.years):  # a run that had to give way says its years again
                    flight.years.append(said)
                    flight.wake()
        except Exception as error:
            flight.error = error
        flight.ended = True
        if self._flights.get(task.name) is flight:
            del self._flights[task.name]
        flight.wake()


def frame_of(rows_by_task: Sequence[tuple[Task, Sequence[Row]]]) -> pd.DataFrame:
    """Tidy rows of runs as one frame, sorted as results are."""
    import pandas as pd

    from demandsim.experiment.store import sort_rows

    columns = ["year", "measure", "by", "group", "value", "unit", "run", "scenario", "replicate"]
    rows: list[tuple[Any, ...]] = [
        (*row, task.run, task.scenario.name, task.replicate) for task, held in rows_by_task for row in held
    ]
    return sort_rows(pd.DataFrame(rows, columns=columns))
