"""PRIM: a known box is found, its measures are what they are called, and its words say it."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.discovery import choose, prim, pruned


def futures(count: int, seed: int, columns: int = 5) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(chance.random((count, columns)), columns=[f"x{k}" for k in range(columns)])


def in_known_box(cases: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return ((cases["x0"] > 0.6) & (cases["x2"].between(0.2, 0.7))).to_numpy()


def test_a_known_box_is_found() -> None:
    cases = futures(2000, 1)
    box = choose(prim(cases, in_known_box(cases)), density=0.95)
    assert set(box.limits) == {"x0", "x2"}
    assert box.limits["x0"] == pytest.approx((0.6, math.inf), abs=0.03)
    assert box.limits["x2"] == pytest.approx((0.2, 0.7), abs=0.03)
    assert box.coverage > 0.93
    assert box.density > 0.95


def test_it_is_as_good_as_the_workbench_at_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prim_of_the_workbench = pytest.importorskip("ema_workbench.analysis.prim")
        cases = futures(1000, 2)
        wanted = in_known_box(cases)
        theirs = prim_of_the_workbench.Prim(cases, wanted).find_box()
        peels = theirs.peeling_trajectory
    best = float(peels[peels["density"] >= 0.9]["coverage"].max())
    assert choose(prim(cases, wanted), density=0.9).coverage > best - 0.02


def test_noise_does_not_hide_the_box() -> None:
    cases = futures(2000, 3)
    wanted = in_known_box(cases) ^ (np.random.default_rng(1).random(2000) < 0.1)
    box = choose(prim(cases, wanted), density=0.85)
    assert {"x0", "x2"} <= set(box.limits)
    assert box.limits["x0"][0] == pytest.approx(0.6, abs=0.05)


def test_limits_that_chance_could_have_set_are_dropped() -> None:
    cases = futures(400, 4, columns=20)
    wanted = in_known_box(cases)
    kept = pruned(choose(prim(cases, wanted), density=0.9), cases, wanted)
    assert set(kept.limits) == {"x0", "x2"}
    idle = np.random.default_rng(5).random(400) < 0.5
    box = choose(prim(cases, idle), density=0.9)
    assert box.limits  # peeling finds something in anything
    nothing = pruned(box, cases, idle)
    assert not nothing.limits
    assert nothing.words({}, "it wins").startswith("No condition marks off when it wins")


def test_levels_held_by_many_cases_go_as_a_whole() -> None:
    cases = pd.DataFrame({"level": np.repeat([0, 1, 2, 3], 50), "other": np.tile(np.linspace(0, 1, 50), 4)})
    box = choose(prim(cases, (cases["level"] >= 2).to_numpy()), density=1.0)
    assert box.limits == {"level": (1.5, math.inf)}
    assert (box.coverage, box.density, box.mass) == (1.0, 1.0, 0.5)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.9))
def test_measures_are_what_they_are_called_and_peeling_grows_denser(seed: int, share: float) -> None:
    cases = futures(120, seed, 3)
    wanted = np.random.default_rng(seed + 1).random(120) < share
    wanted[:2] = True, False
    boxes = prim(cases, wanted)
    for box in boxes:
        inside = box.holds(cases)
        assert box.mass == pytest.approx(inside.mean())
        assert box.density == pytest.approx(wanted[inside].mean())
        assert box.coverage == pytest.approx(wanted[inside].sum() / wanted.sum())
        assert box.mass >= 0.05
    densities = [box.density for box in boxes[:-1]]
    assert all(after > before for before, after in pairwise(densities))


def test_words() -> None:
    cases = futures(2000, 1)
    box = choose(prim(cases, in_known_box(cases)), density=0.95)
    told = box.words({"x0": "the cut", "x2": "the years"}, "the practice wins")
    assert told.startswith(("In 9", "In 100%"))
    assert "where the cut is at least 0." in told
    assert "and the years lies between 0." in told


def test_all_or_none_of_interest_is_refused() -> None:
    cases = futures(20, 1)
    with pytest.raises(InputError, match="all of the 20"):
        prim(cases, np.ones(20, dtype=np.bool_))
    with pytest.raises(InputError, match="none of the 20"):
        prim(cases, np.zeros(20, dtype=np.bool_))
    with pytest.raises(InputError, match="19 marks"):
        prim(cases, np.zeros(19, dtype=np.bool_))
