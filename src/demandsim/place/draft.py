"""A district while it is being built: people, where they live, who belongs to whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demandsim.place.matching import Flags, Floats, Ints, draw_number, largest_remainder
from demandsim.place.rules import BuildingRules
from demandsim.place.tables import AGES, BAND_STARTS, DistrictTables

HOME, CARE_HOME, OTHER_COMMUNAL = 0, 1, 2
"""Values of ``communal``."""

SMALL_BLOCK = 300
"""People below which a neighbourhood is too small a block for matching: its deprivation fifth is used instead."""

_COMMUNAL_STARTS = (0, 16, 18, 25, 65, 75, 85)


@dataclass
class Draft:
    """People of one district in order of sex (men first) and age.

    Attributes:
        tables: What is known of the district.
        rules: Numbers by which it is built.
        generator: Source of all luck of the district.
        female: Woman, shape (people,).
        months: Age in months.
        years: Age in whole years.
        area: Neighbourhood.
        communal: 0 at home, 1 care home, 2 other communal home.
        partner: Person number of the partner, -1 none; the same for mother and father.
        mother: See partner.
        father: See partner.
        parent_at_home: Parent with whom a child of any age lives, -1 none.
        alone: Lives alone.
        children_away: Adult children outside the place.
    """

    tables: DistrictTables
    rules: BuildingRules
    generator: np.random.Generator
    female: Flags
    months: Ints
    years: Ints
    area: Ints
    communal: Ints
    partner: Ints
    mother: Ints
    father: Ints
    parent_at_home: Ints
    alone: Flags
    children_away: Ints

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.female.size)

    @property
    def is_dense(self) -> bool:
        """Whether neighbourhoods hold enough people to match and draw within them."""
        return self.size >= SMALL_BLOCK * len(self.tables.areas.code)

    @property
    def block(self) -> Ints:
        """Block of each person for matching: the neighbourhood, or its deprivation fifth where those are small."""
        return self.area if self.is_dense else (self.tables.areas.decile[self.area] - 1) // 2

    @property
    def spread(self) -> Floats:
        """Sort key along which systematic draws are spread: neighbourhood, then age; the other way in a sample."""
        key = self.area * 128 + self.years if self.is_dense else self.years * 4096 + self.area
        return key.astype(np.float64)

    @property
    def at_home(self) -> Flags:
        """Lives in a household."""
        return np.asarray(self.communal == HOME)

    @property
    def cell(self) -> Ints:
        """Number of each person's (sex, age) cell."""
        return np.where(self.female, AGES, 0) + self.years

    @property
    def counts(self) -> Ints:
        """People by sex and single year of age."""
        return np.bincount(self.cell, minlength=2 * AGES).reshape(2, AGES)

    def of_cell(self, table: Floats) -> Floats:
        """The value of a (sex, age) table for each person."""
        return np.asarray(table[self.female.astype(np.int64), self.years])


def lay_out(tables: DistrictTables, scale: float, rules: BuildingRules, generator: np.random.Generator) -> Draft:
    """Put the people of a district into their ages, birth months and neighbourhoods.

    Args:
        tables: What is known of the district.
        scale: Share of its people to build; cells are scaled by largest remainder.
        rules: Numbers by which it is built.
        generator: Source of luck.
    """
    counts = tables.people
    if scale != 1:
        counts = largest_remainder(counts, round(int(counts.sum()) * scale))
    flat = counts.ravel()
    years = np.repeat(np.tile(np.arange(AGES), 2), flat)
    size = years.size
    place_in_cell = np.arange(size) - np.repeat(np.cumsum(flat) - flat, flat)
    shift = np.repeat(generator.random(flat.size), flat)
    birth_month = ((place_in_cell + shift) * 12 / np.repeat(np.maximum(flat, 1), flat)).astype(np.int64)
    nobody = np.full(size, -1, dtype=np.int64)
    return Draft(
        tables=tables,
        rules=rules,
        generator=generator,
        female=np.arange(size) >= counts[0].sum(),
        months=years * 12 + np.minimum(birth_month, 11),
        years=years,
        area=_areas(years, tables, generator),
        communal=np.zeros(size, dtype=np.int64),
        partner=nobody.copy(),
        mother=nobody.copy(),
        father=nobody.copy(),
        parent_at_home=nobody.copy(),
        alone=np.zeros(size, dtype=np.bool_),
        children_away=np.zeros(size, dtype=np.int64),
    )


def _areas(years: Ints, tables: DistrictTables, generator: np.random.Generator) -> Ints:
    """A neighbourhood for everyone: within each of the five bands as many as the neighbourhood's share of it."""
    area = np.empty(years.size, dtype=np.int64)
    known = tables.areas.people
    for band, first in enumerate(BAND_STARTS):
        last = [*BAND_STARTS[1:], AGES][band]
        people = np.flatnonzero((years >= first) & (years < last))
        weight = known[:, band] if known[:, band].sum() else known.sum(axis=1)
        numbers = np.repeat(np.arange(len(weight)), largest_remainder(weight, people.size))
        area[people] = generator.permutation(numbers)
    return area


def communal_shares(draft: Draft, care_home_residents: float | None) -> Floats:
    """Share of people in communal homes by sex and single year, shape (2, 101).

    Shares rise with age above 85 and keep their total there.

    Args:
        draft: The district.
        care_home_residents: Residents of care homes aged 65 and over at the draft's scale, where the council knows.
    """
    counts, rules = draft.counts, draft.rules
    shares = draft.tables.communal_people * (1.0 if draft.tables.communal_known else rules.communal_pooling)
    oldest = slice(85, AGES)
    tilt = np.exp(rules.communal_steepness * np.arange(AGES - 85))
    for sex in (0, 1):
        before = shares[sex, oldest] @ counts[sex, oldest]
        steep = shares[sex, oldest] * tilt
        total = steep @ counts[sex, oldest]
        shares[sex, oldest] = steep * (before / total) if total > 0 else steep
    if care_home_residents is not None:
        in_homes = (shares[:, 65:75] * counts[:, 65:75]).sum() * rules.care_home_share_65_74
        in_homes += (shares[:, 75:] * counts[:, 75:]).sum()
        shares[:, 65:] *= care_home_residents / max(in_homes, 1e-9)
    return np.clip(shares, 0.0, 0.8)


def settle_communal(draft: Draft, shares: Floats) -> None:
    """Put people into communal homes: care homes at 75 and over and mostly at 65 to 74, others below.

    Args:
        draft: The district.
        shares: Share of people in communal homes by sex and single year.
    """
    chance = draft.of_cell(shares)
    ends = [*_COMMUNAL_STARTS[1:], AGES]
    for women in (True, False):
        for first, last in zip(_COMMUNAL_STARTS, ends, strict=True):
            band = np.flatnonzero((draft.female == women) & (draft.years >= first) & (draft.years < last))
            number = int(np.floor(chance[band].sum() + draft.generator.random()))
            drawn = draw_number(chance[band], number, draft.spread[band], draft.generator)
            draft.communal[band[drawn]] = OTHER_COMMUNAL
    older = np.flatnonzero((draft.communal == OTHER_COMMUNAL) & (draft.years >= 65))
    care = draft.generator.random(older.size) < draft.rules.care_home_share_65_74
    draft.communal[older[care | (draft.years[older] >= 75)]] = CARE_HOME
