"""The demographic rates of a place and what else the tables say of it, for any district or county."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.place.names import PlaceName, districts_of, find_place
from demandsim.place.own import OwnFigures, own_or_none
from demandsim.place.rules import BuildingRules, ProfileRules, read
from demandsim.place.tables import (
    AGES,
    BAND_STARTS,
    SEXES,
    DistrictTables,
    area_row,
    district_tables,
    rows,
    uk_death_chances,
)

if TYPE_CHECKING:
    from demandsim.parameters.register import Numbers

type Floats = NDArray[np.float64]

CARE_HOURS = ("hours_1_9", "hours_10_19", "hours_20_34", "hours_35_49", "hours_50_plus")
"""Bands of weekly hours of unpaid care, as in the Census of 2021."""

STEADY_FROM = 85
"""Age from which moves in and out are taken to balance: the table there carries errors of mortality."""

_LAST_GROUP = 70
_GROUP = 5


@dataclass(frozen=True)
class PlaceProfile:
    """What is known of a place beyond its people. Sex axes are men, women; fifths run from the most deprived.

    Attributes:
        name_of_place: The place.
        key: Hash of the place and of the council's own figures: equal keys mean equal profiles.
        people: ONS mid-2024 people by sex and single year of age, shape (2, 101).
        quintile_people: Expected people by sex, fifth and single year, shape (2, 5, 101).
        qx: UK chance of dying within a year, 2024 to 2044, shape (21, 2, 101).
        deaths_factor: The place's deaths of the latest year over those under UK rates of 2024, deprivation and all.
        mortality_factor: The same over those under UK rates *and* ``quintile_ratio``: use it where rates differ by
            fifth, so that deprivation is not counted twice.
        quintile_ratio: Death rate of each fifth over England's at that age, shape (2, 5, 101).
        births_factor: The place's births of the latest year over those under ``asfr``.
        asfr: Births a woman-year by single year of age, England and Wales 2017, shape (101,).
        out_rate: People who leave the place in a year, per person of each single year, shape (101,).
        in_rate: People who come to the place in a year, per resident of each single year, shape (101,).
        international_net: People a year, per resident, by whom moves from abroad exceed moves abroad: mean of the
            years to mid-2023 and mid-2024, as since revised.
        deaths: Deaths in the year to mid-2024.
        births: Births in the year to mid-2024.
        share_of_county: The place's need-weighted share of the council's area: 1 where the council is its own.
        note: What must be said of a place whose council has no adult social care duty; empty otherwise.
        carers_by_hours: Residents by weekly hours of unpaid care, Census 2021: bands `CARE_HOURS`.
        residents_5_plus: Residents of 5 and over at the same census.
        unpaid_care_rate: Share who give unpaid care by sex and single year, England and Wales 2021, shape (2, 101).
        lonely_share: Modelled share of people who are lonely.
        partnered_share: Share of people of 16 and over who live with a partner.
        living_alone_factor: People living alone over the UK shares by age and sex.
        home_owner_share: Share of households that own their home.
        care_home_residents: Residents of care homes aged 65 and over, where known.
        long_term_clients: People with long-term support from the council, where known (a district's share by need).
        care_vacancy_share: Vacant posts in adult social care of the council's area, where known.
        own_figures: Names of the figures that are the council's own.
    """

    name_of_place: PlaceName
    key: str
    people: NDArray[np.int64]
    quintile_people: Floats
    qx: Floats
    deaths_factor: float
    mortality_factor: float
    quintile_ratio: Floats
    births_factor: float
    asfr: Floats
    out_rate: Floats
    in_rate: Floats
    international_net: float
    deaths: float
    births: float
    share_of_county: float
    note: str
    carers_by_hours: dict[str, float]
    residents_5_plus: float
    unpaid_care_rate: Floats
    lonely_share: float
    partnered_share: float
    living_alone_factor: float
    home_owner_share: float
    care_home_residents: float | None
    long_term_clients: float | None
    care_vacancy_share: float | None
    own: OwnFigures | None = None

    @property
    def code(self) -> str:
        """ONS code of the place."""
        return self.name_of_place.code

    @property
    def name(self) -> str:
        """Name of the place."""
        return self.name_of_place.name

    @property
    def council_code(self) -> str:
        """Code of the council with the adult social care duty."""
        return self.name_of_place.council_code

    @property
    def council_name(self) -> str:
        """Name of the council with the adult social care duty."""
        return self.name_of_place.council_name

    @property
    def own_figures(self) -> tuple[str, ...]:
        """Names of the figures that are the council's own, in alphabetical order."""
        return () if self.own is None else tuple(sorted(self.own.figures))

    def published_figures(self) -> dict[str, float | None]:
        """The figures that a council may replace, by the names it gives them."""
        total = self.people.sum()
        per_1000 = 1000 / total
        return {
            "deaths_factor": self.deaths_factor,
            "births_factor": self.births_factor,
            "moves_out_per_1000": float((self.people * self.out_rate).sum() * per_1000),
            "moves_in_per_1000": float((self.people * self.in_rate).sum() * per_1000),
            "partnered_share": self.partnered_share,
            "living_alone_factor": self.living_alone_factor,
            "care_home_residents": self.care_home_residents,
            "home_owner_share": self.home_owner_share,
        }


def place_profile(
    place: PlaceName | str, own: OwnFigures | None = None, numbers: Numbers | None = None
) -> PlaceProfile:
    """Put together the rates of a place.

    Args:
        place: The place, or what people call it.
        own: A council's own figures, if it gave any: they take the place of the published ones.
        numbers: Parameter values; the register's when left out.

    Raises:
        PlaceError: If the place is unknown, or the own figures are another's.
    """
    where = find_place(place) if isinstance(place, str) else place
    own = own_or_none(own, where)
    given: Mapping[str, float] = {} if own is None else own.figures
    rules, building = read(ProfileRules, numbers), read(BuildingRules, numbers)
    parts = [district_tables(district, rules.oldest_tilt) for district in districts_of(where)]
    people: NDArray[np.int64] = np.sum([part.people for part in parts], axis=0)
    quintile_people = np.sum([people_by_quintile(part) for part in parts], axis=0)
    ratio = quintile_ratio(rules)
    vital = area_row("births_and_deaths.csv.gz", where.code)
    deaths_factor = given.get("deaths_factor", vital["deaths_factor"])
    births_factor = given.get("births_factor", vital["births_factor"])
    deaths = vital["deaths_2024"] * deaths_factor / vital["deaths_factor"]
    rate = -np.log1p(-uk_death_chances()[0])
    out_rate, in_rate = _moves(where, people.sum(axis=0), rules, given)
    share = _share_of_county(where, quintile_people, rules)
    hours = _summed("unpaid_care_hours.csv.gz", parts)
    care = _council_care(where, share)
    return PlaceProfile(
        name_of_place=where,
        key=_key(where, own),
        people=people,
        quintile_people=quintile_people,
        qx=uk_death_chances(),
        deaths_factor=deaths_factor,
        mortality_factor=float(deaths / (quintile_people * rate[:, None, :] * ratio).sum()),
        quintile_ratio=ratio,
        births_factor=births_factor,
        asfr=fertility(),
        out_rate=out_rate,
        in_rate=in_rate,
        international_net=area_row("migration.csv.gz", where.code)["international_net"] / 1000,
        deaths=deaths,
        births=vital["births_2024"] * births_factor / vital["births_factor"],
        share_of_county=share,
        note=_note(where, share),
        carers_by_hours={band: hours[band] for band in CARE_HOURS},
        residents_5_plus=hours["residents_aged_5_plus"],
        unpaid_care_rate=unpaid_care_rate(),
        lonely_share=_lonely(parts),
        partnered_share=given.get("partnered_share", _partnered(parts, building)),
        living_alone_factor=given.get("living_alone_factor", building.alone_factor),
        home_owner_share=given.get("home_owner_share", _owners(parts)),
        care_home_residents=given.get("care_home_residents"),
        long_term_clients=care[0],
        care_vacancy_share=care[1],
        own=own,
    )


def _key(where: PlaceName, own: OwnFigures | None) -> str:
    """Hash of the place and of the figures that are the council's own."""
    figures = [] if own is None else sorted(own.figures.items())
    return hashlib.sha256(repr((where.code, figures)).encode()).hexdigest()[:16]


def people_by_quintile(tables: DistrictTables) -> Floats:
    """Expected people of a district by sex, deprivation fifth and single year, shape (2, 5, 101).

    Within each of five bands of age the fifths have the shares of their neighbourhoods.
    """
    fifth = (tables.areas.decile - 1) // 2
    found = np.zeros((2, 5, AGES))
    ends = [*BAND_STARTS[1:], AGES]
    for band, (first, last) in enumerate(zip(BAND_STARTS, ends, strict=True)):
        weight = tables.areas.people[:, band]
        weight = weight if weight.sum() else tables.areas.people.sum(axis=1)
        mix = np.bincount(fifth, weights=weight, minlength=5) / weight.sum()
        found[:, :, first:last] = mix[None, :, None] * tables.people[:, None, first:last]
    return found


def quintile_ratio(rules: ProfileRules) -> Floats:
    """Death rate of each deprivation fifth over the average of England at that age, shape (2, 5, 101).

    From deaths of 2012 to 2016 by fifth and five-year age to 74, straight lines between in the logarithm; above, the
    logarithm fades in a straight line to zero. At each age the mean over England's people is 1.

    Args:
        rules: Where the gradient starts to fade and how long it takes.
    """
    starts = np.arange(0, _LAST_GROUP + 1, _GROUP)
    deaths, people = np.zeros((2, 5, starts.size)), np.zeros((2, 5, starts.size))
    for row in rows("deprivation_mortality.csv"):
        cell = SEXES.index(row["sex"]), int(row["quintile"]), int(row["age_from"]) // _GROUP
        deaths[cell], people[cell] = float(row["deaths"]), float(row["population"])
    logs = np.log(deaths / people) - np.log(deaths.sum(axis=1) / people.sum(axis=1))[:, None, :]
    ages = np.arange(AGES)
    middle = starts + _GROUP / 2
    fade = np.clip(1 - (ages - rules.deprivation_start) / rules.deprivation_fade, 0, 1)
    curve = np.array([[np.interp(ages + 0.5, middle, line) for line in sex] for sex in logs])
    ratio = np.exp(curve * fade)
    mix = _england_mix(people)
    return np.asarray(ratio / (ratio * mix).sum(axis=1, keepdims=True))


def _england_mix(people: Floats) -> Floats:
    """England's shares of the fifths at each age: those of the death table to 74, of the neighbourhoods above.

    Args:
        people: People of the death table by sex, fifth and five-year group.
    """
    mix = np.zeros((2, 5, AGES))
    mix[:, :, : _LAST_GROUP + _GROUP] = np.repeat(people / people.sum(axis=1, keepdims=True), _GROUP, axis=2)
    bands = np.array([[float(v) for k, v in row.items() if k != "quintile"] for row in rows("england_quintiles.csv")])
    for band, (first, last) in {3: (75, 85), 4: (85, AGES)}.items():
        mix[:, :, first:last] = (bands[:, band] / bands[:, band].sum())[None, :, None]
    return mix


@cache
def england_people() -> Floats:
    """England's people by sex, deprivation fifth and single year of age, mid-2024, shape (2, 5, 101).

    People by sex and age are the sum of all districts, those of 90 and over at 90; each age is split by the fifths of
    its neighbourhood band.
    """
    people = np.zeros((2, AGES))
    for row in rows("population.csv.gz"):
        counts = [float(value) for key, value in row.items() if key.startswith("age")]
        people[SEXES.index(row["sex"]), : len(counts)] += counts
    out = np.zeros((2, 5, AGES))
    bands = np.array([[float(v) for k, v in row.items() if k != "quintile"] for row in rows("england_quintiles.csv")])
    for band, (first, last) in enumerate(zip(BAND_STARTS, [*BAND_STARTS[1:], AGES], strict=True)):
        mix = bands[:, band] / bands[:, band].sum()
        out[:, :, first:last] = mix[None, :, None] * people[:, None, first:last]
    return out


def fertility() -> Floats:
    """Births a woman-year by single year of age, England and Wales 2017, shape (101,)."""
    found = np.zeros(AGES)
    for row in rows("fertility.csv"):
        found[int(row["age"])] = float(row["births_per_1000_women"]) / 1000
    return found


def unpaid_care_rate() -> Floats:
    """Share who give unpaid care by sex and single year, England and Wales, Census 2021, shape (2, 101)."""
    found = np.zeros((2, AGES))
    for row in rows("unpaid_care_rates.csv"):  # in order of age: each band overwrites from its first age on
        found[SEXES.index(row["sex"]), int(row["age_from"]) :] = float(row["carers"]) / float(row["people"])
    return found


def _moves(
    where: PlaceName, people: NDArray[np.int64], rules: ProfileRules, own: Mapping[str, float]
) -> tuple[Floats, Floats]:
    """Rates of leaving and of coming by single year.

    Leaving follows the Rogers-Castro schedule, scaled to the place's flow; coming is leaving plus the net rate by age.
    """
    ages = np.arange(AGES)
    labour = ages - rules.migration_labour_peak
    schedule = rules.migration_child * np.exp(-rules.migration_child_fall * ages) + rules.migration_level
    schedule += rules.migration_labour * np.exp(
        -rules.migration_labour_fall * labour - np.exp(-rules.migration_labour_rise * labour)
    )
    table = area_row("migration.csv.gz", where.code)
    leaving = own.get("moves_out_per_1000", table["internal_out"] + table["international_out"]) / 1000
    out_rate = schedule * leaving * people.sum() / (schedule @ people)
    bands = [(int(key.split("_")[1]), value / 1000) for key, value in table.items() if key.startswith("net_")]
    net = np.zeros(AGES)
    for first, value in bands:
        net[first if first > 4 else 0 :] = value
    net[STEADY_FROM:] = 0
    in_rate = np.maximum(out_rate + net, 0)
    if "moves_in_per_1000" in own:
        in_rate *= own["moves_in_per_1000"] / 1000 * people.sum() / (in_rate @ people)
    return out_rate, in_rate


def _need_weights(rules: ProfileRules) -> Floats:
    """Need of a person by sex, fifth and single year, shape (2, 5, 101).

    Entitlement to Attendance Allowance at 65 and over, a small share with long-term support at 18 to 64, both by
    deprivation.
    """
    by_age = np.zeros((2, AGES))
    by_age[:, 18:65] = rules.need_working_age
    for row in rows("attendance_allowance.csv"):
        entitled = float(row["lower_rate"]) + float(row["higher_rate"])
        by_age[SEXES.index(row["sex"]), int(row["age_from"]) :] = entitled / float(row["people"])
    gradient = rules.need_deprivation_ratio ** ((2 - np.arange(5)) / 4)
    return np.asarray(by_age[:, None, :] * gradient[None, :, None])


def _share_of_county(where: PlaceName, people: Floats, rules: ProfileRules) -> float:
    """The place's need-weighted share of the area of the council that has the duty."""
    if where.has_care_duty:
        return 1.0
    return float((people * _need_weights(rules)).sum()) / _county_need(where.council_code, rules)


@lru_cache(maxsize=32)
def _county_need(code: str, rules: ProfileRules) -> float:
    """Need of all people of a county."""
    districts = [district_tables(d, rules.oldest_tilt) for d in districts_of(find_place(code))]
    weights = _need_weights(rules)
    return sum(float((people_by_quintile(district) * weights).sum()) for district in districts)


def _note(where: PlaceName, share: float) -> str:
    """What must be said of a district whose council has no adult social care duty."""
    if where.has_care_duty:
        return ""
    return (
        f"{where.name} has no adult social care of its own: {where.council_name} provides it. Budget, staff and homes"
        f" are {where.name}'s share by need of the county's: {share:.1%}."
    )


def _council_care(where: PlaceName, share: float) -> tuple[float | None, float | None]:
    """Long-term clients and share of vacant posts, where the tables have the council."""
    found = rows("council_care.csv", where.council_code)
    if not found:
        return None, None
    clients = float(found[0]["long_term_support_clients_31mar2026"]) * share
    return clients, float(found[0]["asc_vacancy_rate_pct_2024_25"]) / 100


def _summed(table: str, parts: list[DistrictTables]) -> dict[str, float]:
    """Rows of a table of counts, summed over districts."""
    found = [area_row(table, part.place.code) for part in parts]
    return {key: sum(row[key] for row in found) for key in found[0]}


def _lonely(parts: list[DistrictTables]) -> float:
    """Share of people who are lonely, districts weighted by their people."""
    weights = [float(part.people.sum()) for part in parts]
    shares = [area_row("loneliness.csv.gz", part.place.code)["lonely_share"] for part in parts]
    return float(np.average(shares, weights=weights))


def _partnered(parts: list[DistrictTables], rules: BuildingRules) -> float:
    """Share of people of 16 and over who live with a partner."""
    adults = [float(part.people[:, 16:].sum()) for part in parts]
    married = float(np.average([part.married for part in parts], weights=adults))
    return rules.married_together * married + rules.unmarried_cohabiting * (1 - married)


def _owners(parts: list[DistrictTables]) -> float:
    """Share of households that own their home."""
    homes = [part.tenure["households"] for part in parts]
    return float(np.average([part.owner_share for part in parts], weights=homes))
