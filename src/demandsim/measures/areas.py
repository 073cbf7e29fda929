"""Rows by need band, district and neighbourhood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.measures.breakdowns import Rows
from demandsim.measures.register import MEASURES
from demandsim.measures.spending import of_support
from demandsim.measures.tallies import DRIVERS, SHARED

if TYPE_CHECKING:
    from demandsim.agents.services import Neighbourhood
    from demandsim.measures.year import Year

Floats = NDArray[np.float64]

BAND_NAMES = ("none", "low", "moderate", "high", "very high")
"""Need bands as rows name them."""

OF_NEED = ("need_hours", "unmet_need_people", "unmet_need_hours", "long_term_clients")
"""Measures by need band that are means over months, beside the people in it."""

OF_AREAS = ("population", "unmet_need_people", "carer_strain")
"""Measures by district and neighbourhood that are means over months."""


def add_need(rows: Rows, label: int, year: Year, scale: float) -> None:
    """Add what adults of each need band have, and what the council spends on their support.

    Args:
        rows: Where to.
        label: The year.
        year: Its tallies.
        scale: Share of people simulated.
    """
    support = of_support(year.costs, year.need[:, -len(DRIVERS) :]) / scale
    for level, name in enumerate(BAND_NAMES):
        of = dict(zip(SHARED, (year.need[level] / (year.months * scale)).tolist(), strict=True))
        if level:
            rows.add(label, "need_people", "need", name, of["adults"])
            for measure in OF_NEED:
                rows.add(label, measure, "need", name, of[measure])
        if of["adults"] > 0:
            rows.add(label, "wellbeing", "need", name, of["wellbeing"] / of["adults"])
        rows.add(label, "support_cost", "need", name, float(support[level]))


def add_areas(rows: Rows, label: int, year: Year, places: list[Neighbourhood], scale: float) -> None:
    """Add people, unmet need, strain, wellbeing and support by neighbourhood, and by district where there are two.

    Args:
        rows: Where to.
        label: The year.
        year: Its tallies.
        places: The neighbourhoods, in the order of the tallies.
        scale: Share of people simulated.
    """
    support = of_support(year.costs, year.areas[:, -len(DRIVERS) :])
    _add(rows, label, "neighbourhood", [place.code for place in places], year.areas, support, year.months, scale)
    names, district = np.unique([place.district for place in places], return_inverse=True)
    if names.size < 2:
        return
    summed, spent = np.zeros((names.size, year.areas.shape[1])), np.zeros(names.size)
    np.add.at(summed, district, year.areas)
    np.add.at(spent, district, support)
    _add(rows, label, "district", names.tolist(), summed, spent, year.months, scale)


def _add(
    rows: Rows, label: int, by: str, groups: list[str], found: Floats, support: Floats, months: int, scale: float
) -> None:
    """Add the rows of one breakdown by place; a neighbourhood that nobody lives in has no wellbeing."""
    units = [MEASURES[measure].unit for measure in OF_AREAS]
    quality_unit, cost_unit = MEASURES["wellbeing"].unit, MEASURES["support_cost"].unit
    means = (found[:, [SHARED.index(measure) for measure in OF_AREAS]] / (months * scale)).tolist()
    adults, wellbeing = found[:, SHARED.index("adults")].tolist(), found[:, SHARED.index("wellbeing")].tolist()
    spent, held = (support / scale).tolist(), rows.held
    for row, group in enumerate(groups):
        held += [
            (label, measure, by, group, value, unit)
            for measure, value, unit in zip(OF_AREAS, means[row], units, strict=True)
        ]
        if adults[row] > 0:
            held.append((label, "wellbeing", by, group, wellbeing[row] / adults[row], quality_unit))
        held.append((label, "support_cost", by, group, spent[row], cost_unit))
