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

from demandsim.agents.cells import CELLS
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform, uniform4, unit, words
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.shortlist import list_rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_WEEKS = 4.345
_YEAR = 12.0
_PENSION_MONTHS = 66 * 12
_ADULT_MONTHS = 18 * 12
_ALL = 100
_WORK, _ALLOWANCE = np.uint32(Purpose.CARER_WORK), np.uint32(Purpose.CARERS_ALLOWANCE)


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


@rule
def _chance(annual: float) -> float:
    """Chance in a month of something with an annual rate: the rule of `hazards.month_chance`."""
    hazard = annual / _YEAR
    return hazard / (1.0 + hazard / 2.0)


@kernel
def _come_back(
    seed: np.uint64,
    month: np.uint32,
    uid: NDArray[np.uint64],
    working: NDArray[np.bool_],
    care_given: NDArray[np.float32],
    from_hours: np.float32,
    back: float,
    back_caring: float,
    work_lost: NDArray[np.uint8],
) -> None:
    """Return to work in full, sooner once caring is over; whoever is no longer of working age has lost none."""
    rows = np.empty(work_lost.size + 1, dtype=np.int64)
    for k in range(list_rows(work_lost, rows)):
        i = rows[k]
        chance = _chance(back_caring if care_given[i] > from_hours else back)
        if not working[i] or np.float64(unit(words(seed, uid[i], month, _WORK)[2])) < chance:
            work_lost[i] = 0


@kernel
def _give_up(
    seed: np.uint64,
    month: np.uint32,
    carers: NDArray[np.int64],
    uid: NDArray[np.uint64],
    working: NDArray[np.bool_],
    care_given: NDArray[np.float32],
    begun: bool,
    leave: float,
    reduce: float,
    back_caring: float,
    from_hours: float,
    full_hours: float,
    most: float,
    reduced_by: np.uint8,
    work_lost: NDArray[np.uint8],
) -> None:
    """Leave work or work less, the sooner the more caring gets in the way: 0 at a few hours, 1 at a full week of care.

    Before it has begun carers are as many out of work as leaving and returning will keep there.
    """
    for i in carers:
        if not working[i]:
            continue
        beyond = np.float64(care_given[i]) - from_hours
        load = min(max(beyond / (full_hours - from_hours), 0.0), most)
        leaving, reducing = leave * load, reduce * load
        if begun:
            leaves, less = _chance(leaving), _chance(reducing)
        else:
            leaves = leaving / max(leaving + back_caring, 1e-9)
            less = reducing / max(leaving + reducing + back_caring, 1e-9)
        one, other, _, _ = uniform4(seed, uid[i], month, _WORK)
        if np.float64(one) < leaves:
            work_lost[i] = _ALL
        elif np.float64(other) < less and work_lost[i] == 0:
            work_lost[i] = reduced_by


@kernel
def _add_up_lost(work_lost: NDArray[np.uint8], cell: NDArray[np.uint16], tally: NDArray[np.float64]) -> int:
    """Tally by cell who has lost work to caring; how many hundredths of full work are lost."""
    rows = np.empty(work_lost.size + 1, dtype=np.int64)
    parts = 0
    for k in range(list_rows(work_lost, rows)):
        tally[cell[rows[k]]] += 1.0
        parts += int(work_lost[rows[k]])
    return parts


@kernel
def _claims(
    seed: np.uint64,
    carers: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    care_given: NDArray[np.float32],
    working: NDArray[np.bool_],
    work_lost: NDArray[np.uint8],
    full_hours: np.float32,
    take_up: np.float32,
) -> int:
    """How many have Carer's Allowance of those who may: full hours of care, of an age to work, no work."""
    found = 0
    for i in carers:
        grown = (age_months[i] >= _ADULT_MONTHS) & (age_months[i] < _PENSION_MONTHS)
        idle = (not working[i]) | (work_lost[i] == _ALL)
        if grown & idle & (care_given[i] >= full_hours):
            found += int(uniform(seed, uid[i], FOR_LIFE, _ALLOWANCE) < take_up)
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
        _come_back(
            model.luck_seed,
            model.month_word,
            citizens.uid,
            citizens.working,
            citizens.care_given,
            f4(rules.from_hours),
            rules.back,
            rules.back_caring,
            citizens.work_lost,
        )
        _give_up(
            model.luck_seed,
            model.month_word,
            carers,
            citizens.uid,
            citizens.working,
            citizens.care_given,
            self._begun,
            rules.leave,
            rules.reduce,
            rules.back_caring,
            rules.from_hours,
            rules.full_hours,
            rules.most,
            np.uint8(round(_ALL * rules.reduced_by)),
            citizens.work_lost,
        )
        self._begun = True
        if not model.settling:
            self._book(model, carers)

    def _book(self, model: DemandModel, carers: NDArray[np.int64]) -> None:
        """Book lost earnings and tax, and the allowance: paid by central government, received by families."""
        citizens, rules, ledger, lost = model.citizens, self._rules, model.ledger, np.zeros(CELLS)
        parts = _add_up_lost(citizens.work_lost, citizens.cell, lost) / _ALL
        earnings = parts * rules.earnings * _WEEKS
        ledger.tally("carers_work_lost", lost)
        ledger.cost("lost_earnings", "family", earnings * (1.0 - rules.tax))
        ledger.cost("lost_earnings", "central", earnings * rules.tax)
        claims = _claims(
            model.luck_seed,
            carers,
            citizens.uid,
            citizens.age_months,
            citizens.care_given,
            citizens.working,
            citizens.work_lost,
            f4(rules.full_hours),
            f4(rules.take_up),
        )
        pounds = claims * rules.allowance * _WEEKS
        ledger.cost("carers_allowance", "central", pounds)
        ledger.cost("carers_allowance", "family", -pounds)
