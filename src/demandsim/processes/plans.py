"""Plans: what people found eligible get, from whom, and whether it fits.

A plan may count on kin only up to what they have left to give. What is missing is bought as a direct payment where
one is open, wanted, and somebody there to be paid, else as home care. Who has capital above the limit buys a share of
it for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Arrangement, Concern, Failure, Waiting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform
from demandsim.processes.area_posts import brokers_in_post
from demandsim.processes.base import Numbers, evidence, read_rules
from demandsim.processes.brokerage import BrokerRules, introduce, pay_broker, share_on_offer
from demandsim.processes.exact import whole
from demandsim.processes.home_care import supported_at_home
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.micro_enterprise import micro_enterprises
from demandsim.processes.planning import Planning
from demandsim.processes.posts import assistants
from demandsim.processes.team import Floats, Mask, Rows, knowledge, team

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_PER = 100_000.0
_PLANS = ("plans", "new_clients", "plans_together")
_NO_ARRANGEMENT, _HOME_CARE = np.uint8(Arrangement.NONE), np.uint8(Arrangement.HOME_CARE)
_PRIVATE = np.uint8(Arrangement.PRIVATE)
_NO_CONCERN, _NO_FAILURE = np.uint8(Concern.NONE), np.uint8(Failure.NONE)
_WRONG, _LOST = np.uint8(Failure.WRONG), np.uint8(Failure.LOST)
_PLAN_FIT = np.uint32(Purpose.PLAN_FIT)
_DIRECT_PAYMENT = np.uint32(Purpose.DIRECT_PAYMENT)


@dataclass(frozen=True, slots=True)
class Rules:
    """How plans are made and what they buy."""

    half_hours: float = evidence("door.half_hours")
    handoff_loss: float = evidence("practice.info_loss_per_handoff")
    cap: float = evidence("plan.cap")
    least: float = evidence("plan.least_hours")
    misfit: float = evidence("plan.misfit_loss")
    private_share: float = evidence("plan.private_share")
    private_most: float = evidence("plan.private_most")
    pool: float = evidence("plan.direct_pool")
    pool_more: float = evidence("plan.direct_pool_more")
    pool_share: float = evidence("plan.direct_pool_share")


@kernel
def _ask_family(
    rows: Rows,
    need: Floats,
    asked_share: float,
    handoff_loss: float,
    relationship: NDArray[np.float32],
    kin_spare: NDArray[np.float32],
    gap_fill: NDArray[np.float32],
    missing: Floats,
    kept: Floats,
) -> None:
    """Count on a share of what kin have left to give; what is missing then, and what one hand-off keeps of a story."""
    for k in range(rows.size):
        i = rows[k]
        asked = min(asked_share * np.float64(kin_spare[i]), need[k])
        gap_fill[i] = np.float64(gap_fill[i]) + asked
        kin_spare[i] = np.float64(kin_spare[i]) - asked
        missing[k] = need[k] - asked
        kept[k] = 1.0 - handoff_loss * (1.0 - np.float64(relationship[i]))


@kernel
def _try_plans(
    seed: np.uint64,
    month: np.uint32,
    rows: Rows,
    uid: NDArray[np.uint64],
    missing: Floats,
    known: Floats,
    whole: Floats,
    together: Mask,
    more_known: float,
    cap: float,
    misfit: float,
    hours: Floats,
    missed: NDArray[np.uint8],
) -> None:
    """Plan what is missing, and see by luck whether it fits.

    Args:
        seed: Key of luck.
        month: This month.
        rows: For whom plans are made.
        uid: Everybody's identity.
        missing: Hours a week that nobody gives.
        known: Chance that staff know what fits.
        whole: The same had nothing been lost at hand-offs.
        together: With whom the plan is made together.
        more_known: Share of what staff do not know that people tell then.
        cap: Most hours that the council plans.
        misfit: What is left of a plan's hours where it does not fit.
        hours: Filled with hours a week.
        missed: Filled with how each plan fails the person, if it does not fit: by what was lost, or by anything else.
    """
    for k in range(rows.size):
        lot, told = np.float64(uniform(seed, uid[rows[k]], month, _PLAN_FIT)), more_known if together[k] else 0.0
        fits = lot < known[k] + told * (1.0 - known[k])
        by_what = _LOST if lot < whole[k] + told * (1.0 - whole[k]) else _WRONG
        missed[k] = _NO_FAILURE if fits else by_what
        hours[k] = min(missing[k], cap) * (1.0 if fits else misfit)


@kernel
def _hand_over(
    rows: Rows,
    hours: Floats,
    missed: NDArray[np.uint8],
    together: Mask,
    least: float,
    month: int,
    cell: NDArray[np.uint16],
    council_funded: Mask,
    made_together: Mask,
    helped_month: NDArray[np.int16],
    concern: NDArray[np.uint8],
    asked_in_vain: Mask,
    failed_by: NDArray[np.uint8],
    planned: Rows,
    tallies: Floats,
) -> int:
    """Give people their plans: these help, but where one misses the concern stays, and what failed them is on record.

    Args:
        rows: For whom plans are made.
        hours: Hours a week.
        missed: How each fails the person, if it does.
        together: With whom they are made together.
        least: Fewest hours worth planning.
        month: This month.
        cell: Everybody's reporting cell.
        council_funded: Whose support the council pays for already.
        made_together: Whose plan was made together; written, as the next four are.
        helped_month: When everybody was helped last.
        concern: Everybody's concern.
        asked_in_vain: Who asked in vain.
        failed_by: How help failed them.
        planned: Filled with places in ``rows`` of those whose plan holds hours.
        tallies: `_PLANS` by reporting cell; zero on entry.

    Returns:
        How many plans hold hours.
    """
    number = 0
    for k in range(rows.size):
        i = rows[k]
        if hours[k] >= least:
            planned[number] = k
            number += 1
            made_together[i] = together[k]
            tallies[0, cell[i]] += 1.0
            tallies[1, cell[i]] += 0.0 if council_funded[i] else 1.0
            tallies[2, cell[i]] += 1.0 if together[k] else 0.0
        helped_month[i] = month
        concern[i] = _NO_CONCERN if missed[k] == _NO_FAILURE else concern[i]
        asked_in_vain[i] = False
        failed_by[i] = missed[k]
    return number


@kernel
def _commit(
    seed: np.uint64,
    rows: Rows,
    hours: Floats,
    uid: NDArray[np.uint64],
    on_offer: np.float32,
    unaided: np.float32,
    plan_hours: NDArray[np.float32],
    council_funded: Mask,
    arrangement: NDArray[np.uint8],
    new: Mask,
    wants: Mask,
    by_broker: Mask,
) -> None:
    """Let the council pay for plans, and see by a lasting draw who of those new to support wants a direct payment.

    Args:
        seed: Key of luck.
        rows: Whose plans.
        hours: Hours a week.
        uid: Everybody's identity.
        on_offer: Share of people to whom a direct payment is open.
        unaided: The same without a broker.
        plan_hours: Hours planned for everybody; written, as the next two are.
        council_funded: Whose support the council pays for.
        arrangement: How support reaches everybody.
        new: Filled with who has no support yet.
        wants: Filled with who wants a direct payment.
        by_broker: Filled with who wants one only since a broker opens it.
    """
    for k in range(rows.size):
        i = rows[k]
        plan_hours[i] = hours[k]
        council_funded[i] = True
        new[k] = arrangement[i] == _NO_ARRANGEMENT
        if arrangement[i] == _PRIVATE:
            arrangement[i] = _HOME_CARE
        lot = uniform(seed, uid[i], FOR_LIFE, _DIRECT_PAYMENT)
        wants[k] = new[k] and lot < on_offer
        by_broker[k] = wants[k] and lot >= unaided


class Plans:
    """Plans of the month.

    Attributes:
        rules: How plans are made.
        together: What making one together takes and gives.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.together = read_rules(Planning, numbers)
        self._broker = read_rules(BrokerRules, numbers)
        self._assistants = assistants(numbers)
        self._pool_left = self._on_offer = self._beyond = 0.0
        # Hours a week of assistants beyond the base year's, and of all direct payments, when last month's had begun.
        self._held_beyond = self._held = 0.0

    def open_pool(self, model: DemandModel) -> None:
        """This month's new hours of personal assistants: they grow with need, and with how widely they are offered.

        For a wider offer more assistants must be found; some of those would have been home-care workers. As direct
        payments end or shrink, as large a part of them is free again.

        Of hours that nobody took, a month's worth of the whole place is kept, in a sample too: an arrangement takes
        as many hours of a sample, so less than that would be lost to chance and not to want of wishes.
        """
        base = model.base_practice
        self._on_offer = share_on_offer(self._broker, model.practice, brokers_in_post(model))
        sought = self._new_hours(self._on_offer)
        found = sought * self._assistants.open(sought)
        usual = self._new_hours(share_on_offer(self._broker, base, base.broker_hours))
        self._beyond = max(0.0, 1.0 - usual / found) if found > 0.0 else 0.0
        new = found * model.base_people_65 * model.need_index / _PER
        self._pool_left = min(self._pool_left, new / model.scale) + new
        service = model.services["direct_payments"]
        service.capacity, service.used = max(self._pool_left, 0.0), 0.0
        service.hired_hours = 0.0 - self._set_free(model)  # never minus nothing: books are compared to the bit

    def _set_free(self, model: DemandModel) -> float:
        """Hours a week of assistants beyond the base year's whose people have them no longer since last month."""
        _, direct = supported_at_home(model.citizens)
        now = whole(model.citizens.plan_hours[direct])
        free = self._held_beyond * (1.0 - min(now / self._held, 1.0)) if self._held > 0.0 else 0.0
        self._held, self._held_beyond = now, self._held_beyond - free
        return free

    def _new_hours(self, on_offer: float) -> float:
        """New hours of assistants a month per 100,000 older people, where so large a share is offered them."""
        rules = self.rules
        return rules.pool + rules.pool_more * max(0.0, on_offer - rules.pool_share)

    def buy_privately(self, model: DemandModel, rows: Rows, need: Floats) -> None:
        """Buy a share of what is missing from the same workers; who buys already changes the order at once."""
        if not rows.size:
            return
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
        citizens.helped_month[rows] = model.month
        citizens.concern[rows] = Concern.NONE
        citizens.asked_in_vain[rows] = False
        citizens.failed_by[rows] = Failure.NONE

    def make(self, model: DemandModel, rows: Rows, need: Floats, together: Mask) -> None:
        """Ask the family, plan the rest, and see whether the plan fits.

        Args:
            model: The model.
            rows: For whom plans are made.
            need: Hours a week that kin and neighbours leave to paid help.
            together: With whom the plan is made together.
        """
        citizens, rules, service, practice = model.citizens, self.rules, team(model), model.practice
        missing, kept = np.empty((2, rows.size))
        _ask_family(
            rows,
            need,
            practice.family_ask_share,
            rules.handoff_loss,
            citizens.relationship,
            citizens.kin_spare,
            citizens.gap_fill,
            missing,
            kept,
        )
        known, whole_story = (
            knowledge(practice.assessment_hours, rules.half_hours, share, practice.handoffs, service.mended)
            for share in (kept, np.ones(rows.size))
        )
        hours, missed = np.empty(rows.size), np.empty(rows.size, dtype=np.uint8)
        _try_plans(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            missing,
            known,
            whole_story,
            together,
            self.together.fit,
            rules.cap,
            1.0 - rules.misfit,
            hours,
            missed,
        )
        planned, tallies = np.empty_like(rows), np.zeros((len(_PLANS), CELLS))
        number = _hand_over(
            rows,
            hours,
            missed,
            together,
            rules.least,
            model.month,
            citizens.cell,
            citizens.council_funded,
            citizens.together,
            citizens.helped_month,
            citizens.concern,
            citizens.asked_in_vain,
            citizens.failed_by,
            planned,
            tallies,
        )
        planned = planned[:number]
        service.cases += rows.size
        service.faults += np.count_nonzero(missed)
        for measure, tally in zip(_PLANS, tallies, strict=True):
            model.ledger.tally(measure, tally)
        self._arrange(model, rows[planned], hours[planned])

    def _arrange(self, model: DemandModel, rows: Rows, hours: Floats) -> None:
        """A direct payment where one is open, wanted and there are personal assistants; else home care."""
        citizens = model.citizens
        new, wants, in_vain = np.empty((3, rows.size), dtype=np.bool_)
        _commit(
            model.luck_seed,
            rows,
            hours,
            citizens.uid,
            f4(self._on_offer),
            f4(model.practice.direct_payment_share),
            citizens.plan_hours,
            citizens.council_funded,
            citizens.arrangement,
            new,
            wants,
            in_vain,
        )
        direct = self._draw_on_pool(model, hours, wants)
        micro = micro_enterprises(model)
        if micro is not None:
            direct |= micro.take(hours, wants & ~direct, 1.0)
        self._pay_directly(model, rows[direct])
        self._await_workers(model, rows[new & ~direct])
        pay_broker(model, self._broker, int(np.count_nonzero(new)))
        introduce(model, self._broker, rows[new])
        model.ledger.people("brokered_in_vain", citizens.cell[rows[in_vain & ~direct]])

    def _pay_directly(self, model: DemandModel, rows: Rows) -> None:
        """Begin support by an assistant or a micro-enterprise of the person's own choice."""
        if not rows.size:
            return
        citizens = model.citizens
        citizens.arrangement[rows] = Arrangement.DIRECT_PAYMENT
        citizens.arrangement_month[rows] = model.month
        self._held += whole(citizens.plan_hours[rows])

    def _draw_on_pool(self, model: DemandModel, hours: Floats, wanted: Mask) -> Mask:
        """Take new hours of personal assistants in the order given, while any are left."""
        ask = np.where(wanted, hours, 0.0)
        served = wanted & (ask.cumsum() - ask < self._pool_left)
        used = float(ask[served].sum())
        self._pool_left -= used
        service = model.services["direct_payments"]
        service.used = min(service.capacity, used)
        more = self._beyond * service.used
        self._held_beyond += more
        service.hired_hours += more
        return served

    def _await_workers(self, model: DemandModel, rows: Rows) -> None:
        if not rows.size:
            return
        citizens = model.citizens
        citizens.waiting[rows] = Waiting.HOME_CARE
        citizens.waiting_since[rows] = model.month


@rule
def needed(hands_on: np.float32, kin: np.float32, neighbours: np.float32) -> float:
    """Hands-on hours a week that kin and neighbours leave."""
    return np.float64(max(hands_on - kin - neighbours, f4(0.0)))


def paid_need(model: DemandModel, rows: Rows) -> Floats:
    """Hands-on hours a week that kin and neighbours leave to paid help, of some people."""
    citizens, need = model.citizens, np.empty(rows.size)
    _needs(rows, citizens.hands_on, citizens.kin_hours, citizens.neighbour_hours, need)
    return need


@kernel
def _needs(
    rows: Rows,
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbours: NDArray[np.float32],
    need: Floats,
) -> None:
    for k in range(rows.size):
        i = rows[k]
        need[k] = needed(hands_on[i], kin[i], neighbours[i])
