"""Productivity three ways, from tidy rows: as national statistics have it, per public pound, and per pound of all.

Pure functions: they take the rows of one run (``year, measure, by, group, value``) and give numbers by year. The first
way counts services and so falls when a package of care is prevented; the others count years of life.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ACTIVITIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("home_care_hours", ("home_care",)),
    ("direct_payment_hours", ("direct_payment",)),
    ("care_home_residents_council", ("residential", "nursing")),
    ("working_age_clients", ("working_age",)),
    ("reablement_starts", ("reablement",)),
    ("assessments", ("assessment",)),
)
"""What is counted as output of adult social care, and the services whose cost weights it."""

NO_SERVICE = ("local_tax", "debt", "invest_to_save", "pooled_budget", "delay_charge")
"""What the council's books hold beside care itself: finance and transfers."""

OUTCOMES = ("qaly", "wellbeing_years", "independent_years")
"""Outcomes that stand over a pound, each by itself: QALYs and wellbeing years are never added."""

PUBLIC = ("council", "nhs", "central")
"""Payers of public money."""


@dataclass(frozen=True)
class CareIndices:
    """Indices by year, the first year 100.

    Attributes:
        years: Labels of the years, shape (years,).
        output: Quality-adjusted output, shape (years,).
        inputs: Inputs, shape (years,).
    """

    years: tuple[int, ...]
    output: Floats
    inputs: Floats

    @property
    def productivity(self) -> Floats:
        """Output over inputs, first year 100; NaN for a year without inputs."""
        there = self.inputs > 0
        return np.where(there, 100.0 * self.output / np.where(there, self.inputs, 1.0), np.nan)


def chained_index(activity: Floats, cost: Floats) -> Floats:
    """A chain-linked Laspeyres volume index.

    Args:
        activity: Counts by year and activity, shape (years, activities).
        cost: What each cost, at constant prices, likewise.

    Returns:
        The index, first year 100, shape (years,). From year to year each activity's growth counts by its cost in the
        year before; one that nobody had then, or that cost nothing, comes in from the next year on.
    """
    index = [100.0]
    for before, now, pounds in zip(activity[:-1], activity[1:], cost[:-1], strict=True):
        counts = (before > 0) & (pounds > 0)
        weight = pounds[counts].sum()
        growth = float(pounds[counts] @ (now[counts] / before[counts])) / weight if weight > 0 else 1.0
        index.append(index[-1] * growth)
    return np.array(index)


def care_indices(rows: pd.DataFrame) -> CareIndices:
    """Adult social care as the national statistics measure it.

    Output is every activity of `ACTIVITIES`, weighted by the council's cost, chain-linked and moved with
    social-care-related quality of life; what has no count is taken to move with what has. Inputs are all that the
    council spends on adult social care at prices of the base year.

    Args:
        rows: Rows of one run.
    """
    read = _Read(rows)
    activity = np.stack([read.values(name) for name, _ in ACTIVITIES], axis=1)
    services = read.services()
    cost = np.stack([sum((services.get(s, read.none) for s in names), read.none) for _, names in ACTIVITIES], axis=1)
    quality = read.values("scrqol")
    better = np.divide(quality, quality[0], out=np.ones(quality.size), where=(quality > 0) & (quality[0] > 0))
    spent = sum((pounds for name, pounds in services.items() if name not in NO_SERVICE), read.none)
    first = spent[0] if spent[0] > 0 else 1.0
    return CareIndices(read.years, chained_index(activity, cost) * better, 100.0 * spent / first)


def per_pound(rows: pd.DataFrame, outcome: str, *, public: bool) -> dict[int, float]:
    """An outcome per £1,000, by year; years in which nothing was spent are left out.

    Args:
        rows: Rows of one run.
        outcome: One of `OUTCOMES`.
        public: Count public money only; otherwise all that anybody puts in, unpaid hours valued.
    """
    read = _Read(rows)
    lived = read.values(outcome)
    spent = sum((read.values("cost", "payer", who) for who in PUBLIC), read.none) if public else read.values("cost")
    return {
        year: 1000.0 * float(value / pounds)
        for year, value, pounds in zip(read.years, lived, spent, strict=True)
        if pounds > 0
    }


READ = frozenset([*(name for name, _ in ACTIVITIES), "cost", "scrqol", *OUTCOMES])
"""Measures that productivity is reckoned from."""
READ_BY = frozenset(["all", "payer", "payer+service"])
"""Breakdowns of them that it is reckoned from."""


class _Read:
    """The rows that productivity is reckoned from, by what they are."""

    def __init__(self, rows: pd.DataFrame) -> None:
        wanted = rows[rows["measure"].isin(READ)]
        self.years = tuple(sorted(int(year) for year in rows["year"].unique()))
        self._held: dict[tuple[str, str, str], dict[int, float]] = {}
        columns = ("measure", "by", "group", "year", "value")
        for measure, by, group, year, value in zip(*(wanted[name].tolist() for name in columns), strict=True):
            self._held.setdefault((measure, by, group), {})[year] = value

    @property
    def none(self) -> Floats:
        """Nothing in any year."""
        return np.zeros(len(self.years))

    def values(self, measure: str, by: str = "all", group: str = "all") -> Floats:
        """Values of a measure by year, 0 where there is none."""
        held = self._held.get((measure, by, group), {})
        return np.array([held.get(year, 0.0) for year in self.years])

    def services(self) -> dict[str, Floats]:
        """What the council spent on each service by year."""
        return {
            group.removeprefix("council+"): self.values(measure, by, group)
            for measure, by, group in sorted(self._held)
            if measure == "cost" and by == "payer+service" and group.startswith("council+")
        }
