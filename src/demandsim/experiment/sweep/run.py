"""Running a sweep: what is missing of a whole one or of a shard, here, in workers or on a cluster."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from demandsim.experiment.errors import ResourceError, StoppedError, StoreError, from_os_error
from demandsim.experiment.plan import Task
from demandsim.experiment.pool import Failure, ModelMaker, Unit, demand_model, run_units
from demandsim.experiment.progress import Progress, Shown, Silent
from demandsim.experiment.runner import no_room_left, tell_damage
from demandsim.experiment.store import write_safely
from demandsim.experiment.sweep.store import Manifest, Shard, SweepStore

if TYPE_CHECKING:
    import pandas as pd

    from demandsim.experiment.sweep.sweep import Sweep

UNIT = 8
"""Most runs that a worker takes at a time: enough to share a settled start, few enough to end together."""

CLUSTER_WORKERS = 16
"""Workers that a cluster is taken to have when runs are put together: fewer runs are lost with one than on a laptop."""

WHOLE = Shard()

Execute = Callable[[Sequence[Task], SweepStore, Progress], list[Failure]]
"""Runs tasks, writes their parts, and says which failed."""


@dataclass
class Outcome:
    """How a sweep went.

    Attributes:
        folder: Where it is.
        shard: Which share of it was run.
        runs: Runs that the shard holds.
        reused: How many of them were on disk.
        failures: Runs that failed.
        left: Runs of other shards that are neither finished nor failed.
        measures_sha256: Hash of the table of all parts; empty where it could not be made yet.
        seconds: Wall time.
    """

    folder: Path
    shard: Shard = WHOLE
    runs: int = 0
    reused: int = 0
    failures: list[Failure] = field(default_factory=list)
    left: int = 0
    measures_sha256: str = ""
    seconds: float = 0.0


def run_sweep(
    sweep: Sweep,
    folder: Path,
    *,
    shard: Shard = WHOLE,
    jobs: int = 1,
    scheduler: str | None = None,
    only_asked: bool = False,
    make: ModelMaker = demand_model,
    show: Callable[[int], Shown] | None = None,
) -> Outcome:
    """Run what is missing of a sweep, then put all parts together if none is missing.

    Args:
        sweep: The sweep.
        folder: Its folder; one that holds the same sweep, or part of it, is gone on with.
        shard: The share of the runs to see to.
        jobs: Worker processes on this machine; 1 runs in this process.
        scheduler: Address of a Dask scheduler whose workers run it instead.
        only_asked: Whether fewer replicates than the folder was begun with are run and put together alone; otherwise
            all that it was begun with are.
        make: Makes the model of a task.
        show: Makes what shows progress, given the months to simulate.

    Raises:
        InputError: If the folder cannot be written or holds something else, or the scheduler does not answer.
        StoreError: If the folder is damaged or in use.
        ResourceError: If disk or memory ran out.
        StoppedError: If the user stopped it.
    """
    store = SweepStore(folder)
    manifest = store.foreseen(sweep, only_asked=only_asked)
    if scheduler is not None and not store.manifest_path.exists():
        from demandsim.experiment.sweep.cluster import see_that_it_answers

        see_that_it_answers(scheduler)  # before a folder is made that would hold nothing
    store.make_folder()
    tasks = shard.share(sweep.tasks(manifest.replicates))
    return run_tasks(
        store, tasks, manifest, sweep.design, shard=shard, jobs=jobs, scheduler=scheduler, make=make, show=show
    )


def run_tasks(
    store: SweepStore,
    tasks: Sequence[Task],
    manifest: Manifest,
    design: pd.DataFrame,
    *,
    shard: Shard,
    jobs: int,
    scheduler: str | None = None,
    make: ModelMaker = demand_model,
    show: Callable[[int], Shown] | None = None,
) -> Outcome:
    """Run those of some tasks that are missing from a folder that has been made ready; otherwise as `run_sweep`."""

    def execute(missing: Sequence[Task], store: SweepStore, progress: Progress) -> list[Failure]:
        if scheduler is not None:
            from demandsim.experiment.sweep.cluster import run_on_cluster

            return run_on_cluster(scheduler, units_of(missing, CLUSTER_WORKERS), store, make, progress)
        return _run_locally(missing, store, jobs, make, progress)

    started = time.perf_counter()
    outcome = Outcome(store.folder, shard, len(tasks))
    with explained(store.folder), store.shard_locked(shard, tasks) as lock:
        manifest = store.settle(replace(manifest, measures_sha256=""), design, lock)
        _complete(store, tasks, execute, outcome, show)
        _put_together(store, manifest, design, outcome, lock)
    outcome.seconds = time.perf_counter() - started
    return outcome


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what may go wrong under a sweep into errors that say how to mend it."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise StoppedError("stopped.") from error
    except MemoryError as error:
        raise ResourceError("no memory left.\n  Use a smaller scale: or fewer --jobs.") from error
    except OSError as error:
        raise from_os_error(error, str(folder)) from error


def units_of(tasks: Sequence[Task], jobs: int) -> list[Unit]:
    """Share runs out to workers: neighbours that share a settled start together, and no worker with much at the end.

    Args:
        tasks: What is to be run; those that share a start beside one another.
        jobs: Workers.
    """
    size = max(1, min(UNIT, len(tasks) // (4 * jobs)))
    pieces: list[tuple[Task, ...]] = []
    for _, group in groupby(tasks, key=lambda task: task.start):
        same = list(group)
        pieces += [tuple(same[begin : begin + size]) for begin in range(0, len(same), size)]
    return [Unit(number, piece) for number, piece in enumerate(pieces)]


def _complete(
    store: SweepStore, tasks: Sequence[Task], execute: Execute, outcome: Outcome, show: Callable[[int], Shown] | None
) -> None:
    """Run what is missing of some tasks, and record what failed."""
    missing = [task for task in tasks if store.whole(task) is None]
    outcome.reused = len(tasks) - len(missing)
    months = sum(12 * task.years for task in missing)
    progress: Shown = Silent() if show is None else show(months)
    try:
        tell_damage(store, progress)
        if not missing:
            return
        store.forget_table()
        outcome.failures = execute(missing, store, progress)
        if any(failure.no_room for failure in outcome.failures):
            raise no_room_left()
        failed = {failure.task.name for failure in outcome.failures}
        for task in missing:
            if task.name not in failed and not store.has(task):
                outcome.failures.append(Failure(task, "its part on disk has gone since it was written"))
        for failure in outcome.failures:
            store.write_failure(failure.task, failure.message)
        _clear_failures(store, missing, {failure.task.name for failure in outcome.failures})
    finally:
        progress.close()


def _clear_failures(store: SweepStore, tasks: Sequence[Task], failed: set[str]) -> None:
    """Forget failures of runs that have been finished since."""
    recorded = {path.stem for path in store.failed()}
    for task in tasks:
        if task.name in recorded and task.name not in failed:
            store.clear_failure(task)


def _put_together(store: SweepStore, manifest: Manifest, design: pd.DataFrame, outcome: Outcome, lock: Path) -> None:
    """Make the table of all parts, unless it is there, others are at work, or runs of others are missing."""
    current = store.manifest()
    if current.measures_sha256 and hash_of(store.table_path) == current.measures_sha256:
        outcome.measures_sha256 = current.measures_sha256
        return
    failed = {path.stem for path in store.failed()}
    outcome.left = sum(key.name not in failed and not store.has(key) for key in store.keys(manifest, design))
    if outcome.left or store.at_work(but=lock):
        return
    outcome.measures_sha256 = store.combine(replace(manifest, measures_sha256=""), design, lock).measures_sha256
    if damaged := store.set_aside:
        outcome.measures_sha256 = ""
        store.forget_table()
        raise from_damage(damaged)


def from_damage(damaged: Sequence[str]) -> StoreError:
    """What is said when parts are damaged as soon as they have been written: the disk itself is at fault."""
    more = f"\n  and {len(damaged) - 3} more" if len(damaged) > 3 else ""
    return StoreError(
        "\n".join(damaged[:3])
        + more
        + "\n  They were whole a moment ago: see to the disk, then give the command again."
    )


def hash_of(path: Path) -> str:
    """SHA-256 of a file, empty where there is none."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _run_locally(
    tasks: Sequence[Task], store: SweepStore, jobs: int, make: ModelMaker, progress: Progress
) -> list[Failure]:
    """Run tasks here; kernels are compiled before several workers would each compile the same."""
    from demandsim.experiment import kernels

    jobs = max(1, min(jobs, len(tasks)))
    if jobs > 1 and make is demand_model:
        kernels.make_ready(tasks[0], progress.say)
    done = run_units(units_of(tasks, jobs), store.folder, make, progress, jobs)
    return [failure for part in done for failure in part.failures]


def write_design(sweep: Sweep, path: Path) -> None:
    """Write the design of a sweep as CSV, before anything is run.

    Raises:
        InputError: If it cannot be written.
        ResourceError: If the disk is full.
    """
    from demandsim.experiment.sweep.results import design_csv

    try:
        write_safely(path, design_csv(sweep.design))
    except OSError as error:
        raise from_os_error(error, str(path)) from error
