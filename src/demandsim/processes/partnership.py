"""Partnership: couples form, find a home and part; the young leave their parents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY, Citizens, Setting, SupportType
from demandsim.compiled import kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.curves import YEARS, age_curve, count_by_year, monthly, slope, smooth_share, stretched
from demandsim.processes.family import ADULT, People, dependants, is_with_parent, people_of
from demandsim.processes.few import positions, within
from demandsim.processes.households import follow, found_home, join_home, new_numbers
from demandsim.processes.leaving_home import LeavingHome
from demandsim.processes.life_luck import PAIRING, PARTING, candidates, drawn_for
from demandsim.processes.sharing import Sharing

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

SEPARATION_AGES = (18, 25, 35, 45, 55, 65, 75, 85)
NEW_PARTNER_AGES = (18, 50, 60, 70, 80, 90)

_YEAR = 12
_BLOCK = 5 * _YEAR
_BLOCKS = 25
_REACH = 2.0
_REACH_FROM = 50.0
_MAN, _WOMAN = 0, 1
_GROWN = np.int16(ADULT)
_AT_HOME = np.uint8(Setting.HOME)
_LEARNING = np.uint8(SupportType.LEARNING)


@dataclass(frozen=True)
class PartnershipRules:
    """What decides who becomes a couple.

    Attributes:
        age_gap: Years by which the man is older, on average.
        age_gap_spread: Standard deviation of what a woman looks for around that, years.
        same_sex_share: Share of those who find a partner who find one of their own sex.
        renting_age: Two tenants below this age set up a new home rather than join one another's.
        couple_ratio: Share of adult arrivals who come with a partner, against the share among residents of their age.
    """

    age_gap: float = evidence("partner.age_gap")
    age_gap_spread: float = evidence("partner.age_gap_spread")
    same_sex_share: float = evidence("partner.same_sex_share")
    renting_age: float = evidence("partner.renting_age")
    couple_ratio: float = evidence("migration.couple_ratio")


@kernel
def _list_speakers(rows: NDArray[np.int64], people: People, speakers: NDArray[np.int64]) -> int:
    """Fill in who draws for a couple at home, the one with the lower uid; how many. No branch waits for memory."""
    uid, setting, partner = people.uid, people.setting, people.partner
    found = 0
    for i in rows:
        other = np.int64(partner[i])
        both_home = (setting[i] == _AT_HOME) & (setting[other] == _AT_HOME)
        speakers[found] = i
        found += int((other >= 0) & both_home & (uid[i] < uid[other]))
    return found


@kernel
def _list_free(
    rows: NDArray[np.int64], people: People, support_type: NDArray[np.uint8], free: NDArray[np.int64]
) -> int:
    """Fill in the adults at home without a partner; how many. No branch waits for memory.

    Few people with a long-term learning disability form couples; who lives with whom is set with support.
    """
    age_months, setting, partner = people.age_months, people.setting, people.partner
    found = 0
    for i in rows:
        grown_at_home = (age_months[i] >= _GROWN) & (setting[i] == _AT_HOME)
        free[found] = i
        found += int(grown_at_home & (partner[i] < 0) & (support_type[i] != _LEARNING))
    return found


class Partnership(Process):
    """Couples form and part; the young leave home (`leaving_home.LeavingHome`).

    Separation by age is evidence, and widowhood follows from the place's death rates. How often people without a
    partner find one is solved at the start, for each age and sex, as what keeps the place's own share of people with a
    partner where it is, given separation, widowhood and arrivals, and capped at older ages where people seldom pair
    again. It is then frozen, so a scenario in which partners live longer has more couples.

    People find each other in five-year blocks of age, the man's age being some years above. Where more women than men
    of a block would pair, or fewer, the mean of the two numbers does: those first in line by their own keyed draw.
    """

    name: ClassVar[str] = "partnership"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "pairing_luck",
        "parting_luck",
        "age_months",
        "female",
        "setting",
        "household",
        "partner",
        "mother",
        "father",
        "owner",
        "neighbourhood",
        "quintile",
        "support_type",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "partner",
        "household",
        "neighbourhood",
        "quintile",
        "owner",
        "setting",
        "cell",
    )

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(PartnershipRules, numbers)
        self._separation = age_curve(numbers, "partner.separation", SEPARATION_AGES)
        self._part_chance = monthly(self._separation)
        self._most = age_curve(numbers, "partner.new_most", NEW_PARTNER_AGES)
        self._pair_chance: NDArray[np.float64] = np.zeros((2, YEARS))
        self._reach = _REACH
        self._sharing = Sharing(numbers)
        self._leaving = LeavingHome(numbers, self._sharing)

    def start(self, model: DemandModel) -> None:
        """Solve how often people find a partner, and leave home, from the place as it is."""
        citizens = model.citizens
        arriving = stretched(model.profile.in_rate)
        dying = [stretched(rates) * model.profile.deaths_factor for rates in model.profile.qx[0]]
        forming = np.zeros((2, YEARS))
        for sex in (_MAN, _WOMAN):
            of_sex = citizens.alive & (citizens.female == bool(sex))
            everyone = count_by_year(citizens.age_months, of_sex)
            paired = smooth_share(count_by_year(citizens.age_months, of_sex & (citizens.partner != NOBODY)), everyone)
            forming[sex] = self._solve(sex, paired, arriving, dying[1 - sex])
        self._pair_chance = monthly(forming)
        self._reach = self._how_far(citizens)
        self._leaving.start(model, forming.mean(axis=0))
        self._sharing.start(model)

    def _solve(
        self, sex: int, paired: NDArray[np.float64], arriving: NDArray[np.float64], dying: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Annual rate of finding a partner, by age, that holds the share with a partner steady."""
        older = self._rules.age_gap if sex == _WOMAN else -self._rules.age_gap
        years = np.arange(YEARS)
        separation = np.interp(years + older / 2, years, self._separation)
        widowed = np.interp(years + older, years, dying)  # partners die at their own age
        lost = paired * (separation + widowed) + arriving * paired * (1 - self._rules.couple_ratio)
        rate = np.clip((slope(paired) + lost) / np.maximum(1 - paired, 0.05), 0.0, self._most)
        rate[: ADULT // _YEAR] = 0.0
        return np.asarray(rate, dtype=np.float64)

    def _how_far(self, citizens: Citizens) -> float:
        """How far down the line of those not quite willing a willing person may look: further in a small place."""
        rows = np.flatnonzero(citizens.alive & (citizens.partner == NOBODY))
        willing = (
            self._pair_chance[citizens.female[rows].astype(np.int64), citizens.age_months[rows] // _YEAR].sum() / 2
        )
        return max(_REACH, _REACH_FROM / max(float(willing), 0.01))

    def step(self, model: DemandModel) -> None:
        """Let couples part and form, and the young leave home. Nothing moves in the run-in."""
        if model.settling:
            return
        citizens = model.citizens
        couples = candidates(model, PARTING, float(self._part_chance.max()))
        single = candidates(model, PARTING, self._leaving.bound)
        single = single[citizens.partner[single] == NOBODY]
        self._part(model, couples)
        self._pair(model)
        self._leaving.step(model, single)
        self._sharing.step(model)

    # parting

    def _part(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        citizens = model.citizens
        one = np.empty_like(rows)
        one = one[: _list_speakers(rows, people_of(citizens), one)]
        other = citizens.partner[one].astype(np.int64)
        year = (citizens.age_months[one].astype(np.int64) + citizens.age_months[other]) // (2 * _YEAR)
        chance, drawn = self._part_chance[year], drawn_for(model, PARTING, one)
        part = drawn < chance
        if part.any():
            self._separate(model, one[part], other[part], drawn[part] < chance[part] / 2)

    @staticmethod
    def _separate(
        model: DemandModel, one: NDArray[np.int64], other: NDArray[np.int64], coin: NDArray[np.bool_]
    ) -> None:
        """End couples: a father leaves the mother of his children, otherwise one of the two leaves by chance."""
        citizens = model.citizens
        citizens.partner[one] = NOBODY
        citizens.partner[other] = NOBODY
        child, parent = dependants(model, np.concatenate([one, other]))
        kept = np.zeros(citizens.size, dtype=np.bool_)
        kept[parent[citizens.mother[child] == parent]] = True
        first_leaves = np.where(kept[one] == kept[other], coin, kept[other])
        leaver, stayer = np.where(first_leaves, one, other), np.where(first_leaves, other, one)
        # Children of both stay: they live with whoever of the two does not go.
        theirs = np.full(citizens.size, NOBODY, dtype=np.int64)
        theirs[leaver] = stayer
        left = theirs[parent]
        stays = (left == NOBODY) | (citizens.mother[child] == left) | (citizens.father[child] == left)
        goes, goes_with = child[~stays], parent[~stays]
        citizens.household[leaver] = new_numbers(citizens, leaver.size)
        citizens.owner[leaver] = False
        join_home(citizens, goes, goes_with)

    # forming

    def _pair(self, model: DemandModel) -> None:
        citizens = model.citizens
        rows, line = self._looking(model)
        other = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.SEPARATION)
        same = other[:, 1] < self._rules.same_sex_share
        wanted = self._wanted_age(citizens, rows, other)
        across = ~same
        matched = [_match(citizens, rows[across], line[across], wanted[across], model.month)]
        matched += [_match_alike(citizens, rows[same & (line < 1)], sex) for sex in (False, True)]
        first = np.concatenate([a for a, _ in matched])
        second = np.concatenate([b for _, b in matched])
        proper = ~_related(citizens, first, second)
        self._form(model, first[proper], second[proper])

    def _looking(self, model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Who may find a partner this month, and how far down the line: below 1 their own chance has come."""
        citizens = model.citizens
        rows = candidates(model, PAIRING, min(self._reach * float(self._pair_chance.max()), 1.0))
        free = np.empty_like(rows)
        free = free[: _list_free(rows, people_of(citizens), citizens.support_type, free)]
        chance = self._pair_chance[citizens.female[free].astype(np.int64), citizens.age_months[free] // _YEAR]
        drawn = drawn_for(model, PAIRING, free)
        line = np.divide(drawn, chance, out=np.full(free.size, np.inf), where=chance > 0)
        within = line < self._reach
        return free[within], line[within]

    def _wanted_age(
        self, citizens: Citizens, rows: NDArray[np.int64], drawn: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Age in months at which people meet: a man's own, a woman's with the gap she looks for."""
        # the third and fourth words make a triangular bell of mean 0 and variance 1
        bell = (drawn[:, 2].astype(np.float64) + drawn[:, 3] - 1.0) * 6.0**0.5
        gap = (self._rules.age_gap + self._rules.age_gap_spread * bell) * _YEAR
        age = citizens.age_months[rows].astype(np.float64)
        return np.asarray(age + np.where(citizens.female[rows], gap, 0.0))

    def _form(self, model: DemandModel, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        """Make couples of pairs, under one roof: with whoever has a home of their own, or in a new one."""
        if not first.size:
            return
        citizens = model.citizens
        citizens.partner[first] = second
        citizens.partner[second] = first
        new, first_hosts = np.empty((2, first.size), dtype=np.bool_)
        _choose_home(
            first, second, people_of(citizens), citizens.owner, self._rules.renting_age * _YEAR, new, first_hosts
        )
        host, guest = np.where(first_hosts, first, second), np.where(first_hosts, second, first)
        found_home(model, host[new], new_numbers(citizens, int(new.sum())))
        follow(model, guest, host)


@kernel
def _choose_home(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    people: People,
    owner: NDArray[np.bool_],
    renting_to: float,
    new: NDArray[np.bool_],
    first_hosts: NDArray[np.bool_],
) -> None:
    """Say which couples set up a new home, and whether the first of the two is the host.

    Two who live with a parent, or two tenants of less than ``renting_to`` months, set up a new one. Who has a home of
    their own hosts who has none, who owns theirs who rents; otherwise the one with the lower uid.
    """
    household, mother, father = people.household, people.mother, people.father
    for k in range(first.size):
        a, b = first[k], second[k]
        own_a = not is_with_parent(household, mother, father, a)
        own_b = not is_with_parent(household, mother, father, b)
        young_a = np.float64(people.age_months[a]) < renting_to and not owner[a]
        young_b = np.float64(people.age_months[b]) < renting_to and not owner[b]
        new[k] = (not own_a and not own_b) or (young_a and young_b)
        if own_a != own_b:
            first_hosts[k] = own_a
        elif owner[a] != owner[b]:
            first_hosts[k] = owner[a]
        else:
            first_hosts[k] = people.uid[a] < people.uid[b]


def _match(
    citizens: Citizens, rows: NDArray[np.int64], line: NDArray[np.float64], wanted: NDArray[np.float64], month: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair women and men block by block of age: as many as the mean of those willing, first in line first.

    Args:
        citizens: The people.
        rows: Candidates.
        line: Draw over chance of each: below 1 the person's own chance has come.
        wanted: Age in months at which each meets others.
        month: The month.

    Returns:
        Women and their men, shape (pairs,).
    """
    uid, female = citizens.uid[rows], citizens.female[rows]
    block = within(wanted // _BLOCK, 0, _BLOCKS - 1).astype(np.int64)
    taken = np.empty(rows.size, dtype=np.bool_)
    _take_first(np.lexsort((uid, line, block)), block, female, line, month, taken)
    found = positions(taken)
    found = found[np.lexsort((uid[found], wanted[found], block[found]))]
    women = female[found]
    return rows[found[women]], rows[found[~women]]


@kernel
def _take_first(
    order: NDArray[np.int64],
    block: NDArray[np.int64],
    female: NDArray[np.bool_],
    line: NDArray[np.float64],
    month: int,
    taken: NDArray[np.bool_],
) -> None:
    """Say who is paired: of each block and sex those first in line, as many as the mean of the two sexes' willing."""
    willing, available, pairs = np.zeros((3, 2, _BLOCKS), dtype=np.int64)
    for k in range(order.size):
        available[int(female[k]), block[k]] += 1
        willing[int(female[k]), block[k]] += int(line[k] < 1)
    for b in range(_BLOCKS):
        # An odd sum rounds up in every other block and month: no lean either way.
        mean = (willing[_MAN, b] + willing[_WOMAN, b] + (b + month) % 2) // 2
        pairs[:, b] = min(mean, available[_MAN, b], available[_WOMAN, b])
    for k in order:
        left = pairs[int(female[k]), block[k]]
        taken[k] = left > 0
        pairs[int(female[k]), block[k]] = left - 1


def _match_alike(
    citizens: Citizens, rows: NDArray[np.int64], female: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair people of one sex, neighbours in age."""
    mine = rows[citizens.female[rows] == female]
    if mine.size < 2:
        return mine[:0], mine[:0]
    mine = mine[np.lexsort((citizens.uid[mine], citizens.age_months[mine]))]
    even = mine.size // 2 * 2
    return mine[0:even:2], mine[1:even:2]


@kernel
def _mark_related(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    related: NDArray[np.bool_],
) -> None:
    for k in range(one.size):
        a, b = one[k], other[k]
        answer = household[a] == household[b] and household[a] != NOBODY
        answer |= mother[a] != NOBODY and mother[a] == mother[b]
        answer |= father[a] != NOBODY and father[a] == father[b]
        answer |= mother[a] == b or father[a] == b or mother[b] == a or father[b] == a
        related[k] = answer


def _related(citizens: Citizens, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether two people share a home or a parent already, or one is the other's parent."""
    related = np.empty(one.size, dtype=np.bool_)
    _mark_related(one, other, citizens.household, citizens.mother, citizens.father, related)
    return related
