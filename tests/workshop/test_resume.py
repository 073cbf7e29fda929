"""A shared room is found again after a restart, for half a day, by its owner alone."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from demandsim.workshop import resume
from demandsim.workshop.resume import Left, find_left, leave
from demandsim.workshop.room import Room

LEFT = Left("t" * 22, "place=E08000024&years=5&cut=30", True)


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "demandsim"


def test_it_is_found_on_its_port_alone(cache: Path) -> None:
    leave(8765, LEFT)
    assert find_left(8765) == LEFT
    assert find_left(8766) is None
    (file,) = cache.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_after_half_a_day_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    leave(8765, LEFT)
    later = resume.time.time() + resume.LASTS + 1
    monkeypatch.setattr(resume.time, "time", lambda: later)
    assert find_left(8765) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        json.dumps({"at": "soon", "token": "t" * 22, "query": "", "everyone_drives": True}),
        json.dumps({"at": 1e12, "token": "t" * 22, "query": "", "everyone_drives": True}),
    ],
)
def test_a_damaged_file_is_no_room(cache: Path, content: str) -> None:
    cache.mkdir()
    (cache / "room-8765.json").write_text(content)
    assert find_left(8765) is None


def test_a_token_that_would_be_guessed_is_not_taken_up() -> None:
    leave(8765, Left("../", "", False))
    assert find_left(8765) is None


def test_a_room_goes_on_where_it_was() -> None:
    room = Room(port=8765, shared=True, keeps=True)
    room.everyone_drives = True
    room.shown = room.shown.with_values(cut=30)
    room.note()
    again = Room(port=8765, shared=True, keeps=True)
    again.resume()
    assert (again.token, again.everyone_drives, again.shown) == (room.token, True, room.shown)


def test_a_room_that_keeps_nothing_leaves_nothing() -> None:
    Room(port=8765, shared=True).note()
    Room(port=8765, keeps=True).note()
    assert find_left(8765) is None
