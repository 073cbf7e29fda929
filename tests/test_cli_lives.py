"""The commands about one person: what they print, what they keep, and how they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import demandsim
from demandsim.api import Comparison
from demandsim.experiment import kernels, lives
from demandsim.experiment.prepare import make_plan
from tests.report.lives import traced
from tests.report.test_twins import pair
from tests.test_cli import call


@pytest.fixture(autouse=True)
def no_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Lives made up by hand in place of runs, and a folder of one's own to work in."""
    monkeypatch.chdir(tmp_path)

    def trace(plan: Any, *, citizen: Any = None, story: Any = None) -> Any:
        if citizen is not None:
            lives.citizen_uid(citizen)
        return traced(*pair()[: len(plan.scenarios)])

    monkeypatch.setattr(lives, "trace_lives", trace)
    monkeypatch.setattr(kernels, "are_cold", lambda: False)


def test_twin_prints_a_story_and_keeps_nothing_unless_asked(capsys: Any, tmp_path: Path):
    code, out, err = call(capsys, "twin", "deficit", "strengths", "--story", "carer", "--years", "2")
    assert code == 0
    assert out.startswith("ONE LIFE TWICE")
    assert err == ""
    assert list(tmp_path.iterdir()) == []


def test_twin_writes_into_a_folder(capsys: Any, tmp_path: Path):
    code, _, err = call(capsys, "twin", "deficit", "strengths", "--citizen", "s-0136", "-o", "out")
    assert code == 0
    assert "Written to out" in err
    assert (tmp_path / "out" / "story.txt").exists()


def test_json_is_one_object(capsys: Any):
    _, out, _ = call(capsys, "twin", "deficit", "strengths", "--citizen", "35", "--json")
    assert json.loads(out)["citizen"]["id"] == "S-0136"
    _, out, _ = call(capsys, "statement", "--citizen", "35", "--json")
    assert json.loads(out)["lines"]


def test_a_statement_is_printed_for_a_year(capsys: Any):
    code, out, _ = call(capsys, "statement", "deficit", "--citizen", "S-0136", "--year", "2024")
    assert code == 0
    assert "year from Apr 2024" in out
    code, _, err = call(capsys, "statement", "--citizen", "S-0136", "--year", "2090")
    assert code == 2
    assert "known: 2024 to 2025" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("statement",), "--citizen ID"),
        (("statement", "--citizen", "Margaret"), "S-0136"),
        (("twin", "deficit", "strengths", "--citizen", "S-01"), "S-0136"),
        (("twin", "deficit", "strength", "--story", "carer"), 'did you mean "strengths"'),
        (("twin", "deficit", "deficit", "--citizen", "3"), "named twice"),
        (("twin", "deficit"), "Missing argument"),
        (("twin", "deficit", "strengths", "--citizen", "3", "--scale", "2"), "--scale 2"),
        (("twin", "deficit", "strengths", "--citizen", "3", "--cut", "0"), "--cut 0"),
        (("twin", "deficit", "strengths", "--citizen", "3", "--years", "0"), "--years 0"),
        (("twin", "deficit", "strengths", "--citizen", "3", "-o", "/proc/no/folder"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(capsys: Any, words: tuple[str, ...], said: str):
    code, out, err = call(capsys, *words)
    assert code == 2
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_python_offers_the_same():
    assert demandsim.twin("deficit", "strengths", citizen="S-0136", years=2).id == "S-0136"
    assert demandsim.statement("deficit", citizen=35, years=2).year == 2025


def test_a_comparison_tells_a_life_of_its_first_two_scenarios(monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []

    def trace(plan: Any, **whom: Any) -> Any:
        asked.append((plan, whom))
        return traced(*pair())

    monkeypatch.setattr(lives, "trace_lives", trace)
    plan = make_plan(["deficit", "strengths"], cut=30, seed=4, replicates=3, scale=0.1)
    assert Comparison(plan, pd.DataFrame()).twin(35).id == "S-0136"
    ((used, whom),) = asked
    assert [s.name for s in used.scenarios] == ["deficit", "strengths"]
    assert (used.seed, used.replicates, used.scale) == (4, 1, 0.1)
    assert whom == {"citizen": 35, "story": None}


def test_where_kernels_must_be_compiled_it_is_said(capsys: Any, monkeypatch: pytest.MonkeyPatch):
    warmed: list[Any] = []
    monkeypatch.setattr(kernels, "are_cold", lambda: True)
    monkeypatch.setattr(kernels, "warm_up_for", warmed.append)
    _, _, err = call(capsys, "statement", "--citizen", "35")
    assert "Compiling" in err
    assert len(warmed) == 1


def test_help_loads_neither_model_nor_pictures():
    code = (
        "import sys\nfrom demandsim import cli\n"
        "try:\n    cli.main(['twin', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'numba', 'matplotlib', 'pandas', 'mesa'} & set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
