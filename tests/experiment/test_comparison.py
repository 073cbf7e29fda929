from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from demandsim.experiment.comparison import Results, difference_records, estimate, result_records
from demandsim.experiment.store import sort_rows
from tests.experiment.fake import fake_plan, invented_rows, two_by_two_plan


def rows_of(plan: object, values: dict[str, list[list[float]]], measure: str = "deaths") -> pd.DataFrame:
    """Rows from values by scenario: a list of years for each replicate."""
    rows = [
        ("0" * 16, name, replicate + 1, 2024 + year, measure, "all", "all", value, "people")
        for name, replicates in values.items()
        for replicate, years in enumerate(replicates)
        for year, value in enumerate(years)
    ]
    columns = ["run", "scenario", "replicate", "year", "measure", "by", "group", "value", "unit"]
    return sort_rows(pd.DataFrame(rows, columns=columns))


def test_the_interval_is_students():
    values = np.array([3.0, 5.0, 4.0, 8.0, 5.5])
    found = estimate(values)
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_the_interval_holds_the_truth_as_often_as_it_says():
    # 2,000 intervals of 95 %: false alarm of this test about 1 in 10,000 (4 standard errors of 0.49 points).
    luck = np.random.default_rng(11)
    held = [abs(found.value) <= found.half for found in (estimate(luck.normal(0, 1, 5)) for _ in range(2000))]
    assert abs(np.mean(held) - 0.95) < 0.02


def test_one_replicate_has_no_interval():
    found = estimate(np.array([3.0]))
    assert math.isnan(found.half)
    assert not found.clear


@pytest.mark.parametrize("runs", [2, 3, 5])
def test_a_few_equal_differences_are_no_certainty(runs):
    found = estimate(np.full(runs, -100.0))
    assert found.coincidence
    assert not found.clear
    rounded = estimate(np.array([-100.0, *[np.nextafter(-100.0, 0.0)] * (runs - 1)]))
    assert not rounded.clear


def test_many_equal_differences_are():
    assert estimate(np.full(6, 4.0)).clear
    assert not estimate(np.zeros(5)).clear


def test_differences_are_paired_by_luck():
    plan = fake_plan(years=2)
    shared = [[100.0, 50.0], [900.0, 450.0], [10.0, 5.0]]
    more = [[a + 1, b + 2] for a, b in shared]
    results = Results(plan, rows_of(plan, {"deficit": shared, "strengths": more}))
    found = results.difference("strengths", "deficit", "deaths", 2025)
    assert (found.value, found.half, found.clear) == (pytest.approx(2), pytest.approx(0, abs=1e-9), False)
    assert results.difference("strengths", "deficit", "deaths", "horizon").value == pytest.approx(3)


def test_over_the_horizon_a_flow_is_summed_and_a_state_is_the_last_years():
    plan = fake_plan(years=2)
    years = {"deficit": [[1.0, 10.0]], "strengths": [[2.0, 20.0]]}
    flow = Results(plan, rows_of(plan, years, "deaths"))
    state = Results(plan, rows_of(plan, years, "carers"))
    assert flow.estimate("deficit", "deaths", "horizon").value == 11
    assert state.estimate("deficit", "carers", "horizon").value == 10


def test_softening_is_the_difference_of_the_cuts_effects():
    plan = two_by_two_plan(years=1)
    values = {
        "deficit": [[10.0], [20.0]],
        "deficit_cut30": [[17.0], [27.0]],
        "strengths": [[9.0], [19.0]],
        "strengths_cut30": [[12.0], [22.0]],
    }
    results = Results(plan, rows_of(plan, values))
    found = results.softening(("strengths", "strengths_cut30"), ("deficit", "deficit_cut30"), "deaths", 2024)
    assert found.value == pytest.approx(3 - 7)


def test_only_replicates_that_all_scenarios_have_are_paired():
    plan = fake_plan(years=1)
    results = Results(plan, rows_of(plan, {"deficit": [[1.0], [2.0], [3.0]], "strengths": [[5.0], [7.0]]}))
    assert results.replicates == [1, 2]
    assert results.difference("strengths", "deficit", "deaths", 2024).value == pytest.approx(4.5)


def test_records_are_one_object_for_machines():
    plan = two_by_two_plan(years=2)
    results = Results(plan, invented_rows(plan))
    records, differences = result_records(results), difference_records(results)
    keys = {"measure", "scenario", "year", "by", "group", "value", "low", "high", "unit", "interval"}
    assert all(set(record) == keys for record in [*records, *differences])
    assert {record["interval"] for record in records} == {"chance"}
    assert {record["scenario"] for record in differences} == {"strengths", "deficit_cut30", "strengths_cut30"}
    json.dumps([records, differences], allow_nan=False)


def test_without_an_interval_records_say_none():
    plan = fake_plan(years=1, replicates=1)
    record = result_records(Results(plan, invented_rows(plan)))[0]
    assert record["low"] is record["high"] is record["interval"] is None


def test_the_digest_is_of_the_rows():
    plan = fake_plan()
    frame = invented_rows(plan)
    changed = frame.copy()
    changed.loc[0, "value"] += 1e-12 * changed.loc[0, "value"] + 1e-12
    assert Results(plan, frame).digest == Results(plan, invented_rows(plan)).digest
    assert Results(plan, frame).digest != Results(plan, changed).digest


def test_every_value_is_found_again_where_it_belongs() -> None:
    results = Results(two_by_two_plan(), invented_rows(two_by_two_plan()))
    keys = ["scenario", "measure", "by", "group"]
    for (scenario, measure, by, group), rows in results.measures.groupby(keys):
        for year, of_year in rows.groupby("year"):
            by_replicate = of_year.sort_values("replicate")["value"].tolist()
            assert results.values(scenario, measure, year, by, group).tolist() == by_replicate


def test_what_has_no_row_is_nothing_of_a_count_and_not_known_of_a_state() -> None:
    plan = fake_plan()
    rows = invented_rows(plan)
    gone = (rows["replicate"] == 1) & (rows["measure"].isin(["wellbeing", "care_home_admissions"]))
    results = Results(plan, rows[~gone])
    assert np.isnan(results.values("deficit", "wellbeing", "horizon")[0])
    assert results.values("deficit", "care_home_admissions", "horizon")[0] == 0.0
    known = results.estimate("deficit", "wellbeing", "horizon")
    assert known.n == 2
    assert np.isfinite(known.value)
    assert np.isnan(results.estimate("deficit", "life_expectancy_65", "horizon").value)
    assert results.estimate("deficit", "hubs", 2024).n == 0
    assert results.values("deficit", "deaths", "horizon").tolist() == [0.0, 0.0, 0.0]


def test_neighbourhoods_stay_out_of_the_summary() -> None:
    plan = fake_plan()
    rows = invented_rows(plan)
    here = rows[(rows["measure"] == "unmet_need_people") & (rows["by"] == "all")].assign(
        by="neighbourhood", group="E01"
    )
    found = result_records(Results(plan, pd.concat([rows, here])))
    assert {record["by"] for record in found} == set(rows["by"])
