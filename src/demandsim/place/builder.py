"""Building a place: everybody who lives there in mid-2024, with home, neighbourhood and kin.

The algorithm is sort, cumulative sum and gather; there is no loop over people. Each district is built by itself from
a stream of luck of its own, so that a county is exactly its districts side by side.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.place.children import adult_children_elsewhere, adults_at_home, child_slots, young_at_home
from demandsim.place.couples import form_couples, partnered_share
from demandsim.place.draft import Draft, communal_shares, lay_out, settle_communal
from demandsim.place.homes import households, income_bands, live_alone, owners, widowed_months
from demandsim.place.names import PlaceError, PlaceName, districts_of, find_place
from demandsim.place.own import OwnFigures, own_or_none
from demandsim.place.rules import BuildingRules, read
from demandsim.place.tables import area_row, district_tables

if TYPE_CHECKING:
    from demandsim.parameters.register import Numbers

FEWEST = 200
"""People below which a sample is not a place any more."""


@dataclass(frozen=True, slots=True)
class SmallArea:
    """One neighbourhood (LSOA of 2011) of a place.

    Attributes:
        code: ONS code.
        label: A name that people can read.
        district_code: Code of the district it lies in.
        district: Name of that district.
        decile: Deprivation decile of 2019, 1 most deprived.
        quintile: Deprivation fifth of 2019, 0 most deprived.
        quintile_2025: The same by the index of 2025.
    """

    code: str
    label: str
    district_code: str
    district: str
    decile: int
    quintile: int
    quintile_2025: int


@dataclass(frozen=True)
class Population:
    """Everybody in a place on day one, in order of district, sex (men first) and age; a row is a person's uid.

    Attributes:
        place: The place.
        scale: Share of its people that was built.
        seed: Seed of the build.
        age_months: Age in months.
        female: Woman.
        neighbourhood: Index into ``neighbourhoods``.
        quintile: Deprivation fifth of the neighbourhood, 0 most deprived … 4 least.
        household: Household number from 0, -1 in a communal home.
        partner: Row of the partner in the household, -1 none.
        mother: Row of the mother if she lives in the place, -1 otherwise.
        father: Row of the father if he lives in the place, -1 otherwise.
        children_away: Living adult children outside the place.
        communal: 0 in a household, 1 in a care home, 2 in another communal home.
        owner: The household owns its home (in a communal home: owned one).
        income_band: National fifth of household income, 0 lowest … 4 highest.
        widowed_months: Months since a partner died, if newly widowed; else -1.
        neighbourhoods: The small areas.
    """

    place: PlaceName
    scale: float
    seed: int
    age_months: NDArray[np.int16]
    female: NDArray[np.bool_]
    neighbourhood: NDArray[np.int32]
    quintile: NDArray[np.uint8]
    household: NDArray[np.int32]
    partner: NDArray[np.int32]
    mother: NDArray[np.int32]
    father: NDArray[np.int32]
    children_away: NDArray[np.uint8]
    communal: NDArray[np.uint8]
    owner: NDArray[np.bool_]
    income_band: NDArray[np.uint8]
    widowed_months: NDArray[np.int16]
    neighbourhoods: tuple[SmallArea, ...]

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.age_months.size)

    @property
    def uid(self) -> NDArray[np.uint64]:
        """Identity of each person: their row."""
        return np.arange(self.size, dtype=np.uint64)

    def digest(self) -> str:
        """SHA-256 over every column."""
        total = hashlib.sha256()
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, np.ndarray):
                total.update(f.name.encode())
                total.update(np.ascontiguousarray(value).tobytes())
        return total.hexdigest()


def build_population(
    place: PlaceName | str,
    scale: float = 1.0,
    seed: int = 1,
    *,
    own: OwnFigures | None = None,
    numbers: Numbers | None = None,
) -> Population:
    """Build the people of a place as they were in mid-2024.

    At scale 1 every cell of sex and single year of age equals the ONS estimate of each district; below it by largest
    remainder. The same arguments always give the same people.

    Args:
        place: The place, or what people call it.
        scale: Share of people to build, above 0 and at most 1.
        seed: Seed of all luck in the build.
        own: A council's own figures, if it gave any.
        numbers: Parameter values; the register's when left out.

    Raises:
        PlaceError: If the place is unknown, the scale is out of range or leaves too few people.
    """
    where = find_place(place) if isinstance(place, str) else place
    own = own_or_none(own, where)
    if not 0 < scale <= 1:
        raise PlaceError(f"scale must be above 0 and at most 1, not {scale}: 0.1 simulates a tenth of the people")
    rules = read(BuildingRules, numbers)
    figures = {} if own is None else dict(own.figures)
    _spread_count(figures, where)
    parts = [_build_district(district, scale, seed, rules, figures) for district in districts_of(where)]
    people = sum(part.draft.size for part in parts)
    if people < FEWEST:
        raise PlaceError(
            f"scale {scale} leaves {people} people in {where.name}: use a larger one (at least {FEWEST} people)"
        )
    return _join(where, scale, seed, parts)


def _spread_count(figures: dict[str, float], where: PlaceName) -> None:
    """Turn a count for the whole place into one per person of 75 and over, to be shared by its districts."""
    if "care_home_residents" in figures:
        older = sum(_older(district) for district in districts_of(where))
        figures["care_home_residents_per_75"] = figures.pop("care_home_residents") / max(older, 1)


def _older(district: PlaceName) -> int:
    """People of 75 and over."""
    return int(district_tables(district, 0.0).people[:, 75:].sum())


@dataclass
class _Built:
    """A finished district."""

    draft: Draft
    household: NDArray[np.int64]
    owner: NDArray[np.bool_]
    income: NDArray[np.int64]
    widowed: NDArray[np.int64]


def _build_district(
    district: PlaceName, scale: float, seed: int, rules: BuildingRules, figures: dict[str, float]
) -> _Built:
    """Build one district, step by step."""
    tables = district_tables(district, rules.oldest_tilt)
    generator = np.random.default_rng([seed, int(district.code[1:])])
    draft = lay_out(tables, scale, rules, generator)
    per_75 = figures.get("care_home_residents_per_75")
    in_homes = None if per_75 is None else per_75 * float(draft.counts[:, 75:].sum())
    communal = communal_shares(draft, in_homes)
    settle_communal(draft, communal)
    alone_factor = figures.get("living_alone_factor", rules.alone_factor)
    form_couples(draft, communal, figures.get("partnered_share", partnered_share(draft)), alone_factor)
    slots = child_slots(draft)
    young_at_home(draft, slots)
    live_alone(draft, alone_factor)
    adults_at_home(draft, slots)
    adult_children_elsewhere(draft, slots)
    household = households(draft)
    owner = owners(draft, household, figures.get("home_owner_share", tables.owner_share))
    income = income_bands(draft, household)
    factor = figures.get("deaths_factor", area_row("births_and_deaths.csv.gz", district.code)["deaths_factor"])
    return _Built(draft, household, owner, income, widowed_months(draft, factor))


def _join(where: PlaceName, scale: float, seed: int, parts: list[_Built]) -> Population:
    """Set districts side by side, with one numbering of people, households and neighbourhoods."""
    people = np.cumsum([0, *(part.draft.size for part in parts)])
    homes = np.cumsum([0, *(int(part.household.max(initial=-1)) + 1 for part in parts)])
    areas = np.cumsum([0, *(len(part.draft.tables.areas.code) for part in parts)])

    def linked(name: str) -> NDArray[np.int32]:
        pieces = (getattr(part.draft, name) for part in parts)
        return np.concatenate(
            [np.where(p >= 0, p + start, -1) for p, start in zip(pieces, people, strict=False)]
        ).astype(np.int32)

    neighbourhoods = _neighbourhoods(parts)
    area = np.concatenate([part.draft.area + start for part, start in zip(parts, areas, strict=False)])
    household = [np.where(p.household >= 0, p.household + s, -1) for p, s in zip(parts, homes, strict=False)]
    return Population(
        place=where,
        scale=scale,
        seed=seed,
        age_months=np.concatenate([part.draft.months for part in parts]).astype(np.int16),
        female=np.concatenate([part.draft.female for part in parts]),
        neighbourhood=area.astype(np.int32),
        quintile=np.array([n.quintile for n in neighbourhoods], dtype=np.uint8)[area],
        household=np.concatenate(household).astype(np.int32),
        partner=linked("partner"),
        mother=linked("mother"),
        father=linked("father"),
        children_away=np.concatenate([np.minimum(part.draft.children_away, 20) for part in parts]).astype(np.uint8),
        communal=np.concatenate([part.draft.communal for part in parts]).astype(np.uint8),
        owner=np.concatenate([part.owner for part in parts]),
        income_band=np.concatenate([part.income for part in parts]).astype(np.uint8),
        widowed_months=np.concatenate([part.widowed for part in parts]).astype(np.int16),
        neighbourhoods=neighbourhoods,
    )


def _neighbourhoods(parts: list[_Built]) -> tuple[SmallArea, ...]:
    """The small areas of all districts in one list."""
    return tuple(
        SmallArea(code, label, t.place.code, t.place.name, int(now), (int(now) - 1) // 2, (int(later) - 1) // 2)
        for t in (part.draft.tables for part in parts)
        for code, label, now, later in zip(
            t.areas.code, t.areas.label, t.areas.decile, t.areas.decile_2025, strict=True
        )
    )
