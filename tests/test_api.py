from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import demandsim
from demandsim.api import RunFailedError
from demandsim.experiment.errors import InputError
from demandsim.experiment.runner import run_plan
from tests.test_cli import fake_effects


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(plan: Any, *, folder: Any, jobs: int, make: Any) -> Any:
        return run_plan(plan, folder=folder, jobs=jobs, make=fake_effects)

    monkeypatch.setattr("demandsim.api.run_plan", run)


def test_what_the_package_offers():
    assert {"DemandModel", "load_scenario", "simulate", "compare", "__version__"} <= set(dir(demandsim))
    assert demandsim.load_scenario("deficit").name == "deficit"
    assert demandsim.__version__
    with pytest.raises(AttributeError, match="nonsense"):
        _ = demandsim.nonsense


@pytest.mark.usefixtures("engine")
def test_simulate_gives_tidy_results():
    results = demandsim.simulate("deficit", years=2, scale=0.5, replicates=2, seed=5)
    assert sorted(results.measures["replicate"].unique()) == [5, 6]
    assert results.digest == demandsim.simulate("deficit", years=2, scale=0.5, replicates=2, seed=5).digest
    assert results.digest != demandsim.simulate("deficit", years=2, scale=0.5, replicates=2, seed=6).digest
    frame = results.to_frame()
    frame["value"] = 0.0
    assert results.measures["value"].abs().sum() > 0


@pytest.mark.usefixtures("engine")
def test_compare_gives_the_answer_its_tables_and_pictures(tmp_path: Path):
    found = demandsim.compare(["deficit", "strengths"], cut=30, years=2, scale=0.5, replicates=2)
    assert "DOES PRACTICE SOFTEN THE CUT?" in str(found)
    assert set(found.differences["scenario"]) == {"strengths", "deficit_cut30", "strengths_cut30"}
    assert found.sentences
    found.write(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "summary.md").exists()


@pytest.mark.usefixtures("engine")
def test_results_are_opened_again_with_the_same_brief(tmp_path: Path):
    folder = tmp_path / "held"
    found = demandsim.compare(["deficit", "strengths"], years=2, scale=0.5, replicates=2, folder=folder)
    again = demandsim.load_results(folder)
    assert again.digest == found.digest
    one, other = found.to_brief(tmp_path / "one.html"), again.to_brief(tmp_path / "other.html")
    assert one.read_bytes() == other.read_bytes()
    assert b"Strengths or deficit in Sunderland?" in one.read_bytes()


@pytest.mark.usefixtures("engine")
def test_one_scenario_cannot_be_compared():
    with pytest.raises(InputError, match="two or more"):
        demandsim.compare(["deficit"])


def test_a_failed_run_is_an_error(monkeypatch: pytest.MonkeyPatch):
    def broken(task: Any, on_month: Any) -> Any:
        raise ValueError("on purpose")

    monkeypatch.setattr("demandsim.api.run_plan", lambda plan, **_: run_plan(plan, make=broken))
    with pytest.raises(RunFailedError, match="on purpose"):
        demandsim.simulate("deficit", years=1)
