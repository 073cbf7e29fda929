"""The resolved scenario: adoption, budget, blends, copies and digests."""

from __future__ import annotations

import copy
import dataclasses
import os
import pickle
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demandsim.scenario import Adoption, Budget, ScenarioError, load_scenario
from demandsim.scenario.levers import LEVERS
from demandsim.scenario.practice import Practice, blend
from demandsim.scenario.scenario import WORKER_LEVERS
from demandsim.scenario.schema import json_schema

STRENGTHS = load_scenario("strengths")
DEFICIT = load_scenario("deficit")


def adoption(**changes: float) -> Adoption:
    return dataclasses.replace(STRENGTHS.adoption, **changes)  # type: ignore[arg-type]


def test_adoption_rises_by_equal_steps_to_its_fidelity() -> None:
    three_years = adoption()
    assert [three_years.share(month) for month in (-24, -1)] == [0.0, 0.0]
    assert three_years.share(0) == pytest.approx(1 / 36)
    assert three_years.share(17) == pytest.approx(0.5)
    assert three_years.share(35) == three_years.share(500) == 1.0
    assert adoption(fidelity=0.6).share(100) == 0.6
    later = adoption(start_year=2, years=0)
    assert [later.share(month) for month in (0, 23, 24)] == [0.0, 0.0, 1.0]


@settings(max_examples=100, deadline=None, database=None)
@given(start=st.integers(0, 10), years=st.floats(0, 20), fidelity=st.floats(0, 1), month=st.integers(-24, 500))
def test_adoption_never_goes_back(start: int, years: float, fidelity: float, month: int) -> None:
    taken_up = adoption(start_year=start, years=years, fidelity=fidelity)
    assert 0.0 <= taken_up.share(month) <= taken_up.share(month + 1) <= fidelity


@settings(max_examples=50, deadline=None, database=None)
@given(start=st.integers(0, 5), years=st.floats(0, 12))
def test_training_and_double_running_add_up_to_what_was_said(start: int, years: float) -> None:
    paid = adoption(start_year=start, years=years, double_running_years=years)
    months = range(-24, 300)
    assert sum(paid.training_hours(month) for month in months) == pytest.approx(paid.training_hours_per_worker)
    assert sum(paid.double_running(month) for month in months) == pytest.approx(12 * years * paid.double_running_share)
    assert paid.training_hours(12 * start - 1) == paid.double_running(12 * start - 1) == 0.0


@settings(max_examples=50, deadline=None, database=None)
@given(start=st.integers(0, 5), years=st.floats(0, 12), joins=st.integers(-24, 300))
def test_who_joins_later_is_trained_as_long_as_the_others(start: int, years: float, joins: int) -> None:
    paid = adoption(start_year=start, years=years)
    still_to_come = sum(paid.training_hours(month) for month in range(joins, 300))
    assert paid.training_missed(joins) + still_to_come == pytest.approx(paid.training_hours_per_worker)


def test_practice_goes_from_the_base_to_the_target() -> None:
    assert STRENGTHS.practice_in(-1) is STRENGTHS.base_practice
    assert STRENGTHS.practice_in(35) is STRENGTHS.practice
    half = STRENGTHS.practice_in(17)
    assert half.visit_minutes == pytest.approx(37.5)
    assert half.handoffs == pytest.approx(3.5)


def test_workers_who_never_take_to_it_hold_back_what_depends_on_them() -> None:
    reluctant = dataclasses.replace(STRENGTHS, adoption=adoption(never_take_share=0.25))
    full = reluctant.practice_in(120)
    assert full.goal_share == pytest.approx(0.75)
    assert full.trained_share == pytest.approx(0.6)
    others = [f.name for f in dataclasses.fields(Practice) if f.name not in WORKER_LEVERS]
    assert all(getattr(full, name) == getattr(STRENGTHS.practice, name) for name in others)
    assert reluctant.practice_in(-1) == STRENGTHS.base_practice


@settings(max_examples=100, deadline=None, database=None)
@given(share=st.floats(0, 1), month=st.integers(-24, 400))
def test_adopting_todays_practice_changes_no_bit(share: float, month: int) -> None:
    assert blend(DEFICIT.practice, copy.copy(DEFICIT.practice), share) == DEFICIT.practice
    assert DEFICIT.practice_in(month) == DEFICIT.base_practice
    assert DEFICIT.adoption.training_hours(month) == DEFICIT.adoption.double_running(month) == 0.0


@settings(max_examples=100, deadline=None, database=None)
@given(share=st.floats(0, 1))
def test_a_blend_lies_between_its_ends(share: float) -> None:
    part = blend(DEFICIT.practice, STRENGTHS.practice, share)
    for field in dataclasses.fields(Practice):
        ends = sorted((getattr(DEFICIT.practice, field.name), getattr(STRENGTHS.practice, field.name)))
        assert ends[0] - 1e-9 <= getattr(part, field.name) <= ends[1] + 1e-9
    assert blend(DEFICIT.practice, STRENGTHS.practice, 1.0) is STRENGTHS.practice


def test_a_cut_is_made_in_equal_steps_and_stays() -> None:
    cut = load_scenario("deficit_cut30").budget
    assert [cut.factor(year) for year in (-1, 0, 3, 7, 8, 30)] == pytest.approx([1, 0.9625, 0.85, 0.7, 0.7, 0.7])
    assert [DEFICIT.budget.factor(year) for year in range(12)] == [1.0] * 12
    grown = dataclasses.replace(DEFICIT.budget, real_growth_percent_per_year=2.0)
    assert grown.factor(5) == pytest.approx(1.02**5)


def test_lines_of_the_budget_go_their_own_way_and_stand_still_by_themselves() -> None:
    still = DEFICIT.budget
    for year in range(-1, 30):
        assert (still.prevention_factor(year), still.nhs_factor(year), still.childrens_factor(year)) == (1.0, 1.0, 1.0)
    moved = dataclasses.replace(
        still,
        cut_years=4.0,
        prevention_change_percent=40.0,
        nhs_change_percent=-8.0,
        childrens_growth_percent_per_year=5.0,
    )
    assert [moved.prevention_factor(year) for year in (-1, 0, 3, 9)] == pytest.approx([1.0, 1.1, 1.4, 1.4])
    assert [moved.nhs_factor(year) for year in (-1, 0, 3, 9)] == pytest.approx([1.0, 0.98, 0.92, 0.92])
    assert [moved.childrens_factor(year) for year in (-1, 0, 1, 2)] == pytest.approx([1.0, 1.0, 1.05, 1.1025])
    assert [moved.factor(year) for year in range(12)] == [still.factor(year) for year in range(12)]


@pytest.mark.parametrize(("basis", "index"), [("per_need", 1.2), ("per_head", 1.1), ("real", 1.0)])
def test_the_basis_says_what_a_budget_grows_with(basis: str, index: float) -> None:
    budget: Budget = dataclasses.replace(DEFICIT.budget, basis=basis)
    assert budget.growth_index(need_index=1.2, people_index=1.1) == index


def test_cuts_replace_one_another() -> None:
    cut = DEFICIT.with_cut(30)
    assert cut.with_cut(30) is cut
    assert cut.with_cut(12.5).name == "deficit_cut12.5"
    assert cut.with_cut(0) == DEFICIT
    assert cut.with_cut(0).name == "deficit"
    assert DEFICIT.with_cut(0) is DEFICIT


@pytest.mark.parametrize("percent", [-1, 91, 300, float("nan"), float("inf")])
def test_an_impossible_cut_is_refused(percent: float) -> None:
    with pytest.raises(ScenarioError, match="is not between 0 and 90"):
        DEFICIT.with_cut(percent)


def test_the_digest_hangs_on_content_alone() -> None:
    renamed = dataclasses.replace(STRENGTHS, name="x", summary="y", source="z", place="Wigan", origins={})
    assert renamed.digest == STRENGTHS.digest
    assert len(STRENGTHS.digest) == 64
    seen = {STRENGTHS.digest}
    for change in (
        {"years": 11},
        {"responses": ()},
        {"base_practice": STRENGTHS.practice},
        {"adoption": adoption(years=4.0)},
        {"budget": dataclasses.replace(STRENGTHS.budget, cut_years=9.0)},
        *({"practice": dataclasses.replace(STRENGTHS.practice, **{lever.field: 77.0})} for lever in LEVERS),
    ):
        seen.add(dataclasses.replace(STRENGTHS, **change).digest)  # type: ignore[arg-type]
    assert len(seen) == 6 + len(LEVERS)


def test_a_scenario_can_be_copied_pickled_and_used_as_a_key() -> None:
    again = pickle.loads(pickle.dumps(STRENGTHS))
    assert again == STRENGTHS
    assert hash(again) == hash(STRENGTHS)
    assert again.digest == STRENGTHS.digest
    assert again.origins == STRENGTHS.origins
    assert copy.deepcopy(STRENGTHS) is STRENGTHS
    assert len(pickle.dumps(STRENGTHS)) < 20_000


def test_every_lever_has_one_name_in_files() -> None:
    assert sorted(lever.field for lever in LEVERS) == sorted(field.name for field in dataclasses.fields(Practice))
    assert len({lever.path for lever in LEVERS}) == len(LEVERS)


def test_the_json_schema_knows_every_lever() -> None:
    schema = json_schema()
    known = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    assert known >= {lever.key for lever in LEVERS}
    assert {"const": "today"} in schema["properties"]["practice"]["anyOf"]
    assert schema["additionalProperties"] is False


def test_reading_scenarios_needs_no_engine() -> None:
    code = (
        "import sys; from demandsim.scenario import load_scenario; load_scenario('strengths_cut30');"
        "print([m for m in ('mesa', 'numba', 'pandas', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_practice_alone_needs_no_file_reader() -> None:
    code = (
        "import sys; import demandsim.scenario.practice, demandsim.scenario.scenario;"
        "print([m for m in ('pydantic', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
