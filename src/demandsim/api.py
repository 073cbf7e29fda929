"""What ``import demandsim`` offers to scripts and notebooks: run scenarios, compare them, read the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from demandsim.experiment.comparison import Results
from demandsim.experiment.equal_spend import Matched
from demandsim.experiment.errors import ExperimentError, InputError
from demandsim.experiment.plan import REPLICATES, Plan
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.prepare import make_plan
from demandsim.experiment.progress import Progress
from demandsim.experiment.runner import Finished, run_plan
from demandsim.report.answer import comparison_text, run_text
from demandsim.report.comparison import Comparison, Simulation
from demandsim.report.equal_spend import budget_kind
from demandsim.report.files import write_answer, write_equal_spend

if TYPE_CHECKING:
    from demandsim.experiment.sweep.study import Study
    from demandsim.report.statements import Statement
    from demandsim.report.twins import Twin
    from demandsim.scenario.scenario import Scenario

__all__ = [
    "Comparison",
    "ExperimentError",
    "Results",
    "RunFailedError",
    "Simulation",
    "compare",
    "load_results",
    "simulate",
    "statement",
    "sweep",
    "sweep_results",
    "twin",
]


class RunFailedError(ExperimentError):
    """Some runs failed; the others are in the results folder, if one was given."""

    exit_code = 3


def load_results(folder: str | Path) -> Comparison:
    """Open a results folder again.

    Args:
        folder: A folder that `compare` or the command line wrote.

    Returns:
        Its results, to be read like those of `compare`; nothing is run.

    Raises:
        InputError: If it is missing, none of ours, unfinished, or mixes places or versions.
        StoreError: If it is damaged.
    """
    from demandsim.experiment.reading import read_results

    held = read_results(Path(folder))
    return Comparison(held.plan, held.measures)


def simulate(
    scenario: str | Path | Scenario,
    *,
    place: str | None = None,
    years: int | None = None,
    scale: float = 1.0,
    replicates: int = 1,
    ranges: int = 0,
    seed: int = 1,
    jobs: int = 1,
    folder: str | Path | None = None,
) -> Simulation:
    """Run one scenario.

    Args:
        scenario: Library name (``"deficit"``), file, or a loaded scenario.
        place: Name or code of an English council, or a file of its own figures; Sunderland if left out.
        years: Model years from April 2024; the scenario's own if left out.
        scale: Share of the population to simulate, above 0 and up to 1; results are for the whole place.
        replicates: How often it is run, each time with other luck: replicate k is the model's ``rng=k``.
        ranges: Draws of uncertain parameters from their ranges, besides the replicates: see `Results.spread`.
        seed: The first replicate.
        jobs: Worker processes. More than 1 needs the script's ``if __name__ == "__main__":`` guard.
        folder: Where to keep finished runs, so that running again does only what is missing; memory only if left out.

    Returns:
        The results: ``.measures`` is a tidy frame, ``.table()`` the headlines, ``.plot.fan("wellbeing")`` a picture.

    Example:
        >>> import demandsim
        >>> results = demandsim.simulate("sustained", years=1, scale=0.01)
        >>> results.years
        [2024]
        >>> sorted(results.table()["scenario"].unique())
        ['sustained']

    Raises:
        ExperimentError: If a number is out of range or the folder cannot be used.
        RunFailedError: If a run failed.
        ScenarioError: If the scenario cannot be used.
        PlaceError: If there is no such place.
    """
    plan = make_plan([scenario], place=place, years=years, scale=scale, seed=seed, replicates=replicates, ranges=ranges)
    finished = run_checked(plan, folder=folder, jobs=jobs)
    return Simulation(finished.plan, finished.frame)


def compare(
    scenarios: Sequence[str | Path | Scenario],
    *,
    cut: float = 0.0,
    equal_spend: bool = False,
    place: str | None = None,
    years: int | None = None,
    scale: float = 1.0,
    replicates: int = REPLICATES,
    ranges: int = 0,
    seed: int = 1,
    jobs: int = 1,
    folder: str | Path | None = None,
) -> Comparison:
    """Run several scenarios with the same luck and compare them with the first.

    Args:
        scenarios: Library names, files or loaded scenarios, two or more.
        cut: Per cent off the budget: each scenario is run with this cut too; 0 for none.
        equal_spend: Show each scenario also with the budget at which the council spends as much as under the first.
        place: As for `simulate`.
        years: As for `simulate`.
        scale: As for `simulate`.
        replicates: As for `simulate`; intervals need two or more.
        ranges: As for `simulate`; the draws are the same for every scenario.
        seed: As for `simulate`.
        jobs: As for `simulate`.
        folder: As for `simulate`.

    Returns:
        The comparison; ``print`` shows the answer.

    Example:
        >>> import demandsim
        >>> results = demandsim.compare(["deficit", "strengths"], years=1, scale=0.01, replicates=2)
        >>> list(results.difference("unmet_need_people").columns[:4])
        ['scenario', 'year', 'group', 'value']
        >>> results.plot.fan("wellbeing").title
        'Wellbeing of adults (0 to 10), 2024'

    Raises:
        ExperimentError: If a number is out of range or the folder cannot be used.
        RunFailedError: If a run failed.
        ScenarioError: If a scenario cannot be used.
        PlaceError: If there is no such place.
    """
    if len(scenarios) < 2:
        raise InputError("compare needs two or more scenarios.\n  `simulate` runs one.")
    plan = make_plan(
        scenarios,
        place=place,
        years=years,
        scale=scale,
        seed=seed,
        replicates=replicates,
        cut=cut,
        ranges=ranges,
    )
    matched: tuple[Matched, ...] = ()
    if equal_spend:
        plan, matched = match_spending(plan, jobs=jobs)
    finished = run_checked(plan, folder=folder, jobs=jobs)
    comparison = Comparison(finished.plan, finished.frame)
    comparison.equal_spend = matched
    if matched and folder is not None:
        write_equal_spend(Path(folder), matched)
    return comparison


def match_spending(
    plan: Plan, *, jobs: int = 1, make: ModelMaker = demand_model, say: Callable[[str], None] | None = None
) -> tuple[Plan, tuple[Matched, ...]]:
    """Add every scenario at equal spend to a plan, after a search that runs samples.

    Args:
        plan: What is to be compared.
        jobs: Worker processes of the search.
        make: Makes the model of a run.
        say: Told of every search that is over.

    Returns:
        The longer plan, and what was found.

    Raises:
        RunFailedError: If a run of the search failed.
    """
    from demandsim.experiment.equal_spend import equal_spend, with_equal_spend

    found = equal_spend(plan, lambda asked: run_checked(asked, folder=None, jobs=jobs, make=make).frame)
    for each in found:
        if say is not None:
            tried = "1 budget" if len(each.tried) == 1 else f"{len(each.tried)} budgets"
            outcome = budget_kind(each.best.cut) if each.equal is not None else "none of them equal"
            say(f"Equal spend: {each.scenario}, {tried} tried, {outcome}.")
    return with_equal_spend(plan, found), tuple(found)


def sweep(
    file: str | Path | None = None,
    *,
    name: str | None = None,
    base: str | None = None,
    scenarios: Sequence[str] | None = None,
    places: Sequence[str] | None = None,
    cuts: Sequence[float] | None = None,
    vary: Mapping[str, Any] | None = None,
    design: str | pd.DataFrame | None = None,
    points: int | None = None,
    replicates: int | None = None,
    years: int | None = None,
    scale: float | None = None,
    seed: int | None = None,
    design_seed: int | None = None,
    own_luck: bool | None = None,
    measures: Sequence[str] | None = None,
) -> Study:
    """Set up a sweep: many runs from one design, all with the same luck. Nothing is run before ``.run()``.

    Args:
        file: A sweep file; keywords given beside it take the place of its keys.
        name: What it is called.
        base: Library scenario or file: the yardstick.
        scenarios: Scenarios, each run at every point.
        places: Places; left out, the one that the scenarios are written for.
        cuts: Cuts of the budget in percent, each crossed with every point.
        vary: What varies, by dotted path: ``{"adoption.years": [1, 3, 8]}`` or ``{"parameters.frailty.lonely":
            {"min": 0, "max": 0.4}}``; an empty map takes a parameter's range from the evidence register.
        design: ``"grid"``, ``"one_at_a_time"``, ``"latin_hypercube"``, ``"sobol"``, ``"morris"``, a CSV file, or a
            frame with a column for each dotted path and a row for each point.
        points: How many points are drawn; see `demandsim.experiment.sweep.spec.SweepSpec`.
        replicates: Runs of each point; 4 if left out.
        years: Model years; the scenarios' own if left out.
        scale: Share of the population to simulate; all if left out.
        seed: Luck of the first replicate.
        design_seed: Decides which points are drawn; the seed if left out.
        own_luck: Whether each row of the design has luck of its own, which it shares in all scenarios, places and cuts:
            for futures that a box is to be found in. Of ``latin_hypercube``, ``sobol`` and tables.
        measures: Measures to keep in the combined table; all if left out.

    Returns:
        The sweep: ``.design`` is a frame, ``.run(folder, jobs=2)`` runs what is missing, ``.results()`` gives tidy rows
        with the design's columns.

    Raises:
        ScenarioError: With every problem found in file or keywords.
        ExperimentError: If the sample is too small for a place, or the design too large.
        PlaceError: If there is no such place.
    """
    given = {key: value for key, value in locals().items() if key != "file" and value is not None}
    from demandsim.experiment.sweep.study import study

    return study(file, given)


def sweep_results(
    folder: str | Path, *, measures: Sequence[str] | None = None, by: Sequence[str] | None = None
) -> pd.DataFrame:
    """The rows of a finished sweep, with the settings of their point beside them.

    Args:
        folder: Folder of the sweep.
        measures: Measures to read; all if left out.
        by: Breakdowns to read, such as ``["all"]``; all if left out.

    Raises:
        ExperimentError: If runs are missing, or the folder is damaged or no sweep's.
    """
    from demandsim.experiment.sweep.folder import results_of

    return results_of(Path(folder), measures=measures, by=by)


def twin(
    first: str | Path | Scenario,
    second: str | Path | Scenario,
    *,
    citizen: int | str | None = None,
    story: str | None = None,
    cut: float = 0.0,
    place: str | None = None,
    years: int | None = None,
    scale: float | None = None,
    seed: int = 1,
) -> Twin:
    """Tell the same person's life under two scenarios and the same luck, from runs traced for it.

    Args:
        first: Library name, file or loaded scenario.
        second: Another.
        citizen: Whom: a short id such as ``"S-0136"``, or a ``uid``.
        story: Or what kind of story to find somebody for: ``"carer"``, ``"faller"``, ``"bereaved"``, ``"hospital"``,
            ``"waiting"``, ``"care_home"`` or ``"lonely"``.
        cut: Per cent off the budget of both; 0 for none.
        place: As for `simulate`.
        years: As for `simulate`.
        scale: Share of the population to simulate; one in twenty if left out. Another scale has other people.
        seed: Luck, which also decides who lives there.

    Returns:
        The twin: ``print`` tells the story, ``.months`` and ``.events`` are frames, ``.write(folder)`` keeps all of it.

    Raises:
        ExperimentError: If a number is out of range, or there is no such person or story.
        ScenarioError: If a scenario cannot be used.
        PlaceError: If there is no such place.
    """
    from demandsim.experiment.lives import plan_lives, trace_lives
    from demandsim.report.twins import Twin

    plan = plan_lives([first, second], place=place, years=years, scale=scale, seed=seed, cut=cut)
    return Twin(trace_lives(plan, citizen=citizen, story=story))


def statement(
    scenario: str | Path | Scenario = "sustained",
    *,
    citizen: int | str,
    year: int | None = None,
    cut: float = 0.0,
    place: str | None = None,
    years: int | None = None,
    scale: float | None = None,
    seed: int = 1,
) -> Statement:
    """Draw up what one person has put in and got out, by year and since the run began.

    Args:
        scenario: Library name, file or loaded scenario.
        citizen: Whom: a short id such as ``"S-0136"``, or a ``uid``.
        year: Model year, such as 2026 for April 2026 to March 2027; the last one lived if left out.
        cut: Per cent off the budget; 0 for none.
        place: As for `simulate`.
        years: As for `simulate`.
        scale: As for `twin`.
        seed: As for `twin`.

    Returns:
        The statement: ``print`` shows it, ``.table`` is a frame.

    Raises:
        ExperimentError: If a number is out of range, or there is no such person or year.
        ScenarioError: If the scenario cannot be used.
        PlaceError: If there is no such place.
    """
    from demandsim.experiment.lives import plan_lives, trace_lives
    from demandsim.report.statements import Statement

    plan = plan_lives([scenario], place=place, years=years, scale=scale, seed=seed, cut=cut)
    return Statement(trace_lives(plan, citizen=citizen), year)


def run_checked(plan: Plan, *, folder: str | Path | None, jobs: int, make: ModelMaker = demand_model) -> Finished:
    """Run a plan, with an error if any of its runs failed.

    Raises:
        RunFailedError: If a run failed.
    """
    finished = run_plan(plan, folder=None if folder is None else Path(folder), jobs=jobs, make=make)
    if finished.failures:
        first = finished.failures[0]
        raise RunFailedError(
            f"{len(finished.failures)} of the runs failed; the first, {first.task.scenario.name} "
            f"replicate {first.task.replicate}:\n{first.message}"
        )
    return finished


def answer(results: Results, finished: Finished, notes: Sequence[str] = (), *, brief: bool = True) -> str:
    """The printed answer of finished runs; where there is a folder, tables and pictures are written into it too.

    Args:
        results: What was run.
        finished: How it went, and its folder.
        notes: Further notes below the answer.
        brief: Whether to write the brief too.

    Raises:
        ResourceError: If the disk is full.
        InputError: If a file cannot be written.
    """
    from demandsim.experiment.errors import from_os_error

    where = "" if finished.folder is None else str(finished.folder)
    tell = comparison_text if len(finished.plan.scenarios) > 1 else run_text
    text = tell(results, where=where, notes=notes)
    if finished.folder is not None:
        try:
            write_answer(finished.folder, results, text, brief=brief)
        except OSError as error:
            raise from_os_error(error, where) from error
        if brief and len(finished.plan.practices) > 1:
            text += f"Brief of two pages: {finished.folder / 'brief.html'}\n"
    return text


def run_with_workers(plan: Plan, *, folder: Path, jobs: int, progress: Progress) -> Finished:
    """Run a plan in worker processes; kernels are compiled here first if they never were."""
    from demandsim.experiment import kernels

    def warm_up(asked: Plan) -> None:
        kernels.make_ready(asked, progress.say)

    finished = run_plan(plan, folder=folder, jobs=jobs, progress=progress, warm_up=warm_up)
    if not finished.failures:
        kernels.note_warm()
    return finished
