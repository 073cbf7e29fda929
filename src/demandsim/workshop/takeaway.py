"""What a room takes home: the two-page brief of what it chose, and its numbers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from demandsim.experiment.plan import Plan, Task
from demandsim.workshop.choices import Choices
from demandsim.workshop.pool import Pool, Rank, Say
from demandsim.workshop.runs import sample_plan

if TYPE_CHECKING:
    import pandas as pd

    from demandsim.experiment.comparison import Results


def numbers_of(results: Results) -> bytes:
    """Every answer and its difference from today carried on as CSV, with ranges.

    A state or share is that of the last year. What is summed over the run says so in the column ``year``.
    """
    from demandsim.experiment.comparison import difference_records, result_records
    from demandsim.measures.register import MEASURES
    from demandsim.report.files import table

    years = results.years
    span = f"{years[0]} to {years[-1]}" if len(years) > 1 else years[0]
    differences = [{**found, "scenario": f"{found['scenario']} less today"} for found in difference_records(results)]
    return table(
        [
            {**found, "year": span} if MEASURES[str(found["measure"])].summed else found
            for found in result_records(results) + differences
        ]
    )


def run_task_whole(say: Say, task: Task) -> None:
    """A job: run a task and say its whole frame."""
    from demandsim.experiment.pool import run_task

    say(run_task(task, tick=lambda: say(None)))


def write_brief(say: Say, plan: Plan, frame: pd.DataFrame) -> None:
    """A job: say the brief of finished runs, as bytes of HTML."""
    from demandsim.experiment.comparison import Results
    from demandsim.report.brief import brief_html

    say(brief_html(Results(plan, frame)))


async def brief_of(pool: Pool, choices: Choices) -> bytes:
    """The brief of the room's plan against today carried on.

    Args:
        pool: The workers; the runs are done again, since a brief needs every measure.
        choices: What the room has chosen.
    """
    import pandas as pd

    from demandsim.experiment.store import sort_rows

    plan = sample_plan(choices)
    tasks = [task for pair in plan.tasks() for task in pair]
    tickets = [pool.submit(run_task_whole, task, rank=Rank.BAND, home=task.replicate) for task in tasks]
    try:
        frames = [frame for ticket in tickets async for frame in ticket]
        whole = await asyncio.to_thread(lambda: sort_rows(pd.concat(frames, ignore_index=True)))
        writing = pool.submit(write_brief, plan, whole, rank=Rank.BAND)
        tickets.append(writing)
        content = [bytes(said) async for said in writing]
    finally:
        for ticket in tickets:
            pool.cancel(ticket)
    return content[0]
