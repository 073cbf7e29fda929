"""Neighbourhood by neighbourhood: what a run counts in each small area, and what several runs say together.

A sample holds a dozen adults of each neighbourhood, so that one run says nothing about any of them. Runs of other luck
sample other residents; only what they say together, and say clearly, is worth a colour on a map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.experiment.comparison import Estimate, estimate
from demandsim.experiment.stories import CARER_HOURS
from demandsim.measures.tallies import ADULT_CELL

if TYPE_CHECKING:
    from demandsim.ledger import Month
    from demandsim.model import DemandModel

type Tally = NDArray[np.float64]

LAST_YEARS = 3
"""Years that the map is the average of: the last of a run."""


@dataclass(frozen=True, slots=True)
class AreaMeasure:
    """Something that can be mapped: adults of whom it is true (or what they feel), against all adults.

    Attributes:
        label: What it is called.
        unit: What a shown number means.
        per: What the share is multiplied by to be shown.
        direction: 1 where more is better, -1 where less is.
        decimals: Decimals shown.
        large: Change, as shown, from which it is called large.
    """

    label: str
    unit: str
    per: float
    direction: int
    decimals: int
    large: float


AREA_MEASURES: Mapping[str, AreaMeasure] = {
    "unmet": AreaMeasure("People without the help they need", "of every 1,000 adults", 1000.0, -1, 1, 10.0),
    "wellbeing": AreaMeasure("Satisfaction with life", "0 to 10, average of adults", 1.0, 1, 2, 0.1),
    "lonely": AreaMeasure("Often lonely", "of every 1,000 adults", 1000.0, -1, 1, 20.0),
    "strained": AreaMeasure("Carers close to breaking", "of every 1,000 adults", 1000.0, -1, 1, 10.0),
    "waiting": AreaMeasure("Waiting for the council", "of every 1,000 adults", 1000.0, -1, 1, 5.0),
    "admitted": AreaMeasure("Taken to hospital as an emergency", "of every 1,000 adults, a month", 1000.0, -1, 1, 2.0),
}
"""What the map can show, by name."""


@dataclass(frozen=True, slots=True)
class Area:
    """A neighbourhood of the place, as the model knows it.

    Attributes:
        code: Official code.
        label: A name that people can read, where the tables hold one.
        district: Name of its district.
        quintile: Deprivation fifth, 0 most deprived … 4 least.
    """

    code: str
    label: str
    district: str
    quintile: int


@dataclass(frozen=True)
class AreaYears:
    """What one run counted in each neighbourhood in its last model years.

    Attributes:
        areas: The neighbourhoods; every run of a place has the same.
        people: Months lived by adults, shape (neighbourhoods, years counted).
        tops: The same of those of whom a measure is true, or the sum of what they feel, by measure.
        end: Model years of the run: the last column is the last of them.
    """

    areas: tuple[Area, ...]
    people: Tally
    tops: Mapping[str, Tally]
    end: int


class AreaRecorder:
    """Counts the last years of a run by neighbourhood; give ``record`` to the model as ``on_month``.

    Args:
        years: Model years of the run.
    """

    def __init__(self, years: int) -> None:
        self._end = years
        self._first = years - min(LAST_YEARS, years)
        self._areas: tuple[Area, ...] = ()
        self._people: Tally = np.zeros((0, 0))
        self._tops: dict[str, Tally] = {}

    def _begin(self, model: DemandModel) -> None:
        self._areas = tuple(Area(n.code, n.label, n.district, n.quintile) for n in model.neighbourhoods)
        shape = len(self._areas), self._end - self._first
        self._people = np.zeros(shape)
        self._tops = {name: np.zeros(shape) for name in AREA_MEASURES}

    def record(self, model: DemandModel, _: Month) -> None:
        """Count one month, after its last process."""
        c, year = model.citizens, model.month // 12 - self._first
        if year < 0:
            return
        if not self._areas:
            self._begin(model)
        adults = c.alive & (c.cell >= ADULT_CELL)
        area, size = c.neighbourhood[adults], len(self._areas)
        strained = (c.care_given >= CARER_HOURS) & (c.strain > np.float32(model.numbers["carers.strained_from"]))
        found = {
            "unmet": c.unmet & (c.band > 0),
            "wellbeing": c.wellbeing,
            "lonely": c.lonely,
            "strained": strained,
            "waiting": c.waiting > 0,
            "admitted": c.admitted,
        }
        self._people[:, year] += np.bincount(area, minlength=size)
        for name, values in found.items():
            self._tops[name][:, year] += np.bincount(area, weights=values[adults].astype(np.float64), minlength=size)

    def years(self) -> AreaYears:
        """What was counted."""
        return AreaYears(self._areas, self._people, self._tops, self._end)


@dataclass(frozen=True, slots=True)
class Change:
    """A measure of one area or group of areas, without and with the room's choices, as it is shown.

    Attributes:
        before: Level in the baseline; NaN where nobody lives there in any of the runs.
        now: Level under the room's scenario, with its 95 % interval from chance alone.
        change: Difference, with its own: the same luck in both makes it far narrower.
    """

    before: float
    now: Estimate
    change: Estimate


def pooled_change(
    before: Sequence[AreaYears], now: Sequence[AreaYears], measure: str, areas: NDArray[np.intp], last: int
) -> Change:
    """What paired runs say together about some neighbourhoods in their last years.

    Shares are of everybody in all runs, so that a run with more adults weighs more. The interval follows from how far
    each pair of runs strays from that: the usual linear form for a ratio of sums.

    Args:
        before: Runs of the baseline.
        now: Runs of the scenario, of the same luck one by one.
        measure: Name in `AREA_MEASURES`.
        areas: Which neighbourhoods, taken together.
        last: How many years, from the last.

    Raises:
        ValueError: If the runs do not come in pairs.
    """
    if len(before) != len(now):
        raise ValueError(f"{len(before)} runs of the baseline and {len(now)} of the scenario: they must come in pairs")
    per = AREA_MEASURES[measure].per
    level, stray = [], []
    for runs in (before, now):
        top = np.array([run.tops[measure][areas, -last:].sum() for run in runs])
        people = np.array([run.people[areas, -last:].sum() for run in runs])
        if not people.sum():
            unknown = Estimate(np.nan, np.nan, len(runs))
            return Change(np.nan, unknown, unknown)
        share = top.sum() / people.sum()
        level.append(per * float(share))
        stray.append(per * (top - share * people) / people.mean())
    change = level[1] - level[0]
    return Change(level[0], estimate(level[1] + stray[1]), estimate(change + stray[1] - stray[0]))


def people_sampled(runs: Sequence[AreaYears], areas: NDArray[np.intp], last: int) -> float:
    """Adults of some neighbourhoods in all the runs together, on average over their last years."""
    return float(sum(run.people[areas, -last:].sum() for run in runs)) / (12 * last)
