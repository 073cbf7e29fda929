"""Draws of parameters: the same for every scenario, part of each run's hash, held where they must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.draws import BY_TABLES, keys_drawn, values_drawn, with_ranges
from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import Plan
from demandsim.experiment.prepare import make_plan
from demandsim.experiment.reading import read_results
from demandsim.experiment.runner import run_plan
from demandsim.parameters.effects import EFFECTS_OF_PRACTICE
from demandsim.parameters.priors import prior
from demandsim.parameters.register import register
from tests.test_cli import fake_effects

USUAL = {"place": "sunderland", "years": 2, "scale": 0.5, "replicates": 2}


def plan_of(ranges: int) -> Plan:
    return make_plan(["deficit", "strengths"], ranges=ranges, **USUAL)  # type: ignore[arg-type]


def test_what_is_drawn() -> None:
    keys = keys_drawn()
    assert len(keys) > 500
    assert set(EFFECTS_OF_PRACTICE) <= set(keys)
    assert not [key for key in keys if register()[key].status == "F" or key.startswith(BY_TABLES)]
    assert "mort.improvement" not in keys


def test_every_scenario_meets_the_same_draws_and_the_same_luck() -> None:
    plan = plan_of(3)
    for (deficit, strengths), values in zip(plan.draws, values_drawn(plan), strict=True):
        assert dict(deficit.numbers.overrides) == dict(strengths.numbers.overrides) == values
        assert (deficit.name, strengths.name) == ("deficit", "strengths")
        assert all(prior(key).low <= value <= prior(key).high for key, value in values.items())  # type: ignore[union-attr]
    drawn = plan.tasks()[plan.replicates :]
    assert [[task.replicate for task in tasks] for tasks in drawn] == [[1, 1], [2, 2], [3, 3]]
    assert len({task.name for tasks in plan.tasks() for task in tasks}) == 2 * (2 + 3)
    assert plan.months == 2 * 5 * 24


def test_the_results_keep_their_name_and_earlier_draws() -> None:
    assert plan_of(0).identity == plan_of(3).identity
    assert plan_of(5).draw_runs[:3] == plan_of(3).draw_runs


def test_what_a_scenario_says_itself_is_left(tmp_path: Path) -> None:
    file = tmp_path / "sure.yaml"
    file.write_text("format: 1\nname: sure\nsummary: S.\nextends: deficit\nparameters:\n  acute.fade: 0.5\n")
    plan = make_plan([file, "deficit"], ranges=2, **USUAL)  # type: ignore[arg-type]
    assert [sure.numbers["acute.fade"] for sure, _ in plan.draws] == [0.5, 0.5]
    assert 0.5 not in [other.numbers["acute.fade"] for _, other in plan.draws]


@pytest.mark.parametrize("count", [-1, 1, 1001])
def test_numbers_of_draws_that_are_none(count: int) -> None:
    with pytest.raises(InputError, match=f"--ranges {count}"):
        with_ranges(plan_of(0), count)


def test_one_replicate_is_too_few() -> None:
    with pytest.raises(InputError, match="--replicates 2"):
        make_plan(["deficit"], place="sunderland", scale=0.5, replicates=1, ranges=5)


def test_draws_are_stored_resumed_extended_and_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "held"
    first = run_plan(plan_of(2), folder=folder, make=fake_effects)
    assert len(list((folder / "parts").glob("*.parquet"))) == 2 * (2 + 2)
    more = run_plan(plan_of(4), folder=folder, make=fake_effects)
    assert more.reused == 8
    again = run_plan(plan_of(0), folder=folder, make=fake_effects)
    assert again.reused == 12
    assert len(again.plan.draws) == 4
    results, read = Results(more.plan, more.frame), read_results(folder)
    assert read.digest == results.digest == Results(again.plan, again.frame).digest
    assert read.plan.draw_runs == more.plan.draw_runs
    assert (read.replicates, read.draws) == ([1, 2], [0, 1, 2, 3])
    ours = ("strengths", "unmet_need_people", "horizon")
    assert read.spread(*ours, against="deficit") == results.spread(*ours, against="deficit")
    alone = Results(plan_of(0), run_plan(plan_of(0), make=fake_effects).frame)
    assert read.estimate(*ours) == alone.estimate(*ours)
    assert Results(first.plan, first.frame).draws == [0, 1]


def test_draws_that_failed_for_one_scenario_are_left_out_for_all() -> None:
    done = run_plan(plan_of(3), make=fake_effects)
    run = done.plan.draw_runs[1][0]
    results = Results(done.plan, done.frame[done.frame["run"] != run])
    assert results.draws == [0, 2]
    assert results.values("strengths", "unmet_need_people", 2024, drawn=True).shape == (2,)


def test_values_of_another_versions_draws_are_not_known() -> None:
    from dataclasses import replace

    assert values_drawn(replace(plan_of(2), data="another")) == []
