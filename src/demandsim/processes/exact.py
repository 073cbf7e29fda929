"""Exact sums: made of whole 1024ths, so that their order cannot matter where they feed back or are booked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel, rule

FINE = 1024.0
"""Parts of one that are counted."""


@rule
def fine(value: float | np.float32) -> np.int64:
    """A number in whole 1024ths."""
    return np.int64(np.rint(np.float64(value) * FINE))


@kernel
def _add_up(values: NDArray[np.float32] | NDArray[np.float64]) -> int:
    found = np.int64(0)
    for k in range(values.size):
        found += fine(values[k])
    return int(found)


def whole(values: NDArray[np.float32] | NDArray[np.float64]) -> float:
    """An exact sum, the same in any order."""
    return _add_up(values) / FINE
