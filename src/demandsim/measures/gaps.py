"""Gaps between deprivation fifths: slope, relative and concentration indices of outcomes, year by year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS, QUINTILES
from demandsim.measures.breakdowns import Rows
from demandsim.measures.equity import concentration_index, mean_rate, slope_index, standardised
from demandsim.measures.register import MEASURES
from demandsim.measures.tallies import ADULT_CELL

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """An outcome whose gap is measured: one tally over another, of adults.

    Attributes:
        measure: The measure it is the rate of.
        top: What is counted.
        bottom: Out of whom.
        per: People the rate is for: 1,000 for counts, 1 for means and shares.
        a_year: Whether the rate is for a year (events) rather than at any one time.
    """

    measure: str
    top: str
    bottom: str = "population"
    per: float = 1000.0
    a_year: bool = False


OUTCOMES = (
    Outcome("need_people", "need_people"),
    Outcome("unmet_need_people", "unmet_need_people"),
    Outcome("unmet_need_hours", "unmet_need_hours"),
    Outcome("carer_strain", "carer_strain"),
    Outcome("wellbeing", "wellbeing", per=1.0),
    Outcome("health_quality", "health", per=1.0),
    Outcome("scrqol", "scrqol", "need_people", per=1.0),
    Outcome("loneliness", "lonely", per=1.0),
    Outcome("emergency_admissions", "emergency_admissions", a_year=True),
    Outcome("care_home_admissions", "care_home_admissions", a_year=True),
    Outcome("deaths", "deaths", a_year=True),
)
"""Outcomes of which gaps are told."""

EXPECTANCIES = ("life_expectancy_65", "healthy_life_expectancy_65", "disability_free_life_expectancy_65")
"""Expectancies of which gaps are told, where every fifth has one."""


class Gaps:
    """Adds rows of equity, and remembers the first year's gaps."""

    def __init__(self) -> None:
        self._first: dict[str, float] = {}

    def add_rows(
        self,
        rows: Rows,
        label: int,
        tally: Callable[[str], Floats],
        months: int,
        found: Iterable[tuple[str, str, str, float]] = (),
    ) -> None:
        """Add the gaps of a year.

        Args:
            rows: Where to.
            label: The year.
            tally: Gives the year's tally of a name by reporting cell.
            months: Months of the year.
            found: Expectancies of the year: measure, breakdown, group, value.
        """
        people = _fifths(tally("population")).sum(axis=0) / months
        for outcome in OUTCOMES:
            rate = standardised(_fifths(tally(outcome.top)), _fifths(tally(outcome.bottom)))
            self._add(rows, label, outcome.measure, rate * outcome.per * (months if outcome.a_year else 1.0), people)
        years = {(name, group): value for name, by, group, value in found if by == "quintile"}
        for name in EXPECTANCIES:
            of_fifths = np.array([years.get((name, fifth), np.nan) for fifth in QUINTILES])
            if not np.isnan(of_fifths[people > 0]).any():
                self._add(rows, label, name, of_fifths, people)

    def _add(self, rows: Rows, label: int, name: str, rate: Floats, people: Floats) -> None:
        """Add the indices of one outcome; a place of one fifth has no gap."""
        there = ~np.isnan(rate) & (people > 0)
        if np.count_nonzero(there) < 2:
            return
        rate, people = rate[there], people[there]
        slope = slope_index(rate, people) * (1.0 if MEASURES[name].direction > 0 else -1.0)
        mean = mean_rate(rate, people)
        first = self._first.setdefault(name, slope)
        rows.add(label, "slope_index", "outcome", name, slope)
        rows.add(label, "slope_change", "outcome", name, slope - first)
        if mean > 0:
            rows.add(label, "relative_index", "outcome", name, slope / mean)
            rows.add(label, "concentration_index", "outcome", name, concentration_index(rate, people))


def _fifths(cells: Floats) -> Floats:
    """A tally of adults by stratum of age and sex, and fifth."""
    return cells.reshape(CELLS // len(QUINTILES), len(QUINTILES))[ADULT_CELL // len(QUINTILES) :]
