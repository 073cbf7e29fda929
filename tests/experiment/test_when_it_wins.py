"""The page on when it wins: planted futures are told as they were planted, and nothing is told of noise."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.experiment.questions.points import column

FOLDER = Path(__file__).resolve().parents[2] / "experiments"
CUT = "budget.cut_percent"
POINTS = 200


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("when_it_wins")


@pytest.fixture
def runs(script: Any) -> pd.DataFrame:
    """Both options in every future, twice: unmet need follows the cut, wellbeing nothing, the others one practice."""
    chance = np.random.default_rng(1)
    ranges = importlib.import_module("futures").RANGES
    ends = np.array(list(ranges.values()))
    drawn = pd.DataFrame(ends[:, 0] + chance.random((POINTS, len(ends))) * (ends[:, 1] - ends[:, 0]), columns=ranges)
    worse = {
        "unmet hours a week": np.where(drawn[CUT] < 17, 0.9, 0.2),
        "wellbeing, 0–10": np.full(POINTS, 0.4),
        "strained carers": np.zeros(POINTS),
        "council spending, £m": np.ones(POINTS),
    }
    options = {}
    for option in ("deficit", "strengths"):
        options[option] = drawn.assign(point=np.arange(POINTS), option=option)
        for reading in script.WANTED:
            options[option][column(reading.figure)] = 100.0 * reading.unit
    for reading in script.WANTED:
        loses = chance.random(POINTS) < worse[reading.heading]
        gap = np.where(loses, -1.0, 1.0) * script.better(reading) * reading.unit
        options["strengths"][column(reading.figure)] += gap
    replicates = [frame.assign(replicate=replicate) for frame in options.values() for replicate in (1, 2)]
    return pd.concat(replicates).sort_values(["point", "option", "replicate"], ignore_index=True)


def test_the_page_tells_what_was_planted(
    script: Any, runs: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["when_it_wins.py", "--points", str(POINTS), "-o", str(tmp_path)])
    monkeypatch.setattr(script, "runs_of", lambda options: runs)
    script.main()
    page = (tmp_path / "when_it_wins.md").read_text(encoding="utf-8")
    _, unmet, carers, wellbeing, council = page.split("\n## ")
    assert f"{POINTS} futures" in page
    assert f"--points {POINTS}`: {4 * POINTS:,} results" in page
    assert "(when_it_wins.png)" in page
    assert (tmp_path / "when_it_wins.png").read_bytes().startswith(b"\x89PNG")

    assert re.search(r"worse in (\d+%) \(by each replicate alone: \1, \1\)", unmet)
    assert "Where it fails: In 9" in unmet
    limit = re.search(r"of the futures where the cut \(per cent\) is at most ([\d.]+), it does worse; that is", unmet)
    assert limit is not None, unmet
    assert 16 <= float(limit.group(1)) <= 18
    assert "Chance alone finds as sharp a limit in 0.1% of searches." in unmet
    assert "No condition stands out: the sharpest limit, on " in wellbeing
    assert "in thirds: 0 to 1" in wellbeing
    one_sided = (
        "does better in {} of the futures, worse in {} (by each replicate alone: {}, {}).\nThat is too one-sided"
    )
    assert one_sided.format("100%", "0%", "0%", "0%") in carers
    assert one_sided.format("0%", "100%", "100%", "100%") in council
    assert "| strengths-based | 0 | 0 | 99 |" in carers  # one fewer in every future, so never a regret


def test_a_limit_on_the_cut_is_shaded(script: Any, runs: pd.DataFrame) -> None:
    reading = script.READINGS[0]
    found = script.search(runs, reading)
    assert found.box.limits.keys() == {CUT}

    def shaded(discovery: Any) -> list[float]:
        (axes,) = script.picture(runs, reading, discovery).axes
        return [x for patch in axes.patches for x in (patch.get_x(), patch.get_x() + patch.get_width())]

    assert shaded(found) == pytest.approx([-1, 17], abs=0.6)
    assert shaded(None) == []


def test_one_replicate_has_no_luck_to_set_beside_it(script: Any, runs: pd.DataFrame) -> None:
    once = runs[runs["replicate"] == 1]
    assert "replicate" not in script.shares(once, script.READINGS[0])
    second = runs["replicate"].eq(2) & runs["option"].eq("strengths")
    runs.loc[second, "unmet_need_hours"] += 1.5  # unlucky in every future, but not so as to turn the mean
    assert script.shares(runs, script.READINGS[0]).endswith(", 100%).")
