from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.agents.cells import AGE_BANDS, CELLS, LIFE_CELLS, life_codes
from demandsim.agents.citizens import Arrangement, Band, Setting
from demandsim.ledger import CHARGES, Ledger
from demandsim.measures.recorder import WEEKS_A_MONTH, Recorder, median_wait
from demandsim.measures.register import MEASURES
from demandsim.parameters.register import Numbers
from tests.toy import toy_model, toy_neighbourhoods


def busy_town(seed: int = 3) -> Any:
    town = toy_model(2_000, seed=seed)
    town.neighbourhoods = toy_neighbourhoods()
    people, luck = town.citizens, np.random.default_rng(seed)
    rows = np.flatnonzero(people.alive & (people.age_months >= 18 * 12))
    some = luck.permutation(rows)
    people.band[some[:300]] = luck.integers(1, 5, 300)
    people.hands_on[some[:300]] = luck.uniform(1, 28, 300)
    people.unmet[some[:100]] = True
    people.unmet_hours[some[:100]] = luck.uniform(1, 9, 100)
    people.kin_hours[some[50:200]] = 4
    people.relieved_hours[some[100:150]] = 1
    people.paid_hours[some[150:250]] = 3
    people.care_given[some[400:600]] = luck.uniform(1, 60, 200)
    people.carer_break[some[500:600]] = luck.uniform(0, 0.5, 100)
    people.strain[some[400:600]] = luck.uniform(0, 1, 200)
    people.lonely[some[700:800]] = True
    people.wellbeing[rows] = luck.uniform(3, 10, rows.size)
    people.council_funded[some[150:250]] = True
    people.arrangement[some[150:220]] = Arrangement.HOME_CARE
    people.arrangement[some[220:240]] = Arrangement.DIRECT_PAYMENT
    people.setting[some[240:250]] = Setting.CARE_HOME
    people.plan_hours[some[150:240]] = 5
    people.worker[some[150:220]] = 1
    people.relationship[some[150:220]] = 0.5
    return town


OF_SOME = (
    "trust",
    "trust_people",
    "people_disadvantaged",
    "wellbeing_disadvantaged",
    "contacts_disadvantaged",
    "people_asking",
    "turned_away_disadvantaged",
)
"""What only some processes book."""


def a_year(town: Any, events: dict[str, float] | None = None, months: int = 12) -> pd.DataFrame:
    recorder, ledger = Recorder(unpaid_hour=25.0), Ledger(CELLS)
    people = town.citizens
    everyone = people.cell[np.flatnonzero(people.alive & (people.age_months >= 216))]
    older = people.cell[np.flatnonzero(people.alive & (people.age_months >= 780))]
    dying = life_codes(people.age_months[people.rows], people.cell[people.rows])
    for month in range(months):
        town.month = month
        ledger.count("deaths", dying[dying >= 180][:3], LIFE_CELLS)
        ledger.people("emergency_admissions", older[:8])
        ledger.people("readmissions", older[:1])
        ledger.people("therapy_seen", everyone[:4])
        ledger.people("therapy_waited", everyone[:4], np.full(4, 16.0))
        ledger.people("contacts", everyone[:7])
        ledger.people("failure_contacts", everyone[:2])
        ledger.people("failure_wrong", everyone[:1])
        ledger.people("failure_lost", everyone[1:2])
        for name in OF_SOME:
            ledger.people(name, everyone[:5])
        ledger.cost("home_care", "council", 120.0)
        ledger.cost("home_care", "citizen", 30.0)
        ledger.cost("acute", "nhs", 50.0)
        for name, value in (events or {}).items():
            ledger.total(name, value)
        recorder.record(town, ledger.close())
    return recorder.table()


def value(table: pd.DataFrame, measure: str, by: str = "all", group: str = "all") -> float:
    rows = table[(table.measure == measure) & (table.by == by) & (table.group == group)]
    assert len(rows) == 1
    return float(rows.value.iloc[0])


def test_stocks_are_what_the_columns_say():
    town = busy_town()
    people, table = town.citizens, a_year(town)
    alive = people.alive
    adult = alive & (people.age_months >= 216)
    needy = adult & (people.band >= Band.MODERATE)
    assert value(table, "population") * town.scale == pytest.approx(alive.sum())
    assert value(table, "need_people") * town.scale == pytest.approx(needy.sum())
    assert value(table, "unmet_need_hours") * town.scale == pytest.approx(people.unmet_hours[adult].sum(), rel=1e-6)
    assert value(table, "wellbeing") == pytest.approx(people.wellbeing[adult].mean(dtype=float), rel=1e-6)
    assert value(table, "loneliness") == pytest.approx(people.lonely[adult].mean())
    strained = alive & (people.care_given >= 10) & (people.strain > np.float32(0.6))
    assert value(table, "carer_strain") * town.scale == pytest.approx(strained.sum())
    assert value(table, "direct_payment_share") == pytest.approx(20 / 90)
    assert value(table, "long_term_clients") * town.scale == pytest.approx(100)
    women = adult & people.female
    assert value(table, "wellbeing", "sex", "female") == pytest.approx(
        people.wellbeing[women].mean(dtype=float), rel=1e-6
    )


@pytest.mark.parametrize("by", ["age", "sex", "quintile"])
@pytest.mark.parametrize("measure", ["population", "need_people", "unmet_need_hours", "carers", "contacts"])
def test_breakdowns_add_up_to_the_whole(measure: str, by: str):
    table = a_year(busy_town())
    parts = table[(table.measure == measure) & (table.by == by)].value.sum()
    assert parts == pytest.approx(value(table, measure))


def test_a_smaller_sample_stands_for_the_same_place():
    whole, sample = busy_town(), busy_town()
    whole.scale, sample.scale = 1.0, 0.25
    one, other = a_year(whole), a_year(sample)
    for measure in ("population", "unmet_need_people", "contacts", "cost"):
        assert value(other, measure) == pytest.approx(4 * value(one, measure))
    for measure in ("wellbeing", "failure_demand_share", "loneliness"):
        assert value(other, measure) == pytest.approx(value(one, measure))


def test_costs_add_up_whichever_way_they_are_read():
    town = busy_town()
    table = a_year(town)
    total = value(table, "cost")
    for by in ("payer", "service", "payer+service"):
        assert table[(table.measure == "cost") & (table.by == by)].value.sum() == pytest.approx(total)
    assert value(table, "cost", "payer+service", "council+home_care") * town.scale == pytest.approx(12 * 120)
    hours = value(table, "carer_hours")
    assert value(table, "cost", "payer", "family") == pytest.approx(12 * hours * WEEKS_A_MONTH * 25)


def test_citizens_money_is_split_by_what_it_is_for():
    town = busy_town()
    table = a_year(town, {CHARGES: 12.5})
    assert value(table, "own_money", "source", "charges") * town.scale == pytest.approx(12 * 12.5)
    assert value(table, "own_money", "source", "self_funding") * town.scale == pytest.approx(12 * (30 - 12.5))
    assert table[(table.measure == "own_money") & (table.by == "source")].value.sum() == pytest.approx(
        value(table, "cost", "payer", "citizen")
    )
    assert value(table, "own_money") == pytest.approx(value(table, "cost", "payer", "citizen"))


def test_shares_and_workforce_are_sums_over_sums():
    events = {"posts": 10.0, "workers": 9.0, "vacancies": 1.0, "leavers": 0.3, "visits": 8.0, "named_visits": 6.0}
    table = a_year(busy_town(), events)
    assert value(table, "failure_demand_share") == pytest.approx(2 / 7)
    assert value(table, "readmission_share") == pytest.approx(1 / 8)
    assert value(table, "therapy_wait_weeks") == pytest.approx(16)
    assert value(table, "vacancies") == pytest.approx(0.1)
    assert value(table, "turnover") == pytest.approx(12 * 0.3 / 9)
    assert value(table, "continuity") == pytest.approx(0.75)


def test_failure_demand_adds_up_by_cause():
    town = busy_town()
    table = a_year(town, {"agency_hours": 5.0})
    causes = {cause: value(table, "failure_demand", "cause", cause) for cause in ("wrong", "late", "lost", "rushed")}
    assert sum(causes.values()) == pytest.approx(value(table, "failure_demand"))
    assert causes["wrong"] * town.scale == pytest.approx(12)
    assert causes["late"] == causes["rushed"] == 0.0
    assert value(table, "agency_hours") * town.scale == pytest.approx(60)


def test_years_are_labelled_by_the_year_they_start_in_and_a_part_year_is_not_shown():
    table = a_year(busy_town(), months=30)
    assert sorted(table.year.unique()) == [2024, 2025]


def test_the_run_in_is_not_recorded():
    town = busy_town()
    town.settling = True
    assert a_year(town).empty


def test_every_row_is_of_the_register_with_its_unit_and_once():
    town = busy_town()
    town.numbers = Numbers({"value.expectancy_least_years": 100, "value.expectancy_least_years_65": 10})
    waits = {"assessed_after_1": 3.0, "assessed_after_6": 1.0}
    table = a_year(town, {"posts": 1.0, "workers": 1.0, "visits": 1.0, "area_people": 1.0, **waits})
    assert set(table.measure) == set(MEASURES)
    assert all(row.unit == MEASURES[row.measure].unit for row in table.itertuples())
    assert not table.duplicated(["year", "measure", "by", "group"]).any()
    assert not ((table.measure == "wellbeing") & (table.group == AGE_BANDS[0])).any()


def test_median_wait_is_the_middle_of_what_months_allow():
    assert median_wait({}) == 0
    assert median_wait({0: 10}) == pytest.approx(0.5)
    assert median_wait({0: 10, 1: 10}) == pytest.approx(1.0)
    assert median_wait({0: 1, 3: 3}) == pytest.approx(3 + 1 / 3)


def test_recording_leaves_the_model_as_it_was():
    town = busy_town()
    before = {name: getattr(town.citizens, name).copy() for name in type(town.citizens).columns}
    a_year(town)
    assert all(np.array_equal(before[name], getattr(town.citizens, name)) for name in before)


def test_free_rows_are_nobody():
    town = busy_town()
    free = np.flatnonzero(~town.citizens.alive)
    before = a_year(town)
    town.citizens.lonely[free] = True
    town.citizens.band[free] = 4
    pd.testing.assert_frame_equal(before, a_year(town))


def test_the_models_price_of_an_unpaid_hour_is_used_where_none_is_given():
    recorder, ledger = Recorder(), Ledger(CELLS)
    town = busy_town()
    town.numbers = Numbers({"carers.replacement_cost_hour": 12.0})
    model = SimpleNamespace(**{**vars(town), "settling": False})
    for _ in range(12):
        recorder.record(model, ledger.close())  # type: ignore[arg-type]
    table = recorder.table()
    hours = value(table, "carer_hours")
    in_2021_prices = 12.0 * 106.1 / 93.629
    assert value(table, "cost", "payer", "family") == pytest.approx(12 * hours * WEEKS_A_MONTH * in_2021_prices)


def test_people_of_a_neighbourhood_that_is_not_there_are_refused():
    town = busy_town()
    town.neighbourhoods = town.neighbourhoods[:5]
    with pytest.raises(ValueError, match="neighbourhood 19, and there are 5"):
        a_year(town, months=1)
