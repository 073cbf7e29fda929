"""Savings: the capital other than the home that a person has in later life, and what paying for care leaves of it.

In real terms they stand still but for what their owner pays for care beyond what income covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import Numbers, evidence, read_rules
from demandsim.processes.lasting import FOR_LIFE

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_SAVINGS = np.uint32(Purpose.SAVINGS)


@dataclass(frozen=True, slots=True)
class Rules:
    """Shares of older people with capital over the upper limit, by deprivation fifth, and the middle range."""

    most_deprived: float = evidence("means.over_limit_1")
    second: float = evidence("means.over_limit_2")
    third: float = evidence("means.over_limit_3")
    fourth: float = evidence("means.over_limit_4")
    least_deprived: float = evidence("means.over_limit_5")
    between: float = evidence("means.between_limits")
    spread: float = evidence("means.spread_over_limit")
    lower: float = evidence("sc.capital_limit_lower")
    upper: float = evidence("sc.capital_limit_upper")


@rule
def left_after(savings: np.float32, cost: float, income: float, weeks: float) -> np.float32:
    """Savings after so many weeks of paying for care, pounds; below 0 by what they do not reach for.

    Args:
        savings: Before, pounds.
        cost: Pounds a week.
        income: What income leaves to pay it from, pounds a week.
        weeks: How many.
    """
    return savings - f4(max(cost - income, 0.0) * weeks)


@kernel
def _give_savings(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    quintile: NDArray[np.uint8],
    over_limit: NDArray[np.float64],
    between_limits: float,
    spread: float,
    lower: float,
    upper: float,
    savings: NDArray[np.float32],
) -> None:
    """Capital by a person's rank and place in the range: over the upper limit, between the limits, or below both."""
    for i in rows:
        a, b, _, _ = uniform4(seed, uid[i], FOR_LIFE, _SAVINGS)
        rank, within = np.float64(a), np.float64(b)
        over = over_limit[quintile[i]]
        if rank < over:
            capital = upper * (1.0 + 1e-3 + spread * within / (1.05 - within))
        elif rank < over + between_limits * (1.0 - over):
            capital = lower + within * (upper - lower)
        else:
            capital = within * lower
        savings[i] = f4(capital)


class Savings:
    """What people own before they pay for care."""

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        self._over_limit = np.array(
            [rules.most_deprived, rules.second, rules.third, rules.fourth, rules.least_deprived]
        )

    def give(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Give people the savings that are theirs for life, by deprivation fifth alone: the same each time."""
        citizens, rules = model.citizens, self.rules
        _give_savings(
            model.luck_seed,
            citizens.uid,
            rows,
            citizens.quintile,
            self._over_limit,
            rules.between,
            rules.spread,
            rules.lower,
            rules.upper,
            citizens.savings,
        )
