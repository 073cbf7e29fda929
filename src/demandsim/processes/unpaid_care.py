"""Unpaid care: who helps whom, for how many hours, and what they could still give.

Each person in need at home is served once a month: first by the partner, then by other kin in the home, then by
children elsewhere in the place, the most willing first, then by friends and neighbours. What a supplier can give
depends on their nature, health, age and strain, and is shared evenly among those they serve: nobody is first in line
because of where the computer keeps them.

Some people care for someone outside the place, or for a need that the model does not count. How many, and for how many
hours, is what the Census counts in the place beyond the care that the model knows of; it is found in the run-in, and
stands from month 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose
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
    share_evenly,
    share_out,
    weigh_need,
    who_helps,
    who_needs,
)
from demandsim.processes.neighbour_care import take_help
from demandsim.processes.scratch import Scratch
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_STEPS = 256
_OLDEST = 110
_COUNTED_MONTHS = 5 * 12
_CORRECTED = 0.7
# Hours above which each band of the Census begins: 1 to 9, 10 to 19, 20 to 34, 35 to 49, 50 and over.
_BANDS = np.array([0.0, 9.5, 19.5, 34.5, 49.5])
_LEAST_HOURS = 1.0
_PROFILE_AGES = (16, 23, 37, 47, 57, 67, 77, 88)


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
    other_most: float = evidence("carers.other_most_hours")
    women_16: float = evidence("carers.other_women_16")
    women_23: float = evidence("carers.other_women_23")
    women_37: float = evidence("carers.other_women_37")
    women_47: float = evidence("carers.other_women_47")
    women_57: float = evidence("carers.other_women_57")
    women_67: float = evidence("carers.other_women_67")
    women_77: float = evidence("carers.other_women_77")
    women_88: float = evidence("carers.other_women_88")
    men_16: float = evidence("carers.other_men_16")
    men_23: float = evidence("carers.other_men_23")
    men_37: float = evidence("carers.other_men_37")
    men_47: float = evidence("carers.other_men_47")
    men_57: float = evidence("carers.other_men_57")
    men_67: float = evidence("carers.other_men_67")
    men_77: float = evidence("carers.other_men_77")
    men_88: float = evidence("carers.other_men_88")


class Able(NamedTuple):
    """Kin who could give something: their rows, hours a week (a partner's below 0) and will."""

    rows: NDArray[np.int32]
    hours: NDArray[np.float32]
    will: NDArray[np.float32]


@kernel
def care_for_others(
    rows: NDArray[np.int64],
    u: NDArray[np.float32],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    rate: NDArray[np.float32],
    cares: NDArray[np.bool_],
) -> None:
    """Whose lasting draw ``u`` lies below the rate of their sex and year of age; ``u`` and ``cares`` go with rows."""
    for k in range(rows.size):
        i = rows[k]
        year = min(np.int64(age_months[i]) // 12, np.int64(_OLDEST))
        cares[k] = u[k] < rate[year + np.int64(female[i]) * (_OLDEST + 1)]


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
        self._other_profile = _other_profile(rules)
        # Of residents of five and over: who care for others than the model's kin, by band of hours.
        self._other_share = np.zeros(len(_BANDS))
        self._other_level = 0.0
        self._other_hours = np.zeros(_STEPS, dtype=np.float32)
        self._scratch = Scratch()
        self._filling = Readiness(read_rules(Filling, numbers))

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Draw readiness to care, the personal multiple of hours, and care for someone outside the model."""
        citizens, spread = model.citizens, self._rules.spread_home
        uid = citizens.uid[rows]
        citizens.caring_will[rows] = luck.draw(model.luck_seed, uid, 0, Purpose.CARING_WILL)
        u = luck.draw4(model.luck_seed, uid, 0, Purpose.CARING_HOURS).astype(np.float64)
        bell = (u.sum(axis=1) - 2.0) * np.sqrt(3.0)
        citizens.caring_style[rows] = np.exp(spread * bell - 0.5 * spread**2)
        step = luck.draw(model.luck_seed, uid, 0, Purpose.PRESENCE) * f4(_STEPS)
        citizens.presence_hours[rows] = self._presence[step.astype(np.int64)]
        self._care_elsewhere(model, rows)

    def step(self, model: DemandModel) -> None:
        """Serve everyone in need at home; once a year renew who cares for someone outside the model.

        In the run-in, also set how many care for someone outside the model.
        """
        if model.settling or model.month % 12 == 0:
            self._care_elsewhere(model, np.flatnonzero(model.citizens.alive))
        self._by_kin(model)
        self._by_neighbours(model)
        if model.settling:
            self._fit_other_care(model)

    def _fit_other_care(self, model: DemandModel) -> None:
        """Move care for others towards what the Census counts in the place beyond the care the model knows of."""
        citizens, profile = model.citizens, model.profile
        counted = np.flatnonzero(citizens.alive & (citizens.age_months >= _COUNTED_MONTHS))
        hours = citizens.care_given[counted]
        band = np.searchsorted(_BANDS, hours[hours > 0.0], side="left") - 1
        seen = np.bincount(band, minlength=len(_BANDS)) / max(counted.size, 1)
        known = np.array(list(profile.carers_by_hours.values())) / profile.residents_5_plus
        self._other_share = np.maximum(self._other_share + _CORRECTED * (known - seen), 0.0)
        everyone = citizens.rows
        total = float(self._other_share.sum())
        usual = self._other_profile[_other_place(citizens, everyone)].sum()
        self._other_level = total * counted.size / max(float(usual), 1.0)
        share = np.cumsum(self._other_share) / max(total, 1e-9)
        # Within a band all hours are alike.
        ends = np.append(_BANDS[1:], self._rules.other_most)
        starts = np.maximum(_BANDS, _LEAST_HOURS)
        chance = np.concatenate([[0.0], np.repeat(share, 2)[:-1]])
        edges = np.stack([starts, ends], axis=1).ravel()
        middle = (np.arange(_STEPS) + 0.5) / _STEPS
        self._other_hours = np.interp(middle, chance + 1e-9 * np.arange(chance.size), edges).astype(np.float32)

    def _care_elsewhere(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Care for people or needs outside the model: a lasting draw against the rate of one's age and sex.

        So a person takes up such care as the rate of their age rises above the draw and lays it down as it falls.
        """
        citizens = model.citizens
        u = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.OTHER_CARING)
        rate = f4(self._other_level) * self._other_profile
        cares = np.empty(rows.size, dtype=np.bool_)
        care_for_others(rows, u, citizens.age_months, citizens.female, rate, cares)
        citizens.other_caring[rows] = 0.0
        caring = rows[cares]
        v = luck.draw4(model.luck_seed, citizens.uid[caring], 0, Purpose.OTHER_CARING)[:, 1]
        citizens.other_caring[caring] = self._other_hours[(v * f4(_STEPS)).astype(np.int64)]

    def _by_kin(self, model: DemandModel) -> None:
        """Kin give what they can to those in need."""
        citizens, rules, take = model.citizens, self._rules, self._scratch.array
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
            f4(rules.hours_home),
            f4(rules.hours_away * np.exp(-(rules.spread_home**2))),
            f4(rules.work_loss),
            offer,
            citizens.care_given,
            citizens.care_burden,
            citizens.cares_at_home,
        )
        # Who has hours of need has a band; a column of bands is the quickest to look through.
        rows = rows_with(citizens.band)
        people, children = who_needs(
            rows, citizens.need_hours, citizens.setting, citizens.household, model.children.start
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
        citizens, take, people = model.citizens, self._scratch.array, in_need.size
        wanted, weight, gap_before, spare_hours = np.empty((4, people), dtype=np.float32)
        may_fill = np.empty(people, dtype=np.bool_)
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
            wanted,
            weight,
            gap_before,
            may_fill,
        )
        bearer = np.empty(people, dtype=np.int32)
        # One place for who fills a gap of each person in need, one that is written in vain.
        most = near.rows.size + far.rows.size + people
        helper, helped = take("helper", most, np.int32), take("helped", most, np.int32)
        reach = take("reach", most, np.float32)
        served_home, served_away = np.zeros((2, citizens.size), dtype=np.uint8)
        helping = who_helps(
            *near,
            *far,
            until,
            may_fill,
            self._part,
            self._spare,
            helper,
            helped,
            reach,
            spare_hours,
            bearer,
            served_home,
            served_away,
        )
        helper, helped, reach = helper[:helping], helped[:helping], reach[:helping]
        share_evenly(helper, served_home, served_away, reach)
        rest, filled = wanted.copy(), np.zeros(people, dtype=np.float32)
        share_out(
            helper,
            helped,
            reach,
            in_need,
            wanted,
            weight,
            spare_hours,
            citizens.hands_on,
            citizens.paid_hours,
            citizens.paid_hours_before,
            citizens.band,
            citizens.household,
            citizens.presence_hours,
            self._gap,
            gap_before,
            self._ready_to_fill(model, in_need, bearer, may_fill),
            np.zeros(citizens.size, dtype=np.bool_),
            rest,
            filled,
            citizens.care_given,
            citizens.cares_at_home,
            citizens.care_burden,
        )
        for column in (citizens.kin_hours, citizens.kin_spare, citizens.gap_fill):
            column.fill(0)
        note_kin(
            in_need,
            wanted,
            rest,
            filled,
            spare_hours,
            bearer,
            citizens.kin_hours,
            citizens.kin_spare,
            citizens.gap_fill,
        )

    def _ready_to_fill(
        self,
        model: DemandModel,
        in_need: NDArray[np.int64],
        bearer: NDArray[np.int32],
        may_fill: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """How readily kin would fill what paid help leaves, where it fell: one value for each person in need."""
        citizens = model.citizens
        ready = np.ones(in_need.size, dtype=np.float32)
        # In the run-in everybody's kin count, as the mean is found.
        concerned = rows_with(bearer >= 0 if model.settling else may_fill & (bearer >= 0))
        whose, by = in_need[concerned], bearer[concerned].astype(np.int64)
        ready[concerned] = self._filling.of(model, by, citizens.household[by] == citizens.household[whose])
        return ready

    def _by_neighbours(self, model: DemandModel) -> None:
        """Friends and neighbours give what they offered, as far as it is still needed."""
        citizens, ties = model.citizens, model.ties
        citizens.neighbour_hours.fill(0)
        citizens.help_given.fill(0)
        take_help(
            ties.a,
            ties.b,
            ties.help,
            citizens.need_hours,
            citizens.paid_hours,
            citizens.kin_hours,
            citizens.setting,
            self._crowding,
            rows_with(ties.help != 0),
            citizens.neighbour_hours,
            citizens.help_given,
            citizens.care_given,
        )


def _other_place(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where people stand in the profile of care for others: by sex and year of age."""
    years = np.minimum(citizens.age_months[rows] // 12, _OLDEST).astype(np.int64)
    return years + (_OLDEST + 1) * citizens.female[rows]


def _words(offers: NDArray[np.void]) -> NDArray[np.uint64]:
    """Offers seen as two words each, shape (n, 2)."""
    return offers.view(np.uint64).reshape(-1, 2)


def _lognormal_table(median: float, spread: float) -> NDArray[np.float32]:
    """Hours at equal steps of chance for a lognormal: a table, since kernels call no exponential."""
    steps = (np.arange(_STEPS) + 0.5) / _STEPS
    normal = np.array([NormalDist().inv_cdf(float(p)) for p in steps])
    return np.asarray(median * np.exp(spread * normal), dtype=np.float32)


def _other_profile(rules: UnpaidCareRules) -> NDArray[np.float32]:
    """How many care for someone outside the model, relative to others, by age: men to `_OLDEST`, then women."""
    ages = np.arange(_OLDEST + 1)
    rate = [
        np.interp(ages, _PROFILE_AGES, [getattr(rules, f"{sex}_{age}") for age in _PROFILE_AGES], left=0.0)
        for sex in ("men", "women")
    ]
    return np.concatenate(rate).astype(np.float32)
