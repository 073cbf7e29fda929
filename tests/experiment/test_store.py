from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from demandsim.experiment.errors import InputError, ResourceError, StoreError, from_os_error
from demandsim.experiment.store import COLUMNS, SCHEMA, Store, rows_of, sort_rows, to_table, write_safely
from demandsim.measures.breakdowns import table_of
from tests.experiment.fake import fake_plan, invented_rows


@pytest.fixture
def stored(tmp_path: Path) -> Store:
    plan = fake_plan(replicates=1)
    store = Store(tmp_path / "r")
    store.prepare(plan)
    frame = invented_rows(plan)
    for task in plan.tasks()[0]:
        store.write(task, to_table(frame[frame.run == task.run]), 1.0)
    store.finish(plan, frame, failed=0, seconds=1.0)
    return store


def test_rows_are_ordered_alike_by_arrow_and_by_pandas():
    task = fake_plan(replicates=1).tasks()[0][0]
    levels = ["", "65-74+1+female", "Zürich", "a b", "a+b", "all", "Ünn", "zu"]
    found = [(year, "cost", by, group) for group in levels for by in ("service", "payer") for year in (2025, 2024)]
    read = table_of([(*row, float(number), "GBP") for number, row in enumerate(found)])
    rows = rows_of(task, read)
    assert rows.schema.equals(SCHEMA)
    assert rows["value"].to_pylist() != read["value"].to_pylist()
    pd.testing.assert_frame_equal(rows.to_pandas(), sort_rows(rows.to_pandas()))
    assert sorted(rows["value"].to_pylist()) == read["value"].to_pylist()


def test_a_part_comes_back_as_it_was_written(stored: Store):
    plan = fake_plan(replicates=1)
    frame = invented_rows(plan)
    task = plan.tasks()[0][1]
    back = stored.read(task)
    assert back is not None
    pd.testing.assert_frame_equal(
        back, frame[frame.run == task.run].reset_index(drop=True), check_dtype=False, check_column_type=False
    )


def test_the_table_has_the_agreed_columns(stored: Store):
    table = pq.read_table(stored.folder / "measures.parquet")
    assert tuple(table.column_names) == COLUMNS
    assert str(table.schema.field("value").type) == "double"


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("how", ["flip", "cut"])
def test_a_damaged_part_is_set_aside_not_read(stored: Store, how: str, share: float):
    task = fake_plan(replicates=1).tasks()[0][0]
    path = stored.part(task)
    content = bytearray(path.read_bytes())
    position = int(share * len(content))
    if how == "flip":
        content[position] ^= 1
    else:
        del content[position:]
    path.write_bytes(content)
    assert stored.read(task) is None
    assert path.with_suffix(".bad").read_bytes() == bytes(content)
    assert not path.exists()
    (said,) = stored.set_aside
    assert f"{path}: damaged" in said
    assert "set aside as" in said
    assert path.with_suffix(".bad").name in said
    assert f"{task.scenario.name} {task.replicate}" in said


@pytest.mark.parametrize("sidecar", [None, b"", b"{}", b"[1]", b"not json"])
def test_a_part_without_a_sound_sidecar_is_not_read(stored: Store, sidecar: bytes | None):
    task = fake_plan(replicates=1).tasks()[0][0]
    path = stored.part(task).with_suffix(".json")
    if sidecar is None:
        path.unlink()
    else:
        path.write_bytes(sidecar)
    assert stored.read(task) is None
    (said,) = stored.set_aside
    assert path.name in said
    assert path.with_suffix(".json.bad").exists() == (sidecar is not None)


def test_a_part_that_is_not_there_is_no_damage(stored: Store):
    task = fake_plan(replicates=1).tasks()[0][0]
    stored.part(task).unlink()
    assert stored.read(task) is None
    assert stored.set_aside == []


def test_another_result_is_never_overwritten(stored: Store):
    before = {p: p.read_bytes() for p in stored.folder.rglob("*") if p.is_file()}
    with pytest.raises(InputError, match="years"):
        stored.prepare(fake_plan(years=5, replicates=1))
    assert before == {p: p.read_bytes() for p in stored.folder.rglob("*") if p.is_file()}


def test_the_same_plan_is_welcome_with_more_replicates(stored: Store):
    assert stored.prepare(fake_plan(replicates=4)) == 1


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="no result of demandsim"):
        Store(tmp_path).prepare(fake_plan())
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="file/deeper"):
        Store(tmp_path / "file" / "deeper").prepare(fake_plan())


def test_a_full_disk_is_found_out_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResourceError, match="no space left"):
        Store(tmp_path / "results").prepare(fake_plan())
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_damaged_manifest_is_a_damaged_store(stored: Store):
    stored.manifest_path.write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="damaged"):
        stored.prepare(fake_plan())


def test_two_runs_cannot_hold_one_folder(stored: Store):
    with stored.locked(), pytest.raises(StoreError, match="another run"), Store(stored.folder).locked():
        pass
    with stored.locked():
        pass


def test_what_a_killed_process_had_half_written_is_swept_away(stored: Store):
    left = stored.parts / ".0123-0001.parquet.99.tmp"
    left.write_bytes(b"PAR1")
    whole = sorted(stored.parts.glob("[!.]*"))
    with stored.locked():
        assert not left.exists()
    assert sorted(stored.parts.iterdir()) == whole


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "part"
    write_safely(target, b"old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_safely(target, b"new")
    assert target.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_told_from_a_folder_one_may_not_write():
    assert isinstance(from_os_error(OSError(28, "No space left on device"), "x"), ResourceError)
    assert isinstance(from_os_error(OSError(13, "Permission denied"), "x"), InputError)


def test_the_manifest_keeps_volatile_facts_apart(stored: Store):
    manifest = json.loads(stored.manifest_path.read_text(encoding="utf-8"))
    assert manifest["design"]["place"]["code"] == "E08000024"
    assert {"time", "host", "seconds"} <= set(manifest["about_this_run"])
    assert not {"time", "host", "seconds"} & set(manifest["design"])


def test_parts_move_with_their_folder(stored: Store, tmp_path: Path):
    shutil.copytree(stored.folder, tmp_path / "copy")
    assert Store(tmp_path / "copy").read(fake_plan(replicates=1).tasks()[0][0]) is not None
