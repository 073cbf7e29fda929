"""What the pages show is what `demandsim compare` counts, read from the same months."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.experiment.plan import Task
from demandsim.experiment.pool import run_task
from demandsim.experiment.prepare import make_plan
from demandsim.workshop.flows import FLOW_MEASURES, flow_view, trailing_mean
from demandsim.workshop.kept import kept_run
from demandsim.workshop.series import is_shown
from demandsim.workshop.tiles import map_view
from demandsim.workshop.watch import Watched, run_years

YEARS = 2


@pytest.fixture(scope="module")
def task() -> Task:
    plan = make_plan(["sustained"], place="Sunderland", years=YEARS, scale=0.01, replicates=1)
    return plan.tasks()[0][0]


@pytest.fixture(scope="module")
def rows(task: Task) -> pd.DataFrame:
    return run_task(task)


@pytest.fixture(scope="module")
def said(task: Task) -> list[Any]:
    found: list[Any] = []
    run_years(lambda message: None if message is None else found.append(message), task)
    return found


@pytest.fixture(scope="module")
def watched(said: list[Any]) -> Watched:
    assert isinstance(said[-1], Watched)
    return said[-1]


def value(rows: pd.DataFrame, measure: str, year: int = 2024) -> float:
    found = rows[(rows.measure == measure) & (rows.year == year) & (rows.by == "all")]
    return float(found.value.iloc[0])


def test_a_watched_run_is_the_run_of_the_command_line(said: list[Any], rows: pd.DataFrame) -> None:
    names = ["year", "measure", "by", "group"]
    shown = pd.DataFrame([row for year in said[:-1] for row in year], columns=[*names, "value", "unit"])
    wanted = rows[[is_shown(m, by) for m, by in zip(rows.measure, rows.by, strict=True)]]
    both = shown.merge(wanted, on=names, suffixes=("", "_wanted"))
    assert len(both) == len(shown) > 100
    assert (both.value.eq(both.value_wanted) | both.value.isna() & both.value_wanted.isna()).all()


def test_a_run_that_was_kept_is_the_same_to_the_last_bit(said: list[Any], watched: Watched) -> None:
    kept = kept_run(said[:-1], watched)
    assert kept.years() == said[:-1]
    again = kept.seen()
    assert again.areas.areas == watched.areas.areas
    assert again.areas.end == YEARS
    np.testing.assert_array_equal(again.areas.people, watched.areas.people)
    for name, tops in watched.areas.tops.items():
        np.testing.assert_array_equal(again.areas.tops[name], tops)
    for name, months in watched.flows.items():
        np.testing.assert_array_equal(again.flows[name], months)
    assert len(kept.rows) + len(kept.watched) < 40_000


def test_neighbourhoods_add_up_to_the_place(task: Task, watched: Watched, rows: pd.DataFrame) -> None:
    areas = watched.areas
    for year in range(YEARS):
        unmet = areas.tops["unmet"][:, year].sum() / 12 / task.scale
        assert unmet == pytest.approx(value(rows, "unmet_need_people", 2024 + year))
        share = areas.tops["wellbeing"][:, year].sum() / areas.people[:, year].sum()
        assert share == pytest.approx(value(rows, "wellbeing", 2024 + year), rel=1e-5)
        assert areas.tops["admitted"][:, year].sum() / task.scale == pytest.approx(
            value(rows, "emergency_admissions", 2024 + year)
        )


def test_months_add_up_to_the_year(watched: Watched, rows: pd.DataFrame) -> None:
    for name, measure in (
        ("contacts", "contacts"),
        ("again", "failure_demand"),
        ("turned_away", "turned_away"),
        ("admitted", "emergency_admissions"),
        ("ae", "ae_visits"),
        ("moves", "care_home_admissions"),
        ("breakdowns", "carer_breakdowns"),
    ):
        for year in range(YEARS):
            months = watched.flows[name][12 * year : 12 * year + 12]
            assert months.sum() == pytest.approx(value(rows, measure, 2024 + year)), name
    for name, measure in (("unmet", "unmet_need_people"), ("care_home", "care_home_residents")):
        assert watched.flows[name][:12].mean() == pytest.approx(value(rows, measure)), name
    waiting = watched.flows["waiting"][:12] + watched.flows["waiting_care"][:12]
    assert waiting.mean() == pytest.approx(value(rows, "waiting_people"))


def test_who_comes_back_is_among_those_who_come_and_who_could_leave_among_those_in_bed(watched: Watched) -> None:
    assert (watched.flows["again"] <= watched.flows["contacts"]).all()
    assert (watched.flows["delayed"] <= watched.flows["beds"] + 1e-9).all()


def test_views_of_the_same_run_twice_show_no_change(watched: Watched) -> None:
    view = flow_view([watched.flows], [watched.flows])
    assert view.before == view.now
    assert set(view.before) == set(FLOW_MEASURES)
    assert {len(months) for months in view.now.values()} == {12 * YEARS}
    json.dumps(view.content(), allow_nan=False)
    tiles = map_view([watched.areas], [watched.areas], runs=12)
    assert len(tiles.tiles) == 185
    assert {tile.shown["unmet"].verdict for tile in tiles.tiles} <= {"unclear", "few"}
    json.dumps(tiles.content(), allow_nan=False)


def test_a_trailing_mean_is_of_the_month_and_those_before() -> None:
    assert trailing_mean(np.array([3.0, 5.0, 10.0, 0.0]), 3).tolist() == [3.0, 4.0, 6.0, 5.0]


def test_views_need_pairs(watched: Watched) -> None:
    with pytest.raises(ValueError, match="in pairs"):
        flow_view([watched.flows], [])


def test_a_run_is_stopped_between_months(task: Task) -> None:
    months = []

    def say(message: Any) -> None:
        if message is None:
            months.append(1)
        if len(months) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_years(say, task)
    assert len(months) == 5
