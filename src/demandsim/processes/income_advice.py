"""Income advice: people are helped to benefits that they are entitled to and do not claim.

How many miss out depends on income. Advisers find them one after another, as far as their hours go; they must be hired
first. The money comes from central government and stays with the person. What it does to them acts elsewhere, on
frailty and life satisfaction, and may be nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.services import Service
from demandsim.compiled import kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules, spare_months
from demandsim.processes.posts import council_staff
from demandsim.processes.shortlist import rows_with
from demandsim.processes.team import Slots

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_WEEKS = 4.345
_PER = 100_000.0
_ADULT_MONTHS = 18 * 12
_ROTA = 16


@dataclass(frozen=True)
class IncomeRules:
    """Who misses out, by fifth of income; what they gain; what advice takes."""

    lowest: float = evidence("income.missing_1")
    second: float = evidence("income.missing_2")
    third: float = evidence("income.missing_3")
    fourth: float = evidence("income.missing_4")
    highest: float = evidence("income.missing_5")
    gain: float = evidence("income.gain_week")
    adviser_hours: float = evidence("income.adviser_hours")
    adviser_cost: float = evidence("cost.income_adviser_hour")


@kernel
def _whose_turn(
    uid: NDArray[np.uint64],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    advised: NDArray[np.bool_],
    turn: np.uint64,
    rows: NDArray[np.int64],
) -> int:
    """List adults not yet helped whom advisers look at this month: one in sixteen; returns how many."""
    found = 0
    mask = np.uint64(_ROTA - 1)
    for i in range(uid.size):
        rows[found] = i
        found += int(((uid[i] & mask) == turn) & alive[i] & (age_months[i] >= _ADULT_MONTHS) & (not advised[i]))
    return found


class IncomeAdvice(Process):
    """Advisers help people to what they are entitled to, while there are places."""

    name: ClassVar[str] = "income_advice"
    reads: ClassVar[tuple[str, ...]] = ("alive", "uid", "cell", "age_months", "income_band")
    writes: ClassVar[tuple[str, ...]] = ("advised",)

    def __init__(self, numbers: Numbers) -> None:
        rules = self._rules = read_rules(IncomeRules, numbers)
        self._missing = np.array([rules.lowest, rules.second, rules.third, rules.fourth, rules.highest])
        self._slots = Slots()
        self._staff = council_staff(numbers)

    def start(self, model: DemandModel) -> None:
        """Open the service, as yet without anybody to advise."""
        model.services["income_advice"] = Service(model, name="income_advice", funder="council", unit="people/month")

    def step(self, model: DemandModel) -> None:
        """Help as many as there are places for; book advice, and what everybody helped so far receives."""
        service, rules = model.services["income_advice"], self._rules
        service.capacity = service.used = 0.0
        service.waiting = 0
        bought = model.terms.income_advice * model.council.prevention_share
        places = bought * self._staff.open(bought)
        service.vacancy = self._staff.vacancy
        if model.terms.income_advice > 0.0:
            self._advise(model, service, places)
            model.ledger.cost("income_advice", "council", service.used * rules.adviser_hours * rules.adviser_cost)
        helped = rows_with(model.citizens.advised).size
        if helped:
            pounds = helped * rules.gain * _WEEKS
            model.ledger.cost("benefits", "central", pounds)
            model.ledger.cost("benefits", "citizen", -pounds)

    def _advise(self, model: DemandModel, service: Service, places: float) -> None:
        """Find, among those whose turn it is, who misses out, and help them in a keyed order.

        Args:
            model: The place.
            service: The advice service.
            places: People whom advisers in post can help in a year, per 100,000 people.
        """
        citizens = model.citizens
        self._slots.open(places * model.base_people / _PER / 12.0, spare_months(model.scale))
        found = np.empty(citizens.size + 1, dtype=np.int64)
        turn = np.uint64(model.month % _ROTA)
        count = _whose_turn(citizens.uid, citizens.alive, citizens.age_months, citizens.advised, turn, found)
        rows = self._who_misses_out(model, found[:count])
        lot = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.BENEFITS)[:, 1]
        rows = rows[np.lexsort((citizens.uid[rows], lot))]
        service.capacity = float(self._slots.left)
        chosen = rows[: self._slots.take(rows.size)]
        citizens.advised[chosen] = True
        service.used, service.waiting = float(chosen.size), int(rows.size - chosen.size)
        model.ledger.people("people_advised", citizens.cell[chosen])

    def _who_misses_out(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some people who do not claim what their income entitles them to: a lasting draw."""
        citizens = model.citizens
        share = self._missing[citizens.income_band[rows]]
        rows, share = rows[share > 0.0], share[share > 0.0]
        missing: NDArray[np.int64] = rows[luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.BENEFITS) < share]
        return missing
