from __future__ import annotations

import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import InputError
from demandsim.report.pairs import break_even, break_even_sentences, pairs, payer_label, payers
from tests.experiment.fake import FakeScenario, fake_plan, invented_rows, two_by_two_plan


def with_council(path: list[float], **others: list[float]) -> Results:
    """Results in which strengths costs each payer so many pounds more in each year."""
    plan = fake_plan(years=len(path), replicates=4)
    frame = invented_rows(plan)
    for payer, steps in {"council": path, "nhs": [0.0] * len(path), **others}.items():
        for number, step in enumerate(steps):
            here = (frame.measure == "cost") & (frame.by == "payer") & (frame.group == payer)
            here &= frame.year == 2024 + number
            frame.loc[here & (frame.scenario == "deficit"), "value"] = 80e6
            small = frame.loc[here & (frame.scenario == "strengths"), "replicate"] * 10.0
            frame.loc[here & (frame.scenario == "strengths"), "value"] = 80e6 + step + small
    return Results(plan, frame)


def test_it_breaks_even_in_the_first_year_whose_sum_is_below():
    results = with_council([3e6, 1e6, -2e6, -3e6, -1e6])
    found = break_even(results, pairs(results)[0])
    assert (found.year, found.until, found.lasts, found.runs) == (2027, 2027, True, 4)
    assert "falls below the yardstick’s in 2027" in break_even_sentences(results, pairs(results)[0])[0]


def test_it_may_never_break_even():
    results = with_council([3e6, 1e6, -1e6])
    found = break_even(results, pairs(results)[0])
    assert (found.year, found.until, found.runs) == (None, 2026, 0)
    told, who = break_even_sentences(results, pairs(results)[0])
    assert "within the run (to 2026)" in told
    assert "Over the 3 years, these have borne more: Council £3.0m" in who


def test_a_saving_that_does_not_last_is_told():
    results = with_council([-3e6, 1e6, 5e6])
    found = break_even(results, pairs(results)[0])
    assert (found.year, found.until, found.lasts) == (2024, 2026, False)
    assert "above it again by 2026" in break_even_sentences(results, pairs(results)[0])[0]


def test_who_pays_until_then():
    results = with_council([3e6, -5e6, -5e6], nhs=[1e6, 1e6, 9e6], citizen=[-2e6, 0.0, 0.0])
    who = break_even_sentences(results, pairs(results)[0])[1]
    assert who.startswith("By the end of 2025")
    assert "more: NHS £2.0m" in who
    assert "less: Council £2.0m and Citizens’ own money £2.0m" in who


def test_equal_spending_is_no_saving():
    results = with_council([-100.0, -100.0])
    assert break_even(results, pairs(results)[0]).year is None


def test_pairs_are_the_yardstick_and_one_option_under_each_budget():
    plan = two_by_two_plan(years=10)
    found = pairs(Results(plan, invented_rows(plan)))
    assert [(pair.against, pair.ours) for pair in found] == [
        ("deficit", "strengths"),
        ("deficit_cut30", "strengths_cut30"),
    ]
    assert [pair.budget for pair in found] == ["Budget sustained", "30 % cut"]


def test_an_option_is_chosen_by_its_name():
    plan = fake_plan(scenarios=tuple(map(FakeScenario, ("deficit", "strengths", "third"))))
    results = Results(plan, invented_rows(plan))
    assert pairs(results, "third")[0].ours == "third"
    with pytest.raises(InputError, match=r"Did you mean strengths\?"):
        pairs(results, "strenths")
    alone = fake_plan(scenarios=(FakeScenario("deficit"),))
    with pytest.raises(InputError, match="two side by side"):
        pairs(Results(alone, invented_rows(alone)))


def test_a_payer_that_nobody_knew_of_is_shown_last():
    plan = fake_plan()
    frame = invented_rows(plan)
    frame.loc[frame.group == "citizen", "group"] = "a_new_payer"
    assert payers(Results(plan, frame)) == ["council", "nhs", "family", "a_new_payer"]
    assert payer_label("a_new_payer") == "A new payer"
