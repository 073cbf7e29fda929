"""The README of the library: a row for every scenario, and levers that the scenario does move."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from demandsim.scenario.catalogue import Entry, catalogue
from demandsim.scenario.library import list_scenarios, load_scenario
from demandsim.scenario.scenario import Scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMED = re.compile(r"`(\w+)`")


def moved(scenario: Scenario, parent: Scenario) -> set[str]:
    """Last words of the paths whose values differ between two scenarios."""
    return {
        path.rsplit(".", 1)[-1]
        for path in scenario.origins.keys() | parent.origins.keys()
        if scenario.origins.get(path, (None,))[0] != parent.origins.get(path, (None,))[0]
    }


def test_every_scenario_has_one_row() -> None:
    names = [entry.name for entry in catalogue()]
    assert sorted(names) == sorted(list_scenarios())
    assert all(entry.group and entry.words and entry.source and entry.levers and entry.look_at for entry in catalogue())


def test_the_words_fit_a_line_of_the_list() -> None:
    assert [entry.name for entry in catalogue() if len(entry.words) > 76] == []


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_levers_named_are_moved_and_a_few_are_named_each(entry: Entry) -> None:
    named = set(NAMED.findall(entry.levers))
    groups = {"door", "visits", "workers", "carers", "adoption", "parameters", *list_scenarios()}
    scenario = load_scenario(entry.name)
    base = load_scenario("strengths" if "`strengths`" in entry.levers + entry.words else "sustained")
    changed = moved(scenario, base) | {key.rsplit(".", 1)[-1] for key in scenario.origins}
    assert named - groups <= changed
    text = (SCENARIOS / f"{entry.name}.yaml").read_text(encoding="utf-8")
    own = {line.split(":")[0].strip() for line in text.splitlines() if re.match(r" +[a-z0-9_]+: .*#", line)}
    if entry.name not in ("sustained", "deficit", "low_social_capital") and len(own) <= 2:
        assert own <= named | {"cut_years", "start_year", "invest_to_save_years"}, own - named
