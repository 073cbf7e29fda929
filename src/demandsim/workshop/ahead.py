"""Running ahead: while nobody waits, the workers run what the room is likely to ask for next.

First what is on a button; then every position that one lever can be moved to from where the room stands, coarse steps
before fine ones. The first line of such a move is there at once, by the same run that would be made when it is asked
for; nothing is guessed between positions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import zip_longest

from demandsim.experiment.plan import Task
from demandsim.workshop.choices import Choices
from demandsim.workshop.levers import RoomLever, decisions
from demandsim.workshop.pool import JobFailedError, Pool, Rank
from demandsim.workshop.presets import presets
from demandsim.workshop.runs import REPLICATES, Runs, sample_plan
from demandsim.workshop.watch import settle

QUIET = 1.0
"""Seconds for which nobody has waited for anything before running ahead goes on."""

PLACES_AHEAD = 2
"""Places whose settled starts are taken to be in the workers still."""

_LOOK = 0.05


def positions(lever: RoomLever) -> list[float]:
    """Every position of a lever, the coarse steps first: ends and middle, then what lies between, halved again."""
    steps = round((lever.high - lever.low) / lever.step)
    order = dict.fromkeys([0, steps])
    stride = steps
    while stride > 1:
        stride = (stride + 1) // 2
        order |= dict.fromkeys(range(0, steps + 1, stride))
    return [lever.low + lever.step * step for step in order]


def moves(choices: Choices) -> Iterator[Choices]:
    """Everything that one lever's move makes of some choices; each lever in turn, as far as it has positions."""
    each = [[choices.with_values(**{r.key: value}) for value in positions(r)] for r in decisions()]
    for at_once in zip_longest(*each):
        yield from (moved for moved in at_once if moved is not None and moved != choices)


def likely(choices: Choices) -> Iterator[Task]:
    """What a room that stands at some choices may ask for next, likeliest first.

    Args:
        choices: Where the room stands.
    """
    on_buttons = [preset.choices(choices.place, choices.years) for preset in presets()]
    yield from sample_plan(choices.baseline).tasks()[0]
    for chosen in (*on_buttons, *moves(choices)):
        yield sample_plan(chosen, 1).tasks()[0][-1]
    for chosen in on_buttons:
        for number in range(REPLICATES):
            yield sample_plan(chosen).tasks()[number][-1]


class Ahead:
    """Keeps the workers at what is likely, and lets go as soon as somebody waits for anything.

    Args:
        pool: The workers.
        runs: Where what was run is kept.
        choices: Where the room stands.
    """

    def __init__(self, pool: Pool, runs: Runs, choices: Choices) -> None:
        self._pool, self._runs = pool, runs
        self._stands = choices
        self._moved = asyncio.Event()
        self._wanted_at = -QUIET
        self._settled: list[str] = []

    def look_from(self, choices: Choices) -> None:
        """The room stands elsewhere now."""
        if choices != self._stands:
            self._stands = choices
            self._moved.set()

    async def settle(self) -> None:
        """Let the place where the room stands settle, and no more."""
        await self._settle(self._stands)

    async def go(self) -> None:
        """Run ahead until cancelled; sleep while there is nothing to do."""
        while True:
            self._moved.clear()
            await self._settle(self._stands)
            await self._all(likely(self._stands))
            await self._moved.wait()

    async def _settle(self, choices: Choices) -> None:
        """Let the place settle: with the first luck in every worker, with each other in the one that runs it.

        Whoever opens the room's first page waits for the first worker: until it is ready, it has the machine to itself.
        """
        if choices.place in self._settled:
            return
        pairs = sample_plan(choices.baseline).tasks()
        everywhere = [(pairs[0][0], place) for place in range(self._pool.size)]
        others = [(pair[0], pair[0].replicate) for pair in pairs[1:]]
        if not self._settled:
            await self._settle_in(everywhere[:1], Rank.FIRST)
            self._pool.hire_others()
        for homes in (everywhere, others):
            await self._quiet()
            if not await self._settle_in(homes, Rank.AHEAD):
                return
        self._settled.append(choices.place)
        del self._settled[:-PLACES_AHEAD]

    async def _settle_in(self, homes: list[tuple[Task, int]], rank: Rank) -> bool:
        """Let the places of some tasks settle in their workers; False where that failed."""
        tickets = [self._pool.submit(settle, task, rank=rank, home=home) for task, home in homes]
        try:
            for ticket in tickets:
                async for _ in ticket:
                    pass
        except JobFailedError:  # said on the terminal when a page asks for a run
            return False
        finally:
            for ticket in tickets:
                self._pool.cancel(ticket)
        return True

    async def _all(self, tasks: Iterator[Task]) -> None:
        """Run what is not kept yet, as many at once as there are workers, until the room stands elsewhere."""
        under_way: dict[asyncio.Task[object], Task] = {}
        again: list[Task] = []
        try:
            while not self._moved.is_set():
                await self._quiet()
                while len(under_way) < self._pool.size:
                    task = again.pop() if again else next(tasks, None)
                    if task is None:
                        break
                    running = {held.name for held in under_way.values()}
                    if task.name not in running and not self._runs.is_kept(task):
                        under_way[asyncio.create_task(self._runs.whole(task, Rank.AHEAD))] = task
                    await asyncio.sleep(0)
                if not under_way:
                    return
                done, _ = await asyncio.wait(under_way, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED)
                for finished in done:
                    del under_way[finished]
                    if isinstance(finished.exception(), JobFailedError):  # said on the terminal when it is asked for
                        return
                if self._pool.busy(Rank.BAND):  # nothing is to slow down what somebody waits for
                    again += under_way.values()
                    await _stopped(under_way)
        finally:
            await _stopped(under_way)

    async def _quiet(self) -> None:
        """Wait until nobody has waited for anything for a moment."""
        now = asyncio.get_running_loop().time
        if self._pool.busy(Rank.BAND):
            self._wanted_at = now()
        while now() < self._wanted_at + QUIET:
            await asyncio.sleep(_LOOK)
            if self._pool.busy(Rank.BAND):
                self._wanted_at = now()


async def _stopped(under_way: dict[asyncio.Task[object], Task]) -> None:
    """Give up what is under way."""
    for job in under_way:
        job.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    under_way.clear()
