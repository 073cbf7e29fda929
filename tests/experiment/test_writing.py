from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

import pytest

from demandsim.experiment.plan import Task
from demandsim.experiment.pool import Unit, run_rows, run_units
from demandsim.experiment.progress import Silent
from demandsim.experiment.store import PartStore, make_part, write_together
from demandsim.experiment.writing import PartWriter
from tests.experiment.fake import fake_plan, make_model


def tasks_of(count: int) -> list[Task]:
    return [task for tasks in fake_plan(replicates=count).tasks() for task in tasks][:count]


def store_in(folder: Path) -> PartStore:
    (folder / "parts").mkdir()
    return PartStore(folder)


def test_a_run_goes_on_while_the_last_one_is_written_and_all_are_on_disk_at_the_end(tmp_path: Path):
    store, release = store_in(tmp_path), threading.Event()
    write = store.write

    def slowly(*given: Any) -> None:
        assert release.wait(10)
        write(*given)

    store.write = slowly  # type: ignore[method-assign]
    first, second = tasks_of(2)
    rows = run_rows(first, make_model)
    with PartWriter(store, pytest.fail) as writer:
        writer.put(first, rows, 1.0)
        assert not store.has(first)  # nothing is promised before it is true
        writer.put(second, rows, 1.0)
        release.set()
    assert store.has(first)
    assert store.has(second)


def test_a_unit_is_handed_back_when_all_of_it_is_on_disk(tmp_path: Path):
    store, tasks = store_in(tmp_path), tasks_of(3)
    done = run_units([Unit(0, tuple(tasks))], tmp_path, make_model, Silent(), 1)
    assert [part.failures for part in done] == [[]]
    assert all(store.whole(task) for task in tasks)


def test_a_disk_that_fills_up_stops_the_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store_in(tmp_path)
    begun: list[str] = []

    def full(self: PartStore, task: Task, *_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def make(task: Task, on_month: Any) -> Any:
        begun.append(task.name)
        return make_model(task, on_month)

    monkeypatch.setattr(PartStore, "write", full)
    done = run_units([Unit(0, tuple(tasks_of(8)))], tmp_path, make, Silent(), 1)
    assert done[0].no_room
    assert len(begun) < 8
    assert "No space left" in done[0].failures[0].message


def test_what_cannot_be_written_whole_is_not_there_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store, task = store_in(tmp_path), tasks_of(1)[0]
    part = make_part(task, run_rows(task, make_model), 1.0)
    synced: list[int] = []

    def fail_at_the_second(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", fail_at_the_second)
    with pytest.raises(OSError, match="Input/output"):
        store.put(part)
    assert list((tmp_path / "parts").iterdir()) == []


def test_files_written_together_are_named_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import os

    named: list[str] = []
    replace = os.replace
    monkeypatch.setattr("os.replace", lambda a, b: (named.append(Path(b).name), replace(a, b)))
    write_together([(tmp_path / "a.json", b"1"), (tmp_path / "a.parquet", b"2")])
    assert named == ["a.json", "a.parquet"]
