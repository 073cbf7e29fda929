"""The command line: parse, call, print. Heavy things are imported by the command that needs them."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demandsim.cli_lives import statement, twin
from demandsim.cli_workshop import workshop

if TYPE_CHECKING:
    from demandsim.experiment.plan import Plan
    from demandsim.experiment.runner import Failure, Finished

SCHEMA_VERSION = 1
QUICK_SCALE = 0.05
QUICK_REPLICATES = 3
DONE, BUG, INVALID, SOME_FAILED, NO_ROOM, INTERRUPTED = 0, 1, 2, 3, 5, 130

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
app.command()(twin)
app.command()(statement)
app.command()(workshop)

Place = Annotated[
    str | None, typer.Option("--place", "-p", help="English council by name or code, or a file of its own figures.")
]
Years = Annotated[
    int | None, typer.Option("--years", "-y", help="Model years from April 2024 (the scenarios' own: 10).")
]
Scale = Annotated[float | None, typer.Option("--scale", help="Share of residents to simulate, up to 1 (all of them).")]
Seed = Annotated[int, typer.Option("--seed", help="Luck of the first replicate; the others count on from it.")]
Replicates = Annotated[int | None, typer.Option("--replicates", "-r", help="Runs of each scenario (4).")]
Cut = Annotated[float | None, typer.Option("--cut", help="Add each scenario with its budget cut by so many per cent.")]
Ranges = Annotated[
    int, typer.Option("--ranges", help="Draws of uncertain parameters from their ranges, besides the replicates.")
]
Quick = Annotated[bool, typer.Option("--quick", help="A first look: one resident in twenty, 3 replicates.")]
Out = Annotated[Path | None, typer.Option("--output", "-o", help="Results folder (results/PLACE-RUN).")]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", help="Worker processes (one for each core).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


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
    plan = _plan([scenario], place, years, scale, seed, replicates, cut, ranges, quick)
    _run(plan, output, jobs, quick=quick, as_json=as_json)


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
) -> None:
    """Compare scenarios under the same luck, with or without a cut."""
    from demandsim.experiment.errors import InputError

    if len(scenarios) < 2:
        raise InputError(
            f"compare {scenarios[0]}: needs two or more scenarios.\n"
            "  For one, use `demandsim run`; `demandsim scenarios` lists the library."
        )
    plan = _plan(scenarios, place, years, scale, seed, replicates, cut, ranges, quick)
    _run(plan, output, jobs, quick=quick, as_json=as_json, brief=brief)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Results folder of a comparison.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write (FOLDER/brief.html).")] = None,
    option: Annotated[str | None, typer.Option(help="Scenario to hold against the first (the second).")] = None,
) -> None:
    """Write the two-page brief of a comparison, as one HTML file."""
    from demandsim.api import load_results

    print(load_results(folder).to_brief(output if output is not None else folder / "brief.html", option))


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


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(plan: Plan, output: Path | None, jobs: int | None, *, quick: bool, as_json: bool, brief: bool = False) -> None:
    """Run a plan, print its answer, and leave with the code that tells how it went."""
    from demandsim.api import answer, run_with_workers
    from demandsim.experiment.comparison import Results
    from demandsim.experiment.errors import InputError
    from demandsim.experiment.runner import Bar

    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs {jobs}: not possible.\n  Give a whole number from 1.")
    folder = output if output is not None else Path("results") / plan.folder_name
    progress = Bar(plan.months)
    try:
        finished = run_with_workers(plan, folder=folder, jobs=jobs or cores(), progress=progress)
    finally:
        progress.close()
    _tell_failures(finished)
    results = Results(finished.plan, finished.frame)
    whole = bool(finished.frame.size) and len(set(finished.frame["scenario"])) == len(finished.plan.scenarios)
    if whole and results.replicates:
        text = answer(results, finished, _notes(plan, quick), brief=brief)
        print(_as_json(results, str(folder), len(finished.failures)) if as_json else text, end="")
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


def _as_json(results: Any, folder: str, failed: int) -> str:
    import json

    from demandsim.experiment.comparison import difference_records, result_records
    from demandsim.report.evidence import graded, with_evidence
    from demandsim.report.scale import scale_record

    plan = results.plan
    content = {
        "schema_version": SCHEMA_VERSION,
        "place": {"name": plan.place.name, "code": plan.place.code, "note": plan.place.note},
        "scenarios": [
            {"name": scenario.name, "digest": scenario.digest, "run": run}
            for scenario, run in zip(plan.scenarios, plan.runs, strict=True)
        ],
        "years": results.years,
        "scale": plan.scale,
        "scale_bias": scale_record(plan.scale),
        "replicates": results.replicates,
        "draws": len(results.draws),
        "failed": failed,
        "folder": folder,
        "measures": result_records(results),
        "differences": with_evidence(results, difference_records(results)),
        "evidence": [found.record() for found in graded(results)],
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


@app.command()
def places(
    text: Annotated[str, typer.Argument(help="Part of a name or code; all places without it.")] = "",
    as_json: Json = False,
) -> None:
    """List places that can be simulated."""
    from demandsim.experiment.errors import InputError
    from demandsim.place.names import list_places

    found = list_places(text)
    if as_json:
        _print_json(
            "places", [{"code": p.code, "name": p.name, "kind": p.kind, "council": p.council_name} for p in found]
        )
        return
    if not found:
        raise InputError(f"no place matches {text!r}.\n  `demandsim places` lists all of them.")
    for place in found:
        beside = "" if place.has_care_duty else f"  (adult social care: {place.council_name})"
        print(f"{place.code}  {place.name}{beside}")


@place_app.command("export")
def place_export(
    place: Annotated[str, typer.Argument(help="Name or code.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write (PLACE.yaml).")] = None,
) -> None:
    """Write a file in which a council can put its own figures."""
    from demandsim.experiment.errors import from_os_error
    from demandsim.place.names import find_place
    from demandsim.place.own import export_place

    found = find_place(place)
    slug = "-".join("".join(c if c.isalnum() else " " for c in found.name.lower()).split())
    target = output if output is not None else Path(f"{slug}.yaml")
    try:
        written = export_place(found, target)
    except OSError as error:
        raise from_os_error(error, str(target)) from error
    print(f"{written}\nUse it with: demandsim run sustained --place {_as_path(written)}")


def _as_path(path: Path) -> str:
    """A path that is told from a place's name."""
    return str(path) if path.is_absolute() or len(path.parts) > 1 else f"./{path}"


@app.command()
def scenarios(as_json: Json = False) -> None:
    """List the scenario library, by group."""
    from dataclasses import asdict
    from itertools import groupby

    from demandsim.scenario.catalogue import catalogue
    from demandsim.scenario.library import list_scenarios

    entries, summaries = catalogue(), list_scenarios()
    if as_json:
        _print_json("scenarios", [asdict(entry) | {"summary": summaries[entry.name]} for entry in entries])
        return
    for number, (group, members) in enumerate(groupby(entries, key=lambda entry: entry.group)):
        print(f"{chr(10) if number else ''}{group}")
        for entry in members:
            print(f"  {entry.name}\n    {entry.words.replace('`', '')}")
    print("\nAll values of one, and where they come from: demandsim explain NAME")


@app.command()
def measures(as_json: Json = False) -> None:
    """List what is measured, by family, each with its definition and unit."""
    import textwrap

    from demandsim.measures.register import BETTER, FAMILIES, as_records

    if as_json:
        _print_json("measures", as_records())
        return
    for number, (family, members) in enumerate(FAMILIES.items()):
        print(f"{chr(10) if number else ''}{family}\n{'-' * len(family)}")
        for measure in members:
            better = "" if measure.direction == 0 else f", {BETTER[measure.direction]} is better"
            print(f"{measure.name} ({measure.unit}){better}")
            label = "" if measure.definition.startswith(measure.label) else f"{measure.label}. "
            for text in (f"{label}{measure.definition}", f"Source: {measure.source}."):
                print(textwrap.fill(text, 80, initial_indent="  ", subsequent_indent="  "))


def _print_json(name: str, content: object) -> None:
    import json

    print(json.dumps({"schema_version": SCHEMA_VERSION, name: content}, ensure_ascii=False))


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(help="Scenario files, folders of them, or names of the library.")],
    as_json: Json = False,
) -> None:
    """Check scenario files; nothing is run."""
    from demandsim.experiment.prepare import place_problem
    from demandsim.scenario.explain import check as find_problems
    from demandsim.scenario.library import load_scenario, scenario_files

    files = list(scenario_files(files))
    problems = find_problems(files)
    if not problems:
        problems = [problem for file in files if (problem := place_problem(load_scenario(file)))]
    if as_json:
        _print_json("problems", problems)
    elif not problems:
        print(f"{len(files)} scenario{'s' if len(files) != 1 else ''}: no problem found.")
    else:
        print("\n".join(problems), file=sys.stderr)
        print(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} found.", file=sys.stderr)
    if problems:
        raise typer.Exit(INVALID)


@app.command()
def schema() -> None:
    """Print the scenario format as JSON Schema, for editors."""
    import json

    from demandsim.scenario.schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def explain(scenario: Annotated[str, typer.Argument(help="Scenario of the library, or a file.")]) -> None:
    """Show every resolved value of a scenario and where it came from."""
    from demandsim.scenario.explain import explain as tell
    from demandsim.scenario.library import load_scenario

    print(tell(load_scenario(scenario)), end="")


@app.command()
def doctor() -> None:
    """See whether this machine can run the model."""
    import tempfile
    import time

    import numpy as np

    from demandsim.experiment.kernels import cache_folder
    from demandsim.experiment.versions import data_version, environment, model_version

    print(f"demandsim {model_version()}, data {data_version()}")
    for name, number in environment().items():
        print(f"{name} {number}")
    print(f"cores {cores()}")
    memory = _memory_gib()
    print(f"memory {memory:.1f} GiB" if memory else "memory unknown")
    if memory and memory < 1.5:
        print("  Little memory: use --jobs 1.")
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            print(f"kernel cache {folder}: writable")
    except OSError as error:
        print(f"kernel cache {folder}: not writable ({error.strerror}); kernels are compiled anew every time.")
        print("  Set NUMBA_CACHE_DIR to a folder you may write to.")
    started = time.perf_counter()
    from demandsim import luck

    drawn = luck.draw(np.uint64(1), np.arange(4, dtype=np.uint64), 0, 1)
    if not bool(((drawn >= 0) & (drawn < 1)).all()):
        raise RuntimeError("kernels give wrong numbers on this machine")
    print(f"kernels compile and run ({time.perf_counter() - started:.1f} s)")


def _memory_gib() -> float:
    """Memory of the machine, 0 where it cannot be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return 0.0


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


def _interrupted() -> int:
    print(f"\nStopped. Finished runs are kept. To go on: {this_command()}", file=sys.stderr)
    return INTERRUPTED


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Args:
        arguments: What was typed after ``demandsim``; from the system if left out.
    """
    given = _given[:] = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
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
