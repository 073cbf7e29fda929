"""Allocation: who is served from workers' hours, who waits, and when arrangements are reviewed or end.

Existing clients come first. The queue is served by crisis, then date, then a keyed draw, while the hours committed
stay within what workers have, overtime included; the rest wait. Reviews come early and then yearly: many recover,
and without a review nobody would look.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import NOBODY, Arrangement, Setting, SupportType, Waiting
from demandsim.compiled import kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.few import positions
from demandsim.processes.front_door import off_the_list
from demandsim.processes.home_care import WEEKS, home_care, served_at_home
from demandsim.processes.outcome_contracts import HOME_CARE, contracts_in_force, taken_on
from demandsim.processes.plans import paid_need
from demandsim.processes.reviews import Reviews
from demandsim.processes.shortlist import rows_with
from demandsim.processes.team import Eligibility, Floats, Mask, Rows, gap_of, in_turn, old_enough
from demandsim.processes.visits import VisitRules, visits_of

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_HOME_CARE = np.uint8(Arrangement.HOME_CARE)
_PRIVATE, _NO_SUPPORT = np.uint8(Arrangement.PRIVATE), np.uint8(SupportType.NONE)
_HOME_CARE_LIST = np.uint8(Waiting.HOME_CARE)


@dataclass(frozen=True, slots=True)
class Rules:
    """How arrangements begin, are reviewed and end."""

    overtime: float = evidence("wf.overtime")
    cap: float = evidence("plan.cap")
    private_share: float = evidence("plan.private_share")
    private_most: float = evidence("plan.private_most")
    capital_limit: float = evidence("sc.capital_limit_upper")
    assess_gap: float = evidence("door.assess_gap")
    youngest: float = evidence("door.youngest_client")
    start_share: float = evidence("plan.start_share")
    start_months: float = evidence("plan.start_months")
    start_trust: float = evidence("plan.start_trust")


class Allocation(Process):
    """Review, start and staff arrangements at home."""

    name = "allocation"
    reads = (
        "alive",
        "uid",
        "age_months",
        "setting",
        "support_type",
        "cell",
        "band",
        "dementia",
        "disadvantage",
        "quintile",
        "limitation",
        "recent_loss",
        "hands_on",
        "kin_hours",
        "neighbour_hours",
        "paid_hours",
        "reablement_hours",
        "savings",
        "income_band",
        "workers.alive",
        "workers.uid",
        "workers.supply_hours",
        "workers.load_hours",
    )
    writes = (
        "arrangement",
        "arrangement_month",
        "plan_hours",
        "council_funded",
        "worker",
        "relationship",
        "review_due",
        "waiting",
        "waiting_since",
        "urgent",
        "together",
        "trust",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.visit_rules = read_rules(VisitRules, numbers)
        self.eligibility = read_rules(Eligibility, numbers)
        self.reviews = Reviews(numbers)
        self._opened = False

    def step(self, model: DemandModel) -> None:
        """Review what is due, start what there are hours for, and name a worker for everyone served."""
        if not self._opened:
            self._open(model)
            self._opened = True
        citizens = model.citizens
        # Nobody else has an arrangement now or gets one this month.
        known = rows_with(citizens.arrangement | citizens.waiting)
        self.reviews.hold(model, known)
        self._start_packages(model, known)
        self._name_workers(model, known)
        self.reviews.mark_due(model, known)

    # the first month of the run-in

    def _open(self, model: DemandModel) -> None:
        """Put arrangements near their settled stock, so that the run-in starts with staff and clients to match."""
        citizens, rules = model.citizens, self.rules
        able = citizens.alive & (citizens.setting == Setting.HOME) & (citizens.support_type == 0)
        able &= citizens.arrangement == Arrangement.NONE
        # Arrangements that are there already rest on lasting need, not on what is mending.
        able &= citizens.limitation - citizens.recent_loss > self.eligibility.threshold(model)
        rows = positions(able)
        lots = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.ARRANGEMENT_START)
        began = model.month - 1 - (lots[:, 1] * np.float32(rules.start_months)).astype(np.int64)
        chosen = (gap_of(citizens, rows) > rules.assess_gap) & (lots[:, 0] < rules.start_share)
        chosen &= old_enough(citizens.age_months[rows] + began, rules.youngest)
        rows, began = rows[chosen], began[chosen]
        need = paid_need(model, rows)
        buys = citizens.savings[rows] > rules.capital_limit
        private = np.minimum(rules.private_share * need, rules.private_most)
        wants = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.DIRECT_PAYMENT)
        direct = wants < model.practice.direct_payment_share
        paid_by_council = np.where(direct, np.uint8(Arrangement.DIRECT_PAYMENT), np.uint8(Arrangement.HOME_CARE))
        citizens.arrangement[rows] = np.where(buys, np.uint8(Arrangement.PRIVATE), paid_by_council)
        citizens.council_funded[rows] = ~buys
        citizens.plan_hours[rows] = np.where(buys, private, np.minimum(need, rules.cap))
        citizens.arrangement_month[rows] = began
        citizens.relationship[rows] = rules.start_trust

    def _start_packages(self, model: DemandModel, known: Rows) -> None:
        """Start home care for the queue in turn, while committed hours stay within supply and overtime."""
        citizens, service, rules = model.citizens, home_care(model), self.rules
        service.capacity = rules.overtime * service.supply
        now = visits_of(self.visit_rules, model, served_at_home(citizens, known))
        service.committed = float(now.worker_hours.sum())
        queue = known[citizens.waiting[known] == _HOME_CARE_LIST]
        queue = in_turn(model, queue, ~citizens.urgent[queue], citizens.waiting_since[queue])
        hours = visits_of(self.visit_rules, model, queue).worker_hours
        started, tallies = np.empty(queue.size, dtype=np.bool_), np.zeros((2, CELLS))
        number = _start(
            queue,
            hours,
            self._ready(model, queue),
            service.capacity - service.committed,
            model.month,
            citizens.council_funded,
            citizens.cell,
            citizens.waiting,
            citizens.waiting_since,
            citizens.urgent,
            citizens.arrangement,
            citizens.arrangement_month,
            citizens.review_due,
            started,
            tallies,
        )
        service.committed += float(hours[started].sum())
        service.queued = float(hours[~started].sum())
        service.waiting = queue.size - number
        model.ledger.tally("package_wait_weeks", tallies[0])
        model.ledger.tally("package_starts", tallies[1])

    @staticmethod
    def _ready(model: DemandModel, queue: Rows) -> Mask:
        """Whom providers are ready to start with: where they are paid by results not everybody the council sends."""
        citizens = model.citizens
        ready = np.ones(queue.size, dtype=np.bool_)
        if contracts_in_force(model) is not None:
            sent = citizens.council_funded[queue]
            waited = model.month - citizens.waiting_since[queue[sent]].astype(np.int64)
            ready[sent] = taken_on(model, queue[sent], HOME_CARE, waited)
        return ready

    def _name_workers(self, model: DemandModel, known: Rows) -> None:
        """Name the least loaded worker for each person served without one, in a keyed order."""
        citizens, workers = model.citizens, model.workers
        alone = np.empty_like(known)
        alone = alone[: _list_alone(known, citizens.arrangement, citizens.support_type, citizens.worker, alone)]
        if alone.size == 0:
            return
        alone = in_turn(model, alone)
        hours = visits_of(self.visit_rules, model, alone).worker_hours
        _name_least_loaded(
            alone, hours, workers.alive, workers.uid, workers.supply_hours, workers.load_hours, citizens.worker
        )


@kernel
def _start(
    queue: Rows,
    hours: Floats,
    ready: Mask,
    room: float,
    month: int,
    council_funded: Mask,
    cell: NDArray[np.uint16],
    waiting: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    urgent: Mask,
    arrangement: NDArray[np.uint8],
    arrangement_month: NDArray[np.int16],
    review_due: Mask,
    started: Mask,
    tallies: Floats,
) -> int:
    """Start home care for those who are ready, in the order given, while hours are left.

    Args:
        queue: Who waits, in turn.
        hours: Worker hours a week that each would ask for.
        ready: With whom providers are ready to start.
        room: Hours a week that are left.
        month: This month.
        council_funded: Whom the council pays for.
        cell: Everybody's reporting cell.
        waiting: What everybody waits for; written, as the next five are.
        waiting_since: Since when.
        urgent: Whether it presses.
        arrangement: How support reaches everybody.
        arrangement_month: Since when.
        review_due: Whose review is due.
        started: Filled with who starts, shape of queue.
        tallies: Weeks waited and starts by reporting cell, shape (2, cells); zero on entry.

    Returns:
        How many start.
    """
    number, given = 0, 0.0
    for k in range(queue.size):
        i = queue[k]
        asked = hours[k] if ready[k] else 0.0
        given += asked
        started[k] = ready[k] & (given - asked < room)
        if started[k]:
            number += 1
            tallies[0, cell[i]] += (month - np.float64(waiting_since[i])) * WEEKS
            tallies[1, cell[i]] += 1.0
            off_the_list(i, waiting, waiting_since, urgent)
            arrangement[i] = _HOME_CARE if council_funded[i] else _PRIVATE
            arrangement_month[i] = month
            review_due[i] = False
    return number


@kernel
def _list_alone(
    known: Rows,
    arrangement: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    worker: NDArray[np.int32],
    alone: Rows,
) -> int:
    """List who is visited at home without a named worker."""
    count = 0
    for i in known:
        visited = (arrangement[i] == _HOME_CARE or arrangement[i] == _PRIVATE) and support_type[i] == _NO_SUPPORT
        if visited and worker[i] == NOBODY:
            alone[count] = i
            count += 1
    return count


@kernel
def _name_least_loaded(
    alone: Rows,
    hours: Floats,
    alive: Mask,
    uid: NDArray[np.uint64],
    supply_hours: NDArray[np.float32],
    load_hours: NDArray[np.float32],
    worker: NDArray[np.int32],
) -> None:
    """Name for each person, in turn, the worker with the lowest load against supply; ties by identity.

    Args:
        alone: Who needs a worker.
        hours: Hours a week that each asks for.
        alive: Which rows of workers are in use.
        uid: Workers' identities.
        supply_hours: Hours a week that each worker has.
        load_hours: Hours a week that each is committed to.
        worker: Everybody's named worker; written.
    """
    supply = np.maximum(supply_hours.astype(np.float64), 1e-3)
    staff = np.flatnonzero(alive)
    if staff.size == 0:
        return
    heap = [(np.float64(load_hours[w]) / supply[w], uid[w], w) for w in staff]
    heapq.heapify(heap)
    for k in range(alone.size):
        load, number, chosen = heap[0]
        worker[alone[k]] = chosen
        heapq.heapreplace(heap, (load + hours[k] / supply[chosen], number, chosen))
