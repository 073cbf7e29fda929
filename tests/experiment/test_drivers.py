"""What an answer hangs on: from the packaged trials, and from draws whose drivers are known."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from demandsim.experiment.drivers import Drivers, Shift, as_csv, drivers_of_draws, from_csv, packaged
from demandsim.measures.register import MEASURES
from demandsim.parameters.register import register

ROOT = Path(__file__).parents[2]


def test_what_is_written_is_read_again_as_shares_of_the_squared_movement() -> None:
    wellbeing, council = ("wellbeing", "all", "all"), ("cost", "payer", "council")
    found = from_csv(
        as_csv(
            {wellbeing: [Shift("acute.fade", -3.0, 0.5), Shift("acute.frailty", 4.0, 1.0)], council: []}, tried=7, of=9
        )
    )
    assert found[wellbeing] == Drivers({"acute.frailty": 16 / 25, "acute.fade": 9 / 25}, 7, 9)
    assert found[wellbeing].share("S") == pytest.approx(16 / 25)
    assert found[wellbeing].share("A") == pytest.approx(9 / 25)
    assert found[wellbeing].share("K") == 0
    assert found[council] == Drivers({}, 7, 9)


def the_script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    return importlib.import_module("sensitivity")


def test_the_packaged_trials_are_those_of_the_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    script = the_script(monkeypatch)
    done = script.read_done(ROOT / "docs" / "sensitivity.csv")
    seeds = max(trial.point.seed for trial in done.values())
    for answer, shifts in script.drivers(done, seeds).items():
        assert set(packaged()[answer].weights) == {shift.key for shift in shifts}, answer
        assert next(iter(packaged()[answer].weights)) == shifts[0].key
    for (measure, _, _), held in packaged().items():
        assert measure in MEASURES
        assert set(held.weights) <= set(register())
        assert 0 < held.tried <= held.of


def test_the_trials_are_of_parameters_that_the_model_reads_and_count_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parameter that is new or no longer read makes the packaged count wrong until the script has run again."""
    script = the_script(monkeypatch)
    read = {row.key for row in script.rows_to_vary()}
    with (ROOT / "docs" / "sensitivity.csv").open(encoding="utf-8", newline="") as file:
        tried = {row["key"] for row in csv.DictReader(file)} - {""}
    assert tried <= read
    assert {held.of for held in packaged().values()} == {len(read)}


def test_an_end_is_held_against_the_model_that_ran_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script, new, old = the_script(monkeypatch), register()["wf.recruited_within"], register()["wf.skill_base"]
    table = tmp_path / "trials.csv"
    lines = ["key,end,seed,budget,measure,difference,value,model"]
    for seed, noise in ((1, 1.0), (2, -1.0)):
        lines += [f",,{seed},sustained,strained,{usual},nan,{model}" for model, usual in (("a", 0.0), ("b", 1000.0))]
        lines += [f"{old.key},low,{seed},sustained,strained,{noise},{old.range[0]},a"]
        lines += [f"{new.key},low,{seed},sustained,strained,{1000 + noise},{new.range[0]},b"]
        lines += [f"{new.key},high,{seed},sustained,strained,7,1.5,b"]  # an end that its range no longer has
    table.write_text("\n".join(lines) + "\n")
    found = {(s.row.key, s.end): s.shift for s in script.shifts(script.read_done(table), "sustained", "strained", 2)}
    assert set(found) == {(old.key, "low"), (new.key, "low")}
    assert all(abs(shift) <= 1.0 for shift in found.values())


def test_ends_that_change_nothing_do_not_make_the_others_look_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    script = the_script(monkeypatch)
    noisy = [[4.0, -2.0], [-3.0, 3.0], [1.0, 7.0]]
    assert script.common_error(noisy) > 0
    assert script.common_error([*noisy, *[[0.0, 0.0]] * 10]) == script.common_error(noisy)
    assert np.isnan(script.common_error([[0.0, 0.0]] * 3))


def test_a_measure_whose_noise_cannot_be_told_is_not_graded() -> None:
    # Carer breakdowns are so few in the trials' sample that most ends give the same count.
    assert ("carer_breakdowns", "all", "all") not in packaged()


def draws_of(n: int, keys: int, seed: int = 1) -> dict[str, np.ndarray]:
    luck = np.random.default_rng(seed)
    names = [key for key in register() if register()[key].status in "SKA"][:keys]
    return {name: luck.random(n) for name in names}


def test_the_drivers_of_a_known_answer_are_found() -> None:
    values = draws_of(200, 50)
    first, second, *_ = values
    answer = np.exp(3 * values[first]) - 12 * values[second] + np.random.default_rng(2).normal(0, 0.5, 200)
    found = drivers_of_draws(values, answer)
    assert found is not None
    assert list(found.weights) == [first, second]
    assert sum(found.weights.values()) == pytest.approx(1)
    assert (found.tried, found.of, found.draws) == (50, 50, 200)
    one, two = (stats.spearmanr(values[key], answer).statistic ** 2 for key in (first, second))
    assert found.weights[first] == pytest.approx(one / (one + two))


def test_noise_drives_nothing_and_few_draws_tell_nothing() -> None:
    luck = np.random.default_rng(3)
    taken = sum(bool(drivers_of_draws(draws_of(120, 40, s), luck.random(120)).weights) for s in range(100))  # type: ignore[union-attr]
    assert taken <= 12  # 5 of 100 by design
    assert drivers_of_draws(draws_of(99, 5), luck.random(99)) is None
    assert drivers_of_draws({}, luck.random(200)) is None
    still = drivers_of_draws(draws_of(100, 5), np.ones(100))
    assert still is not None
    assert still.weights == {}
