from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demandsim.experiment.errors import InputError, StoppedError, StoreError
from demandsim.experiment.sweep.folder import export, results_of, retry, status, verify
from demandsim.experiment.sweep.run import hash_of, units_of
from demandsim.experiment.sweep.study import parse_shard
from tests.experiment.sweep.toys import TROUBLE, make_toy, toy_sweep

RUNS = 24


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A sweep that nothing happened to, and the hash of its table."""
    folder = tmp_path_factory.mktemp("whole") / "s"
    outcome = toy_sweep().run(folder, make=make_toy)
    assert (outcome.runs, outcome.reused, outcome.failures, outcome.left) == (RUNS, 0, [], 0)
    return folder, outcome.measures_sha256


def must_not_run(task: Any, on_month: Any) -> Any:
    raise AssertionError(task)


def test_the_same_command_again_runs_nothing(whole: tuple[Path, str]):
    outcome = toy_sweep().run(whole[0], make=must_not_run)
    assert (outcome.reused, outcome.failures, outcome.measures_sha256) == (RUNS, [], whole[1])


def test_the_order_of_runs_changes_nothing(whole: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def shuffled(tasks: Any, jobs: int) -> Any:
        mixed = list(tasks)
        random.Random(4).shuffle(mixed)
        return units_of(mixed, jobs)

    monkeypatch.setattr("demandsim.experiment.sweep.run.units_of", shuffled)
    assert toy_sweep().run(tmp_path / "s", make=make_toy).measures_sha256 == whole[1]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [2, 4])
def test_more_workers_change_nothing(whole: tuple[Path, str], tmp_path: Path, jobs: int):
    assert toy_sweep().run(tmp_path / "s", jobs=jobs, make=make_toy).measures_sha256 == whole[1]


def test_shards_come_to_the_same(whole: tuple[Path, str], tmp_path: Path):
    first = toy_sweep().run(tmp_path / "s", shard="2/3", make=make_toy)
    assert (first.runs, first.left, first.measures_sha256) == (8, 16, "")
    with pytest.raises(InputError, match="16 of 24 runs are missing"):
        results_of(tmp_path / "s")
    toy_sweep().run(tmp_path / "s", shard="0/3", make=make_toy)
    last = toy_sweep().run(tmp_path / "s", shard="1/3", make=make_toy)
    assert (last.left, last.measures_sha256) == (0, whole[1])


def test_a_sweep_may_begin_as_shards_and_end_as_a_whole(whole: tuple[Path, str], tmp_path: Path):
    toy_sweep().run(tmp_path / "s", shard="1/5", make=make_toy)
    outcome = toy_sweep().run(tmp_path / "s", make=make_toy)
    assert outcome.reused == 5
    assert outcome.measures_sha256 == whole[1]


@pytest.mark.parametrize("how", ["flip", "cut", "empty"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_a_damaged_part_is_found_set_aside_said_and_run_again(
    whole: tuple[Path, str], tmp_path: Path, how: str, share: float
):
    shutil.copytree(whole[0], tmp_path / "s")
    path = sorted((tmp_path / "s" / "parts").glob("*.parquet"))[7]
    content = bytearray(path.read_bytes())
    position = int(share * len(content))
    if how == "flip":
        content[position] ^= 0x10
    path.write_bytes(content if how == "flip" else content[:position] if how == "cut" else b"")
    with pytest.warns(UserWarning, match=f"{path.name}: damaged .* run again"):
        outcome = toy_sweep().run(tmp_path / "s", make=make_toy)
    assert (outcome.reused, outcome.measures_sha256) == (RUNS - 1, whole[1])
    assert path.with_suffix(".bad").exists()


@pytest.mark.parametrize("how", ["another luck", "another run"])
def test_a_part_under_the_name_of_another_is_not_taken_for_it(whole: tuple[Path, str], tmp_path: Path, how: str):
    """As when folders are put together by hand: whole by its hash, and yet not the run that its name says."""
    parts = shutil.copytree(whole[0], tmp_path / "s") / "parts"
    names = sorted(path.stem for path in parts.glob("*.parquet"))
    mine = names[0]
    other = next(n for n in names[1:] if (n[:16] == mine[:16]) == (how == "another luck"))
    for ending in (".parquet", ".json"):
        shutil.copy(parts / f"{other}{ending}", parts / f"{mine}{ending}")
    found = verify(tmp_path / "s")
    assert (found.whole, found.missing) == (RUNS - 1, 1)
    assert "is of another run" in found.damaged[0]
    assert toy_sweep().run(tmp_path / "s", make=make_toy).measures_sha256 == whole[1]


def test_verify_finds_damage_in_parts_and_table(whole: tuple[Path, str], tmp_path: Path):
    shutil.copytree(whole[0], tmp_path / "s")
    assert verify(tmp_path / "s").damaged == ()
    for path in (sorted((tmp_path / "s" / "parts").glob("*.parquet"))[3], tmp_path / "s" / "measures.parquet"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    found = verify(tmp_path / "s")
    assert (found.whole, found.missing, len(found.damaged)) == (RUNS - 1, 1, 2)
    assert toy_sweep().run(tmp_path / "s", make=make_toy).measures_sha256 == whole[1]


def test_a_damaged_table_is_made_again(whole: tuple[Path, str], tmp_path: Path):
    shutil.copytree(whole[0], tmp_path / "s")
    (tmp_path / "s" / "measures.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match="damaged"):
        results_of(tmp_path / "s")
    assert toy_sweep().run(tmp_path / "s", make=must_not_run).measures_sha256 == whole[1]
    assert hash_of(tmp_path / "s" / "measures.parquet") == whole[1]


def test_more_replicates_and_more_values_extend_a_sweep(tmp_path: Path):
    small = {"vary": {"practice.visits.longest_minutes": [30, 45]}, "cuts": [0], "replicates": 1}
    assert toy_sweep(**small).run(tmp_path / "s", make=make_toy).runs == 4
    more = toy_sweep(**{**small, "replicates": 2}).run(tmp_path / "s", make=make_toy)
    assert (more.runs, more.reused) == (8, 4)
    wider = toy_sweep(**{**small, "cuts": [0, 30]}).run(tmp_path / "s", make=make_toy)
    assert (wider.runs, wider.reused) == (16, 8)  # it keeps the two replicates that it was extended to
    frame = results_of(tmp_path / "s")
    assert sorted(frame["replicate"].unique()) == [1, 2]


def test_another_sweep_is_never_overwritten(whole: tuple[Path, str]):
    before = {path: path.read_bytes() for path in whole[0].rglob("*") if path.is_file()}
    for changes, words in (
        ({"years": 3}, "years 1"),
        ({"cuts": [0]}, "runs that this design has not"),
        ({"seed": 5}, "seed 1"),
    ):
        with pytest.raises(InputError, match=f"another sweep .*{words}"):
            toy_sweep(**changes).run(whole[0], make=make_toy)
    assert before == {path: path.read_bytes() for path in whole[0].rglob("*") if path.is_file()}


def test_a_run_that_fails_is_a_record_and_is_tried_again(
    whole: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trouble = tmp_path / "trouble"
    trouble.write_text("fail 45")
    monkeypatch.setenv(TROUBLE, str(trouble))
    outcome = toy_sweep().run(tmp_path / "s", make=make_toy)
    assert len(outcome.failures) == 8
    assert outcome.measures_sha256 not in ("", whole[1])
    found = status(tmp_path / "s")
    assert (found.finished, found.failed, found.missing) == (16, 8, 0)
    assert found.errors == {"ValueError: on purpose": 8}
    record = json.loads(next((tmp_path / "s" / "failed").iterdir()).read_text())
    assert "Traceback" in record["error"]
    assert record["resolved"]["practice"]["visit_minutes"] == 45
    trouble.unlink()
    again = retry(tmp_path / "s", make=make_toy)
    assert (again.runs, again.failures, again.measures_sha256) == (8, [], whole[1])
    with pytest.raises(InputError, match="no run has failed"):
        retry(tmp_path / "s", make=make_toy)


def test_a_record_of_failure_that_was_tampered_with_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "trouble").write_text("fail")
    monkeypatch.setenv(TROUBLE, str(tmp_path / "trouble"))
    toy_sweep(cuts=[0], vary={"practice.visits.longest_minutes": [45]}, replicates=1).run(tmp_path / "s", make=make_toy)
    path = next((tmp_path / "s" / "failed").iterdir())
    record = json.loads(path.read_text())
    record["resolved"]["practice"]["visit_minutes"] = 60.0
    path.write_text(json.dumps(record))
    with pytest.raises(StoreError, match="another run"):
        retry(tmp_path / "s", make=make_toy)
    path.write_text("[]")
    with pytest.raises(StoreError, match="damaged"):
        retry(tmp_path / "s", make=make_toy)


@pytest.mark.slow
def test_a_run_that_kills_two_workers_is_set_aside_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "trouble").write_text("die 45")
    monkeypatch.setenv(TROUBLE, str(tmp_path / "trouble"))
    outcome = toy_sweep(cuts=[0], replicates=1).run(tmp_path / "s", jobs=2, make=make_toy)
    assert {failure.task.scenario.practice.visit_minutes for failure in outcome.failures} == {45.0}
    assert all("died 2 times" in failure.message for failure in outcome.failures)
    assert (outcome.runs, status(tmp_path / "s").finished) == (6, 4)


def test_an_interrupted_sweep_goes_on(whole: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    trouble = tmp_path / "trouble"
    trouble.write_text("interrupt 60")
    monkeypatch.setenv(TROUBLE, str(trouble))
    with pytest.raises(StoppedError):
        toy_sweep().run(tmp_path / "s", make=make_toy)
    trouble.unlink()
    outcome = toy_sweep().run(tmp_path / "s", make=make_toy)
    assert outcome.reused > 0
    assert outcome.measures_sha256 == whole[1]


def test_results_have_the_settings_beside_them(whole: tuple[Path, str]):
    frame = results_of(whole[0], measures=["unmet_need_people"], by=["all"])
    assert list(frame.columns[:4]) == ["point", "place", "practice.visits.longest_minutes", "budget.cut_percent"]
    assert list(frame["measure"].unique()) == ["unmet_need_people"]
    assert len(frame) == 6 * 2 * 2  # points, scenarios, replicates
    assert set(frame["place"]) == {"Sunderland"}
    point = frame[frame["point"] == 4]
    assert set(point["practice.visits.longest_minutes"]) == {45.0}
    assert set(point["budget.cut_percent"]) == {30.0}


def test_a_measure_that_is_none_is_no_empty_table(whole: tuple[Path, str], tmp_path: Path):
    with pytest.raises(InputError, match='unknown measure "wellbieng"; did you mean "wellbeing"'):
        results_of(whole[0], measures=["cost", "wellbieng"])
    with pytest.raises(InputError, match="unknown measure"):
        export(whole[0], tmp_path / "x.csv", measures=["nonsense"])


def test_settings_that_change_nothing_share_a_run(tmp_path: Path):
    """Without a practice to adopt, the years of adoption change nothing: one run stands for all of them."""
    sweep = toy_sweep(scenarios=["deficit"], cuts=[0], vary={"adoption.years": [1, 3, 8]})
    assert len(sweep.tasks()) == 2
    sweep.run(tmp_path / "s", make=make_toy)
    frame = sweep.results(measures=["unmet_need_people"])
    values = {point: rows["value"].tolist() for point, rows in frame.groupby("point")}
    assert len(values) == 3
    assert values[0] == values[1] == values[2]


def test_measures_that_are_asked_for_are_all_that_the_table_holds(tmp_path: Path):
    sweep = toy_sweep(cuts=[0], replicates=1, measures=["cost"])
    sweep.run(tmp_path / "s", make=make_toy)
    assert set(pd.read_parquet(tmp_path / "s" / "measures.parquet")["measure"]) == {"cost"}
    with pytest.raises(InputError, match=r"holds no wellbeing .*measures: cost"):
        export(tmp_path / "s", tmp_path / "x.csv", measures=["wellbeing"])
    assert not (tmp_path / "x.csv").exists()
    wider = toy_sweep(cuts=[0], replicates=1)
    assert wider.run(tmp_path / "s", make=must_not_run).reused == 6
    assert "unmet_need_people" in set(wider.results()["measure"])


def test_parts_tell_where_they_come_from(whole: tuple[Path, str]):
    sidecar = json.loads(next((whole[0] / "parts").glob("*.json")).read_text())
    about = sidecar["about_this_run"]
    assert {"finished", "seconds", "host", "code", "environment"} <= set(about)
    assert {"commit", "changed_since"} == set(about["code"])
    assert {"model", "data", "replicate", "scenario"} <= set(sidecar)


@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        ("{", StoreError, "manifest.json: damaged"),
        ('{"kind": "sweep"}', StoreError, "damaged"),
        ("[]", StoreError, "damaged"),
        ('{"design": {}}', InputError, "no sweep"),
        ('{"kind": "sweep", "format": 99}', InputError, "format 99"),
    ],
)
def test_a_damaged_manifest_is_said(whole: tuple[Path, str], tmp_path: Path, what: str, error: Any, words: str):
    shutil.copytree(whole[0], tmp_path / "s")
    (tmp_path / "s" / "manifest.json").write_text(what)
    for act in (lambda f: toy_sweep().run(f, make=make_toy), status, verify, retry, results_of):
        with pytest.raises(error, match=words):
            act(tmp_path / "s")  # type: ignore[operator]


def test_a_deleted_manifest_is_written_again_and_parts_are_used(whole: tuple[Path, str], tmp_path: Path):
    shutil.copytree(whole[0], tmp_path / "s")
    (tmp_path / "s" / "manifest.json").unlink()
    (tmp_path / "s" / "measures.parquet").unlink()
    outcome = toy_sweep().run(tmp_path / "s", make=must_not_run)
    assert (outcome.reused, outcome.measures_sha256) == (RUNS, whole[1])


def test_a_damaged_design_is_said(whole: tuple[Path, str], tmp_path: Path):
    shutil.copytree(whole[0], tmp_path / "s")
    path = tmp_path / "s" / "design.csv"
    path.write_bytes(path.read_bytes().replace(b"45", b"46"))
    with pytest.raises(StoreError, match=r"design\.csv: damaged"):
        results_of(tmp_path / "s")


@pytest.mark.parametrize("text", ["20/20", "1", "a/b", "-1/2", "0/0", "1/2/3"])
def test_a_shard_that_is_none_is_refused(text: str):
    with pytest.raises(InputError, match="counted from 0"):
        parse_shard(text)
