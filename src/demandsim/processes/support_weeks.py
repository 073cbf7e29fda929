"""What a week of working-age support costs: by where the person lives, the type of support, and planned hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Setting, SupportType
from demandsim.compiled import kernel
from demandsim.processes.support_onset import by_type

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.working_age import Rules


@kernel
def _price_weeks(
    rows: NDArray[np.int64],
    prices: NDArray[np.float64],
    hour_price: float,
    level: float,
    setting: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    plan_hours: NDArray[np.float32],
    week: NDArray[np.float64],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        week[k] = (prices[setting[i], support_type[i]] + hour_price * np.float64(plan_hours[i])) * level


def week_prices(rules: Rules) -> NDArray[np.float64]:
    """Pounds a week beside planned hours, by `Setting` and `SupportType`."""
    week = np.zeros((len(Setting), len(SupportType)))
    week[Setting.HOME] = by_type(rules.learning_other_week, rules.physical_other_week, rules.mental_other_week)
    week[Setting.CARE_HOME] = week[Setting.OTHER_COMMUNAL] = by_type(
        rules.learning_residential_week, rules.physical_residential_week, rules.mental_residential_week
    )
    week[Setting.SUPPORTED_LIVING] = by_type(
        rules.learning_supported_week, rules.physical_supported_week, rules.mental_supported_week
    )
    week[Setting.SHARED_LIVES] = rules.shared_lives_week
    return week


def week_costs(
    rules: Rules, prices: NDArray[np.float64], model: DemandModel, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What a week of each person's support costs, pounds: their place and planned hours, less what is trimmed.

    Args:
        rules: Parameters.
        prices: What `week_prices` gives.
        model: The model.
        rows: People with support.
    """
    citizens, week = model.citizens, np.empty(rows.size)
    _price_weeks(
        rows,
        prices,
        rules.hour_price,
        float(rules.cost_level * (1.0 - model.council.working_age_trim)),
        citizens.setting,
        citizens.support_type,
        citizens.plan_hours,
        week,
    )
    return week
