"""How much of a spread over points is chance: what the replicates of a design say of themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of the points' means, taken apart.

    Attributes:
        total: Variance of the means over the points.
        noise: The part of it that chance alone would make; NaN from one replicate.
    """

    total: float
    noise: float

    @property
    def signal(self) -> float:
        """What is left for the settings; never below 0, NaN where nothing is known of chance."""
        return math.nan if math.isnan(self.noise) else max(0.0, self.total - self.noise)

    @property
    def share(self) -> float:
        """Chance's part of the whole, 0 to 1; NaN where nothing is known of it."""
        if math.isnan(self.noise):
            return math.nan
        return min(1.0, self.noise / self.total) if self.total else 0.0


def spread(values: Grid) -> Spread:
    """Take chance and settings apart.

    Replicates of one number share their luck over all points, so what a lucky replicate adds to every point alike is
    no noise between points: noise is what is left of points and replicates (a two-way table's remainder).

    Args:
        values: Shape (points, replicates).
    """
    points, replicates = values.shape
    means = values.mean(axis=1)
    total = float(means.var(ddof=1)) if points > 1 else 0.0
    if replicates < 2 or points < 2:
        return Spread(total, math.nan)
    rest = values - means[:, None] - values.mean(axis=0)[None, :] + values.mean()
    return Spread(total, float((rest**2).sum() / ((points - 1) * (replicates - 1))) / replicates)
