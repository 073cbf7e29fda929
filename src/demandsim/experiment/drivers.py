"""What an answer hangs on: which parameters move it, and how well these are known.

Two sources. The packaged table, which ``experiments/sensitivity.py`` writes beside docs/sensitivity.md: parameters put
to the ends of their ranges one at a time, as many as have been tried. Or a comparison's own draws where there are at
least a hundred: parameters whose rank goes with the rank of the answer more than chance would let any of them. Where
neither says anything of a measure, nothing is said.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from demandsim.experiment.comparison import Values
from demandsim.parameters.register import register

PACKAGED = "sensitivity.csv"
FEWEST_DRAWS = 100
"""Draws from which rank correlations are read: with fewer, chance outdoes all but the very strongest parameter."""

_COLUMNS = ("measure", "by", "group", "tried", "of", "key", "shift", "error")
_SURE = 0.05
"""Chance that any parameter at all is taken for a driver of an answer that hangs on none."""

Answer = tuple[str, str, str]
"""Measure, breakdown and group."""


@dataclass(frozen=True, slots=True)
class Drivers:
    """The parameters that clearly move one answer.

    Attributes:
        weights: By evidence key: how much of the squared movement is its own; they add up to 1, or there are none.
        tried: Parameters that were tried.
        of: Parameters that could have been: all drawn, or all assumed and recalled ones put to their ends.
        draws: Draws that they were read from; 0 for the packaged table.
    """

    weights: Mapping[str, float]
    tried: int
    of: int
    draws: int = 0

    def share(self, status: str) -> float:
        """How much of the movement rests on rows of one status, 0 to 1.

        Args:
            status: S, K or A, as in the register.
        """
        return sum(weight for key, weight in self.weights.items() if register()[key].status == status)


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a parameter moves an answer at the end of its range that moves it most.

    Attributes:
        key: Evidence key.
        shift: The move, in the measure's unit.
        error: Its standard error.
    """

    key: str
    shift: float
    error: float


def as_csv(found: Mapping[Answer, Iterable[Shift]], *, tried: int, of: int) -> str:
    """The packaged file's content: a row a clear shift; an answer that nothing moves has one row without a key.

    Args:
        found: Clear shifts by measure, breakdown and group.
        tried: Parameters that were put to the ends of their ranges.
        of: Parameters that are to be.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for answer, shifts in found.items():
        rows = [(s.key, f"{s.shift:.4g}", f"{s.error:.3g}") for s in shifts] or [("", "", "")]
        writer.writerows((*answer, tried, of, *row) for row in rows)
    return text.getvalue()


def from_csv(text: str) -> dict[Answer, Drivers]:
    """What a file's content says, by answer; keys that the register has no more are left out."""
    squares: dict[Answer, dict[str, float]] = {}
    counts: dict[Answer, tuple[int, int]] = {}
    for row in csv.DictReader(StringIO(text)):
        answer = (row["measure"], row["by"], row["group"])
        counts[answer] = (int(row["tried"]), int(row["of"]))
        held = squares.setdefault(answer, {})
        if row["key"] in register():
            held[row["key"]] = float(row["shift"]) ** 2
    return {answer: Drivers(_normal(held), *counts[answer]) for answer, held in squares.items()}


@cache
def packaged() -> dict[Answer, Drivers]:
    """What this release's own trials say, by answer."""
    return from_csv((files("demandsim.data") / PACKAGED).read_text(encoding="utf-8"))


def drivers_of_draws(values: Mapping[str, Values], answer: Values) -> Drivers | None:
    """The parameters whose rank goes with an answer's, beyond what chance would let the closest of them.

    Args:
        values: By evidence key, one value a draw.
        answer: The answer, one value a draw.

    Returns:
        Weights by squared rank correlation; None from fewer than a hundred draws.
    """
    from scipy.special import stdtrit

    n = int(answer.size)
    if n < FEWEST_DRAWS or not values:
        return None
    keys = list(values)
    parameters = _ranks(np.array([values[key] for key in keys], dtype=np.float64))
    against = _ranks(answer[np.newaxis, :])
    norms = np.sqrt((parameters**2).sum(axis=1) * (against**2).sum())
    close = np.divide((parameters * against).sum(axis=1), norms, out=np.zeros(len(keys)), where=norms > 0)
    t = float(stdtrit(n - 2, 1.0 - _SURE / (2 * len(keys))))
    least = t / math.sqrt(n - 2 + t * t)
    clear = {key: float(r) ** 2 for key, r in zip(keys, close, strict=True) if abs(r) > least}
    return Drivers(_normal(clear), len(keys), len(keys), n)


def _ranks(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks within each row less their mean; equal values share theirs."""
    from scipy.stats import rankdata

    ranks = np.asarray(rankdata(rows, axis=1), dtype=np.float64)
    return ranks - ranks.mean(axis=1, keepdims=True)


def _normal(squares: Mapping[str, float]) -> dict[str, float]:
    """Squares as shares of their sum, the largest first."""
    whole = sum(squares.values())
    return {key: square / whole for key, square in sorted(squares.items(), key=lambda item: (-item[1], item[0]))}
