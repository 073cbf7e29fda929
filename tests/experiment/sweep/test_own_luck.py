"""Futures of a sweep file with luck of their own: it follows the row of the design, not the place or the cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.points import horizon_table, paired, run_points
from demandsim.experiment.scale import Figure
from demandsim.experiment.sweep.folder import results_of
from demandsim.experiment.sweep.study import Study, study
from demandsim.scenario.errors import ScenarioError
from tests.experiment.sweep.toys import ASKED, make_toy

UNMET = Figure("unmet_need_people")
PATH = "practice.visits.longest_minutes"
TABLE = pd.DataFrame({PATH: [30.0, 45.0, 60.0]})
DRAWN: dict[str, Any] = {"vary": {PATH: {"min": 30, "max": 60}}, "design": "sobol", "points": 2}


def futures(**changes: Any) -> Study:
    asked = {key: value for key, value in ASKED.items() if key != "vary"}
    return study(None, {**asked, "design": TABLE, "own_luck": True, **changes})


def lucks(sweep: Study) -> dict[tuple[str, float, float, str], int]:
    """First luck by place, cut, setting and scenario."""
    keys = ["place", "budget.cut_percent", PATH, "scenario"]
    return sweep.design.set_index(keys)["luck"].to_dict()


def test_cuts_places_and_scenarios_share_the_luck_of_a_row() -> None:
    sweep = futures(places=["Rutland", "Wigan"], scale=0.1)
    found = lucks(sweep)
    assert len(found) == 2 * 2 * 3 * 2
    for row, minutes in enumerate(TABLE[PATH]):
        assert {luck for (_, _, at, _), luck in found.items() if at == minutes} == {1 + 1000 * row}
    assert {task.replicate for task in sweep.tasks()} == {1, 2, 1001, 1002, 2001, 2002}


@pytest.mark.parametrize(
    "more",
    [
        {"cuts": [0, 15, 30]},
        {"places": ["Sunderland", "Wigan"]},
        {"design": pd.DataFrame({PATH: [30.0, 45.0, 60.0, 35.0]})},
        {"scenarios": ["deficit", "strengths", "sustained"]},
        {"replicates": 3},
    ],
)
def test_what_is_added_changes_no_luck_and_extends(tmp_path: Path, more: dict[str, Any]) -> None:
    first, larger = futures(), futures(**more)
    first.run(tmp_path / "s", make=make_toy)
    assert {task.name for task in first.tasks()} < {task.name for task in larger.tasks()}
    outcome = larger.run(tmp_path / "s", make=make_toy)
    assert outcome.reused == len(first.tasks())


def test_more_points_of_sobol_keep_theirs() -> None:
    few, many = (futures(**{**DRAWN, "points": count}) for count in (2, 4))
    assert {task.name for task in few.tasks()} < {task.name for task in many.tasks()}


def test_rows_pair_practices_at_every_place_and_cut(tmp_path: Path) -> None:
    sweep = futures()
    sweep.run(tmp_path / "s", make=make_toy)
    frame = results_of(tmp_path / "s", measures=[UNMET.measure], by=["all"])
    gap = paired(horizon_table(frame, [UNMET], ["point", "scenario", "replicate"]), UNMET, "strengths", "deficit")
    assert gap.shape == (6, 2)
    assert gap.notna().all(axis=None)
    # as run_points gives it, whose points are the rows at one cut
    own = run_points(
        ["deficit", "strengths"],
        TABLE.assign(**{"budget.cut_percent": 30.0}),
        [UNMET],
        own_luck=True,
        replicates=2,
        years=1,
        scale=0.02,
        make=make_toy,
    )
    there = paired(own, UNMET, "strengths", "deficit")
    pd.testing.assert_frame_equal(gap.iloc[3:].reset_index(drop=True), there.reset_index(drop=True))


def test_an_exported_design_is_read_again(tmp_path: Path) -> None:
    sweep = futures(cuts=[30])
    sweep.design.to_csv(tmp_path / "d.csv", index=False)
    asked = {"scenarios": ["deficit", "strengths"], "design": str(tmp_path / "d.csv"), "own_luck": True}
    again = study(None, {**asked, "replicates": 2, "years": 1, "scale": 0.02})
    assert {task.name for task in again.tasks()} == {task.name for task in sweep.tasks()}


def test_without_the_key_nothing_is_named_otherwise() -> None:
    shared, said = futures(own_luck=False), futures()
    assert "luck" not in shared.design
    assert shared.spec.identity == futures(own_luck=False, seed=1).spec.identity != said.spec.identity


@pytest.mark.parametrize("design", ["grid", "morris", "one_at_a_time"])
def test_points_that_are_there_to_be_compared_share_theirs(design: str) -> None:
    with pytest.raises(ScenarioError, match="there to be compared"):
        futures(**{**DRAWN, "design": design, "points": 2})


def test_it_is_true_or_false() -> None:
    with pytest.raises(ScenarioError, match="neither true nor false"):
        futures(own_luck="yes")


def test_the_last_luck_of_all_rows_must_exist() -> None:
    with pytest.raises(InputError, match="--seed"):
        futures(seed=2**63 - 1500)
