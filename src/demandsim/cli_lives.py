"""Commands about one person: ``demandsim twin`` and ``demandsim statement``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demandsim.cli_shared import Json, Place, Years

if TYPE_CHECKING:
    from demandsim.experiment.plan import Plan
    from demandsim.report.statements import Statement
    from demandsim.report.twins import Twin

_SCALE_HELP = "Share of residents to simulate, up to 1 (0.05: one in twenty, done soon). It decides who there is."

Scale = Annotated[float | None, typer.Option("--scale", help=_SCALE_HELP)]
Seed = Annotated[int, typer.Option("--seed", help="Luck, and with it who lives in the place.")]
Cut = Annotated[float | None, typer.Option("--cut", help="Cut the budget by so many per cent, in every scenario.")]
Out = Annotated[Path | None, typer.Option("--output", "-o", help="Folder for story, tables and pictures.")]
Citizen = Annotated[str | None, typer.Option("--citizen", help="Whom: a short id such as S-0136, or a number.")]


def twin(
    first: Annotated[str, typer.Argument(help="Scenario of the library, or a file.")],
    second: Annotated[str, typer.Argument(help="The scenario to hold against it.")],
    citizen: Citizen = None,
    story: Annotated[
        str | None,
        typer.Option(
            "--story",
            help="Find somebody: carer, faller, bereaved, hospital, waiting, care_home or lonely.",
        ),
    ] = None,
    place: Place = None,
    years: Years = None,
    scale: Scale = None,
    seed: Seed = 1,
    cut: Cut = None,
    output: Out = None,
    as_json: Json = False,
) -> None:
    """Tell one person's life under two scenarios with the same luck.

    Without --output the story is printed and nothing is kept.
    """
    from demandsim.experiment.lives import plan_lives, trace_lives
    from demandsim.report.life_files import as_json as to_json
    from demandsim.report.life_files import twin_content
    from demandsim.report.twins import Twin

    plan = plan_lives([first, second], place=place, years=years, scale=scale, seed=seed, cut=_checked(cut))
    _say_what_runs(plan, 4 if story else 2)
    found = Twin(trace_lives(plan, citizen=citizen, story=story))
    _keep(output, found)
    sys.stdout.write(to_json(twin_content(found)).decode() if as_json else str(found))


def statement(
    scenario: Annotated[str, typer.Argument(help="Scenario of the library, or a file.")] = "sustained",
    citizen: Citizen = None,
    year: Annotated[
        int | None, typer.Option("--year", help="Year from April, such as 2026 (the last one lived in the place).")
    ] = None,
    place: Place = None,
    years: Years = None,
    scale: Scale = None,
    seed: Seed = 1,
    cut: Cut = None,
    output: Out = None,
    as_json: Json = False,
) -> None:
    """Show what one person has put in and got out, in a year and so far.

    Without --output the statement is printed and nothing is kept.
    """
    from demandsim.experiment.errors import InputError
    from demandsim.experiment.lives import how_to_find, plan_lives, trace_lives
    from demandsim.report.life_files import as_json as to_json
    from demandsim.report.statements import Statement

    if citizen is None:
        raise InputError(f"statement: say whose with --citizen ID.\n  {how_to_find()}")
    plan = plan_lives([scenario], place=place, years=years, scale=scale, seed=seed, cut=_checked(cut))
    _say_what_runs(plan, 1)
    found = Statement(trace_lives(plan, citizen=citizen), year)
    _keep(output, found)
    sys.stdout.write(to_json(found.content).decode() if as_json else str(found))


def _checked(cut: float | None) -> float:
    """The cut that was asked for, 0 for none.

    Raises:
        InputError: If it is no cut; 0 typed out is none, too.
    """
    from demandsim.experiment.plan import check_cut

    if cut is not None:
        check_cut(cut)
    return cut or 0.0


def _say_what_runs(plan: Plan, runs: int) -> None:
    """Tell a person who waits what is under way, and where kernels must be compiled first, that it takes longer."""
    from demandsim.experiment import kernels

    kernels.make_ready(plan, kernels.say_on_stderr)
    if sys.stderr.isatty():
        times = f"{runs} runs" if runs > 1 else "one run"
        print(f"{plan.place.heading}: {times} of {plan.years} years at scale {plan.scale:g} …", file=sys.stderr)


def _keep(folder: Path | None, found: Twin | Statement) -> None:
    """Write into a folder, if one was given.

    Raises:
        ResourceError: If the disk is full.
        InputError: If it cannot be written.
    """
    from demandsim.experiment.errors import from_os_error

    if folder is None:
        return
    try:
        found.write(folder)
    except OSError as error:
        raise from_os_error(error, str(folder)) from error
    print(f"Written to {folder}", file=sys.stderr)
