from __future__ import annotations

import json
from typing import Any

import pytest

from demandsim.experiment import progress
from demandsim.experiment.progress import Bar, JsonLines, in_words


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_a_minute_with_the_time_to_go(clock: list[float], capsys: Any):
    bar = Bar(1000)
    for _ in range(10):
        clock[0] += 30
        bar.update(25)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert lines[0] == "demandsim: 5 % simulated, 19 min to go"
    assert lines[-1] == "demandsim: 25 % simulated, 15 min to go"


def test_the_time_to_go_is_that_of_running_alone(clock: list[float], capsys: Any):
    """Not of compiling before, nor of runs that were found on disk: those told the first months."""
    shown = JsonLines(1000)
    clock[0] += 600
    shown.update(500)
    clock[0] += 100
    shown.update(250)
    told = [json.loads(line)["seconds_to_go"] for line in capsys.readouterr().err.splitlines()]
    assert told == [None, 100.0]


def test_a_log_is_told_no_time_that_nobody_knows(clock: list[float], capsys: Any):
    bar = Bar(1000)
    clock[0] += 100
    bar.update(100)
    assert capsys.readouterr().err == "demandsim: 10 % simulated\n"


def test_lines_of_json_come_every_five_seconds_and_at_the_end(clock: list[float], capsys: Any):
    shown = JsonLines(100)
    for _ in range(10):
        clock[0] += 2
        shown.update(5)
    shown.say("a word")
    shown.close()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["progress"] * 4 + ["message", "end"]
    assert lines[1] == {"event": "progress", "percent": 20.0, "seconds_to_go": 32.0}
    assert lines[-1]["percent"] == 50.0


def test_nothing_to_do_is_all_done(capsys: Any):
    JsonLines(0).close()
    assert json.loads(capsys.readouterr().err)["percent"] == 100.0


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 s"), (89, "89 s"), (90, "2 min"), (7200, "2 h 0 min"), (12000, "3 h 20 min")]
)
def test_times_are_told_as_people_say_them(seconds: float, words: str):
    assert in_words(seconds) == words
