"""Several options at many points: run with shared luck, read as one row for each point, option and replicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.progress import Progress
from demandsim.experiment.questions.settings import with_settings
from demandsim.experiment.runner import run_plan
from demandsim.experiment.scale import Figure
from demandsim.measures.register import MEASURES

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

AT_ONCE = 24
"""Scenarios in hand at one time: their full results are let go before the next come."""


def column(figure: Figure) -> str:
    """What a figure's column is called: ``unmet_need_hours``, or ``cost payer council`` of a breakdown."""
    return figure.measure if figure.by == "all" else " ".join(figure)


def horizon_table(
    rows: pd.DataFrame, figures: Sequence[Figure], keys: Sequence[str] = ("scenario", "replicate")
) -> pd.DataFrame:
    """Tidy rows as one row a run: each figure over the horizon.

    Args:
        rows: Tidy rows, of any folder or sweep.
        figures: Measures and levels of a breakdown.
        keys: Columns that tell runs apart; of a sweep, ``("point", "scenario", "replicate")`` and the dotted paths.

    Returns:
        The keys, and a column for each figure: the last year of a state or share, the sum of a flow or cost. Where a
        run has no such row: 0 of what is counted, NaN of a state or share.
    """
    names = list(keys)
    table = rows[names].drop_duplicates().reset_index(drop=True)
    for figure in figures:
        measure, by, group = figure
        own = rows[(rows["measure"] == measure) & (rows["by"] == by) & (rows["group"] == group)]
        if not MEASURES[measure].summed:
            own = own[own["year"] == rows["year"].max()]
        found = own.groupby(names)["value"].sum().rename(column(figure))
        table = table.join(found, on=names)
        if MEASURES[measure].summed:
            table[column(figure)] = table[column(figure)].fillna(0.0)
    return table.sort_values(names, ignore_index=True)


def run_scenarios(
    scenarios: Sequence[Scenario],
    figures: Sequence[Figure],
    *,
    place: str | None = None,
    years: int | None = None,
    scale: float = 1.0,
    replicates: int = 1,
    seed: int = 1,
    jobs: int = 1,
    make: ModelMaker = demand_model,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run any number of scenarios and keep only the figures asked for.

    Args:
        scenarios: With a name of its own each.
        figures: What to keep.
        place: Name or code; the one that the scenarios are written for, else Sunderland.
        years: Model years.
        scale: Share of the population to simulate.
        replicates: Runs of each; replicate k has the same luck under every scenario.
        seed: Luck of the first replicate.
        jobs: Worker processes.
        make: Makes the model of a task.
        progress: Where to show progress.

    Returns:
        As `horizon_table` gives: columns ``scenario``, ``replicate`` and the figures.

    Raises:
        ExperimentError: If a run failed or a number is out of range.
    """
    from demandsim.experiment.errors import ExperimentError
    from demandsim.experiment.prepare import make_plan

    parts = []
    for start in range(0, len(scenarios), AT_ONCE):
        some = scenarios[start : start + AT_ONCE]
        plan = make_plan(some, place=place, years=years, scale=scale, replicates=replicates, seed=seed)
        done = run_plan(plan, jobs=jobs, make=make, progress=progress)
        if done.failures:
            failed = done.failures[0]
            raise ExperimentError(f"{failed.task.scenario.name}, run {failed.task.replicate}: {failed.message}")
        parts.append(horizon_table(done.frame, figures))
    return pd.concat(parts, ignore_index=True)


def run_points(
    options: Mapping[str, Scenario], points: pd.DataFrame, figures: Sequence[Figure], **how: object
) -> pd.DataFrame:
    """Run every option at every point of a design.

    Args:
        options: Scenarios by what to call them.
        points: One point a row; columns are dotted paths.
        figures: What to keep.
        how: As for `run_scenarios`.

    Returns:
        ``point``, the dotted paths, ``option``, ``replicate``, and a column for each figure.
    """
    scenarios, known = [], {}
    for number, (_, settings) in enumerate(points.iterrows()):
        for option, scenario in options.items():
            name = f"{option}@{number:05d}"
            known[name] = {"point": number, **settings.to_dict(), "option": option}
            scenarios.append(with_settings(scenario, {str(k): float(v) for k, v in settings.items()}, name=name))
    table = run_scenarios(scenarios, figures, **how)  # type: ignore[arg-type]
    settings_of = pd.DataFrame([known[name] for name in table["scenario"]])
    joined = pd.concat([settings_of, table.drop(columns="scenario")], axis=1)
    return joined.sort_values(["point", "option", "replicate"], kind="stable", ignore_index=True)


def paired(table: pd.DataFrame, figure: Figure, option: str, against: str) -> pd.DataFrame:
    """What one option has more than another: a row a point, a column a replicate.

    Args:
        table: As `run_points` gives.
        figure: Which figure.
        option: The one.
        against: The other.
    """
    wide = {
        name: table[table["option"] == name].pivot(index="point", columns="replicate", values=column(figure))
        for name in (option, against)
    }
    return wide[option] - wide[against]
