"""Futures that two questions share: when strengths-based practice wins, and what knowing more would be worth.

Every future draws the cut, the way of adopting, and the assumed effects of practice from the whole of their ranges,
each evenly and by itself: a spread of what could be, not of what is likely.
"""

from __future__ import annotations

import argparse

import pandas as pd
from findings import figures, how

from demandsim.experiment.questions.calibrate import spread_points
from demandsim.experiment.questions.points import run_points
from demandsim.parameters.effects import EFFECTS_OF_PRACTICE
from demandsim.parameters.register import register

PATHS = {
    "budget.cut_percent": "the cut (per cent)",
    "budget.cut_years": "the time over which it is made (years)",
    "adoption.years": "the time to adopt (years)",
    "adoption.fidelity": "how far adoption goes (0 to 1)",
    "adoption.never_take_share": "the share of workers who never take to it",
}
RANGES = {
    "budget.cut_percent": (0.0, 50.0),
    "budget.cut_years": (1.0, 8.0),
    "adoption.years": (0.5, 8.0),
    "adoption.fidelity": (0.3, 1.0),
    "adoption.never_take_share": (0.0, 0.5),
    **{f"parameters.{key}": (float(register()[key].low), float(register()[key].high)) for key in EFFECTS_OF_PRACTICE},
}
OURS, AGAINST = "strengths", "deficit"


def label(path: str) -> str:
    """What to call a path in a sentence."""
    return PATHS.get(path, f"`{path.removeprefix('parameters.')}`")


def runs_of(options: argparse.Namespace) -> pd.DataFrame:
    """The futures' runs: what was run before at this size is read, by whichever question."""
    points = pd.DataFrame(spread_points(RANGES, options.points, seed=1), columns=list(RANGES))
    return run_points([AGAINST, OURS], points, figures(), own_luck=True, **how("futures", options))
