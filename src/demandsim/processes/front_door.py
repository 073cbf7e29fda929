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

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import NEVER, NOBODY, Arrangement, Citizens, Failure, Setting, Waiting
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform
from demandsim.processes.answers import Answers
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.digital_door import FormRules, by_form, pay_licence
from demandsim.processes.failure import count_failure
from demandsim.processes.learning import TeamTime
from demandsim.processes.posts import council_staff
from demandsim.processes.prevention import older
from demandsim.processes.shortlist import rows_with, rows_with_any
from demandsim.processes.team import Floats, Mask, Rows, Team, gap_of, team, turns
from demandsim.processes.training import TeamTraining, TrainingCost

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_PER = 100_000.0
_HOME, _NOTHING = np.uint8(Setting.HOME), np.uint8(Waiting.NOTHING)
_NO_ARRANGEMENT = np.uint8(Arrangement.NONE)
_REFERRAL, _CHASE = np.uint32(Purpose.REFERRAL), np.uint32(Purpose.CHASE)
_ADULT_MONTHS = 18 * 12
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
    referral_share: float = evidence("door.referral_share")
    referral_gap: float = evidence("door.referral_gap")
    referral_loss: float = evidence("door.referral_loss")
    contact_admin: float = evidence("door.contact_admin_hours")
    chase_hours: float = evidence("door.chase_hours")
    chase_share: float = evidence("door.chase_share")
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
        "carer_break",
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
        "carer_break",
        "relieved_hours",
        "strain",
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
        self.training = read_rules(TeamTraining, numbers)
        self.training_cost = read_rules(TrainingCost, numbers)
        self.answers = Answers(numbers)
        self.staff = council_staff(numbers)
        self.hours_rate = self.rules.hours_start
        self._rates: list[float] = []

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
        paid = self._paid_hours(model, service)
        training = self.training.share(model)
        service.open(paid * max(1.0 - self.learning.share(model) - training, 0.0))
        self.training_cost.team(model, paid * training)
        model.ledger.cost("assessment", "council", paid * self.rules.team_hour * self.rules.price_2022_23)
        pay_licence(self.form_rules, model)
        self.answers.reablement.open(model)
        known = self._let_go(model)
        self.answers.reablement.end(model, known, self.answers.eligibility)
        referred = self._referrals(model)
        everyone, first, contacts = self._who_turns_up(model, known, referred)
        self._count(model, everyone, contacts)
        pressing = first[:contacts]
        form = by_form(model, everyone[:contacts], pressing)
        served = self._serve(model, everyone, first, form)[:contacts]
        self._refuse(model, everyone[:contacts][~served])
        self.answers.answer(model, everyone[:contacts][served], pressing[served], form[served])

    def _paid_hours(self, model: DemandModel, service: Team) -> float:
        """Hours of those in post this month: a larger team must be found first, and empty posts are not paid."""
        ratio = model.practice.team_hours_ratio * (1.0 - model.council.posts_cut)
        there = self.staff.open(ratio)
        service.vacancy = self.staff.vacancy
        return self.hours_rate * older(model) * ratio * there

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
        known = rows_with_any(citizens.waiting, citizens.arrangement, citizens.reablement)
        rows = np.empty_like(known)
        rows = rows[: _list_gone(known, citizens.setting, citizens.support_type, rows)]
        if rows.size:
            end_support(citizens, rows)
            citizens.reablement[rows] = 0
            citizens.reablement_hours[rows] = 0
        return known

    def _referrals(self, model: DemandModel) -> Rows:
        """People out of hospital with new need whom the ward refers."""
        citizens, rules = model.citizens, self.rules
        rows: Rows = rows_with(citizens.admitted)
        count = _refer(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            citizens.alive,
            citizens.setting,
            citizens.support_type,
            citizens.age_months,
            citizens.council_funded,
            citizens.waiting,
            citizens.recent_loss,
            gap_of(citizens, rows),
            f4(rules.referral_share),
            rules.referral_gap,
            f4(rules.referral_loss),
            citizens.contacted,
        )
        return rows[:count]

    def _who_turns_up(self, model: DemandModel, known: Rows, referred: Rows) -> tuple[Rows, Mask, int]:
        """Who contacts the door, then who chases what they wait for already.

        Returns:
            Their rows, who of them goes first, and how many contacts stand before the chases.
        """
        citizens = model.citizens
        _chase(
            model.luck_seed,
            model.month_word,
            known,
            citizens.uid,
            citizens.waiting,
            f4(self.rules.chase_share),
            citizens.contacted,
        )
        rows = rows_with(citizens.contacted)
        everyone, first = np.empty_like(rows), np.empty(rows.size, dtype=np.bool_)
        contacts = _contacts_then_chases(rows, referred, citizens.waiting, citizens.crisis, everyone, first)
        return everyone, first, contacts

    def _count(self, model: DemandModel, everyone: Rows, contacts: int) -> None:
        """Count contacts, requests (from people without long-term support) and failure demand."""
        citizens, tallies = model.citizens, np.zeros((2, CELLS))
        _tally_contacts(everyone, contacts, citizens.cell, citizens.council_funded, tallies)
        model.ledger.tally("contacts", tallies[0])
        model.ledger.tally("requests", tallies[1])
        count_failure(model, everyone[:contacts], everyone[contacts:])

    # who is served

    def _serve(self, model: DemandModel, everyone: Rows, first: Mask, form: Mask) -> Mask:
        """Spend hours on contacts: crises and hospital first, then the rest and the chases in a keyed order.

        Args:
            model: The model.
            everyone: Who contacts the door, then who chases.
            first: Who goes first.
            form: Which contacts are answered by a form.

        Returns:
            Who is served, shape of everyone.
        """
        rules, contacts = self.rules, form.size
        order = turns(model, everyone, ~first)
        hours = np.empty(everyone.size)
        hours[:contacts] = model.practice.door_hours + rules.contact_admin
        hours[contacts:] = rules.chase_hours
        hours[:contacts][form] = self.form_rules.hours
        served = np.empty(everyone.size, dtype=np.bool_)
        served[order] = team(model).take(hours[order])
        return served

    def _refuse(self, model: DemandModel, rows: Rows) -> None:
        """No answer, for want of hours: the person will ask again, and remembers."""
        citizens = model.citizens
        citizens.asked_in_vain[rows] = True
        citizens.failed_by[rows] = Failure.LATE
        citizens.turned_away_month[rows] = model.month
        model.ledger.people("turned_away", citizens.cell[rows])


@kernel
def _list_gone(known: Rows, setting: NDArray[np.uint8], support_type: NDArray[np.uint8], gone: Rows) -> int:
    """List who of some people live at home no longer, or have working-age support."""
    count = 0
    for i in known:
        if setting[i] != _HOME or support_type[i] > 0:
            gone[count] = i
            count += 1
    return count


@kernel
def _refer(
    seed: np.uint64,
    month: np.uint32,
    rows: Rows,
    uid: NDArray[np.uint64],
    alive: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    council_funded: NDArray[np.bool_],
    waiting: NDArray[np.uint8],
    recent_loss: NDArray[np.float32],
    gap: Floats,
    share: np.float32,
    gap_from: float,
    loss_from: np.float32,
    contacted: NDArray[np.bool_],
) -> int:
    """Keep of those admitted whom the ward refers: adults with new need in homes of their own, whom nobody knows.

    Returns:
        How many; they stand first in ``rows`` then.
    """
    count = 0
    for k in range(rows.size):
        i = rows[k]
        able = alive[i] & (setting[i] == _HOME) & (support_type[i] == 0) & (age_months[i] >= _ADULT_MONTHS)
        able &= (not council_funded[i]) & (waiting[i] == _NOTHING)
        able &= (gap[k] > gap_from) | (recent_loss[i] > loss_from)
        if able and uniform(seed, uid[i], month, _REFERRAL) < share:
            contacted[i] = True
            rows[count] = i
            count += 1
    return count


@kernel
def _chase(
    seed: np.uint64,
    month: np.uint32,
    known: Rows,
    uid: NDArray[np.uint64],
    waiting: NDArray[np.uint8],
    share: np.float32,
    contacted: NDArray[np.bool_],
) -> None:
    """Let a share of those who wait ask after it."""
    for i in known:
        if waiting[i] != _NOTHING and uniform(seed, uid[i], month, _CHASE) < share:
            contacted[i] = True


@kernel
def _contacts_then_chases(
    rows: Rows,
    referred: Rows,
    waiting: NDArray[np.uint8],
    crisis: NDArray[np.uint8],
    everyone: Rows,
    first: Mask,
) -> int:
    """Put those who wait for something behind those who do not, and mark who is in a crisis or referred by a ward.

    Args:
        rows: Who asks, ascending.
        referred: Who of them is referred, ascending; they wait for nothing.
        waiting: What everybody waits for.
        crisis: Months of crisis that everybody has left.
        everyone: Filled with the rows in their new order.
        first: Filled with the marks.

    Returns:
        How many wait for nothing.
    """
    contacts, met = 0, 0
    for i in rows:
        if waiting[i] == _NOTHING:
            from_ward = met < referred.size and referred[met] == i
            met += int(from_ward)
            everyone[contacts] = i
            first[contacts] = from_ward or crisis[i] > 0
            contacts += 1
    chases = contacts
    for i in rows:
        if waiting[i] != _NOTHING:
            everyone[chases] = i
            first[chases] = crisis[i] > 0
            chases += 1
    return contacts


@kernel
def _tally_contacts(
    everyone: Rows, contacts: int, cell: NDArray[np.uint16], council_funded: NDArray[np.bool_], tallies: Floats
) -> None:
    """Count by reporting cell who asks, and those of the contacts that are from people without support."""
    for k in range(everyone.size):
        i = everyone[k]
        tallies[0, cell[i]] += 1.0
        if k < contacts and not council_funded[i]:
            tallies[1, cell[i]] += 1.0


@rule
def off_the_list(
    i: np.int64, waiting: NDArray[np.uint8], waiting_since: NDArray[np.int16], urgent: NDArray[np.bool_]
) -> None:
    """Take one person off whatever list they are on."""
    waiting[i] = _NOTHING
    waiting_since[i] = NEVER
    urgent[i] = False


@kernel
def _end_support(
    rows: Rows,
    setting: NDArray[np.uint8],
    waiting: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    urgent: NDArray[np.bool_],
    arrangement: NDArray[np.uint8],
    arrangement_month: NDArray[np.int16],
    plan_hours: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
    worker: NDArray[np.int32],
    relationship: NDArray[np.float32],
    review_due: NDArray[np.bool_],
    together: NDArray[np.bool_],
) -> None:
    for i in rows:
        off_the_list(i, waiting, waiting_since, urgent)
        arrangement[i] = _NO_ARRANGEMENT
        arrangement_month[i] = NEVER
        plan_hours[i] = f4(0)
        council_funded[i] &= setting[i] != _HOME
        worker[i] = NOBODY
        relationship[i] = f4(0)
        review_due[i] = False
        together[i] = False


def end_support(citizens: Citizens, rows: Rows) -> None:
    """End support at home and every place on a list: after a review, a move to a home, or for a renewed person.

    A place in a home that the council pays for is left alone.
    """
    if not rows.size:
        return
    _end_support(
        rows,
        citizens.setting,
        citizens.waiting,
        citizens.waiting_since,
        citizens.urgent,
        citizens.arrangement,
        citizens.arrangement_month,
        citizens.plan_hours,
        citizens.council_funded,
        citizens.worker,
        citizens.relationship,
        citizens.review_due,
        citizens.together,
    )
