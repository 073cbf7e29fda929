"""Expectancies of a place from tallies by the cells of a life table, where enough people lived to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import LIFE_BANDS, QUINTILES, SEXES
from demandsim.measures.expectancy import BAND_OF_65, life_table, years_in_state
from demandsim.processes.base import evidence

Floats = NDArray[np.float64]

Found = tuple[str, str, str, float]
"""Measure, breakdown, group and value."""

_STATES = ((1, "healthy_life_expectancy"), (2, "disability_free_life_expectancy"))
"""Columns of the tally of lives, and what they make."""


@dataclass(frozen=True)
class LifeRules:
    """When there are enough lives, and who is healthy."""

    least: float = evidence("value.expectancy_least_years")
    least_65: float = evidence("value.expectancy_least_years_65")
    healthy: float = evidence("value.frailty_healthy")


def years_lived(months: Floats, deaths: Floats) -> Floats:
    """Years lived, from people counted at the end of each month and deaths: who died lived half of their last month."""
    return (months + deaths / 2.0) / 12.0


def expectancies(deaths: Floats, months: Floats, rules: LifeRules, ending: str = "") -> Iterator[Found]:
    """Life, healthy and disability-free life expectancy at birth and at 65, of all, each sex and each fifth.

    Args:
        deaths: Deaths by the life table's cell, shape (LIFE_CELLS,).
        months: People, healthy people and people without need, summed over the ends of months, shape (LIFE_CELLS, 3).
        rules: When there are enough lives.
        ending: What is put behind the names of the measures.

    Yields:
        What there is, and for the place as a whole the standard errors; nothing for groups with too few lives.
    """
    shape = (len(LIFE_BANDS), len(SEXES), len(QUINTILES))
    died, lived = deaths.reshape(shape), months.reshape(*shape, months.shape[1])
    groups = [("all", "all", died.sum(axis=(1, 2)), lived.sum(axis=(1, 2)))]
    groups += [("sex", name, died[:, k].sum(axis=1), lived[:, k].sum(axis=1)) for k, name in enumerate(SEXES)]
    groups += [
        ("quintile", name, died[:, :, k].sum(axis=1), lived[:, :, k].sum(axis=1)) for k, name in enumerate(QUINTILES)
    ]
    for by, group, dead, people in groups:
        for name, value, error in _of_group(dead, people, rules):
            yield f"{name}{ending}", by, group, value
            if by == "all":
                yield "expectancy_error", "outcome", f"{name}{ending}", error


def _of_group(deaths: Floats, months: Floats, rules: LifeRules) -> Iterator[tuple[str, float, float]]:
    """Expectancies of one group with their standard errors."""
    years = years_lived(months[:, 0], deaths)
    for start, least, name, ending in (
        (0, rules.least, "life_expectancy_birth", ""),
        (BAND_OF_65, rules.least_65, "life_expectancy_65", "_65"),
    ):
        if years[start:].sum() < least or (months[start:, 0] <= 0).any():
            continue
        # Bands below the age asked for may be empty in a small sample; they do not bear on what comes after it.
        below = np.arange(years.size) < start
        table = life_table(np.where(below, 0.0, deaths), np.where(below, 1.0, years))
        if table is None:
            continue
        yield name, float(table.expectancy[start]), float(table.error[start])
        for column, state in _STATES:
            share = np.divide(months[:, column], months[:, 0], out=np.zeros_like(years), where=months[:, 0] > 0)
            in_state, error = years_in_state(table, share, months[:, 0] / 12.0)
            yield f"{state}{ending}", float(in_state[start]), float(error[start])
