"""Partnership: couples form, find a home and part; the young leave their parents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.compiled import kernel
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.curves import YEARS, age_curve, count_by_year, monthly, slope, smooth_share, stretched
from demandsim.processes.family import ADULT, dependants, is_with_parent
from demandsim.processes.households import first_new_number, follow, found_home, join_home, rent_anew
from demandsim.processes.leaving_home import LeavingHome
from demandsim.processes.life_luck import PARTING, candidates, life_draws, reach
from demandsim.processes.pairing import MAN, WOMAN, find_pairs, who_looks
from demandsim.processes.sharing import Sharing

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

SEPARATION_AGES = (18, 25, 35, 45, 55, 65, 75, 85)
NEW_PARTNER_AGES = (18, 50, 60, 70, 80, 90)

_YEAR = 12
_REACH = 2.0
_REACH_FROM = 50.0
_AT_HOME = np.uint8(Setting.HOME)


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
def _list_parting(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    noted: NDArray[np.uint8],
    most: int,
    chance: NDArray[np.float64],
    one: NDArray[np.int64],
    coin: NDArray[np.bool_],
    single: NDArray[np.int64],
) -> tuple[int, int]:
    """Fill in who of a couple at home that parts draws for it, the one with the lower uid, and who has no partner.

    The chance is that of the mean age of the two; the coin, which falls either way by the same draw, may decide who
    goes. Of couples only those can part whose noted byte is ``most`` or less. No branch waits for memory.

    Returns:
        How many couples part; how many people have no partner.
    """
    near, alone = 0, 0
    for i in rows:
        one[near], single[alone] = i, i
        near += int((partner[i] >= 0) & (noted[i] <= most))
        alone += int(partner[i] < 0)
    couples = 0
    for k in range(near):
        i = one[k]
        other = partner[i]
        one[couples] = i
        couples += int((setting[i] == _AT_HOME) & (setting[other] == _AT_HOME) & (uid[i] < uid[other]))
    found = 0
    luck = life_draws(seed, uid, month, one[:couples], PARTING)
    for k in range(couples):
        i, drawn = one[k], np.float64(luck[k])
        year = (np.int64(age_months[i]) + np.int64(age_months[partner[i]])) // (2 * _YEAR)
        one[found], coin[found] = i, drawn < chance[year] / 2
        found += int(drawn < chance[year])
    return found, alone


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
        self._most_part = float(self._part_chance.max())
        self._most = age_curve(numbers, "partner.new_most", NEW_PARTNER_AGES)
        self._pair_chance: NDArray[np.float64] = np.zeros((2, YEARS))
        self._reach, self._most_look = _REACH, 0.0
        self._sharing = Sharing(numbers)
        self._leaving = LeavingHome(numbers, self._sharing)

    def start(self, model: DemandModel) -> None:
        """Solve how often people find a partner, and leave home, from the place as it is."""
        citizens = model.citizens
        arriving = stretched(model.profile.in_rate)
        dying = [stretched(rates) * model.profile.deaths_factor for rates in model.profile.qx[0]]
        forming = np.zeros((2, YEARS))
        for sex in (MAN, WOMAN):
            of_sex = citizens.alive & (citizens.female == bool(sex))
            everyone = count_by_year(citizens.age_months, of_sex)
            paired = smooth_share(count_by_year(citizens.age_months, of_sex & (citizens.partner != NOBODY)), everyone)
            forming[sex] = self._solve(sex, paired, arriving, dying[1 - sex])
        self._pair_chance = monthly(forming)
        self._reach = self._how_far(citizens)
        self._most_look = min(self._reach * float(self._pair_chance.max()), 1.0)
        self._leaving.start(model, forming.mean(axis=0))
        self._sharing.start(model)

    def _solve(
        self, sex: int, paired: NDArray[np.float64], arriving: NDArray[np.float64], dying: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Annual rate of finding a partner, by age, that holds the share with a partner steady."""
        older = self._rules.age_gap if sex == WOMAN else -self._rules.age_gap
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
        rows = candidates(model, PARTING, max(self._most_part, self._leaving.bound))
        single = self._part(model, rows)
        self._pair(model)
        self._leaving.step(model, single)
        self._sharing.step(model)

    # parting

    def _part(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Let some couples end; return those of the rows who had no partner before."""
        citizens = model.citizens
        (one, single), coin = np.empty((2, rows.size), dtype=np.int64), np.empty(rows.size, dtype=np.bool_)
        parting, alone = _list_parting(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            citizens.age_months,
            citizens.setting,
            citizens.partner,
            citizens.parting_luck,
            reach(self._most_part),
            self._part_chance,
            one,
            coin,
            single,
        )
        if parting:
            self._separate(model, one[:parting], coin)
        return single[:alone]

    @staticmethod
    def _separate(model: DemandModel, one: NDArray[np.int64], coin: NDArray[np.bool_]) -> None:
        """End couples: a father leaves the mother of his children, otherwise one of the two leaves by chance."""
        citizens = model.citizens
        other = citizens.partner[one].astype(np.int64)
        both = np.concatenate([one, other])
        citizens.partner[both] = NOBODY
        child, parent = dependants(model, both)
        leaver, goes = np.empty_like(one), np.empty_like(child)
        found = _list_going(one, other, coin, child, parent, citizens.mother, citizens.father, leaver, goes)
        rent_anew(leaver, first_new_number(citizens), citizens.household, citizens.owner)
        join_home(citizens, child[goes[:found]], parent[goes[:found]])

    # forming

    def _pair(self, model: DemandModel) -> None:
        looking = who_looks(model, self._rules, self._pair_chance, self._most_look, self._reach)
        self._form(model, *find_pairs(model, looking))

    def _form(self, model: DemandModel, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        """Make couples of pairs, under one roof: with whoever has a home of their own, or in a new one."""
        if not first.size:
            return
        citizens = model.citizens
        host, guest, founders = np.empty((3, first.size), dtype=np.int64)
        new = _choose_home(
            first,
            second,
            citizens.uid,
            citizens.age_months,
            citizens.household,
            citizens.mother,
            citizens.father,
            citizens.owner,
            self._rules.renting_age * _YEAR,
            citizens.partner,
            host,
            guest,
            founders,
        )
        found_home(model, founders[:new])
        follow(model, guest, host)


@kernel
def _list_going(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    coin: NDArray[np.bool_],
    child: NDArray[np.int64],
    parent: NDArray[np.int64],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    leaver: NDArray[np.int64],
    goes: NDArray[np.int64],
) -> int:
    """Fill in who of each couple leaves, and the places in the list of their children of those who go along; how many.

    Children of both stay: they live with whoever of the two does not go.
    """
    stayer = np.empty_like(one)
    for k in range(one.size):
        first_keeps, second_keeps = False, False
        for j in range(child.size):
            is_hers = mother[child[j]] == parent[j]
            first_keeps |= is_hers and parent[j] == one[k]
            second_keeps |= is_hers and parent[j] == other[k]
        first_leaves = coin[k] if first_keeps == second_keeps else second_keeps
        leaver[k] = one[k] if first_leaves else other[k]
        stayer[k] = other[k] if first_leaves else one[k]
    found = 0
    for j in range(child.size):
        for k in range(leaver.size):
            if leaver[k] == parent[j] and mother[child[j]] != stayer[k] and father[child[j]] != stayer[k]:
                goes[found] = j
                found += 1
    return found


@kernel
def _choose_home(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    owner: NDArray[np.bool_],
    renting_to: float,
    partner: NDArray[np.int32],
    host: NDArray[np.int64],
    guest: NDArray[np.int64],
    founders: NDArray[np.int64],
) -> int:
    """Make people partners; fill in who hosts whom, and who of the hosts sets up a new home, how many.

    Two who live with a parent, or two tenants of less than ``renting_to`` months, set up a new one. Who has a home of
    their own hosts who has none, who owns theirs who rents; otherwise the one with the lower uid.
    """
    found = 0
    for k in range(first.size):
        a, b = first[k], second[k]
        partner[a], partner[b] = b, a
        own_a = not is_with_parent(household, mother, father, a)
        own_b = not is_with_parent(household, mother, father, b)
        young_a = np.float64(age_months[a]) < renting_to and not owner[a]
        young_b = np.float64(age_months[b]) < renting_to and not owner[b]
        if own_a != own_b:
            first_hosts = own_a
        elif owner[a] != owner[b]:
            first_hosts = owner[a]
        else:
            first_hosts = uid[a] < uid[b]
        host[k], guest[k] = (a, b) if first_hosts else (b, a)
        founders[found] = host[k]
        found += int((not own_a and not own_b) or (young_a and young_b))
    return found
