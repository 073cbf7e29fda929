"""What a room chooses, in and out of an address."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demandsim.place.names import places
from demandsim.scenario.library import load_scenario
from demandsim.workshop.choices import BASELINE, CHOSEN, LONGEST_QUERY, Choices, from_query
from demandsim.workshop.levers import assumptions, decisions, room_levers
from demandsim.workshop.presets import presets


def test_there_are_at_most_seven_decisions_each_with_words_and_todays_value():
    assert 4 <= len(decisions()) <= 7
    assert assumptions()
    for lever in room_levers():
        assert lever.low <= lever.today <= lever.high
        assert lever.nearest(lever.today) == lever.today
        assert lever.meaning.endswith(".")
        assert len(lever.meaning) < 110


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_a_preset_is_the_scenario_of_the_library_value_by_value(preset):
    assert preset.choices("E08000024", 10).scenario().digest == load_scenario(preset.name).digest


def test_protecting_prevention_is_what_the_library_means_by_it():
    chosen = Choices().with_values(practice=100, carers=100, community=100, fence=1)
    assert chosen.scenario().digest == load_scenario("strengths_prevention_protected").digest


def test_today_is_the_baseline_whatever_levers_without_effect_say():
    assert Choices().with_values(over=4, pace=0, training=40).is_baseline
    assert Choices().scenario().name == BASELINE
    assert Choices().with_values(cut=5).scenario().name == CHOSEN


@given(
    st.sampled_from([place.code for place in places()]),
    st.integers(1, 20),
    st.fixed_dictionaries({lever.key: st.floats(lever.low, lever.high) for lever in room_levers()}),
)
@settings(max_examples=50, deadline=None)
def test_an_address_says_what_was_chosen(place, years, values):
    chosen = Choices(place=place, years=years, values=tuple(values.items()))
    assert from_query(chosen.query) == (chosen, [])


@given(st.text(max_size=200), st.dictionaries(st.sampled_from(["cut", "place", "years", "v", "fence"]), st.text()))
@settings(deadline=None)
def test_nothing_in_an_address_is_an_error(text, pairs):
    query = text + "&" + "&".join(f"{key}={value}" for key, value in pairs.items())
    chosen, notes = from_query(query)
    again, none = from_query(chosen.query)
    assert again == chosen
    assert none == []
    assert all(isinstance(note, str) for note in notes)


def test_what_is_out_of_range_is_put_right_and_told():
    chosen, notes = from_query("cut=1e9&practice=abc&years=99&carers=nan&place=Atlantis&over=-1&v=old")
    assert chosen["cut"] == 50
    assert chosen["practice"] == chosen["carers"] == 0
    assert chosen.years == 20
    assert chosen.place_name == "Sunderland"
    assert len(notes) == 7
    assert any("another version" in note for note in notes)


def test_what_lies_between_two_steps_is_told_too():
    chosen, notes = from_query("cut=33&years=2.7&fence=0.4&practice=50")
    assert (chosen["cut"], chosen.years, chosen["fence"]) == (35, 3, 0)
    assert notes == [
        "Years: 2.7 lies between two steps; set to 3.",
        "Cut to care budget: 33 lies between two steps; set to 35.",
        "Protect prevention: 0.4 lies between two steps; set to 0.",
    ]


def test_a_long_address_is_cut_short():
    _, notes = from_query("x=" + "y" * LONGEST_QUERY)
    assert notes == ["The address was too long to read to its end."]


def test_half_way_is_half_way_for_its_own_levers_only():
    practice = Choices().with_values(carers=50).scenario().practice
    today, end = load_scenario("sustained").practice, load_scenario("strengths").practice
    assert practice.carer_reach_share == pytest.approx((today.carer_reach_share + end.carer_reach_share) / 2)
    assert practice.connectors == today.connectors
    assert practice.visit_minutes == today.visit_minutes


def test_training_and_double_running_cost_as_much_as_practice_changes():
    adoption = Choices().with_values(practice=50, doubters=20, pace=5).scenario().adoption
    whole = load_scenario("strengths").adoption
    assert adoption.training_hours_per_worker == whole.training_hours_per_worker / 2
    assert adoption.double_running_share == whole.double_running_share / 2
    assert adoption.never_take_share == 0.2
    assert adoption.years == 5
