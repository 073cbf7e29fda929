"""Carers' work: who gives up paid work, or part of it, to care; who comes back; and what that costs whom.

The chance grows with hours of care beyond a few. Who has stopped caring comes back to work in time, and some find
another way of doing both. Earnings lost fall on the family, tax on them and Carer's Allowance on central government.
``working`` stays what age and sex make it; what caring takes from it stands in ``work_lost``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.few import within
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_WEEKS = 4.345
_YEAR = 12.0
_PENSION_MONTHS = 66 * 12
_ADULT_MONTHS = 18 * 12
_ALL = 100


@dataclass(frozen=True)
class CarerWorkRules:
    """Numbers of caring and paid work; chances are a year's."""

    leave: float = evidence("work.carer_leave")
    reduce: float = evidence("work.carer_reduce")
    reduced_by: float = evidence("work.carer_reduced_share")
    from_hours: float = evidence("work.carer_from_hours")
    full_hours: float = evidence("work.carer_full_hours")
    most: float = evidence("work.carer_most")
    back: float = evidence("work.carer_return")
    back_caring: float = evidence("work.carer_return_caring")
    earnings: float = evidence("work.week_earnings")
    tax: float = evidence("work.tax_share")
    allowance: float = evidence("carers.allowance_week_2023_24")
    take_up: float = evidence("carers.allowance_take_up")


@kernel
def _caring(hours: NDArray[np.float32], least: np.float32, rows: NDArray[np.int64]) -> int:
    """List who gives more than so many hours of care; returns how many."""
    found = 0
    for i in range(hours.size):
        rows[found] = i
        found += int(hours[i] > least)
    return found


class CarerWork(Process):
    """Carers reduce or leave paid work, and return to it."""

    name: ClassVar[str] = "carer_work"
    reads: ClassVar[tuple[str, ...]] = ("alive", "uid", "cell", "age_months", "working", "care_given")
    writes: ClassVar[tuple[str, ...]] = ("work_lost",)

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(CarerWorkRules, numbers)
        self._begun = False

    def step(self, model: DemandModel) -> None:
        """Let some carers give up work and others return; book what it costs."""
        citizens, rules = model.citizens, self._rules
        found = np.empty(citizens.size + 1, dtype=np.int64)
        carers = found[: _caring(citizens.care_given, f4(rules.from_hours), found)]
        lost = rows_with(citizens.work_lost)
        citizens.work_lost[lost[~citizens.working[lost]]] = 0
        lost = lost[citizens.work_lost[lost] > 0]
        self._come_back(model, lost)
        self._give_up(model, carers[citizens.working[carers]])
        self._begun = True
        if not model.settling:
            self._book(model, carers)

    def _load(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How far caring gets in the way of work: 0 at a few hours, 1 at a full week of care."""
        rules = self._rules
        beyond = model.citizens.care_given[rows].astype(np.float64) - rules.from_hours
        return np.asarray(within(beyond / (rules.full_hours - rules.from_hours), 0.0, rules.most))

    def _give_up(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Leave work or work less.

        In the first month of the run-in carers are as many out of work as leaving and returning will keep there.
        """
        citizens, rules = model.citizens, self._rules
        lots = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.CARER_WORK)
        leave, reduce = rules.leave * self._load(model, rows), rules.reduce * self._load(model, rows)
        if self._begun:
            leaves, less = _chance(leave), _chance(reduce)
        else:
            leaves = leave / np.maximum(leave + rules.back_caring, 1e-9)
            less = reduce / np.maximum(leave + reduce + rules.back_caring, 1e-9)
        gone = lots[:, 0] < leaves
        fewer = (lots[:, 1] < less) & ~gone & (citizens.work_lost[rows] == 0)
        citizens.work_lost[rows[fewer]] = round(_ALL * rules.reduced_by)
        citizens.work_lost[rows[gone]] = _ALL

    def _come_back(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Return to work in full: sooner once caring is over."""
        citizens, rules = model.citizens, self._rules
        caring = citizens.care_given[rows] > rules.from_hours
        chance = np.where(caring, _chance(rules.back_caring), _chance(rules.back))
        lots = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.CARER_WORK)[:, 2]
        citizens.work_lost[rows[lots < chance]] = 0

    def _book(self, model: DemandModel, carers: NDArray[np.int64]) -> None:
        """Book lost earnings and tax, and the allowance: paid by central government, received by families."""
        citizens, rules, ledger = model.citizens, self._rules, model.ledger
        lost = rows_with(citizens.work_lost)
        parts = int(citizens.work_lost[lost].sum(dtype=np.int64)) / _ALL
        earnings = parts * rules.earnings * _WEEKS
        ledger.people("carers_work_lost", citizens.cell[lost])
        ledger.cost("lost_earnings", "family", earnings * (1.0 - rules.tax))
        ledger.cost("lost_earnings", "central", earnings * rules.tax)
        grown = (citizens.age_months[carers] >= _ADULT_MONTHS) & (citizens.age_months[carers] < _PENSION_MONTHS)
        grown &= citizens.care_given[carers] >= rules.full_hours
        rows = carers[grown]
        rows = rows[~citizens.working[rows] | (citizens.work_lost[rows] == _ALL)]
        claims = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.CARER_WORK) < rules.take_up
        pounds = int(np.count_nonzero(claims)) * rules.allowance * _WEEKS
        ledger.cost("carers_allowance", "central", pounds)
        ledger.cost("carers_allowance", "family", -pounds)


def _chance(annual: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Chance in a month of something with an annual rate: the rule of `hazards.month_chance`."""
    hazard = np.asarray(annual, dtype=np.float64) / _YEAR
    return np.asarray(hazard / (1.0 + hazard / 2.0))
