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
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Band, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.hazards import positive

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_GROWN_MONTHS = 16 * 12
_RETIRED_MONTHS = 66 * 12
_HOME, _NO_HOME = np.uint8(Setting.HOME), np.int32(-2)
_MODERATE, _HIGH = np.uint8(Band.MODERATE), np.uint8(Band.HIGH)
_STEPS = 256
_WEEK = f4(168.0)
_OLDEST = 110
_COUNTED_MONTHS = 5 * 12
_CORRECTED = 0.7
# Hours above which each band of the Census begins: 1 to 9, 10 to 19, 20 to 34, 35 to 49, 50 and over.
_BANDS = np.array([0.0, 9.5, 19.5, 34.5, 49.5])
_LEAST_HOURS = 1.0
_PROFILE_AGES = (16, 23, 37, 47, 57, 67, 77, 88)
_UNWILLING = f4(9.0)

OFFER = np.dtype([("household", "i4"), ("home", "f4"), ("away", "f4"), ("will", "f4")])
"""What a person could give: hours a week at home and, above 0 as a daughter and below 0 as a son, elsewhere.

It stands in one record, so that looking at a relation costs one look into memory.
"""


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
    household: NDArray[np.int32],
    broken_down: NDArray[np.uint8],
    will: NDArray[np.float32],
    style: NDArray[np.float32],
    limitation: NDArray[np.float32],
    strain: NDArray[np.float32],
    other_caring: NDArray[np.float32],
    hours_home: np.float32,
    hours_away: np.float32,
    work_loss: np.float32,
    offer: NDArray[np.void],
    care_given: NDArray[np.float32],
    care_burden: NDArray[np.float32],
    cares_at_home: NDArray[np.bool_],
) -> None:
    """Say what everyone could give in their home and elsewhere, and begin the month's account of care given.

    Care for people outside the model goes on as it is.
    """
    for i in range(alive.size):
        can = f4(alive[i]) * f4(setting[i] == _HOME) * f4(broken_down[i] == 0) * f4(age_months[i] >= _GROWN_MONTHS)
        works = f4(age_months[i] < _RETIRED_MONTHS)
        ready = can * readiness(style[i], works, limitation[i], strain[i], work_loss)
        sex = f4(2.0) * f4(female[i]) - f4(1.0)
        offer[i]["household"] = household[i]
        offer[i]["home"] = hours_home * ready
        # On the log scale hours vary twice as much outside the home: the style counts twice.
        offer[i]["away"] = sex * (hours_away * ready * style[i])
        offer[i]["will"] = will[i]
        care_given[i] = other_caring[i] * can
        care_burden[i] = f4(1.0)
        cares_at_home[i] = False


@kernel
def who_needs(
    need_hours: NDArray[np.float32],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    in_need: NDArray[np.int32],
) -> int:
    """List the rows of everybody in need at home; returns how many."""
    people = 0
    for i in range(need_hours.size):
        in_need[people] = i
        people += int((need_hours[i] > f4(0.0)) & (setting[i] == _HOME) & (household[i] >= 0))
    return people


@kernel
def list_kin(
    in_need: NDArray[np.int32],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    first_child: NDArray[np.int32],
    child: NDArray[np.int32],
    kin: NDArray[np.int32],
    until: NDArray[np.int32],
) -> int:
    """List the kin of each person in need: the partner or -1, parents (as ``-2 - row``), children.

    Returns:
        How many entries of ``kin`` are in use; ``until`` holds where each person's end.
    """
    entry = 0
    for n in range(in_need.size):
        i = in_need[n]
        kin[entry] = partner[i]
        entry += 1
        for parent in (mother[i], father[i]):
            kin[entry] = np.int32(-2) - parent
            entry += int(parent >= 0)
        for k in range(first_child[i], first_child[i + 1]):
            kin[entry] = child[k]
            entry += 1
        until[n] = entry
    return entry


@kernel
def ask_kin(kin: NDArray[np.int32], offer: NDArray[np.void], near: NDArray[np.void]) -> None:
    """Put what kin could give beside the list of them, which then holds plain rows.

    Memory is looked up here and nowhere else, one look after another without a branch, so that they overlap.
    Parents who live elsewhere give nothing.
    """
    for k in range(kin.size):
        is_parent = kin[k] < -1
        j = np.int32(-2) - kin[k] if is_parent else kin[k]
        there = max(j, np.int32(0))
        near[k]["household"] = offer[there]["household"] if j >= 0 else _NO_HOME
        near[k]["home"] = offer[there]["home"]
        near[k]["away"] = f4(0.0) if is_parent else offer[there]["away"]
        near[k]["will"] = offer[there]["will"]
        kin[k] = j


@kernel
def who_helps(
    in_need: NDArray[np.int32],
    household: NDArray[np.int32],
    kin: NDArray[np.int32],
    kin_until: NDArray[np.int32],
    near: NDArray[np.void],
    # part: partner, kin in the home, most willing child elsewhere, fall with each that helps, where a partner gives
    part: tuple[np.float32, np.float32, np.float32, np.float32, np.float32],
    # sex: how much likelier a daughter and a son take part
    sex: tuple[np.float32, np.float32],
    # spare: partner, helping kin, idle kin
    spare: tuple[np.float32, np.float32, np.float32],
    until: NDArray[np.int32],
    giver: NDArray[np.int32],
    reach: NDArray[np.float32],
    spare_hours: NDArray[np.float32],
    bearer: NDArray[np.int32],
    served_home: NDArray[np.uint8],
    served_away: NDArray[np.uint8],
) -> None:
    """Say who helps each person in need, and count how many each supplier serves.

    Args:
        in_need: Rows of those in need at home.
        household: Number of the household, by row.
        kin: Rows of the kin of each: see `list_kin`.
        kin_until: Where each one's kin end.
        near: What those kin could give: `OFFER`.
        part: Chances of taking part; a person takes part whose will, a uniform draw, lies below.
        sex: Multiples of the chance for daughters and sons elsewhere.
        spare: Shares of usual reach that could be added.
        until: Filled with the end of each one's helpers in ``giver``.
        giver: Filled with the helpers of all, one after another.
        reach: Filled with what each helper could give: above 0 in the same home, below 0 elsewhere.
        spare_hours: Filled with what kin of each in need could add.
        bearer: Filled with who would bear it, -1 nobody.
        served_home: How many each person serves at home.
        served_away: How many each person serves elsewhere.
    """
    edges = 0
    begin = 0
    by_daughter, by_son = f4(1.0) / sex[0], f4(1.0) / sex[1]
    for n in range(in_need.size):
        home = household[in_need[n]]
        end = kin_until[n]
        could = f4(0.0)
        first = np.int32(-1)
        threshold = part[2]
        # 1 partner, parents and children in the same home
        for k in range(begin, end):
            if near[k]["household"] == home:
                is_partner = k == begin
                hours = near[k]["home"]
                helps = hours > f4(0.0) and near[k]["will"] < (part[0] if is_partner else part[1])
                if helps:
                    giver[edges] = kin[k]
                    reach[edges] = hours
                    edges += 1
                    served_home[kin[k]] += np.uint8(1)
                    first = kin[k] if first < 0 else first
                    threshold *= part[4] if is_partner else f4(1.0)
                # A partner who does not take part has nothing to add.
                could += hours * ((spare[0] if is_partner else spare[1]) if helps else spare[2] * f4(not is_partner))
        # 2 children elsewhere, the keenest first, each making the next less likely
        reachable = f4(0.0)
        best = _UNWILLING
        chosen = -1
        for k in range(begin + 1, end):
            away = f4(0.0) if near[k]["household"] == home else near[k]["away"]
            reachable += abs(away)
            keen = near[k]["will"] * (by_daughter if away > f4(0.0) else by_son)
            keen = _UNWILLING if away == f4(0.0) else keen
            chosen = k if keen < best else chosen
            best = keen if keen < best else best
        if chosen >= 0 and first < 0:
            first = kin[chosen]
        helping = f4(0.0)
        while best < threshold:
            hours = abs(near[chosen]["away"])
            helping += hours
            giver[edges] = kin[chosen]
            reach[edges] = -hours
            edges += 1
            served_away[kin[chosen]] += np.uint8(1)
            threshold *= part[3]
            last = best
            best = _UNWILLING
            for k in range(begin + 1, end):
                away = near[k]["away"]
                keen = near[k]["will"] * (by_daughter if away > f4(0.0) else by_son)
                if away != f4(0.0) and keen > last and keen < best and near[k]["household"] != home:
                    best = keen
                    chosen = k
        spare_hours[n] = could + spare[1] * helping + spare[2] * positive(reachable - helping)
        bearer[n] = first
        until[n] = edges
        begin = end


@kernel
def what_is_needed(
    in_need: NDArray[np.int32],
    need_hours: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    paid_before: NDArray[np.float32],
    gap_fill: NDArray[np.float32],
    band: NDArray[np.uint8],
    dementia: NDArray[np.int16],
    burden: tuple[np.float32, np.float32],
    crowding: np.float32,
    wanted: NDArray[np.float32],
    fall: NDArray[np.float32],
    gap_before: NDArray[np.float32],
    weight: NDArray[np.float32],
    heavy: NDArray[np.bool_],
) -> None:
    """Put together what each person wants of kin, how much paid help fell, and how an hour of care weighs."""
    for n in range(in_need.size):
        i = in_need[n]
        wanted[n] = positive(need_hours[i] - crowding * paid_hours[i])
        fall[n] = paid_before[i] - paid_hours[i]
        gap_before[n] = gap_fill[i]
        weight[n] = f4(1.0) + burden[0] * f4(band[i] >= _HIGH) + burden[1] * f4(dementia[i] > 0)
        heavy[n] = band[i] >= _MODERATE


@kernel
def share_out(
    in_need: NDArray[np.int32],
    until: NDArray[np.int32],
    giver: NDArray[np.int32],
    reach: NDArray[np.float32],
    spare_hours: NDArray[np.float32],
    bearer: NDArray[np.int32],
    wanted: NDArray[np.float32],
    fall: NDArray[np.float32],
    gap_before: NDArray[np.float32],
    weight: NDArray[np.float32],
    heavy: NDArray[np.bool_],
    household: NDArray[np.int32],
    hands_on: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    served_home: NDArray[np.uint8],
    served_away: NDArray[np.uint8],
    presence: NDArray[np.float32],
    # gap: share filled, share kept a month, least fall
    gap: tuple[np.float32, np.float32, np.float32],
    present: NDArray[np.bool_],
    kin_hours: NDArray[np.float32],
    kin_spare: NDArray[np.float32],
    gap_fill: NDArray[np.float32],
    care_given: NDArray[np.float32],
    cares_at_home: NDArray[np.bool_],
    care_burden: NDArray[np.float32],
) -> None:
    """Give each person in need the hours of their helpers, who share theirs evenly among those they serve.

    Those in the home who look after someone with moderate need or more also spend hours of just being there. Where
    paid help was withdrawn kin fill part of the gap for a while, borne by one of them. Hours of kin and the gap they
    fill are zero on entry. Nobody gives more hours than a week has.
    """
    edge = 0
    for n in range(in_need.size):
        i = in_need[n]
        rest = wanted[n]
        while edge < until[n]:
            j = giver[edge]
            lives_in = reach[edge] > f4(0.0)
            usual = abs(reach[edge]) / f4(served_home[j] if lives_in else served_away[j])
            edge += 1
            give = min(usual, rest)
            if give > f4(0.0):
                rest -= give
                hours = give
                if lives_in:
                    cares_at_home[j] = True
                    if heavy[n] and not present[j]:
                        present[j] = True
                        hours += presence[j]
                care_given[j] = min(care_given[j] + hours, _WEEK)
                care_burden[j] = max(care_burden[j], weight[n])
        kin = wanted[n] - rest
        b = bearer[n]
        spare = spare_hours[n] if b >= 0 else f4(0.0)
        if b >= 0 and (gap_before[n] > f4(0.0) or fall[n] > gap[2]):
            filled = gap_before[n] * gap[1]
            if fall[n] > gap[2]:
                filled += gap[0] * fall[n]
            filled = min(filled, min(spare, positive(hands_on[i] - kin - paid_hours[i])))
            if filled > f4(0.0):
                care_given[b] = min(care_given[b] + filled, _WEEK)
                care_burden[b] = max(care_burden[b], weight[n])
                cares_at_home[b] = cares_at_home[b] or household[b] == household[i]
                kin += filled
                gap_fill[i] = filled
                spare = positive(spare - filled)
        kin_spare[i] = spare
        kin_hours[i] = kin


@kernel
def take_help(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    offered: NDArray[np.float32],
    need_hours: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    kin_hours: NDArray[np.float32],
    setting: NDArray[np.uint8],
    crowding: np.float32,
    found: NDArray[np.int32],
    neighbour_hours: NDArray[np.float32],
    help_given: NDArray[np.float32],
    care_given: NDArray[np.float32],
) -> None:
    """People take the help that friends offer, as far as they still need it, from all alike; zero on entry."""
    count = 0
    for t in range(offered.size):
        found[count] = t
        count += int(offered[t] != f4(0.0))
    for k in range(count):
        t = found[k]
        neighbour_hours[other[t] if offered[t] > f4(0.0) else one[t]] += abs(offered[t])
    for k in range(count):
        t = found[k]
        a_helps = offered[t] > f4(0.0)
        helper = one[t] if a_helps else other[t]
        helped = other[t] if a_helps else one[t]
        rest = f4(0.0)
        if setting[helped] == _HOME:
            rest = positive(need_hours[helped] - crowding * paid_hours[helped] - kin_hours[helped])
        hours = abs(offered[t]) * min(rest / neighbour_hours[helped], f4(1.0))
        help_given[helper] += hours
        care_given[helper] = min(care_given[helper] + hours, _WEEK)
    for k in range(count):
        t = found[k]
        helped = other[t] if offered[t] > f4(0.0) else one[t]
        rest = f4(0.0)
        if setting[helped] == _HOME:
            rest = positive(need_hours[helped] - crowding * paid_hours[helped] - kin_hours[helped])
        neighbour_hours[helped] = min(neighbour_hours[helped], rest)


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
        usual = self._other_profile[self._other_place(citizens, everyone)].sum()
        self._other_level = total * counted.size / max(float(usual), 1.0)
        share = np.cumsum(self._other_share) / max(total, 1e-9)
        # Within a band all hours are alike.
        ends = np.append(_BANDS[1:], self._rules.other_most)
        starts = np.maximum(_BANDS, _LEAST_HOURS)
        chance = np.concatenate([[0.0], np.repeat(share, 2)[:-1]])
        edges = np.stack([starts, ends], axis=1).ravel()
        middle = (np.arange(_STEPS) + 0.5) / _STEPS
        self._other_hours = np.interp(middle, chance + 1e-9 * np.arange(chance.size), edges).astype(np.float32)

    def _other_place(self, citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where people stand in the profile of care for others: by sex and year of age."""
        years = np.minimum(citizens.age_months[rows] // 12, _OLDEST).astype(np.int64)
        return years + (_OLDEST + 1) * citizens.female[rows]

    def _care_elsewhere(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Care for people or needs outside the model: a lasting draw against the rate of one's age and sex.

        So a person takes up such care as the rate of their age rises above the draw and lays it down as it falls.
        """
        citizens = model.citizens
        u = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.OTHER_CARING)
        rate = self._other_profile[self._other_place(citizens, rows)] * f4(self._other_level)
        citizens.other_caring[rows] = 0.0
        caring = rows[u < rate]
        v = luck.draw4(model.luck_seed, citizens.uid[caring], 0, Purpose.OTHER_CARING)[:, 1]
        citizens.other_caring[caring] = self._other_hours[(v * f4(_STEPS)).astype(np.int64)]

    def _by_kin(self, model: DemandModel) -> None:
        """Kin give what they can to those in need."""
        citizens, children, rules = model.citizens, model.children, self._rules
        size = citizens.size
        offer = np.empty(size, dtype=OFFER)
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
        in_need = np.empty(size, dtype=np.int32)
        in_need = in_need[: who_needs(citizens.need_hours, citizens.setting, citizens.household, in_need)]
        # Kin are partners (one each), parents (two each) or children (as many as have parents here).
        kin = np.empty(3 * in_need.size + children.child.size, dtype=np.int32)
        kin_until, bearer, until = np.empty((3, in_need.size), dtype=np.int32)
        entries = list_kin(
            in_need,
            citizens.partner,
            citizens.mother,
            citizens.father,
            children.start,
            children.child,
            kin,
            kin_until,
        )
        kin = kin[:entries]
        near = np.empty(entries, dtype=OFFER)
        ask_kin(kin, offer, near)
        giver, reach = np.empty(entries, dtype=np.int32), np.empty(entries, dtype=np.float32)
        spare_hours = np.empty(in_need.size, dtype=np.float32)
        served_home, served_away = np.zeros((2, size), dtype=np.uint8)
        who_helps(
            in_need,
            citizens.household,
            kin,
            kin_until,
            near,
            self._part,
            self._sex,
            self._spare,
            until,
            giver,
            reach,
            spare_hours,
            bearer,
            served_home,
            served_away,
        )
        wanted, fall, gap_before, weight = np.empty((4, in_need.size), dtype=np.float32)
        heavy = np.empty(in_need.size, dtype=np.bool_)
        what_is_needed(
            in_need,
            citizens.need_hours,
            citizens.paid_hours,
            citizens.paid_hours_before,
            citizens.gap_fill,
            citizens.band,
            citizens.dementia,
            self._burden,
            self._crowding,
            wanted,
            fall,
            gap_before,
            weight,
            heavy,
        )
        for column in (citizens.kin_hours, citizens.kin_spare, citizens.gap_fill):
            column[:] = 0.0
        share_out(
            in_need,
            until,
            giver,
            reach,
            spare_hours,
            bearer,
            wanted,
            fall,
            gap_before,
            weight,
            heavy,
            citizens.household,
            citizens.hands_on,
            citizens.paid_hours,
            served_home,
            served_away,
            citizens.presence_hours,
            self._gap,
            np.zeros(size, dtype=np.bool_),
            citizens.kin_hours,
            citizens.kin_spare,
            citizens.gap_fill,
            citizens.care_given,
            citizens.cares_at_home,
            citizens.care_burden,
        )

    def _by_neighbours(self, model: DemandModel) -> None:
        """Friends and neighbours give what they offered, as far as it is still needed."""
        citizens, ties = model.citizens, model.ties
        citizens.neighbour_hours[:] = 0.0
        citizens.help_given[:] = 0.0
        take_help(
            ties.a,
            ties.b,
            ties.help,
            citizens.need_hours,
            citizens.paid_hours,
            citizens.kin_hours,
            citizens.setting,
            self._crowding,
            np.empty(ties.size, dtype=np.int32),
            citizens.neighbour_hours,
            citizens.help_given,
            citizens.care_given,
        )


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
