"""A built place: cells exact, homes and families as the tables say, the same every time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from demandsim.place.builder import Population, build_population
from demandsim.place.matching import largest_remainder
from demandsim.place.names import PlaceError, districts_of, find_place, places
from demandsim.place.own import OwnFigures
from demandsim.place.profile import place_profile
from demandsim.place.rules import BuildingRules, read
from demandsim.place.tables import AGES, BAND_STARTS, district_tables, living_alone, rows

TEN = (
    "sunderland",
    "wigan",
    "peterborough",
    "rutland",
    "isles of scilly",
    "city of london",
    "oxford",
    "tower hamlets",
    "lincolnshire",
    "east sussex",
)


@cache
def built(name: str, scale: float) -> Population:
    return build_population(name, scale, 1)


def cells(people: Population) -> NDArray[np.int64]:
    cell = np.where(people.female, AGES, 0) + people.age_months // 12
    return np.bincount(cell, minlength=2 * AGES).reshape(2, AGES)


def expected_cells(name: str) -> NDArray[np.int64]:
    tilt = read(BuildingRules, None).oldest_tilt
    total: NDArray[np.int64] = np.sum([district_tables(d, tilt).people for d in districts_of(find_place(name))], axis=0)
    return total


def household_size(people: Population) -> NDArray[np.int64]:
    home = people.household >= 0
    sizes = np.zeros(people.size, dtype=np.int64)
    sizes[home] = np.bincount(people.household[home])[people.household[home]]
    return sizes


def alone_misses(people: Population) -> list[float]:
    """How far the share living alone is off in each cell, and how many people one cell holds."""
    table, alone, year = living_alone(), household_size(people) == 1, people.age_months // 12
    ends = [*table.starts[1:], AGES]
    found = []
    for sex in (0, 1):
        for band, (first, last) in enumerate(zip(table.starts, ends, strict=True)):
            of_cell = (people.female == bool(sex)) & (year >= first) & (year < last)
            miss = abs(alone[of_cell].sum() - table.share[sex, band] * of_cell.sum())
            found.append(max(miss - 1.0, 0.0) / of_cell.sum())  # one person is what rounding may cost
    return found


def assert_kin_sound(people: Population) -> None:
    """Partners point at each other and share a home; parents are of the right sex and 15 years older at least."""
    rows_with = np.flatnonzero(people.partner >= 0)
    partner = people.partner[rows_with]
    assert np.array_equal(people.partner[partner], rows_with)
    assert not np.any(partner == rows_with)
    assert np.array_equal(people.household[partner], people.household[rows_with])
    assert (people.communal[rows_with] == 0).all()
    assert (people.age_months[rows_with] >= 18 * 12).all()
    for link, female in ((people.mother, True), (people.father, False)):
        child = np.flatnonzero(link >= 0)
        parent = link[child]
        assert (people.female[parent] == female).all()
        assert (people.age_months[parent].astype(int) - people.age_months[child] >= 15 * 12).all()
        assert not np.any(people.partner[child] == parent)


def assert_homes_sound(people: Population) -> None:
    """Everybody has a home; a household stands in one neighbourhood, has one owner state and one income."""
    home = people.household >= 0
    assert np.array_equal(home, people.communal == 0)
    number = people.household[home]
    assert np.array_equal(np.unique(number), np.arange(number.max() + 1))
    for column in (people.neighbourhood, people.owner, people.income_band):
        one = np.zeros(number.max() + 1, dtype=column.dtype)
        one[number] = column[home]
        assert np.array_equal(one[number], column[home])
    adult = np.bincount(number, weights=people.age_months[home] >= 16 * 12)
    assert (adult >= 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", TEN)
def test_at_full_scale_cells_are_exact_and_homes_fit_the_tables(name: str) -> None:
    people = built(name, 1.0)
    assert np.array_equal(cells(people), expected_cells(name))
    assert max(alone_misses(people)) < 0.01
    adults = people.age_months >= 16 * 12
    assert abs((people.partner[adults] >= 0).mean() - place_profile(name).partnered_share) < 0.01
    assert_kin_sound(people)
    assert_homes_sound(people)


def test_every_district_splits_into_exact_cells_and_neighbourhoods() -> None:
    """What the builder apportions for all 296 districts, without building them."""
    published = {
        code: sum(float(v) for k, v in row.items() if k.startswith("age_"))
        for row in rows("population.csv.gz")
        for code in [(row["code"], row["sex"])]
    }
    assert sum(published.values()) == 58_620_101
    seen = 0
    for place in places():
        if place.kind == "county":
            continue
        tables = district_tables(place, 0.08)
        assert tables.people.sum(axis=1).tolist() == [published[place.code, sex] for sex in ("male", "female")]
        ends = [*BAND_STARTS[1:], AGES]
        for band, (first, last) in enumerate(zip(BAND_STARTS, ends, strict=True)):
            total = int(tables.people[:, first:last].sum())
            assert largest_remainder(tables.areas.people[:, band] + 1e-9, total).sum() == total
        assert 0.05 < tables.married < 0.8
        assert 0.2 < tables.owner_share < 0.9
        seen += 1
    assert seen == 296


@pytest.mark.parametrize(("scale", "points"), [(0.05, 0.005), (0.01, 0.01)])
@pytest.mark.parametrize("name", ["sunderland", "lincolnshire"])
def test_samples_keep_the_shape_of_the_place(name: str, scale: float, points: float) -> None:
    people = built(name, scale)
    off = np.abs(cells(people) - expected_cells(name) * scale)
    assert off.max() < len(districts_of(find_place(name)))
    assert max(alone_misses(people)) < points
    adults = people.age_months >= 16 * 12
    assert abs((people.partner[adults] >= 0).mean() - place_profile(name).partnered_share) < points
    assert_kin_sound(people)
    assert_homes_sound(people)


def test_a_county_is_its_districts_side_by_side() -> None:
    county = built("lincolnshire", 0.05)
    districts = [build_population(d, 0.05, 1) for d in districts_of(find_place("lincolnshire"))]
    assert county.size == sum(d.size for d in districts)
    assert np.array_equal(county.age_months, np.concatenate([d.age_months for d in districts]))
    start = districts[0].size
    second = slice(start, start + districts[1].size)
    moved = np.where(districts[1].mother >= 0, districts[1].mother + start, -1)
    assert np.array_equal(county.mother[second], moved)
    assert county.household.max() + 1 == sum(int(d.household.max()) + 1 for d in districts)
    codes = {n.district_code for n in county.neighbourhoods}
    assert codes == {d.code for d in districts_of(find_place("lincolnshire"))}


def test_the_same_seed_gives_the_same_people_and_another_gives_others() -> None:
    first = build_population("gateshead", 0.05, 7)
    assert build_population("E08000037", 0.05, 7).digest() == first.digest()
    other = build_population("gateshead", 0.05, 8)
    assert other.digest() != first.digest()
    assert np.array_equal(cells(other), cells(first))


def test_children_live_with_parents_and_birthdays_fill_the_year() -> None:
    people = built("sunderland", 0.2)
    home = people.household >= 0
    with_parent = np.zeros(people.size, dtype=bool)
    for link in (people.mother, people.father):
        child = np.flatnonzero((link >= 0) & home)
        with_parent[child] |= people.household[child] == people.household[link[child]]
    year = people.age_months // 12
    assert with_parent[home & (year < 16)].mean() > 0.995
    for (first, last), share in {(20, 24): 0.512, (25, 29): 0.267, (30, 34): 0.116}.items():
        band = (year >= first) & (year <= last)
        assert abs(with_parent[band].mean() - share) < 0.03
    months = np.bincount(people.age_months % 12, minlength=12) / people.size
    assert np.abs(months - 1 / 12).max() < 0.004


def test_people_of_great_age_mostly_have_living_children() -> None:
    people = built("sunderland", 0.2)
    children = people.children_away.astype(int)
    for link in (people.mother, people.father):
        np.add.at(children, link[link >= 0], 1)
    older = people.age_months >= 75 * 12
    assert 0.80 < (children[older & people.female] > 0).mean() < 0.95
    assert 0.70 < (children[older & ~people.female] > 0).mean() < 0.92


def test_care_homes_owners_and_new_widows_are_as_many_as_the_tables_say() -> None:
    people = built("sunderland", 1.0)
    year = people.age_months // 12
    share_65 = (people.communal[year >= 65] > 0).mean()
    assert 0.025 < share_65 < 0.032
    assert (people.communal[year >= 75] != 2).all()
    assert (people.communal[year < 65] != 1).all()
    home = np.flatnonzero(people.household >= 0)
    heads = home[np.unique(people.household[home], return_index=True)[1]]
    assert people.owner[heads].mean() == pytest.approx(place_profile("sunderland").home_owner_share, abs=1e-4)
    owned = [people.owner[(people.quintile == q) & (people.communal == 0)].mean() for q in range(5)]
    assert owned == sorted(owned)
    newly = people.widowed_months >= 0
    assert (people.widowed_months < 24).all()
    assert (people.partner[newly] == -1).all()
    assert (year[newly] >= 50).all()
    assert np.count_nonzero(newly & people.female) > np.count_nonzero(newly & ~people.female) > 500


def test_neighbourhoods_keep_their_people_and_deprivation() -> None:
    people = built("sunderland", 1.0)
    assert len(people.neighbourhoods) == 185
    quintile = np.array([n.quintile for n in people.neighbourhoods])
    assert np.array_equal(people.quintile, quintile[people.neighbourhood])
    assert (people.quintile == 0).mean() == pytest.approx(0.41, abs=0.015)
    older = people.age_months >= 65 * 12
    mix = place_profile("sunderland").quintile_people[:, :, 65:].sum(axis=(0, 2))
    built_mix = np.bincount(people.quintile[older], minlength=5)
    assert np.abs(built_mix / built_mix.sum() - mix / mix.sum()).max() < 0.01


def test_own_figures_change_what_they_name() -> None:
    place = find_place("gateshead")
    base = build_population(place, 0.25, 1)
    own = OwnFigures(place, {"living_alone_factor": 0.9, "home_owner_share": 0.7, "care_home_residents": 600})
    changed = build_population(place, 0.25, 1, own=own)
    assert (household_size(changed) == 1).sum() == pytest.approx(0.9 * (household_size(base) == 1).sum(), rel=0.01)
    assert (changed.communal == 1).sum() == pytest.approx(600 * 0.25, abs=8)
    assert changed.owner.mean() > base.owner.mean() + 0.05
    with pytest.raises(PlaceError, match="are of Gateshead, but the place is Wigan"):
        build_population("wigan", 0.25, 1, own=own)


@pytest.mark.parametrize("scale", [0, -1, 1.5, float("nan"), 0.0001])
def test_impossible_scales_are_refused(scale: float) -> None:
    with pytest.raises(PlaceError, match="scale"):
        build_population("sunderland", scale, 1)
