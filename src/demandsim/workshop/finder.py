"""Finding what the pages beside the main one show: runs in pairs and lives in pairs, by way of the workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from demandsim.experiment.errors import InputError
from demandsim.experiment.lives import TracedLives, citizen_uid, no_such_person
from demandsim.experiment.plan import Plan, Task
from demandsim.experiment.stories import check_kind, choose_from
from demandsim.workshop.jobs import count_lives, trace_life
from demandsim.workshop.pool import Rank
from demandsim.workshop.runs import Runs
from demandsim.workshop.shelf import Shelf
from demandsim.workshop.watch import Watched


@dataclass(frozen=True)
class Pair:
    """The same luck under the baseline and under the room's choices.

    Attributes:
        before: The run of the baseline.
        now: The run of the room's scenario.
    """

    before: Watched
    now: Watched


async def watched_pairs(runs: Runs, plan: Plan) -> AsyncIterator[list[Pair]]:
    """Pairs of watched runs as they come in; each time all so far, in the order of their luck.

    They are the runs behind the lines and ranges of the main page: what one page has run is there for all.

    Args:
        runs: Where runs come from.
        plan: The baseline first and the room's scenario last; where nothing was moved it is the baseline alone.

    Yields:
        The pairs found, more each time.

    Raises:
        JobFailedError: If a run failed.
    """

    async def pair(tasks: list[Task]) -> tuple[int, Pair]:
        before, now = tasks[0], tasks[-1]
        found = [await runs.watched(task, Rank.BAND) for task in (before, now)]
        return before.replicate, Pair(found[0], found[1])

    under_way = [asyncio.create_task(pair(tasks)) for tasks in plan.tasks()]
    found: dict[int, Pair] = {}
    try:
        for next_one in asyncio.as_completed(under_way):
            replicate, both = await next_one
            found[replicate] = both
            yield [found[key] for key in sorted(found)]
    finally:
        for task in under_way:
            task.cancel()


async def find_lives(shelf: Shelf, plan: Plan, *, kind: str = "", citizen: str = "") -> TracedLives:
    """One person's life in both runs of a plan: whom `demandsim twin` gives for the same plan.

    Args:
        shelf: Where findings are kept.
        plan: One run of the baseline and one of the room's scenario.
        kind: A kind of story to find somebody for.
        citizen: Or whom, by short id.

    Raises:
        InputError: If there is no such kind or person, or nobody has such a story.
        JobFailedError: If a run failed.
    """
    tasks = plan.tasks()[0]
    chosen = ""
    if citizen:
        uid = citizen_uid(citizen)
    else:
        check_kind(kind)
        scans = await asyncio.gather(
            *(
                shelf.fetch(f"lives {task.name}", count_lives, task, rank=Rank.STORY, home=task.replicate + place)
                for place, task in enumerate(tasks)
            )
        )
        found = choose_from(scans[0], scans[-1], kind, plan.years)
        uid, chosen = found.uid, found.words
    traces = await asyncio.gather(
        *(
            shelf.fetch(f"life {uid} {task.name}", trace_life, task, uid, rank=Rank.STORY, home=task.replicate + place)
            for place, task in enumerate(tasks)
        )
    )
    missing = [s.name for s, trace in zip(plan.scenarios, traces, strict=True) if uid not in trace.lives]
    if missing:
        raise InputError(no_such_person(uid, plan, missing))
    return TracedLives(plan, uid, tuple(traces), chosen)
