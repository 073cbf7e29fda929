"""Work for runs, in this process or in several: nothing is lost to a worker that is killed.

A *unit* is some tasks that one worker runs one after the other, since they share their settled start. Each is written
to disk as it is finished. A pool that a killed worker broke is built again for what is left; whoever was running is
run again alone, so that no run is blamed for another's death, and a run that kills twice is set aside.
"""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from demandsim.experiment.errors import InputError
from demandsim.experiment.forking import become_worker, end_workers, interrupts_held, worker_context
from demandsim.experiment.plan import Task
from demandsim.experiment.progress import Progress
from demandsim.experiment.store import PartStore, rows_of
from demandsim.experiment.writing import PartWriter

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from demandsim.ledger import Month

MAX_CRASHES = 2
"""A worker's death this often under the same run, the last time with nothing beside it, sets that run aside."""

_STILLBORN = (
    "worker processes end as soon as they are started.\n"
    '  In a script, put the call below `if __name__ == "__main__":`. Otherwise use --jobs 1, which starts none.'
)

STOP_WITHIN = 2.0
"""Seconds that workers have to finish their month when the user stops the run."""

OnMonth = Callable[[Any, "Month"], None]


class Runnable(Protocol):
    """What the runner needs of a model."""

    def run_for(self, duration: int) -> None:
        """Run so many months."""
        ...


ModelMaker = Callable[[Task, OnMonth], Runnable]
"""Makes the model of a task; it must be importable by name, since workers are given it by pickle."""


def demand_model(task: Task, on_month: OnMonth) -> Runnable:
    """The real model of a task."""
    from demandsim.model import DemandModel
    from demandsim.place.profile import place_profile

    place = task.place
    model: Runnable = DemandModel(
        task.scenario,
        place=place.code if place.own is None else place_profile(place.own.place, place.own),
        scale=task.scale,
        rng=task.replicate,
        on_month=on_month,
    )
    return model


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed.

    Attributes:
        task: Which.
        message: The error, with its traceback.
        no_room: It failed for want of disk or memory.
    """

    task: Task
    message: str
    no_room: bool = False


class _StopWorkError(Exception):
    """The parent asked a worker to stop."""


def run_task(task: Task, make: ModelMaker = demand_model, tick: Callable[[], None] | None = None) -> pd.DataFrame:
    """Run the model of one task; otherwise as `run_rows`.

    Returns:
        Tidy rows.
    """
    frame: pd.DataFrame = run_rows(task, make, tick).to_pandas()
    return frame


def run_rows(task: Task, make: ModelMaker = demand_model, tick: Callable[[], None] | None = None) -> pa.Table:
    """Run the model of one task.

    Args:
        task: What to run.
        make: Makes the model.
        tick: Called after every month.

    Returns:
        Tidy rows as they are stored (see `store.rows_of`).
    """
    from demandsim.measures.recorder import Recorder

    recorder = Recorder()

    def on_month(model: Any, closed: Month) -> None:
        recorder.record(model, closed)
        if tick is not None:
            tick()

    make(task, on_month).run_for(12 * task.years)
    # A model and its agents point at each other: without this, dead models pile up by hundreds of megabytes.
    gc.collect()
    return rows_of(task, recorder.arrow())


@dataclass(frozen=True, slots=True)
class Unit:
    """What one call of a worker does.

    Attributes:
        number: Its number, from 0.
        tasks: Runs that share their settled start, as far as they can.
    """

    number: int
    tasks: tuple[Task, ...]


@dataclass(slots=True)
class Done:
    """What a worker hands back.

    Attributes:
        frames: Rows, where there is no folder to put them in.
        failures: Runs that failed.
    """

    frames: list[pd.DataFrame] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def no_room(self) -> bool:
        """Whether disk or memory ran out."""
        return any(failure.no_room for failure in self.failures)


def workers(asked: int | None) -> int:
    """How many worker processes there are to be: as many as asked for, else one for each core that we may use.

    Raises:
        InputError: If fewer than one is asked for.
    """
    if asked is not None:
        if asked < 1:
            raise InputError(f"--jobs {asked}: not possible.\n  Give a whole number from 1.")
        return asked
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def failure_of(task: Task, error: Exception) -> Failure:
    """The record of a run that the error now being handled has ended."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Failure(task, traceback.format_exc(), full or isinstance(error, MemoryError))


def _work(
    unit: Unit,
    folder: Path | None,
    make: ModelMaker,
    tick: Callable[[], None],
    begin: Callable[[int], None] | None = None,
) -> Done:
    """Run the tasks of a unit one after the other; each is written while the next one runs.

    Args:
        unit: What to run.
        folder: Where parts go; None hands the rows back.
        make: Makes the model of a task.
        tick: Called after every month.
        begin: Told the place in the unit of each task before it begins.
    """
    done = Done()
    store = PartStore(folder) if folder is not None else None

    def failed(task: Task, error: Exception) -> None:
        done.failures.append(failure_of(task, error))

    with PartWriter(store, failed) if store is not None else nullcontext() as writer:
        for place, task in enumerate(unit.tasks):
            if done.no_room:
                break
            started = time.perf_counter()
            try:
                if begin is not None:
                    begin(place)
                rows = run_rows(task, make, tick)
                if writer is None:
                    done.frames.append(rows.to_pandas())
                else:
                    writer.put(task, rows, time.perf_counter() - started)
            except (_StopWorkError, KeyboardInterrupt):
                raise
            except Exception as error:
                failed(task, error)
    return done


# Months done by each unit (its first number: whether it began), the place in it of the run that it is at, and the
# parent's wish to stop, in shared memory without locks: a worker killed while it writes can then hold up nobody.
_shared: tuple[Any, Any, Any] | None = None


def _set_up_worker(surroundings: Mapping[str, str], months: Any, places: Any, stop: Any) -> None:
    """Prepare a worker, which shares with its parent how far it is and whether to stop."""
    global _shared
    become_worker(surroundings)
    _shared = (months, places, stop)


_FREEZES = 2
"""Units of a worker that are begun by freezing what is loaded: before the first, and after it has loaded the rest."""

_frozen = 0


def _freeze_what_is_loaded() -> None:
    """Spare what is loaded the look for dead models, which else takes a tenth of a second after each run.

    Twice only: a settled place that was frozen and is then dropped would never be freed.
    """
    global _frozen
    if _frozen < _FREEZES:
        _frozen += 1
        gc.freeze()


def _work_in_worker(unit: Unit, folder: Path | None, make: ModelMaker) -> Done:
    assert _shared is not None
    months, places, stop = _shared
    months[unit.number] = max(months[unit.number], 0)
    _freeze_what_is_loaded()

    def tick() -> None:
        months[unit.number] += 1
        if stop.value:
            raise _StopWorkError

    def begin(place: int) -> None:
        places[unit.number] = place

    return _work(unit, folder, make, tick, begin)


def run_units(
    units: Sequence[Unit], folder: Path | None, make: ModelMaker, progress: Progress, jobs: int
) -> list[Done]:
    """Run units, in this process if there is to be one worker only.

    Args:
        units: What to run.
        folder: Where parts go; None hands the rows back.
        make: Makes the model of a task.
        progress: Told of every month.
        jobs: Worker processes.

    Returns:
        What came of it: where disk or memory ran out, of what had been run until then.
    """
    if jobs > 1:
        return _run_pool(units, folder, make, progress, jobs)
    done: list[Done] = []
    try:
        for number, unit in enumerate(units):
            if number < _FREEZES:
                gc.freeze()  # as in a worker
            done.append(_work(unit, folder, make, lambda: progress.update(1)))
            if done[-1].no_room:
                break
    finally:
        gc.unfreeze()
    return done


def _run_pool(
    units: Sequence[Unit], folder: Path | None, make: ModelMaker, progress: Progress, jobs: int
) -> list[Done]:
    """Run units in worker processes, in as many pools as it takes."""
    left = {unit.number: unit for unit in units}
    deaths: Counter[str] = Counter()
    stillborn = 0
    done: list[Done] = []
    while left:
        suspects = [number for number, unit in left.items() if deaths[unit.tasks[0].name]]
        batch = {number: left[number] for number in suspects or left}  # suspects one after the other, each alone
        unfinished, began = _run_pool_once(batch, folder, make, progress, 1 if suspects else jobs, done)
        if done and done[-1].no_room:
            break
        stillborn = stillborn + 1 if unfinished == set(batch) and not began else 0
        if stillborn > MAX_CRASHES:
            raise InputError(_STILLBORN)
        for number in set(batch) - unfinished:
            del left[number]
        for number in sorted(set(began) & unfinished):
            running, later = _split(left.pop(number), began[number], folder)
            deaths.update(task.name for task in running[:1])
            if running and deaths[running[0].name] >= MAX_CRASHES:
                message = f"its worker process died {MAX_CRASHES} times"
                done.append(Done(failures=[Failure(task, message) for task in running]))
                running = ()
            for tasks in (running, later):
                if tasks:
                    fresh = max(left, default=0) + 1
                    left[fresh] = Unit(fresh, tasks)
    return done


def _split(unit: Unit, place: int, folder: Path | None) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
    """What a worker was running when it died, and what is to be run besides; without a folder nobody knows.

    A run that had ended and was being written is among the latter: it is not to blame.
    """
    if folder is None:
        return unit.tasks, ()
    store = PartStore(folder)
    running = unit.tasks[place]
    others = tuple(task for task in unit.tasks if task is not running and not store.has(task))
    return () if store.has(running) else (running,), others


def _run_pool_once(
    batch: dict[int, Unit],
    folder: Path | None,
    make: ModelMaker,
    progress: Progress,
    jobs: int,
    done: list[Done],
) -> tuple[set[int], dict[int, int]]:
    """Run units until all are done, a worker dies, or disk or memory runs out.

    Returns:
        Units not finished, and units that had begun, each with the place in it of the run that it was at.
    """
    context = worker_context()
    unfinished = set(batch)
    months: Any = context.Array("q", [-1] * (max(batch) + 1), lock=False)
    places: Any = context.Array("q", max(batch) + 1, lock=False)
    stop: Any = context.Value("b", 0, lock=False)
    shown = 0
    others = multiprocessing.active_children()
    told = (dict(os.environ), months, places, stop)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_set_up_worker, initargs=told)
    queue = iter(batch.values())
    waiting: dict[Future[Done], int] = {}

    def submit_some() -> None:
        """Keep every worker busy and no more: a long list would cost each wait, and memory."""
        with interrupts_held():
            while len(waiting) < 2 * jobs and (unit := next(queue, None)) is not None:
                waiting[pool.submit(_work_in_worker, unit, folder, make)] = unit.number

    try:
        submit_some()
        while waiting:
            ready, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            now = sum(max(0, number) for number in months)
            progress.update(now - shown)
            shown = now
            broken = False
            for future in ready:
                number = waiting.pop(future)
                try:
                    done.append(future.result())
                except BrokenProcessPool:
                    broken = True
                    continue
                unfinished.discard(number)
                if done[-1].no_room:
                    stop.value = 1
                    pool.shutdown(wait=True, cancel_futures=True)
                    return unfinished, {}
            if not broken:
                try:
                    submit_some()
                except BrokenProcessPool:
                    continue
    except KeyboardInterrupt:
        stop.value = 1
        with interrupts_held():  # an impatient second Ctrl-C changes nothing
            pool.shutdown(wait=False, cancel_futures=True)
            # Some load or settle a place and hear nothing. Nothing is lost if they are ended: what a worker writes has
            # a temporary name until it is whole.
            end_workers([child for child in multiprocessing.active_children() if child not in others], STOP_WITHIN)
        raise
    pool.shutdown(wait=True, cancel_futures=True)
    return unfinished, {number: places[number] for number, count in enumerate(months) if count >= 0}
