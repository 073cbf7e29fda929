"""Where it tips: how deep or how fast a cut may be before a line is crossed, and where a curve bends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.experiment.comparison import Values
from demandsim.experiment.errors import InputError


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a curve first crosses a level.

    Attributes:
        at: Median over replicates; infinite where most never cross within the range.
        low: Lower end of the middle 90 % of replicates.
        high: Upper end; infinite where some never cross.
        crossed: Share of replicates that cross within the range.
    """

    at: float
    low: float
    high: float
    crossed: float

    def words(self, what: str, unit: str) -> str:
        """As a sentence about ``what`` in ``unit``."""
        if not self.crossed:
            return f"{what}: in no run within the range"
        told = "not in most runs" if math.isinf(self.at) else f"at about {self.at:.3g} {unit}"
        return f"{what}: {told} ({self.crossed:.0%} of runs cross it within the range)"


def first_crossing(along: NDArray[np.float64], values: NDArray[np.float64], level: float) -> float:
    """Where a curve first passes from one side of a level to the other, straight between points.

    Args:
        along: Rising positions, shape (points,).
        values: The curve, shape (points,).
        level: The level.

    Returns:
        The position; the first one where the curve begins on the level, infinity where it never reaches it.
    """
    _check_along(along, 2)
    gap = values - level
    if gap[0] == 0.0:
        return float(along[0])
    over = np.flatnonzero(np.sign(gap) != np.sign(gap[0]))
    if not over.size:
        return math.inf
    k = int(over[0])
    part = gap[k - 1] / (gap[k - 1] - gap[k])
    return float(along[k - 1] + part * (along[k] - along[k - 1]))


def tipping_point(along: NDArray[np.float64], values: NDArray[np.float64], level: float) -> Crossing:
    """Where replicates first cross a level.

    Args:
        along: Rising positions, such as depths of the cut, shape (points,).
        values: Shape (points, replicates).
        level: The level.
    """
    found = np.array([first_crossing(along, values[:, k], level) for k in range(values.shape[1])])
    low, middle, high = (_quantile(found, share) for share in (0.05, 0.5, 0.95))
    return Crossing(middle, low, high, float(np.isfinite(found).mean()))


def tipping_points(
    table: pd.DataFrame, *, depth: str, speed: str, value: str, level: float, replicate: str = "replicate"
) -> pd.DataFrame:
    """The depth at which a line is crossed, for every speed.

    Args:
        table: Columns as named in the next arguments; one row for each depth, speed and replicate.
        depth: Column of the depth, such as ``budget.cut_percent``.
        speed: Column of the speed, such as ``budget.cut_years``.
        value: Column of the measure.
        level: The line.
        replicate: Column of the replicate.

    Returns:
        ``speed`` (under its own name), ``at``, ``low``, ``high``, ``crossed``: as in `Crossing`.
    """
    rows = []
    for pace, own in table.groupby(speed, sort=True):
        wide = own.pivot(index=depth, columns=replicate, values=value).sort_index().dropna(axis=1)
        found = tipping_point(wide.index.to_numpy(np.float64), wide.to_numpy(np.float64), level)
        rows.append({speed: pace, "at": found.at, "low": found.low, "high": found.high, "crossed": found.crossed})
    return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True)
class Bend:
    """Where a curve changes its slope.

    Attributes:
        at: Position.
        before: Slope before it.
        after: Slope after it.
        better: How much less the two lines miss than one line does, 0 (not at all) to 1.
        error: Standard error of the position over replicates; NaN from one.
    """

    at: float
    before: float
    after: float
    better: float
    error: float


def bend(along: NDArray[np.float64], values: NDArray[np.float64], *, steps: int = 200) -> Bend:
    """Fit two lines that meet, and find where: a breaking point that no level defines.

    Args:
        along: Rising positions, shape (points,), four or more.
        values: Shape (points,) or (points, replicates).
        steps: Positions tried between the second point and the last but one.
    """
    _check_along(along, 4)
    grid = values[:, None] if values.ndim == 1 else values
    tried = np.linspace(along[1], along[-2], steps)
    at, before, after, left = _best_bend(along, grid.mean(axis=1), tried)
    straight = np.column_stack([np.ones_like(along), along])
    mean = grid.mean(axis=1)
    whole = float(((mean - straight @ np.linalg.lstsq(straight, mean, rcond=None)[0]) ** 2).sum())
    places = np.array([_best_bend(along, grid[:, k], tried)[0] for k in range(grid.shape[1])])
    error = float(places.std(ddof=1)) / math.sqrt(places.size) if places.size > 1 else math.nan
    return Bend(
        at, before, after, max(0.0, 1.0 - left / whole) if whole > 1e-20 * float((mean**2).sum()) else 0.0, error
    )


def _best_bend(along: Values, curve: Values, tried: Values) -> tuple[float, float, float, float]:
    best = (math.nan, math.nan, math.nan, math.inf)
    for at in tried:
        lines = np.column_stack([np.ones_like(along), np.minimum(along, at), np.maximum(along - at, 0.0)])
        fit = np.linalg.lstsq(lines, curve, rcond=None)[0]
        left = float(((curve - lines @ fit) ** 2).sum())
        if left < best[3] - 1e-15:
            best = (float(at), float(fit[1]), float(fit[2]), left)
    return best


def _quantile(values: NDArray[np.float64], share: float) -> float:
    """A quantile that may be infinite: the nearest value, never one between a number and infinity."""
    return float(np.sort(values)[min(values.size - 1, round(share * (values.size - 1)))])


def _check_along(along: NDArray[np.float64], least: int) -> None:
    if along.size < least or not (np.diff(along) > 0).all():
        raise InputError(f"{along.size} positions do not make a curve.\n  Give {least} or more, rising, each once.")
