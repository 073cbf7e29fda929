"""The command line: parse, call, print. Heavy things are imported by the command that needs them."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from demandsim.cli_decisions import Further, appraise, further
from demandsim.cli_lives import statement, twin
from demandsim.cli_look import check, doctor, explain, measures, place_export, places, scenarios, schema
from demandsim.cli_shared import (
    BUG,
    DONE,
    INTERRUPTED,
    INVALID,
    NO_ROOM,
    SOME_FAILED,
    Jobs,
    Json,
    Place,
    Years,
    json_text,
    per_cent,
)
from demandsim.cli_sweep import export, retry, status, sweep, verify
from demandsim.cli_workshop import workshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from demandsim.experiment.plan import Plan
    from demandsim.experiment.pool import Failure
    from demandsim.experiment.runner import Finished

QUICK_SCALE = 0.05
QUICK_REPLICATES = 3

_given: list[str] = []
"""What was typed after ``demandsim``."""

app = typer.Typer(
    name="demandsim",
    help="An ageing place, citizen by citizen, under different ways of practising care.\n\n"
    "Start with:\n\n\b\ndemandsim compare deficit strengths --place sunderland --cut 30 --quick",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
place_app = typer.Typer(help="A council's own figures for its place.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(place_app, name="place")

Scale = Annotated[float | None, typer.Option("--scale", help="Share of residents to simulate, up to 1 (all of them).")]
Seed = Annotated[int, typer.Option("--seed", help="Luck of the first replicate; the others count on from it.")]
Replicates = Annotated[int | None, typer.Option("--replicates", "-r", help="Runs of each scenario (4).")]
Cut = Annotated[
    float | None,
    typer.Option(
        "--cut", parser=per_cent, metavar="PERCENT", help="Add each scenario with its budget cut by so many per cent."
    ),
]
Ranges = Annotated[
    int, typer.Option("--ranges", help="Draws of uncertain parameters from their ranges, besides the replicates.")
]
Quick = Annotated[bool, typer.Option("--quick", help="A first look: one resident in twenty, 3 replicates.")]
Out = Annotated[Path | None, typer.Option("--output", "-o", help="Results folder (results/PLACE-RUN).")]


def _version(wanted: bool) -> None:
    """Print the versions of the model, its data and the packages it stands on."""
    if not wanted:
        return
    from demandsim.experiment.versions import data_version, environment, model_version

    print(f"demandsim {model_version()}")
    print(f"data {data_version()}")
    for name, number in environment().items():
        print(f"{name} {number}")
    raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print versions and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """An ageing place, citizen by citizen, under different ways of practising care."""


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="Scenario of the library, or a file.")],
    place: Place = None,
    years: Years = None,
    scale: Scale = None,
    seed: Seed = 1,
    replicates: Replicates = None,
    cut: Cut = None,
    ranges: Ranges = 0,
    quick: Quick = False,
    output: Out = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Run one scenario and show its years."""
    from demandsim.experiment.pool import workers

    count = workers(jobs)
    plan = _plan([scenario], place, years, scale, seed, replicates, cut, ranges, quick)
    _run(plan, output, count, quick=quick, as_json=as_json)


@app.command()
def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Two or more scenarios; the first is the yardstick.")],
    place: Place = None,
    years: Years = None,
    scale: Scale = None,
    seed: Seed = 1,
    replicates: Replicates = None,
    cut: Cut = None,
    ranges: Ranges = 0,
    quick: Quick = False,
    output: Out = None,
    jobs: Jobs = None,
    as_json: Json = False,
    brief: Annotated[bool, typer.Option("--brief/--no-brief", help="Write brief.html into the results folder.")] = True,
    equal_spend: Annotated[
        bool,
        typer.Option("--equal-spend", help="Add each scenario with the budget at which it costs what the first does."),
    ] = False,
    gains: Annotated[
        bool, typer.Option("--who-gains", help="Count who gains and who loses; runs everything a second time.")
    ] = False,
) -> None:
    """Compare scenarios under the same luck, with or without a cut."""
    from demandsim.experiment.errors import InputError
    from demandsim.experiment.pool import workers

    if len(scenarios) < 2:
        raise InputError(
            f"compare {scenarios[0]}: needs two or more scenarios.\n"
            "  For one, use `demandsim run`; `demandsim scenarios` lists the library."
        )
    count = workers(jobs)
    plan = _plan(scenarios, place, years, scale, seed, replicates, cut, ranges, quick)
    plan, more = further(plan, count, equal_spend=equal_spend, gains=gains)
    _run(plan, output, count, quick=quick, as_json=as_json, brief=brief, more=more)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Results folder of a comparison.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write (FOLDER/brief.html).")] = None,
    option: Annotated[str | None, typer.Option(help="Scenario to hold against the first (the second).")] = None,
) -> None:
    """Write the two-page brief of a comparison, as one HTML file."""
    from demandsim.experiment.reading import read_results
    from demandsim.report.brief import write_brief

    target = output if output is not None else folder / "brief.html"
    write_brief(target, read_results(folder, for_report=True), option)
    print(target)


_ELSEWHERE: tuple[Callable[..., None], ...] = (
    *(appraise, twin, statement),
    *(sweep, status, retry, verify, export),
    workshop,
    *(places, scenarios, measures, check, schema, explain, doctor),
)
"""Commands of modules of their own, in the order in which help lists them."""

for _command in _ELSEWHERE:
    app.command()(_command)
place_app.command("export")(place_export)


def _plan(
    scenarios: list[str],
    place: str | None,
    years: int | None,
    scale: float | None,
    seed: int,
    replicates: int | None,
    cut: float | None,
    ranges: int,
    quick: bool,
) -> Plan:
    from demandsim.experiment.plan import REPLICATES, check_cut
    from demandsim.experiment.prepare import make_plan

    if cut is not None:
        check_cut(cut)
    if scale is None:
        scale = QUICK_SCALE if quick else 1.0
    if replicates is None:
        replicates = QUICK_REPLICATES if quick else REPLICATES
    return make_plan(
        scenarios,
        place=place,
        years=years,
        scale=scale,
        seed=seed,
        replicates=replicates,
        cut=cut or 0.0,
        ranges=ranges,
    )


def _run(
    plan: Plan,
    output: Path | None,
    jobs: int,
    *,
    quick: bool,
    as_json: bool,
    brief: bool = False,
    more: Further | None = None,
) -> None:
    """Run a plan, print its answer, and leave with the code that tells how it went."""
    from demandsim.api import answer, run_with_workers
    from demandsim.experiment.comparison import Results
    from demandsim.experiment.progress import Bar

    folder = output if output is not None else Path("results") / plan.folder_name
    progress = Bar(plan.months)
    try:
        finished = run_with_workers(plan, folder=folder, jobs=jobs, progress=progress)
    finally:
        progress.close()
    _tell_failures(finished)
    results = Results(finished.plan, finished.frame)
    whole = bool(finished.frame.size) and len(set(finished.frame["scenario"])) == len(finished.plan.scenarios)
    if whole and results.replicates:
        text = answer(results, finished, [*_notes(plan, quick), *(more.notes if more else ())], brief=brief)
        told, held = more.add(results, folder) if more else ("", {})
        print(_as_json(results, str(folder), len(finished.failures), held) if as_json else text + told, end="")
    if finished.failures:
        print(f"To try them again: {this_command()}", file=sys.stderr)
        raise typer.Exit(SOME_FAILED)


def _tell_failures(finished: Finished) -> None:
    """Say which runs failed, each kind of error once."""
    by_error: dict[str, list[Failure]] = {}
    for failure in finished.failures:
        by_error.setdefault(failure.message.strip().splitlines()[-1], []).append(failure)
    for error, failures in by_error.items():
        runs = ", ".join(f"{f.task.scenario.name} {f.task.replicate}" for f in failures[:4])
        more = f" and {len(failures) - 4} more" if len(failures) > 4 else ""
        print(f"failed: {error} (scenario and replicate: {runs}{more})", file=sys.stderr)
        if "--debug" in _given:
            print(failures[0].message, file=sys.stderr)
    if finished.failures and finished.folder is not None:
        print(f"{len(finished.failures)} failed; their errors: {finished.folder / 'failed'}", file=sys.stderr)


def _notes(plan: Plan, quick: bool) -> list[str]:
    notes = []
    if quick or plan.scale < 0.2:
        notes.append(
            "A quick look at a small sample: small differences drown in chance. Leave out --quick and --scale for "
            "the whole place."
        )
    if plan.place.note:
        notes.append(plan.place.note)
    return notes


def _as_json(results: Any, folder: str, failed: int, more: dict[str, object]) -> str:
    from demandsim.experiment.comparison import difference_records, result_records
    from demandsim.report.evidence import graded, with_evidence
    from demandsim.report.scale import scale_record

    plan = results.plan
    content = {
        "place": {"name": plan.place.name, "code": plan.place.code, "note": plan.place.note},
        "scenarios": [
            {
                "name": scenario.name,
                "digest": scenario.digest,
                "run": run,
                "cut_percent": scenario.budget.cut_percent,
            }
            for scenario, run in zip(plan.scenarios, plan.runs, strict=True)
        ],
        "yardstick": plan.scenarios[0].name,
        "model": plan.model,
        "data": plan.data,
        "seed": plan.seed,
        "years": results.years,
        "scale": plan.scale,
        "scale_bias": scale_record(plan),
        "replicates": results.replicates,
        "draws": len(results.draws),
        "failed": failed,
        "folder": folder,
        "measures": result_records(results),
        "differences": with_evidence(results, difference_records(results)),
        "evidence": [found.record() for found in graded(results)],
        **more,
    }
    return json_text(**content) + "\n"


def this_command() -> str:
    """The command that was given, to be given again."""
    import shlex

    return shlex.join(["demandsim", *_given])


def _explained(error: Exception) -> int | None:
    """Print an error that its user can mend, and say the exit code; None for any other."""
    if hasattr(error, "show") and hasattr(error, "exit_code"):  # a usage error, as the parser words it
        error.show()
        return INVALID
    from demandsim.experiment.errors import ExperimentError, StoppedError, from_os_error

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        error = from_os_error(error, "output")
    if isinstance(error, StoppedError):
        return _interrupted()
    if isinstance(error, ExperimentError):
        print(f"demandsim: {error}", file=sys.stderr)
        return error.exit_code
    from demandsim.place.names import PlaceError
    from demandsim.scenario.errors import ScenarioError

    if isinstance(error, ScenarioError):
        count = len(error.problems)
        print(f"{error}\n{count} problem{'s' if count != 1 else ''}; nothing was run.", file=sys.stderr)
        return INVALID
    if isinstance(error, PlaceError):
        print(f"demandsim: {error}", file=sys.stderr)
        return INVALID
    if isinstance(error, MemoryError):
        print("demandsim: no memory left.\n  Use a smaller --scale or --jobs 1.", file=sys.stderr)
        return NO_ROOM
    return None


_KEEPING = ("run", "compare", "sweep", "retry")
"""Commands whose finished runs are on disk when they are stopped."""


def _interrupted() -> int:
    command = next((word for word in _given if not word.startswith("-")), "")
    keeps = command in _KEEPING and "--dry-run" not in _given
    again = "Finished runs are kept. To go on" if keeps else "To begin again"
    print(f"\nStopped. {again}: {this_command()}", file=sys.stderr)
    return INTERRUPTED


def _speak_utf8() -> None:
    """Print UTF-8 whatever the locale: a minus sign or a line that an older one lacks would end in an error.

    A stream that was closed before the start is None: what is printed goes nowhere.
    """
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def _nobody_reads() -> int:
    """Whoever read what is printed has gone, as ``head`` does: that is no error, and the rest goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Args:
        arguments: What was typed after ``demandsim``; from the system if left out.
    """
    given = _given[:] = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    _speak_utf8()
    try:
        code = typer.main.get_command(app).main(
            [word for word in given if word != "--debug"], prog_name="demandsim", standalone_mode=False
        )
        sys.stdout.flush()
        if code == INTERRUPTED:  # Ctrl-C, as the parser passes it on
            _interrupted()
    except (KeyboardInterrupt, typer.Abort):
        code = _interrupted()
    except BrokenPipeError:
        code = _nobody_reads()
    except SystemExit as left:  # as the parser leaves when it meets a broken pipe
        if not isinstance(left.__context__, BrokenPipeError):
            raise
        code = _nobody_reads()
    except Exception as error:
        if debug:
            raise
        known = _explained(error)
        if known is None:
            print(
                f"demandsim: a bug ({type(error).__name__}: {error}).\n"
                "  Please report it, with what the same command prints with --debug.",
                file=sys.stderr,
            )
        code = BUG if known is None else known
    sys.exit(code if isinstance(code, int) else DONE)


if __name__ == "__main__":
    main()
