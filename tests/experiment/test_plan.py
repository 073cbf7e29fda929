from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import check_cut
from demandsim.experiment.prepare import make_plan, resolve_place
from demandsim.place.names import PlaceError
from demandsim.place.own import export_place
from demandsim.scenario.errors import ScenarioError
from tests.experiment.fake import FakeScenario, fake_plan, two_by_two_plan


def test_a_run_is_known_by_what_decides_it_and_nothing_else():
    plan = fake_plan()
    assert all(len(run) == 16 and int(run, 16) >= 0 for run in plan.runs)
    assert replace(plan, replicates=9, seed=7).runs == plan.runs
    renamed = replace(plan, scenarios=(FakeScenario("other"), plan.scenarios[1]))
    assert renamed.runs == plan.runs


@pytest.mark.parametrize("change", [{"years": 4}, {"scale": 0.25}, {"scenarios": (FakeScenario("deficit", 0.5),)}])
def test_whatever_changes_results_changes_the_run(change: dict[str, Any]):
    assert fake_plan(**change).runs[0] != fake_plan().runs[0]


def test_replicates_count_on_from_the_seed_and_share_it_across_scenarios():
    tasks = fake_plan(seed=40, replicates=3).tasks()
    assert [[task.replicate for task in replicate] for replicate in tasks] == [[40, 40], [41, 41], [42, 42]]


def test_folders_tell_plans_apart():
    plans = [fake_plan(), fake_plan(seed=2), fake_plan(years=4), two_by_two_plan()]
    assert len({plan.folder_name for plan in plans}) == 4
    assert fake_plan().folder_name.startswith("sunderland-")
    alone = fake_plan(scenarios=(FakeScenario("deficit"),))
    assert alone.folder_name == f"sunderland-{alone.runs[0]}"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"scale": 0.0}, "--scale 0"),
        ({"scale": float("nan")}, "--scale nan"),
        ({"scale": 1.5}, "--scale 1.5"),
        ({"years": -2}, "--years -2"),
        ({"years": 0}, "--years 0"),
        ({"years": 61}, "--years 61"),
        ({"seed": -1}, "--seed -1"),
        ({"seed": 2**63 - 2, "replicates": 3}, "--seed 9223372036854775806"),
        ({"replicates": 0}, "--replicates 0"),
        ({"scenarios": ()}, "no scenario"),
        ({"scenarios": (FakeScenario("deficit"), FakeScenario("deficit"))}, "named twice"),
    ],
)
def test_impossible_numbers_are_refused_by_name(change: dict[str, Any], named: str):
    with pytest.raises(InputError, match=named):
        fake_plan(**change)


@pytest.mark.parametrize("cut", [0, -5, 100, float("nan")])
def test_impossible_cuts_are_refused(cut: float):
    with pytest.raises(InputError, match="--cut"):
        check_cut(cut)


def test_a_cut_adds_the_version_that_the_library_has():
    plan = make_plan(["deficit", "strengths"], cut=30, scale=0.1)
    assert [s.name for s in plan.scenarios] == ["deficit", "strengths", "deficit_cut30", "strengths_cut30"]
    library = make_plan(["deficit_cut30", "strengths_cut30"], scale=0.1)
    assert plan.runs[2:] == library.runs
    assert plan.practices == plan.scenarios[:2]


def test_a_scenario_that_has_the_cut_is_not_cut_again():
    with pytest.raises(InputError, match="has this cut already"):
        make_plan(["deficit_cut30", "strengths"], cut=30)


@pytest.mark.parametrize(("name", "has"), [("deficit_cut30", 30), ("wigan_deal", 40)])
def test_a_cut_is_not_put_in_the_place_of_another(name: str, has: int):
    """Going from a cut of 40 % to one of 20 % is growth: the answer would call it the effect of the cut."""
    with pytest.raises(InputError, match=f"{name} has a cut of {has} % already"):
        make_plan(["strengths", name], cut=20)


def test_unknown_names_are_refused():
    with pytest.raises(ScenarioError, match="did you mean"):
        make_plan(["defict"])
    with pytest.raises(PlaceError, match="Wigan"):
        make_plan(["deficit"], place="wigin")


def test_a_councils_own_figures_change_the_run_and_are_named(tmp_path: Any):
    path = export_place("sunderland", tmp_path / "mine.yaml")
    untouched = resolve_place(str(path))
    assert untouched.digest == ""
    text = path.read_text(encoding="utf-8").replace("  # partnered_share: ", "  partnered_share: 0.5 #")
    path.write_text(text, encoding="utf-8")
    own = resolve_place(str(path))
    assert own.digest
    assert "partnered share" in own.note
    assert fake_plan(place=own).runs != fake_plan(place=untouched).runs


def test_a_district_without_the_duty_says_so():
    assert "Cambridgeshire" in resolve_place("Cambridge").note


def test_a_scenario_cannot_send_the_run_to_a_file(tmp_path: Path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("format: 1\nextends: deficit\nplace: ../../figures.yaml\n")
    with pytest.raises(InputError, match=r"mine.yaml:3  place: .* is a file") as raised:
        make_plan([mine], scale=0.1)
    assert "--place FILE" in str(raised.value)
    assert make_plan([mine], place="wigan", scale=0.1).place.name == "Wigan"


def test_an_unknown_place_of_a_scenario_is_told_with_its_line(tmp_path: Path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("format: 1\nextends: deficit\nplace: wigen\n")
    with pytest.raises(InputError, match=r"mine.yaml:3  place: .*did you mean Wigan"):
        make_plan([mine], scale=0.1)


def test_scenarios_for_different_places_need_one_to_be_named(tmp_path: Path):
    for place in ("wigan", "sunderland"):
        (tmp_path / f"{place}.yaml").write_text(f"format: 1\nextends: deficit\nplace: {place}\n")
    files = [tmp_path / "wigan.yaml", tmp_path / "sunderland.yaml"]
    with pytest.raises(InputError, match="different places"):
        make_plan(files, scale=0.1)
    assert make_plan(files[:1], scale=0.1).place.name == "Wigan"


@pytest.mark.parametrize("name", ["Isles of Scilly", "City of London", "Sunderland"])
def test_kernels_warm_up_on_people_enough_to_be_a_place(name: str, monkeypatch: pytest.MonkeyPatch):
    from demandsim.experiment import kernels
    from demandsim.place.builder import FEWEST
    from demandsim.place.profile import place_profile

    tasks: list[Any] = []

    def make(task: Any, on_month: Any) -> Any:
        tasks.append(task)
        return SimpleNamespace(run_for=lambda months: None)

    monkeypatch.setattr(kernels, "note_warm", lambda: None)
    kernels.warm_up(make_plan(["deficit"], place=name, scale=1.0), make)
    people = int(place_profile(name).people.sum()) * tasks[0].scale
    assert FEWEST <= people <= 0.011 * 3e5
