from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from demandsim.experiment.misses import Check, Miss, as_csv, calibration, from_csv

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"


def test_what_is_written_is_read_again():
    checks = [
        Check("A", 5, ()),
        Check("B", 7, (Miss("one, with a comma", "1", "2", "±3%"), Miss("two", "3", "4", "±0.1"))),
    ]
    assert list(from_csv(as_csv(checks)).values()) == checks


def test_a_trial_leaves_the_packaged_record_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    kept = tmp_path / "repository"
    (kept / "src/demandsim/data").mkdir(parents=True)
    (kept / "docs").mkdir()
    monkeypatch.chdir(kept)
    monkeypatch.syspath_prepend(PAGE.parents[1] / "experiments")
    script = importlib.import_module("calibration")
    monkeypatch.setattr(script, "PLACES", {})
    script.main(["-o", str(tmp_path / "trial.md")])
    assert list((kept / "src/demandsim/data").iterdir()) == []
    assert (tmp_path / "trial.csv").exists()
    script.main([])
    assert (kept / "src/demandsim/data/calibration_misses.csv").read_text() == (tmp_path / "trial.csv").read_text()


def test_the_packaged_record_is_the_pages():
    page = re.split(r"^## (\w+):.*$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    shown = dict(zip(page[::2], page[1::2], strict=True))
    assert list(calibration()) == list(shown)
    for place, text in shown.items():
        check = calibration()[place]
        lines = [line for line in text.splitlines() if re.search(r"\| (met|\*\*missed\*\*) \|", line)]
        missed = [line.split("|")[1].strip() for line in lines if "**missed**" in line]
        assert check.checked == len(lines)
        assert [miss.figure.removesuffix(" (start to end of the run)") for miss in check.misses] == missed
