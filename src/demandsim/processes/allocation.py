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
from demandsim.agents.citizens import NOBODY, Arrangement, Setting, Waiting
from demandsim.compiled import kernel
from demandsim.luck import Purpose
from demandsim.processes.assessment import paid_need
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.few import positions
from demandsim.processes.front_door import end_support, leave_queue
from demandsim.processes.home_care import WEEKS, home_care, served_at_home, supported_at_home
from demandsim.processes.open_door import refuse_by_new_rule
from demandsim.processes.outcome_contracts import HOME_CARE, taken_on
from demandsim.processes.shortlist import rows_with
from demandsim.processes.team import Eligibility, Floats, Mask, Rows, gap_of, in_turn, observe, old_enough, team
from demandsim.processes.visits import VisitRules, visits_of

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True, slots=True)
class Rules:
    """How arrangements begin, are reviewed and end."""

    overtime: float = evidence("wf.overtime")
    observation_sd: float = evidence("door.assessment_sd")
    review_hours: float = evidence("plan.review_hours")
    review_first: float = evidence("plan.review_first")
    review_second: float = evidence("plan.review_second")
    review_third: float = evidence("plan.review_third")
    review_later: float = evidence("plan.review_later")
    review_step: float = evidence("plan.review_step")
    cap: float = evidence("plan.cap")
    least: float = evidence("plan.least_hours")
    private_share: float = evidence("plan.private_share")
    private_most: float = evidence("plan.private_most")
    capital_limit: float = evidence("sc.capital_limit_upper")
    assess_gap: float = evidence("door.assess_gap")
    youngest: float = evidence("door.youngest_client")
    start_share: float = evidence("plan.start_share")
    start_months: float = evidence("plan.start_months")
    start_trust: float = evidence("plan.start_trust")
    lost_ended: float = evidence("trust.lost_ended")


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
        self._opened = False

    def step(self, model: DemandModel) -> None:
        """Review what is due, start what there are hours for, and name a worker for everyone served."""
        if not self._opened:
            self._open(model)
            self._opened = True
        citizens = model.citizens
        # Nobody else has an arrangement now or gets one this month.
        known = rows_with(citizens.arrangement | citizens.waiting)
        self._review(model, known)
        self._start_packages(model, known)
        self._name_workers(model, known)
        self._mark_due(model, known)

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

    # reviews

    def _review(self, model: DemandModel, known: Rows) -> None:
        """Review arrangements that are due while the team has hours; people who pay for themselves see to it alone."""
        citizens, rules = model.citizens, self.rules
        rows = known[citizens.review_due[known]]
        rows = rows[(citizens.arrangement[rows] != Arrangement.NONE) & (citizens.support_type[rows] == 0)]
        own = ~citizens.council_funded[rows]
        by_team = in_turn(model, rows[~own], citizens.arrangement_month[rows[~own]])
        done = by_team[team(model).take(np.full(by_team.size, rules.review_hours))]
        rows = np.concatenate([done, rows[own]])
        citizens.review_due[rows] = False
        model.ledger.people("reviews", citizens.cell[done])
        self._revise(model, rows)

    def _mark_due(self, model: DemandModel, known: Rows) -> None:
        """Enter in the diary what falls due next month, and how many of the team's hours that would take."""
        citizens, rules = model.citizens, self.rules
        served = np.concatenate(supported_at_home(citizens, known))
        due = np.empty(served.size, dtype=np.bool_)
        first = (int(rules.review_first), int(rules.review_second))
        later = (int(rules.review_third), int(rules.review_later))
        _falls_due(served, citizens.arrangement_month, model.month + 1, first, later, due)
        if model.council.extra_reviews > 0:
            # A drive to review packages takes clients by lot; it costs the team's hours before it saves anything.
            lot = luck.draw(model.luck_seed, citizens.uid[served], model.month, Purpose.EXTRA_REVIEW)
            due |= (lot < model.council.extra_reviews / 12) & citizens.council_funded[served]
        citizens.review_due[served[due]] = True
        by_team = citizens.review_due[served] & citizens.council_funded[served]
        team(model).reviews_due = rules.review_hours * np.count_nonzero(by_team)

    def _revise(self, model: DemandModel, rows: Rows) -> None:
        """End what is no longer called for; move the hours of the rest half-way to what is."""
        citizens, rules = model.citizens, self.rules
        seen = observe(model, rows, rules.observation_sd, Purpose.REVIEW)
        need = paid_need(model, rows)
        private = ~citizens.council_funded[rows]
        wanted = np.where(
            private, np.minimum(rules.private_share * need, rules.private_most), np.minimum(need, rules.cap)
        )
        least = np.where(private, rules.private_share, 1.0) * rules.least
        threshold = self.eligibility.threshold(model)
        below = seen < threshold
        over = below | (wanted < least)
        breached = over & ~private & (wanted >= least) & self.eligibility.must_be_met(seen)
        model.ledger.people("statutory_breaches", citizens.cell[rows[breached]])
        lost = below & (wanted >= least) & ~private
        refuse_by_new_rule(model, rows[lost], seen[lost], threshold, rules.lost_ended)
        end_support(citizens, rows[over])
        kept, more = rows[~over], wanted[~over] - citizens.plan_hours[rows[~over]]
        refused = np.where(private[~over], 0.0, model.council.rises_refused) * np.maximum(more, 0.0)
        model.ledger.people("statutory_breaches", citizens.cell[kept[refused >= rules.least]])
        citizens.plan_hours[kept] += rules.review_step * (more - refused)

    # starts

    def _start_packages(self, model: DemandModel, known: Rows) -> None:
        """Start home care for the queue in turn, while committed hours stay within supply and overtime."""
        citizens, service, rules = model.citizens, home_care(model), self.rules
        service.capacity = rules.overtime * service.supply
        now = visits_of(self.visit_rules, model, served_at_home(citizens, known))
        service.committed = float(now.worker_hours.sum())
        queue = known[citizens.waiting[known] == Waiting.HOME_CARE]
        queue = in_turn(model, queue, ~citizens.urgent[queue], citizens.waiting_since[queue])
        hours = visits_of(self.visit_rules, model, queue).worker_hours
        ready = self._ready(model, queue)
        asked = np.where(ready, hours, 0.0)
        started = ready & (np.cumsum(asked) - asked < service.capacity - service.committed)
        rows = queue[started]
        service.committed += float(hours[started].sum())
        service.queued = float(hours[~started].sum())
        service.waiting = int(queue.size - rows.size)
        waited = (model.month - citizens.waiting_since[rows].astype(np.float64)) * WEEKS
        model.ledger.people("package_wait_weeks", citizens.cell[rows], waited)
        model.ledger.people("package_starts", citizens.cell[rows])
        leave_queue(citizens, rows)
        private = ~citizens.council_funded[rows]
        citizens.arrangement[rows] = np.where(private, np.uint8(Arrangement.PRIVATE), np.uint8(Arrangement.HOME_CARE))
        citizens.arrangement_month[rows] = model.month
        citizens.review_due[rows] = False

    @staticmethod
    def _ready(model: DemandModel, queue: Rows) -> Mask:
        """Whom providers are ready to start with: where they are paid by results not everybody the council sends."""
        citizens = model.citizens
        ready = np.ones(queue.size, dtype=np.bool_)
        sent = citizens.council_funded[queue]
        waited = model.month - citizens.waiting_since[queue[sent]].astype(np.int64)
        ready[sent] = taken_on(model, queue[sent], HOME_CARE, waited)
        return ready

    def _name_workers(self, model: DemandModel, known: Rows) -> None:
        """Name the least loaded worker for each person served without one, in a keyed order."""
        citizens, workers = model.citizens, model.workers
        served = served_at_home(citizens, known)
        alone = served[citizens.worker[served] == NOBODY]
        staff = positions(workers.alive)
        if alone.size == 0 or staff.size == 0:
            return
        alone = in_turn(model, alone)
        hours = visits_of(self.visit_rules, model, alone).worker_hours
        supply = np.maximum(workers.supply_hours[staff].astype(np.float64), 1e-3)
        load = workers.load_hours[staff] / supply
        citizens.worker[alone] = _least_loaded(staff, workers.uid[staff], load, supply, hours)


@kernel
def _falls_due(
    served: Rows,
    began: NDArray[np.int16],
    month: int,
    first: tuple[int, int],
    later: tuple[int, int],
    due: Mask,
) -> None:
    """Whose review falls due in a month: at two times after the start, then from a third on at even distances."""
    third, distance = later
    for k in range(served.size):
        elapsed = month - np.int64(began[served[k]])
        due[k] = elapsed in first or (elapsed >= third and (elapsed - third) % distance == 0)


def _least_loaded(staff: Rows, uid: np.ndarray, load: Floats, supply: Floats, hours: Floats) -> Rows:
    """Give each piece of work, in turn, to the worker with the lowest load against supply; ties by uid.

    Args:
        staff: Worker rows, shape (m,).
        uid: Their identities, shape (m,).
        load: Hours committed against supply, shape (m,).
        supply: Hours a week, shape (m,).
        hours: Hours a week of each piece, shape (n,).

    Returns:
        The worker row for each piece, shape (n,).
    """
    # Nobody beyond the first n in order can come to the top while n pieces are given out. Sorted, they are a heap.
    last = min(hours.size, staff.size) - 1
    near = positions(load <= np.partition(load, last)[last])
    first = near[np.lexsort((uid[near], load[near]))]
    heap = list(zip(load[first].tolist(), uid[first].tolist(), range(first.size), strict=True))
    staff, each = staff[first], supply[first].tolist()
    chosen = np.empty(hours.size, dtype=np.int64)
    for piece, more in enumerate(hours.tolist()):
        lowest, number, k = heap[0]
        chosen[piece] = k
        heapq.heapreplace(heap, (lowest + more / each[k], number, k))
    return staff[chosen]
