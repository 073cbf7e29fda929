"""The front door: one team's hours, the order in which they are spent, and what becomes of each contact.

The hours of the team are one pot. Crises and people coming out of hospital go first, then other contacts in a
keyed order; assessments and reviews share what is left by the work that waits. A contact becomes reablement, a
place in the queue for an assessment, or an answer at the door that fits or does not. Contacts that come back are
counted as failure demand; no rule reads that count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NEVER, NOBODY, Arrangement, Citizens, Concern, Failure, Setting, Waiting
from demandsim.agents.services import Service
from demandsim.luck import Purpose
from demandsim.processes.base import Numbers, Process, evidence, read_rules, spare_months
from demandsim.processes.digital_door import FormRules, by_form, heard_by_form, pay_licence
from demandsim.processes.failure import count_failure
from demandsim.processes.few import positions
from demandsim.processes.home_care import WEEKS
from demandsim.processes.learning import TeamTime
from demandsim.processes.open_door import OpenDoor, hear_out, refuse_by_new_rule
from demandsim.processes.outcome_contracts import REABLEMENT, taken_on
from demandsim.processes.shortlist import among, rows_with
from demandsim.processes.standing import DoorBarrier, fit_at_door
from demandsim.processes.team import (
    Eligibility,
    Floats,
    Mask,
    Rows,
    Slots,
    Team,
    gap_of,
    knowledge,
    observe,
    old_enough,
    team,
    turns,
)

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_PER = 100_000.0
_QUEUE_FORMS = 6
"""Months of the run-in in which the team's hours are left alone."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How the door works."""

    hours_start: float = evidence("door.team_hours_start")
    assessed_start: float = evidence("door.assessed_start")
    wait_target: float = evidence("door.wait_target")
    controller_most: float = evidence("door.controller_most")
    controller_gain: float = evidence("door.controller_gain")
    youngest: float = evidence("door.youngest_client")
    referral_share: float = evidence("door.referral_share")
    referral_gap: float = evidence("door.referral_gap")
    referral_loss: float = evidence("door.referral_loss")
    contact_admin: float = evidence("door.contact_admin_hours")
    chase_hours: float = evidence("door.chase_hours")
    chase_share: float = evidence("door.chase_share")
    observation_sd: float = evidence("door.observation_sd")
    reablement_loss: float = evidence("door.reablement_loss")
    reablement_above: float = evidence("door.reablement_above")
    reablement_months: float = evidence("door.reablement_months")
    reablement_hours: float = evidence("door.reablement_hours")
    reablement_cost: float = evidence("door.reablement_cost")
    after_reablement: float = evidence("door.after_reablement")
    assess_gap: float = evidence("door.assess_gap")
    low: float = evidence("need.threshold_low")
    high: float = evidence("need.threshold_high")
    screen_below: float = evidence("door.screen_below")
    screen_slope: float = evidence("door.screen_slope")
    screen_free: float = evidence("door.screen_free")
    screen_most: float = evidence("door.screen_most")
    half_hours: float = evidence("door.half_hours")
    handoff_loss: float = evidence("practice.info_loss_per_handoff")
    door_handoffs: float = evidence("door.handoff_share")
    answer_base: float = evidence("door.answer_base")
    answer_equipment: float = evidence("door.answer_equipment")
    equipment_share: float = evidence("door.equipment_share")
    equipment_cost: float = evidence("door.equipment_cost")
    team_hour: float = evidence("cost.social_worker_hour")
    price_2022_23: float = evidence("price.deflator_2022_23_to_2023_24")


class FrontDoor(Process):
    """Spend the team's hours on contacts and say what becomes of each.

    In the run-in a controller moves the team's hours, by at most a few per cent a month, towards the wait of the
    base year; then they are frozen, follow need, and change only with the practice's own lever.
    """

    name = "front_door"
    reads = (
        "alive",
        "uid",
        "age_months",
        "setting",
        "support_type",
        "cell",
        "neighbourhood",
        "quintile",
        "disadvantage",
        "limitation",
        "band",
        "dementia",
        "hands_on",
        "recent_loss",
        "admitted",
        "kin_hours",
        "neighbour_hours",
        "paid_hours",
        "care_given",
        "council_funded",
        "arrangement",
        "relationship",
        "crisis",
        "groups.neighbourhood",
        "groups.alive",
        "groups.uid",
        "groups.members",
        "groups.capacity",
    )
    writes = (
        "contacted",
        "concern",
        "asked_in_vain",
        "failed_by",
        "helped_month",
        "turned_away_month",
        "waiting",
        "waiting_since",
        "urgent",
        "reablement",
        "reablement_hours",
        "aids",
        "group",
        "groups.members",
        "arrangement",
        "arrangement_month",
        "plan_hours",
        "council_funded",
        "worker",
        "relationship",
        "review_due",
        "together",
        "trust",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.form_rules = read_rules(FormRules, numbers)
        self.learning = read_rules(TeamTime, numbers)
        self.open_door = read_rules(OpenDoor, numbers)
        self.standing = read_rules(DoorBarrier, numbers)
        self.eligibility = read_rules(Eligibility, numbers)
        self.hours_rate = self.rules.hours_start
        self._rates: list[float] = []
        self._slots = Slots()

    def start(self, model: DemandModel) -> None:
        """Open the team and the reablement service."""
        service = Team(model)
        service.assessed = self.rules.assessed_start * model.base_people_65 / _PER
        model.services["front_door"] = service
        model.services["reablement"] = Service(model, name="reablement", funder="council", unit="starts/month")

    def settled(self, model: DemandModel) -> None:
        """Freeze the team at its mean of the last year."""
        if self._rates:
            self.hours_rate = float(np.mean(self._rates[-12:]))

    def step(self, model: DemandModel) -> None:
        """Take the month's contacts in order, and answer those for whom there are hours."""
        service = team(model)
        if model.settling:
            self._control(service, model.scale)
        older = model.base_people_65 * model.need_index / _PER
        paid = self.hours_rate * older * model.practice.team_hours_ratio * (1.0 - model.council.posts_cut)
        service.open(paid * (1.0 - self.learning.share(model)))
        model.ledger.cost("assessment", "council", paid * self.rules.team_hour * self.rules.price_2022_23)
        pay_licence(self.form_rules, model)
        self._slots.open(model.practice.reablement_places / 12.0 * older, spare_months(model.scale))
        known = self._let_go(model)
        self._end_reablement(model, known)
        referred = self._referrals(model)
        contacts, chases = self._who_turns_up(model, known)
        self._count(model, contacts, chases)
        pressing = among(contacts, referred) | (model.citizens.crisis[contacts] > 0)
        form = by_form(model, contacts, pressing)
        served = self._serve(model, contacts, chases, pressing, form)
        self._refuse(model, contacts[~served], Failure.LATE)
        self._answer(model, contacts[served], pressing[served], form[served])

    # who comes

    def _control(self, service: Team, scale: float) -> None:
        """Move the team's hours a little towards the base year's wait: queue over assessments a month.

        The run-in begins with nobody waiting; hours are left alone until a queue has had time to form. The wait of
        a sample swings more, and mostly up: under the whole place's limit on a month's move its median would be
        steered to the target, not its mean. So the limit widens as chance does.
        """
        self._rates.append(self.hours_rate)
        if len(self._rates) <= _QUEUE_FORMS:
            return
        wait = service.waiting / max(service.assessed, 1e-9)
        step = self.rules.controller_gain * (wait - self.rules.wait_target)
        most = self.rules.controller_most / math.sqrt(scale)
        self.hours_rate *= 1.0 + min(max(step, -most), most)

    def _let_go(self, model: DemandModel) -> Rows:
        """Who moved to a communal home, or now has working-age support, has left every list and every visit.

        Returns:
            Rows of everyone who waits, has an arrangement or reablement: the people whom services know.
        """
        citizens = model.citizens
        known = rows_with(citizens.waiting | citizens.arrangement | citizens.reablement)
        rows = known[(citizens.setting[known] != Setting.HOME) | (citizens.support_type[known] > 0)]
        end_support(citizens, rows)
        citizens.reablement[rows] = 0
        citizens.reablement_hours[rows] = 0
        return known

    def _end_reablement(self, model: DemandModel, known: Rows) -> None:
        """Count a month off; who still needs help at the end is assessed first."""
        citizens, rules = model.citizens, self.rules
        rows = known[citizens.reablement[known] != 0]
        citizens.reablement[rows] -= np.uint8(1)
        done = rows[citizens.reablement[rows] == 0]
        citizens.reablement_hours[done] = 0
        theta = self.eligibility.threshold(model) - rules.after_reablement
        able = (citizens.limitation[done] >= theta) & (gap_of(citizens, done) > rules.assess_gap)
        new = ~citizens.council_funded[done] & (citizens.waiting[done] == Waiting.NOTHING)
        self._queue(model, done[able & new], urgent=True)

    def _referrals(self, model: DemandModel) -> Rows:
        """People out of hospital with new need whom the ward refers."""
        citizens, rules = model.citizens, self.rules
        rows: Rows = rows_with(citizens.admitted)
        lot = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.REFERRAL)
        rows = rows[lot < rules.referral_share]
        # Adults in homes of their own, without working-age long-term support.
        able = citizens.alive[rows] & (citizens.setting[rows] == Setting.HOME)
        able &= (citizens.support_type[rows] == 0) & (citizens.age_months[rows] >= 216)
        rows = rows[able & ~citizens.council_funded[rows] & (citizens.waiting[rows] == Waiting.NOTHING)]
        needy = (gap_of(citizens, rows) > rules.referral_gap) | (citizens.recent_loss[rows] > rules.referral_loss)
        rows = rows[needy]
        citizens.contacted[rows] = True
        return rows

    def _who_turns_up(self, model: DemandModel, known: Rows) -> tuple[Rows, Rows]:
        """Contacts, and chases by people who are waiting already."""
        citizens = model.citizens
        waiting = known[citizens.waiting[known] != Waiting.NOTHING]
        lot = luck.draw(model.luck_seed, citizens.uid[waiting], model.month, Purpose.CHASE)
        citizens.contacted[waiting[lot < self.rules.chase_share]] = True
        rows = rows_with(citizens.contacted)
        chasing = citizens.waiting[rows] != Waiting.NOTHING
        return rows[~chasing], rows[chasing]

    def _count(self, model: DemandModel, contacts: Rows, chases: Rows) -> None:
        """Count contacts, requests (from people without long-term support) and failure demand."""
        citizens, ledger = model.citizens, model.ledger
        ledger.people("contacts", citizens.cell[contacts])
        ledger.people("contacts", citizens.cell[chases])
        ledger.people("requests", citizens.cell[contacts[~citizens.council_funded[contacts]]])
        count_failure(model, contacts, chases)

    # who is served

    def _serve(self, model: DemandModel, contacts: Rows, chases: Rows, pressing: Mask, form: Mask) -> Mask:
        """Spend hours on contacts: crises and hospital first, then the rest and the chases in a keyed order."""
        citizens, rules = model.citizens, self.rules
        everyone = np.concatenate([contacts, chases])
        first = np.concatenate([pressing, citizens.crisis[chases] > 0])
        order = turns(model, everyone, ~first)
        talk = model.practice.door_hours + rules.contact_admin
        each = np.concatenate([np.where(form, self.form_rules.hours, talk), np.full(chases.size, rules.chase_hours)])
        hours = each[order]
        served = np.zeros(everyone.size, dtype=np.bool_)
        served[order] = team(model).take(hours)
        return served[: contacts.size]

    def _refuse(self, model: DemandModel, rows: Rows, cause: Failure | NDArray[np.uint8]) -> None:
        """No answer, or a wrong one: the person will ask again, and remembers."""
        citizens = model.citizens
        citizens.asked_in_vain[rows] = True
        citizens.failed_by[rows] = cause
        citizens.turned_away_month[rows] = model.month
        model.ledger.people("turned_away", citizens.cell[rows])

    def _satisfy(self, model: DemandModel, rows: Rows) -> None:
        """A fitting answer: the concern is settled, and the person remembers."""
        citizens = model.citizens
        citizens.concern[rows] = Concern.NONE
        citizens.asked_in_vain[rows] = False
        citizens.failed_by[rows] = Failure.NONE
        citizens.helped_month[rows] = model.month

    def _queue(self, model: DemandModel, rows: Rows, *, urgent: bool | Mask) -> None:
        citizens = model.citizens
        citizens.waiting[rows] = Waiting.ASSESSMENT
        citizens.waiting_since[rows] = model.month
        citizens.urgent[rows] = urgent

    # what becomes of a contact

    def screen(self, model: DemandModel) -> float:
        """Limitation from which a contact is put on the list: it rises with the queue (implicit rationing)."""
        rules, service = self.rules, team(model)
        wait = service.waiting / max(service.assessed, 1e-9)
        rise = min(rules.screen_slope * max(0.0, wait - rules.screen_free), rules.screen_most)
        return self.eligibility.threshold(model) - rules.screen_below + rise

    def _answer(self, model: DemandModel, rows: Rows, pressing: Mask, form: Mask) -> None:
        """The first rule that fits: reablement, the queue for an assessment, an answer at the door."""
        citizens, rules = model.citizens, self.rules
        seen = observe(model, rows, rules.observation_sd, Purpose.OBSERVED_NEED)
        taken = self._reable(model, rows, seen, pressing)
        able = ~taken & (gap_of(citizens, rows) > rules.assess_gap)
        # Nobody ages in the run-in: who is just old enough at month 0 was not yet so then.
        able &= old_enough(citizens.age_months[rows] + min(model.month, 0), rules.youngest)
        listed = able & (seen >= self.screen(model))
        self._queue(model, rows[listed], urgent=pressing[listed])
        at_door = ~taken & ~listed
        turned = able & at_door
        refuse_by_new_rule(model, rows[turned], seen[turned], self.screen(model), self.open_door.lost_refused)
        self._answer_at_door(model, rows[at_door], seen[at_door], form[at_door])

    def _reable(self, model: DemandModel, rows: Rows, seen: Floats, pressing: Mask) -> Mask:
        """Give reablement to those who can gain, while there are places: crises first, then by need as seen."""
        citizens, rules = model.citizens, self.rules
        fits = ~citizens.council_funded[rows] & (citizens.reablement[rows] == 0)
        fits &= citizens.recent_loss[rows] > rules.reablement_loss
        fits &= ((seen >= rules.low) & (seen <= rules.high + rules.reablement_above)) | pressing
        found = positions(fits)
        found = found[taken_on(model, rows[found], REABLEMENT)]
        order = found[np.lexsort((citizens.uid[rows[found]], -seen[found], ~pressing[found]))]
        chosen = order[: self._slots.take(order.size)]
        taken = np.zeros(rows.size, dtype=np.bool_)
        taken[chosen] = True
        started = rows[chosen]
        citizens.reablement[started] = int(rules.reablement_months)
        citizens.reablement_hours[started] = rules.reablement_hours
        self._satisfy(model, started)
        service = model.services["reablement"]
        service.capacity, service.used = self._slots.left + started.size, float(started.size)
        model.ledger.people("reablement_starts", citizens.cell[started])
        model.ledger.cost("reablement", "council", started.size * rules.reablement_cost)
        return taken

    def _known_at_door(self, model: DemandModel, rows: Rows, form: Mask, kept: Floats) -> tuple[Floats, Floats]:
        """Chance that staff know each person, and what it would be had nothing been lost on the way."""
        rules, service = self.rules, team(model)
        hours, handoffs = model.practice.door_hours, rules.door_handoffs * model.practice.handoffs
        known = knowledge(hours, rules.half_hours, kept, handoffs, service.mended)
        whole = knowledge(hours, rules.half_hours, kept, 0.0, service.mended)
        heard, longer = hear_out(model, rows, self.open_door)
        known[heard] = knowledge(longer, rules.half_hours, kept[heard], handoffs, service.mended)
        whole[heard] = knowledge(longer, rules.half_hours, kept[heard], 0.0, service.mended)
        by_kind = heard_by_form(self.form_rules, model, rows, form) * fit_at_door(model, rows, self.standing)
        return by_kind * known, by_kind * whole

    def _answer_at_door(self, model: DemandModel, rows: Rows, seen: Floats, form: Mask) -> None:
        """An answer fits with the chance that staff know the person, times the chance that they have what it takes."""
        citizens, rules, service = model.citizens, self.rules, team(model)
        lots = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.ANSWER)
        kept = 1.0 - rules.handoff_loss * (1.0 - citizens.relationship[rows].astype(np.float64))
        known, whole = self._known_at_door(model, rows, form, kept)
        group = self._group_with_room(model, rows)
        means, equipped = self._means(model, rows, seen, lots, group)
        fits = lots[:, 0] < known * means
        joins = fits & (citizens.concern[rows] == Concern.COMPANY) & (group >= 0)
        self._join(model, rows[joins], group[joins])
        self._equip(model, rows[equipped])
        cause = np.where(lots[:, 0] < whole * means, np.uint8(Failure.LOST), np.uint8(Failure.WRONG))
        self._refuse(model, rows[~fits], cause[~fits])
        service.cases += rows.size
        service.faults += np.count_nonzero(~fits)
        self._satisfy(model, rows[fits])

    def _means(
        self, model: DemandModel, rows: Rows, seen: Floats, lots: NDArray[np.float32], group: Rows
    ) -> tuple[Floats, Mask]:
        """The chance that staff can reach what would fit, and for whom that is low-level equipment."""
        citizens, rules, practice = model.citizens, self.rules, model.practice
        kind = citizens.concern[rows]
        menu = rules.answer_base + (1.0 - rules.answer_base) * practice.menu_share
        has_break = lots[:, 1] < practice.carer_reach_share * model.council.prevention_share
        has_break &= self._break_left(model, rows, (kind == Concern.RELIEF) & has_break)
        open_menu = (kind == Concern.INFORMATION) | ((kind == Concern.COMPANY) & (group >= 0))
        open_menu |= (kind == Concern.RELIEF) & has_break
        # Who comes without a particular worry comes for help with tasks, as those do who name it.
        small = ((kind == Concern.TASKS) | (kind == Concern.RECOVERY) | (kind == Concern.NONE)) & (seen >= rules.low)
        small &= lots[:, 2] < rules.equipment_share
        whole = kind == Concern.EQUIPMENT
        means = np.where(open_menu, menu, rules.answer_base)
        means = np.where(small, rules.answer_equipment, means)
        return np.where(whole, 1.0, means), small | whole

    def _break_left(self, model: DemandModel, rows: Rows, wanted: Mask) -> Mask:
        """For whom there is a break to be had: those who want one take what is left of this month's hours in turn."""
        service, citizens = model.services["carers_service"], model.citizens
        asking = positions(wanted)
        asking = asking[turns(model, rows[asking])]
        share = model.practice.carer_break_share * WEEKS
        hours = share * citizens.care_given[rows[asking]].astype(np.float64)
        left = np.zeros(rows.size, dtype=np.bool_)
        left[asking] = np.cumsum(hours) <= service.capacity - service.used
        return left

    def _group_with_room(self, model: DemandModel, rows: Rows) -> Rows:
        """For each person a group of their neighbourhood with room for one more, the roomiest; or nobody."""
        citizens, groups = model.citizens, model.groups
        found = np.full(rows.size, NOBODY, dtype=np.int64)
        room = positions(groups.alive & (groups.members < groups.capacity))
        if room.size == 0 or rows.size == 0:
            return found
        free = groups.capacity[room] - groups.members[room]
        best = room[np.lexsort((groups.uid[room], -free, groups.neighbourhood[room]))]
        areas, first = np.unique(groups.neighbourhood[best], return_index=True)
        place = np.minimum(np.searchsorted(areas, citizens.neighbourhood[rows]), areas.size - 1)
        here = (areas[place] == citizens.neighbourhood[rows]) & (citizens.group[rows] == NOBODY)
        return np.where(here, best[first[place]], found)

    def _join(self, model: DemandModel, rows: Rows, group: Rows) -> None:
        """Let people join while there is room, in a keyed order."""
        citizens, groups = model.citizens, model.groups
        for place in turns(model, rows):
            row, one = rows[place], group[place]
            if groups.members[one] < groups.capacity[one]:
                citizens.group[row] = one
                groups.members[one] += 1

    def _equip(self, model: DemandModel, rows: Rows) -> None:
        """Give aids to people who have none yet, whether or not they settle the concern; count low-level support."""
        citizens = model.citizens
        new = rows[~citizens.aids[rows]]
        citizens.aids[new] = True
        model.ledger.people("low_level_support", citizens.cell[rows])
        model.ledger.cost("equipment", "council", new.size * self.rules.equipment_cost)


def leave_queue(citizens: Citizens, rows: Rows) -> None:
    """Take people off whatever list they are on."""
    if not rows.size:
        return
    citizens.waiting[rows] = Waiting.NOTHING
    citizens.waiting_since[rows] = NEVER
    citizens.urgent[rows] = False


def end_support(citizens: Citizens, rows: Rows) -> None:
    """End support at home and every place on a list: after a review, a move to a home, or for a renewed person.

    A place in a home that the council pays for is left alone.
    """
    if not rows.size:
        return
    leave_queue(citizens, rows)
    citizens.arrangement[rows] = Arrangement.NONE
    citizens.arrangement_month[rows] = NEVER
    citizens.plan_hours[rows] = 0
    citizens.council_funded[rows] &= citizens.setting[rows] != Setting.HOME
    citizens.worker[rows] = NOBODY
    citizens.relationship[rows] = 0
    citizens.review_due[rows] = False
    citizens.together[rows] = False
