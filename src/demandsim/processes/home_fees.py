"""What a care home costs whom: the means test of a home, fees, spending down, and the month's bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4
from demandsim.ledger import CHARGES
from demandsim.luck import Purpose, draw
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.charging import means_level
from demandsim.processes.few import positions, within

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

WEEKS = 365.25 / 7 / 12
"""Weeks in a month."""

_FINE = 1024.0


@dataclass(frozen=True)
class Rules:
    """Parameters of fees and of the means test, each a row of the evidence register."""

    fee_week: float = evidence("cost.carehome_week_la_older_2023_24")
    residential_ratio: float = evidence("care_home.residential_ratio")
    nursing_ratio: float = evidence("care_home.nursing_ratio")
    nursing_bands: float = evidence("care_home.nursing_bands")
    nhs_nursing_week: float = evidence("care_home.nhs_nursing_week")
    self_funder_premium: float = evidence("cost.selffunder_premium")
    upper_limit: float = evidence("sc.capital_limit_upper")
    lower_limit: float = evidence("sc.capital_limit_lower")
    tariff_per_250: float = evidence("sc.tariff_income_per_250")
    allowance_week: float = evidence("sc.pea_week_2023_24")
    income_1: float = evidence("means.income_week_1")
    income_2: float = evidence("means.income_week_2")
    income_3: float = evidence("means.income_week_3")
    income_4: float = evidence("means.income_week_4")
    income_5: float = evidence("means.income_week_5")
    attendance_allowance: float = evidence("means.attendance_allowance_week")
    home_value: float = evidence("means.home_value")
    home_value_step: float = evidence("means.home_value_step")
    home_counted: float = evidence("means.home_counted_share")


@dataclass(frozen=True, slots=True)
class Bill:
    """A week of some residents, pounds.

    Attributes:
        nursing: Who needs nursing, shape (residents,).
        own: What each pays.
        council: What the council pays for each.
        nhs: What the NHS pays for each who needs nursing.
    """

    nursing: NDArray[np.bool_]
    own: NDArray[np.float64]
    council: NDArray[np.float64]
    nhs: float


class HomeFees:
    """Who pays for residents of care homes, and how much: the council, themselves, and the NHS for nursing."""

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        self._incomes = np.array(
            [rules.income_1, rules.income_2, rules.income_3, rules.income_4, rules.income_5], dtype=np.float32
        )

    def fund(self, model: DemandModel, rows: NDArray[np.int64], partner_stays: NDArray[np.bool_]) -> None:
        """Means test of people in a home: the council pays unless capital is over the limit.

        The home counts unless a partner stays in it, and then only for some: others defer or have it disregarded.
        Where it counts it is sold.

        Args:
            model: The model.
            rows: Who moves in.
            partner_stays: Whose partner goes on living in the home they leave.
        """
        citizens = model.citizens
        capital, counts = self._counted(model, rows, partner_stays)
        citizens.savings[rows] = capital
        citizens.owner[rows] &= ~counts
        citizens.council_funded[rows] = capital <= self._upper(model)

    def fund_with_host(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Means test of people who live with a host: their own home does not count."""
        citizens = model.citizens
        citizens.council_funded[rows] = citizens.savings[rows] <= self._upper(model)

    def council_would_pay(
        self, model: DemandModel, rows: NDArray[np.int64], partner_stays: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Whom of those who ask for a place the council would pay for; nothing is sold yet."""
        capital, _ = self._counted(model, rows, partner_stays)
        would: NDArray[np.bool_] = capital <= self._upper(model)
        return would

    def _counted(
        self, model: DemandModel, rows: NDArray[np.int64], partner_stays: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The capital that the means test of a home would count, pounds, and whose own home it would count."""
        rules, citizens = self.rules, model.citizens
        luck = draw(model.luck_seed, citizens.uid[rows], 0, Purpose.HOME_FUNDER)
        poor = citizens.savings[rows] <= self._upper(model)
        counts = citizens.owner[rows] & ~partner_stays & (~poor | (luck < f4(rules.home_counted)))
        value = f4(rules.home_value) + f4(rules.home_value_step) * (citizens.quintile[rows].astype(np.float32) - f4(2))
        return citizens.savings[rows] + np.where(counts, value, f4(0)), counts

    def _upper(self, model: DemandModel) -> np.float32:
        """Capital above which a person pays for themselves, pounds in real terms."""
        return f4(self.rules.upper_limit * means_level(model))

    def _uncut(self, model: DemandModel, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Fee of each resident before any cut of the council, pounds a week, and who needs nursing."""
        rules = self.rules
        nursing = model.citizens.limitation[rows] >= f4(rules.nursing_bands)
        return rules.fee_week * np.where(nursing, rules.nursing_ratio, rules.residential_ratio), nursing

    def _incomes_of(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._incomes[model.citizens.income_band[rows]].astype(np.float64)

    def spend_down(self, model: DemandModel, rows: NDArray[np.int64], months: NDArray[np.float32]) -> None:
        """Take what people who pay for themselves spend off their savings; when these are gone the council pays.

        They are asked for the uncut fee and a premium.

        Args:
            model: The model.
            rows: Residents.
            months: How many months each of them pays for.
        """
        rules, citizens = self.rules, model.citizens
        own = positions(~citizens.council_funded[rows])
        payers = rows[own]
        uncut, _ = self._uncut(model, payers)
        income = self._incomes_of(model, payers) + rules.attendance_allowance
        net = np.maximum(uncut * rules.self_funder_premium - income, 0.0) * WEEKS
        left = citizens.savings[payers] - (net * months[own]).astype(np.float32)
        citizens.savings[payers] = np.maximum(left, f4(0))
        citizens.council_funded[payers] = left <= self._upper(model)

    def bill(self, model: DemandModel, rows: NDArray[np.int64]) -> Bill:
        """What each resident's place costs whom, by this month's fees and the means test.

        Args:
            model: The model.
            rows: Residents.
        """
        rules, citizens = self.rules, model.citizens
        uncut, nursing = self._uncut(model, rows)
        fee = uncut * (1.0 - model.council.fee_cut)
        funded = citizens.council_funded[rows]
        savings = citizens.savings[rows].astype(np.float64)
        level = means_level(model)
        tariff = np.maximum(savings - rules.lower_limit * level, 0.0) / 250 * rules.tariff_per_250
        charge = within(self._incomes_of(model, rows) + tariff - rules.allowance_week * level, 0.0, fee)
        own = np.where(funded, charge, uncut * rules.self_funder_premium)
        return Bill(nursing, own, np.where(funded, fee - charge, 0.0), rules.nhs_nursing_week)

    def book(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Book the month's fees of residents to the council, to themselves and to the NHS (nursing)."""
        ledger, bill = model.ledger, self.bill(model, rows)
        for service, these in (("residential", ~bill.nursing), ("nursing", bill.nursing)):
            ledger.cost(service, "council", _pounds(bill.council[these]) * WEEKS)
            ledger.cost(service, "citizen", _pounds(bill.own[these]) * WEEKS)
        ledger.total(CHARGES, _pounds(bill.own[model.citizens.council_funded[rows]]) * WEEKS)
        ledger.cost("nursing", "nhs", bill.nhs * WEEKS * np.count_nonzero(bill.nursing))


def _pounds(values: NDArray[np.float64]) -> float:
    """An exact sum of pounds, the same in any order."""
    return int(np.rint(values * _FINE).astype(np.int64).sum()) / _FINE
