"""Small numbers: which groups rest on too few simulated people to be shown by themselves.

Rows are kept, since sums need them; the guard is for *showing*. Nobody in the model is a real person, so there is no
privacy to protect: what a handful of simulated people show is chance. People are counted as they were simulated, not as
they stand for the place, and replicates are pooled.
"""

from __future__ import annotations

import pandas as pd

from demandsim.parameters.register import Numbers

LEAST = "value.least_people"
"""Key of the fewest simulated people that a shown group rests on."""

_PEOPLE = {"need": "need_people"}
"""Breakdowns that are of other people than of the whole population, and the measure that counts them."""


def people_behind(rows: pd.DataFrame, by: str, scale: float) -> dict[str, float]:
    """Simulated people that each group rests on: the mean of the years, replicates added up.

    Args:
        rows: Tidy rows of one scenario.
        by: A breakdown of people: ``age``, ``sex``, ``quintile``, ``need``, ``district`` or ``neighbourhood``.
        scale: Share of people simulated.
    """
    counted = rows[(rows["measure"] == _PEOPLE.get(by, "population")) & (rows["by"] == by)]
    by_year = counted.groupby(["group", "year"])["value"].sum()
    return {str(group): float(value) * scale for group, value in by_year.groupby("group").mean().items()}


def nobody(rows: pd.DataFrame, by: str) -> frozenset[str]:
    """Groups in which nobody was ever simulated.

    Args:
        rows: Tidy rows.
        by: A breakdown of people, as for `people_behind`.
    """
    return frozenset(group for group, people in people_behind(rows, by, 1.0).items() if people == 0)


def too_few(rows: pd.DataFrame, by: str, scale: float, least: float | None = None) -> frozenset[str]:
    """Groups that are not to be shown by themselves.

    Args:
        rows: Tidy rows of one scenario.
        by: A breakdown of people, as for `people_behind`.
        scale: Share of people simulated.
        least: Fewest simulated people behind a group that is shown; the register's if left out.
    """
    fewest = Numbers()[LEAST] if least is None else least
    return frozenset(group for group, people in people_behind(rows, by, scale).items() if people < fewest)
