"""Kinship and need index: what later steps look up about the people who are here this month."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.kin import renew_children
from demandsim.compiled import kernel
from demandsim.processes.base import Process

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_MONTHS_OF_AGE = 1500
_ADULT, _OLDER = 18 * 12, 65 * 12
_QUARTER = 3


@kernel
def _count_ages(alive: NDArray[np.bool_], age_months: NDArray[np.int16], people: NDArray[np.int64]) -> None:
    """People alive by month of age."""
    for i in range(alive.size):
        people[age_months[i]] += np.int64(alive[i])


class Kinship(Process):
    """Renews the index of children, and the need index that ``per_need`` budgets and capacity follow.

    The need index joins the need-weighted number of older people, weights being the mean hands-on need at each
    age in the settled base month, and the number of people of working age, in the shares of the settled base
    year's spending on each. Weights are frozen, so the index follows ageing alone: practice that makes people need
    less does not lower its own budget. It is renewed every quarter, the index of children every month.
    """

    name: ClassVar[str] = "kinship"
    reads: ClassVar[tuple[str, ...]] = ("alive", "age_months", "mother", "father", "hands_on")
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self._weight: NDArray[np.float64] = np.zeros(_MONTHS_OF_AGE)
        self._base_older = 1.0
        self._base_working = 1.0

    def settled(self, model: DemandModel) -> None:
        """Freeze the weights: mean hands-on need by year of age, among people of 65 and over."""
        citizens = model.citizens
        here = citizens.rows
        years = citizens.age_months[here].astype(np.int64) // 12
        people = np.bincount(years, minlength=_MONTHS_OF_AGE // 12)
        hours = np.bincount(years, weights=citizens.hands_on[here], minlength=_MONTHS_OF_AGE // 12)
        mean = np.divide(hours, people, out=np.zeros_like(hours), where=people > 0)
        # Beyond the oldest age with enough people the mean is noise: hold the last good one.
        last = int(np.flatnonzero(people >= 30).max(initial=_OLDER // 12))
        mean[last + 1 :] = mean[last]
        self._weight = np.repeat(mean, 12)
        self._weight[:_OLDER] = 0.0
        self._base_older, self._base_working = self._count(model)

    def step(self, model: DemandModel) -> None:
        """Renew what later steps look up."""
        model.children = renew_children(model.children, model.citizens)
        if not model.settling and model.month % _QUARTER == 0:
            older, working = self._count(model)
            share = model.council.older_share
            model.need_index = share * older / self._base_older + (1.0 - share) * working / self._base_working

    def _count(self, model: DemandModel) -> tuple[float, float]:
        citizens = model.citizens
        by_age = np.zeros(_MONTHS_OF_AGE, dtype=np.int64)
        _count_ages(citizens.alive, citizens.age_months, by_age)
        return max(float(by_age @ self._weight), 1e-9), max(float(by_age[_ADULT:_OLDER].sum()), 1.0)
