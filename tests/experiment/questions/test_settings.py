"""Settings by dotted path, and runs at points read as one row each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import Plan
from demandsim.experiment.questions.points import column, horizon_table, paired, run_points
from demandsim.experiment.questions.settings import with_settings
from demandsim.experiment.runner import run_plan
from demandsim.experiment.scale import COUNCIL_SPENDING, Figure
from demandsim.experiment.sweep.axes import changes_of
from demandsim.scenario.library import load_scenario, load_variants
from tests.experiment.fake import fake_plan, make_model

FIGURES = [Figure("unmet_need_hours"), COUNCIL_SPENDING, Figure("section_114")]


def test_settings_reach_where_they_should() -> None:
    found = with_settings(
        load_scenario("strengths"),
        {
            "practice.visits.longest_minutes": 60,
            "adoption.years": 8,
            "adoption.start_year": 2,
            "budget.cut_percent": 25,
            "parameters.frailty.lonely": 0.1,
        },
        name="other",
    )
    assert found.name == "other"
    assert found.practice.visit_minutes == 60.0
    assert (found.adoption.years, found.adoption.start_year) == (8.0, 2)
    assert found.budget.cut_percent == 25.0
    assert found.numbers["frailty.lonely"] == 0.1
    assert with_settings(found, {}) == found


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("practice.visits.longest_minuts", 60, 'did you mean "longest_minutes"'),
        ("longest_minutes", 60, 'did you mean "practice.visits.longest_minutes"'),
        ("practice.visits.longest_minutes", 600, "600 is above 120"),
        ("budget.cut_percent", 91, "91 is above 90"),
        ("budget.basis", 1, "not one of per_need, per_head, real"),
        ("parameters.frailty.lonly", 1, 'did you mean "frailty.lonely"'),
        ("parameters.frailty.lonely", 99, "99 is above 0.5, the end of its range"),
        ("parameters.practice.adoption_years", 3, "Set adoption.years instead"),
        ("adoption.years", float("nan"), "finite number"),
    ],
)
def test_bad_settings_are_refused(path: str, value: float, says: str) -> None:
    with pytest.raises(InputError, match=says):
        with_settings(load_scenario("strengths"), {path: value})


def test_settings_say_what_the_same_sweep_file_says() -> None:
    given = {"budget.cut_percent": 20, "adoption.years": 3, "community.start_year": 2, "parameters.frailty.lonely": 0.1}
    for name in ("deficit", "strengths"):
        filed = next(load_variants(name, [changes_of(given, label="x", line=None)]))
        assert with_settings(load_scenario(name), given).digest == filed.digest


def test_a_run_becomes_one_row_that_says_what_results_say() -> None:
    plan: Plan = fake_plan()
    frame = run_plan(plan, make=make_model).frame
    results = Results(plan, frame)
    table = horizon_table(frame, FIGURES)
    assert list(table.columns) == ["scenario", "replicate", "unmet_need_hours", "cost payer council", "section_114"]
    for scenario in ("deficit", "strengths"):
        own = table[table["scenario"] == scenario]
        for figure in FIGURES:
            expected = results.values(scenario, figure.measure, "horizon", figure.by, figure.group)
            assert own[column(figure)].tolist() == pytest.approx(expected.tolist())


def must_not_run(task: Any, on_month: Any) -> Any:
    raise AssertionError(task)


def test_options_at_points_are_paired_by_luck_and_kept(tmp_path: Path) -> None:
    options = {name: load_scenario(name) for name in ("deficit", "strengths")}
    points = pd.DataFrame({"budget.cut_percent": [0.0, 30.0]})
    size: Any = {"scale": 0.01, "years": 1, "replicates": 2, "folder": tmp_path}
    table = run_points(options, points, FIGURES[:2], **size)
    again = run_points(list(options), points, FIGURES[:2], **size, make=must_not_run)
    pd.testing.assert_frame_equal(table, again)  # of the library by name or in hand: the same runs, kept
    assert table["point"].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert table["option"].tolist() == ["deficit", "deficit", "strengths", "strengths"] * 2
    assert table["budget.cut_percent"].tolist() == [0.0] * 4 + [30.0] * 4
    found = paired(table, FIGURES[0], "strengths", "deficit")
    assert found.shape == (2, 2)
    first = table[(table["point"] == 1) & (table["replicate"] == 1)].set_index("option")["unmet_need_hours"]
    assert found.loc[1, 1] == pytest.approx(first["strengths"] - first["deficit"])
