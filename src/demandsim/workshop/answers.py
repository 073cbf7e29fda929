"""The room's answers: streams of JSON lines that begin at once and grow better as more runs are done."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from demandsim.experiment.comparison import Results
from demandsim.experiment.plan import Plan, Task
from demandsim.report.scale import levels_note
from demandsim.workshop.choices import Choices
from demandsim.workshop.pool import Pool, Rank
from demandsim.workshop.runs import REPLICATES, Runs, frame_of, full_plan, run_whole, sample_plan
from demandsim.workshop.series import CHARTS, chart_values, picture, words_of
from demandsim.workshop.words import headline

if TYPE_CHECKING:
    from demandsim.measures.breakdowns import Row

Message = dict[str, Any]

_PICTURES_AT = (3, 6, 9)
"""Runs after which the range is shown, besides after all."""


def line(message: Message) -> bytes:
    """A message as a line of JSON."""
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def about(plan: Plan) -> Message:
    """What a page must say of where its numbers come from."""
    from demandsim.experiment.prepare import residents

    people = residents(plan.place)
    return {
        "place": plan.place.spoken,
        "note": plan.place.note,
        "people": people,
        "sample": round(people * plan.scale),
        "scale": plan.scale,
        "replicates": plan.replicates,
        "seed": plan.seed,
        "years": plan.years,
    }


async def run(runs: Runs, choices: Choices, notes: list[str], replicates: int = REPLICATES) -> AsyncGenerator[Message]:
    """The answer to a move of the levers.

    Args:
        runs: Where runs come from.
        choices: What the room has chosen.
        notes: What was put right in its address.
        replicates: Runs of each scenario in the end.

    Yields:
        ``start``, with the words of the charts; ``ghost``, the whole line of today where it is known already; a
        ``year`` for every year of the first run; a ``picture`` of that run; further pictures with their range;
        ``done``.
    """
    plan = sample_plan(choices, replicates)
    tasks = plan.tasks()
    words = [{"key": row.measure, **words_of(row)} for row in CHARTS]
    begun = {"query": choices.query, "notes": notes, "is_today": choices.is_baseline, "charts": words}
    told = about(plan)
    told["note"] = f"{levels_note(plan)} {told['note']}".strip()
    yield {"kind": "start", **begun, **told}
    held: list[tuple[Task, list[Row]]] = []
    async for message in _first(runs, tasks[0], held):
        yield message
    yield await _picture(plan, held)
    pending = {asyncio.create_task(_pair(runs, pair)) for pair in tasks[1:]}
    done = 1
    try:
        while pending:
            ready, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for finished in ready:
                held += finished.result()
                done += 1
            if any(done - len(ready) < mark <= done for mark in _PICTURES_AT) and pending:
                yield await _picture(plan, held)
    finally:
        for task in pending:
            task.cancel()
    if len(tasks) > 1:
        yield await _picture(plan, held)
    yield {"kind": "done"}


async def _first(runs: Runs, pair: list[Task], held: list[tuple[Task, list[Row]]]) -> AsyncGenerator[Message]:
    """The first run of both scenarios, year by year; their rows are added to what is held."""
    if len(pair) > 1 and runs.is_kept(pair[0]):
        known = [chart_values(_by_key(year)) async for year in runs.years(pair[0], Rank.FIRST)]
        yield {"kind": "ghost", "today": known}
    streams = [runs.years(task, Rank.FIRST) for task in pair]
    rows: list[list[Row]] = [[] for _ in pair]
    async with aclosing(streams[0]), aclosing(streams[-1]):
        async for today in streams[0]:
            plan = await anext(streams[1]) if len(pair) > 1 else today
            for gathered, year in zip(rows, (today, plan), strict=False):
                gathered += year
            values = {which: chart_values(_by_key(year)) for which, year in (("today", today), ("plan", plan))}
            yield {"kind": "year", "year": today[0][0], **values}
    held += zip(pair, rows, strict=True)


def _by_key(rows: list[Row]) -> dict[tuple[str, str, str], float]:
    return {(measure, by, group): value for _, measure, by, group, value, _ in rows}


async def _pair(runs: Runs, pair: list[Task]) -> list[tuple[Task, list[Row]]]:
    """All rows of both scenarios under the same luck."""
    return [(task, await runs.whole(task, Rank.BAND)) for task in pair]


async def _picture(plan: Plan, held: list[tuple[Task, list[Row]]]) -> Message:
    return await asyncio.to_thread(_drawn, plan, list(held))


def _drawn(plan: Plan, held: list[tuple[Task, list[Row]]]) -> Message:
    """What is held so far, read as `Results` read it."""
    results = Results(plan, frame_of(held))
    said = [headline(results, year) for year in results.years]
    return {"kind": "picture", "headlines": said, **picture(results)}


async def results_of(runs: Runs, choices: Choices) -> Results:
    """All runs of the room's sample, as results."""
    plan = sample_plan(choices)
    pairs = await asyncio.gather(*(_pair(runs, pair) for pair in plan.tasks()))
    return Results(plan, frame_of([item for pair in pairs for item in pair]))


async def full(pool: Pool, choices: Choices) -> AsyncGenerator[Message]:
    """The run of the full place, queued behind those that others have asked for.

    Args:
        pool: The worker for long runs.
        choices: What the room has chosen.

    Yields:
        ``start``; ``progress`` with the share done and the seconds left; a ``picture``; ``done``.
    """
    plan = full_plan(choices)
    (tasks,) = plan.tasks()
    ahead = pool.busy()
    begun = {"query": choices.query, "is_today": choices.is_baseline, "ahead": ahead}
    yield {"kind": "start", **begun, **about(plan)}
    tickets = [pool.submit(run_whole, task, rank=Rank.BAND) for task in tasks]
    months, started = 12 * plan.years * len(tasks), None
    held: list[tuple[Task, list[Row]]] = []
    try:
        for number, (task, ticket) in enumerate(zip(tasks, tickets, strict=True)):
            async for said in ticket:
                if isinstance(said, list):
                    held.append((task, said))
                    continue
                started = started if started is not None else time.monotonic()
                share = (said + number * 12 * plan.years) / months
                if said % 3 == 0:
                    left = (time.monotonic() - started) * (1 - share) / share
                    yield {"kind": "progress", "share": round(share, 4), "seconds_left": round(left)}
    finally:
        for ticket in tickets:
            pool.cancel(ticket)
    yield await _picture(plan, held)
    yield {"kind": "done"}
