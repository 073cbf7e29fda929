from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import ExperimentError, InputError, StoreError
from demandsim.experiment.plan import Place, Plan
from demandsim.experiment.reading import read_results
from demandsim.experiment.store import Store, write_safely
from demandsim.place.names import find_place
from demandsim.place.own import OwnFigures
from tests.experiment.fake import SUNDERLAND, fake_plan, invented_rows, two_by_two_plan


def store(folder: Path, plan: Plan, rows: pd.DataFrame | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    Store(folder).finish(plan, invented_rows(plan) if rows is None else rows, failed=0, seconds=1.0)
    return folder


@pytest.fixture
def held(tmp_path: Path) -> Path:
    return store(tmp_path / "held", two_by_two_plan())


def change(folder: Path, alter: Any) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    alter(manifest)
    write_safely(path, json.dumps(manifest).encode())


def test_results_come_back_as_they_were(held: Path):
    plan = two_by_two_plan()
    found = read_results(held)
    assert found.digest == Results(plan, invented_rows(plan)).digest
    assert found.plan.design() == plan.design()
    assert found.plan.told() == plan.told()
    assert [s.name for s in found.plan.cuts] == ["deficit_cut30", "strengths_cut30"]


def test_a_councils_own_figures_come_back(tmp_path: Path):
    own = OwnFigures(find_place("sunderland"), {"home_owner_share": 0.7}, "own survey")
    plan = fake_plan(place=Place("own.yaml", "Sunderland", "E08000024", "a note", own))
    place = read_results(store(tmp_path / "own", plan)).plan.place
    assert place == plan.place


def test_results_of_an_older_version_are_read_as_that_versions(tmp_path: Path):
    plan = fake_plan(model="0.0.9+old", data="older")
    found = read_results(store(tmp_path / "old", plan)).plan
    assert (found.model, found.data, found.runs) == ("0.0.9+old", "older", plan.runs)
    assert plan.runs != fake_plan().runs


def test_a_missing_folder_names_one_that_may_be_meant(held: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"no such folder[\s\S]*Did you mean .*held\?"):
        read_results(tmp_path / "hled")


def test_a_folder_of_other_things_is_none_of_ours(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="no results folder of demandsim"):
        read_results(tmp_path)
    (tmp_path / "manifest.json").write_text('{"name": "some app"}')
    with pytest.raises(InputError, match="not one of demandsim's"):
        read_results(tmp_path)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 200_000, b""])
def test_a_manifest_that_cannot_be_read_is_damage(held: Path, content: bytes):
    (held / "manifest.json").write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        read_results(held)


ALTERED = {
    "years as text": lambda m: m["design"].update(years="3"),
    "a number that is none": lambda m: m["design"].update(scale=float("nan")),
    "no scenarios": lambda m: m["design"].update(scenarios=[]),
    "a budget too few": lambda m: m["told"]["budgets"].pop(),
    "a name with a control character": lambda m: m["design"]["scenarios"][0].update(name="a\x00b"),
    "no place": lambda m: m["design"].pop("place"),
    "a list for a place": lambda m: m["told"].update(place=[]),
    "no hash": lambda m: m.pop("measures_sha256"),
}


@pytest.mark.parametrize("how", list(ALTERED))
def test_a_manifest_of_the_wrong_shape_is_damage(held: Path, how: str):
    change(held, ALTERED[how])
    with pytest.raises(StoreError, match=r"manifest\.json lacks"):
        read_results(held)


@pytest.mark.parametrize("field", ["model", "data"])
def test_two_versions_mixed_are_refused(held: Path, field: str):
    change(held, lambda m: m["design"].update({field: "another"}))
    with pytest.raises(InputError, match="mixes results of several places or versions"):
        read_results(held)


def test_two_places_mixed_are_refused(held: Path):
    change(held, lambda m: m["design"]["place"].update(name="Wigan", code="E08000010"))
    with pytest.raises(InputError, match="mixes results"):
        read_results(held)


def test_rows_of_another_run_are_refused(tmp_path: Path):
    plan, other = fake_plan(), fake_plan(place=Place("wigan", "Wigan", "E08000010"))
    rows = pd.concat([invented_rows(plan), invented_rows(other)], ignore_index=True)
    with pytest.raises(InputError, match="mixes results"):
        read_results(store(tmp_path / "mixed", plan, rows))


def test_a_scenario_without_a_run_is_told(tmp_path: Path):
    plan = fake_plan()
    rows = invented_rows(plan)
    with pytest.raises(InputError, match="no finished run of strengths"):
        read_results(store(tmp_path / "half", plan, rows[rows.scenario == "deficit"]))


def test_a_run_under_way_is_told(held: Path):
    Store(held).write_manifest(two_by_two_plan())
    with pytest.raises(InputError, match="not finished"):
        read_results(held)


def test_a_flipped_byte_is_damage(held: Path):
    path = held / "measures.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="does not match its hash"):
        read_results(held)
    path.unlink()
    with pytest.raises(StoreError, match="damaged"):
        read_results(held)


def test_an_unknown_measure_is_named(tmp_path: Path):
    plan = fake_plan()
    rows = invented_rows(plan)
    rows.loc[rows.measure == "wellbeing", "measure"] = "happiness"
    with pytest.raises(InputError, match="happiness: a measure that this version does not know"):
        read_results(store(tmp_path / "strange", plan, rows))


def test_a_folder_too_old_for_a_report_says_so(held: Path):
    change(held, lambda m: m.pop("told"))
    with pytest.raises(InputError, match="older version"):
        read_results(held)
    change(held, lambda m: m.update(format=99))
    with pytest.raises(ExperimentError, match="format 99"):
        read_results(held)


def test_places_are_known_by_name(held: Path):
    assert read_results(held).plan.place == SUNDERLAND


def test_the_folder_of_a_sweep_is_named_as_such(tmp_path: Path):
    (tmp_path / "manifest.json").write_text('{"kind": "sweep"}', encoding="utf-8")
    with pytest.raises(InputError, match="holds a sweep"):
        read_results(tmp_path)
