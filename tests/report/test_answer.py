from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from demandsim.experiment.comparison import Estimate, Results
from demandsim.report.answer import WIDTH, comparison_text, run_text, softening_verdict, verdict
from demandsim.report.brief_tables import options_table
from demandsim.report.headlines import HEADLINES, called, headlines, in_words, millions, plain, signed
from demandsim.report.pairs import pairs
from demandsim.report.sentences import (
    cut_sentence,
    gains,
    money_sentence,
    notice_sentence,
    practice_sentence,
    sentences,
    softening_sentence,
)
from tests.experiment.fake import FakeScenario, fake_plan, invented_rows, two_by_two_plan


@pytest.fixture(scope="module")
def two_by_two() -> Results:
    plan = two_by_two_plan(years=10, scale=1.0, replicates=5)
    return Results(plan, invented_rows(plan))


def without_balance_gap(results: Results) -> Results:
    frame = results.measures.copy()
    frame.loc[frame.measure == "council_balance", "value"] = 1e6
    return Results(results.plan, frame)


def test_the_answer_fits_eighty_columns(two_by_two: Results):
    text = comparison_text(two_by_two, where="results/sunderland-0123456789abcdef", notes=["A note."])
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_the_answer_is_practice_across_budget_down_then_the_interaction(two_by_two: Results):
    text = comparison_text(two_by_two)
    order = [text.index(part) for part in ("BUDGET SUSTAINED", "30 % CUT", "DOES PRACTICE SOFTEN THE CUT?")]
    assert order == sorted(order)
    assert len(HEADLINES) <= 12
    for row in HEADLINES:
        assert text.count(f"\n{row.label} ") == 3 + 2 + 1  # and twice over the years, once with its evidence
    assert text.count("± range: chance alone") == 3
    assert "2024    2033    2024    2033" in text


def test_shown_numbers_are_the_means(two_by_two: Results):
    mean = two_by_two.estimate("deficit", "unmet_need_people", 2033).value
    line = next(line for line in comparison_text(two_by_two).splitlines() if line.startswith("People with unmet"))
    assert line.split()[5] == f"{mean:,.0f}"


def test_money_of_a_small_council_is_told_finely_enough(two_by_two: Results):
    frame = two_by_two.measures.copy()
    frame.loc[frame.unit == "GBP", "value"] = frame.loc[frame.unit == "GBP", "value"] / 1000
    money = ["Council spending, £m", "NHS spending, £m", "Unpaid care, worth £m", "Council balance, £m"]
    decimals = [
        {row.label: row.decimals for row in headlines(results) if row.label in money}
        for results in (two_by_two, Results(two_by_two.plan, frame))
    ]
    assert decimals == [dict.fromkeys(money, places) for places in (1, 2)]
    assert max(len(line) for line in comparison_text(Results(two_by_two.plan, frame)).splitlines()) <= WIDTH


def test_overspending_is_said_where_a_better_outcome_comes_with_it(two_by_two: Results):
    said = money_sentence(two_by_two, "strengths_cut30", "deficit_cut30", "With the 30 % cut")
    assert "money overspent" in said
    assert "with the 30 % cut" in said
    assert money_sentence(two_by_two, "strengths", "deficit", "With the budget sustained") == ""
    assert money_sentence(without_balance_gap(two_by_two), "strengths_cut30", "deficit_cut30", "With it") == ""


def test_overspending_is_not_said_of_a_worse_outcome(two_by_two: Results):
    frame = two_by_two.measures.copy()
    swapped = frame.scenario.map({"strengths_cut30": "deficit_cut30", "deficit_cut30": "strengths_cut30"})
    frame["scenario"] = swapped.where(frame.measure != "council_balance").fillna(frame.scenario)
    assert money_sentence(Results(two_by_two.plan, frame), "strengths_cut30", "deficit_cut30", "With it") == ""


def test_at_equal_spend_no_gain_is_called_bought(two_by_two: Results):
    """There a budget is low only so that spending comes out equal: overspending it buys nothing."""
    name, equal = "strengths_cut30", "strengths_cut30_equal_spend"
    frame = two_by_two.measures.copy()
    frame["scenario"] = frame.scenario.replace(name, equal)
    scenarios = tuple(replace(s, name=equal) if s.name == name else s for s in two_by_two.plan.scenarios)
    matched = Results(replace(two_by_two.plan, scenarios=scenarios), frame)
    assert gains(matched, equal, "deficit_cut30")
    assert money_sentence(matched, equal, "deficit_cut30", "With the 30 % cut") == ""


def test_softening_is_said_only_when_clear(two_by_two: Results):
    pair, other = ("strengths", "strengths_cut30"), ("deficit", "deficit_cut30")
    assert "softens the cut for people with unmet need" in softening_sentence(two_by_two, pair, other)
    frame = two_by_two.measures.copy()
    for name in ("strengths", "strengths_cut30"):
        source = frame[frame.scenario == name.replace("strengths", "deficit")]
        frame.loc[frame.scenario == name, "value"] = source.value.to_numpy()
    assert "No clear difference" in softening_sentence(Results(two_by_two.plan, frame), pair, other)


def test_need_that_more_hours_of_go_unmet_is_not_passed_over(two_by_two: Results):
    """Fewer people may have unmet need, and more of their hours go unmet: a sentence tells both."""
    frame = two_by_two.measures.copy()
    hours = frame.measure == "unmet_need_hours"
    for name, times in (("strengths", 1.15), ("strengths_cut30", 1.05)):
        beside = frame[hours & (frame.scenario == name.replace("strengths", "deficit"))]
        frame.loc[hours & (frame.scenario == name), "value"] = beside.value.to_numpy() * times
    results = Results(two_by_two.plan, frame)
    said = practice_sentence(results, "strengths", "deficit", "With the budget sustained")
    assert said.index("fewer people with unmet need") < said.index(", but 9,")
    assert "more unmet hours a week" in said
    softened = softening_sentence(results, ("strengths", "strengths_cut30"), ("deficit", "deficit_cut30"))
    assert "people with unmet need, unmet hours a week" in softened


def where_cuts_keep_people_out_of_homes(results: Results) -> Results:
    """The same results, but that a cut halves care-home admissions, under strengths a little more so."""
    frame = results.measures.copy()
    homes = frame.measure == "care_home_admissions"
    for name, factor in (("deficit_cut30", 0.5), ("strengths_cut30", 0.4)):
        frame.loc[homes & (frame.scenario == name), "value"] *= factor
    return Results(results.plan, frame)


def test_a_cut_tells_its_harm_first_and_takes_no_credit_for_people_kept_out(two_by_two: Results):
    pair, other = ("deficit", "deficit_cut30"), ("strengths", "strengths_cut30")
    rationed = where_cuts_keep_people_out_of_homes(two_by_two)
    said = cut_sentence(rationed, pair)
    assert said.index("more people with unmet need") < said.index("fewer care-home admissions")
    assert "can mean that fewer people are let in" in said
    assert "let in" not in cut_sentence(two_by_two, pair)
    assert "care-home admissions" not in softening_sentence(rationed, other, pair)
    softened = comparison_text(rationed).split("DOES PRACTICE SOFTEN THE CUT?")[1].split("OVER THE YEARS")[0]
    (line,) = [line for line in softened.splitlines() if line.startswith("Care-home admissions")]
    assert line.endswith(" less")


def test_only_a_cut_that_bites_can_be_softened():
    row = next(row for row in HEADLINES if row.measure == "unmet_need_people")
    less, more, unclear = Estimate(-50.0, 1.0, 5), Estimate(50.0, 1.0, 5), Estimate(1.0, 50.0, 5)
    assert [softening_verdict(row, found, bites=True) for found in (less, more, unclear)] == [
        "softens",
        "worsens",
        "unclear",
    ]
    assert [softening_verdict(row, found, bites=False) for found in (less, more, unclear)] == [
        "less",
        "more",
        "unclear",
    ]
    money = next(row for row in HEADLINES if row.measure == "council_balance")
    assert softening_verdict(money, Estimate(5e6, 1e6, 5), bites=True) == "better"


def test_section_114_is_told_with_the_runs_it_came_in(two_by_two: Results):
    assert any(
        "section 114" in said and "deficit with the 30 % cut (5 of 5 runs)" in said for said in sentences(two_by_two)
    )


def test_a_notice_of_an_earlier_year_is_not_forgotten(two_by_two: Results):
    """A year's row tells of that year alone: who gave notice in 2026 and balanced in 2033 has given one by 2033."""
    frame = two_by_two.measures.copy()
    notices = frame.measure == "section_114"
    frame.loc[notices, "value"] = 0.0
    cut = notices & (frame.scenario == "deficit_cut30")
    frame.loc[cut & (frame.year == 2026) & (frame.replicate < 3), "value"] = 1.0
    frame.loc[cut & (frame.year == 2028) & (frame.replicate == 2), "value"] = 1.0
    results = Results(two_by_two.plan, frame)
    said = "the council has given a section 114 notice (it cannot balance its budget) under deficit with the 30 % cut"
    assert notice_sentence(results) == f"By 2033 {said} (2 of 5 runs)."
    assert notice_sentence(results, 2027) == f"By 2027 {said} (2 of 5 runs)."
    assert not notice_sentence(results, 2025)
    rows = dict(row for group in options_table(results, pairs(results)).groups for row in group.rows)
    assert list(rows["Section 114 notice by 2033"][:4]) == ["in no run", "in no run", "in 2 of 5 runs", "in no run"]


def test_one_of_a_kind_is_told_in_the_singular(two_by_two: Results):
    frame = two_by_two.measures.copy()
    frame.loc[frame.measure == "unmet_need_people", "value"] = 100.0
    ours = (frame.measure == "unmet_need_people") & (frame.scenario == "strengths")
    frame.loc[ours, "value"] = 100.7 + 0.1 * frame.loc[ours, "replicate"]
    told = practice_sentence(Results(two_by_two.plan, frame), "strengths", "deficit", "So")
    assert "1 more person with unmet need" in told


def test_no_clear_difference_is_said_in_these_words():
    plan = fake_plan(years=2, replicates=4)
    frame = invented_rows(plan)
    base = frame[frame.scenario == "deficit"]
    same = pd.concat([base, base.assign(scenario="strengths", run=plan.runs[1])], ignore_index=True)
    assert "no clear difference" in sentences(Results(plan, same))[0]


def test_the_third_option_stands_with_its_command(two_by_two: Results):
    text = comparison_text(two_by_two)
    assert "\ndemandsim compare deficit strengths_in_name_only --place sunderland --cut 30\n" in text
    named = fake_plan(scenarios=(FakeScenario("deficit"), FakeScenario("strengths_in_name_only")), replicates=2)
    assert "third option" not in comparison_text(Results(named, invented_rows(named)))


def test_weak_evidence_is_said(two_by_two: Results):
    assert "parameters are assumed" in comparison_text(two_by_two)


def test_a_sample_and_a_single_run_say_so():
    plan = fake_plan(scale=0.05, replicates=1)
    text = comparison_text(Results(plan, invented_rows(plan)))
    assert "a sample: 5 % of residents simulated" in text
    assert "one run shows no range from chance" in text


@pytest.mark.parametrize("runs", [1, 3])
def test_a_single_run_speaks_of_no_range(runs: int):
    """No ± stands in its table's rows, so a sentence about "the ± above" would send the reader looking for one."""
    plan = fake_plan(replicates=runs)
    text = " ".join(comparison_text(Results(plan, invented_rows(plan))).split())
    assert ("The ± above" in text, "± is the 95 % range" in text) == (runs > 1, runs > 1)
    assert ("How much: --ranges 20" in text) == (runs == 1)
    assert ("±" in text.replace("± range: chance alone", "")) == (runs > 1)


def test_tables_at_equal_spend_say_what_makes_spending_equal(two_by_two: Results):
    """Its budget is neither sustained nor the cut of the heading: both were said of it."""
    cuts = {"strengths": 3.4, "strengths_cut30": 41.25}
    scenarios = tuple(
        replace(s, name=f"{s.name}_equal_spend", budget=SimpleNamespace(cut_percent=cuts[s.name], cut_years=8.0))
        if s.name in cuts
        else s
        for s in two_by_two.plan.scenarios
    )
    names = {name: f"{name}_equal_spend" for name in cuts}
    frame = two_by_two.measures.assign(scenario=two_by_two.measures.scenario.replace(names))
    lines = comparison_text(Results(replace(two_by_two.plan, scenarios=scenarios), frame)).splitlines()
    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= WIDTH
    for said in (
        "AT EQUAL SPEND: STRENGTHS WITH A CUT OF 3.40 % COSTS WHAT DEFICIT DOES",
        "AT EQUAL SPEND UNDER THE 30 % CUT: STRENGTHS WITH A CUT OF 41.25 % COSTS WHAT DEFICIT DOES",
        "DOES PRACTICE SOFTEN THE CUT, AT EQUAL SPEND?",
        "OVER THE YEARS, at equal spend: strengths less deficit",
        "OVER THE YEARS, at equal spend under the 30 % cut: strengths less deficit",
        "At equal spend, strengths rather than deficit",
        "At equal spend under the 30 % cut, strengths rather than deficit",
        "At equal spend under the 30 % cut: strengths, with a cut of 41.25 % made over 8 years, is meant to cost",
    ):
        assert said in text, said
    assert "BUDGETS AS" not in text.upper()


def test_three_scenarios_are_each_held_against_the_first():
    scenarios = (FakeScenario("deficit"), FakeScenario("strengths"), FakeScenario("strengths_in_name_only"))
    plan = fake_plan(scenarios=scenarios, replicates=2, years=10)
    text = comparison_text(Results(plan, invented_rows(plan)))
    assert text.count("BUDGET SUSTAINED") == 2
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_one_scenario_is_shown_by_year():
    plan = fake_plan(scenarios=(FakeScenario("sustained"),), years=10)
    text = run_text(Results(plan, invented_rows(plan)), where="results/x")
    assert "2024      2026      2033" in text
    assert "results/x" in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_own_budgets_are_not_called_sustained(two_by_two: Results):
    cut: Any = SimpleNamespace(cut_percent=10.0, cut_years=8.0)
    scenarios = tuple(replace(s, budget=cut) for s in two_by_two.plan.scenarios)  # type: ignore[type-var]
    plan = replace(two_by_two.plan, scenarios=scenarios)
    assert "BUDGET SUSTAINED" not in comparison_text(Results(plan, invented_rows(plan)))


@pytest.mark.parametrize(
    ("measure", "value", "half", "word"),
    [
        ("unmet_need_people", -5.0, 1.0, "better"),
        ("unmet_need_people", 5.0, 1.0, "worse"),
        ("wellbeing", 0.1, 0.05, "better"),
        ("council_balance", -5e6, 1e6, "worse"),
        ("cost", 5e6, 1e6, "more"),
        ("cost", 0.5e6, 1e6, "unclear"),
        ("wellbeing", 0.1, float("nan"), "unclear"),
        ("wellbeing", 0.0004, 0.0001, "unclear"),
    ],
)
def test_verdicts(measure: str, value: float, half: float, word: str):
    row = next(row for row in HEADLINES if row.measure == measure)
    assert verdict(row, Estimate(value, half, 5)) == word


def test_numbers_are_written_for_people():
    assert [plain(1234567.4), plain(-0.4), plain(-3.25, 1), signed(0.004, 2), signed(2)] == [
        "1,234,567",
        "0",
        "−3.2",
        "0.00",
        "+2",
    ]


def test_scenarios_are_called_by_words(two_by_two: Results):
    names = ("deficit_cut30", "strengths_in_name_only", "x_cut12.5", "strengths_cut30_last")
    assert [in_words(name) for name in names] == [
        "deficit with a 30 % cut",
        "strengths in name only",
        "x with a 12.5 % cut",
        "strengths cut30 last",
    ]
    assert called(two_by_two.plan, "deficit_cut30") == "deficit"
    assert called(two_by_two.plan, "deficit_cut30", cut=True) == "deficit with the 30 % cut"


def test_a_cut_given_as_a_scenario_is_not_called_by_its_practice():
    plan = fake_plan(scenarios=(FakeScenario("deficit"), FakeScenario("deficit_cut30", cut=1.0)), replicates=2)
    text = comparison_text(Results(plan, invented_rows(plan)))
    assert "deficit rather than deficit" not in text
    assert "deficit with a 30 % cut rather than deficit" in text.replace("\n", " ")


def test_a_cut_that_is_not_finished_says_how_far_it_has_come(two_by_two: Results):
    whole = comparison_text(two_by_two)
    assert "step by step over 8 years" in whole.replace("\n", " ")
    assert "% by 2033)" not in whole
    plan = two_by_two_plan(years=3, replicates=3)
    text = comparison_text(Results(plan, invented_rows(plan)))
    assert "30 % CUT (11 % BY 2026)" in text
    assert "Under deficit, the 30 % cut (11 % by 2026)" in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_one_scenario_under_two_names_is_said_to_be_one():
    plan = fake_plan(scenarios=(FakeScenario("deficit"), FakeScenario("sustained")), years=2, replicates=3)
    frame = invented_rows(plan)
    base = frame[frame.scenario == "deficit"]
    text = comparison_text(
        Results(plan, pd.concat([base, base.assign(scenario="sustained")], ignore_index=True)), where="x"
    )
    assert text.count(" same\n") == len(HEADLINES)
    assert "one scenario under two names" in text.replace("\n", " ")
    assert "third option" not in text


def test_one_year_is_shown_once():
    plan = fake_plan(years=1, replicates=3)
    text = comparison_text(Results(plan, invented_rows(plan)))
    assert "2024    2024" not in text
    years = next(line for line in text.splitlines() if line.endswith("± range: chance alone"))
    assert years.split()[:2] == ["2024", "2024"]  # one for each scenario


def test_a_cut_of_one_scenario_is_answered():
    plan = fake_plan(
        scenarios=(FakeScenario("deficit"), FakeScenario("deficit_cut30", cut=1.0)), cut=30.0, replicates=3, years=10
    )
    text = comparison_text(Results(plan, invented_rows(plan)))
    assert text.count("People with unmet need ") == 1 + 1  # once with its evidence
    assert "without the cut" in text.replace("\n", " ")


def test_no_practice_is_known_by_its_name(two_by_two: Results):
    """The same scenarios under other names give the same page, but for the names."""
    other = {"deficit": "alpha", "strengths": "bravo", "deficit_cut30": "alpha_cut30", "strengths_cut30": "bravo_cut30"}
    plan = replace(
        two_by_two.plan,
        scenarios=tuple(replace(s, name=other[s.name]) for s in two_by_two.plan.scenarios),  # type: ignore[type-var]
    )
    frame = two_by_two.measures.assign(scenario=two_by_two.measures.scenario.map(other))
    renamed = comparison_text(Results(plan, frame)).split()
    words = {"deficit": "alpha", "strengths": "bravo"}
    assert len(renamed) == len(comparison_text(two_by_two).split())
    assert sorted(words.get(word, word) for word in _plain_words(comparison_text(two_by_two))) == sorted(
        words.get(word, word) for word in _plain_words(" ".join(renamed))
    )


def _plain_words(text: str) -> list[str]:
    return [word.strip(",:.?") for word in text.split()]


def test_a_large_county_fits_too(two_by_two: Results):
    frame = two_by_two.measures.assign(value=two_by_two.measures.value * 25)
    lines = comparison_text(Results(two_by_two.plan, frame)).splitlines()
    assert max(len(line) for line in lines) <= WIDTH
    row = next(line for line in lines if line.startswith("Unmet hours a week"))
    assert all(word.endswith("m") for word in row.split()[4:8])


@pytest.mark.parametrize(
    ("pounds", "told"), [(-72.6e6, "£72.6m"), (0.4e6, "£0.4m"), (-0.04e6, "£0.04m"), (0, "£0.00m")]
)
def test_money_of_a_small_council_is_not_told_as_nothing(pounds: float, told: str):
    assert millions(pounds) == told
