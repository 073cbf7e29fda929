"""Reablement: some weeks of help after a new loss, by a team of its own, so that people do things themselves again.

Those who can gain get it while there are places. Its hours help while it lasts; who still needs help when it ends is
put in the queue for an assessment, ahead of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Concern, Failure, Waiting
from demandsim.compiled import f4, kernel
from demandsim.processes.base import Numbers, evidence, read_rules, spare_months
from demandsim.processes.help_seeking import help_gap
from demandsim.processes.outcome_contracts import REABLEMENT, taken_on
from demandsim.processes.posts import care_staff
from demandsim.processes.prevention import older
from demandsim.processes.team import Eligibility, Floats, Mask, Rows, Slots, put_in_queue

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel

_NOTHING = np.uint8(Waiting.NOTHING)
_YEAR = 12.0


@dataclass(frozen=True, slots=True)
class Rules:
    """Whom reablement is for, and what it is."""

    least_loss: float = evidence("door.reablement_loss")
    above: float = evidence("door.reablement_above")
    months: float = evidence("door.reablement_months")
    hours: float = evidence("door.reablement_hours")
    cost: float = evidence("door.reablement_cost")
    afterwards: float = evidence("door.after_reablement")
    assess_gap: float = evidence("door.assess_gap")
    low: float = evidence("need.threshold_low")
    high: float = evidence("need.threshold_high")


@kernel
def _can_gain(
    rows: Rows,
    seen: Floats,
    pressing: Mask,
    council_funded: NDArray[np.bool_],
    reablement: NDArray[np.uint8],
    recent_loss: NDArray[np.float32],
    least_loss: np.float32,
    least: float,
    most: float,
    found: Rows,
) -> int:
    """List, as places in ``rows``, those whom reablement could help: new loss, and need between bounds or pressing."""
    count = 0
    for k in range(rows.size):
        i = rows[k]
        new = (not council_funded[i]) & (reablement[i] == 0) & (recent_loss[i] > least_loss)
        found[count] = k
        count += int(new & (((seen[k] >= least) & (seen[k] <= most)) | pressing[k]))
    return count


@kernel
def _count_off(
    known: Rows,
    reablement: NDArray[np.uint8],
    reablement_hours: NDArray[np.float32],
    limitation: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbours: NDArray[np.float32],
    paid: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    able_from: np.float32,
    gap_from: float,
    oldest_refused: float,
    month: int,
    waiting: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    urgent: NDArray[np.bool_],
) -> None:
    """Take a month off reablement; whom its end leaves with need is put in the queue, unless known there already.

    Nobody is who is too young for long-term support by this road: below ``oldest_refused``, in months.
    """
    for i in known:
        if reablement[i] == 0:
            continue
        reablement[i] -= np.uint8(1)
        if reablement[i] > 0:
            continue
        reablement_hours[i] = f4(0)
        gap = np.float64(help_gap(hands_on[i], kin[i], neighbours[i], paid[i], f4(0)))
        needy = (limitation[i] >= able_from) & (gap > gap_from)
        needy = needy and np.float64(age_months[i]) >= oldest_refused
        if needy and not council_funded[i] and waiting[i] == _NOTHING:
            put_in_queue(i, np.bool_(True), month, waiting, waiting_since, urgent)


class Reablement:
    """The reablement service's rules and places.

    Attributes:
        rules: Whom reablement is for, and what it is.
        places: Places that are left.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.places = Slots()
        self._staff = care_staff(numbers)

    def open(self, model: DemandModel) -> None:
        """Open as many of the month's places as there is staff for."""
        service, staff = model.services["reablement"], self._staff
        bought, people = model.practice.reablement_places, older(model)
        there = staff.open(bought)
        # Who starts in a month has hours every week for some months: so many have them at a time.
        hours = self.rules.hours * self.rules.months
        service.vacancy, service.hired_hours = staff.vacancy, staff.growth / _YEAR * people * hours
        self.places.open(bought / _YEAR * people * there, spare_months(model.scale))

    def end(self, model: DemandModel, known: Rows, eligibility: Eligibility) -> None:
        """Count a month off; who still needs help at the end is assessed first.

        Args:
            model: The model.
            known: Rows among which everybody with reablement is.
            eligibility: Who is eligible for long-term support.
        """
        citizens, rules = model.citizens, self.rules
        _count_off(
            known,
            citizens.reablement,
            citizens.reablement_hours,
            citizens.limitation,
            citizens.hands_on,
            citizens.kin_hours,
            citizens.neighbour_hours,
            citizens.paid_hours,
            citizens.council_funded,
            citizens.age_months,
            f4(eligibility.threshold(model) - rules.afterwards),
            rules.assess_gap,
            eligibility.from_months(model),
            model.month,
            citizens.waiting,
            citizens.waiting_since,
            citizens.urgent,
        )

    def give(self, model: DemandModel, rows: Rows, seen: Floats, pressing: Mask) -> Mask:
        """Give reablement to those who can gain, while there are places: crises first, then by need as seen.

        Args:
            model: The model.
            rows: Who is served at the front door.
            seen: Their limitation as staff see it.
            pressing: Who is in a crisis or comes from hospital.

        Returns:
            Who gets it.
        """
        citizens, rules = model.citizens, self.rules
        found = np.empty(rows.size + 1, dtype=np.int64)
        count = _can_gain(
            rows,
            seen,
            pressing,
            citizens.council_funded,
            citizens.reablement,
            citizens.recent_loss,
            f4(rules.least_loss),
            rules.low,
            rules.high + rules.above,
            found,
        )
        chosen = self._first(model, rows, found[:count], seen, pressing) if count else found[:0]
        reabled = np.zeros(rows.size, dtype=np.bool_)
        reabled[chosen] = True
        started = rows[chosen]
        _begin(citizens, started, int(rules.months), rules.hours, model.month)
        service = model.services["reablement"]
        service.capacity, service.used = self.places.left + started.size, float(started.size)
        model.ledger.people("reablement_starts", citizens.cell[started])
        model.ledger.cost("reablement", "council", started.size * rules.cost)
        return reabled

    def _first(self, model: DemandModel, rows: Rows, found: Rows, seen: Floats, pressing: Mask) -> Rows:
        """Those among the people found, as places in ``rows``, for whom there are places; providers may choose."""
        found = found[taken_on(model, rows[found], REABLEMENT)]
        order = found[np.lexsort((model.citizens.uid[rows[found]], -seen[found], ~pressing[found]))]
        return order[: self.places.take(order.size)]


def _begin(citizens: Citizens, rows: Rows, months: int, hours: float, month: int) -> None:
    """Begin reablement: the concern is settled, and the person remembers."""
    if not rows.size:
        return
    citizens.reablement[rows] = months
    citizens.reablement_hours[rows] = hours
    citizens.concern[rows] = Concern.NONE
    citizens.asked_in_vain[rows] = False
    citizens.failed_by[rows] = Failure.NONE
    citizens.helped_month[rows] = month
