"""Assessment and planning: who is eligible, what family is asked for, and what the plan buys.

The queue is served by crisis, then by date, then by a keyed draw, with its share of the hours that contacts have
left: assessments and reviews divide these by the work that waits, or no client would ever be reviewed while there is
a queue. An assessment looks at need with some error against the threshold in force; capital above the limit means
that a person buys for themselves. A plan may count on kin only up to what they have left to give, and how well it
fits depends on the time to listen and on what hand-offs lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Arrangement, Concern, Failure, Waiting
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.brokerage import BrokerRules, introduce, pay_broker, share_on_offer
from demandsim.processes.charging import means_level
from demandsim.processes.front_door import leave_queue
from demandsim.processes.home_care import WEEKS
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.micro_enterprise import micro_enterprises
from demandsim.processes.open_door import refuse_by_new_rule
from demandsim.processes.planning import Planning, made_together
from demandsim.processes.shortlist import rows_with
from demandsim.processes.team import Eligibility, Floats, Mask, Rows, in_turn, knowledge, observe, team

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_PER = 100_000.0
_SAVINGS = np.uint32(Purpose.SAVINGS)


@dataclass(frozen=True, slots=True)
class Rules:
    """How people are assessed and plans made."""

    observation_sd: float = evidence("door.assessment_sd")
    client_hours: float = evidence("door.client_hours_share")
    give_up: float = evidence("door.give_up")
    assessed_smooth: float = evidence("door.assessed_smooth")
    half_hours: float = evidence("door.half_hours")
    handoff_loss: float = evidence("practice.info_loss_per_handoff")
    aids_hours: float = evidence("need.aids_hours")
    equipment_cost: float = evidence("door.equipment_cost")
    cap: float = evidence("plan.cap")
    least: float = evidence("plan.least_hours")
    misfit: float = evidence("plan.misfit_loss")
    private_share: float = evidence("plan.private_share")
    private_most: float = evidence("plan.private_most")
    pool: float = evidence("plan.direct_pool")
    pool_more: float = evidence("plan.direct_pool_more")
    pool_share: float = evidence("plan.direct_pool_share")
    capital_limit: float = evidence("sc.capital_limit_upper")
    capital_lower: float = evidence("sc.capital_limit_lower")
    lost_refused: float = evidence("trust.lost_refused")


@dataclass(frozen=True, slots=True)
class Savings:
    """Shares of older people with capital over the upper limit, by deprivation fifth, and the middle range."""

    most_deprived: float = evidence("means.over_limit_1")
    second: float = evidence("means.over_limit_2")
    third: float = evidence("means.over_limit_3")
    fourth: float = evidence("means.over_limit_4")
    least_deprived: float = evidence("means.over_limit_5")
    between: float = evidence("means.between_limits")
    spread: float = evidence("means.spread_over_limit")


@kernel
def _give_savings(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: Rows,
    quintile: NDArray[np.uint8],
    over_limit: Floats,
    between_limits: float,
    spread: float,
    lower: float,
    upper: float,
    savings: NDArray[np.float32],
) -> None:
    """Capital by a person's rank and place in the range: over the upper limit, between the limits, or below both."""
    for i in rows:
        a, b, _, _ = uniform4(seed, uid[i], FOR_LIFE, _SAVINGS)
        rank, within = np.float64(a), np.float64(b)
        over = over_limit[quintile[i]]
        if rank < over:
            capital = upper * (1.0 + 1e-3 + spread * within / (1.05 - within))
        elif rank < over + between_limits * (1.0 - over):
            capital = lower + within * (upper - lower)
        else:
            capital = within * lower
        savings[i] = f4(capital)


class Assessment(Process):
    """Assess those whose turn it is, and turn what is found into a plan."""

    name = "assessment"
    reads = (
        "uid",
        "age_months",
        "neighbourhood",
        "quintile",
        "cell",
        "limitation",
        "hands_on",
        "kin_hours",
        "neighbour_hours",
        "arrangement",
        "relationship",
        "neighbourhood",
    )
    writes = (
        "savings",
        "waiting",
        "waiting_since",
        "urgent",
        "asked_in_vain",
        "failed_by",
        "turned_away_month",
        "helped_month",
        "concern",
        "aids",
        "kin_spare",
        "gap_fill",
        "arrangement",
        "arrangement_month",
        "plan_hours",
        "council_funded",
        "group",
        "groups.members",
        "together",
        "trust",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.planning = read_rules(Planning, numbers)
        shares = self.savings = read_rules(Savings, numbers)
        self._over_limit = np.array(
            [shares.most_deprived, shares.second, shares.third, shares.fourth, shares.least_deprived]
        )
        self.broker = read_rules(BrokerRules, numbers)
        self.eligibility = read_rules(Eligibility, numbers)
        self._pool_left = 0.0

    def welcome(self, model: DemandModel, rows: Rows) -> None:
        """Draw the capital, other than the home, that a person has in later life: by deprivation fifth alone."""
        citizens, shares, rules = model.citizens, self.savings, self.rules
        _give_savings(
            model.luck_seed,
            citizens.uid,
            rows,
            citizens.quintile,
            self._over_limit,
            shares.between,
            shares.spread,
            rules.capital_lower,
            rules.capital_limit,
            citizens.savings,
        )

    def start(self, model: DemandModel) -> None:
        """Open assessment, which the front-door team does, and the direct-payment pool."""
        model.services["assessment"] = Service(model, name="assessment", funder="council", unit="h/month")
        model.services["direct_payments"] = Service(model, name="direct_payments", funder="council", unit="h/week")

    def step(self, model: DemandModel) -> None:
        """Let some give up waiting, assess the others in turn while hours last, and plan."""
        citizens = model.citizens
        self._open_pool(model)
        waiting = rows_with(citizens.waiting)
        queue = self._stay(model, waiting[citizens.waiting[waiting] == Waiting.ASSESSMENT])
        queue = in_turn(model, queue, ~citizens.urgent[queue], citizens.waiting_since[queue])
        known = citizens.council_funded[queue]
        hours = model.practice.assessment_hours * np.where(known, self.rules.client_hours, 1.0)
        together = made_together(model, queue, self.planning)
        hours = hours + self.planning.hours * together
        service = team(model)
        work = float(hours.sum())
        share = work / max(work + service.reviews_due, 1e-9)
        left = service.left * share
        served = service.take(hours, must=citizens.urgent[queue], share=share)
        rows = queue[served]
        self._show(model, left, float(hours[served].sum()), queue.size - rows.size)
        waited = (model.month - citizens.waiting_since[rows].astype(np.float64) + 0.5) * WEEKS
        model.ledger.people("assessment_wait_weeks", citizens.cell[rows], waited)
        model.ledger.people("assessments", citizens.cell[rows])
        for months, number in enumerate(np.bincount(model.month - citizens.waiting_since[rows].astype(np.int64))):
            model.ledger.total(f"assessed_after_{months}", float(number))
        leave_queue(citizens, rows)
        self._decide(model, rows, together[served])
        smooth = self.rules.assessed_smooth
        service.assessed = smooth * service.assessed + (1.0 - smooth) * rows.size
        service.waiting = queue.size - rows.size

    def _show(self, model: DemandModel, hours: float, used: float, waiting: int) -> None:
        """Show on the service what assessments could take of the team's hours and took; crises may take more."""
        service = model.services["assessment"]
        service.used, service.waiting = used, waiting
        service.capacity = max(hours, used)

    def _open_pool(self, model: DemandModel) -> None:
        """This month's new hours of personal assistants: they grow with need, and with how widely they are offered.

        Of hours that nobody took, a month's worth of the whole place is kept, in a sample too: an arrangement takes
        as many hours of a sample, so less than that would be lost to chance and not to want of wishes.
        """
        rules = self.rules
        more = rules.pool_more * max(0.0, share_on_offer(self.broker, model.practice) - rules.pool_share)
        new = (rules.pool + more) * model.base_people_65 * model.need_index / _PER
        self._pool_left = min(self._pool_left, new / model.scale) + new
        service = model.services["direct_payments"]
        service.capacity, service.used = max(self._pool_left, 0.0), 0.0

    def _stay(self, model: DemandModel, queue: Rows) -> Rows:
        """Let some of those who are not in a crisis give up waiting; the rows of those who stay."""
        citizens = model.citizens
        lot = luck.draw(model.luck_seed, citizens.uid[queue], model.month, Purpose.GIVE_UP)
        leaves = (lot < self.rules.give_up) & ~citizens.urgent[queue]
        gone = queue[leaves]
        leave_queue(citizens, gone)
        citizens.asked_in_vain[gone] = True
        citizens.failed_by[gone] = Failure.LATE
        return queue[~leaves]

    def _decide(self, model: DemandModel, rows: Rows, together: Mask) -> None:
        """Who is eligible, who pays for themselves, and what is planned."""
        citizens = model.citizens
        seen = observe(model, rows, self.rules.observation_sd, Purpose.ASSESSED_NEED)
        threshold = self.eligibility.threshold(model)
        eligible = seen >= threshold
        refused = rows[~eligible]
        breached = rows[~eligible & self.eligibility.must_be_met(seen)]
        model.ledger.people("statutory_breaches", citizens.cell[breached])
        refuse_by_new_rule(model, refused, seen[~eligible], threshold, self.rules.lost_refused)
        citizens.asked_in_vain[refused] = True
        citizens.failed_by[refused] = Failure.WRONG
        citizens.turned_away_month[refused] = model.month
        model.ledger.people("turned_away", citizens.cell[refused])
        rows, together = rows[eligible], together[eligible]
        need = self._equip(model, rows)
        buys = (citizens.savings[rows] > self.rules.capital_limit * means_level(model)) & ~citizens.council_funded[rows]
        self._buy_privately(model, rows[buys], need[buys])
        self._plan(model, rows[~buys], need[~buys], together[~buys])

    def _equip(self, model: DemandModel, rows: Rows) -> Floats:
        """Give aids to those who have none, and say what need that leaves for paid help or more from kin."""
        citizens = model.citizens
        bare = ~citizens.aids[rows]
        # Hands-on need was measured earlier in the month: what new aids will take off it counts in the plan at once.
        saved = np.where(bare, self.rules.aids_hours, 0.0) * citizens.hands_on[rows]
        citizens.aids[rows] = True
        model.ledger.cost("equipment", "council", np.count_nonzero(bare) * self.rules.equipment_cost)
        return np.maximum(paid_need(model, rows) - saved, 0.0)

    def _buy_privately(self, model: DemandModel, rows: Rows, need: Floats) -> None:
        """Buy a share of what is missing from the same workers; who buys already changes the order at once."""
        citizens, rules = model.citizens, self.rules
        hours = np.minimum(rules.private_share * need, rules.private_most)
        enough = hours >= rules.least * rules.private_share
        rows, hours = rows[enough], hours[enough]
        citizens.plan_hours[rows] = hours
        new = citizens.arrangement[rows] == Arrangement.NONE
        micro = micro_enterprises(model)
        if micro is not None:
            lot = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.DIRECT_PAYMENT)
            own = micro.take(hours, new & (lot < micro.choice), micro.self_funded)
            self._pay_directly(model, rows[own])
            new &= ~own
        self._await_workers(model, rows[new])
        self._satisfy(model, rows, np.ones(rows.size, dtype=np.bool_))

    def _plan(self, model: DemandModel, rows: Rows, need: Floats, together: Mask) -> None:
        """Ask the family, plan the rest, and see whether the plan fits."""
        citizens, rules = model.citizens, self.rules
        asked = np.minimum(model.practice.family_ask_share * citizens.kin_spare[rows].astype(np.float64), need)
        citizens.gap_fill[rows] += asked
        citizens.kin_spare[rows] -= asked
        kept = 1.0 - rules.handoff_loss * (1.0 - citizens.relationship[rows].astype(np.float64))
        service, practice = team(model), model.practice
        known = knowledge(practice.assessment_hours, rules.half_hours, kept, practice.handoffs, service.mended)
        known += self.planning.fit * together * (1.0 - known)
        fits = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.PLAN_FIT) < known
        service.cases += rows.size
        service.faults += np.count_nonzero(~fits)
        hours = np.minimum(need - asked, rules.cap) * np.where(fits, 1.0, 1.0 - rules.misfit)
        planned = hours >= rules.least
        model.ledger.people("plans", citizens.cell[rows[planned]])
        model.ledger.people("new_clients", citizens.cell[rows[planned & ~citizens.council_funded[rows]]])
        model.ledger.people("plans_together", citizens.cell[rows[planned & together]])
        citizens.together[rows[planned]] = together[planned]
        self._arrange(model, rows[planned], hours[planned])
        self._satisfy(model, rows, fits)

    def _arrange(self, model: DemandModel, rows: Rows, hours: Floats) -> None:
        """A direct payment where one is open, wanted and there are personal assistants; else home care."""
        citizens = model.citizens
        citizens.plan_hours[rows] = hours
        citizens.council_funded[rows] = True
        citizens.arrangement[rows[citizens.arrangement[rows] == Arrangement.PRIVATE]] = Arrangement.HOME_CARE
        new = citizens.arrangement[rows] == Arrangement.NONE
        lot = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.DIRECT_PAYMENT)
        wants = new & (lot < share_on_offer(self.broker, model.practice))
        direct = self._draw_on_pool(model, hours, wants)
        micro = micro_enterprises(model)
        if micro is not None:
            direct |= micro.take(hours, wants & ~direct, 1.0)
        self._pay_directly(model, rows[direct])
        self._await_workers(model, rows[new & ~direct])
        pay_broker(model, self.broker, int(np.count_nonzero(new)))
        introduce(model, self.broker, rows[new])
        in_vain = wants & ~direct & (lot >= model.practice.direct_payment_share)
        model.ledger.people("brokered_in_vain", citizens.cell[rows[in_vain]])

    def _pay_directly(self, model: DemandModel, rows: Rows) -> None:
        """Begin support by an assistant or a micro-enterprise of the person's own choice."""
        if not rows.size:
            return
        model.citizens.arrangement[rows] = Arrangement.DIRECT_PAYMENT
        model.citizens.arrangement_month[rows] = model.month

    def _draw_on_pool(self, model: DemandModel, hours: Floats, wanted: Mask) -> Mask:
        """Take new hours of personal assistants in the order given, while any are left."""
        ask = np.where(wanted, hours, 0.0)
        served = wanted & (np.cumsum(ask) - ask < self._pool_left)
        used = float(ask[served].sum())
        self._pool_left -= used
        service = model.services["direct_payments"]
        service.used = min(service.capacity, used)
        return served

    def _await_workers(self, model: DemandModel, rows: Rows) -> None:
        if not rows.size:
            return
        citizens = model.citizens
        citizens.waiting[rows] = Waiting.HOME_CARE
        citizens.waiting_since[rows] = model.month

    def _satisfy(self, model: DemandModel, rows: Rows, fits: Mask) -> None:
        """A plan helps; where it misses, the concern stays."""
        citizens = model.citizens
        citizens.helped_month[rows] = model.month
        citizens.concern[rows[fits]] = Concern.NONE
        citizens.asked_in_vain[rows] = False
        citizens.failed_by[rows] = Failure.NONE


def paid_need(model: DemandModel, rows: Rows) -> Floats:
    """Hands-on hours a week that kin and neighbours leave: what paid help is there for."""
    citizens = model.citizens
    needed = np.empty(rows.size)
    _needs(rows, citizens.hands_on, citizens.kin_hours, citizens.neighbour_hours, needed)
    return needed


@kernel
def _needs(
    rows: Rows,
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbours: NDArray[np.float32],
    needed: Floats,
) -> None:
    for k in range(rows.size):
        i = rows[k]
        needed[k] = np.float64(max(hands_on[i] - kin[i] - neighbours[i], f4(0.0)))
