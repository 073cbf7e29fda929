from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.sweep.reading import KEYS, read_sweep
from demandsim.experiment.sweep.study import study
from demandsim.experiment.sweep.sweep import Sweep
from demandsim.scenario.errors import ScenarioError

GOOD = """\
format: 1
scenarios: [deficit, strengths]
vary:
  adoption.years: {values: [1, 5]}
design: grid
scale: 0.02
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read(tmp_path: Path):
    spec = read_sweep(written(tmp_path, GOOD))
    assert (spec.name, spec.scenarios, spec.design, spec.replicates) == ("s", ("deficit", "strengths"), "grid", 4)
    assert spec.axes[0].values == (1.0, 5.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("vary:", "vari:", 3, 'unknown key "vari"; did you mean "vary"?'),
        ("format: 1", "format: 2", 1, "must be 1"),
        ("adoption.years: {values: [1, 5]}", "adoption.yeers: {values: [1]}", 4, 'did you mean "years"?'),
        (
            "adoption.years: {values: [1, 5]}",
            "visit_minutes: [30]",
            4,
            'did you mean "practice.visits.longest_minutes"?',
        ),
        ("adoption.years: {values: [1, 5]}", "frailty.lonely: {}", 4, 'did you mean "parameters.frailty.lonely"?'),
        ("adoption.years: {values: [1, 5]}", "parameters.frailty.lonly: [0.1]", 4, 'did you mean "frailty.lonely"?'),
        ("adoption.years: {values: [1, 5]}", "parameters.frailty.lonly: {}", 4, 'did you mean "frailty.lonely"?'),
        ("adoption.years: {values: [1, 5]}", "years: [5, 10]", 4, "nothing that can vary"),
        ("adoption.years: {values: [1, 5]}", "budget.cut_percent: {min: 0, max: 95}", 4, "95 is above 90"),
        ("adoption.years: {values: [1, 5]}", "parameters.frailty.lonely: {min: 0, max: 9}", 4, "9 is above"),
        ("adoption.years: {values: [1, 5]}", "adoption.fidelity: {values: [80]}", 4, "Did you mean 0.8?"),
        ("adoption.years: {values: [1, 5]}", "adoption.start_year: [0.5]", 4, "not a whole number"),
        ("adoption.years: {values: [1, 5]}", "adoption.years: {}", 4, "min: is missing"),
        ("adoption.years: {values: [1, 5]}", "adoption.years: {min: 5, max: 1}", 4, "min 5 is not below max 1"),
        (
            "adoption.years: {values: [1, 5]}",
            "adoption.years: {min: 0, max: 1, scale: log}",
            4,
            "log needs a min above 0",
        ),
        ("adoption.years: {values: [1, 5]}", "adoption.years: {min: 1, max: 2, steps: 4}", 4, 'unknown key "steps"'),
        ("adoption.years: {values: [1, 5]}", "adoption.years: {values: []}", 4, "is empty"),
        ("adoption.years: {values: [1, 5]}", "adoption.years: {values: [1, 1]}", 4, "twice"),
        ("adoption.years: {values: [1, 5]}", "adoption.years: {min: 1, max: 5}", 5, "points: is missing"),
        ("  adoption.years: {values: [1, 5]}\n", "", 3, "is empty: nothing varies"),
        ("vary:\n  adoption.years: {values: [1, 5]}\n", "vary: [1, 5]\n", 3, "holds no paths"),
        ("design: grid", "design: sobbol", 5, 'unknown design "sobbol"; did you mean "sobol"?'),
        ("design: grid", "design: sobol\npoints: 48", 6, "Give 32 or 64"),
        ("design: grid", "design: grid\npoints: 48", 6, "so that none is drawn"),
        ("design: grid", "design: one_at_a_time\npoints: 48", 6, "so that none is drawn"),
        ("design: grid", "design: none.csv", None, "no such file"),
        ("scenarios: [deficit, strengths]", "scenarios: []", 2, "is empty"),
        ("scenarios: [deficit, strengths]", "scenarios: [deficit, strenghts]", 2, 'did you mean "strengths"?'),
        ("scenarios: [deficit, strengths]", "base: deficitt", 2, 'did you mean "deficit"?'),
        ("scale: 0.02", "places: [Sunderlnd]", 6, "Sunderland"),
        ("scenarios: [deficit, strengths]", "scenarios: [deficit, deficit]", 2, "stands twice"),
        ("scenarios: [deficit, strengths]\n", "", 1, "names no scenario"),
        ("scale: 0.02", "scale: 3", 6, "share above 0 and up to 1"),
        ("scale: 0.02", "replicates: 0", 6, "not between 1 and 1,000"),
        ("scale: 0.02", "replicates: 1.5", 6, "not a whole number"),
        ("scale: 0.02", "measures: [cots]", 6, 'did you mean "cost"?'),
        ("scale: 0.02", "cuts: [-5]", 6, "not a percentage from 0 to 90"),
        ("scale: 0.02", "cuts: [.nan]", 6, "not a number to reckon with"),
        ("scale: 0.02", "name: ../x", 6, "is no name"),
        ("scale: 0.02", "scale: &a 0.02", 6, "anchors"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_line(tmp_path: Path, old: str, new: str, line: int | None, words: str):
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        Sweep(read_sweep(path))
    assert words in str(caught.value)
    if line is not None:
        assert f"{path}:{line}  " in str(caught.value)


def test_points_beside_a_table_are_refused(tmp_path: Path):
    """Whoever writes both takes it that so many are drawn of the table; each of its rows is run."""
    (tmp_path / "rows.csv").write_text("adoption.years\n2\n5\n")
    asked = "format: 1\nbase: strengths\ndesign: rows.csv\n"
    assert len(Sweep(read_sweep(written(tmp_path, asked))).points) == 2
    with pytest.raises(ScenarioError, match=r":4  points: each row of rows\.csv is a point(.|\n)*Leave points: out"):
        read_sweep(written(tmp_path, f"{asked}points: 1\n"))


@pytest.mark.parametrize("text", ["", "[]", "7", "format: 1", "format: 1\nbase: deficit\n"])
def test_an_empty_design_is_refused(tmp_path: Path, text: str):
    with pytest.raises(ScenarioError):
        read_sweep(written(tmp_path, text))


def test_all_problems_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path):
    with pytest.raises(ScenarioError) as caught:
        read_sweep(
            written(tmp_path, GOOD.replace("design: grid", "design: x").replace("0.02", "2").replace("[1, 5]", "[99]"))
        )
    lines = [int(text.split(":")[1].split()[0]) for text in caught.value.problems]
    assert lines == [4, 5, 6]


def test_values_that_contradict_one_another_at_a_point_are_told(tmp_path: Path):
    text = GOOD.replace("adoption.years: {values: [1, 5]}", "adoption.start_year: {values: [0, 12]}")
    with pytest.raises(ScenarioError, match=r"s\.yaml:4 "):
        Sweep(read_sweep(written(tmp_path, text)))


def test_a_sample_that_is_too_small_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="too few people of Sunderland"):
        Sweep(read_sweep(written(tmp_path, GOOD.replace("0.02", "0.00001"))))


def test_a_scenario_beside_the_sweep_file_is_found(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("format: 1\nextends: strengths\nadoption:\n  fidelity: 0.5\n", encoding="utf-8")
    sweep = Sweep(read_sweep(written(tmp_path, GOOD.replace("strengths", "mine.yaml"))))
    assert sweep.scenarios == ["deficit", "mine"]
    assert {cell.scenario.adoption.fidelity for cell in sweep.cells if cell.scenario.name == "mine"} == {0.5}


def test_settings_reach_the_scenario_and_nothing_else_does(tmp_path: Path):
    from demandsim.scenario.library import load_scenario

    sweep = Sweep(read_sweep(written(tmp_path, GOOD)))
    changed = [cell.scenario for cell in sweep.cells if cell.scenario.name == "strengths"]
    assert [scenario.adoption.years for scenario in changed] == [1.0, 5.0]
    own = load_scenario("strengths")
    assert {scenario.practice for scenario in changed} == {own.practice}
    same = study(None, {"base": "strengths", "vary": {"adoption.years": [own.adoption.years, 1]}, "scale": 0.02})
    assert same.cells[0].scenario.digest == own.digest


def test_a_table_is_read_and_an_exported_design_comes_back(tmp_path: Path):
    (tmp_path / "p.csv").write_text(
        "point,place,budget.cut_percent,budget.basis,adoption.start_year\n0,Wigan,30,per_head,\n1,Leeds,0.5,,2\n",
        encoding="utf-8",
    )
    asked: dict[str, Any] = {"scenarios": ["deficit", "strengths"], "scale": 0.02, "design": str(tmp_path / "p.csv")}
    sweep = study(None, asked)
    assert [cell.place.name for cell in sweep.cells] == ["Wigan", "Wigan", "Leeds", "Leeds"]
    assert sweep.cells[0].scenario.budget.basis == "per_head"
    assert sweep.cells[3].scenario.adoption.start_year == 2
    again = study(None, {**asked, "design": sweep.design})
    pd.testing.assert_frame_equal(again.design, sweep.design)


@pytest.mark.parametrize("design", ["sobol", "morris"])
def test_an_exported_design_of_whole_numbers_keeps_every_point(tmp_path: Path, design: str):
    """Where only whole numbers are allowed many points are the same; an analysis wants all of them."""
    vary = {"adoption.start_year": {"min": 0, "max": 2}, "budget.cut_years": {"min": 6, "max": 8}}
    asked: dict[str, Any] = {"scenarios": ["deficit", "strengths"], "scale": 0.02}
    drawn = study(None, {**asked, "vary": vary, "design": design, "points": 4})
    drawn.design.to_csv(tmp_path / "p.csv", index=False)
    points = drawn.design.drop_duplicates("point")
    assert points.duplicated(list(vary)).any()
    for table in (str(tmp_path / "p.csv"), drawn.design, points[list(vary)]):
        pd.testing.assert_frame_equal(study(None, {**asked, "design": table}).design, drawn.design, check_dtype=False)


def test_every_row_of_a_table_is_a_point_but_those_of_other_scenarios(tmp_path: Path):
    def points(table: Any) -> int:
        return int(study(None, {"base": "deficit", "scale": 0.02, "design": table}).design["point"].nunique())

    assert points(pd.DataFrame({"adoption.years": [1.0, 1.0, float("nan")]})) == 3  # the last as the scenario has it
    for text, count in (
        ("adoption.years\n1\n1\n", 2),
        ("scenario,adoption.years\na,1\nb,1\na,2\n", 2),
        ("point,adoption.years\n0,1\n0,1\n1,1\n1,2\n", 3),  # no setting is lost by a wrong number
    ):
        (tmp_path / "p.csv").write_text(text, encoding="utf-8")
        assert points(str(tmp_path / "p.csv")) == count


def test_what_would_be_passed_over_or_may_be_meant_in_two_ways_is_refused():
    frame, ends = pd.DataFrame({"adoption.years": [1.0, 2.0]}), {"adoption.years": (1, 8)}
    with pytest.raises(InputError, match="a frame says all that varies"):
        study(None, {"base": "deficit", "design": frame, "vary": ends})
    with pytest.raises(InputError, match=r'\(1, 8\) may be two values.*\n  Give \[1, 8\].*"max": 8\}'):
        study(None, {"base": "deficit", "design": "sobol", "points": 2, "vary": ends})
    assert study(None, {"base": "deficit", "vary": ends, "scale": 0.02}).spec.axes[0].values == (1.0, 8.0)


def test_a_scenario_in_hand_is_refused_in_few_words():
    from demandsim.scenario.library import load_scenario

    with pytest.raises(InputError, match=r"\(Scenario\) is nothing .*\n.*run_points") as caught:
        study(None, {"scenarios": [load_scenario("deficit")], "cuts": [0, 30]})
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("budget.cut_percent\n95\n", r"p\.csv:2 .*95 is above 90"),
        ("budget.cut_percent,adoption.yers\n10,3\n", r"p\.csv:2 .*did you mean \"years\""),
        ("budget.cut_percent\n", "holds no rows"),
        ("budget.cut_percent\n1,2\n", "2 cells under 1 columns"),
        ("budget.cut_percent,budget.cut_percent\n1,2\n", "stands twice"),
        ("parameters.frailty.lonely\n7\n", "7 is above"),
        ('budget.cut_percent\n"1\n', "cannot be read as CSV"),
        ("cut\n1\n", "unknown key"),
        ("place,adoption.years\nWigan,2\nWigin,2\n", r"p\.csv:3  place: .*did you mean Wigan"),
        ("", "holds no columns"),
        ("adoption.years;budget.cut_percent\n2;10\n", r"p\.csv:1 .*semicolons part its columns"),
        ("adoption.years\tbudget.cut_percent\n2\t10\n", r"p\.csv:1 .*tabs part its columns"),
    ],
)
def test_a_table_that_cannot_be_meant_is_said_with_its_line(tmp_path: Path, text: str, words: str):
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=words):
        study(None, {"base": "deficit", "scale": 0.02, "design": str(tmp_path / "p.csv")})


def test_keywords_take_the_place_of_keys_of_the_file(tmp_path: Path):
    sweep = study(written(tmp_path, GOOD), {"replicates": 2, "vary": {"adoption.years": (3,)}})
    assert (sweep.spec.replicates, sweep.spec.axes[0].values) == (2, (3.0,))


def test_every_key_is_in_the_page():
    page = (Path(__file__).parents[3] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if key not in ("format", "name") and f"`{key}`" not in page] == []
