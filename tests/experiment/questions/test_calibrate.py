"""Calibration against toys with a known answer: the fit improves, what is loose is told, values come back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.calibrate import (
    Known,
    history_match,
    identifiability,
    implausibility,
    misfit,
    optimise,
    parameter_set,
    profile,
)
from demandsim.scenario.library import load_scenario

RANGES = {"a": (0.0, 10.0), "b": (-5.0, 5.0), "idle": (0.0, 1.0)}
TRUE = {"a": 3.0, "b": 2.0}
KNOWN = {"sum": Known(5.0, 0.2), "curve": Known(9.0 + 2.0, 0.3)}


def toy(point: Mapping[str, float]) -> dict[str, float]:
    """Two outputs of two parameters that act and one that does nothing."""
    return {"sum": point["a"] + point["b"], "curve": point["a"] ** 2 + point["b"]}


def test_implausibility_by_hand() -> None:
    found = implausibility(np.array([5.0, 8.0]), np.array([0.0, 9.0]), Known(1.0, 4.0))
    assert found.tolist() == pytest.approx([1.0, 7.0 / 5.0])


def test_history_matching_keeps_the_truth_and_lets_the_rest_go() -> None:
    waves = history_match(toy, RANGES, KNOWN)
    shares = [wave.left for wave in waves]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.06
    kept = waves[-1].kept
    assert abs(kept["a"].mean() - TRUE["a"]) < 0.4
    assert abs(kept["b"].mean() - TRUE["b"]) < 0.6
    assert (kept["a"].min(), kept["a"].max()) < (TRUE["a"], np.inf)
    assert len(waves[0].runs) == 30
    assert list(waves[0].runs.columns) == ["a", "b", "idle", "sum", "curve"]


def test_targets_that_cannot_be_met_leave_nothing() -> None:
    waves = history_match(toy, RANGES, {"sum": Known(50.0, 0.1)})
    assert len(waves) == 1
    assert waves[0].left == 0.0
    with pytest.raises(InputError, match="fewer than two"):
        identifiability(waves[0].kept, RANGES)


def test_what_the_targets_say_of_each_parameter() -> None:
    told = {each.name: each for each in identifiability(history_match(toy, RANGES, KNOWN)[-1].kept, RANGES)}
    assert told["a"].clear
    assert not told["idle"].clear
    only_sum = identifiability(history_match(toy, RANGES, {"sum": Known(5.0, 0.2)})[-1].kept, RANGES)
    traded = {each.name: each for each in only_sum}
    assert traded["a"].partner == "b"
    assert traded["a"].correlation < -0.9


def test_the_optimiser_improves_and_comes_near_the_answer() -> None:
    found = optimise(toy, RANGES, KNOWN, start={"a": 8.0, "b": -3.0, "idle": 0.5}, trials=120)
    assert found.start == pytest.approx(misfit(toy({"a": 8.0, "b": -3.0}), KNOWN))
    assert found.misfit < 0.02 * found.start
    assert found.values["a"] == pytest.approx(TRUE["a"], abs=0.5)
    again = optimise(toy, RANGES, KNOWN, start={"a": 8.0, "b": -3.0, "idle": 0.5}, trials=30)
    pd.testing.assert_frame_equal(again.trials, found.trials.iloc[:30])


def test_a_profile_is_deep_where_the_data_speak_and_flat_where_they_do_not() -> None:
    chance = np.random.default_rng(1)
    points = pd.DataFrame({name: chance.uniform(*ends, 4000) for name, ends in RANGES.items()})
    points["misfit"] = [misfit(toy(row), KNOWN) for row in points.to_dict("records")]
    deep, flat = profile(points, "a"), profile(points, "idle")
    assert float(deep["value"][deep["misfit"].idxmin()]) == pytest.approx(3.0, abs=1.0)
    assert deep["misfit"].max() > 100 * deep["misfit"].min()
    assert flat["misfit"].max() < 20


def test_fitted_values_come_back_as_a_scenario(tmp_path: Path) -> None:
    ranges = {"carers.strain_break": (0.0, 1.0)}
    kept = pd.DataFrame({"carers.strain_break": [0.2, 0.3]})
    text = parameter_set(
        {"carers.strain_break": 0.25, "frailty.lonely": 0.00001234},
        name="fitted",
        base="deficit",
        known=KNOWN,
        method="history matching, 3 waves",
        reached=1.5,
        identified=identifiability(kept, ranges),
    )
    file = tmp_path / "fitted.yaml"
    file.write_text(text, encoding="utf-8")
    found = load_scenario(file)
    assert found.numbers["carers.strain_break"] == 0.25
    assert found.numbers["frailty.lonely"] == pytest.approx(0.00001234)
    assert "history matching, 3 waves" in found.source
    assert "# 0.2 to 0.3 not ruled out" in text
    assert "model " in text.splitlines()[0]
    with pytest.raises(InputError, match=r'did you mean "carers\.strain_break'):
        parameter_set({"carers.strain_brek": 1}, name="x", base="deficit", known=KNOWN, method="m", reached=0)


def test_nothing_to_fit_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to fit"):
        history_match(toy, {}, KNOWN)
    with pytest.raises(InputError, match="is no range"):
        history_match(toy, {"a": (1.0, 1.0)}, KNOWN)
    with pytest.raises(InputError, match="an error of 0"):
        optimise(toy, RANGES, {"sum": Known(1.0, 0.0)}, start={})


def test_a_run_without_a_number_is_told_and_not_ruled_upon() -> None:
    def broken(point: Mapping[str, float]) -> dict[str, float]:
        return {**toy(point), "curve": float("nan") if point["a"] > 5 else 1.0}

    with pytest.raises(InputError, match=r"curve: the run at a [5-9].* gave no number"):
        history_match(broken, RANGES, KNOWN)
    with pytest.raises(InputError, match="sum: the run at"):
        history_match(lambda _: {}, RANGES, KNOWN)
    start = {"a": 8.0, "b": 0.0, "idle": 0.5}
    with pytest.raises(InputError, match="curve: the run at a 8"):
        optimise(broken, RANGES, KNOWN, start=start, trials=3)
    with pytest.raises(InputError, match="a: its start is not from 0 to 10"):
        optimise(toy, RANGES, KNOWN, start={**start, "a": 11.0}, trials=3)
