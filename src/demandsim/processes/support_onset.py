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
from demandsim.luck import Purpose, draw
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.family import lives_with_parent
from demandsim.processes.few import positions
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

TYPES = (SupportType.LEARNING, SupportType.PHYSICAL, SupportType.MENTAL)
"""The types of support, in the order in which a lasting draw meets them."""

_ADULT, _OLDER = 18, 65
_YEARS = 126
_FROM_MONTHS, _TO_MONTHS = np.int64(_ADULT * 12), np.int64(_OLDER * 12)
_HOME = np.uint8(Setting.HOME)


def by_type(learning: float, physical: float, mental: float) -> NDArray[np.float64]:
    """One value for each `SupportType`, to be indexed by it; 0 for none."""
    return np.array([0.0, learning, physical, mental])


@kernel
def _birthdays(age_months: NDArray[np.int16], today: NDArray[np.bool_]) -> None:
    """Who has a birthday of working age; a product and a shift divide by 12, for a whole number below 65,536."""
    for i in range(today.size):
        age = np.int64(age_months[i])
        year = (np.uint32(age) * np.uint32(43691)) >> np.uint32(19)
        today[i] = (year * np.uint32(12) == np.uint32(age)) & (age >= _FROM_MONTHS) & (age < _TO_MONTHS)


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
        self._by_fifth = rules.deprivation ** ((2.0 - np.arange(5)) / 4.0)
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

        People with a learning disability are seldom partnered and often with their parents; people with long-term
        support for mental ill-health are less often partnered.
        """
        rules, citizens = self.rules, model.citizens
        learning = kind == SupportType.LEARNING
        with_parent = rules.learning_with_parents if learning else 1.0
        partnered = rules.learning_partnered if learning else rules.mental_partnered
        # Of people of 25 to 64, about 65 in 100 have a partner and 5 live with a parent.
        others = (1.0 - 0.65 * partnered - 0.05 * with_parent) / 0.30
        alone = np.where(lives_with_parent(citizens, rows), with_parent, others)
        weight = np.where(citizens.partner[rows] != NOBODY, partnered, alone)
        return np.where(citizens.age_months[rows] < 25 * 12, 1.0, weight)

    def begins(self, model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Who begins to have support this month, and of which type."""
        citizens = model.citizens
        birthday = np.empty(citizens.size, dtype=np.bool_)
        _birthdays(citizens.age_months, birthday)
        today = rows_with(birthday)
        of_age, (struck, type_of_struck) = self._come_of_age(model, today), self._struck(model, today)
        learning = np.full(of_age.size, SupportType.LEARNING, dtype=np.int64)
        return np.concatenate([of_age, struck]), np.concatenate([learning, type_of_struck])

    def ends(self, model: DemandModel, with_support: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Who of those with support recovers this month: of physical disability or mental ill-health."""
        citizens = model.citizens
        luck = draw(model.luck_seed, citizens.uid[with_support], model.month, Purpose.WORKING_AGE_ENTRY)
        ended: NDArray[np.bool_] = luck < self._end_chance[citizens.support_type[with_support]]
        return ended

    def _come_of_age(self, model: DemandModel, today: NDArray[np.int64]) -> NDArray[np.int64]:
        """People with a learning disability who enter adult support, in the month in which they turn 18.

        Args:
            model: The model.
            today: Who has a birthday.
        """
        citizens = model.citizens
        turned = today[citizens.age_months[today] == _ADULT * 12]
        turned = turned[citizens.alive[turned] & (citizens.support_type[turned] == SupportType.NONE)]
        luck = draw(model.luck_seed, citizens.uid[turned], 0, Purpose.SUPPORT_TYPE)
        begins: NDArray[np.int64] = turned[luck < f4(self._prevalence[SupportType.LEARNING, _ADULT])]
        return begins

    def _struck(self, model: DemandModel, today: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Onset: adults meet their year's chance in the month of their birthday, which spreads onsets over the year.

        Args:
            model: The model.
            today: Who has a birthday.

        Returns:
            Who begins to need support, and of which type.
        """
        citizens = model.citizens
        drawn = draw(model.luck_seed, citizens.uid[today], model.month, Purpose.DISABILITY_ONSET)
        low = positions(drawn < f4(self._onset_most * 1.0001))
        rows, luck = today[low], drawn[low].astype(np.float64)
        may = citizens.alive[rows] & (citizens.support_type[rows] == SupportType.NONE)
        may &= (citizens.setting[rows] == _HOME) & (citizens.age_months[rows] > _ADULT * 12)
        rows, luck = rows[may], luck[may]
        if not rows.size:
            return rows, rows
        year = citizens.age_months[rows] // 12
        often = self._deprivation(citizens.quintile[rows])
        physical = self._onset_chance[SupportType.PHYSICAL, year] * often
        mental = self._onset_chance[SupportType.MENTAL, year] * often
        mental *= self._weight(model, rows, SupportType.MENTAL)
        kind = np.select([luck < physical, luck < physical + mental], TYPES[1:], SupportType.NONE)
        return rows[kind > 0], kind[kind > 0]
