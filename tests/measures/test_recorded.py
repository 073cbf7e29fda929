"""What the recorder adds to stocks and events: years lived, need bands, places, support, gaps, expectancies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.agents.cells import LIFE_BANDS, LIFE_CELLS
from demandsim.agents.citizens import Arrangement, Band, Setting, SupportType
from demandsim.measures.equity import concentration_index, slope_index, standardised
from demandsim.measures.expectancy import life_table, years_in_state
from demandsim.measures.lives import LifeRules, expectancies, years_lived
from demandsim.measures.quality import health_of
from demandsim.measures.recorder import waited_beyond
from demandsim.measures.spending import SUPPORT, of_support
from demandsim.processes.control import ControlRules, control_of
from tests.measures.test_recorder import a_year, busy_town, value

RULES = LifeRules(least=50, least_65=10, healthy=0.24)


@pytest.fixture(scope="module")
def town() -> Any:
    built = busy_town()
    people = built.citizens
    people.deficits[people.rows[::3]] = 12
    people.illness[people.rows[::7]] = 0.5
    people.support_type[people.rows[40:60]] = SupportType.LEARNING
    people.council_funded[people.rows[40:60]] = True
    return built


@pytest.fixture(scope="module")
def table(town: Any) -> pd.DataFrame:
    return a_year(town)


def adults(town: Any) -> Any:
    return np.flatnonzero(town.citizens.alive & (town.citizens.age_months >= 216))


def test_years_lived_are_sums_over_people(town: Any, table: pd.DataFrame) -> None:
    people, rows, health = town.citizens, adults(town), health_of(town.numbers)
    band = np.searchsorted(np.array(LIFE_BANDS), people.age_months[rows] // 12, side="right") - 1
    weight = health.base[band] - health.need[people.band[rows]] - 0.123 * people.illness[rows].astype(float)
    strained = (people.care_given[rows] >= 10) & (people.strain[rows] > np.float32(0.6))
    weight -= 0.071 * (people.lonely[rows] | strained)
    assert value(table, "qaly") * town.scale == pytest.approx(weight.sum())
    assert value(table, "health_quality") == pytest.approx(weight.mean())
    assert value(table, "wellbeing_years") * town.scale == pytest.approx(people.wellbeing[rows].sum(dtype=float))
    free = (people.band[rows] < Band.MODERATE) & (people.setting[rows] == Setting.HOME)
    assert value(table, "independent_years") * town.scale == pytest.approx(free.sum())
    assert value(table, "qaly", "sex", "male") + value(table, "qaly", "sex", "female") == pytest.approx(
        value(table, "qaly")
    )


def test_quality_of_care_users_is_of_those_who_need_help(town: Any, table: pd.DataFrame) -> None:
    from demandsim.measures.quality import care_quality, scrqol_of
    from demandsim.processes.base import read_rules

    rows = adults(town)
    rows = rows[town.citizens.band[rows] >= Band.MODERATE]
    control = control_of(town.citizens, rows, read_rules(ControlRules, town.numbers))
    index = scrqol_of(town.citizens, rows, control, care_quality(town.numbers))
    assert value(table, "scrqol") == pytest.approx(index.mean())


def test_shares_of_unmet_need_have_those_in_need_below(table: pd.DataFrame) -> None:
    for share, top, bottom in (
        ("unmet_need_share", "unmet_need_people", "need_people"),
        ("unmet_hours_share", "unmet_need_hours", "need_hours"),
    ):
        assert value(table, share) == pytest.approx(value(table, top) / value(table, bottom))


def test_need_bands_and_places_add_up_to_the_whole(town: Any, table: pd.DataFrame) -> None:
    def total(measure: str, by: str) -> float:
        return float(table[(table.measure == measure) & (table.by == by)].value.sum())

    for measure in ("need_hours", "unmet_need_people", "unmet_need_hours", "support_cost"):
        assert total(measure, "need") == pytest.approx(value(table, measure))
    low = value(table, "need_people", "need", "low")
    assert total("need_people", "need") - low == pytest.approx(value(table, "need_people"))
    for by in ("district", "neighbourhood"):
        for measure in ("population", "unmet_need_people", "carer_strain", "support_cost"):
            assert total(measure, by) == pytest.approx(value(table, measure)), (measure, by)
    people, rows = town.citizens, adults(town)
    here = rows[people.neighbourhood[rows] == 7]
    assert value(table, "wellbeing", "neighbourhood", "E07") == pytest.approx(people.wellbeing[here].mean(dtype=float))
    none = rows[people.band[rows] == Band.NONE]
    assert value(table, "wellbeing", "need", "none") == pytest.approx(people.wellbeing[none].mean(dtype=float))
    assert sorted(table[table.by == "district"].group.unique()) == ["North", "South"]


def test_one_district_has_no_rows_of_its_own() -> None:
    town = busy_town()
    for place in town.neighbourhoods:
        place.district = "Only"
    assert "district" not in set(a_year(town).by)


def test_support_goes_where_the_hours_are(town: Any, table: pd.DataFrame) -> None:
    people = town.citizens
    assert value(table, "support_cost") * town.scale == pytest.approx(12 * 120)  # the council's home care of a year
    mine = people.council_funded & people.alive & (people.support_type == 0) & (people.setting == Setting.HOME)
    mine &= people.arrangement == Arrangement.HOME_CARE
    fifth = mine & (people.quintile == 0)
    share = people.plan_hours[fifth].sum() / people.plan_hours[mine].sum()
    assert value(table, "support_cost", "quintile", "1") / value(table, "support_cost") == pytest.approx(share)
    assert value(table, "working_age_clients") * town.scale == pytest.approx(
        (people.council_funded & (people.support_type > 0) & people.alive & (people.age_months >= 216)).sum()
    )
    shares = table[table.measure == "benefit_share"].value
    assert shares.sum() == pytest.approx(1.0)
    weighted = table[(table.measure == "benefit_weighted") & (table.by == "quintile")].value.sum()
    assert weighted == pytest.approx(value(table, "benefit_weighted"))
    assert of_support({("home_care", "council"): 9.0}, np.eye(len(SUPPORT))).tolist() == [9.0, 0, 0, 0, 0]


def test_cost_per_head(table: pd.DataFrame) -> None:
    people = value(table, "population")
    assert value(table, "cost_per_resident") == pytest.approx(value(table, "cost") / people)
    council = value(table, "cost", "payer", "council")
    assert value(table, "cost_per_resident", "payer", "council") == pytest.approx(council / people)


def test_gaps_are_those_of_standardised_fifths(town: Any, table: pd.DataFrame) -> None:
    people, rows = town.citizens, adults(town)
    stratum = (people.cell[rows] - 10) // 5
    fifth = people.quintile[rows]
    bottom, top = np.zeros((8, 5)), np.zeros((8, 5))
    np.add.at(bottom, (stratum, fifth), 1.0)
    np.add.at(top, (stratum, fifth), people.wellbeing[rows].astype(float))
    rate, crowd = standardised(top, bottom), bottom.sum(axis=0)
    slope = slope_index(rate, crowd)
    assert value(table, "slope_index", "outcome", "wellbeing") == pytest.approx(slope)
    found = value(table, "concentration_index", "outcome", "wellbeing")
    assert found == pytest.approx(concentration_index(rate, crowd))
    assert value(table, "slope_change", "outcome", "wellbeing") == 0.0
    # What is bad has its sign turned: a positive gap always means that the most deprived fare worse.
    np.add.at(top := np.zeros((8, 5)), (stratum, fifth), (people.unmet[rows]).astype(float))
    gap = value(table, "slope_index", "outcome", "unmet_need_people")
    assert gap == pytest.approx(-1000 * slope_index(standardised(top, bottom), crowd))


def test_a_gap_that_widens_shows_against_the_first_year() -> None:
    from demandsim.ledger import Ledger
    from demandsim.measures.recorder import Recorder

    town, recorder, ledger = busy_town(), Recorder(), Ledger(50)
    people = town.citizens
    for month in range(24):
        if month == 12:
            people.wellbeing[people.quintile == 0] -= np.float32(1)
        recorder.record(town, ledger.close())
    found = recorder.table()
    change = found[(found.measure == "slope_change") & (found.group == "wellbeing")].value.tolist()
    assert change[0] == 0.0
    assert change[1] > 0.5


def test_waits_beyond_a_limit_by_hand() -> None:
    assert waited_beyond({}, 4) == 0
    assert waited_beyond({2: 10, 4: 8, 7: 3}, 4.25) == pytest.approx(0.75 * 8 + 3)


def test_the_dead_lived_half_their_last_month() -> None:
    assert years_lived(np.array([1200.0]), np.array([24.0])) == pytest.approx([101.0])


def test_expectancies_of_groups_and_too_few_lives() -> None:
    luck = np.random.default_rng(2)
    months = np.zeros((LIFE_CELLS, 3))
    months[:, 0] = luck.uniform(500, 900, LIFE_CELLS)
    months[:, 1], months[:, 2] = months[:, 0] * 0.5, months[:, 0] * 0.75
    deaths = luck.uniform(1, 5, LIFE_CELLS)
    found = {(name, by, group): number for name, by, group, number in expectancies(deaths, months, RULES)}
    by_band, people = deaths.reshape(20, 10).sum(axis=1), months[:, 0].reshape(20, 10).sum(axis=1)
    table = life_table(by_band, years_lived(people, by_band))
    assert table is not None
    assert found["life_expectancy_birth", "all", "all"] == pytest.approx(table.expectancy[0])
    half, error = years_in_state(table, np.full(20, 0.5), people / 12)
    assert found["healthy_life_expectancy", "all", "all"] == pytest.approx(half[0])
    assert found["expectancy_error", "outcome", "healthy_life_expectancy"] == pytest.approx(error[0])
    assert found["disability_free_life_expectancy", "all", "all"] == pytest.approx(0.75 * table.expectancy[0])
    assert {group for name, by, group in found if name == "life_expectancy_65" and by == "quintile"} == set("12345")
    older_only = months.copy()
    older_only[:30] = 0  # nobody under ten: none at birth, the same at 65
    kept = {(name, by): number for name, by, _, number in expectancies(deaths, older_only, RULES)}
    assert ("life_expectancy_birth", "all") not in kept
    assert kept["life_expectancy_65", "all"] == found["life_expectancy_65", "all", "all"]
    assert not list(expectancies(deaths / 1e4, months / 1e4, RULES))
