from __future__ import annotations

import json

import pytest

from demandsim.scenario.errors import ScenarioError
from demandsim.scenario.library import list_scenarios, load_scenario, load_variants
from demandsim.scenario.loader import Document, read_yaml
from demandsim.scenario.scenario import Scenario


def test_a_variant_is_what_a_file_that_extends_it_would_be(tmp_path):
    text = "format: 1\nextends: strengths\nadoption:\n  years: 2\nparameters:\n  frailty.lonely: 0.1\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    change = read_yaml(text.replace("extends: strengths\n", ""), label="sweep")
    (variant,) = load_variants("strengths", [change])
    assert variant.digest == load_scenario(tmp_path / "mine.yaml").digest
    assert variant.name == "strengths"
    assert variant.origins["adoption.years"] == (2.0, "sweep:3")


def test_without_changes_a_variant_is_the_scenario():
    (variant,) = load_variants("deficit_cut30", [Document({"format": 1}, {(): 1}, "sweep")])
    assert variant == load_scenario("deficit_cut30")


def test_a_variant_that_contradicts_itself_is_refused():
    change = read_yaml("format: 1\nservices:\n  third_sector_share: 0.8\n  mutual_share: 0.7\n", label="sweep")
    with pytest.raises(ScenarioError, match="sweep:"):
        list(load_variants("deficit", [change]))


@pytest.mark.parametrize("name", sorted(list_scenarios()))
def test_a_scenario_comes_back_from_the_record_of_its_content(name: str):
    scenario = load_scenario(name)
    again = Scenario.from_content(name, json.loads(json.dumps(scenario.content)))
    assert again.digest == scenario.digest
    assert (again.practice, again.adoption, again.agreed) == (scenario.practice, scenario.adoption, scenario.agreed)


def test_a_record_that_lacks_something_is_refused():
    content = json.loads(json.dumps(load_scenario("deficit").content))
    del content["practice"]["visit_minutes"]
    with pytest.raises(TypeError):
        Scenario.from_content("x", content)
