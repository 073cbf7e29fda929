"""Explaining and checking: every value, where it came from, and every problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from demandsim.scenario import list_scenarios, load_scenario
from demandsim.scenario.explain import check, explain
from demandsim.scenario.levers import LEVERS


@pytest.mark.parametrize("name", list_scenarios())
def test_the_explanation_fits_the_screen_and_leaves_nothing_out(name: str) -> None:
    scenario = load_scenario(name)
    text = explain(scenario)
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"  {lever.key} " in text for lever in LEVERS)
    for section, value in (("budget", scenario.budget), ("adoption", scenario.adoption)):
        if f"{section}." in " ".join(scenario.origins):
            assert all(f"  {key} " in text for key in vars(value))
    assert scenario.digest in text


def test_what_a_scenario_moves_stands_beside_today() -> None:
    lines = explain(load_scenario("strengths")).splitlines()
    moved = next(line for line in lines if "longest_minutes" in line)
    assert moved.split() == ["longest_minutes", "45", "30", "strengths.yaml:26"]
    same = next(line for line in explain(load_scenario("deficit")).splitlines() if "longest_minutes" in line)
    assert same.split() == ["longest_minutes", "30", "deficit.yaml:26"]


def test_parameters_are_told_with_their_grade(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("format: 1\nplace: Wigan\nparameters: {soc.loss_aversion: 1.5}\nresponses: []\n", encoding="utf-8")
    text = explain(load_scenario(path))
    assert "register: 2.0 (1.0 to 2.5), lambda; recalled" in text
    assert "Written for Wigan." in text
    assert "adoption\n  none: practice is today's: there is nothing to adopt" in text
    assert "responses\n  none\n" in text


def test_checking_names_each_problem_once(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("format: 1\n", encoding="utf-8")
    bad.write_text("format: 1\nyears: 0\nplaces: x\n", encoding="utf-8")
    assert check(["deficit", good]) == []
    problems = check([good, bad, "strenghts", bad])
    assert len(problems) == 3
    assert problems[0].startswith(f"{bad}:2  years: 0 is below 1")
    assert problems[1].startswith(f'{bad}:3  places: unknown key "places"; did you mean "place"?')
    assert 'did you mean "strengths"?' in problems[2]
