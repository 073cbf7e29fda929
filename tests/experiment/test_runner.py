from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from demandsim.experiment.errors import ResourceError, StoppedError
from demandsim.experiment.runner import run_plan, units_of
from demandsim.experiment.store import Store
from tests.experiment.fake import FakeScenario, fake_plan, make_model


class Counter:
    def __init__(self) -> None:
        self.months = 0
        self.said: list[str] = []

    def update(self, months: int) -> None:
        self.months += months

    def say(self, text: str) -> None:
        self.said.append(text)


def spoiled(behaviour: str, flag: Path | str = "") -> Any:
    return (FakeScenario("deficit"), FakeScenario("strengths", effect=1.0, behaviour=behaviour, flag=str(flag)))


@pytest.mark.slow
def test_workers_give_what_one_process_gives(tmp_path: Path):
    plan, counter = fake_plan(), Counter()
    here = run_plan(plan, make=make_model)
    pool = run_plan(plan, folder=tmp_path / "r", jobs=2, make=make_model, progress=counter)
    pd.testing.assert_frame_equal(here.frame, pool.frame, check_dtype=False, check_column_type=False)
    assert counter.months == plan.replicates * 2 * 36
    assert set(here.frame["replicate"]) == {1, 2, 3}


def test_what_is_on_disk_is_not_run_again(tmp_path: Path):
    plan = fake_plan()
    first = run_plan(plan, folder=tmp_path / "r", make=make_model)
    table = (tmp_path / "r" / "measures.parquet").read_bytes()

    def must_not(task: Any, on_month: Any) -> Any:
        raise AssertionError(task)

    again = run_plan(plan, folder=tmp_path / "r", make=must_not)
    assert (again.reused, again.failures) == (6, [])
    pd.testing.assert_frame_equal(first.frame, again.frame, check_dtype=False, check_column_type=False)
    assert (tmp_path / "r" / "measures.parquet").read_bytes() == table


@pytest.mark.parametrize("ending", [".parquet", ".json"])
@pytest.mark.parametrize("how", ["flip", "cut"])
def test_a_damaged_part_alone_is_said_and_run_again_to_the_same_bytes(tmp_path: Path, ending: str, how: str):
    plan, counter = fake_plan(), Counter()
    run_plan(plan, folder=tmp_path / "r", make=make_model)
    table = (tmp_path / "r" / "measures.parquet").read_bytes()
    path = Store(tmp_path / "r").part(plan.tasks()[1][0]).with_suffix(ending)
    content = bytearray(path.read_bytes())
    position = content.index(b'"sha256"') + 12 if ending == ".json" else len(content) // 9
    content[position] ^= 1  # in a sidecar: inside the hash
    path.write_bytes(content if how == "flip" else content[:-9])
    again = run_plan(plan, folder=tmp_path / "r", make=make_model, progress=counter)
    assert again.reused == 5
    assert (tmp_path / "r" / "measures.parquet").read_bytes() == table
    (said,) = counter.said
    assert plan.tasks()[1][0].name in said
    assert "run again" in said


def test_scripts_are_warned_of_a_damaged_part(tmp_path: Path):
    plan = fake_plan(replicates=1)
    run_plan(plan, folder=tmp_path / "r", make=make_model)
    Store(tmp_path / "r").part(plan.tasks()[0][0]).write_bytes(b"")
    with pytest.warns(UserWarning, match="run again"):
        run_plan(plan, folder=tmp_path / "r", make=make_model)


def test_a_part_damaged_as_soon_as_it_is_written_is_a_failure_not_a_gap(tmp_path: Path):
    plan = fake_plan(replicates=1)

    def spoil_the_first(task: Any, on_month: Any) -> Any:
        first = Store(tmp_path / "r").part(plan.tasks()[0][0])
        while task.scenario.name != "deficit" and not first.exists():
            time.sleep(0.01)  # it is written while the second runs
        if first.exists():
            first.write_bytes(b"")
        return make_model(task, on_month)

    with pytest.warns(UserWarning, match="damaged"):
        finished = run_plan(plan, folder=tmp_path / "r", make=spoil_the_first)
    assert [failure.task.scenario.name for failure in finished.failures] == ["deficit"]


def test_more_replicates_extend_a_folder_and_fewer_use_all_there_are(tmp_path: Path):
    run_plan(fake_plan(replicates=1), folder=tmp_path / "r", make=make_model)
    more = run_plan(fake_plan(replicates=2), folder=tmp_path / "r", make=make_model)
    assert more.reused == 2
    fewer = run_plan(fake_plan(replicates=1), folder=tmp_path / "r", make=make_model)
    assert fewer.plan.replicates == 2


@pytest.mark.slow
def test_a_killed_workers_runs_are_run_again(tmp_path: Path):
    plan = fake_plan(scenarios=spoiled("die", tmp_path / "died"))
    finished = run_plan(plan, folder=tmp_path / "r", jobs=2, make=make_model)
    assert (tmp_path / "died").exists()
    assert finished.failures == []
    calm = run_plan(fake_plan(scenarios=spoiled("")), make=make_model)
    pd.testing.assert_series_equal(finished.frame["value"], calm.frame["value"])


@pytest.mark.slow
def test_a_run_that_kills_every_worker_is_set_aside(tmp_path: Path):
    plan = fake_plan(scenarios=spoiled("die"), replicates=2)
    finished = run_plan(plan, folder=tmp_path / "r", jobs=2, make=make_model)
    assert {failure.task.scenario.name for failure in finished.failures} >= {"strengths"}
    assert all("died" in failure.message for failure in finished.failures)
    assert set(finished.frame["scenario"]) == {"deficit"}


def test_a_failed_run_is_a_record_and_is_tried_again(tmp_path: Path):
    flag = tmp_path / "failed-once"
    plan = fake_plan(scenarios=spoiled("fail", flag), replicates=2)
    finished = run_plan(plan, folder=tmp_path / "r", make=make_model)
    assert [(f.task.scenario.name, f.task.replicate) for f in finished.failures] == [("strengths", 1)]
    assert "on purpose" in finished.failures[0].message
    assert len(list((tmp_path / "r" / "failed").iterdir())) == 1
    again = run_plan(plan, folder=tmp_path / "r", make=make_model)
    assert (again.failures, again.reused) == ([], 3)
    assert list((tmp_path / "r" / "failed").iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_memory_stops_cleanly(tmp_path: Path, jobs: int):
    plan = fake_plan(scenarios=spoiled("memory"), replicates=2)
    with pytest.raises(ResourceError, match="Finished parts are kept"):
        run_plan(plan, folder=tmp_path / "r", jobs=jobs, make=make_model)
    assert list((tmp_path / "r" / "parts").glob("*.parquet"))


def test_an_interrupted_run_leaves_its_finished_parts_readable(tmp_path: Path):
    plan = fake_plan(scenarios=spoiled("interrupt", tmp_path / "once"), replicates=1)
    with pytest.raises(StoppedError):
        run_plan(plan, folder=tmp_path / "r", make=make_model)
    assert Store(tmp_path / "r").read(plan.tasks()[0][0]) is not None
    assert run_plan(plan, folder=tmp_path / "r", make=make_model).reused == 1


def test_two_names_for_one_scenario_share_their_run(tmp_path: Path):
    plan = fake_plan(scenarios=(FakeScenario("deficit"), FakeScenario("sustained")), replicates=1)
    finished = run_plan(plan, folder=tmp_path / "r", make=make_model)
    assert len(list((tmp_path / "r" / "parts").glob("*.parquet"))) == 1
    values = {name: rows["value"].tolist() for name, rows in finished.frame.groupby("scenario")}
    assert values["deficit"] == values["sustained"]


def test_whole_replicates_go_first_and_the_rest_is_shared_out():
    tasks = fake_plan(replicates=5).tasks()
    units = units_of(tasks, 2)
    assert [len(unit.tasks) for unit in units] == [2, 2, 2, 2, 1, 1]
    assert sorted(task.name for unit in units for task in unit.tasks) == sorted(t.name for r in tasks for t in r)
    assert [len(unit.tasks) for unit in units_of(tasks, 1)] == [2] * 5


@pytest.mark.slow
def test_workers_that_hear_nothing_are_ended_when_the_user_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A month of 30 seconds stands for all that is not run month by month: loading, settling a place."""
    flag = tmp_path / "busy"
    plan = fake_plan(scenarios=spoiled("slow", flag), replicates=2)

    stopped: list[float] = []

    class StopsOnceBusy(Counter):
        def update(self, months: int) -> None:
            if flag.exists():
                stopped.append(time.monotonic())
                raise KeyboardInterrupt

    monkeypatch.setattr("demandsim.experiment.pool.STOP_WITHIN", 0.5)
    with pytest.raises(StoppedError):
        run_plan(plan, folder=tmp_path / "r", jobs=2, make=make_model, progress=StopsOnceBusy())
    assert multiprocessing.active_children() == []
    assert time.monotonic() - stopped[0] < 25  # the month would have gone on for 30
    done = run_plan(plan, folder=tmp_path / "r", make=make_model)
    assert done.reused > 0
    assert done.failures == []
