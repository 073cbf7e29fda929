"""What a room takes home says what it is of, and gives the same numbers again."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from demandsim.scenario.library import load_scenario
from demandsim.workshop.choices import CHOSEN, Choices
from demandsim.workshop.presets import presets, told
from demandsim.workshop.runs import sample_plan
from demandsim.workshop.takeaway import again, scenario_file

PLANS = [
    *(preset.choices("E08000024", 10) for preset in presets()),
    Choices(years=3).with_values(practice=35, pace=0, training=10, doubters=20),
    Choices(years=7).with_values(community=15, cut=45, over=3, fence=1),
    Choices(years=20).with_values(fence=1),
    Choices(years=1).with_values(carers=50, pace=6),
]


@pytest.mark.parametrize("choices", PLANS, ids=lambda choices: choices.words)
def test_the_plan_taken_home_is_the_plan_of_the_room(tmp_path, choices: Choices):
    path = tmp_path / "plan.yaml"
    path.write_bytes(scenario_file(choices))
    found = load_scenario(path)
    assert found.years >= choices.years  # a file runs until practice has changed, and its first line says the years
    assert found.digest == replace(choices.scenario(), years=found.years).digest
    assert found.name == choices.scenario().name
    assert found.summary == f"{choices.words}."


def test_the_plan_taken_home_says_how_to_get_the_pages_numbers():
    choices = Choices().with_values(cut=30)
    plan = sample_plan(choices)
    first, *_ = scenario_file(choices).decode().splitlines()
    assert f"--years {choices.years} " in first
    assert first == f"# The page's numbers: {again(plan)}"
    for option, value in (("place", choices.place), ("scale", plan.scale), ("replicates", plan.replicates)):
        assert re.search(rf"--{option} {value}( |$)", first)
    assert f"sustained {CHOSEN}.yaml" in first


def test_a_plan_is_told_by_what_has_been_moved():
    assert Choices().words == "Today carried on"
    choices = Choices().with_values(cut=30, fence=1, practice=50)
    words = "Way of working: 50\u00a0% strengths-based; Cut to care budget: 30\u00a0%; Protect prevention: on"
    assert choices.words == words
    assert told(choices) == f"This plan: {words}"
    assert told(Choices()) == "Today carried on"
    assert told(Choices(years=3).with_values(cut=30)) == "This plan: 30 % cut"
