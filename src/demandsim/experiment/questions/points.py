"""Several options at many points: run with shared luck, read as one row for each point, option and replicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from demandsim.experiment.errors import ExperimentError, InputError
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.questions.settings import check_setting, in_kind, with_settings
from demandsim.experiment.scale import Figure
from demandsim.experiment.sweep.axes import changes_of
from demandsim.experiment.sweep.folder import results_of
from demandsim.experiment.sweep.listed import Listed, ListedSweep
from demandsim.experiment.sweep.results import counted_within
from demandsim.experiment.sweep.run import run_sweep
from demandsim.measures.register import MEASURES
from demandsim.scenario.library import load_variants

if TYPE_CHECKING:
    from demandsim.experiment.progress import Shown
    from demandsim.experiment.sweep.spec import Settings
    from demandsim.scenario.scenario import Scenario


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
    name: str = "scenarios",
    folder: str | Path | None = None,
    make: ModelMaker = demand_model,
    show: Callable[[int], Shown] | None = None,
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
        name: What the sweep is called.
        folder: A folder in which the runs are kept, in one of their own for all that decides them: the same call
            again runs only what is missing. Fewer replicates than it holds are given alone, and the others stay there.
            Left out, nothing is kept.
        make: Makes the model of a task.
        show: Makes what shows progress, given the months to simulate.

    Returns:
        As `horizon_table` gives: columns ``scenario``, ``replicate`` and the figures.

    Raises:
        ExperimentError: If a run failed or a number is out of range.
    """
    names = [scenario.name for scenario in scenarios]
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise InputError(f"{twice[0]}: named twice.\n  Give each scenario a name of its own.")
    listed = [Listed(0, scenario, {}) for scenario in scenarios]
    size = {"place": place, "years": years, "scale": scale, "seed": seed, "replicates": replicates}
    sweep = ListedSweep(name, listed, **size)  # type: ignore[arg-type]
    return _run(sweep, figures, folder, jobs, make, show).drop(columns="point")


def run_points(
    options: Mapping[str, Scenario | str | Path] | Sequence[str],
    points: pd.DataFrame,
    figures: Sequence[Figure],
    *,
    place: str | None = None,
    years: int | None = None,
    scale: float = 1.0,
    replicates: int = 1,
    seed: int = 1,
    own_luck: bool = False,
    jobs: int = 1,
    name: str = "points",
    folder: str | Path | None = None,
    make: ModelMaker = demand_model,
    show: Callable[[int], Shown] | None = None,
) -> pd.DataFrame:
    """Run every option at every point of a design.

    Args:
        options: Names of the library; or scenarios by what to call them: names, files, or scenarios in hand.
        points: One point a row; columns are dotted paths, as under ``vary:`` of a sweep file.
        figures: What to keep.
        place: As for `run_scenarios`, and so are the others.
        years: Model years.
        scale: Share of the population to simulate.
        replicates: Runs of each.
        seed: Luck of the first replicate.
        own_luck: Whether each point has luck of its own, the same for all options there. For futures, so that what is
            found of them is not one luck's doing; points that are to be compared with one another share theirs.
        jobs: Worker processes.
        name: What the sweep is called.
        folder: Where runs are kept.
        make: Makes the model of a task.
        show: Makes what shows progress.

    Returns:
        ``point``, the dotted paths, ``option``, ``replicate`` (counted from the seed, at each point), and a column for
        each figure.

    Raises:
        ExperimentError: If a run failed, or a path, a value or a number is out of range.
        ScenarioError: If an option cannot be used, or values contradict one another at a point.
    """
    rows = [{str(path): in_kind(str(path), value) for path, value in row.items()} for row in points.to_dict("records")]
    for path, value in dict.fromkeys((path, value) for row in rows for path, value in row.items()):
        check_setting(path, value)
    named = options if isinstance(options, Mapping) else {option: option for option in options}
    drawn = {option: _variants(option, given, rows) for option, given in named.items()}
    listed = [Listed(number, drawn[option][number], row) for number, row in enumerate(rows) for option in named]
    size = {"place": place, "years": years, "scale": scale, "seed": seed, "replicates": replicates}
    sweep = ListedSweep(name, listed, **size, own_luck=own_luck)  # type: ignore[arg-type]
    table = _run(sweep, figures, folder, jobs, make, show).rename(columns={"scenario": "option"})
    settings = pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="point"))
    joined = settings.join(table.set_index("point"), on="point").reset_index()
    return joined.sort_values(["point", "option", "replicate"], kind="stable", ignore_index=True)


def _variants(option: str, given: Scenario | str | Path, rows: Sequence[Settings]) -> list[Scenario]:
    """An option at every point, under its own name."""
    if not isinstance(given, str | Path):
        return [with_settings(given, row, name=option) for row in rows]
    changes = [changes_of(row, label=option, line=None) for row in rows]
    return [replace(scenario, name=option) for scenario in load_variants(given, changes)]


def _run(
    sweep: ListedSweep,
    figures: Sequence[Figure],
    folder: str | Path | None,
    jobs: int,
    make: ModelMaker,
    show: Callable[[int], Shown] | None,
) -> pd.DataFrame:
    """Run what is missing of a sweep and read the figures: point, scenario, replicate, and a column for each."""
    with nullcontext(folder) if folder is not None else TemporaryDirectory(prefix="demandsim-") as base:
        kept = Path(base) / f"{sweep.spec.name}-{sweep.identity}"
        done = run_sweep(sweep, kept, jobs=jobs, only_asked=True, make=make, show=show)
        if done.failures:
            failed = done.failures[0]
            raise ExperimentError(f"{failed.task.scenario.name}, run {failed.task.replicate}: {failed.message}")
        measures = sorted({figure.measure for figure in figures})
        frame = results_of(kept, measures=measures, by=sorted({figure.by for figure in figures}))
    frame["replicate"] = counted_within(frame["replicate"], sweep.spec.seed)
    return horizon_table(frame, figures, ("point", "scenario", "replicate"))


def paired(table: pd.DataFrame, figure: Figure, option: str, against: str) -> pd.DataFrame:
    """What one option has more than another: a row a point, a column a replicate.

    Args:
        table: As `run_points` gives, or `horizon_table` of a sweep by ``point``, ``scenario`` and ``replicate``.
        figure: Which figure.
        option: The one.
        against: The other.
    """
    which = "option" if "option" in table else "scenario"
    counted = table.assign(replicate=counted_within(table["replicate"], int(table["replicate"].min())))
    wide = {
        name: counted[counted[which] == name].pivot(index="point", columns="replicate", values=column(figure))
        for name in (option, against)
    }
    return wide[option] - wide[against]
