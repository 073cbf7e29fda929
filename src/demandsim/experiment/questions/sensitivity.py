"""Which parameters the answer hangs on: Sobol's indices, Morris's screening and the tornado, chance kept apart.

The analysis of both designs is SALib's. Its indices hold luck for a parameter's doing: luck shrinks first-order and
swells total indices. Here the noise of the points' means is estimated from the replicates and taken out of both.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demandsim.experiment.comparison import Values
from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.noise import Grid, Spread, spread
from demandsim.experiment.questions.optional import extra

Ranges = Mapping[str, tuple[float, float]]


class NoiseWarning(UserWarning):
    """Chance moves the result more than what was varied."""


@dataclass(frozen=True, slots=True)
class Index:
    """What share of the result's variance one parameter makes.

    Attributes:
        name: The parameter.
        first: By itself; luck taken out.
        first_half: Half its 95 % bootstrap interval.
        total: With everything that it does together with others; luck taken out.
        total_half: Half its 95 % bootstrap interval.
        noisy: Chance alone moves the result as much as this parameter does.
    """

    name: str
    first: float
    first_half: float
    total: float
    total_half: float
    noisy: bool


@dataclass(frozen=True, slots=True)
class Screened:
    """What Morris's elementary effects say of one parameter.

    Attributes:
        name: The parameter.
        mu_star: Mean size of the effect of crossing the whole of its range, in the result's unit.
        half: Half the 95 % bootstrap interval of that.
        sigma: How much the effect differs from place to place: curvature and joint effects (and luck).
        by_chance: The mu_star that luck alone would make of a parameter without effect.
    """

    name: str
    mu_star: float
    half: float
    sigma: float
    by_chance: float

    @property
    def noisy(self) -> bool:
        """Whether chance alone would show as much."""
        return not self.mu_star - self.half > self.by_chance and not math.isnan(self.by_chance)


@dataclass(frozen=True)
class Sensitivity[Row]:
    """The answer for all parameters.

    Attributes:
        rows: By parameter, in the order of the ranges.
        spread: The variance of the points' means and its part by chance.
    """

    rows: tuple[Row, ...]
    spread: Spread

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if getattr(row, "name", None) == name:
                return row
        raise KeyError(name)


def _problem(ranges: Ranges) -> dict[str, Any]:
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(ends) for ends in ranges.values()]}


def _grid(values: NDArray[np.float64], points: int, design: str) -> Grid:
    """Values as (points, replicates), checked against the design."""
    grid = values[:, None] if values.ndim == 1 else values
    if grid.shape[0] != points or not np.isfinite(grid).all():
        raise InputError(
            f"{grid.shape[0]} points with finite values do not make a {design} design of {points}.\n"
            "  Give the values of all its points, in its order; `demandsim sweep` again finishes what is missing."
            if grid.shape[0] != points
            else f"a point of the {design} design has no finite value.\n  Leave out the measure, or mend the run."
        )
    return grid


def _warn(found: Spread, noisy: Sequence[str]) -> None:
    if found.share > 0.5:
        text = f"chance makes {found.share:.0%} of the spread between points: add replicates or people"
        warnings.warn(text, NoiseWarning, stacklevel=3)
    elif noisy:
        text = f"chance moves the result as much as {', '.join(noisy)}: nothing can be said of them"
        warnings.warn(text, NoiseWarning, stacklevel=3)


def sobol(ranges: Ranges, values: NDArray[np.float64], *, resamples: int = 200, seed: int = 1) -> Sensitivity[Index]:
    """Sobol's first and total indices of a Saltelli design without second order.

    Args:
        ranges: Low and high end of each parameter, in the order of the design's columns.
        values: Results in the design's order, shape (points,) or (points, replicates); points are a multiple of
            parameters + 2.
        resamples: Bootstrap samples for the intervals.
        seed: Luck of the bootstrap.

    Returns:
        Indices with luck taken out as far as replicates tell of it (from one replicate: not at all).

    Raises:
        InputError: If the values do not fit the design, the result does not vary, or SALib is missing.
    """
    analyze = extra("SALib.analyze.sobol", "sensitivity").analyze
    block = len(ranges) + 2
    grid = _grid(values, max(1, round(values.shape[0] / block)) * block, "Saltelli")
    found = spread(grid)
    if found.total <= 1e-12 * max(1.0, float(grid.mean()) ** 2):
        raise InputError("the result is the same at every point.\n  Vary something that it depends on.")
    means = grid.mean(axis=1)
    known = not math.isnan(found.noise)
    luck = min(found.share, 0.99) if known else 0.0
    raw = analyze(_problem(ranges), means, calc_second_order=False, num_resamples=resamples, seed=seed)
    grown = 1.0 / (1.0 - luck)
    rows = tuple(
        Index(
            name,
            float(raw["S1"][k]) * grown,
            float(raw["S1_conf"][k]) * grown,
            (float(raw["ST"][k]) - luck) * grown,
            float(raw["ST_conf"][k]) * grown,
            known and float(raw["ST"][k]) - luck <= luck,
        )
        for k, name in enumerate(ranges)
    )
    _warn(found, [row.name for row in rows if row.noisy and luck > 0.01])
    return Sensitivity(rows, found)


def morris(
    ranges: Ranges,
    points: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    levels: int = 4,
    resamples: int = 200,
    seed: int = 1,
) -> Sensitivity[Screened]:
    """Morris's mean absolute elementary effect and its spread.

    Args:
        ranges: Low and high end of each parameter, in the order of the columns.
        points: The design: trajectories of parameters + 1 points each, shape (points, parameters).
        values: Results in its order, shape (points,) or (points, replicates).
        levels: Levels of the grid that the design was made with.
        resamples: Bootstrap samples for the intervals.
        seed: Luck of the bootstrap.

    Raises:
        InputError: If the values do not fit the design, or SALib is missing.
    """
    analyze = extra("SALib.analyze.morris", "sensitivity").analyze
    grid = _grid(values, len(points), "Morris")
    found = spread(grid)
    raw = analyze(_problem(ranges), points, grid.mean(axis=1), num_levels=levels, num_resamples=resamples, seed=seed)
    # An effect is a difference of two means over the step; luck makes it normal, whose mean size is sqrt(2/pi) sd.
    step = levels / (2.0 * (levels - 1.0))
    by_chance = math.sqrt(2.0 * found.noise) / step * math.sqrt(2.0 / math.pi)
    columns = zip(ranges, raw["mu_star"], raw["mu_star_conf"], raw["sigma"], strict=True)
    rows = tuple(Screened(name, float(mu), float(half), float(sigma), by_chance) for name, mu, half, sigma in columns)
    _warn(found, [row.name for row in rows if row.noisy and by_chance > 0])
    return Sensitivity(rows, found)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a tornado: how the result moves when one parameter alone goes to either end.

    Attributes:
        name: The parameter.
        low: Change of the result at the low end, mean over replicates.
        high: At the high end.
        error: Standard error of the larger of the two; NaN from one replicate.
    """

    name: str
    low: float
    high: float
    error: float

    @property
    def swing(self) -> float:
        """The distance between the ends of the bar, which holds 0."""
        return max(self.low, self.high, 0.0) - min(self.low, self.high, 0.0)

    @property
    def clear(self) -> bool:
        """Whether the larger change is more than two standard errors."""
        return max(abs(self.low), abs(self.high)) > 2.0 * self.error


def tornado(base: Values, ends: Mapping[str, tuple[Values, Values]]) -> list[Bar]:
    """One parameter at a time, widest bar first.

    Args:
        base: Results by replicate with everything at its centre, shape (n,).
        ends: For each parameter, results by replicate at its low and at its high end, paired by luck with the base.
    """
    bars = []
    for name, (low, high) in ends.items():
        changes = (low - base, high - base)
        larger = max(changes, key=lambda change: abs(float(change.mean())))
        error = float(larger.std(ddof=1)) / math.sqrt(larger.size) if larger.size > 1 else math.nan
        bars.append(Bar(name, float(changes[0].mean()), float(changes[1].mean()), error))
    return sorted(bars, key=lambda bar: (-bar.swing, bar.name))
