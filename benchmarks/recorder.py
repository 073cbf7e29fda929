"""What recording all measures adds to a run: `python benchmarks/recorder.py [--place P] [--scale S] [--years Y]`.

One run, every month's CPU time split in two: the model's own and the recorder's, years closed and the table made
included. Prints both and the share that recording adds; ends with 1 where that is more than the bar.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from demandsim import DemandModel, load_scenario
from demandsim.measures.recorder import Recorder

BAR = 25.0
"""Per cent that recording may add to run time at the size of a city."""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--place", default="sunderland")
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--years", type=int, default=2)
    arguments.add_argument("--scenario", default="deficit")
    options = arguments.parse_args()
    recorder, spent = Recorder(), [0.0]

    def on_month(model: Any, closed: Any) -> None:
        begin = time.thread_time()
        recorder.record(model, closed)
        spent[0] += time.thread_time() - begin

    model = DemandModel(
        load_scenario(options.scenario), place=options.place, scale=options.scale, rng=1, on_month=on_month
    )
    Recorder().record(model, model.ledger.close())  # loads the kernels
    begin = time.thread_time()
    model.run_for(12 * options.years)
    whole = time.thread_time() - begin
    begin = time.thread_time()
    rows = len(recorder.table())
    recorded = spent[0] + time.thread_time() - begin
    own = whole - spent[0]
    share = 100.0 * recorded / own
    print(f"{len(model.citizens):,} citizens, {options.years} years, {rows:,} rows")
    print(f"model {own:.2f} s, recorder {recorded:.2f} s of CPU time: {share:.1f} % more (bar: {BAR:g} %)")
    sys.exit(share > BAR)


if __name__ == "__main__":
    main()
