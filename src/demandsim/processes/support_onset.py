"""How common long-term support of working age is at each age, in whom it begins, and in whom it ends.

Learning disability begins at 18. Onset of physical disability and mental ill-health balances recovery, deaths and
ageing, so that the share with support at each age stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Setting, SupportType
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.family import dependants, lives_with_parent
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.shortlist import list_rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

TYPES = (SupportType.LEARNING, SupportType.PHYSICAL, SupportType.MENTAL)
"""The types of support, in the order in which a lasting draw meets them."""

_ADULT, _OLDER = 18, 65
_YEARS = 126
_FROM_MONTHS, _TO_MONTHS = np.int64(_ADULT * 12), np.int64(_OLDER * 12)
_HOME = np.uint8(Setting.HOME)
_NO_SUPPORT = np.uint8(SupportType.NONE)
_PHYSICAL, _MENTAL = np.int64(SupportType.PHYSICAL), np.int64(SupportType.MENTAL)
_TYPE, _ONSET = np.uint32(Purpose.SUPPORT_TYPE), np.uint32(Purpose.DISABILITY_ONSET)
_END = np.uint32(Purpose.WORKING_AGE_ENTRY)


def by_type(learning: float, physical: float, mental: float) -> NDArray[np.float64]:
    """One value for each `SupportType`, to be indexed by it; 0 for none."""
    return np.array([0.0, learning, physical, mental])


@kernel
def _birthdays(age_months: NDArray[np.int16], today: NDArray[np.uint8]) -> None:
    """Who has a birthday of working age; a product and a shift divide by 12, for a whole number below 65,536."""
    for i in range(today.size):
        age = np.int64(age_months[i])
        year = (np.uint32(age) * np.uint32(43691)) >> np.uint32(19)
        today[i] = (year * np.uint32(12) == np.uint32(age)) & (age >= _FROM_MONTHS) & (age < _TO_MONTHS)


@kernel
def _on_their_birthday(
    seed: np.uint64,
    month: np.uint32,
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    learning: np.float32,
    onset_most: np.float32,
    of_age: NDArray[np.int64],
    near: NDArray[np.int64],
    luck: NDArray[np.float32],
) -> tuple[int, int]:
    """List whom support may begin for on their birthday; how many of each there are.

    Args:
        seed: Key of luck.
        month: The month as a word of it.
        alive: By row; so with what follows.
        uid: Identity.
        age_months: Age.
        setting: Where people live.
        support_type: Support they have already.
        learning: Chance of a learning disability.
        onset_most: No adult's year has a greater chance of another onset: the few below it are near.
        of_age: Filled with people with a learning disability, who enter adult support when they turn 18.
        near: Filled with older people at home who are near onset: they meet their year's chance in the month of
            their birthday, which spreads onsets over the year. A place more than there are people.
        luck: Filled with the draws of these.
    """
    today = np.empty(age_months.size, dtype=np.uint8)
    _birthdays(age_months, today)
    entering = struck = 0
    for k in range(list_rows(today, near)):
        i = near[k]
        if alive[i] and support_type[i] == _NO_SUPPORT:
            if age_months[i] == _FROM_MONTHS:
                of_age[entering] = i
                entering += int(uniform(seed, uid[i], FOR_LIFE, _TYPE) < learning)
            elif setting[i] == _HOME:
                near[struck] = i
                luck[struck] = uniform(seed, uid[i], month, _ONSET)
                struck += int(luck[struck] < onset_most)
    return entering, struck


@kernel
def _strike(
    rows: NDArray[np.int64],
    luck: NDArray[np.float32],
    age_months: NDArray[np.int16],
    quintile: NDArray[np.uint8],
    by_fifth: NDArray[np.float64],
    physical: NDArray[np.float64],
    mental: NDArray[np.float64],
    mental_weight: NDArray[np.float64],
    kind: NDArray[np.int64],
) -> int:
    """Keep of some rows those who begin to need support, by yearly chances at their age, and say of which type."""
    found = 0
    for k in range(rows.size):
        i = rows[k]
        year, often, lot = age_months[i] // 12, by_fifth[quintile[i]], np.float64(luck[k])
        of_body = physical[year] * often
        of_mind = mental[year] * often * mental_weight[k]
        rows[found], kind[found] = i, _PHYSICAL if lot < of_body else _MENTAL
        found += int(lot < of_body or lot < of_body + of_mind)
    return found


@kernel
def _ending(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    support_type: NDArray[np.uint8],
    chance: NDArray[np.float32],
    ended: NDArray[np.bool_],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        ended[k] = uniform(seed, uid[i], month, _END) < chance[support_type[i]]


@dataclass(frozen=True)
class Rules:
    """Parameters of how common support is and of its onset, each a row of the evidence register."""

    longterm_share: float = evidence("wa.longterm_share")
    learning_share: float = evidence("wa.learning_share")
    physical_share: float = evidence("wa.physical_share")
    learning_at_18: float = evidence("wa.learning_at_18")
    learning_fade: float = evidence("wa.learning_fade")
    learning_with_parents: float = evidence("wa.learning_with_parents")
    learning_partnered: float = evidence("wa.learning_partnered")
    mental_partnered: float = evidence("wa.mental_partnered")
    physical_growth: float = evidence("wa.physical_growth")
    physical_exit: float = evidence("wa.physical_exit")
    physical_deaths: float = evidence("wa.physical_deaths")
    mental_exit: float = evidence("wa.mental_exit")
    deprivation: float = evidence("wa.deprivation_ratio")


class SupportOnset:
    """How common each type of support is, and the flows that hold it there.

    Attributes:
        shares: Share of each type among people of working age with support, by `SupportType`.
        most_common: No adult at home has a greater chance than this to have support, whatever their age and fifth,
            where whom they live with is left out.
    """

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        mental_share = 1.0 - rules.learning_share - rules.physical_share
        self.shares = by_type(rules.learning_share, rules.physical_share, mental_share)
        self._prevalence = self._prevalence_by_age()
        self._onset_chance = self._onset_by_age()
        self._end_chance = (by_type(0.0, rules.physical_exit, rules.mental_exit) / 12).astype(np.float32)
        self._by_fifth = np.asarray(rules.deprivation ** ((2.0 - np.arange(5)) / 4.0), dtype=np.float64)
        self.most_common = 1.001 * max(float(self._by_fifth.max()), 1.0) * float(self._prevalence.sum(axis=0).max())
        most_often = rules.deprivation**0.5 / 0.30
        self._onset_most = float(self._onset_chance.sum(axis=0).max()) * most_often

    def _prevalence_by_age(self) -> NDArray[np.float64]:
        """Share of people with each support type by year of age, shape (types, years), in the middle quintile.

        Learning disability starts at 18 and thins out slowly; physical disability grows with age as its onset does;
        mental ill-health is as common at every working age. From 65 on only leaving counts.
        """
        rules = self.rules
        age = np.arange(_YEARS, dtype=np.float64)
        working = (age >= _ADULT) & (age < _OLDER)
        beyond = np.maximum(age - _OLDER, 0.0)
        shape = np.zeros((len(SupportType), _YEARS))
        shape[SupportType.LEARNING] = (1.0 - rules.learning_fade) ** (age - _ADULT)
        leaving = 1.0 - rules.physical_exit - rules.physical_deaths
        shape[SupportType.PHYSICAL] = (1.0 + rules.physical_growth) ** np.minimum(age, _OLDER) * leaving**beyond
        shape[SupportType.MENTAL] = (1.0 - rules.mental_exit) ** beyond
        shape[:, age < _ADULT] = 0.0
        scale = np.zeros(len(SupportType))
        share = rules.longterm_share
        scale[SupportType.LEARNING] = rules.learning_at_18
        scale[SupportType.PHYSICAL] = share * rules.physical_share / shape[SupportType.PHYSICAL, working].mean()
        scale[SupportType.MENTAL] = share * (1.0 - rules.learning_share - rules.physical_share)
        out: NDArray[np.float64] = shape * scale[:, None]
        return out

    def _onset_by_age(self) -> NDArray[np.float64]:
        """Yearly chance of onset that holds each type's prevalence: growth with age, recovery and deaths made good."""
        rules = self.rules
        onset = np.zeros_like(self._prevalence)
        loss = rules.physical_growth + rules.physical_exit + rules.physical_deaths
        onset[SupportType.PHYSICAL] = self._prevalence[SupportType.PHYSICAL] * loss
        onset[SupportType.MENTAL] = self._prevalence[SupportType.MENTAL] * rules.mental_exit
        onset[:, _OLDER:] = 0.0
        return onset

    def _deprivation(self, quintile: NDArray[np.uint8]) -> NDArray[np.float64]:
        """How much commoner support is in a quintile than in the middle one."""
        return np.asarray(self._by_fifth[quintile], dtype=np.float64)

    def how_common(self, model: DemandModel, rows: NDArray[np.int64], *, by_family: bool) -> NDArray[np.float64]:
        """Chance of adults to have support of each type, shape (types, rows).

        Args:
            model: The model.
            rows: Adults.
            by_family: Whom they live with counts, beside their age and fifth.
        """
        citizens = model.citizens
        year = np.minimum(citizens.age_months[rows] // 12, _YEARS - 1)
        share = self._prevalence[:, year].copy()
        fifth = self._deprivation(citizens.quintile[rows])
        share[SupportType.PHYSICAL] *= fifth
        share[SupportType.MENTAL] *= fifth
        if by_family:
            share[SupportType.LEARNING] *= self._weight(model, rows, SupportType.LEARNING)
            share[SupportType.MENTAL] *= self._weight(model, rows, SupportType.MENTAL)
        return share

    def _weight(self, model: DemandModel, rows: NDArray[np.int64], kind: SupportType) -> NDArray[np.float64]:
        """How much commoner a type is by whom people of 25 and over live with: weights with a mean of about 1.

        People with a learning disability seldom have a family of their own and are often with their parents; people
        with long-term support for mental ill-health are less often partnered.
        """
        rules, citizens = self.rules, model.citizens
        own_family = citizens.partner[rows] != NOBODY
        # Of 1,000 people of 25 to 64, about 650 have a partner, 45 bring up children alone and 50 live with a parent.
        if kind == SupportType.LEARNING:
            own_family |= np.isin(rows, dependants(model, rows)[1])
            with_own, with_parent, share_own = rules.learning_partnered, rules.learning_with_parents, 0.695
        else:
            with_own, with_parent, share_own = rules.mental_partnered, 1.0, 0.65
        others = (1.0 - share_own * with_own - 0.05 * with_parent) / (0.95 - share_own)
        alone = np.where(lives_with_parent(citizens, rows), with_parent, others)
        weight = np.where(own_family, with_own, alone)
        return np.where(citizens.age_months[rows] < 25 * 12, 1.0, weight)

    def begins(self, model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Who begins to have support this month, and of which type."""
        citizens = model.citizens
        of_age, near = np.empty((2, citizens.size + 1), dtype=np.int64)
        luck = np.empty(citizens.size + 1, dtype=np.float32)
        entering, struck = _on_their_birthday(
            model.luck_seed,
            model.month_word,
            citizens.alive,
            citizens.uid,
            citizens.age_months,
            citizens.setting,
            citizens.support_type,
            f4(self._prevalence[SupportType.LEARNING, _ADULT]),
            f4(self._onset_most * 1.0001),
            of_age,
            near,
            luck,
        )
        of_age = of_age[:entering]
        rows, type_of_struck = self._struck(model, near[:struck], luck[:struck])
        learning = np.full(of_age.size, SupportType.LEARNING, dtype=np.int64)
        return np.concatenate([of_age, rows]), np.concatenate([learning, type_of_struck])

    def ends(self, model: DemandModel, with_support: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Who of those with support recovers this month: of physical disability or mental ill-health."""
        citizens, ended = model.citizens, np.empty(with_support.size, dtype=np.bool_)
        _ending(
            model.luck_seed,
            model.month_word,
            with_support,
            citizens.uid,
            citizens.support_type,
            self._end_chance,
            ended,
        )
        return ended

    def _struck(
        self, model: DemandModel, rows: NDArray[np.int64], luck: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Who of those near onset begins to need support, and of which type.

        Args:
            model: The model.
            rows: Who is near; they are written over.
            luck: Their draws.
        """
        citizens, kind = model.citizens, np.empty(rows.size, dtype=np.int64)
        if not rows.size:
            return rows, kind
        found = _strike(
            rows,
            luck,
            citizens.age_months,
            citizens.quintile,
            self._by_fifth,
            self._onset_chance[SupportType.PHYSICAL],
            self._onset_chance[SupportType.MENTAL],
            self._weight(model, rows, SupportType.MENTAL),
            kind,
        )
        return rows[:found], kind[:found]
