"""A small table of results that changes only on purpose: `python -m tests.golden.test_golden` prints and keeps it."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import pytest

from demandsim.experiment.calibration import BaseRun, YearBooks, stock_readings
from demandsim.model import DemandModel
from demandsim.scenario.library import load_scenario

GOLDEN = Path(__file__).with_name("readings.txt")
RUN = BaseRun("Sunderland", 0.02, 1, 2)
SCENARIOS = ("deficit", "strengths", "deficit_cut30", "strengths_cut30", "strengths_in_name_only")


def readings() -> str:
    lines = []
    for name in SCENARIOS:
        books = YearBooks()
        model = DemandModel(load_scenario(name), place=RUN.place, scale=RUN.scale, rng=RUN.seed, on_month=books)
        model.run_for(12 * RUN.years)
        found = {**stock_readings(model), **books.readings(RUN.scale)}
        found |= {f"cost.{service}.{payer}": pounds for (service, payer), pounds in books.costs.items()}
        lines += [f"{name} {key} {value:.6g}" for key, value in sorted(found.items())]
    return "\n".join(lines) + "\n"


@pytest.mark.slow
def test_results_are_the_stored_ones() -> None:
    changes = list(difflib.unified_diff(GOLDEN.read_text().splitlines(), readings().splitlines(), lineterm="", n=0))
    assert not changes, "results changed; if on purpose, run `python -m tests.golden.test_golden` and say why in " + (
        "CHANGELOG.md\n" + "\n".join(changes[:40])
    )


if __name__ == "__main__":
    old = GOLDEN.read_text() if GOLDEN.exists() else ""
    new = readings()
    sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "stored", "now", n=0))
    GOLDEN.write_text(new)
