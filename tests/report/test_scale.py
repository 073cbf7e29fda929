from __future__ import annotations

from dataclasses import replace

import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.plan import Place
from demandsim.experiment.scale import Bias, Figure
from demandsim.report.answer import WIDTH, comparison_text, run_text
from demandsim.report.scale import figures, levels_note, place_figures, scale_note, scale_record
from tests.experiment.fake import FakeScenario, fake_plan, invented_rows, two_by_two_plan

HOMES = Bias(Figure("care_home_admissions"), "deficit", 0.07, 20_202, -7.2, 1.1, 40, "Sunderland")
BALANCE = Bias(Figure("council_balance"), "deficit", 0.07, 20_202, 4.0, 1.0, 40, "Sunderland")
WAIT = Bias(Figure("wait_weeks_median"), "deficit", 0.07, 20_202, 9.0, 8.0, 40, "Sunderland")


def test_what_differs_is_named_with_how_much():
    said = scale_note(fake_plan(scale=0.05), [HOMES, BALANCE, WAIT])
    assert "(here 14,430 people): among 20,202 people of Sunderland (40 runs)" in said
    assert "Care-home admissions −7.2 % ± 1.1" in said
    assert "Council balance +4.0 % ± 1.0 of council spending" in said
    assert "Weeks to an assessment" not in said


def test_of_two_scenarios_the_one_that_differs_more_is_named():
    worse = Bias(HOMES.figure, "strengths_cut30", 0.07, 20_202, -9.0, 1.1, 40, "Sunderland")
    said = scale_note(fake_plan(scale=0.05), [HOMES, worse])
    assert "Care-home admissions −9.0 % ± 1.1 (strengths with a 30 % cut)" in said
    assert said.count("Care-home") == 1


def test_every_measure_of_the_place_follows_the_headlines():
    plan = fake_plan()
    found = place_figures(Results(plan, invented_rows(plan)))
    assert found[:12] == figures()
    assert Figure("section_114") in found[12:]
    assert len(found) == len(set(found))


def test_a_sample_smaller_than_any_measured_is_said_to_be():
    small = Bias(HOMES.figure, "deficit", 0.02, 5_772, -9.8, 1.3, 40, "Sunderland")
    assert "A sample so small was never measured" in scale_note(fake_plan(scale=0.01), [HOMES, small])
    assert "never measured" not in scale_note(fake_plan(scale=0.018), [HOMES, small])


def test_it_is_people_that_count_and_not_their_share():
    rutland = Place("rutland", "Rutland", "E06000017")
    small = Bias(HOMES.figure, "deficit", 0.01, 2_886, -30.0, 1.3, 40, "Sunderland")
    assert "−30.0 %" in scale_note(replace(fake_plan(scale=0.07), place=rutland), [HOMES, small])
    assert "−7.2 %" in scale_note(fake_plan(scale=0.07), [HOMES, small])


def test_nothing_found_is_said_too():
    assert "no headline was found to differ" in scale_note(fake_plan(scale=0.05), [WAIT])


def test_not_measured_is_not_no_difference():
    assert "not measured" in scale_note(fake_plan(scale=0.05), [])
    assert "not measured" in scale_note(
        fake_plan(scale=0.05), [Bias(Figure("births"), "deficit", 0.07, 20_202, 9.0, 1.0, 40, "Sunderland")]
    )


def test_of_everybody_nothing_is_said():
    assert scale_note(fake_plan(scale=1.0), [HOMES]) == ""
    assert scale_record(fake_plan(scale=1.0), [HOMES]) is None


def test_a_room_is_told_which_levels_are_off():
    said = levels_note(fake_plan(scale=0.05), [HOMES, WAIT])
    assert "Measured in Sunderland, 20,202 people against everybody: Care-home admissions −7.2 % ± 1.1 (" in said
    assert levels_note(fake_plan(scale=0.05), [WAIT]) == levels_note(fake_plan(scale=1.0), [HOMES]) == ""


def test_the_record_holds_what_the_sentence_says():
    record = scale_record(fake_plan(scale=0.05), [HOMES, WAIT])
    assert record == {
        "people": 14_430,
        "measured_people": 20_202,
        "measured_scale": 0.07,
        "measured_place": "Sunderland",
        "seeds": 40,
        "differing": [
            {
                "measure": "care_home_admissions",
                "by": "all",
                "group": "all",
                "scenario": "deficit",
                "difference_percent": -7.2,
                "standard_error_percent": 1.1,
            }
        ],
    }


@pytest.mark.parametrize("scale", [0.25, 0.07, 0.02, 0.01])
def test_answers_of_samples_tell_the_measured_bias(scale: float):
    compared = two_by_two_plan(scale=scale)
    single = fake_plan(scenarios=(FakeScenario("deficit"),), scale=scale)
    for text in (
        comparison_text(Results(compared, invented_rows(compared))),
        run_text(Results(single, invented_rows(single))),
    ):
        words = " ".join(text.split())
        assert "Bias of a sample (here " in words
        assert scale_note(compared) in words
        assert max(map(len, text.splitlines())) <= WIDTH


def test_answers_of_everybody_do_not_speak_of_samples():
    plan = two_by_two_plan(scale=1.0)
    assert "Bias of a sample" not in comparison_text(Results(plan, invented_rows(plan)))


def test_every_headline_has_a_figure():
    assert len(figures()) == 12
