"""Running a plan, resuming what is on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from demandsim.experiment.draws import with_ranges
from demandsim.experiment.errors import ResourceError, StoppedError, from_os_error
from demandsim.experiment.plan import Plan, Task
from demandsim.experiment.pool import Failure, ModelMaker, Unit, demand_model, run_units
from demandsim.experiment.progress import Progress, Silent
from demandsim.experiment.store import COLUMNS, PartStore, Store, sort_rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Finished:
    """What came of a plan.

    Attributes:
        plan: The plan; its replicates and draws are those in hand.
        frame: Tidy rows of every finished run, sorted.
        failures: Runs that failed.
        reused: Runs that were on disk already.
        folder: Where results lie, if anywhere.
        seconds: Wall time.
    """

    plan: Plan
    frame: pd.DataFrame
    failures: list[Failure] = field(default_factory=list)
    reused: int = 0
    folder: Path | None = None
    seconds: float = 0.0


def units_of(tasks: list[list[Task]], jobs: int) -> list[Unit]:
    """Share replicates out: whole ones first; those left over are split, so that no worker idles at the end."""
    whole = len(tasks) - len(tasks) % jobs
    pieces = [tuple(replicate) for replicate in tasks[:whole]]
    left = tasks[whole:]
    for replicate in left:
        count = min(len(replicate), max(1, jobs // len(left)))
        pieces += [tuple(replicate[start::count]) for start in range(count)]
    return [Unit(number, piece) for number, piece in enumerate(pieces) if piece]


def run_plan(
    plan: Plan,
    *,
    folder: Path | None = None,
    jobs: int = 1,
    make: ModelMaker = demand_model,
    progress: Progress | None = None,
    warm_up: Callable[[Plan], None] | None = None,
) -> Finished:
    """Run what a plan asks for and is not on disk yet.

    Args:
        plan: What to run.
        folder: Results folder; None keeps results in memory only.
        jobs: Worker processes; 1 runs in this one.
        make: Makes the model of a task.
        progress: Where to show progress.
        warm_up: Called before several workers start, if there is anything to run: compiles what they share.

    Returns:
        Rows of all finished runs, and the failures.

    Raises:
        InputError: If the folder cannot be written or holds another result.
        StoreError: If it is damaged or in use.
        ResourceError: If disk or memory ran out.
        StoppedError: If the user stopped the run.
    """
    started = time.perf_counter()
    store = Store(folder) if folder is not None else None
    if store is not None:
        held = store.prepare(plan)
        if held > plan.replicates:
            plan = replace(plan, replicates=held)
        if store.held_draws > len(plan.draws):
            plan = with_ranges(plan, store.held_draws)
    try:
        with store.locked() if store is not None else nullcontext():
            if store is not None:
                store.write_manifest(plan)
            finished = _run(plan, store, jobs, make, progress or Silent(), warm_up)
            finished.seconds = time.perf_counter() - started
            if store is not None:
                _record(store, finished)
    except KeyboardInterrupt as error:
        raise StoppedError("stopped.") from error
    except MemoryError as error:
        raise ResourceError("no memory left.\n  Use a smaller --scale or fewer --jobs.") from error
    except OSError as error:
        raise from_os_error(error, str(folder)) from error
    return finished


def no_room_left() -> ResourceError:
    """What is said when disk or memory runs out under the runs."""
    return ResourceError(
        "no disk space or memory left. Finished parts are kept.\n"
        "  Free some (fewer --jobs need less memory), then run the same command again."
    )


def _record(store: Store, finished: Finished) -> None:
    """Write the derived table, the manifest and the failures."""
    failed = {failure.task.name for failure in finished.failures}
    for failure in finished.failures:
        store.write_failure(failure.task, failure.message)
    for task in (task for tasks in finished.plan.tasks() for task in tasks):
        if task.name not in failed:
            store.clear_failure(task)
    store.finish(finished.plan, finished.frame, failed=len(failed), seconds=finished.seconds)


def _run(
    plan: Plan,
    store: Store | None,
    jobs: int,
    make: ModelMaker,
    progress: Progress,
    warm_up: Callable[[Plan], None] | None,
) -> Finished:
    frames: list[pd.DataFrame] = []
    missing: list[list[Task]] = []
    reused = 0
    for tasks in plan.tasks():
        todo = []
        for task in tasks:
            frame = store.read(task) if store is not None else None
            if frame is None:
                todo.append(task)
            else:
                frames.append(frame)
                reused += 1
        if todo:
            missing.append(todo)
    if reused:
        progress.update(reused * 12 * plan.years)
    tell_damage(store, progress)
    folder = store.folder if store is not None else None
    failures: list[Failure] = []
    if missing:
        jobs = max(1, min(jobs, sum(len(tasks) for tasks in missing)))
        units = units_of(missing, jobs)
        if warm_up is not None:
            warm_up(plan)
        for part in run_units(units, folder, make, progress, jobs):
            frames += part.frames
            failures += part.failures
        if any(failure.no_room for failure in failures):
            raise no_room_left()
        if store is not None:
            failed = {failure.task.name for failure in failures}
            for task in (task for tasks in missing for task in tasks if task.name not in failed):
                frame = store.read(task)
                if frame is None:
                    failures.append(Failure(task, "its part on disk is gone or damaged since it was written"))
                else:
                    frames.append(frame)
            tell_damage(store, progress)
    return Finished(plan, _together(frames), failures, reused, folder)


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all runs as one frame, without rows where no run was finished."""
    import pandas as pd

    return sort_rows(pd.concat(frames, ignore_index=True)) if frames else pd.DataFrame(columns=list(COLUMNS))


def tell_damage(store: PartStore | None, progress: Progress) -> None:
    """Say which parts were found damaged, each once."""
    while store is not None and store.set_aside:
        progress.say(store.set_aside.pop(0))
