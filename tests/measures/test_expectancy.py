"""Life expectancy against a life table made by single years of age, and Sullivan against plain sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from demandsim.agents.cells import LIFE_BAND_OF_AGE, LIFE_BANDS, life_codes
from demandsim.measures.expectancy import BAND_OF_65, LifeTable, life_table, years_in_state
from demandsim.place.tables import rows

BANDS = len(LIFE_BANDS)


def published(sex: str) -> np.ndarray:
    """Chances of dying within a year by age, of the packaged national life table."""
    row = next(row for row in rows("life_table.csv.gz") if row["year"] == "2023" and row["sex"] == sex)
    return np.array([float(row[f"age_{age}"]) for age in range(101)]) / 1e5


def by_single_years(qx: np.ndarray) -> np.ndarray:
    """Life expectancy at each age, by the textbook: survivors, years lived by single age, and their sum."""
    alive, lived = [1.0], []
    for age, q in enumerate(qx):
        a = 0.1 if age == 0 else 0.5
        if age == 100:
            lived.append(alive[-1] / (-math.log(1 - q)))
        else:
            lived.append(alive[-1] * (1 - q * (1 - a)))
            alive.append(alive[-1] * (1 - q))
    return np.array([sum(lived[age:]) / alive[age] for age in range(101)])


@pytest.mark.parametrize("sex", ["female", "male"])
def test_expectancy_is_that_of_a_life_table_by_single_years(sex: str) -> None:
    qx = published(sex)
    # A stationary population: years lived at each age are its survivors, deaths are those who die.
    alive = np.concatenate([[1.0], np.cumprod(1 - qx[:-1])]) * 1e5
    deaths, years = alive * qx, alive * (1 - qx / 2)
    years[0] = alive[0] * (1 - 0.9 * qx[0])
    deaths[100], years[100] = alive[100], alive[100] / -math.log(1 - qx[100])
    band = LIFE_BAND_OF_AGE[:101]
    table = life_table(np.bincount(band, deaths, BANDS), np.bincount(band, years, BANDS))
    assert table is not None
    expected = by_single_years(qx)
    assert table.expectancy[0] == pytest.approx(expected[0], abs=0.1)
    assert table.expectancy[BAND_OF_65] == pytest.approx(expected[65], abs=0.1)


def test_a_table_by_hand() -> None:
    deaths, years = np.zeros(BANDS), np.full(BANDS, 1000.0)
    deaths[-1] = 250.0  # from 90 on one in four dies each year: four years are left
    table = life_table(deaths, years)
    assert table is not None
    assert table.expectancy[0] == pytest.approx(94.0)
    assert table.expectancy[-1] == pytest.approx(4.0)
    assert table.error[0] == pytest.approx(4.0 / math.sqrt(250))  # a rate from 250 deaths is good to one in root 250
    deaths[BAND_OF_65] = 20.0  # 2 % a year for five years: q = 0.1 / 1.05
    q = 0.1 / 1.05
    table = life_table(deaths, years)
    assert table is not None
    assert table.expectancy[BAND_OF_65] == pytest.approx(5 * (1 - q / 2) + (1 - q) * (20 + 4))


def test_the_standard_error_is_that_of_many_draws() -> None:
    luck = np.random.default_rng(5)
    qx = published("female")
    rate = np.array([qx[(LIFE_BAND_OF_AGE[:101] == band)].mean() for band in range(BANDS)])
    years = np.full(BANDS, 3_000.0)
    table = life_table(rate * years, years)
    assert table is not None
    drawn = [life_table(np.maximum(luck.poisson(rate * years), 1e-9), years) for _ in range(800)]
    spread = np.array([draw.expectancy[[0, BAND_OF_65]] for draw in drawn if draw is not None]).std(axis=0)
    assert spread == pytest.approx(table.error[[0, BAND_OF_65]], rel=0.1)


def test_no_table_without_deaths_at_the_end_or_people_in_between() -> None:
    assert life_table(np.zeros(BANDS), np.ones(BANDS)) is None
    years = np.ones(BANDS)
    years[3] = 0
    assert life_table(np.ones(BANDS), years) is None


def test_years_in_a_state_are_sums_of_shares() -> None:
    table = LifeTable(np.ones(BANDS), np.ones(BANDS), np.arange(BANDS, 0, -1.0), np.zeros(BANDS))
    share = np.linspace(1, 0, BANDS)
    years, error = years_in_state(table, share, np.full(BANDS, 100.0))
    assert years[0] == pytest.approx(share.sum())
    assert years[-1] == 0
    assert error[0] == pytest.approx(math.sqrt((share * (1 - share) / 100).sum()))
    whole, none = (
        years_in_state(table, np.ones(BANDS), np.ones(BANDS)),
        years_in_state(table, np.zeros(BANDS), np.ones(BANDS)),
    )
    assert np.array_equal(whole[0], table.expectancy)
    assert not none[0].any()


def test_the_code_of_a_life() -> None:
    age = np.array([0, 11, 12, 59, 60, 90 * 12, 120 * 12], dtype=np.int16)
    cell = np.array([0, 9, 3, 7, 5, 41, 42], dtype=np.uint16)
    assert life_codes(age, cell).tolist() == [0, 9, 13, 17, 25, 191, 192]
