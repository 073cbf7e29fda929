"""Equity: how an outcome differs along deprivation, and what a pound is worth to whom.

Pure functions of rates and people by group, the groups ordered from the most to the least deprived.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ranks(people: Floats) -> Floats:
    """Where the middle of each group stands between the most (0) and the least deprived person (1).

    Args:
        people: People in each group, most deprived first, shape (groups,).
    """
    share = people / people.sum()
    return np.asarray(np.cumsum(share) - share / 2)


def slope_index(rate: Floats, people: Floats) -> float:
    """Slope index of inequality: what a line through the groups rises by, from the most to the least deprived end.

    Args:
        rate: Outcome per person in each group, shape (groups,).
        people: People in each group, shape (groups,); groups of nobody do not count.

    Returns:
        The slope of the rate on rank by least squares, each group weighted by its people; 0 where there is one group.
    """
    share, rank = people / people.sum(), ranks(people)
    spread = float(share @ (rank - share @ rank) ** 2)
    return float(share @ ((rank - share @ rank) * np.where(people > 0, rate, 0.0))) / spread if spread > 1e-12 else 0.0


def mean_rate(rate: Floats, people: Floats) -> float:
    """The rate of all groups together."""
    return float(people @ np.where(people > 0, rate, 0.0) / people.sum())


def concentration_index(rate: Floats, people: Floats) -> float:
    """Concentration index: how far the outcome is gathered among the least (above 0) or most deprived (below 0).

    Args:
        rate: Outcome per person in each group, none below 0, shape (groups,).
        people: People in each group, shape (groups,).

    Returns:
        One less twice the area under the concentration curve, -1 to 1; 0 where there is none of the outcome.
    """
    amount = np.where(people > 0, rate, 0.0) * people
    if amount.sum() <= 0:
        return 0.0
    reached = np.concatenate([[0.0], np.cumsum(amount) / amount.sum()])
    return float(1.0 - (people / people.sum()) @ (reached[1:] + reached[:-1]))


def standardised(top: Floats, bottom: Floats) -> Floats:
    """Directly standardised rates: what each group's rate would be with the ages and sexes of all groups together.

    Args:
        top: The outcome by stratum of age and sex, and group, shape (strata, groups).
        bottom: People, likewise.

    Returns:
        Rates, shape (groups,); NaN for groups of nobody. A stratum that a group has nobody in does not count for it.
    """
    there = bottom > 0
    rate = np.divide(top, bottom, out=np.zeros_like(top), where=there)
    weight = bottom.sum(axis=1, keepdims=True) * there
    total, found = weight.sum(axis=0), np.full(bottom.shape[1], np.nan)
    np.divide((rate * weight).sum(axis=0), total, out=found, where=total > 0)
    return found


def distributional_weights(income: Floats, median: float, elasticity: float) -> Floats:
    """Green Book welfare weights: what a pound is worth to a group, against someone of median income.

    Args:
        income: Income of each group, pounds a year, shape (groups,).
        median: Median income, pounds a year.
        elasticity: Elasticity of the marginal utility of income.
    """
    return np.asarray((median / income) ** elasticity)


def shared_out(pounds: float, use: Floats) -> Floats:
    """Share money out by use; nothing where nobody used anything.

    Args:
        pounds: What was spent.
        use: What each group used, shape (groups,).
    """
    total = float(use.sum())
    return np.asarray(use * (pounds / total)) if total > 0 else np.zeros_like(use)
