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
from demandsim.processes.hazards import draw2_into
from demandsim.processes.shortlist import among, rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_WEEKS = 4.345
_YEAR = 12.0
_PENSION_MONTHS = 66 * 12
_ADULT_MONTHS = 18 * 12
_ALL = 100
_WORK = np.uint32(Purpose.CARER_WORK)
_HAIR = 1.001
"""A bound is raised by so much: no rounding can then put a chance above it."""


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


@kernel
def _working_and_below(
    rows: NDArray[np.int64],
    working: NDArray[np.bool_],
    one: NDArray[np.float32],
    other: NDArray[np.float32],
    most: np.float32,
    other_most: np.float32,
    listed: NDArray[np.int64],
) -> int:
    """List those of some people who work and of whose two draws one is below its bound; returns how many."""
    found = 0
    for k in range(rows.size):
        listed[found] = rows[k]
        found += int(working[rows[k]] & ((one[k] < most) | (other[k] < other_most)))
    return found


@kernel
def _may_claim(
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    care_given: NDArray[np.float32],
    working: NDArray[np.bool_],
    work_lost: NDArray[np.uint8],
    full_hours: np.float32,
    listed: NDArray[np.int64],
) -> int:
    """List those of some carers who may have Carer's Allowance: full hours of care, of an age to work, no work."""
    found = 0
    for i in rows:
        listed[found] = i
        grown = (age_months[i] >= _ADULT_MONTHS) & (age_months[i] < _PENSION_MONTHS)
        idle = (not working[i]) | (work_lost[i] == _ALL)
        found += int(grown & idle & (care_given[i] >= full_hours))
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
        changed = self._give_up(model, self._in_doubt(model, carers))
        self._begun = True
        if not model.settling:
            lost = np.concatenate([lost, changed[~among(changed, lost)]])
            self._book(model, carers, lost[citizens.work_lost[lost] > 0])

    def _load(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How far caring gets in the way of work: 0 at a few hours, 1 at a full week of care."""
        rules = self._rules
        beyond = model.citizens.care_given[rows].astype(np.float64) - rules.from_hours
        return np.asarray(within(beyond / (rules.full_hours - rules.from_hours), 0.0, rules.most))

    def _in_doubt(self, model: DemandModel, carers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Carers in work who may give up some: of most the draws are above the greatest chance that anybody has."""
        citizens, rules = model.citizens, self._rules
        if not self._begun:
            at_work: NDArray[np.int64] = carers[citizens.working[carers]]
            return at_work
        one, other = np.empty((2, carers.size), dtype=np.float32)
        draw2_into(model.luck_seed, citizens.uid[carers], model.month_word, _WORK, one, other)
        most, other_most = (f4(_chance(annual * rules.most) * _HAIR) for annual in (rules.leave, rules.reduce))
        listed = np.empty(carers.size + 1, dtype=np.int64)
        return listed[: _working_and_below(carers, citizens.working, one, other, most, other_most, listed)]

    def _give_up(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Leave work or work less; returns who does.

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
        changed: NDArray[np.int64] = rows[fewer | gone]
        return changed

    def _come_back(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Return to work in full: sooner once caring is over."""
        citizens, rules = model.citizens, self._rules
        caring = citizens.care_given[rows] > rules.from_hours
        chance = np.where(caring, _chance(rules.back_caring), _chance(rules.back))
        lots = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.CARER_WORK)[:, 2]
        citizens.work_lost[rows[lots < chance]] = 0

    def _book(self, model: DemandModel, carers: NDArray[np.int64], lost: NDArray[np.int64]) -> None:
        """Book lost earnings and tax, and the allowance: paid by central government, received by families."""
        citizens, rules, ledger = model.citizens, self._rules, model.ledger
        parts = int(citizens.work_lost[lost].sum(dtype=np.int64)) / _ALL
        earnings = parts * rules.earnings * _WEEKS
        ledger.people("carers_work_lost", citizens.cell[lost])
        ledger.cost("lost_earnings", "family", earnings * (1.0 - rules.tax))
        ledger.cost("lost_earnings", "central", earnings * rules.tax)
        rows = np.empty(carers.size + 1, dtype=np.int64)
        rows = rows[
            : _may_claim(
                carers,
                citizens.age_months,
                citizens.care_given,
                citizens.working,
                citizens.work_lost,
                f4(rules.full_hours),
                rows,
            )
        ]
        claims = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.CARER_WORK) < rules.take_up
        pounds = int(np.count_nonzero(claims)) * rules.allowance * _WEEKS
        ledger.cost("carers_allowance", "central", pounds)
        ledger.cost("carers_allowance", "family", -pounds)


def _chance(annual: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Chance in a month of something with an annual rate: the rule of `hazards.month_chance`."""
    hazard = np.asarray(annual, dtype=np.float64) / _YEAR
    return np.asarray(hazard / (1.0 + hazard / 2.0))
