"""What a care home costs whom: the means test of a home, fees, spending down, and the month's bill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel, rule
from demandsim.ledger import CHARGES
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.charging import limits_level
from demandsim.processes.exact import FINE, fine
from demandsim.processes.savings import left_after

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

WEEKS = 365.25 / 7 / 12
"""Weeks in a month."""

_NOW = np.uint32(0)
_FUNDER = np.uint32(Purpose.HOME_FUNDER)

_Fees = tuple[np.float32, float, float]
"""Limitation from which nursing is needed; fees of a week without and with it, before any cut of the council."""


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


@rule
def _uncut(nursing: bool, fees: _Fees) -> float:
    """Fee of a resident before any cut of the council, pounds a week."""
    return fees[2] if nursing else fees[1]


@kernel
def _count_capital(
    seed: np.uint64,
    rows: NDArray[np.int64],
    partner_stays: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    owner: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    savings: NDArray[np.float32],
    upper: np.float32,
    home_counted: np.float32,
    home_value: np.float32,
    home_value_step: np.float32,
    capital: NDArray[np.float32],
    counts: NDArray[np.bool_],
) -> None:
    """The capital that the means test of a home would count, pounds, and whose own home it would count."""
    for k in range(rows.size):
        i = rows[k]
        poor = savings[i] <= upper
        counts[k] = owner[i] & ~partner_stays[k] & (~poor | (uniform(seed, uid[i], _NOW, _FUNDER) < home_counted))
        value = home_value + home_value_step * (f4(quintile[i]) - f4(2.0))
        capital[k] = savings[i] + (value if counts[k] else f4(0.0))


@kernel
def _spend_down(
    rows: NDArray[np.int64],
    months: NDArray[np.float32],
    limitation: NDArray[np.float32],
    income_band: NDArray[np.uint8],
    fees: _Fees,
    premium: float,
    incomes: NDArray[np.float32],
    allowance: float,
    upper: np.float32,
    savings: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
) -> None:
    """Take what each spends in so many months off their savings, of those who pay for themselves."""
    for k in range(rows.size):
        i = rows[k]
        if not council_funded[i]:
            fee = _uncut(limitation[i] >= fees[0], fees) * premium
            income = np.float64(incomes[income_band[i]]) + allowance
            left = left_after(savings[i], fee, income, WEEKS * np.float64(months[k]))
            savings[i] = max(left, f4(0.0))
            council_funded[i] = left <= upper


@kernel
def _bill(
    rows: NDArray[np.int64],
    limitation: NDArray[np.float32],
    income_band: NDArray[np.uint8],
    savings: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
    fees: _Fees,
    premium: float,
    fee_cut: float,
    incomes: NDArray[np.float32],
    lower_limit: float,
    tariff_per_250: float,
    allowance: float,
    nursing: NDArray[np.bool_],
    own: NDArray[np.float64],
    council: NDArray[np.float64],
) -> None:
    """What a week of each resident costs the resident and the council, pounds, and who needs nursing."""
    for k in range(rows.size):
        i = rows[k]
        nursing[k] = limitation[i] >= fees[0]
        uncut = _uncut(nursing[k], fees)
        fee = uncut * (1.0 - fee_cut)
        tariff = max(np.float64(savings[i]) - lower_limit, 0.0) / 250 * tariff_per_250
        charge = min(max(np.float64(incomes[income_band[i]]) + tariff - allowance, 0.0), fee)
        own[k] = charge if council_funded[i] else uncut * premium
        council[k] = fee - charge if council_funded[i] else 0.0


@kernel
def _add_up(
    rows: NDArray[np.int64],
    council_funded: NDArray[np.bool_],
    nursing: NDArray[np.bool_],
    own: NDArray[np.float64],
    council: NDArray[np.float64],
) -> tuple[int, int, int, int, int, int]:
    """Add up bills in 1024ths of a pound, the same in any order.

    Returns:
        The council's part without and with nursing, the residents' own without and with it, what of the latter are
        charges, and how many need nursing.
    """
    by_council, by_residents = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    charges, nursed = np.int64(0), 0
    for k in range(rows.size):
        pounds = fine(own[k])
        by_residents[np.int64(nursing[k])] += pounds
        by_council[np.int64(nursing[k])] += fine(council[k])
        charges += pounds if council_funded[rows[k]] else np.int64(0)
        nursed += int(nursing[k])
    return int(by_council[0]), int(by_council[1]), int(by_residents[0]), int(by_residents[1]), int(charges), nursed


class HomeFees:
    """Who pays for residents of care homes, and how much: the council, themselves, and the NHS for nursing."""

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        self._incomes = np.array(
            [rules.income_1, rules.income_2, rules.income_3, rules.income_4, rules.income_5], dtype=np.float32
        )
        week = rules.fee_week
        self._fees = (f4(rules.nursing_bands), week * rules.residential_ratio, week * rules.nursing_ratio)

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
        capital, counts = np.empty(rows.size, dtype=np.float32), np.empty(rows.size, dtype=np.bool_)
        _count_capital(
            model.luck_seed,
            rows,
            partner_stays,
            citizens.uid,
            citizens.owner,
            citizens.quintile,
            citizens.savings,
            self._upper(model),
            f4(rules.home_counted),
            f4(rules.home_value),
            f4(rules.home_value_step),
            capital,
            counts,
        )
        return capital, counts

    def _upper(self, model: DemandModel) -> np.float32:
        """Capital above which a person pays for themselves, pounds in real terms."""
        return f4(self.rules.upper_limit * limits_level(model))

    def spend_down(self, model: DemandModel, rows: NDArray[np.int64], months: NDArray[np.float32]) -> None:
        """Take what people who pay for themselves spend off their savings; when these are gone the council pays.

        They are asked for the uncut fee and a premium.

        Args:
            model: The model.
            rows: Residents.
            months: How many months each of them pays for.
        """
        rules, citizens = self.rules, model.citizens
        _spend_down(
            rows,
            months,
            citizens.limitation,
            citizens.income_band,
            self._fees,
            rules.self_funder_premium,
            self._incomes,
            rules.attendance_allowance,
            self._upper(model),
            citizens.savings,
            citizens.council_funded,
        )

    def bill(self, model: DemandModel, rows: NDArray[np.int64]) -> Bill:
        """What each resident's place costs whom, by this month's fees and the means test.

        Args:
            model: The model.
            rows: Residents.
        """
        rules, citizens = self.rules, model.citizens
        nursing = np.empty(rows.size, dtype=np.bool_)
        own, council = np.empty((2, rows.size), dtype=np.float64)
        _bill(
            rows,
            citizens.limitation,
            citizens.income_band,
            citizens.savings,
            citizens.council_funded,
            self._fees,
            rules.self_funder_premium,
            float(model.council.fee_cut),
            self._incomes,
            rules.lower_limit * limits_level(model),
            rules.tariff_per_250,
            rules.allowance_week,
            nursing,
            own,
            council,
        )
        return Bill(nursing, own, council, rules.nhs_nursing_week)

    def book(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Book the month's fees of residents to the council, to themselves and to the NHS (nursing)."""
        ledger, bill = model.ledger, self.bill(model, rows)
        council, council_nursing, own, own_nursing, charges, nursed = _add_up(
            rows, model.citizens.council_funded, bill.nursing, bill.own, bill.council
        )
        ledger.cost("residential", "council", council / FINE * WEEKS)
        ledger.cost("residential", "citizen", own / FINE * WEEKS)
        ledger.cost("nursing", "council", council_nursing / FINE * WEEKS)
        ledger.cost("nursing", "citizen", own_nursing / FINE * WEEKS)
        ledger.total(CHARGES, charges / FINE * WEEKS)
        ledger.cost("nursing", "nhs", bill.nhs * WEEKS * nursed)
