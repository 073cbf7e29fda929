"""CPU time of one month, by phase: `python benchmarks/month.py [--place P] [--scale S] [--months M]`.

Prints nanoseconds per citizen-month of this thread's CPU time: the figure that the speed bar is set on. Phases are
means over the months, since some act only every third; of the whole month the median is shown beside the mean. The
first months, which load the kernels, are left out.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from typing import Any

from demandsim import DemandModel, load_scenario


def timed(process: Any, spent: dict[str, list[float]]) -> Any:
    """The process's step with a stopwatch around it."""
    step = process.step

    def run(model: Any) -> None:
        begin = time.thread_time()
        step(model)
        spent[process.name].append(time.thread_time() - begin)

    return run


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--place", default="sunderland")
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--months", type=int, default=24)
    arguments.add_argument("--scenario", default="deficit")
    options = arguments.parse_args()
    begin = time.perf_counter()
    model = DemandModel(load_scenario(options.scenario), place=options.place, scale=options.scale, rng=1)
    print(f"built and settled in {time.perf_counter() - begin:.1f} s (wall)")
    spent: dict[str, list[float]] = defaultdict(list)
    for process in model.processes:
        process.step = timed(process, spent)  # type: ignore[method-assign]
    model.run_for(2)
    spent.clear()
    months: list[float] = []
    for _ in range(options.months):
        begin = time.thread_time()
        model.step()
        months.append(time.thread_time() - begin)
    people = len(model.citizens)
    print(f"{people:,} citizens, {options.months} months\n")
    print(f"{'phase':<18}{'ns / citizen-month':>20}")
    for name, seconds in sorted(spent.items(), key=lambda item: -sum(item[1])):
        print(f"{name:<18}{statistics.fmean(seconds) / people * 1e9:>20.2f}")
    mean, middle = (average(months) / people * 1e9 for average in (statistics.fmean, statistics.median))
    print(f"{'whole month':<18}{mean:>20.2f}   (median {middle:.2f})")


if __name__ == "__main__":
    main()
