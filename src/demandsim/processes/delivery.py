"""Delivery: the month's home care and direct payments, what they meet, and what they leave between two people.

What a visit holds is told in `visits`, who is visited by whom in `home_care`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Arrangement, Citizens, SupportType, Waiting
from demandsim.compiled import f4, kernel
from demandsim.ledger import CHARGES
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.charging import Charging, asked_hours
from demandsim.processes.home_care import WEEKS, HomeCare, home_care, home_care_fee_cut, supported_at_home
from demandsim.processes.met_need import NeedRules, see_what_is_met
from demandsim.processes.telecare import visits_left
from demandsim.processes.visits import Floats, Longest, Rows, VisitRules, Visits, left_by_hospital, visits_to

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_NO_SUPPORT, _HOME_CARE = np.uint8(SupportType.NONE), np.uint8(Arrangement.HOME_CARE)
_UNCAPPED = Longest(np.inf, np.inf)

type Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """What delivery does to people, and what it costs."""

    check_worth: float = evidence("tech.check_worth")
    trust_hours: float = evidence("sb.worker_rapport_hours")
    trust_halflife: float = evidence("sb.worker_rapport_halflife_months")
    trust_skill: float = evidence("rel.skill_norm")
    trust_most: float = evidence("rel.most_in_month")
    assistant_rota: float = evidence("delivery.assistant_rota")
    direct_price: float = evidence("delivery.direct_price")
    hold_days: float = evidence("delivery.hold_days")
    micro_price: float = evidence("market.micro_price")
    private_premium: float = evidence("delivery.private_premium")
    overtime_free: float = evidence("delivery.overtime_free")
    overtime_price: float = evidence("delivery.overtime_price")


@kernel
def _turn_page(
    support_type: NDArray[np.uint8],
    paid_hours: NDArray[np.float32],
    paid_hours_before: NDArray[np.float32],
    enabling_hours: NDArray[np.float32],
) -> None:
    """Keep last month's paid hours, and begin at nothing but what working-age support gives."""
    for i in range(paid_hours.size):
        before = paid_hours[i]
        paid_hours_before[i] = before
        paid_hours[i] = before if support_type[i] != _NO_SUPPORT else f4(0)
        enabling_hours[i] = f4(0)


@kernel
def _who_comes(
    rows: Rows,
    worker: NDArray[np.int32],
    workers_skill: NDArray[np.float32],
    sick_share: NDArray[np.float32],
    usual_skill: float,
    sickness: float,
    named: float,
    missed: float,
    own_staff: float,
    skill: Floats,
    continuity: Floats,
) -> None:
    """How skilled a worker comes to each person, and in what share of visits it is the one who is named.

    Args:
        rows: Who is visited.
        worker: Row of the worker who is named for each person, below 0 for none.
        workers_skill: Skill of every worker.
        sick_share: Share of hours that every worker loses to sickness.
        usual_skill: Skill where nobody is named.
        sickness: Share of hours lost to sickness where nobody is named.
        named: Share of visits by the named worker if they are never sick and all are own staff.
        missed: Share of absences that are not covered by somebody who knows the person.
        own_staff: Share of hours that agency workers do not give.
        skill: Filled, shape of rows.
        continuity: Filled, shape of rows.
    """
    for k in range(rows.size):
        w = worker[rows[k]]
        skill[k], sick = usual_skill, sickness
        if w >= 0:
            skill[k], sick = np.float64(workers_skill[w]), np.float64(sick_share[w])
        continuity[k] = named * (1.0 - sick * missed) * own_staff


@kernel
def _visit(
    rows: Rows,
    asked: Floats,
    left: Floats,
    number: Floats,
    done: Floats,
    together: Floats,
    worker_hours: Floats,
    skill: Floats,
    worker: NDArray[np.int32],
    share: float,
    check_worth: float,
    enabling: float,
    paid_hours: NDArray[np.float32],
    enabling_hours: NDArray[np.float32],
    load_hours: NDArray[np.float32],
) -> None:
    """Give people their visits, as far as there are hours for them, and workers their load.

    Args:
        rows: Who is visited.
        asked: Need-hours a week that they ask for.
        left: Share of visits that remote checks leave.
        number: Visits a week that are made.
        done: Share of the task that gets done.
        together: Share of the enabling time that is used.
        worker_hours: Worker hours a week.
        skill: Skill of who comes.
        worker: Row of everybody's named worker.
        share: Share of the visits that there are hours for.
        check_worth: Worth of a remote check against the visit it replaces.
        enabling: Hours of enabling time in a visit, at the most.
        paid_hours: Everybody's hours of paid help; written, as the next two are.
        enabling_hours: Everybody's hours a month in which things are done together.
        load_hours: Every worker's hours.
    """
    load = np.zeros(load_hours.size)
    for k in range(rows.size):
        i = rows[k]
        paid_hours[i] = asked[k] * done[k] * share * left[k] + asked[k] * (1.0 - left[k]) * check_worth
        enabling_hours[i] = number[k] * share * WEEKS * together[k] * enabling * skill[k]
        if worker[i] >= 0:
            load[worker[i]] += worker_hours[k] * share
    for w in range(load.size):
        load_hours[w] = load[w]


@kernel
def _grow_trust(
    rows: Rows,
    number: Floats,
    rapport: Floats,
    together: Floats,
    barrier: Floats,
    skill: Floats,
    continuity: Floats,
    share: float,
    passed_on: float,
    task: float,
    enabling_share: float,
    trust_hours: float,
    trust_skill: float,
    most: float,
    halflife: float,
    relationship: NDArray[np.float32],
    grown: Floats,
    kept: Floats,
) -> None:
    """How far each relationship has grown by minutes of rapport and of working with, and what others cost it.

    Args:
        rows: Who is visited.
        number: Visits a week.
        rapport: Minutes of rapport in each.
        together: Share of the enabling time that is used.
        barrier: How much longer rapport takes.
        skill: Skill of who comes.
        continuity: Share of visits by the same worker.
        share: Share of the visits that there are hours for.
        passed_on: Share of what is lost that one worker passes on to the next.
        task: Minutes of the task.
        enabling_share: Enabling time against it.
        trust_hours: Hours in which a relationship grows.
        trust_skill: Skill with which it takes so long.
        most: Most it can grow in a month.
        halflife: Months in which half of it is lost if another comes each time.
        relationship: Everybody's relationship with their worker.
        grown: Filled with what it has grown to, shape of rows.
        kept: Filled with the binary logarithm of the share of it that is kept.
    """
    for k in range(rows.size):
        minutes = rapport[k] + together[k] * task * enabling_share
        hours = number[k] * share * WEEKS * minutes / 60.0
        gain = min(most, hours / (trust_hours * barrier[k]) * skill[k] / trust_skill)
        known = np.float64(relationship[rows[k]])
        grown[k] = known + (1.0 - known) * gain
        same = continuity[k] + passed_on * (1.0 - continuity[k])
        kept[k] = -(1.0 - same) / halflife


@kernel
def _by_payer(
    rows: Rows,
    number: Floats,
    minutes: Floats,
    share: float,
    council: Mask,
    cell: NDArray[np.uint16],
    tallies: Floats,
    clients: Rows,
    hours: Floats,
    private: Floats,
) -> tuple[int, int]:
    """Sort a month's hours by who pays, and tally them by reporting cell: the council's first, then private ones.

    Args:
        rows: Who is visited.
        number: Visits a week.
        minutes: Minutes of each.
        share: Share of them that there are hours for.
        council: Whom the council pays for.
        cell: Everybody's reporting cell.
        tallies: Filled, shape (2, cells); zero on entry.
        clients: Filled with the council's clients.
        hours: Filled with their hours.
        private: Filled with the hours of the others.

    Returns:
        How many clients of the council there are, and how many others.
    """
    paid_for, others = 0, 0
    for k in range(rows.size):
        i = rows[k]
        month = number[k] * minutes[k] / 60.0 * share * WEEKS
        if council[k]:
            tallies[0, cell[i]] += month
            clients[paid_for], hours[paid_for] = i, month
            paid_for += 1
        else:
            tallies[1, cell[i]] += month
            private[others] = month
            others += 1
    return paid_for, others


class Delivery(Process):
    """Deliver the month's home care and direct payments, and see what is left unmet.

    What workers cannot cover is undelivered for everybody alike. The relationship with the worker grows with
    minutes of rapport and of working with, never with contact as such, and is lost as others come instead.
    Reablement is its own team: its hours help while it lasts.
    """

    name = "delivery"
    reads = (
        "alive",
        "setting",
        "support_type",
        "dementia",
        "disadvantage",
        "quintile",
        "cell",
        "limitation",
        "hands_on",
        "hospital_trace",
        "earlier_stay",
        "kin_hours",
        "neighbour_hours",
        "reablement_hours",
        "arrangement",
        "plan_hours",
        "council_funded",
        "worker",
        "income_band",
        "savings",
        "waiting",
        "workers.skill",
        "workers.sick_share",
    )
    writes = (
        "paid_hours",
        "paid_hours_before",
        "unmet_hours",
        "unmet",
        "done_for",
        "enabling_hours",
        "relationship",
        "savings",
        "waiting",
        "waiting_since",
        "workers.load_hours",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.visit_rules = read_rules(VisitRules, numbers)
        self.need_rules = read_rules(NeedRules, numbers)
        self.charging = Charging(numbers)

    def start(self, model: DemandModel) -> None:
        """Open the home-care service."""
        model.services["home_care"] = HomeCare(model)

    def step(self, model: DemandModel) -> None:
        """Deliver visits and direct payments, book them, and set what is met and unmet."""
        citizens = model.citizens
        _turn_page(citizens.support_type, citizens.paid_hours, citizens.paid_hours_before, citizens.enabling_hours)
        rows, direct = supported_at_home(citizens)
        together = self._deliver_visits(model, rows)
        self._deliver_direct_payments(model, direct)
        self._count_withheld(model, np.concatenate([rows, direct]))
        see_what_is_met(self.need_rules, citizens, rows, together)

    def _deliver_visits(self, model: DemandModel, rows: Rows) -> Floats:
        """Deliver the visits there are hours for; how far people do it together with a worker."""
        citizens, workers, service = model.citizens, model.workers, home_care(model)
        asked = asked_hours(model, rows)
        left = visits_left(model, rows, self.visit_rules.replaced)
        week, barrier = visits_to(self.visit_rules, model, rows, asked * left)
        service.committed = float(week.worker_hours.sum())
        if not service.staffed:
            service.capacity = service.committed
        share = min(1.0, service.capacity / max(service.committed, 1e-9))
        service.used = share * service.committed
        made = week._replace(number=week.number * left_by_hospital(citizens, rows))
        missed = 1.0 - service.absence_cover
        skill, continuity = np.empty((2, rows.size))
        _who_comes(
            rows,
            citizens.worker,
            workers.skill,
            workers.sick_share,
            self.visit_rules.skill_base,
            service.sickness,
            model.practice.rota_share * (1.0 - service.vacancy * missed),
            missed,
            1.0 - service.agency / max(service.supply, 1e-9),
            skill,
            continuity,
        )
        _visit(
            rows,
            asked,
            left,
            made.number,
            week.done,
            week.together,
            week.worker_hours,
            skill,
            citizens.worker,
            share,
            self.rules.check_worth,
            self.visit_rules.task * self.visit_rules.enabling_share / 60.0,
            citizens.paid_hours,
            citizens.enabling_hours,
            workers.load_hours,
        )
        # What one worker knows is passed on to the next as far as providers have learnt how.
        self._grow_trust(citizens, rows, made, barrier, share, skill, continuity, service.mended)
        number, named_number = float(made.number.sum()), float((made.number * continuity).sum())
        service.others = 1.0 - named_number / number if number > 0 else 0.0
        model.ledger.total("visits", number * share * WEEKS)
        model.ledger.total("named_visits", named_number * share * WEEKS)
        paid = week._replace(number=week.number * left_by_hospital(citizens, rows, self.rules.hold_days))
        self._book_visits(model, rows, paid, share)
        return week.together

    def _grow_trust(
        self,
        citizens: Citizens,
        rows: Rows,
        week: Visits,
        barrier: Floats,
        share: float,
        skill: Floats,
        continuity: Floats,
        passed_on: float,
    ) -> None:
        """Relationship grows with rapport and with-minutes, and fades as far as other workers come instead."""
        rules = self.rules
        grown, kept = np.empty((2, rows.size))
        _grow_trust(
            rows,
            week.number,
            week.rapport,
            week.together,
            barrier,
            skill,
            continuity,
            share,
            passed_on,
            self.visit_rules.task,
            self.visit_rules.enabling_share,
            rules.trust_hours,
            rules.trust_skill,
            rules.trust_most,
            rules.trust_halflife,
            citizens.relationship,
            grown,
            kept,
        )
        citizens.relationship[rows] = grown * np.exp2(kept)

    def _book_visits(self, model: DemandModel, rows: Rows, week: Visits, share: float) -> None:
        """Book a month's visit hours to who had them and who pays for them."""
        rules, service = self.rules, home_care(model)
        over = service.committed / max(service.supply, 1e-9) if service.staffed else 1.0
        overtime = 1.0 + rules.overtime_price * max(
            0.0, min(over, service.capacity / max(service.supply, 1e-9)) - rules.overtime_free
        )
        usual = model.practice.home_care_price * overtime
        council = model.citizens.arrangement[rows] == _HOME_CARE
        private = self._book_hours(
            model, "home_care", rows, week, share, council, usual * (1.0 - home_care_fee_cut(model))
        )
        self._pay_alone(model, "home_care", rows[~council], private * usual * rules.private_premium)
        hours = float((week.number * week.minutes).sum())
        if hours > 0.0:
            service.council_part = float((week.number * week.minutes)[council].sum()) / hours

    def _deliver_direct_payments(self, model: DemandModel, rows: Rows) -> None:
        """Personal assistants follow the same rule of a visit, uncapped and without an enabling goal."""
        citizens, rules = model.citizens, self.rules
        plan = asked_hours(model, rows)
        week, barrier = visits_to(self.visit_rules, model, rows, plan, goal=0.0, longest=_UNCAPPED)
        citizens.paid_hours[rows] = plan
        skill, rota = np.empty((2, rows.size))
        skill[:], rota[:] = self.visit_rules.skill_base, rules.assistant_rota
        self._grow_trust(citizens, rows, week, barrier, 1.0, skill, rota, 0.0)
        council = citizens.council_funded[rows]
        private = self._book_hours(model, "direct_payment", rows, week, 1.0, council, rules.direct_price)
        if private.size:
            self._pay_alone(model, "micro_enterprises", rows[~council], private * rules.micro_price)

    def _pay_alone(self, model: DemandModel, service: str, rows: Rows, cost: Floats) -> None:
        """Book what people buy for themselves; those whose savings it uses up to the limit ask the council."""
        citizens, ledger = model.citizens, model.ledger
        ledger.cost(service, "citizen", float(cost.sum()))
        asking = self.charging.pay_alone(model, rows, cost)
        asking = asking[citizens.waiting[asking] == Waiting.NOTHING]
        citizens.waiting[asking], citizens.waiting_since[asking] = Waiting.ASSESSMENT, model.month
        for measure in ("contacts", "requests"):
            ledger.people(measure, citizens.cell[asking])

    def _book_hours(
        self, model: DemandModel, service: str, rows: Rows, week: Visits, share: float, council: Mask, price: float
    ) -> Floats:
        """Book a month's hours by who pays, and split the cost of the council's between it and its clients.

        Args:
            model: The model.
            service: What the hours are booked as.
            rows: Who is visited.
            week: Their visits.
            share: Share of them that there are hours for.
            council: Whom the council pays for.
            price: Pounds an hour.

        Returns:
            The hours that others pay for themselves.
        """
        ledger, tallies = model.ledger, np.zeros((2, CELLS))
        clients, hours, private = np.empty_like(rows), np.empty(rows.size), np.empty(rows.size)
        paid_for, others = _by_payer(
            rows,
            week.number,
            week.minutes,
            share,
            council,
            model.citizens.cell,
            tallies,
            clients,
            hours,
            private,
        )
        ledger.tally(f"{service}_hours", tallies[0])
        ledger.tally("private_hours", tallies[1])
        cost = hours[:paid_for] * price
        charge = self.charging.charge(model, clients[:paid_for], cost)
        charged = float(charge.sum())
        ledger.cost(service, "citizen", charged)
        ledger.total(CHARGES, charged)
        ledger.cost(service, "council", float((cost - charge).sum()))
        return private[:others]

    def _count_withheld(self, model: DemandModel, rows: Rows) -> None:
        """Count the hours of council clients' plans that the council has trimmed off them this month."""
        citizens = model.citizens
        clients = rows[citizens.council_funded[rows]]
        hours = citizens.plan_hours[clients].astype(np.float64) * model.council.trim * WEEKS
        model.ledger.people("withheld_hours", citizens.cell[clients], hours)
