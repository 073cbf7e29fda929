"""Terms: the table and the record name the same things, nothing acts before its year, what is left out is as today."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from demandsim.scenario.library import load_scenario
from demandsim.scenario.terms import AS_TODAY, NOTHING_AGREED, SECTIONS, TERMS, Agreed, Terms


def test_the_table_and_the_record_name_the_same_terms() -> None:
    assert [term.field for term in TERMS] == [f.name for f in fields(Terms)]
    assert {term.section for term in TERMS} == set(SECTIONS)
    assert len({term.path for term in TERMS}) == len(TERMS)


def test_terms_hold_from_the_start_year_of_their_section() -> None:
    agreed = Agreed(terms=Terms(technology_share=0.4, co_payment_percent=10.0), start_years=(2, 0, 0))
    assert agreed.in_month(23).technology_share == 0.0
    assert agreed.in_month(24).technology_share == 0.4
    assert agreed.in_month(0).co_payment_percent == 10.0
    assert agreed.in_month(-1) == AS_TODAY
    raised = Agreed(terms=Terms(means_limits_frozen_share=0.0), start_years=(0, 0, 2))
    assert [raised.in_month(month).means_limits_frozen_share for month in (0, 23, 24)] == [1.0, 1.0, 0.0]
    assert agreed.years_since("services", 36) == 1.0


def test_a_file_sets_terms_and_says_where_they_came_from(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("format: 1\nextends: deficit\nservices:\n  start_year: 3\n  mutual_share: 0.5\n", encoding="utf-8")
    scenario = load_scenario(file)
    assert scenario.terms_in(35) == Terms()
    assert scenario.terms_in(36) == Terms(mutual_share=0.5)
    assert scenario.origins["services.mutual_share"][1].endswith("mine.yaml:5")
    assert scenario.digest != load_scenario("deficit").digest


def test_terms_left_out_are_as_today() -> None:
    assert load_scenario("strengths").agreed == NOTHING_AGREED
