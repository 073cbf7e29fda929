"""A few plain figures of the place, by name: what Mesa's data collector records each month."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_ADULT = 18 * 12
_AT_ONCE = 64


@kernel
def _total(values: NDArray[np.float32], counted: NDArray[np.bool_]) -> float:
    """The sum over those who count, in as many sums side by side as the processor adds at once."""
    sums = np.zeros(_AT_ONCE)
    for start in range(0, values.size, _AT_ONCE):
        some, who = values[start : start + _AT_ONCE], counted[start : start + _AT_ONCE]
        for k in range(some.size):
            sums[k] += np.float64(some[k]) * np.float64(who[k])
    total = 0.0
    for k in range(_AT_ONCE):
        total += sums[k]
    return total


def population(model: DemandModel) -> int:
    """People simulated."""
    return len(model.citizens)


def need_people(model: DemandModel) -> int:
    """People who need help with an activity of daily living or more."""
    return int(np.count_nonzero(model.citizens.band >= 2))


def unmet_need_people(model: DemandModel) -> int:
    """People with unmet need."""
    return int(np.count_nonzero(model.citizens.unmet))


def unmet_need_hours(model: DemandModel) -> float:
    """Hands-on hours a week that nobody gives."""
    return float(_total(model.citizens.unmet_hours, model.citizens.alive))


def wellbeing(model: DemandModel) -> float:
    """Mean life satisfaction of adults, 0 to 10."""
    citizens = model.citizens
    adult = citizens.alive & (citizens.age_months >= _ADULT)
    return float(_total(citizens.wellbeing, adult)) / max(int(np.count_nonzero(adult)), 1)


def carers(model: DemandModel) -> int:
    """People who give unpaid care."""
    return int(np.count_nonzero(model.citizens.care_given > 0))


def care_home_residents(model: DemandModel) -> int:
    """People who live in a care home."""
    return int(np.count_nonzero(model.citizens.setting == 1))


def waiting(model: DemandModel) -> int:
    """People who wait for an assessment or a package."""
    return int(np.count_nonzero(model.citizens.waiting > 0))


REPORTERS: dict[str, Callable[[DemandModel], float]] = {
    f.__name__: f
    for f in (
        population,
        need_people,
        unmet_need_people,
        unmet_need_hours,
        wellbeing,
        carers,
        care_home_residents,
        waiting,
    )
}
"""Named functions, so that a model with its collector survives pickling."""
