"""The search for equal spend: it finds what is there, says what is not, and stays within its bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandsim.experiment.comparison import Estimate, Results
from demandsim.experiment.equal_spend import (
    MOST_CUT,
    MOST_GROWTH,
    MOST_RUNS,
    SEARCH_SCALE,
    Tried,
    equal_spend,
    find_cut,
    service_spending,
    with_budget,
    with_equal_spend,
)
from demandsim.experiment.plan import Plan
from demandsim.report.equal_spend import (
    COLUMNS,
    budget_words,
    equal_spend_records,
    equal_spend_sentences,
    how_equal,
    unmatched_notes,
)
from demandsim.scenario.library import load_scenario
from tests.experiment.fake import SUNDERLAND

DEFICIT, STRENGTHS = load_scenario("deficit"), load_scenario("strengths")
NAMES = ["deficit", "strengths"]


def plan(cut: float = 0.0) -> Plan:
    scenarios = (DEFICIT, STRENGTHS)
    if cut:
        scenarios = (*scenarios, *(scenario.with_cut(cut) for scenario in scenarios))
    return Plan(SUNDERLAND, scenarios, years=1, scale=1.0, replicates=2, cut=cut)


def runner(council: Callable[[str, float], float], calls: list[Plan]) -> Callable[[Plan], pd.DataFrame]:
    """Runs in which the council spends what a formula says, and repays some debt besides."""

    def run(asked: Plan) -> pd.DataFrame:
        calls.append(asked)
        rows = []
        for scenario in asked.scenarios:
            pounds = council(scenario.name, scenario.budget.cut_percent)
            for replicate in (1, 2):
                key = (scenario.name, replicate, 2024, "cost")
                rows.append((*key, "payer", "council", pounds + replicate + 7.0))
                rows.append((*key, "payer+service", "council+debt", 7.0))
        return pd.DataFrame(rows, columns=["scenario", "replicate", "year", "measure", "by", "group", "value"])

    return run


def test_spending_is_on_services_alone() -> None:
    frame = runner(lambda _name, _cut: 100.0, [])(plan())
    assert service_spending(frame, "deficit") == pytest.approx(101.5)


@given(st.floats(-50, 50), st.floats(0.2, 3.0))
def test_a_crossing_within_bounds_is_found(root: float, slope: float) -> None:
    def gap(cut: float) -> float:
        return (root - cut) * slope / 100

    tried = find_cut(gap, Tried(0.0, gap(0.0)), 0.0025)
    assert abs(tried[-1].gap) <= 0.0025
    assert tried[-1].cut == pytest.approx(root, abs=0.25 / slope + 1e-9)
    assert len(tried) <= MOST_RUNS


@given(st.floats(0.01, 1.0), st.booleans())
def test_spending_that_does_not_follow_the_budget_ends_the_search_at_a_bound(size: float, over: bool) -> None:
    gap = size if over else -size
    tried = find_cut(lambda _cut: gap, Tried(0.0, gap), 0.0025)
    assert tried[-1].cut == (MOST_CUT if over else MOST_GROWTH)


def test_a_jump_over_0_ends_the_search_without_an_answer() -> None:
    tried = find_cut(lambda cut: 0.1 if cut < 10 else -0.1, Tried(0.0, 0.1), 0.0025)
    assert len(tried) <= MOST_RUNS
    assert all(abs(each.gap) == 0.1 for each in tried)


def test_the_scenario_found_costs_what_the_first_does() -> None:
    calls: list[Plan] = []
    run = runner(lambda name, cut: 1000.0 - 5.0 * cut + (60.0 if "strengths" in name else 0.0), calls)
    (found,) = equal_spend(plan(), run)
    assert found.equal is not None
    assert found.equal.name == "strengths_equal_spend"
    assert found.equal.budget.cut_percent == pytest.approx(12.0, abs=0.5)
    assert {call.scale for call in calls} == {SEARCH_SCALE}
    assert [scenario.name for scenario in with_equal_spend(plan(), [found]).scenarios] == [
        *NAMES,
        "strengths_equal_spend",
    ]
    again = equal_spend(plan(), run)
    assert again == [found]


def test_a_cut_is_matched_with_the_cut_of_the_first() -> None:
    run = runner(lambda name, cut: 1000.0 - 5.0 * cut - (60.0 if "strengths" in name else 0.0), [])
    found = equal_spend(plan(30.0), run)
    assert [(each.scenario, each.against) for each in found] == [
        ("strengths", "deficit"),
        ("strengths_cut30", "deficit_cut30"),
    ]
    longer = with_equal_spend(plan(30.0), found)
    assert [scenario.name for scenario in longer.practices] == [*NAMES, "strengths_equal_spend"]
    assert [scenario.name for scenario in longer.cuts] == [
        "deficit_cut30",
        "strengths_cut30",
        "strengths_cut30_equal_spend",
    ]
    assert longer.practices[-1].budget.cut_percent < 0 < longer.cuts[-1].budget.cut_percent < 30


def test_what_cannot_be_matched_is_said_and_left_out() -> None:
    found = equal_spend(plan(), runner(lambda name, _cut: 2000.0 if "strengths" in name else 1000.0, []))
    assert with_equal_spend(plan(), found) == plan()
    (note,) = unmatched_notes(found)
    assert "no budget found between 60 % more and 60 % less" in note
    assert "strengths" in note
    records = equal_spend_records(found)
    assert all(tuple(record) == COLUMNS and record["found"] == "no" for record in records)


def test_a_budget_changes_the_budget_alone() -> None:
    version = with_budget(STRENGTHS, -3.5)
    assert replace(version, name="strengths", budget=STRENGTHS.budget) == STRENGTHS
    assert version.budget.factor(0) > 1.0


@pytest.mark.parametrize(("apart", "words"), [(0.0, "equal for the purpose"), (50.0, "not quite equal")])
def test_the_answer_says_budget_and_gap(apart: float, words: str) -> None:
    longer = replace(plan(), scenarios=(DEFICIT, STRENGTHS, with_budget(STRENGTHS, 3.4)))
    frame = runner(lambda name, _cut: 1000.0 + (apart if "equal" in name else 0.0), [])(longer)
    (said,) = equal_spend_sentences(Results(longer, frame))
    assert "a cut of 3.40 % made over 8 years" in said
    assert words in said
    assert "held against that budget" in said


def test_spending_that_chance_moves_far_is_not_called_equal() -> None:
    assert how_equal(Estimate(0.02, 0.4, 4)) == "equal for the purpose"
    assert how_equal(Estimate(0.02, 26.83, 2)).startswith("equal on average, but")
    assert how_equal(Estimate(5.0, 26.83, 2)).startswith("not quite equal")


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (3.4, "a cut of 3.40 % made over 8 years"),
        (-2.0, "growth of 2.00 % made over 8 years"),
        (0.0, "neither cut nor growth"),
        (-0.001, "neither cut nor growth"),
    ],
)
def test_a_budget_that_is_not_changed_is_no_cut_of_nothing(cut: float, words: str) -> None:
    assert budget_words(cut, 8.0) == words
