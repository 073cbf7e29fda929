"""Designs: which points of all that varies are run. The same specification always gives the same points."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demandsim.experiment.errors import InputError
from demandsim.experiment.sweep.spec import Settings, SweepSpec

MOST_POINTS = 200_000
"""More is a mistake in the file, or a job for several sweeps."""

MORRIS_LEVELS = 4
"""Levels of each axis on a path of Morris, as he proposed."""


def points_of(spec: SweepSpec) -> list[Settings]:
    """The points of a design, before places and cuts are crossed with them.

    Returns:
        Settings by dotted path. A path that is missing stays as each scenario has it.

    Raises:
        InputError: If there are too many, or an extra is not installed.
    """
    if spec.table:
        return list(spec.table)
    if not spec.axes:
        return [{}]
    count = number_of_points(spec)
    if count > MOST_POINTS:
        raise InputError(
            f"{spec.document.label}: {count:,} points are more than {MOST_POINTS:,}.\n"
            "  Let fewer things vary, give them fewer values, or draw points (design: latin_hypercube)."
        )
    if spec.design == "grid":
        levels = [axis.levels(_points(spec)) for axis in spec.axes]
        return [
            dict(zip((axis.path for axis in spec.axes), values, strict=True)) for values in itertools.product(*levels)
        ]
    if spec.design == "one_at_a_time":
        return [{}, *({axis.path: value} for axis in spec.axes for value in axis.ends)]
    draw = {"latin_hypercube": _latin_hypercube, "sobol": _sobol, "morris": _morris}[spec.design]
    shares = draw(len(spec.axes), _points(spec), spec.draw)
    return [{axis.path: axis.at(float(share)) for axis, share in zip(spec.axes, row, strict=True)} for row in shares]


def number_of_points(spec: SweepSpec) -> int:
    """How many points a design has, without drawing them."""
    if spec.table or not spec.axes:
        return max(1, len(spec.table))
    if spec.design == "grid":
        total = 1
        for axis in spec.axes:
            total *= len(axis.values) or _points(spec)
        return total
    if spec.design == "one_at_a_time":
        return 1 + sum(len(axis.ends) for axis in spec.axes)
    each = {"latin_hypercube": 1, "sobol": len(spec.axes) + 2, "morris": len(spec.axes) + 1}[spec.design]
    return each * _points(spec)


def _points(spec: SweepSpec) -> int:
    """How many are asked for; the reader of the file has seen to it that a design that needs a number has one."""
    return spec.points or 0


def _latin_hypercube(axes: int, points: int, seed: int) -> NDArray[np.float64]:
    """Each of as many equal slices of every axis once."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(axes, rng=np.random.default_rng(seed)).random(points))


def _sobol(axes: int, samples: int, seed: int) -> NDArray[np.float64]:
    """Saltelli's scheme for first-order and total indices, in the order that SALib's analysis wants."""
    _need_salib("sobol")
    from SALib.sample import sobol

    return np.asarray(sobol.sample(_unit_problem(axes), samples, calc_second_order=False, seed=seed))


def _morris(axes: int, paths: int, seed: int) -> NDArray[np.float64]:
    """Paths of Morris, in the order that SALib's analysis wants; each drawn by itself, so that more of them extend."""
    _need_salib("morris")
    from SALib.sample import morris

    seeds = np.random.SeedSequence(seed).generate_state(paths)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = [morris.sample(_unit_problem(axes), 1, num_levels=MORRIS_LEVELS, seed=int(s)) for s in seeds]
    return np.concatenate(drawn)


def _need_salib(design: str) -> None:
    """Say how to get SALib where it is missing."""
    from importlib.util import find_spec

    if find_spec("SALib") is None:
        raise InputError(
            f'design: {design} needs SALib.\n  Install it with: pip install "demandsim[sensitivity]" (or choose grid, '
            "one_at_a_time or latin_hypercube, which need nothing more)."
        )


def _unit_problem(axes: int) -> dict[str, Any]:
    """As many axes from 0 to 1, as SALib wants them."""
    return {"num_vars": axes, "names": [f"x{axis}" for axis in range(axes)], "bounds": [[0.0, 1.0]] * axes}
