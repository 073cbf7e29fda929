"""Runs are found again by their names, in the session and in the next; a file that is damaged is no harm."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from demandsim.workshop.areas import AREA_MEASURES, Area, AreaYears
from demandsim.workshop.kept import Kept, KeptRuns, kept_run, usual_file
from demandsim.workshop.watch import Watched

YEARS = [
    [(2024, "wellbeing", "all", "all", 0.1 + 0.2, "score"), (2024, "cost", "payer", "nhs", float("inf"), "pounds")],
    [(2025, "wellbeing", "all", "all", 1 / 3, "score")],
]


def a_run() -> Kept:
    people = np.array([[0.1], [240.0]])
    areas = (Area("E1", "Town 001A", "Town", 0), Area("E2", "Town E2", "Town", 4))
    watched = Watched(
        AreaYears(areas, people, dict.fromkeys(AREA_MEASURES, people / 3), 2), {"unmet": people[:, 0] / 7}
    )
    return kept_run(YEARS, watched)


def test_numbers_come_back_to_the_last_bit() -> None:
    kept = a_run()
    assert kept.years() == YEARS
    seen = kept.seen()
    assert seen.areas.tops["unmet"].tolist() == [[0.1 / 3], [80.0]]
    assert seen.flows["unmet"].tolist() == [0.1 / 7, 240 / 7]
    assert seen.areas.areas[0].label == "Town 001A"


def test_what_is_unused_for_longest_goes_first() -> None:
    runs = KeptRuns(in_memory=2)
    for name in ("a", "b"):
        runs.put(name, a_run())
    assert runs.get("a") == a_run()
    runs.put("c", a_run())
    assert [name in runs for name in "abc"] == [True, False, True]
    assert runs.get("b") is None


def test_the_next_session_finds_them_and_no_more_than_there_is_room_for(tmp_path: Path) -> None:
    runs = KeptRuns(tmp_path / "deeper" / "runs.sqlite", in_file=3)
    for name in "abcde":
        runs.put(name, a_run())
    runs.close()
    again = KeptRuns(tmp_path / "deeper" / "runs.sqlite")
    assert [name in again for name in "abcde"] == [False, False, True, True, True]
    assert again.get("e") == a_run()
    again.close()


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(b"no database at all" * 100)
    runs = KeptRuns(path)
    assert runs.get("a") is None
    runs.put("a", a_run())
    runs.close()
    with closing(KeptRuns(path)) as again:
        assert "a" in again


def test_a_damaged_run_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    runs = KeptRuns(path)
    runs.put("a", Kept(a_run().rows[:-9], a_run().watched))
    runs.close()
    with closing(KeptRuns(path)) as again:
        assert again.get("a") is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may write everywhere meets no refusal")
def test_where_nothing_can_be_written_memory_will_do(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    runs = KeptRuns(tmp_path / "runs.sqlite")
    runs.put("a", a_run())
    assert "a" in runs


def test_a_folder_in_its_place_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    runs = KeptRuns(tmp_path / "file" / "runs.sqlite")
    runs.put("a", a_run())
    assert "a" in runs


def test_files_of_older_versions_go(tmp_path: Path) -> None:
    for number in range(4):
        old = tmp_path / f"workshop-{number}.sqlite"
        old.touch()
        os.utime(old, (number, number))
    KeptRuns(tmp_path / "workshop-new.sqlite").close()
    assert sorted(held.name for held in tmp_path.glob("*.sqlite")) == ["workshop-3.sqlite", "workshop-new.sqlite"]


def test_it_lies_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert usual_file().parent == tmp_path / "demandsim"
    assert usual_file().name.startswith("workshop-")
