"""Curves over age: tables by whole year, made once, that rules of the life course look up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from demandsim.processes.base import Numbers

YEARS = 121
"""Length of every curve: whole years 0 to 120."""


def age_curve(numbers: Numbers, prefix: str, knots: tuple[int, ...]) -> NDArray[np.float64]:
    """A curve through evidence given at a few ages, straight between them and level beyond the ends.

    Args:
        numbers: Parameter values by key.
        prefix: Evidence rows are ``prefix.age``.
        knots: The ages, rising.

    Returns:
        Shape (YEARS,).
    """
    return np.interp(np.arange(YEARS), knots, [numbers[f"{prefix}.{age}"] for age in knots])


def stretched(by_age: ArrayLike) -> NDArray[np.float64]:
    """A place's table by single year (0 to 100, say) as a curve: its last value holds for all older ages."""
    given = np.asarray(by_age, dtype=np.float64)
    return given[np.minimum(np.arange(YEARS), given.size - 1)]


def count_by_year(age_months: NDArray[np.int16], chosen: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """People by whole year of age, shape (YEARS,); only those ``chosen`` if given."""
    months = age_months if chosen is None else age_months[chosen]
    return np.bincount(months.astype(np.int64) // 12, minlength=YEARS)[:YEARS].astype(np.float64)


def smooth_share(part: NDArray[np.float64], whole: NDArray[np.float64], reach: int = 4) -> NDArray[np.float64]:
    """Share of people by age, each year averaged with its neighbours so that a small place gives no noisy slope.

    Args:
        part: People with the property by year of age.
        whole: All people by year of age.
        reach: Weights fall in a straight line to zero just beyond this many years either side.

    Returns:
        Shares, shape (YEARS,); zero where nobody is near.
    """
    weights = np.concatenate([np.arange(1, reach + 1), np.arange(reach + 1, 0, -1)]).astype(np.float64)
    above = np.convolve(part, weights, mode="same")
    below = np.convolve(whole, weights, mode="same")
    return np.divide(above, below, out=np.zeros(YEARS), where=below > 0)


def slope(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Change a year of age, shape (YEARS,)."""
    return np.asarray(np.gradient(curve), dtype=np.float64)


def monthly(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance in a month from an annual rate, within 0.3 % of 1 - exp(-rate / 12): the model's rational form."""
    hazard = rate / 12.0
    return hazard / (1.0 + hazard / 2.0)
