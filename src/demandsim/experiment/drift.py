"""Does the base scenario stand still? Need, packages and services at the mix of people of month 0, and their drift."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Band
from demandsim.experiment.stocks import STOCKS, YEARLY_LIMIT
from demandsim.processes.home_care import client_rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True)
class Mix:
    """The people of 65 and over at one moment, by sex, fifth and three-year age group.

    Attributes:
        people: How many, shape (120,).
        packages: How many of them have support at home that the council pays for, shape (120,).
    """

    people: NDArray[np.float64]
    packages: NDArray[np.float64]


def mix_of(model: DemandModel) -> Mix:
    """The mix of the people there are now."""
    rows, cell = _older_cells(model)
    packages = client_rows(model.citizens)[rows]
    return Mix(_tally(cell), _tally(cell[packages]))


def _older_cells(model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of people of 65 and over, and the cell of each."""
    c = model.citizens
    rows = np.flatnonzero(c.alive & (c.age_months >= _OLDER_MONTHS))
    group = np.minimum((c.age_months[rows].astype(np.int64) - _OLDER_MONTHS) // _GROUP_MONTHS, _AGE_GROUPS - 1)
    return rows, (c.female[rows] * 5 + c.quintile[rows].astype(np.int64)) * _AGE_GROUPS + group


def _tally(cells: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(cells, minlength=_CELLS).astype(np.float64)


def drift_readings(model: DemandModel, mix: Mix) -> dict[str, float]:
    """What must stand still, at the mix of people of a first moment: what ageing itself moves is left out.

    Need and packages are shares at that moment's sex, fifth and age; workers stand against the packages that its
    rates would give the people there are now.
    """
    c = model.citizens
    rows, cell = _older_cells(model)
    now = _tally(cell)
    seen = (now > 0) & (mix.people > 0)
    out: dict[str, float] = {}
    for name, part in (("adl", c.band >= Band.MODERATE), ("packages", client_rows(c))):
        cases = _tally(cell[part[rows]])
        rate = np.divide(cases, now, out=np.zeros(_CELLS), where=seen)
        for low, high in DRIFT_AGES:
            inside = seen & _at_ages(low, high)
            out[f"drift.{name}.{low}"] = float(rate[inside] @ mix.people[inside] / mix.people[inside].sum())
    usual = np.divide(mix.packages, mix.people, out=np.zeros(_CELLS), where=seen) @ now
    out["drift.workers"] = float(model.workers.weight.sum(dtype=np.float64)) / max(float(usual), 1.0)
    return out


def _at_ages(low: int, high: int) -> NDArray[np.bool_]:
    """Which cells are of these ages."""
    first = 65 + _GROUP_MONTHS // 12 * (np.arange(_CELLS) % _AGE_GROUPS)
    inside: NDArray[np.bool_] = (first >= low) & (first < high)
    return inside


@dataclass(frozen=True)
class Drift:
    """One reading that must stand still in the base scenario.

    Attributes:
        label: In plain English.
        start: At month 0, or in year 1; mean over seeds.
        end: In the last year; mean over seeds.
        limit: How far it may move.
        relative: The limit is a share of the start, not an absolute distance.
        error: Standard error of how far it moved, in the unit of the limit; NaN of a single seed.
    """

    label: str
    start: float
    end: float
    limit: float
    relative: bool
    error: float = math.nan

    @property
    def change(self) -> float:
        """How far it moved."""
        return self.end - self.start

    @property
    def share(self) -> float:
        """How far it moved, as a share of the start; infinite or NaN where it began at nothing."""
        return self.change / self.start if self.start else math.copysign(math.inf, self.change) if self.change else 0.0

    @property
    def met(self) -> bool:
        """Whether it moved no further than it may."""
        return abs(self.change) <= (self.limit * abs(self.start) if self.relative else self.limit)


def drift_lines(runs: Sequence[Mapping[str, Mapping[str, float]]]) -> list[Drift]:
    """Start-up drift: each reading of `DRIFT_READINGS` at month 0 (or in year 1) and at the end, means over seeds.

    Then the stocks, which may not grow or shrink by more than so much a year beyond what ageing moves.
    """
    readings = [
        _drift(label, [(run["base"][name], run["last"][name]) for run in runs], 0.02 if points else 0.10, not points)
        for name, label, points in DRIFT_READINGS
    ]
    stocks = [
        _drift(
            f"{words}: a year's factor beyond ageing",
            [(1.0, run["last"][f"stock.{name}"]) for run in runs],
            YEARLY_LIMIT,
            True,
        )
        for name, words in STOCKS.items()
    ]
    return readings + stocks


def _drift(label: str, runs: Sequence[tuple[float, float]], limit: float, relative: bool) -> Drift:
    """One reading at the start and the end of each run: their means, and the standard error of the change."""
    start, end = (statistics.fmean(values) for values in zip(*runs, strict=True))
    moved = [last - first for first, last in runs]
    error = statistics.stdev(moved) / math.sqrt(len(moved)) if len(moved) > 1 else math.nan
    return Drift(label, start, end, limit, relative, error / abs(start) if relative and start else error)


_OLDER_MONTHS = 65 * 12
_GROUP_MONTHS, _AGE_GROUPS = 36, 12
_CELLS = 2 * 5 * _AGE_GROUPS
DRIFT_AGES = ((65, 74), (74, 83), (83, 200))
"""Ages, from and below, at which need and packages must stand still."""

_DRIFT_NAMES = ((65, "–73"), (74, "–82"), (83, "+"))
DRIFT_READINGS = (
    *((f"drift.adl.{low}", f"{low}{high} needing help with an ADL", True) for low, high in _DRIFT_NAMES),
    *((f"drift.packages.{low}", f"{low}{high} with a package at home", False) for low, high in _DRIFT_NAMES),
    ("drift.workers", "home-care workers, per package that the people there are would have", False),
    ("waiting.weeks", "weeks waited by those who wait", False),
    ("carers", "residents 5+ who give care", True),
    ("lonely.65plus", "65+ often lonely", True),
    ("rate65.requests", "requests per person 65+", False),
    ("rate65.emergency_admissions", "emergency admissions per person 65+", False),
    ("rate65.care_home_admissions", "care-home admissions per person 65+", False),
)
"""Readings that must stand still in the base scenario but for what ageing itself moves: name, label, in points."""
