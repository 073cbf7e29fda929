"""Care for others: for someone outside the place, or for a need that the model does not count.

How many give such care, and for how many hours, is what the Census counts in the place beyond the care that the model
knows of; it is found in the run-in, and stands from month 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.lasting import FOR_LIFE

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_OTHER_CARING = np.uint32(Purpose.OTHER_CARING)
_STEPS = 256
_OLDEST = 110
_COUNTED_MONTHS = 5 * 12
_CORRECTED = 0.7
# Hours above which each band of the Census begins: 1 to 9, 10 to 19, 20 to 34, 35 to 49, 50 and over.
_BANDS = np.array([0.0, 9.5, 19.5, 34.5, 49.5])
_LEAST_HOURS = 1.0
_PROFILE_AGES = (16, 23, 37, 47, 57, 67, 77, 88)


@dataclass(frozen=True)
class Rules:
    """Numbers of care for others: the most hours a week, and how common it is by sex and age."""

    most_hours: float = evidence("carers.other_most_hours")
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


@kernel
def _take_up(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    rate: NDArray[np.float32],
    hours: NDArray[np.float32],
    other_caring: NDArray[np.float32],
) -> None:
    """Hours of care of those whose lasting draw lies below the rate of their sex and year of age; 0 of the others.

    ``hours`` has those of equal shares of the carers, rising.
    """
    for i in rows:
        a, b, _, _ = uniform4(seed, uid[i], FOR_LIFE, _OTHER_CARING)
        year = min(np.int64(age_months[i]) // 12, np.int64(_OLDEST))
        cares = a < rate[year + np.int64(female[i]) * (_OLDEST + 1)]
        other_caring[i] = hours[np.int64(b * f4(_STEPS))] if cares else f4(0.0)


class OtherCare:
    """Who cares for someone outside the model, and for how many hours a week."""

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)
        self._profile = _profile(self._rules)
        # Of residents of five and over: who care for others than the model's kin, by band of hours.
        self._share = np.zeros(len(_BANDS))
        self._level = 0.0
        self._hours = np.zeros(_STEPS, dtype=np.float32)

    def fit(self, model: DemandModel) -> None:
        """Move care for others towards what the Census counts in the place beyond the care the model knows of."""
        citizens, profile = model.citizens, model.profile
        counted = np.flatnonzero(citizens.alive & (citizens.age_months >= _COUNTED_MONTHS))
        hours = citizens.care_given[counted]
        band = np.searchsorted(_BANDS, hours[hours > 0.0], side="left") - 1
        seen = np.bincount(band, minlength=len(_BANDS)) / max(counted.size, 1)
        known = np.array(list(profile.carers_by_hours.values())) / profile.residents_5_plus
        self._share = np.maximum(self._share + _CORRECTED * (known - seen), 0.0)
        everyone = citizens.rows
        total = float(self._share.sum())
        usual = self._profile[_place(citizens, everyone)].sum()
        self._level = total * counted.size / max(float(usual), 1.0)
        share = np.cumsum(self._share) / max(total, 1e-9)
        # Within a band all hours are alike.
        ends = np.append(_BANDS[1:], self._rules.most_hours)
        starts = np.maximum(_BANDS, _LEAST_HOURS)
        chance = np.concatenate([[0.0], np.repeat(share, 2)[:-1]])
        edges = np.stack([starts, ends], axis=1).ravel()
        middle = (np.arange(_STEPS) + 0.5) / _STEPS
        self._hours = np.interp(middle, chance + 1e-9 * np.arange(chance.size), edges).astype(np.float32)

    def take_up(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Care for people or needs outside the model: a lasting draw against the rate of one's age and sex.

        So a person takes up such care as the rate of their age rises above the draw and lays it down as it falls.
        """
        citizens = model.citizens
        rate = f4(self._level) * self._profile
        who = (citizens.uid, rows, citizens.age_months, citizens.female)
        _take_up(model.luck_seed, *who, rate, self._hours, citizens.other_caring)


def _place(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where people stand in the profile of care for others: by sex and year of age."""
    years = np.minimum(citizens.age_months[rows] // 12, _OLDEST).astype(np.int64)
    return years + (_OLDEST + 1) * citizens.female[rows]


def _profile(rules: Rules) -> NDArray[np.float32]:
    """How many care for someone outside the model, relative to others, by age: men to `_OLDEST`, then women."""
    ages = np.arange(_OLDEST + 1)
    rate = [
        np.interp(ages, _PROFILE_AGES, [getattr(rules, f"{sex}_{age}") for age in _PROFILE_AGES], left=0.0)
        for sex in ("men", "women")
    ]
    return np.concatenate(rate).astype(np.float32)
