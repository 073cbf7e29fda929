"""Chance and what is not known, side by side in plain words."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.experiment.comparison import Results, difference_records, result_records
from demandsim.report.answer import comparison_text, evidence_note, run_text
from demandsim.report.brief import brief_html, command
from demandsim.report.evidence import graded
from demandsim.report.ranges import how_drawn, ranges_block, ranges_sentence
from tests.experiment.fake import FakeScenario, fake_plan, invented_rows, two_by_two_plan, with_draws


@pytest.fixture
def drawn() -> Results:
    return with_draws(two_by_two_plan(years=3), 12)


def test_both_ranges_stand_in_the_answer(drawn: Results) -> None:
    text = comparison_text(drawn)
    assert text.count("CHANCE AND WHAT IS NOT KNOWN") == 2
    assert "± range: chance alone" in text  # headings stay what they were
    assert "12 times, alike for every scenario" in " ".join(text.split())
    assert "--ranges 100 a better one" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    assert "is told apart" in evidence_note(drawn)


def test_a_difference_clear_of_chance_may_not_be_clear_of_what_is_not_known(drawn: Results) -> None:
    said = ranges_sentence(drawn, "strengths", "deficit")
    clear, _, unclear = said.partition("clear of chance, but not of what is not known: ")
    assert "people with unmet need" in unclear
    assert "strained carers" in clear
    row = next(line for line in ranges_block(drawn, "T", "strengths", "deficit") if line.startswith("People with"))
    assert row.endswith("unclear")


def test_without_draws_nothing_is_told() -> None:
    plan = fake_plan(years=2)
    results = Results(plan, invented_rows(plan))
    assert ranges_block(results, "T", "strengths", "deficit") == []
    assert ranges_sentence(results, "strengths", "deficit") == how_drawn(results) == ""
    assert "NOT KNOWN" not in comparison_text(results)
    assert {r["interval"] for r in difference_records(results)} == {"chance"}
    with pytest.raises(ValueError, match="at least one draw"):
        results.spread("strengths", "wellbeing", "horizon")


def test_no_outcome_clear_of_chance_is_said() -> None:
    results = with_draws(fake_plan(years=2), 6)
    flat = results.measures.copy()
    flat["value"] = 1.0 + np.random.default_rng(1).normal(0, 1e-9, len(flat))
    said = ranges_sentence(Results(results.plan, flat), "strengths", "deficit")
    assert said.endswith("no outcome is clear of chance, so none is of what is not known besides.")


def test_records_hold_both_intervals_for_every_answer(drawn: Results) -> None:
    for records in (result_records(drawn), difference_records(drawn)):
        half = len(records) // 2
        chance, both = records[:half], records[half:]
        assert {r["interval"] for r in chance} == {"chance"}
        assert {r["interval"] for r in both} == {"chance+parameters"}
        for one, other in zip(chance, both, strict=True):
            assert [one[k] for k in ("measure", "scenario", "by", "group", "value")] == [
                other[k] for k in ("measure", "scenario", "by", "group", "value")
            ]
            assert other["low"] <= one["low"]  # type: ignore[operator]
            assert other["high"] >= one["high"]  # type: ignore[operator]


def test_one_scenario_shows_the_ranges_of_its_levels() -> None:
    text = run_text(with_draws(fake_plan(scenarios=(FakeScenario("strengths"),), years=3), 6))
    assert "CHANCE AND WHAT IS NOT KNOWN, 2026" in text
    assert "clear" not in text


def test_the_brief_says_what_is_not_known_and_how_to_make_it_again(drawn: Results) -> None:
    page = brief_html(drawn).decode()
    assert "but not of what is not known" in page
    assert "what moves a row&#39;s difference" in page
    assert command(drawn).endswith("--cut 30 --ranges 12")


def test_evidence_is_read_off_a_hundred_draws_or_more(monkeypatch: pytest.MonkeyPatch) -> None:
    results = with_draws(fake_plan(years=2), 100)
    luck = np.random.default_rng(1)
    values = [{"acute.fade": float(luck.random()), "acute.frailty": float(luck.random())} for _ in range(100)]
    effect = results.values("strengths", "unmet_need_people", 2025, drawn=True) - results.values(
        "deficit", "unmet_need_people", 2025, drawn=True
    )
    for number, draw in enumerate(values):
        draw["acute.frailty"] = float(effect[number])
    monkeypatch.setattr("demandsim.report.evidence.values_drawn", lambda plan: values)
    first = graded(results)[0]
    assert first.words == "strong: 100 % measured"
    assert first.record()["draws"] == 100
