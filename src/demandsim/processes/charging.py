"""Charging for care at home: the means test, a co-payment, and who takes less care because of it.

The means test asks for what income and a tariff on capital leave above the guarantee. A co-payment asks for a share of
the cost whatever a person's means; where it asks for more than the means test does, some take less care, and those who
would be left with hardly any do without. What they go without is theirs and their kin's to make good.

Who has too much capital for the council pays for themselves, from income and then from savings; when these have fallen
to the limit they turn to the council.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement
from demandsim.compiled import f4, kernel, rule
from demandsim.processes.base import Numbers, evidence, read_rules
from demandsim.processes.home_care import home_care_fee_cut
from demandsim.processes.savings import left_after
from demandsim.scenario.terms import AS_TODAY

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.team import Floats, Rows

_WEEKS = 4.345
"""Weeks in a month, as visits are counted."""

_YEAR = 12


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of charges for care at home."""

    income_1: float = evidence("means.income_week_1")
    income_2: float = evidence("means.income_week_2")
    income_3: float = evidence("means.income_week_3")
    income_4: float = evidence("means.income_week_4")
    income_5: float = evidence("means.income_week_5")
    left_to_live: float = evidence("sc.mig_week_pension_age_2023_24")
    capital_lower: float = evidence("sc.capital_limit_lower")
    tariff_per_250: float = evidence("sc.tariff_income_per_250")
    direct_price: float = evidence("delivery.direct_price")
    attendance_allowance: float = evidence("means.attendance_allowance_week")
    capital_upper: float = evidence("sc.capital_limit_upper")
    least: float = evidence("plan.least_hours")
    price_response: float = evidence("council.price_response")


def limits_level(model: DemandModel) -> float:
    """Capital limits of the means test in real terms, against month 0: what prices have left of them since.

    What a scenario decides counts from the year in which it does: limits that are raised again stay as low as they
    have become by then. Allowances keep their worth.
    """
    if model.month <= 0:
        return 1.0
    agreed = model.policy.agreed
    before = min(model.month, _YEAR * agreed.start_year("finance"))
    today, decided = AS_TODAY.means_limits_frozen_share, agreed.terms.means_limits_frozen_share
    years = (today * before + decided * (model.month - before)) / _YEAR
    return float((1.0 + model.numbers["council.inflation"]) ** -years)


@rule
def _spare_pounds(capital: np.float32, income: float, lower: np.float32, tariff: np.float32, to_live: float) -> float:
    """Pounds a week above what the means test leaves somebody to live on: of income, and a tariff on capital."""
    of_capital = max(capital - lower, f4(0)) / f4(250) * tariff
    return max(income + np.float64(of_capital) - to_live, 0.0)


@kernel
def _spares(
    rows: Rows,
    savings: NDArray[np.float32],
    income_band: NDArray[np.uint8],
    incomes: Floats,
    lower: np.float32,
    tariff: np.float32,
    to_live: float,
    spare: Floats,
) -> None:
    for k in range(rows.size):
        i = rows[k]
        spare[k] = _spare_pounds(savings[i], incomes[income_band[i]], lower, tariff, to_live)


@kernel
def _charges(
    rows: Rows,
    cost: Floats,
    savings: NDArray[np.float32],
    income_band: NDArray[np.uint8],
    incomes: Floats,
    lower: np.float32,
    tariff: np.float32,
    to_live: float,
    co_payment: float,
    charge: Floats,
) -> None:
    """A month's charge: what people can spare by their means, up to the cost, or the co-payment where that is more."""
    for k in range(rows.size):
        i = rows[k]
        spare = _spare_pounds(savings[i], incomes[income_band[i]], lower, tariff, to_live)
        charge[k] = max(min(cost[k], spare * _WEEKS), co_payment * cost[k])


@kernel
def _pay_alone(
    rows: Rows,
    cost: Floats,
    income_band: NDArray[np.uint8],
    incomes: Floats,
    allowance: float,
    to_live: float,
    limit: np.float32,
    savings: NDArray[np.float32],
    brought_down: Rows,
) -> int:
    """Take what a month's care costs beyond income off savings; list whom that brings to the limit, and how many."""
    found = 0
    for k in range(rows.size):
        i = rows[k]
        before, income = savings[i], max(incomes[income_band[i]] + allowance - to_live, 0.0)
        savings[i] = max(left_after(before, cost[k] / _WEEKS, income, _WEEKS), f4(0.0))
        if before > limit and savings[i] <= limit:
            brought_down[found] = i
            found += 1
    return found


class Charging:
    """What people pay for care at home: clients of the council, and those who buy for themselves."""

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        self._incomes = np.array([rules.income_1, rules.income_2, rules.income_3, rules.income_4, rules.income_5])

    def charge(self, model: DemandModel, rows: Rows, cost: Floats) -> Floats:
        """What each pays of a month's cost, pounds: by their means, or the co-payment where that is more."""
        charge: Floats = np.empty(rows.size)
        share = model.terms.co_payment_percent / 100.0
        _charges(rows, cost, *self._means(model), share, charge)
        return charge

    def pay_alone(self, model: DemandModel, rows: Rows, cost: Floats) -> Rows:
        """Let people who buy for themselves pay a month of it: from income above what they live on, then from savings.

        Attendance allowance is there for it.

        Args:
            model: The model.
            rows: Who buys.
            cost: What for, pounds.

        Returns:
            Whose savings have come down to the limit by it, so that the council would pay for them.
        """
        citizens, rules = model.citizens, self.rules
        brought_down = np.empty_like(rows)
        number = _pay_alone(
            rows,
            cost,
            citizens.income_band,
            self._incomes,
            rules.attendance_allowance,
            rules.left_to_live,
            f4(rules.capital_upper * limits_level(model)),
            citizens.savings,
            brought_down,
        )
        return brought_down[:number]

    def taken(self, model: DemandModel, rows: Rows) -> Floats:
        """Share of their planned hours that people take at what these cost them, 0 to 1.

        People who pay for themselves are charged nothing here, and take all.
        """
        citizens, rules = model.citizens, self.rules
        hours = citizens.plan_hours[rows].astype(np.float64)
        direct = citizens.arrangement[rows] == Arrangement.DIRECT_PAYMENT
        price = np.where(direct, rules.direct_price, model.practice.home_care_price * (1.0 - home_care_fee_cut(model)))
        by_means = np.minimum(self._spare(model, rows) / np.maximum(hours * price, 1e-9), 1.0)
        more = np.maximum(model.terms.co_payment_percent / 100.0 - by_means, 0.0)
        share = np.maximum(1.0 - rules.price_response * more, 0.0)
        goes_without = (share < 1.0) & (hours * share < rules.least)
        share[goes_without] = 0.0
        kept: Floats = np.where(citizens.council_funded[rows], share, 1.0)
        return kept

    def _spare(self, model: DemandModel, rows: Rows) -> Floats:
        """Pounds a week above what the means test leaves people to live on."""
        spare: Floats = np.empty(rows.size)
        _spares(rows, *self._means(model), spare)
        return spare

    def _means(
        self, model: DemandModel
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], Floats, np.float32, np.float32, float]:
        """What the rule of the means test needs besides the person, in the order in which it takes them."""
        citizens, rules = model.citizens, self.rules
        lower, tariff = f4(rules.capital_lower * limits_level(model)), f4(rules.tariff_per_250)
        return citizens.savings, citizens.income_band, self._incomes, lower, tariff, rules.left_to_live


def asked_hours(model: DemandModel, rows: Rows) -> Floats:
    """Need-hours a week that plans buy: the council's clients are trimmed, and take less where a co-payment is asked.

    People who buy for themselves have what they planned: it is their money.
    """
    citizens = model.citizens
    hours: Floats = citizens.plan_hours[rows].astype(np.float64)
    hours *= np.where(citizens.council_funded[rows], 1.0 - model.council.trim, 1.0)
    if model.terms.co_payment_percent == 0.0:
        return hours
    return hours * Charging(model.numbers).taken(model, rows)
