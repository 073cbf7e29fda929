"""Unpaid care: who helps whom, for how many hours, and what they could still give.

Each person in need at home is served once a month: first by the partner, then by other kin in the home, then by
children elsewhere in the place, the most willing first, then by friends and neighbours. What a supplier can give
depends on their nature, health, age and strain, and is shared evenly among those they serve: nobody is first in line
because of where the computer keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Band, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.hazards import positive

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_GROWN_MONTHS = 16 * 12
_RETIRED_MONTHS = 66 * 12
_HOME = np.uint8(Setting.HOME)
_MODERATE, _HIGH = np.uint8(Band.MODERATE), np.uint8(Band.HIGH)
_PRESENCE = np.uint32(Purpose.PRESENCE)
_ALWAYS = np.uint32(0)
_STEPS = 256
_STEPS_F4 = f4(_STEPS)
_WEEK = f4(168.0)
_PROFILE_AGES = (16, 23, 37, 47, 57, 67, 77, 88)
_UNWILLING = f4(9.0)


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
    other_share: float = evidence("carers.base_other")
    other_home: float = evidence("carers.other_home_share")
    other_home_median: float = evidence("carers.other_home_hours")
    other_away_median: float = evidence("carers.other_away_hours")
    other_spread: float = evidence("carers.other_hours_spread")
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


@rule
def readiness(
    style: np.float32, works: np.float32, limitation: np.float32, strain: np.float32, work_loss: np.float32
) -> np.float32:
    """What part of the usual hours a person can give: less before pension age, when limited, and under strain."""
    health = positive(f4(1.0) - positive(limitation - f4(1.0)) * f4(0.5))
    return style * (f4(1.0) - work_loss * works) * health * (f4(2.0) - strain) * f4(0.5)


@kernel
def make_ready(
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    will: NDArray[np.float32],
    style: NDArray[np.float32],
    limitation: NDArray[np.float32],
    strain: NDArray[np.float32],
    other_caring: NDArray[np.float32],
    hours_home: np.float32,
    hours_away: np.float32,
    work_loss: np.float32,
    daughter: np.float32,
    son: np.float32,
    at_home: NDArray[np.float32],
    away: NDArray[np.float32],
    keen: NDArray[np.float32],
    care_given: NDArray[np.float32],
) -> None:
    """Hours everyone could give in their home and elsewhere, and how keen they are as a child elsewhere (low is keen).

    Care for people outside the model goes on as it is.
    """
    for i in range(alive.size):
        can = f4(alive[i]) * f4(setting[i] == _HOME) * f4(broken_down[i] == 0) * f4(age_months[i] >= _GROWN_MONTHS)
        works = f4(age_months[i] < _RETIRED_MONTHS)
        ready = can * readiness(style[i], works, limitation[i], strain[i], work_loss)
        at_home[i] = hours_home * ready
        # On the log scale hours vary twice as much outside the home: the style counts twice.
        away[i] = hours_away * ready * style[i]
        part = daughter if female[i] else son
        keen[i] = will[i] / part if ready > f4(0.0) else _UNWILLING
        care_given[i] = other_caring[i] * can


@kernel
def clear(
    need_hours: NDArray[np.float32],
    setting: NDArray[np.uint8],
    rest_hours: NDArray[np.float32],
    kin_hours: NDArray[np.float32],
    kin_spare: NDArray[np.float32],
    gap_fill: NDArray[np.float32],
    cares_at_home: NDArray[np.bool_],
    care_burden: NDArray[np.float32],
    served_home: NDArray[np.uint8],
    served_away: NDArray[np.uint8],
    present: NDArray[np.bool_],
) -> None:
    """Begin the month's account of care; who needs no help at home has no gap to fill."""
    for i in range(need_hours.size):
        in_need = f4(need_hours[i] > f4(0.0)) * f4(setting[i] == _HOME)
        gap_fill[i] = gap_fill[i] * in_need
        rest_hours[i] = f4(0.0)
        kin_hours[i] = f4(0.0)
        kin_spare[i] = f4(0.0)
        cares_at_home[i] = False
        care_burden[i] = f4(1.0)
        served_home[i] = np.uint8(0)
        served_away[i] = np.uint8(0)
        present[i] = False


@kernel
def who_helps(
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    household: NDArray[np.int32],
    setting: NDArray[np.uint8],
    need_hours: NDArray[np.float32],
    first_child: NDArray[np.int32],
    child: NDArray[np.int32],
    will: NDArray[np.float32],
    at_home: NDArray[np.float32],
    away: NDArray[np.float32],
    keen: NDArray[np.float32],
    # part: partner, kin in the home, most willing child elsewhere, fall with each that helps, where a partner gives
    part: tuple[np.float32, np.float32, np.float32, np.float32, np.float32],
    # spare: partner, helping kin, idle kin
    spare: tuple[np.float32, np.float32, np.float32],
    in_need: NDArray[np.int32],
    until: NDArray[np.int64],
    giver: NDArray[np.int32],
    kin_spare: NDArray[np.float32],
    bearer: NDArray[np.int32],
    served_home: NDArray[np.uint8],
    served_away: NDArray[np.uint8],
) -> int:
    """List everybody in need at home and who helps them, and count how many each supplier serves.

    Args:
        partner: Row of the partner.
        mother: Row of the mother.
        father: Row of the father.
        household: Number of the household.
        setting: Where a person lives.
        need_hours: Help needed, hours a week.
        first_child: Where a person's children begin in ``child``.
        child: Rows of children.
        will: Readiness to care, a uniform draw: those below the chance of taking part do.
        at_home: Hours a person could give in their home.
        away: Hours a person could give elsewhere.
        keen: Readiness as a child elsewhere, low is keen.
        part: Chances of taking part.
        spare: Shares of usual reach that could be added.
        in_need: Filled with the rows of people in need.
        until: Filled with the end of each one's helpers in ``giver``.
        giver: Filled with the helpers of all, one after another.
        kin_spare: Filled with what kin could add.
        bearer: Filled with who would bear it, -1 nobody.
        served_home: How many each person serves at home.
        served_away: How many each person serves elsewhere.

    Returns:
        How many people are in need.
    """
    people = 0
    edges = 0
    for i in range(need_hours.size):
        if need_hours[i] > f4(0.0) and setting[i] == _HOME and household[i] >= 0:
            home = household[i]
            could = f4(0.0)
            first = np.int64(-1)
            partner_gives = False
            # 1 partner, then parents, in the same home
            p = np.int64(partner[i])
            if p >= 0 and household[p] == home and will[p] < part[0] and at_home[p] > f4(0.0):
                partner_gives = True
                first = p
                could += spare[0] * at_home[p]
                giver[edges] = p
                edges += 1
                served_home[p] += np.uint8(1)
            for parent in (np.int64(mother[i]), np.int64(father[i])):
                if parent >= 0 and household[parent] == home and at_home[parent] > f4(0.0):
                    if will[parent] < part[1]:
                        could += spare[1] * at_home[parent]
                        giver[edges] = parent
                        edges += 1
                        served_home[parent] += np.uint8(1)
                        if first < 0:
                            first = parent
                    else:
                        could += spare[2] * at_home[parent]
            # 2 children: in the home as other kin; elsewhere the keenest first, each making the next less likely
            reachable = f4(0.0)
            best = _UNWILLING
            chosen = np.int64(-1)
            begin, end = first_child[i], first_child[i + 1]
            for k in range(begin, end):
                j = np.int64(child[k])
                if household[j] == home:
                    if at_home[j] > f4(0.0) and will[j] < part[1]:
                        could += spare[1] * at_home[j]
                        giver[edges] = j
                        edges += 1
                        served_home[j] += np.uint8(1)
                        if first < 0:
                            first = j
                    else:
                        could += spare[2] * at_home[j]
                else:
                    reachable += away[j]
                    if keen[j] < best:
                        best = keen[j]
                        chosen = j
            if first < 0:
                first = chosen
            threshold = part[2] * (part[4] if partner_gives else f4(1.0))
            helping = f4(0.0)
            while chosen >= 0 and best < threshold:
                helping += away[chosen]
                giver[edges] = chosen
                edges += 1
                served_away[chosen] += np.uint8(1)
                threshold *= part[3]
                last = best
                best = _UNWILLING
                chosen = np.int64(-1)
                for k in range(begin, end):
                    j = np.int64(child[k])
                    if keen[j] > last and keen[j] < best and household[j] != home:
                        best = keen[j]
                        chosen = j
            kin_spare[i] = could + spare[1] * helping + spare[2] * positive(reachable - helping)
            bearer[people] = first
            in_need[people] = i
            until[people] = edges
            people += 1
    return people


@kernel
def share_out(
    seed: np.uint64,
    in_need: NDArray[np.int32],
    until: NDArray[np.int64],
    giver: NDArray[np.int32],
    bearer: NDArray[np.int32],
    uid: NDArray[np.uint64],
    household: NDArray[np.int32],
    band: NDArray[np.uint8],
    dementia: NDArray[np.int16],
    need_hours: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    paid_before: NDArray[np.float32],
    at_home: NDArray[np.float32],
    away: NDArray[np.float32],
    served_home: NDArray[np.uint8],
    served_away: NDArray[np.uint8],
    presence: NDArray[np.float32],
    # gap: share filled, share kept a month, least fall; weight of nights and of dementia
    gap: tuple[np.float32, np.float32, np.float32],
    burden: tuple[np.float32, np.float32],
    crowding: np.float32,
    present: NDArray[np.bool_],
    rest_hours: NDArray[np.float32],
    kin_hours: NDArray[np.float32],
    kin_spare: NDArray[np.float32],
    gap_fill: NDArray[np.float32],
    care_given: NDArray[np.float32],
    cares_at_home: NDArray[np.bool_],
    care_burden: NDArray[np.float32],
) -> None:
    """Give each person in need the hours of their helpers, who share theirs evenly among those they serve.

    Those in the home who look after someone with moderate need or more also spend hours of just being there. Where
    paid help was withdrawn kin fill part of the gap for a while, borne by one of them.
    """
    edge = 0
    for n in range(in_need.size):
        i = np.int64(in_need[n])
        home = household[i]
        paid = paid_hours[i]
        wanted = positive(need_hours[i] - crowding * paid)
        rest = wanted
        heavy = band[i] >= _MODERATE
        weight = f4(1.0) + burden[0] * f4(band[i] >= _HIGH) + burden[1] * f4(dementia[i] > 0)
        while edge < until[n]:
            j = np.int64(giver[edge])
            edge += 1
            lives_in = household[j] == home
            hours = at_home[j] if lives_in else away[j]
            usual = hours / f4(served_home[j] if lives_in else served_away[j])
            give = min(usual, rest)
            if give > f4(0.0):
                rest -= give
                care_given[j] += give
                care_burden[j] = max(care_burden[j], weight)
                cares_at_home[j] = cares_at_home[j] or lives_in
                if lives_in and heavy and not present[j]:
                    present[j] = True
                    step = np.int64(uniform(seed, uid[j], _ALWAYS, _PRESENCE) * _STEPS_F4)
                    care_given[j] += presence[step]
        kin = wanted - rest
        b = np.int64(bearer[n])
        short = positive(hands_on[i] - kin - paid)
        fall = paid_before[i] - paid
        filled = gap_fill[i] * gap[1]
        if fall > gap[2] and short > f4(0.0):
            filled += gap[0] * fall
        filled = min(filled, min(kin_spare[i], short)) if b >= 0 else f4(0.0)
        if filled > f4(0.0):
            care_given[b] += filled
            care_burden[b] = max(care_burden[b], weight)
            cares_at_home[b] = cares_at_home[b] or household[b] == home
        gap_fill[i] = filled
        kin_hours[i] = kin + filled
        kin_spare[i] = positive(kin_spare[i] - filled) if b >= 0 else f4(0.0)
        rest_hours[i] = positive(rest - filled)


@kernel
def take_help(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    offered: NDArray[np.float32],
    rest_hours: NDArray[np.float32],
    found: NDArray[np.int64],
    total: NDArray[np.float32],
    neighbour_hours: NDArray[np.float32],
    help_given: NDArray[np.float32],
    care_given: NDArray[np.float32],
) -> None:
    """People take the help that friends offer, as far as they need it, from all alike; totals are zero on entry."""
    count = 0
    for t in range(offered.size):
        if offered[t] != f4(0.0):
            found[count] = t
            count += 1
    for k in range(count):
        t = found[k]
        total[other[t] if offered[t] > f4(0.0) else one[t]] += abs(offered[t])
    for k in range(count):
        t = found[k]
        a_helps = offered[t] > f4(0.0)
        helper = one[t] if a_helps else other[t]
        helped = other[t] if a_helps else one[t]
        hours = abs(offered[t]) * min(rest_hours[helped] / total[helped], f4(1.0))
        neighbour_hours[helped] += hours
        help_given[helper] += hours
        care_given[helper] += hours


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
        "other_caring",
        "gap_fill",
        "ties.a",
        "ties.b",
        "ties.help",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "caring_will",
        "caring_style",
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
        self._gap = (f4(rules.gap_share), f4(1.0 - rules.gap_fade), f4(rules.gap_least))
        self._spare = (f4(rules.spare_partner), f4(rules.spare_helping), f4(rules.spare_idle))
        self._burden = (f4(rules.night), f4(rules.dementia))
        # The register gives the elasticity with its sign: more paid help, less unpaid.
        self._crowding = f4(-rules.crowding)
        self._presence = _lognormal_table(rules.presence_median, rules.presence_spread)
        self._other_rate = _other_rate(rules)

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Draw readiness to care, the personal multiple of hours, and care for someone outside the model."""
        citizens, spread = model.citizens, self._rules.spread_home
        uid = citizens.uid[rows]
        citizens.caring_will[rows] = luck.draw(model.luck_seed, uid, 0, Purpose.CARING_WILL)
        u = luck.draw4(model.luck_seed, uid, 0, Purpose.CARING_HOURS).astype(np.float64)
        bell = (u.sum(axis=1) - 2.0) * np.sqrt(3.0)
        citizens.caring_style[rows] = np.exp(spread * bell - 0.5 * spread**2)
        self._care_elsewhere(model, rows)

    def step(self, model: DemandModel) -> None:
        """Serve everyone in need at home; once a year renew who cares for someone outside the model."""
        if model.month % 12 == 0 and not model.settling:
            self._care_elsewhere(model, np.flatnonzero(model.citizens.alive))
        rest = self._by_kin(model)
        self._by_neighbours(model, rest)

    def _care_elsewhere(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Care for people or needs outside the model: a lasting draw against the rate of one's age and sex.

        So a person takes up such care as the rate of their age rises above the draw and lays it down as it falls.
        """
        citizens, rules = model.citizens, self._rules
        u = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.OTHER_CARING)
        years = np.minimum(citizens.age_months[rows] // 12, self._other_rate.shape[1] - 1)
        rate = self._other_rate[citizens.female[rows].astype(np.int64), years]
        citizens.other_caring[rows] = 0.0
        caring = rows[u < rate]
        v = luck.draw4(model.luck_seed, citizens.uid[caring], 0, Purpose.OTHER_CARING).astype(np.float64)
        median = np.where(v[:, 1] < rules.other_home, rules.other_home_median, rules.other_away_median)
        bell = (v[:, 2] + v[:, 3] - 1.0) * np.sqrt(6.0)
        citizens.other_caring[caring] = np.minimum(median * np.exp(rules.other_spread * bell), _WEEK)

    def _by_kin(self, model: DemandModel) -> NDArray[np.float32]:
        """Kin give; returns the hours that each person still needs."""
        citizens, rules = model.citizens, self._rules
        size = citizens.size
        at_home, away, keen, rest = np.empty((4, size), dtype=np.float32)
        served_home, served_away = np.empty((2, size), dtype=np.uint8)
        present = np.empty(size, dtype=np.bool_)
        make_ready(
            citizens.alive,
            citizens.age_months,
            citizens.female,
            citizens.setting,
            citizens.broken_down,
            citizens.caring_will,
            citizens.caring_style,
            citizens.limitation,
            citizens.strain,
            citizens.other_caring,
            f4(rules.hours_home),
            f4(rules.hours_away * np.exp(-(rules.spread_home**2))),
            f4(rules.work_loss),
            f4(rules.daughter),
            f4(rules.son),
            at_home,
            away,
            keen,
            citizens.care_given,
        )
        clear(
            citizens.need_hours,
            citizens.setting,
            rest,
            citizens.kin_hours,
            citizens.kin_spare,
            citizens.gap_fill,
            citizens.cares_at_home,
            citizens.care_burden,
            served_home,
            served_away,
            present,
        )
        children = model.children
        in_need, bearer = np.empty((2, size), dtype=np.int32)
        until = np.empty(size, dtype=np.int64)
        # Helpers are partners (one each), parents (two each) or children (as many as have parents here).
        giver = np.empty(3 * size + children.child.size, dtype=np.int32)
        count = who_helps(
            citizens.partner,
            citizens.mother,
            citizens.father,
            citizens.household,
            citizens.setting,
            citizens.need_hours,
            children.start,
            children.child,
            citizens.caring_will,
            at_home,
            away,
            keen,
            self._part,
            self._spare,
            in_need,
            until,
            giver,
            citizens.kin_spare,
            bearer,
            served_home,
            served_away,
        )
        share_out(
            model.luck_seed,
            in_need[:count],
            until,
            giver,
            bearer,
            citizens.uid,
            citizens.household,
            citizens.band,
            citizens.dementia,
            citizens.need_hours,
            citizens.hands_on,
            citizens.paid_hours,
            citizens.paid_hours_before,
            at_home,
            away,
            served_home,
            served_away,
            self._presence,
            self._gap,
            self._burden,
            self._crowding,
            present,
            rest,
            citizens.kin_hours,
            citizens.kin_spare,
            citizens.gap_fill,
            citizens.care_given,
            citizens.cares_at_home,
            citizens.care_burden,
        )
        return rest

    def _by_neighbours(self, model: DemandModel, rest: NDArray[np.float32]) -> None:
        """Friends and neighbours give what they offered, as far as it is still needed."""
        citizens, ties = model.citizens, model.ties
        citizens.neighbour_hours[:] = 0.0
        citizens.help_given[:] = 0.0
        take_help(
            ties.a,
            ties.b,
            ties.help,
            rest,
            np.empty(ties.size, dtype=np.int64),
            np.zeros(citizens.size, dtype=np.float32),
            citizens.neighbour_hours,
            citizens.help_given,
            citizens.care_given,
        )
        np.minimum(citizens.care_given, _WEEK, out=citizens.care_given)


def _lognormal_table(median: float, spread: float) -> NDArray[np.float32]:
    """Hours at equal steps of chance for a lognormal: a table, since kernels call no exponential."""
    steps = (np.arange(_STEPS) + 0.5) / _STEPS
    normal = np.array([NormalDist().inv_cdf(float(p)) for p in steps])
    return np.asarray(median * np.exp(spread * normal), dtype=np.float32)


def _other_rate(rules: UnpaidCareRules) -> NDArray[np.float64]:
    """Share who care for someone outside the model, by sex (0 men, 1 women) and year of age to 110.

    The register's age profile, scaled to the share wanted among people of 30 and over of an even age structure
    to 80.
    """
    ages = np.arange(111)
    rate = np.empty((2, ages.size))
    for row, sex in enumerate(("men", "women")):
        knots = [getattr(rules, f"{sex}_{age}") for age in _PROFILE_AGES]
        rate[row] = np.interp(ages, _PROFILE_AGES, knots, left=0.0)
    return np.asarray(rate * rules.other_share / rate[:, 30:80].mean())
