"""How the experiments run: in folders that survive anything, so that the same command goes on after it was stopped."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from demandsim.api import run_with_workers
from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import ExperimentError, StoppedError
from demandsim.experiment.prepare import make_plan
from demandsim.experiment.progress import Bar
from demandsim.scenario.scenario import Scenario

RUNS = Path("results/experiments")
"""Where finished runs are kept; every size, version of the model and set of data has a folder of its own there."""


def add_runs_option(ask: argparse.ArgumentParser) -> None:
    """Let the user say where finished runs are kept."""
    ask.add_argument("--runs", type=Path, default=RUNS, help=f"folder of finished runs ({RUNS})")


def script(main: Callable[[], None]) -> None:
    """Run a script; what its user can mend is told without a traceback, with the exit codes of `demandsim`."""
    again = f"To go on: {shlex.join(['python', *sys.argv])}"
    try:
        main()
    except (KeyboardInterrupt, StoppedError):
        print(f"\nStopped. Finished runs are kept. {again}", file=sys.stderr)
        sys.exit(StoppedError.exit_code)
    except ExperimentError as error:
        print(f"{error}\n{again}", file=sys.stderr)
        sys.exit(error.exit_code)


def compared(name: str, scenarios: Sequence[Scenario], options: argparse.Namespace) -> Results:
    """Scenarios side by side under shared luck; what was run before is read.

    Args:
        name: What the folder's name begins with.
        scenarios: The first is the yardstick.
        options: ``place``, ``years``, ``scale``, ``replicates``, ``jobs``, ``runs``.

    Raises:
        ExperimentError: If a run failed.
    """
    size: dict[str, Any] = {key: getattr(options, key) for key in ("place", "years", "scale", "replicates")}
    plan = make_plan(scenarios, **size)
    progress = Bar(plan.months)
    try:
        folder = options.runs / f"{name}-{plan.folder_name}"
        finished = run_with_workers(plan, folder=folder, jobs=options.jobs, progress=progress)
    finally:
        progress.close()
    if finished.failures:
        raise ExperimentError(f"{len(finished.failures)} runs failed: {finished.failures[0].message}")
    return Results(finished.plan, finished.frame)
