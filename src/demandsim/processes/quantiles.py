"""Quantile tables: what a uniform draw means as a length of time, since kernels call no logarithm or exponential."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4

LUCK = 4096
"""Places of a table; a draw times this is one of them."""


def lognormal_luck(spread: float) -> NDArray[np.float32]:
    """Quantiles of a lognormal multiple with mean 1, to be indexed by a uniform draw: shape (4096,).

    Args:
        spread: Standard deviation of its logarithm.
    """
    bell = NormalDist()
    values = np.array([math.exp(spread * bell.inv_cdf((k + 0.5) / LUCK)) for k in range(LUCK)])
    return (values / values.mean()).astype(np.float32)


def geometric_luck(mean: float) -> NDArray[np.float32]:
    """Quantiles of whole days 0, 1, 2 … with a given mean, to be indexed by a uniform draw: shape (4096,)."""
    stays = mean / (1.0 + mean)
    days = [math.floor(math.log(1.0 - (k + 0.5) / LUCK) / math.log(stays)) if stays > 0 else 0 for k in range(LUCK)]
    return np.array(days, dtype=np.float32)


def by_luck(table: NDArray[np.float32], luck: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values of a quantile table at uniform draws."""
    picked: NDArray[np.float32] = table[(luck * f4(LUCK)).astype(np.int64)]
    return picked
