"""Reading the packaged tables: what is known of a district, and of England, before anybody is simulated.

Every table is CSV, so that anyone can open it. A district's own lines are found without parsing the others.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from demandsim.place.names import PlaceError, PlaceName

SEXES = ("male", "female")
"""Order of the sex axis of every table: 0 men, 1 women, as the column ``female``."""

AGES = 101
"""Single years of age: 0 to 99, then 100 and over."""

BAND_STARTS = (0, 16, 65, 75, 85)
"""First ages of the five bands in which people of a neighbourhood are known."""

FIRST_YEAR, LAST_YEAR = 2024, 2044
"""Years for which the model has UK death rates."""


@cache
def _lines(name: str) -> tuple[str, ...]:
    """Lines of a packaged table, header first."""
    raw = (files("demandsim.data") / "tables" / name).read_bytes()
    return tuple((gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8").splitlines())


def rows(name: str, code: str | None = None) -> list[dict[str, str]]:
    """Rows of a packaged table, all of them or those whose first column is ``code``.

    Args:
        name: File name in ``data/tables``.
        code: Area code in the first column.

    Returns:
        One dictionary a row, values as written.
    """

    def lines() -> Iterator[str]:
        everything = _lines(name)
        start = "" if code is None else f"{code},"
        yield everything[0]
        yield from (line for line in everything[1:] if line.startswith(start))

    return list(csv.DictReader(lines()))


def area_row(name: str, code: str) -> dict[str, float]:
    """The one row of an area, as numbers (the code left out).

    Raises:
        PlaceError: If the table has no row for the area.
    """
    found = rows(name, code)
    if not found:
        raise PlaceError(f"the packaged table {name} has nothing for {code}")
    return {key: float(value) for key, value in found[0].items() if key != "code"}


@dataclass(frozen=True)
class SmallAreas:
    """The neighbourhoods (LSOAs of 2011) of one district.

    Attributes:
        code: ONS codes.
        label: Names that people can read.
        decile: Deprivation decile of 2019, 1 most deprived, shape (areas,).
        decile_2025: The same by the index of 2025.
        people: People of mid-2020 in five bands of age, shape (areas, 5).
    """

    code: tuple[str, ...]
    label: tuple[str, ...]
    decile: NDArray[np.int64]
    decile_2025: NDArray[np.int64]
    people: NDArray[np.int64]


@dataclass(frozen=True)
class DistrictTables:
    """What the tables say of one district.

    Attributes:
        place: Its code and name.
        people: ONS mid-2024 people by sex and single year of age, shape (2, 101).
        areas: Its neighbourhoods.
        married: Share of people of 16 and over who are married or in a civil partnership.
        tenure: Households by tenure, Census 2021.
        communal_people: Residents of communal homes over people by sex and single year, shape (2, 101): the
            district's own where the table has it, else the three known places pooled.
        communal_known: Whether the shares are the district's own.
    """

    place: PlaceName
    people: NDArray[np.int64]
    areas: SmallAreas
    married: float
    tenure: dict[str, float]
    communal_people: NDArray[np.float64]
    communal_known: bool

    @property
    def owner_share(self) -> float:
        """Share of households that own their home, shared ownership among them."""
        owned = sum(self.tenure[key] for key in ("owned_outright", "owned_mortgage", "shared_ownership"))
        return owned / self.tenure["households"]


@lru_cache(maxsize=32)
def district_tables(place: PlaceName, tilt: float) -> DistrictTables:
    """Read all that the tables say of one district; kept, and so not to be written to.

    Args:
        place: A district.
        tilt: Yearly fall of the ratio of men to women above age 90, for splitting the open age group.
    """
    status = area_row("partnership.csv.gz", place.code)
    shares, known = _communal_shares(place.code)
    people, areas = _people(place.code, tilt), _small_areas(place)
    for kept in (shares, people, areas.decile, areas.decile_2025, areas.people):
        kept.flags.writeable = False
    return DistrictTables(
        place=place,
        people=people,
        areas=areas,
        married=status["married"] / sum(status.values()),
        tenure=area_row("households.csv.gz", place.code),
        communal_people=shares,
        communal_known=known,
    )


def _people(code: str, tilt: float) -> NDArray[np.int64]:
    """People by sex and single year; those of 90 and over spread by the census of the district."""
    from demandsim.place.matching import largest_remainder

    counts = np.zeros((2, AGES), dtype=np.int64)
    older = np.array(list(area_row("oldest.csv.gz", code).values())) + 1e-9
    for row in rows("population.csv.gz", code):
        sex = SEXES.index(row["sex"])
        values = [int(float(v)) for k, v in row.items() if k.startswith("age_")]
        counts[sex, :90] = values[:90]
        weight = older * (np.exp(-tilt * np.arange(11)) if sex == 0 else 1.0)
        counts[sex, 90:] = largest_remainder(weight, values[90])
    return counts


def _small_areas(place: PlaceName) -> SmallAreas:
    """The neighbourhoods of a district, in order of code."""
    table = rows("neighbourhoods.csv.gz", place.code)
    bands = [key for key in table[0] if key.startswith("pop_")]
    return SmallAreas(
        code=tuple(row["code"] for row in table),
        label=tuple(row["name"] or f"{place.name} {row['code']}" for row in table),
        decile=np.array([int(row["imd2019_decile"]) for row in table]),
        decile_2025=np.array([int(row["imd2025_decile"]) for row in table]),
        people=np.array([[int(row[key]) for key in bands] for row in table]),
    )


def _communal_shares(code: str) -> tuple[NDArray[np.float64], bool]:
    """Share of people in communal homes by sex and age, and whether they are the district's own."""
    own = rows("communal.csv", code)
    table = own or rows("communal.csv")
    residents, people = np.zeros((2, AGES)), np.zeros((2, AGES))
    starts = sorted({int(row["age_from"]) for row in table})
    ends = dict(zip(starts, [*starts[1:], AGES], strict=True))
    for row in table:
        first = int(row["age_from"])
        cell = (SEXES.index(row["sex"]), slice(first, ends[first]))
        residents[cell] += float(row["residents"])
        people[cell] += float(row["people"])
    return residents / people, bool(own)


@dataclass(frozen=True)
class LivingAlone:
    """UK shares of people who live alone.

    Attributes:
        starts: First age of each band.
        share: Share of all people of the band, shape (2, bands).
    """

    starts: tuple[int, ...]
    share: NDArray[np.float64]


@cache
def living_alone() -> LivingAlone:
    """Read the UK shares of people who live alone, 2024."""
    table = rows("living_alone.csv")
    starts = tuple(sorted({int(row["age_from"]) for row in table}))
    share = np.zeros((2, len(starts)))
    for row in table:
        cell = SEXES.index(row["sex"]), starts.index(int(row["age_from"]))
        share[cell] = float(row["living_alone"]) / float(row["people"])
    return LivingAlone(starts, share)


@cache
def uk_death_chances() -> NDArray[np.float64]:
    """UK chance of dying within a year, shape (years 2024 to 2044, 2, 101)."""
    found = np.zeros((LAST_YEAR - FIRST_YEAR + 1, 2, AGES))
    for row in rows("life_table.csv.gz"):
        year = int(row["year"])
        if FIRST_YEAR <= year <= LAST_YEAR:
            values = [float(v) for k, v in row.items() if k.startswith("age_")]
            found[year - FIRST_YEAR, SEXES.index(row["sex"])] = np.array(values) / 1e5
    found.flags.writeable = False
    return found
