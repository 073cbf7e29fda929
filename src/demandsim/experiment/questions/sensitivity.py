"""Which parameters the answer hangs on: Sobol's indices, Morris's screening and the tornado, chance kept apart.

From means over replicates both analyses would hold luck for a parameter's doing: luck shrinks first-order and swells
total indices. Here every product is taken without what the replicates show of its noise. Luck is shared: where a
parameter changes little, two points that differ by it alone meet nearly the same luck, and their difference holds
little noise, however much chance moves the result. So noise is read from the differences themselves, parameter by
parameter.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.experiment.comparison import Values
from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.noise import Grid, Spread, spread

Ranges = Mapping[str, tuple[float, float]]
NORMAL_95 = 1.96
"""Deviations in half a 95 % interval of the normal law."""


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
        noisy: Chance alone moves the result, between two points that differ by this parameter, as much as it does.
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
        by_chance: The mu_star that the luck left in its effects would make by itself; NaN from one replicate.
    """

    name: str
    mu_star: float
    half: float
    sigma: float
    by_chance: float

    @property
    def noisy(self) -> bool:
        """Whether chance alone would show as much."""
        return self.by_chance > 0.0 and not self.mu_star - self.half > self.by_chance


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
    """Sobol's first and total indices of a Saltelli design without second order (Saltelli and others 2010).

    Args:
        ranges: Low and high end of each parameter, in the order of the design's columns.
        values: Results in the design's order, shape (points,) or (points, replicates); points are a multiple of
            parameters + 2.
        resamples: Bootstrap samples for the intervals.
        seed: Luck of the bootstrap.

    Returns:
        Indices with luck taken out as far as replicates tell of it (from one replicate: not at all).

    Raises:
        InputError: If the values do not fit the design, or the result does not vary.
    """
    block = len(ranges) + 2
    grid = _grid(values, max(1, round(values.shape[0] / block)) * block, "Saltelli")
    if grid.mean(axis=1).var() <= 1e-12 * max(1.0, float(grid.mean()) ** 2):
        raise InputError("the result is the same at every point.\n  Vary something that it depends on.")
    parts = _Saltelli.of(grid, block)
    first, total = parts.indices(slice(None))
    chance, draws = np.random.default_rng(seed), len(parts.total)
    again = np.array([parts.indices(chance.integers(0, draws, draws)) for _ in range(resamples)])
    first_half, total_half = NORMAL_95 * again.std(axis=0, ddof=1)
    noisy = (parts.luck > 0.0) & (parts.total.mean(axis=0) <= parts.luck)
    rows = tuple(
        Index(name, float(first[k]), float(first_half[k]), float(total[k]), float(total_half[k]), bool(noisy[k]))
        for k, name in enumerate(ranges)
    )
    found = spread(grid)
    _warn(found, [row.name for row in rows if row.noisy])
    return Sensitivity(rows, found)


@dataclass(frozen=True)
class _Saltelli:
    """The sums behind Sobol's indices, one line for each base point, luck taken out.

    Attributes:
        first: Products whose mean is the variance that a parameter makes by itself, shape (base points, parameters).
        total: The same with everything that it does together with others.
        luck: What chance alone adds to the mean of ``total``, shape (parameters,); 0 from one replicate.
        ends: Means of the two points of a line that were drawn freely, shape (base points, 2).
        noise: What chance adds to their squared distance from the mean, shape (base points,).
    """

    first: Grid
    total: Grid
    luck: Values
    ends: Grid
    noise: Values

    @classmethod
    def of(cls, grid: Grid, block: int) -> _Saltelli:
        """From results in the design's order, shape (points, replicates)."""
        replicates = grid.shape[1]
        # what a replicate's luck adds to every point alike is no noise between points
        held = (grid - grid.mean(axis=0)).reshape(-1, block, replicates)
        ours, mixed, theirs = held[:, :1], held[:, 1:-1], held[:, -1:]
        moved = mixed - ours
        luck = _noise(moved, moved) / 2.0
        total = moved.mean(axis=2) ** 2 / 2.0 - luck
        first = theirs.mean(axis=2) * moved.mean(axis=2) - _noise(theirs, moved)
        ends = held[:, [0, -1]]
        return cls(first, total, luck.mean(axis=0), ends.mean(axis=2), _noise(ends, ends).mean(axis=1))

    def indices(self, lines: slice | NDArray[np.int64]) -> tuple[Values, Values]:
        """First and total indices from some of the lines, shape (parameters,) each."""
        total = float(self.ends[lines].var())
        signal = max(total - float(self.noise[lines].mean()), 0.01 * total)  # of a hundredth little can be told
        return self.first[lines].mean(axis=0) / signal, self.total[lines].mean(axis=0) / signal


def _noise(first: Grid, second: Grid) -> Grid:
    """What chance adds to the product of two means over replicates (the last axis): their covariance."""
    replicates = first.shape[-1]
    if replicates < 2:
        return np.zeros(np.broadcast_shapes(first.shape, second.shape)[:-1])
    apart = (first - first.mean(axis=-1, keepdims=True)) * (second - second.mean(axis=-1, keepdims=True))
    return np.asarray(apart.sum(axis=-1) / (replicates - 1) / replicates)


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
        points: The design: trajectories of parameters + 1 points each, shape (points, parameters); from a point to
            the next one parameter moves.
        values: Results in its order, shape (points,) or (points, replicates).
        levels: Levels of the grid that the design was made with.
        resamples: Bootstrap samples for the intervals.
        seed: Luck of the bootstrap.

    Raises:
        InputError: If the values or the points do not make such a design.
    """
    grid = _grid(values, len(points), "Morris")
    effects = _elementary_effects(points, grid, levels)
    means = effects.mean(axis=2)
    size = np.abs(means)
    chance, paths = np.random.default_rng(seed), len(size)
    again = np.array([size[chance.integers(0, paths, paths)].mean(axis=0) for _ in range(resamples)])
    half = NORMAL_95 * again.std(axis=0, ddof=1)
    sigma = means.std(axis=0, ddof=1) if paths > 1 else np.full(len(ranges), math.nan)
    # luck makes an effect normal, whose mean size is sqrt(2/pi) of its deviation
    known = grid.shape[1] > 1
    by_chance = (
        np.sqrt(2.0 / math.pi * _noise(effects, effects).mean(axis=0)) if known else np.full_like(half, math.nan)
    )
    columns = zip(ranges, size.mean(axis=0), half, sigma, by_chance, strict=True)
    rows = tuple(Screened(name, *map(float, told)) for name, *told in columns)
    found = spread(grid)
    _warn(found, [row.name for row in rows if row.noisy])
    return Sensitivity(rows, found)


def _elementary_effects(points: NDArray[np.float64], grid: Grid, levels: int) -> Grid:
    """Change of the result over the whole range of each parameter: shape (trajectories, parameters, replicates)."""
    count = points.shape[1]
    whole = len(points) % (count + 1) == 0
    steps = np.diff(points.reshape(-1, count + 1, count), axis=1) if whole else np.zeros((1, 1, 1))
    moving = steps != 0.0
    if not ((moving.sum(axis=1) == 1).all() and (moving.sum(axis=2) == 1).all()):
        raise InputError(
            f"{len(points)} points are no Morris design of {count} parameters.\n"
            f"  Give trajectories of {count + 1} points, in each of which every parameter moves once."
        )
    path, step, which = np.nonzero(moving)
    moved = np.diff(grid.reshape(len(steps), count + 1, -1), axis=1)
    # a step is this share of the range, in logarithms where the range is drawn so: of its values only the sign counts
    share = levels / (2.0 * (levels - 1.0))
    effects = np.empty((len(steps), count, grid.shape[1]))
    effects[path, which] = moved[path, step] * (np.sign(steps[path, step, which]) / share)[:, None]
    return effects


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a tornado: how the result moves when one parameter alone goes to either end.

    Attributes:
        name: The parameter.
        low: Change of the result at the low end, mean over replicates.
        high: At the high end.
        half: Half the 95 % interval of the larger of the two (Student's t over replicates, wider for its having been
            picked as the larger); NaN from one replicate.
    """

    name: str
    low: float
    high: float
    half: float

    @property
    def swing(self) -> float:
        """The distance between the ends of the bar, which holds 0."""
        return max(self.low, self.high, 0.0) - min(self.low, self.high, 0.0)

    @property
    def clear(self) -> bool:
        """Whether the interval of the larger change leaves 0 out."""
        return max(abs(self.low), abs(self.high)) > self.half


def tornado(base: Values, ends: Mapping[str, tuple[Values, Values]]) -> list[Bar]:
    """One parameter at a time, widest bar first.

    Args:
        base: Results by replicate with everything at its centre, shape (n,).
        ends: For each parameter, results by replicate at its low and at its high end, paired by luck with the base.
    """
    from scipy.special import stdtrit

    bars = []
    for name, (low, high) in ends.items():
        changes = (low - base, high - base)
        larger = max(changes, key=lambda change: abs(float(change.mean())))
        n = larger.size
        half = float(stdtrit(n - 1, 1 - 0.05 / 4) * larger.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
        bars.append(Bar(name, float(changes[0].mean()), float(changes[1].mean()), half))
    return sorted(bars, key=lambda bar: (-bar.swing, bar.name))
