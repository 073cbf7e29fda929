"""What a room takes home: the two-page brief of what it chose, its numbers, and its plan as a scenario file."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from demandsim.experiment.plan import Plan, Task
from demandsim.report.headlines import Headline
from demandsim.workshop.choices import BASELINE, CHOSEN, Choices
from demandsim.workshop.pool import Pool, Rank, Say
from demandsim.workshop.runs import sample_plan
from demandsim.workshop.series import CHARTS

if TYPE_CHECKING:
    import pandas as pd

    from demandsim.experiment.comparison import Estimate, Results
    from demandsim.report.brief import Loose
    from demandsim.scenario.scenario import Scenario

_LESS = f"{CHOSEN} less today"


def numbers_of(results: Results, query: str) -> bytes:
    """Every answer and its difference from today carried on as CSV, with ranges, and every year of the charts.

    A state or share is that of the last year. What is summed over the run says so in the column ``year``.

    Args:
        results: Runs of the present carried on and of the room's scenario.
        query: What the room chose, as it stands in the page's address.
    """
    from demandsim.experiment.comparison import difference_records, result_records
    from demandsim.measures.register import MEASURES
    from demandsim.report.files import COLUMNS, table

    years = results.years
    span = f"{years[0]} to {years[-1]}" if len(years) > 1 else years[0]
    differences = [{**found, "scenario": _LESS} for found in difference_records(results)]
    whole = [
        {**found, "year": span} if MEASURES[str(found["measure"])].summed else found
        for found in result_records(results) + differences
    ]
    told = {"place": results.plan.place.name, "address": f"?{query}"}
    return table([{**found, **told} for found in (*whole, *_yearly(results))], (*COLUMNS, *told))


def _yearly(results: Results) -> Iterator[dict[str, object]]:
    """Rows for every year of the charts that is not among the answers of the whole run."""
    from demandsim.experiment.comparison import CHANCE, record
    from demandsim.measures.register import MEASURES

    names = [scenario.name for scenario in results.plan.scenarios]

    def rows(row: Headline, year: int) -> Iterator[tuple[str, Estimate]]:
        for name in names:
            yield name, results.estimate(name, row.measure, year)
        if CHOSEN in names:
            yield _LESS, results.difference(CHOSEN, BASELINE, row.measure, year)

    for row in CHARTS:
        held = results.years if MEASURES[row.measure].summed and len(results.years) > 1 else results.years[:-1]
        for year in held:
            for name, found in rows(row, year):
                yield record(found, name, row.measure, row.by, row.group, year, CHANCE)


def again(plan: Plan) -> str:
    """What gives the page's numbers again on the command line, beside the plan's scenario file."""
    return (
        f"demandsim compare sustained {CHOSEN}.yaml --place {plan.place.given} --years {plan.years} "
        f"--scale {plan.scale:g} --seed {plan.seed} --replicates {plan.replicates}"
    )


def scenario_file(choices: Choices) -> bytes:
    """What the room chose as a scenario file: it says what differs from today carried on."""
    import yaml

    from demandsim.scenario.library import load_scenario

    scenario, today = choices.scenario(), load_scenario("sustained")
    said: dict[str, Any] = {
        "format": 1,
        "name": scenario.name,
        "summary": f"{choices.words}.",
        "source": f"The workshop, at ?{choices.query}",
        "extends": today.name,
        "years": max(scenario.years, _ends(scenario)),
        **_moved(scenario, today),
    }
    head = f"# The page's numbers: {again(sample_plan(choices))}\n"
    return head.encode() + yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110, encoding="utf-8")


def _ends(scenario: Scenario) -> int:
    """Years until practice has changed: a file that ends before is refused, and the room may look at fewer."""
    return math.ceil(scenario.adoption.start_year + scenario.adoption.years)


def _moved(scenario: Scenario, today: Scenario) -> dict[str, Any]:
    """The sections of a scenario file in which one scenario differs from another."""
    from demandsim.scenario.levers import LEVERS

    found: dict[str, Any] = {}
    for lever in LEVERS:
        value = getattr(scenario.practice, lever.field)
        if value != getattr(today.practice, lever.field):
            found.setdefault("practice", {}).setdefault(lever.group, {})[lever.key] = value
    if "practice" in found:
        found["adoption"] = asdict(scenario.adoption)
    budget = {key: value for key, value in asdict(scenario.budget).items() if value != getattr(today.budget, key)}
    if budget:
        found["budget"] = budget
    if scenario.responses != today.responses:
        found["responses"] = list(scenario.responses)
    return found


def run_task_whole(say: Say, task: Task) -> None:
    """A job: run a task and say its whole frame."""
    from demandsim.experiment.pool import run_task

    say(run_task(task, tick=lambda: say(None)))


def write_brief(say: Say, plan: Plan, frame: pd.DataFrame, loose: Loose) -> None:
    """A job: say the brief of finished runs, as bytes of HTML."""
    from demandsim.experiment.comparison import Results
    from demandsim.report.brief import brief_html

    say(brief_html(Results(plan, frame), loose=loose))


async def brief_of(pool: Pool, choices: Choices) -> bytes:
    """The brief of the room's plan against today carried on.

    Args:
        pool: The workers; the runs are done again, since a brief needs every measure.
        choices: What the room has chosen.
    """
    import pandas as pd

    from demandsim.experiment.store import sort_rows
    from demandsim.report.brief import Loose

    plan = sample_plan(choices)
    loose = Loose(f"This plan – {choices.words}.", again(plan))
    tasks = [task for pair in plan.tasks() for task in pair]
    tickets = [pool.submit(run_task_whole, task, rank=Rank.BAND, home=task.replicate) for task in tasks]
    try:
        frames = [frame for ticket in tickets async for frame in ticket]
        whole = await asyncio.to_thread(lambda: sort_rows(pd.concat(frames, ignore_index=True)))
        writing = pool.submit(write_brief, plan, whole, loose, rank=Rank.BAND)
        tickets.append(writing)
        content = [bytes(said) async for said in writing]
    finally:
        for ticket in tickets:
            pool.cancel(ticket)
    return content[0]
