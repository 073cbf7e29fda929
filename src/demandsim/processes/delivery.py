"""Delivery: the month's home care and direct payments, what they meet, and what they leave between two people.

What a visit holds is told in `visits`, who is visited by whom in `home_care`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Citizens, Setting, SupportType
from demandsim.compiled import f4, kernel, rule
from demandsim.ledger import CHARGES
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.charging import Charging, asked_hours
from demandsim.processes.hazards import positive
from demandsim.processes.home_care import WEEKS, HomeCare, home_care, home_care_fee_cut, supported_at_home
from demandsim.processes.standing import rapport_barrier
from demandsim.processes.telecare import visits_left
from demandsim.processes.visits import Floats, Rows, VisitRules, Visits, visits, visits_for

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_HOME = np.uint8(Setting.HOME)
_CARE_HOME = np.uint8(Setting.CARE_HOME)
_NO_SUPPORT = np.uint8(SupportType.NONE)


@dataclass(frozen=True, slots=True)
class Rules:
    """What delivery does to people, and what it costs."""

    check_worth: float = evidence("tech.check_worth")
    unmet_cut: float = evidence("need.unmet_cut")
    moderate: float = evidence("need.threshold_moderate")
    very_high: float = evidence("need.threshold_very_high")
    kin_done_for: float = evidence("delivery.kin_done_for")
    trust_hours: float = evidence("sb.worker_rapport_hours")
    trust_halflife: float = evidence("sb.worker_rapport_halflife_months")
    trust_skill: float = evidence("rel.skill_norm")
    trust_most: float = evidence("rel.most_in_month")
    assistant_rota: float = evidence("delivery.assistant_rota")
    direct_price: float = evidence("delivery.direct_price")
    micro_price: float = evidence("market.micro_price")
    private_premium: float = evidence("delivery.private_premium")
    overtime_free: float = evidence("delivery.overtime_free")
    overtime_price: float = evidence("delivery.overtime_price")


@rule
def done_for_share(
    kin: np.float32, paid: np.float32, together: np.float32, hands_on: np.float32, kin_done_for: np.float32
) -> np.float32:
    """Help that is done for a person, against all the hands-on help they need."""
    needed = max(hands_on, f4(0.1))
    by_kin = kin_done_for * min(kin / needed, f4(1))
    by_paid = (f4(1) - together) * min(paid / needed, f4(1))
    return min(by_kin + by_paid, f4(1))


@rule
def could_do(limitation: np.float32, very_high: np.float32) -> np.float32:
    """How much of it a person could do: nothing left at the very high band."""
    return min(max((very_high - limitation) / very_high, f4(0)), f4(1))


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
def _meet_need(
    alive: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    paid: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbour: NDArray[np.float32],
    reabling: NDArray[np.float32],
    limitation: NDArray[np.float32],
    cut: np.float32,
    moderate: np.float32,
    very_high: np.float32,
    kin_done_for: np.float32,
    unmet_hours: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    done_for: NDArray[np.float32],
) -> None:
    """Set what nobody meets, and what is done for people where nothing is done together: none without need.

    In a care home everything is done for people that they need help with, and nothing is left unmet.
    """
    for i in range(hands_on.size):
        needed = hands_on[i]
        at_home = alive[i] & (setting[i] == _HOME)
        family = kin[i] + neighbour[i]
        formal = paid[i] + reabling[i]
        short = positive(needed - (family + formal))
        unmet_hours[i] = short if at_home else f4(0)
        unmet[i] = at_home & (limitation[i] >= moderate) & (family + formal < cut * needed)
        share = done_for_share(family, formal, f4(0), needed, kin_done_for)
        share = share if at_home else f4(0)
        share = f4(1) if setting[i] == _CARE_HOME else share
        share = share if needed > f4(0) else f4(0)
        done_for[i] = share * could_do(limitation[i], very_high)


@kernel
def _do_together(
    rows: NDArray[np.int64],
    together: NDArray[np.float32],
    paid: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbour: NDArray[np.float32],
    reabling: NDArray[np.float32],
    limitation: NDArray[np.float32],
    done_for: NDArray[np.float32],
    very_high: np.float32,
    kin_done_for: np.float32,
) -> None:
    """Set what is done for people with whom workers do part of it together."""
    for k in range(rows.size):
        i = rows[k]
        family = kin[i] + neighbour[i]
        formal = paid[i] + reabling[i]
        share = done_for_share(family, formal, together[k], hands_on[i], kin_done_for)
        done_for[i] = share * could_do(limitation[i], very_high)


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
        "kin_hours",
        "neighbour_hours",
        "reablement_hours",
        "arrangement",
        "plan_hours",
        "council_funded",
        "worker",
        "income_band",
        "savings",
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
        "workers.load_hours",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.visit_rules = read_rules(VisitRules, numbers)
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
        self._see_what_is_met(citizens, rows, together)

    def _see_what_is_met(self, citizens: Citizens, rows: Rows, together: Floats) -> None:
        """Set what nobody meets and what is done for people; of those visited, some do it together with a worker."""
        rules = self.rules
        _meet_need(
            citizens.alive,
            citizens.setting,
            citizens.paid_hours,
            citizens.hands_on,
            citizens.kin_hours,
            citizens.neighbour_hours,
            citizens.reablement_hours,
            citizens.limitation,
            f4(rules.unmet_cut),
            f4(rules.moderate),
            f4(rules.very_high),
            f4(rules.kin_done_for),
            citizens.unmet_hours,
            citizens.unmet,
            citizens.done_for,
        )
        with_worker = (together > 0) & (citizens.hands_on[rows] > 0)
        _do_together(
            rows[with_worker],
            together[with_worker].astype(np.float32),
            citizens.paid_hours,
            citizens.hands_on,
            citizens.kin_hours,
            citizens.neighbour_hours,
            citizens.reablement_hours,
            citizens.limitation,
            citizens.done_for,
            f4(rules.very_high),
            f4(rules.kin_done_for),
        )

    def _deliver_visits(self, model: DemandModel, rows: Rows) -> Floats:
        """Deliver the visits there are hours for; how far people do it together with a worker."""
        citizens, workers, service = model.citizens, model.workers, home_care(model)
        asked = asked_hours(model, rows)
        left = visits_left(model, rows, self.visit_rules.replaced)
        barrier = rapport_barrier(model, rows, self.visit_rules)
        week = visits_for(self.visit_rules, model, rows, asked * left, barrier)
        service.committed = float(week.worker_hours.sum())
        if not service.staffed:
            service.capacity = service.committed
        share = min(1.0, service.capacity / max(service.committed, 1e-9))
        service.used = share * service.committed
        named = citizens.worker[rows]
        has_worker = named >= 0
        skill = np.where(has_worker, _of_workers(workers.skill, named), self.visit_rules.skill_base)
        enabling = self.visit_rules.task * self.visit_rules.enabling_share / 60.0
        citizens.paid_hours[rows] = asked * week.done * share * left + asked * (1.0 - left) * self.rules.check_worth
        citizens.enabling_hours[rows] = week.number * share * WEEKS * week.together * enabling * skill
        sick = np.where(has_worker, _of_workers(workers.sick_share, named), service.sickness)
        own_staff = 1.0 - service.agency / max(service.supply, 1e-9)
        missed = 1.0 - service.absence_cover
        continuity = model.practice.rota_share * (1.0 - service.vacancy * missed) * (1.0 - sick * missed) * own_staff
        # What one worker knows is passed on to the next as far as providers have learnt how.
        passed_on = continuity + service.mended * (1.0 - continuity)
        self._grow_trust(citizens, rows, week, barrier, share, passed_on, skill)
        workers.load_hours[:] = np.bincount(
            named[has_worker], weights=week.worker_hours[has_worker] * share, minlength=workers.size
        )
        number, named_number = float(week.number.sum()), float((week.number * continuity).sum())
        service.others = 1.0 - named_number / number if number > 0 else 0.0
        model.ledger.total("visits", number * share * WEEKS)
        model.ledger.total("named_visits", named_number * share * WEEKS)
        self._book_visits(model, rows, week.number * week.minutes / 60.0 * share * WEEKS)
        return week.together

    def _grow_trust(
        self,
        citizens: Citizens,
        rows: Rows,
        week: Visits,
        barrier: Floats,
        share: float,
        continuity: Floats,
        skill: Floats,
    ) -> None:
        """Relationship grows with rapport and with-minutes, and fades as far as other workers come instead."""
        rules = self.rules
        minutes = week.rapport + week.together * self.visit_rules.task * self.visit_rules.enabling_share
        hours = week.number * share * WEEKS * minutes / 60.0
        gain = np.minimum(rules.trust_most, hours / (rules.trust_hours * barrier) * skill / rules.trust_skill)
        trust = citizens.relationship[rows].astype(np.float64)
        trust += (1.0 - trust) * gain
        citizens.relationship[rows] = trust * np.exp2(-(1.0 - continuity) / rules.trust_halflife)

    def _book_visits(self, model: DemandModel, rows: Rows, hours: Floats) -> None:
        """Book a month's visit hours to who had them and who pays for them."""
        citizens, rules, service = model.citizens, self.rules, home_care(model)
        council = citizens.arrangement[rows] == Arrangement.HOME_CARE
        over = service.committed / max(service.supply, 1e-9) if service.staffed else 1.0
        overtime = 1.0 + rules.overtime_price * max(
            0.0, min(over, service.capacity / max(service.supply, 1e-9)) - rules.overtime_free
        )
        price = model.practice.home_care_price * (1.0 - home_care_fee_cut(model)) * overtime
        model.ledger.people("home_care_hours", citizens.cell[rows[council]], hours[council])
        model.ledger.people("private_hours", citizens.cell[rows[~council]], hours[~council])
        self._charge(model, "home_care", rows[council], hours[council] * price)
        model.ledger.cost("home_care", "citizen", float(hours[~council].sum()) * price * rules.private_premium)

    def _deliver_direct_payments(self, model: DemandModel, rows: Rows) -> None:
        """Personal assistants follow the same rule of a visit, uncapped and without an enabling goal."""
        citizens, rules = model.citizens, self.rules
        plan = asked_hours(model, rows)
        trust = citizens.relationship[rows].astype(np.float64)
        barrier = rapport_barrier(model, rows, self.visit_rules)
        week = visits(self.visit_rules, plan, trust, barrier, 0.0, np.inf)
        citizens.paid_hours[rows] = plan
        skill = np.full(rows.size, self.visit_rules.skill_base)
        rota = np.full(rows.size, rules.assistant_rota)
        self._grow_trust(citizens, rows, week, barrier, 1.0, rota, skill)
        hours = week.number * week.minutes / 60.0 * WEEKS
        council = citizens.council_funded[rows]
        model.ledger.people("direct_payment_hours", citizens.cell[rows[council]], hours[council])
        self._charge(model, "direct_payment", rows[council], hours[council] * rules.direct_price)
        if not council.all():
            model.ledger.people("private_hours", citizens.cell[rows[~council]], hours[~council])
            model.ledger.cost("micro_enterprises", "citizen", float(hours[~council].sum()) * rules.micro_price)

    def _charge(self, model: DemandModel, service: str, rows: Rows, cost: Floats) -> None:
        """Split a month's cost between council and client."""
        charge = self.charging.charge(model, rows, cost)
        model.ledger.cost(service, "citizen", float(charge.sum()))
        model.ledger.total(CHARGES, float(charge.sum()))
        model.ledger.cost(service, "council", float((cost - charge).sum()))

    def _count_withheld(self, model: DemandModel, rows: Rows) -> None:
        """Count the hours of council clients' plans that the council has trimmed off them this month."""
        citizens = model.citizens
        clients = rows[citizens.council_funded[rows]]
        hours = citizens.plan_hours[clients].astype(np.float64) * model.council.trim * WEEKS
        model.ledger.people("withheld_hours", citizens.cell[clients], hours)


def _of_workers(values: NDArray[np.float32], worker: NDArray[np.int32]) -> Floats:
    """A column of the named workers, 0 where there is none."""
    if values.size == 0:
        return np.zeros(worker.size)
    held: Floats = np.where(worker >= 0, values[worker], np.float32(0)).astype(np.float64)
    return held
