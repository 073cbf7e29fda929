"""Commands about many runs: ``demandsim sweep``, and ``status``, ``verify``, ``retry`` and ``export`` of its folder."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from demandsim.cli_shared import DAMAGED, SOME_FAILED, Jobs, Json, ask_back, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from demandsim.experiment.progress import Shown
    from demandsim.experiment.sweep.run import Outcome


Folder = Annotated[Path, typer.Argument(help="Folder of a sweep.")]
JsonOfRun = Annotated[bool, typer.Option("--json", help="Print one JSON object; progress as lines of JSON on stderr.")]


def sweep(
    file: Annotated[Path, typer.Argument(help="Sweep file.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder (results/sweep-NAME-…).")] = None,
    jobs: Jobs = None,
    replicates: Annotated[int | None, typer.Option("--replicates", "-r", help="Runs of each point.")] = None,
    points: Annotated[int | None, typer.Option("--points", help="Points to draw.")] = None,
    scale: Annotated[float | None, typer.Option("--scale", help="Share of residents to simulate, up to 1.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how long it will take; run nothing.")] = False,
    design_csv: Annotated[
        Path | None, typer.Option("--design-csv", help="Write the design into this file; run nothing.")
    ] = None,
    shard: Annotated[str, typer.Option("--shard", help="Run a share only: 0/20 is the first of twenty.")] = "0/1",
    executor: Annotated[str, typer.Option("--executor", help="local: this machine. dask: a cluster.")] = "local",
    scheduler: Annotated[str | None, typer.Option("--scheduler", help="Address of the Dask scheduler.")] = None,
    as_json: JsonOfRun = False,
) -> None:
    """Run every point of a design. The same command again does only what is missing."""
    from demandsim.experiment.pool import workers
    from demandsim.experiment.sweep.run import run_sweep, write_design
    from demandsim.experiment.sweep.spec import CUT
    from demandsim.experiment.sweep.study import parse_shard, study

    address = _checked(executor, scheduler)
    share, count = parse_shard(shard), workers(jobs)
    given = {"replicates": replicates, "points": points, "scale": scale}
    wanted = study(file, {key: value for key, value in given.items() if value is not None})
    folder = output if output is not None else wanted.folder
    if CUT in wanted.design:
        deepest = float(wanted.design[CUT].max())
        ask_back(deepest, f"the deepest cut, {deepest:g},")
    if design_csv is not None:
        write_design(wanted, design_csv)
        print(f"{wanted.design['point'].nunique():,} points written to {design_csv}", file=sys.stderr)
    if dry_run:
        from dataclasses import asdict

        from demandsim.experiment.sweep.estimate import estimate

        found = estimate(wanted, folder, jobs=count, shard=share)
        print_json(estimate={**asdict(found), "folder": str(folder)}) if as_json else print(found, end="")
    if dry_run or design_csv is not None:
        return
    outcome = run_sweep(wanted, folder, shard=share, jobs=count, scheduler=address, show=_progress(as_json))
    _tell(outcome, as_json)


def status(folder: Folder, as_json: Json = False) -> None:
    """Say how far a sweep is."""
    from demandsim.experiment.sweep.folder import status as look

    found = look(folder)
    print_json(status=found.record()) if as_json else print(found, end="")


def verify(folder: Folder, as_json: Json = False) -> None:
    """Compare every file of a sweep with its hash; what is damaged is set aside."""
    from demandsim.experiment.sweep.folder import verify as check

    found = check(folder)
    if as_json:
        print_json(verify={"whole": found.whole, "missing": found.missing, "damaged": list(found.damaged)})
    else:
        print(f"{found.whole:,} runs are whole, {found.missing:,} are missing, {len(found.damaged):,} files damaged.")
    for text in found.damaged:
        print(text, file=sys.stderr)
    if found.damaged:
        print("The `demandsim sweep` that made it, given again, runs them again.", file=sys.stderr)
        raise typer.Exit(DAMAGED)


def retry(
    folder: Folder,
    failed: Annotated[bool, typer.Option("--failed", help="The runs that failed: all that can be tried again.")] = True,
    jobs: Jobs = None,
    as_json: JsonOfRun = False,
) -> None:
    """Run again what failed in a sweep."""
    from demandsim.experiment.pool import workers
    from demandsim.experiment.sweep.folder import retry as try_again

    _tell(try_again(folder, jobs=workers(jobs), show=_progress(as_json)), as_json)


def export(
    folder: Folder,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File: .csv or .parquet.")] = None,
    measure: Annotated[list[str] | None, typer.Option("--measure", help="A measure to write; may be repeated.")] = None,
) -> None:
    """Write the results of a sweep, with the settings of each point, as one table."""
    from demandsim.experiment.sweep.folder import export as write

    target = output if output is not None else folder / "results.csv"
    rows = write(folder, target, measures=measure)
    print(f"{rows:,} rows written to {target}", file=sys.stderr)


def _checked(executor: str, scheduler: str | None) -> str | None:
    """The address of the scheduler where the work goes to one, else None.

    Raises:
        InputError: If the two options do not go together.
    """
    from demandsim.experiment.errors import InputError

    if executor not in ("local", "dask"):
        raise InputError(f"--executor {executor}: not known.\n  Give local (this machine) or dask (a cluster).")
    if executor == "dask" and scheduler is None:
        raise InputError("--executor dask: say where with --scheduler ADDRESS, such as tcp://10.0.0.5:8786.")
    if executor == "local" and scheduler is not None:
        raise InputError(f"--scheduler {scheduler}: is for a cluster.\n  Add --executor dask.")
    return scheduler


def _progress(as_json: bool) -> Callable[[int], Shown]:
    from demandsim.experiment.progress import Bar, JsonLines

    return JsonLines if as_json else Bar


def _tell(outcome: Outcome, as_json: bool) -> None:
    """Print what came of a sweep, and leave with 3 where some runs failed."""
    if as_json:
        print_json(
            sweep={
                "folder": str(outcome.folder),
                "shard": outcome.shard.name,
                "runs": outcome.runs,
                "reused": outcome.reused,
                "failed": len(outcome.failures),
                "left_to_other_shards": outcome.left,
                "measures_sha256": outcome.measures_sha256 or None,
                "seconds": round(outcome.seconds, 3),
            }
        )
    else:
        print(_in_words(outcome), end="")
    if outcome.failures:
        raise typer.Exit(SOME_FAILED)


def _in_words(outcome: Outcome) -> str:
    finished, folder = outcome.runs - len(outcome.failures), quote(str(outcome.folder))
    share = f"shard {outcome.shard.name}: " if outcome.shard.of > 1 else ""
    before = f", {outcome.reused:,} of them before" if outcome.reused else ""
    lines = [f"{share}{finished:,} of {outcome.runs:,} runs are finished{before}."]
    if outcome.measures_sha256:
        lines.append(f"All rows: {outcome.folder / 'measures.parquet'}")
        lines.append(f"With the settings beside them: demandsim export {folder} -o results.csv")
    elif outcome.left:
        lines.append(f"{outcome.left:,} runs of other shards are missing; the last shard to end puts all together.")
    else:
        lines.append("Other shards are at work still; the last to end puts all together.")
    if outcome.failures:
        kinds = {failure.message.strip().splitlines()[-1] for failure in outcome.failures}
        lines.append(f"{len(outcome.failures):,} failed ({'; '.join(sorted(kinds)[:3])}).")
        lines.append(f"What went wrong: {outcome.folder / 'failed'}")
        lines.append(f"To try them again: demandsim retry {folder} --failed")
    return "\n".join(lines) + "\n"
