"""Unpaid care: who helps whom, for how many hours, and what they could still give.

Each person in need at home is served once a month: first by the partner, then by other kin in the home, then by
children elsewhere in the place, the most willing first, then by friends and neighbours. What a supplier can give
depends on their nature, health, age and strain, and is shared evenly among those they serve: nobody is first in line
because of where the computer keeps them. Care for someone outside the model is told in `other_care`.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.kin import KinHelp
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform, uniform4
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.closeness import Filling, Readiness
from demandsim.processes.kin_care import (
    AT_ONCE,
    OFFER,
    ask_kin,
    list_kin,
    look_up,
    make_ready,
    note_kin,
    share_out,
    weigh_need,
    who_helps,
    who_needs,
    who_would_fill,
)
from demandsim.processes.lasting import FOR_LIFE, full_bell
from demandsim.processes.neighbour_care import take_help
from demandsim.processes.other_care import OtherCare
from demandsim.processes.scratch import Scratch

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_STEPS = 256
_WILL, _HOURS, _PRESENCE = (
    np.uint32(purpose) for purpose in (Purpose.CARING_WILL, Purpose.CARING_HOURS, Purpose.PRESENCE)
)


@dataclass(frozen=True)
class UnpaidCareRules:
    """Numbers of unpaid care; hours are hours a week."""

    hours_home: float = evidence("carers.hours_home")
    hours_away: float = evidence("carers.hours_away")
    spread_home: float = evidence("carers.hours_spread_home")
    partner_part: float = evidence("carers.part_partner")
    home_part: float = evidence("carers.part_home")
    away_part: float = evidence("carers.part_away")
    away_fall: float = evidence("carers.part_away_fall")
    away_partnered: float = evidence("carers.part_away_partnered")
    daughter: float = evidence("carers.part_daughter")
    son: float = evidence("carers.part_son")
    work_loss: float = evidence("carers.work_loss")
    crowding: float = evidence("carers.crowding_elasticity")
    presence_median: float = evidence("carers.presence_hours")
    presence_spread: float = evidence("carers.presence_spread")
    gap_share: float = evidence("carers.gap_fill_share")
    gap_fade: float = evidence("carers.gap_fill_fade")
    gap_least: float = evidence("carers.gap_fill_least")
    spare_partner: float = evidence("carers.spare_partner")
    spare_helping: float = evidence("carers.spare_helping")
    spare_idle: float = evidence("carers.spare_idle")
    night: float = evidence("carers.burden_night")
    dementia: float = evidence("carers.burden_dementia")


class Able(NamedTuple):
    """Kin who could give something: their rows, hours a week (a partner's below 0) and will."""

    rows: NDArray[np.int32]
    hours: NDArray[np.float32]
    will: NDArray[np.float32]


class Wants(NamedTuple):
    """What people in need want of their kin, one value for each of them, as `weigh_need` has it."""

    hours: NDArray[np.float32]
    weight: NDArray[np.float32]
    gap_before: NDArray[np.float32]
    may_fill: NDArray[np.bool_]


class Helpers(NamedTuple):
    """Who helps whom and what each could give, one after another; and two values for each person in need.

    See `who_helps` for what they hold.
    """

    helper: NDArray[np.int32]
    helped: NDArray[np.int32]
    reach: NDArray[np.float32]
    spare_hours: NDArray[np.float32]
    bearer: NDArray[np.int32]


@kernel
def _give_readiness(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    presence: NDArray[np.float32],
    caring_will: NDArray[np.float32],
    presence_hours: NDArray[np.float32],
    style: NDArray[np.float64],
) -> None:
    """Readiness to care, hours of just being there, and a bell-shaped number for the multiple of caring hours.

    ``presence`` has the hours of equal shares of people, rising.
    """
    for k in range(rows.size):
        i = rows[k]
        a, b, c, d = uniform4(seed, uid[i], FOR_LIFE, _HOURS)
        style[k] = full_bell(a, b, c, d)
        caring_will[i] = uniform(seed, uid[i], FOR_LIFE, _WILL)
        step = uniform(seed, uid[i], FOR_LIFE, _PRESENCE) * f4(_STEPS)
        presence_hours[i] = presence[np.int64(step)]


class UnpaidCare(Process):
    """Care by partners, kin, friends and neighbours, with a share of people who care for someone outside the model."""

    name: ClassVar[str] = "unpaid_care"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "female",
        "setting",
        "household",
        "partner",
        "mother",
        "father",
        "band",
        "dementia",
        "limitation",
        "need_hours",
        "hands_on",
        "paid_hours",
        "paid_hours_before",
        "strain",
        "broken_down",
        "caring_will",
        "caring_style",
        "presence_hours",
        "other_caring",
        "gap_fill",
        "working",
        "work_lost",
        "ties.a",
        "ties.b",
        "ties.help",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "caring_will",
        "caring_style",
        "presence_hours",
        "other_caring",
        "kin_hours",
        "neighbour_hours",
        "help_given",
        "care_given",
        "cares_at_home",
        "care_burden",
        "gap_fill",
        "kin_spare",
    )

    def __init__(self, numbers: Numbers) -> None:
        rules = read_rules(UnpaidCareRules, numbers)
        self._rules = rules
        self._usual = (
            f4(rules.hours_home),
            f4(rules.hours_away * np.exp(-(rules.spread_home**2))),
            f4(rules.work_loss),
        )
        self._part = (
            f4(rules.partner_part),
            f4(rules.home_part),
            f4(rules.away_part),
            f4(rules.away_fall),
            f4(rules.away_partnered),
        )
        self._sex = (f4(rules.daughter), f4(rules.son))
        self._gap = (f4(rules.gap_share), f4(1.0 - rules.gap_fade), f4(rules.gap_least))
        self._spare = (f4(rules.spare_partner), f4(rules.spare_helping), f4(rules.spare_idle))
        self._burden = (f4(rules.night), f4(rules.dementia))
        # The register gives the elasticity with its sign: more paid help, less unpaid.
        self._crowding = f4(-rules.crowding)
        self._presence = _lognormal_table(rules.presence_median, rules.presence_spread)
        self._other_care = OtherCare(numbers)
        self._scratch = Scratch()
        self._filling = Readiness(read_rules(Filling, numbers))

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Draw readiness to care, the personal multiple of hours, and care for someone outside the model."""
        citizens, spread, style = model.citizens, self._rules.spread_home, np.empty(rows.size)
        _give_readiness(
            model.luck_seed, citizens.uid, rows, self._presence, citizens.caring_will, citizens.presence_hours, style
        )
        citizens.caring_style[rows] = np.exp(spread * style - 0.5 * spread**2)
        self._other_care.take_up(model, rows)

    def step(self, model: DemandModel) -> None:
        """Serve everyone in need at home; once a year renew who cares for someone outside the model.

        In the run-in, also set how many care for someone outside the model.
        """
        if model.settling or model.month % 12 == 0:
            self._other_care.take_up(model, np.flatnonzero(model.citizens.alive))
        self._by_kin(model)
        self._by_neighbours(model)
        if model.settling:
            self._other_care.fit(model)

    def _by_kin(self, model: DemandModel) -> None:
        """Kin give what they can to those in need."""
        citizens, take = model.citizens, self._scratch.array
        offer = take("offer", citizens.size, OFFER)
        make_ready(
            citizens.alive,
            citizens.age_months,
            citizens.female,
            citizens.setting,
            citizens.household,
            citizens.broken_down,
            citizens.caring_will,
            citizens.caring_style,
            citizens.limitation,
            citizens.strain,
            citizens.other_caring,
            *self._usual,
            offer,
            citizens.care_given,
            citizens.care_burden,
            citizens.cares_at_home,
        )
        rows = take("in need", citizens.size + 1, np.int64)
        people, children = who_needs(
            citizens.band, citizens.need_hours, citizens.setting, citizens.household, model.children.start, rows
        )
        in_need = rows[:people]
        self._give(model, in_need, *self._ask(model, in_need, children, offer))

    def _ask(
        self, model: DemandModel, in_need: NDArray[np.int64], children: int, offer: NDArray[np.void]
    ) -> tuple[Able, Able, NDArray[np.int32]]:
        """Find the kin of each person in need who could give something: in the home, and children elsewhere.

        Returns:
            Both, and where those of each person in need end, shape (people, 2).
        """
        citizens, index, take = model.citizens, model.children, self._scratch.array
        # Kin are partners, parents (two each) and children.
        most = 3 * in_need.size + children + AT_ONCE
        kin, whose, home = (take(name, most, np.int32) for name in ("kin", "whose", "home"))
        tie = take("tie", most, np.int8)
        entries = list_kin(
            in_need,
            citizens.household,
            citizens.partner,
            citizens.mother,
            citizens.father,
            index.start,
            index.child,
            kin,
            tie,
            whose,
            home,
        )
        found = take("found", entries, OFFER)
        look_up(kin[:entries], _words(offer), _words(found))
        near, far = (
            Able(
                take(f"{where}", entries + 1, np.int32),
                take(f"{where} hours", entries + 1, np.float32),
                take(f"{where} will", entries + 1, np.float32),
            )
            for where in ("near", "far")
        )
        until = take("until", 2 * in_need.size, np.int32).reshape(-1, 2)
        ask_kin(kin[:entries], tie, whose, home, found, self._sex, *near, *far, until)
        return near, far, until

    def _give(
        self, model: DemandModel, in_need: NDArray[np.int64], near: Able, far: Able, until: NDArray[np.int32]
    ) -> None:
        """Say who helps each person in need, and give them their hours."""
        wants = self._weigh(model, in_need)
        helpers = self._choose(model, wants, near, far, until)
        ready = self._ready_to_fill(model, in_need, helpers.bearer, wants.may_fill)
        self._hand_over(model, in_need, wants, helpers, ready)
        model.kin_help = KinHelp(helpers.helper, helpers.helped, helpers.reach, in_need)

    def _weigh(self, model: DemandModel, in_need: NDArray[np.int64]) -> Wants:
        """What each person in need wants of their kin."""
        citizens, people = model.citizens, in_need.size
        hours, weight, gap_before = np.empty((3, people), dtype=np.float32)
        wants = Wants(hours, weight, gap_before, np.empty(people, dtype=np.bool_))
        weigh_need(
            in_need,
            citizens.need_hours,
            citizens.paid_hours,
            citizens.paid_hours_before,
            citizens.band,
            citizens.dementia,
            citizens.gap_fill,
            self._burden,
            self._crowding,
            self._gap[2],
            *wants,
        )
        return wants

    def _choose(self, model: DemandModel, wants: Wants, near: Able, far: Able, until: NDArray[np.int32]) -> Helpers:
        """Who takes part, and how much each of them has for those they serve."""
        take, people = self._scratch.array, wants.hours.size
        # One place for who fills a gap of each person in need, one that is written in vain.
        most = near.rows.size + far.rows.size + people
        helper, helped = take("helper", most, np.int32), take("helped", most, np.int32)
        reach, spare_hours = take("reach", most, np.float32), np.empty(people, dtype=np.float32)
        bearer = np.empty(people, dtype=np.int32)
        helping = who_helps(
            *near,
            *far,
            until,
            wants.may_fill,
            self._part,
            self._spare,
            helper,
            helped,
            reach,
            spare_hours,
            bearer,
            model.citizens.size,
        )
        return Helpers(helper[:helping], helped[:helping], reach[:helping], spare_hours, bearer)

    def _hand_over(
        self,
        model: DemandModel,
        in_need: NDArray[np.int64],
        wants: Wants,
        helpers: Helpers,
        ready: NDArray[np.float32],
    ) -> None:
        """Let helpers give their hours, and write what came of it to those in need."""
        citizens = model.citizens
        helper, helped, reach, spare_hours, bearer = helpers
        rest, filled = np.empty((2, in_need.size), dtype=np.float32)
        share_out(
            helper,
            helped,
            reach,
            in_need,
            wants.hours,
            wants.weight,
            spare_hours,
            citizens.hands_on,
            citizens.paid_hours,
            citizens.paid_hours_before,
            citizens.band,
            citizens.household,
            citizens.presence_hours,
            self._gap,
            wants.gap_before,
            ready,
            rest,
            filled,
            citizens.care_given,
            citizens.cares_at_home,
            citizens.care_burden,
        )
        told = (citizens.kin_hours, citizens.kin_spare, citizens.gap_fill)
        note_kin(in_need, wants.hours, rest, filled, spare_hours, bearer, *told)

    def _ready_to_fill(
        self,
        model: DemandModel,
        in_need: NDArray[np.int64],
        bearer: NDArray[np.int32],
        may_fill: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """How readily kin would fill what paid help leaves, where it fell: one value for each person in need."""
        ready = np.ones(in_need.size, dtype=np.float32)
        concerned, by = np.empty((2, in_need.size + 1), dtype=np.int64)
        at_home = np.empty(in_need.size + 1, dtype=np.bool_)
        # In the run-in everybody's kin count, as the mean is found.
        found = who_would_fill(
            in_need, bearer, may_fill, model.settling, model.citizens.household, concerned, by, at_home
        )
        if found:
            ready[concerned[:found]] = self._filling.of(model, by[:found], at_home[:found])
        return ready

    def _by_neighbours(self, model: DemandModel) -> None:
        """Friends and neighbours give what they offered, as far as it is still needed."""
        citizens, ties = model.citizens, model.ties
        take_help(
            ties.a,
            ties.b,
            ties.help,
            citizens.need_hours,
            citizens.paid_hours,
            citizens.kin_hours,
            citizens.setting,
            self._crowding,
            citizens.neighbour_hours,
            citizens.help_given,
            citizens.care_given,
        )


def _words(offers: NDArray[np.void]) -> NDArray[np.uint64]:
    """Offers seen as two words each, shape (n, 2)."""
    return offers.view(np.uint64).reshape(-1, 2)


def _lognormal_table(median: float, spread: float) -> NDArray[np.float32]:
    """Hours at equal steps of chance for a lognormal: a table, since kernels call no exponential."""
    steps = (np.arange(_STEPS) + 0.5) / _STEPS
    normal = np.array([NormalDist().inv_cdf(float(p)) for p in steps])
    return np.asarray(median * np.exp(spread * normal), dtype=np.float32)
