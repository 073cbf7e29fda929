"""What a sweep will take, before it is started: time, memory and disk, from a short trial of its own first run."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from demandsim.experiment import kernels
from demandsim.experiment.plan import Task
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.prepare import least_scale
from demandsim.experiment.progress import in_words
from demandsim.experiment.store import make_part, rows_of
from demandsim.experiment.sweep.run import WHOLE, units_of
from demandsim.experiment.sweep.store import Shard, SweepStore
from demandsim.measures.recorder import Recorder

if TYPE_CHECKING:
    from demandsim.experiment.sweep.sweep import Sweep

TRIAL_PEOPLE = 20_000
"""Most people that a trial simulates: a larger place is reckoned up from them."""

_SIDECAR_BYTES = 2_000


@dataclass(frozen=True)
class Estimate:
    """What is left to do of a sweep and what it will take.

    Attributes:
        points: Points of the design.
        runs: Runs of the sweep, or of the shard.
        there: How many of them are on disk.
        seconds: Wall time for the others, with the start of the workers.
        worker_bytes: Memory of each worker at its largest; 0 where it cannot be told.
        disk_bytes: Disk that the others take up.
        jobs: Workers that it is reckoned for.
        basis: What it was measured on, in words.
    """

    points: int
    runs: int
    there: int
    seconds: float
    worker_bytes: int
    disk_bytes: int
    jobs: int
    basis: str

    def __str__(self) -> str:
        there = f", {self.there:,} of them there already" if self.there else ""
        lines = [f"{_counted(self.points, 'point')}, {_counted(self.runs, 'run')}{there}."]
        if self.runs == self.there:
            return f"{lines[0]}\nNothing is left to run.\n"
        memory = (
            f"{self.worker_bytes / 2**20:,.0f} MB of memory for each of them" if self.worker_bytes else "memory unknown"
        )
        time_needed = f"About {in_words(max(self.seconds, 1.0))} with {_counted(self.jobs, 'worker')}"
        lines.append(f"{time_needed}; {memory}; {_size(self.disk_bytes)} of disk.")
        lines.append(self.basis)
        return "\n".join(lines) + "\n"


def estimate(
    sweep: Sweep, folder: Path, *, jobs: int, shard: Shard = WHOLE, make: ModelMaker = demand_model
) -> Estimate:
    """Measure one year of the first run that is missing, and reckon up from it.

    Args:
        sweep: The sweep.
        folder: Its folder; nothing is written to it.
        jobs: Workers that are to share the runs.
        shard: The share of the runs that is meant.
        make: Makes the model of a task.
    """
    store = SweepStore(folder)
    tasks = shard.share(sweep.tasks())
    missing = [task for task in tasks if not store.has(task)]
    points = len({cell.point for cell in sweep.cells})
    facts = {"points": points, "runs": len(tasks), "there": len(tasks) - len(missing), "jobs": jobs}
    if not missing:
        return Estimate(seconds=0.0, worker_bytes=0, disk_bytes=0, basis="", **facts)
    compiling = time.process_time()
    if make is demand_model and kernels.are_cold():
        kernels.warm_up_for(missing[0])
    compiling = time.process_time() - compiling
    trial = _trial_of(missing[0])
    factor = missing[0].scale / trial.scale
    make(trial, Recorder().record).run_for(1)  # loads what every worker loads once
    start_up = time.process_time() - compiling  # workers load side by side what this process has loaded until now
    before = _peak_bytes()
    cold, year, part = _measure(trial, make)
    warm, _, _ = _measure(trial, make)
    grown = max(0, _peak_bytes() - before)
    months = sum(12 * task.years for task in missing)
    starts = len(units_of(missing, jobs))
    seconds = factor * (cold * starts + warm * (len(missing) - starts) + year * months / 12)
    told = (
        f"a sample of {trial.scale:.2g} of the place, reckoned up to {missing[0].scale:g}"
        if factor > 1
        else "this size"
    )
    return Estimate(
        seconds=start_up + seconds / min(jobs, len(missing)),
        worker_bytes=int(before + grown * factor),
        disk_bytes=sum(part * task.years + _SIDECAR_BYTES for task in missing),
        basis=f"Measured just now by a trial of one year at {told}; a busy machine takes longer.",
        **facts,
    )


def _trial_of(task: Task) -> Task:
    """The task as a year of a sample that is not too large."""
    least = least_scale(task.place)
    from demandsim.place.builder import FEWEST

    most = max(least, least * TRIAL_PEOPLE / FEWEST)  # the least scale is that of the fewest people
    return replace(task, years=1, scale=min(task.scale, most))


def _measure(trial: Task, make: ModelMaker) -> tuple[float, float, int]:
    """Seconds to build, seconds of a year, and bytes of a year's part."""
    recorder = Recorder()
    begin = time.perf_counter()
    model = make(trial, recorder.record)
    built = time.perf_counter()
    model.run_for(12)
    ended = time.perf_counter()
    part = make_part(trial, rows_of(trial, recorder.arrow()), 0.0)
    return built - begin, ended - built, len(part.content)


def _peak_bytes() -> int:
    """The most memory that this process has had, 0 where it cannot be told."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _counted(number: int, what: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _size(size: int) -> str:
    """Bytes as people say them."""
    power = min(3, int(math.log(max(size, 1), 1000)))
    return f"{size / 1000**power:.{0 if power < 2 else 1}f} {('bytes', 'kB', 'MB', 'GB')[power]}"
