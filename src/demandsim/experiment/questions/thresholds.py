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
        at: Median over replicates; infinite unless most cross within the range.
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


def first_crossing(
    along: NDArray[np.float64], values: NDArray[np.float64], level: float, *, rising: bool | None = None
) -> float:
    """Where a curve first passes from one side of a level to the other, straight between points.

    Args:
        along: Rising positions, shape (points,).
        values: The curve, shape (points,).
        level: The level.
        rising: Whether it is crossed from below; left out, from the side on which the curve begins.

    Returns:
        The position; the first one where the curve begins on the level or beyond it, infinity where it never reaches
        it.
    """
    _check_along(along, 2)
    gap = values - level
    if gap[0] == 0.0:
        return float(along[0])
    side = np.sign(gap[0]) if rising is None else (-1.0 if rising else 1.0)
    over = np.flatnonzero(np.sign(gap) != side)
    if not over.size:
        return math.inf
    k = int(over[0])
    if k == 0:
        return float(along[0])
    part = gap[k - 1] / (gap[k - 1] - gap[k])
    return float(along[k - 1] + part * (along[k] - along[k - 1]))


def tipping_point(along: NDArray[np.float64], values: NDArray[np.float64], level: float) -> Crossing:
    """Where replicates first cross a level, all from the side on which their mean begins.

    Args:
        along: Rising positions, such as depths of the cut, shape (points,).
        values: Shape (points, replicates); at least one.
        level: The level.

    Returns:
        The crossing. A replicate that luck lets begin beyond the level counts as across from the first position on.
    """
    if not values.shape[1]:
        raise InputError("no replicate has a value at every position.\n  Finish the runs first.")
    rising = bool(values[0].mean() <= level)
    found = np.array([first_crossing(along, curve, level, rising=rising) for curve in values.T])
    low, high = (_quantile(found, share) for share in (0.05, 0.95))
    return Crossing(_median(found), low, high, float(np.isfinite(found).mean()))


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
        half: Half the 95 % interval of the position (Student's t over the replicates' own bends); NaN from one.
        turn_half: Half the 99 % interval of the change of slope over replicates; NaN from one. Wider than usual, since
            the position was picked as where the slope changes most.
    """

    at: float
    before: float
    after: float
    better: float
    half: float
    turn_half: float

    @property
    def clear(self) -> bool:
        """Whether the two lines fit much better than one, and the slope changes by more than chance would make it.

        Of straight lines with noise some two in a hundred pass; by the fit alone a quarter would, or more.
        """
        return self.better > 0.5 and abs(self.after - self.before) > self.turn_half


def bend(along: NDArray[np.float64], values: NDArray[np.float64], *, steps: int = 200) -> Bend:
    """Fit two lines that meet, and find where: a breaking point that no level defines.

    Args:
        along: Rising positions, shape (points,), four or more.
        values: Shape (points,) or (points, replicates).
        steps: Positions tried between the second point and the last but one.
    """
    _check_along(along, 4)
    grid = values[:, None] if values.ndim == 1 else values
    mean = grid.mean(axis=1, keepdims=True)
    tried = np.linspace(along[1], along[-2], steps)
    fits = np.array([np.linalg.pinv(_two_lines(along, at)) for at in tried])
    chosen, left = _best_bends(along, mean, tried, fits)
    _, before, after = fits[chosen[0]] @ mean[:, 0]
    straight = np.column_stack([np.ones_like(along), along])
    whole = float(((mean - straight @ np.linalg.lstsq(straight, mean, rcond=None)[0]) ** 2).sum())
    better = max(0.0, 1.0 - float(left[0]) / whole) if whole > 1e-20 * float((mean**2).sum()) else 0.0
    own, _ = _best_bends(along, grid, tried, fits)
    slopes = fits[chosen[0]] @ grid
    half, turn_half = _half(tried[own], 0.95), _half(slopes[2] - slopes[1], 0.99)
    return Bend(float(tried[chosen[0]]), float(before), float(after), better, half, turn_half)


def _two_lines(along: Values, at: float) -> NDArray[np.float64]:
    """Terms of two lines that meet: height, slope before, slope after."""
    return np.column_stack([np.ones_like(along), np.minimum(along, at), np.maximum(along - at, 0.0)])


def _best_bends(
    along: Values, curves: NDArray[np.float64], tried: Values, fits: NDArray[np.float64]
) -> tuple[NDArray[np.int64], Values]:
    """For each curve (a column) which of the tried positions misses least, and its squared misses."""
    lines = np.array([_two_lines(along, at) for at in tried])
    left = ((curves - lines @ (fits @ curves)) ** 2).sum(axis=1)
    # of equally good positions the first: exact lines differ by rounding alone
    chosen = (left <= left.min(axis=0) + 1e-15 * (curves**2).sum(axis=0)).argmax(axis=0)
    return chosen, np.take_along_axis(left, chosen[None, :], axis=0)[0]


def _half(values: Values, confidence: float) -> float:
    """Half the t-interval of a mean; NaN from one value."""
    from scipy.special import stdtrit

    n = values.size
    if n < 2:
        return math.nan
    return float(stdtrit(n - 1, (1.0 + confidence) / 2.0) * values.std(ddof=1)) / math.sqrt(n)


def _quantile(values: NDArray[np.float64], share: float) -> float:
    """A quantile that may be infinite: the nearest value, never one between a number and infinity."""
    return float(np.sort(values)[min(values.size - 1, round(share * (values.size - 1)))])


def _median(values: NDArray[np.float64]) -> float:
    """The median; infinite unless more than half are finite."""
    low, high = np.sort(values)[[(values.size - 1) // 2, values.size // 2]]
    return float((low + high) / 2.0)


def _check_along(along: NDArray[np.float64], least: int) -> None:
    if along.size < least or not (np.diff(along) > 0).all():
        raise InputError(f"{along.size} positions do not make a curve.\n  Give {least} or more, rising, each once.")
