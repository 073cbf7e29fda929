from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demandsim.experiment.errors import InputError
from demandsim.experiment.sweep.designs import number_of_points, points_of
from demandsim.experiment.sweep.spec import Axis, SweepSpec
from demandsim.experiment.sweep.study import study
from demandsim.parameters.register import register


def spec(design: str, *axes: Axis, **changes: Any) -> SweepSpec:
    return SweepSpec(name="x", scenarios=("deficit",), axes=axes, design=design, **changes)


A = Axis(path="adoption.years", low=1.0, high=5.0)
B = Axis(path="budget.cut_percent", low=1.0, high=81.0, log=True)
C = Axis(path="adoption.start_year", low=0.0, high=2.0, whole=True)
D = Axis(path="budget.basis", values=("real", "per_need"))

SALTELLI: dict[str, Any] = {
    "vary": {"budget.cut_percent": {"min": 0, "max": 40}, "adoption.fidelity": {"min": 0.2, "max": 1}},
    "design": "sobol",
    "points": 2,
}


def test_a_grid_is_every_combination():
    points = points_of(spec("grid", A, B, D, points=3))
    assert len(points) == 18
    assert [point["adoption.years"] for point in points[::6]] == [1.0, 3.0, 5.0]
    assert [point["budget.cut_percent"] for point in points[:6:2]] == pytest.approx([1.0, 9.0, 81.0])
    assert len({tuple(point.values()) for point in points}) == 18


def test_one_at_a_time_begins_with_nothing_changed():
    points = points_of(spec("one_at_a_time", A, D))
    assert points == [
        {},
        {"adoption.years": 1.0},
        {"adoption.years": 5.0},
        {"budget.basis": "real"},
        {"budget.basis": "per_need"},
    ]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(0, 2**31))
def test_a_latin_hypercube_has_every_slice_of_every_axis_once(points: int, seed: int):
    drawn = points_of(spec("latin_hypercube", A, Axis(path="x", low=0.0, high=1.0), points=points, seed=seed))
    for path, low, width in (("adoption.years", 1.0, 4.0), ("x", 0.0, 1.0)):
        slices = sorted(int((float(point[path]) - low) / width * points) for point in drawn)
        assert slices == list(range(points))


@pytest.mark.parametrize(("design", "each"), [("sobol", 4), ("morris", 3)])
def test_schemes_of_sensitivity_extend_and_repeat(design: str, each: int):
    pytest.importorskip("SALib")
    few, many = (points_of(spec(design, A, C, points=count, seed=3)) for count in (4, 8))
    assert (len(few), len(many)) == (4 * each, 8 * each)
    assert many[: len(few)] == few
    assert points_of(spec(design, A, C, points=4, seed=3)) == few
    assert points_of(spec(design, A, C, points=4, seed=4)) != few
    assert points_of(spec(design, A, C, points=4, seed=9, design_seed=3)) == few
    assert {point["adoption.start_year"] for point in many} <= {0, 1, 2}


def test_morris_changes_one_thing_a_step():
    pytest.importorskip("SALib")
    points = points_of(spec("morris", A, B, Axis(path="x", low=0.0, high=1.0), points=5))
    for path in range(5):
        steps = [np.array(list(p.values()), float) for p in points[4 * path : 4 * path + 4]]
        assert [int((one != two).sum()) for one, two in pairwise(steps)] == [1, 1, 1]


def test_sobol_gives_the_indices_of_a_known_function():
    """Ishigami's function: first-order 0.314, 0.442, 0; in SALib's order, or the analysis would not find them."""
    pytest.importorskip("SALib")
    from SALib.analyze import sobol

    axes = [Axis(path=name, low=-np.pi, high=np.pi) for name in "abc"]
    x = np.array([list(point.values()) for point in points_of(spec("sobol", *axes, points=2048))], float)
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[-np.pi, np.pi]] * 3}
    found = sobol.analyze(problem, y, calc_second_order=False, seed=1)
    assert found["S1"] == pytest.approx([0.314, 0.442, 0.0], abs=0.03)


@pytest.mark.parametrize("design", ["grid", "one_at_a_time", "latin_hypercube", "sobol", "morris"])
def test_points_are_counted_without_being_drawn(design: str):
    if design in ("sobol", "morris"):
        pytest.importorskip("SALib")
    asked = spec(design, A, C, D, points=4)
    # a range of three whole numbers has no four steps
    assert number_of_points(asked) == len(points_of(asked)) + (8 if design == "grid" else 0)


def test_a_design_that_is_too_large_is_refused_before_it_is_made():
    axes = [Axis(path=f"x{n}", low=0.0, high=1.0) for n in range(30)]
    with pytest.raises(InputError, match="more than 200,000"):
        points_of(spec("grid", *axes, points=10))


def test_whole_numbers_are_drawn_evenly():
    shares = (np.arange(300) + 0.5) / 300
    counts = np.bincount([int(C.at(float(share))) for share in shares])
    assert counts.tolist() == [100, 100, 100]
    assert C.at(1.0) == 2


def test_futures_of_a_saltelli_design_are_what_was_drawn_independently():
    """A search over all its points takes one future for many: it finds that columns matter which do not."""
    from demandsim.experiment.questions.screening import screen

    paths = [f"parameters.{key}" for key in sorted(register()) if None not in register()[key].range][:9]
    vary = {"budget.cut_percent": {"min": 0, "max": 50}, **{path: {} for path in paths}}
    drawn = study(None, {"base": "deficit", "vary": vary, "design": "sobol", "points": 16, "scale": 0.02})
    block = len(vary) + 2
    assert drawn.futures.index.tolist() == [n for n in range(16 * block) if n % block in (0, block - 1)]
    assert list(drawn.ranges) == list(vary) == drawn.problem["names"]
    wrongly = {}
    for name, cases in (("all", drawn.points), ("free", drawn.futures)):
        found = screen(cases, (cases["budget.cut_percent"] > 30).to_numpy(), shuffles=199)
        wrongly[name] = int((found.loc[paths, "p"] <= 0.05).sum())
    assert wrongly["all"] >= 5
    assert wrongly["free"] == 0


def test_futures_of_other_designs_are_all_points_once_at_each_place():
    drawn = study(None, {"base": "deficit", "scale": 0.1, "places": ["Rutland", "Wigan"], **SALTELLI})
    assert len(drawn.points) == 16
    assert drawn.futures.index.tolist() == [0, 3, 4, 7, 8, 11, 12, 15]
    grid = study(None, {"base": "deficit", "scale": 0.1, "vary": {"budget.cut_percent": [0, 10, 20]}})
    assert grid.futures.equals(grid.points)
    paths = study(None, {"base": "deficit", "scale": 0.02, **SALTELLI, "design": "morris"})
    assert paths.futures.index.tolist() == [0, 3]
