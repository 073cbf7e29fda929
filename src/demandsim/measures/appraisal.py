"""Appraisal after the Green Book, as pure functions: discounting, net value, ratios, acceptability, switching values.

Years count from 0, the first year of the run, whose money and effects are not discounted. Costs and effects are
differences against the yardstick, one column a run, so that runs that share their luck are subtracted before anything
is averaged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_BAND = 30
"""Last year of the first band of discount rates; from the next year on the lower rate holds."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Discount rates a year.

    Attributes:
        first: Up to year 30.
        later: From year 31 to 75.
    """

    first: float
    later: float

    def factors(self, years: int) -> Floats:
        """What a pound of each year is worth in year 0, shape (years,).

        Raises:
            ValueError: If there are more years than rates: beyond year 75.
        """
        if years > 76:
            raise ValueError(f"{years} years: rates are known to year 75")
        year = np.arange(years, dtype=np.float64)
        return np.asarray(
            (1.0 + self.first) ** -np.minimum(year, FIRST_BAND)
            * (1.0 + self.later) ** -np.maximum(year - FIRST_BAND, 0.0)
        )


def money_rates(numbers: Mapping[str, float]) -> Rates:
    """Rates for money: the social time preference rate."""
    return Rates(numbers["value.discount_rate"], numbers["value.discount_rate_31_75"])


def health_rates(numbers: Mapping[str, float]) -> Rates:
    """Rates for years of life and their quality, whose worth grows with income and so is discounted less."""
    return Rates(numbers["value.discount_rate_health"], numbers["value.discount_rate_health_31_75"])


def present_value(flows: Floats, factors: Floats) -> Floats:
    """Flows by year, discounted and added up.

    Args:
        flows: Shape (years, ...).
        factors: Of those years, shape (years,).

    Returns:
        Shape (...): the first axis is gone.
    """
    return np.asarray(np.tensordot(factors, flows, axes=(0, 0)))


def benefit_cost_ratio(benefits: float, cost: float) -> float:
    """Benefits for a pound of public cost; NaN where the public purse saves or pays nothing: a ratio says nothing."""
    return benefits / cost if cost > 0 else math.nan


@dataclass(frozen=True, slots=True)
class CostPerUnit:
    """What a unit of effect costs.

    Attributes:
        pounds: Cost of one more unit, or what is saved for one fewer; NaN where one option is better on both sides.
        words: ``cost of one more``, ``saving for one fewer``, ``better and cheaper``, ``worse and dearer`` or
            ``no effect``.
    """

    pounds: float
    words: str


def cost_per_unit(cost: float, effect: float) -> CostPerUnit:
    """The incremental cost-effectiveness ratio, with the quarter of the plane that it lies in.

    Args:
        cost: Cost against the yardstick.
        effect: Effect against the yardstick.
    """
    if effect == 0:
        return CostPerUnit(math.nan, "no effect")
    if effect > 0:
        return (
            CostPerUnit(cost / effect, "cost of one more") if cost > 0 else CostPerUnit(math.nan, "better and cheaper")
        )
    if cost >= 0:
        return CostPerUnit(math.nan, "worse and dearer")
    return CostPerUnit(cost / effect, "saving for one fewer")


def acceptability(costs: Floats, effects: Floats, thresholds: Sequence[float]) -> Floats:
    """Cost-effectiveness acceptability curve: in what share of runs an option is worth its cost.

    Args:
        costs: Cost against the yardstick by run, shape (runs,).
        effects: Effect against the yardstick by run, shape (runs,).
        thresholds: What a unit of effect is taken to be worth, pounds.

    Returns:
        Shares, shape (thresholds,).
    """
    worth = np.asarray(thresholds, dtype=np.float64)[:, None] * effects[None, :] - costs[None, :]
    return np.asarray((worth > 0).mean(axis=1))


def switching_value(net: float, part: float) -> float:
    """How many times as large one part of a net value would have to be for the net value to be 0.

    Args:
        net: Net present value.
        part: What of it the part gives, with its sign.

    Returns:
        The factor: 1 is no change, below 0 a change of sign; NaN where the part is 0 and cannot switch anything.
    """
    return 1.0 - net / part if part != 0 else math.nan


def optimism_uplift(changes: Mapping[str, float], bias: float) -> float:
    """What is added for optimism: a share of whatever an option spends more on. Savings are not enlarged.

    Args:
        changes: Present value of public spending against the yardstick, by service.
        bias: Share to add.
    """
    return bias * sum(change for change in changes.values() if change > 0)
