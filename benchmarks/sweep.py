"""Throughput, overhead and memory of sweeps: `python benchmarks/sweep.py [--tasks N] [--scale S] [--years Y]`.

Four figures: runs a second with two workers against one; what a run costs beyond its own work, from runs that do
nothing but sleep; memory of one worker over 1,000 small runs; and the time of a sweep of 1,000 runs of 20,000
citizens over 20 years, reckoned up from `--tasks` of them. The load is printed: a busy machine shows other figures.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from demandsim import sweep
from demandsim.experiment.plan import Task
from demandsim.experiment.pool import demand_model, run_units
from demandsim.experiment.progress import Silent
from demandsim.experiment.sweep.run import units_of
from demandsim.experiment.sweep.study import Study

PEOPLE = 20_000
SLEEP = 0.02
NOTES = "DEMANDSIM_BENCHMARK_NOTES"


class Sleeper:
    """A model that does nothing for 20 ms, and notes when it began to and when it was woken.

    A busy machine wakes a sleeper late: that time is the sleeper's own, as a model's would be.
    """

    def __init__(self, task: Task, on_month: Any) -> None:
        self.on_month = on_month

    def run_for(self, duration: int) -> None:
        begun = time.monotonic()
        time.sleep(SLEEP)
        with (Path(os.environ[NOTES]) / str(os.getpid())).open("a") as notes:
            print(begun, time.monotonic(), file=notes)


def make_sleeper(task: Task, on_month: Any) -> Sleeper:
    return Sleeper(task, on_month)


def many(count: int, **changes: Any) -> Study:
    """A sweep of so many runs."""
    asked: dict[str, Any] = {
        "base": "strengths",
        "vary": {"adoption.years": {"min": 1, "max": 8}},
        "design": "latin_hypercube",
        "points": count,
        "replicates": 1,
        "years": 20,
        "scale": 0.07,
    }
    return sweep(**{**asked, **changes})


def seconds(study: Study, jobs: int, make: Any = demand_model) -> float:
    """Wall time of a sweep from nothing, with its start-up."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        outcome = study.run(Path(folder) / "s", jobs=jobs, make=make)
        assert not outcome.failures, outcome.failures[0].message
        return time.perf_counter() - begin


def throughput(tasks: int, scale: float, years: int) -> None:
    """Two workers against one, start-up taken off by a sweep of fewer runs."""
    few, all_of_them = many(2, scale=scale, years=years), many(tasks, scale=scale, years=years)
    seconds(few, 1)  # kernels and tables
    took = {jobs: seconds(all_of_them, jobs) - (start_up(jobs) if jobs > 1 else 0.0) for jobs in (1, 2)}
    each = took[1] / tasks
    print(f"{tasks} runs of scale {scale:g} over {years} years: {each:.2f} s each; 2 workers {took[1] / took[2]:.2f} x")
    sustained = took[2] / tasks * 1000 / 60
    print(f"1,000 of them with 2 workers: {sustained:.1f} min, reckoned up from {tasks}")


def start_up(jobs: int) -> float:
    """Seconds until workers are up, from runs that do nothing."""
    with tempfile.TemporaryDirectory() as notes:
        os.environ[NOTES] = notes
        return seconds(many(jobs, years=1), jobs, make_sleeper)


def overhead(count: int = 400, jobs: int = 2) -> None:
    """What a run costs beyond its own time: in its worker, and at the end, when the table of all is made."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[NOTES] = folder
        many(count, years=1).run(Path(folder) / "s", jobs=jobs, make=make_sleeper)
        ended = time.monotonic()
        noted = [path.read_text().splitlines() for path in Path(folder).iterdir() if path.is_file()]
    slept = [[tuple(map(float, line.split())) for line in lines] for lines in noted]
    gaps = [begun - woken for times in slept for (_, woken), (begun, _) in pairwise(times)]
    tail = ended - max(times[-1][1] for times in slept)
    each, typical = sum(gaps) / len(gaps), median(gaps)
    print(
        f"overhead {1000 * each:.1f} ms a run in its worker (median {1000 * typical:.1f}), written, checked, on disk; "
        f"{1000 * tail / count:.1f} ms a run at the end, for the table of all"
    )


def memory(count: int = 1000) -> None:
    """Memory of this process over many small runs."""
    study = many(count, years=1, scale=0.01)
    tasks = study.tasks()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "parts").mkdir()
        for begin in range(0, count, count // 5):
            run_units(units_of(tasks[begin : begin + count // 5], 1), Path(folder), demand_model, Silent(), 1)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"after {begin + count // 5:>5,} runs: peak {peak:,.0f} MB")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tasks", type=int, default=20)
    arguments.add_argument("--scale", type=float, default=PEOPLE / 280_000)
    arguments.add_argument("--years", type=int, default=20)
    arguments.add_argument("--memory-runs", type=int, default=1000)
    options = arguments.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    overhead()
    memory(options.memory_runs)
    throughput(options.tasks, options.scale, options.years)


if __name__ == "__main__":
    main()
