"""Running a plan: in this process or in several, resuming what is on disk, losing nothing to a killed worker."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from demandsim.experiment.draws import with_ranges
from demandsim.experiment.errors import ResourceError, StoppedError, from_os_error
from demandsim.experiment.plan import Plan, Task
from demandsim.experiment.store import COLUMNS, Store, sort_rows
from demandsim.measures.recorder import Recorder

if TYPE_CHECKING:
    from demandsim.ledger import Month

MAX_CRASHES = 2
"""A worker's death this often under the same runs, the last time with nothing beside them, sets them aside."""

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


class _StopWorkError(Exception):
    """The parent asked a worker to stop."""


def run_task(task: Task, make: ModelMaker = demand_model, tick: Callable[[], None] | None = None) -> pd.DataFrame:
    """Run the model of one task.

    Args:
        task: What to run.
        make: Makes the model.
        tick: Called after every month.

    Returns:
        Tidy rows.
    """
    recorder = Recorder()

    def on_month(model: Any, closed: Month) -> None:
        recorder.record(model, closed)
        if tick is not None:
            tick()

    make(task, on_month).run_for(12 * task.years)
    # A model and its agents point at each other: without this, dead models pile up by hundreds of megabytes.
    gc.collect()
    frame = recorder.table()
    return sort_rows(frame.assign(run=task.run, scenario=task.scenario.name, replicate=task.replicate))


@dataclass(frozen=True, slots=True)
class _Unit:
    """What one call of a worker does: some scenarios of one replicate, which share their settled start."""

    number: int
    tasks: tuple[Task, ...]


@dataclass(slots=True)
class _Done:
    """What a worker hands back: rows only where there is no folder to put them in."""

    frames: list[pd.DataFrame] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def _work(unit: _Unit, folder: Path | None, make: ModelMaker, tick: Callable[[], None]) -> _Done:
    """Run the tasks of a unit one after the other, writing each as it is finished."""
    done = _Done()
    store = Store(folder) if folder is not None else None
    for task in unit.tasks:
        started = time.perf_counter()
        try:
            if store is not None and store.read(task) is not None:
                continue
            frame = run_task(task, make, tick)
            if store is None:
                done.frames.append(frame)
            else:
                store.write(task, frame, time.perf_counter() - started)
        except (_StopWorkError, KeyboardInterrupt):
            raise
        except Exception as error:
            no_room = isinstance(error, MemoryError) or (
                isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
            )
            done.failures.append(Failure(task, traceback.format_exc(), no_room))
            if no_room:
                break
    return done


# Months done by each unit (its first number: whether it began) and the parent's wish to stop, in shared memory
# without locks: a worker killed while it writes can then hold up nobody.
_shared: tuple[Any, Any] | None = None


def _set_up_worker(months: Any, stop: Any) -> None:
    """Prepare a worker: it leaves Ctrl-C to its parent and goes when its parent has gone."""
    global _shared
    _shared = (months, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def _work_in_worker(unit: _Unit, folder: Path | None, make: ModelMaker) -> _Done:
    assert _shared is not None
    months, stop = _shared
    months[unit.number] = max(months[unit.number], 0)

    def tick() -> None:
        months[unit.number] += 1
        if stop.value:
            raise _StopWorkError

    return _work(unit, folder, make, tick)


class Progress(Protocol):
    """Where progress is shown."""

    def update(self, months: int) -> None:
        """So many months more have been simulated."""
        ...

    def say(self, text: str) -> None:
        """Tell the user something about the run."""
        ...


class Silent:
    """Shows no progress."""

    def update(self, months: int) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Warn the script that runs this."""
        warnings.warn(text, stacklevel=2)


def units_of(tasks: list[list[Task]], jobs: int) -> list[_Unit]:
    """Share replicates out: whole ones first; those left over are split, so that no worker idles at the end."""
    whole = len(tasks) - len(tasks) % jobs
    pieces = [tuple(replicate) for replicate in tasks[:whole]]
    left = tasks[whole:]
    for replicate in left:
        count = min(len(replicate), max(1, jobs // len(left)))
        pieces += [tuple(replicate[start::count]) for start in range(count)]
    return [_Unit(number, piece) for number, piece in enumerate(pieces) if piece]


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
                progress.update(12 * task.years)
        if todo:
            missing.append(todo)
    _tell_damage(store, progress)
    folder = store.folder if store is not None else None
    failures: list[Failure] = []
    if missing:
        jobs = max(1, min(jobs, sum(len(tasks) for tasks in missing)))
        units = units_of(missing, jobs)
        if jobs > 1 and warm_up is not None:
            warm_up(plan)
        done = _run_here(units, folder, make, progress) if jobs == 1 else _run_pool(units, folder, make, progress, jobs)
        for part in done:
            frames += part.frames
            failures += part.failures
        if any(failure.no_room for failure in failures):
            raise ResourceError(
                "no disk space or memory left. Finished parts are kept.\n"
                "  Free some, use a smaller --scale or fewer --jobs, then run the same command again."
            )
        if store is not None:
            failed = {failure.task.name for failure in failures}
            for task in (task for tasks in missing for task in tasks if task.name not in failed):
                frame = store.read(task)
                if frame is None:
                    failures.append(Failure(task, "its part on disk is gone or damaged since it was written"))
                else:
                    frames.append(frame)
            _tell_damage(store, progress)
    frame = sort_rows(pd.concat(frames, ignore_index=True)) if frames else pd.DataFrame(columns=list(COLUMNS))
    return Finished(plan, frame, failures, reused, folder)


def _tell_damage(store: Store | None, progress: Progress) -> None:
    """Say which parts were found damaged, each once."""
    while store is not None and store.set_aside:
        progress.say(store.set_aside.pop(0))


def _run_here(units: list[_Unit], folder: Path | None, make: ModelMaker, progress: Progress) -> list[_Done]:
    return [_work(unit, folder, make, lambda: progress.update(1)) for unit in units]


def _run_pool(units: list[_Unit], folder: Path | None, make: ModelMaker, progress: Progress, jobs: int) -> list[_Done]:
    """Run units in worker processes; a pool that a killed worker broke is built again for what is left.

    Whoever was running when a worker died is run again alone, so that no run is blamed for another's death.
    """
    left = {unit.number: unit for unit in units}
    crashes = dict.fromkeys(left, 0)
    done: list[_Done] = []
    while left:
        suspects = [number for number in left if crashes[number]]
        batch = {number: left[number] for number in suspects[:1] or left}
        workers = 1 if suspects else jobs
        unfinished, began = _run_pool_once(batch, folder, make, progress, workers, done)
        for number in set(batch) - unfinished:
            del left[number]
        for number in began & unfinished:
            crashes[number] += 1
            if crashes[number] >= MAX_CRASHES:
                done.append(_Done(failures=_given_up(left.pop(number), folder)))
    return done


def _given_up(unit: _Unit, folder: Path | None) -> list[Failure]:
    """Failures for the runs of a unit that are not on disk."""
    message = f"its worker process died {MAX_CRASHES} times"
    store = Store(folder) if folder is not None else None
    return [Failure(task, message) for task in unit.tasks if store is None or store.read(task) is None]


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while workers are started: they keep it held, so that it cannot strike them as they import."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it would let signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run_pool_once(
    batch: dict[int, _Unit],
    folder: Path | None,
    make: ModelMaker,
    progress: Progress,
    jobs: int,
    done: list[_Done],
) -> tuple[set[int], set[int]]:
    """Run units until all are done or a worker dies.

    Returns:
        Units not finished, and units that had begun.
    """
    context = multiprocessing.get_context("spawn")
    size = max(batch) + 1
    unfinished = set(batch)
    months: Any = context.Array("q", [-1] * size, lock=False)
    stop: Any = context.Value("b", 0, lock=False)
    shown = 0
    others = multiprocessing.active_children()
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_set_up_worker, initargs=(months, stop))
    try:
        with _interrupts_held():
            waiting: dict[Future[_Done], int] = {
                pool.submit(_work_in_worker, unit, folder, make): number for number, unit in batch.items()
            }
        while waiting:
            ready, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            now = sum(max(0, number) for number in months)
            progress.update(now - shown)
            shown = now
            for future in ready:
                number = waiting.pop(future)
                try:
                    done.append(future.result())
                except BrokenProcessPool:
                    continue
                unfinished.discard(number)
    except KeyboardInterrupt:
        stop.value = 1
        with _interrupts_held():  # an impatient second Ctrl-C changes nothing
            pool.shutdown(wait=False, cancel_futures=True)
            _end([child for child in multiprocessing.active_children() if child not in others])
        raise
    pool.shutdown(wait=True, cancel_futures=True)
    return unfinished, {number for number, count in enumerate(months) if count >= 0}


def _end(workers: list[BaseProcess]) -> None:
    """Wait a little for workers that were asked to stop, then end those that load or settle a place and hear nothing.

    Nothing is lost: what a worker writes has a temporary name until it is whole.
    """
    until = time.monotonic() + STOP_WITHIN
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
            worker.join()


class Bar:
    """A progress bar on stderr; where stderr is no terminal, one line a minute.

    Args:
        months: Months to simulate in all.
    """

    def __init__(self, months: int) -> None:
        self._total = max(1, months)
        self._done = 0
        self._last = time.monotonic()
        self._bar: Any = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            layout = "{desc} {percentage:3.0f} %|{bar:30}| {elapsed} gone, {remaining} to go"
            self._bar = tqdm(total=months, desc="Simulating", bar_format=layout, ascii=" =", leave=False)

    def update(self, months: int) -> None:
        """So many months more have been simulated."""
        self._done = min(self._total, self._done + months)
        if self._bar is not None:
            self._bar.update(min(months, self._bar.total - self._bar.n))
        elif time.monotonic() - self._last >= 60:
            self._last = time.monotonic()
            print(f"demandsim: {100 * self._done / self._total:.0f} % simulated", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Print a line on stderr, above the bar where there is one."""
        if self._bar is not None:
            self._bar.clear()
        print(f"demandsim: {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
