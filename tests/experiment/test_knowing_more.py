"""The page on the value of knowing more, from made-up runs in which one thing alone decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "experiments"


def test_what_decides_stands_out_and_what_has_no_bearing_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    from findings import READINGS  # type: ignore[import-not-found]
    from futures import RANGES  # type: ignore[import-not-found]
    from knowing_more import EVERYTHING, section, worths  # type: ignore[import-not-found]

    chance = np.random.default_rng(3)
    futures = pd.DataFrame({path: chance.uniform(*ends, 120) for path, ends in RANGES.items()})
    cut = futures["budget.cut_percent"].to_numpy()
    rows = []
    for option, more in (("deficit", 0.0), ("strengths", 1.0)):
        for replicate in (1, 2):
            luck = chance.normal(0, 400, 120)
            unmet = 200_000 + more * (40 * (cut - 25) + luck)
            rows.append(futures.assign(point=range(120), option=option, replicate=replicate, unmet_need_hours=unmet))
    found = worths(pd.concat(rows, ignore_index=True), READINGS[0])
    assert found["the cut (per cent)"].clear
    assert [name for name, worth in found.items() if worth.clear and "cut" not in name] == [EVERYTHING]
    table = [line for line in section(READINGS[0], found) if line.startswith("| ")]
    assert [line.split(" | ")[0] for line in table if "**" in line] == [
        "| the cut: depth and pace",
        "| the cut (per cent)",
    ]
