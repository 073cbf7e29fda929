"""Measures of a real place: recording changes nothing, and levels are near the published ones they are set to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from demandsim import DemandModel, load_scenario
from demandsim.measures.quality import _FIRST_AGES, AGES, health_of
from demandsim.measures.recorder import Recorder


@pytest.fixture(scope="module")
def recorded() -> tuple[DemandModel, pd.DataFrame, str]:
    """A place after a year with the recorder, its rows, and the digest of the same place without."""
    plain = DemandModel(load_scenario("sustained"), scale=0.05, rng=4)
    plain.run_for(12)
    recorder = Recorder()
    model = DemandModel(load_scenario("sustained"), scale=0.05, rng=4, on_month=recorder.record)
    model.run_for(12)
    return model, recorder.table(), plain.digest()


def test_recording_changes_nothing(recorded: tuple[DemandModel, pd.DataFrame, str]) -> None:
    model, _, plain = recorded
    assert model.digest() == plain


def test_health_by_age_is_near_its_norm(recorded: tuple[DemandModel, pd.DataFrame, str]) -> None:
    model, _, _ = recorded
    people, health = model.citizens, health_of(model.numbers)
    rows = people.rows[people.age_months[people.rows] >= 216]
    age = np.searchsorted(np.array(_FIRST_AGES), people.age_months[rows] // 12, side="right") - 1
    strained = (people.care_given[rows] >= 10) & (people.strain[rows] > 0.6)
    loss = health.need[people.band[rows]] + health.ill * people.illness[rows]
    loss += health.troubled * (people.lonely[rows] | strained)
    for number, name in enumerate(AGES):
        mine = age == number
        mean = model.numbers[f"value.eq5d.{name}"] + model.numbers[f"value.eq5d_fit.{name}"] - loss[mine].mean()
        below = 0.06 if name == "75plus" else 0.0
        assert mean == pytest.approx(model.numbers[f"value.eq5d.{name}"] - below, abs=0.025), name


def test_expectancies_are_those_of_a_north_eastern_city(recorded: tuple[DemandModel, pd.DataFrame, str]) -> None:
    _, table, _ = recorded

    def of(name: str) -> float:
        return float(table[(table.measure == name) & (table.by == "all")].value.iloc[0])

    error = float(table[(table.by == "outcome") & (table.group == "life_expectancy_65")].value.iloc[0])
    assert of("life_expectancy_65") == pytest.approx(19.0, abs=1 + 3 * error)
    assert of("healthy_life_expectancy_65") < of("disability_free_life_expectancy_65") < of("life_expectancy_65")
    assert of("healthy_life_expectancy_65") == pytest.approx(10.0, abs=2.5)


def test_rows_are_of_the_register_and_each_once(recorded: tuple[DemandModel, pd.DataFrame, str]) -> None:
    _, table, _ = recorded
    assert not table.duplicated(["year", "measure", "by", "group"]).any()
    assert np.isfinite(table.value).all()
