"""Fitting parameters to what is known: history matching, an optimiser, and how far the data pin a parameter down.

History matching (Craig and others 1997; Vernon and others 2010) rules out what cannot be: a quick stand-in of the model
(a quadratic fit with its own error) is asked about thousands of points, and those that miss a target by more than three
standard deviations, of everything that is uncertain, are let go. What is left is a region, not a best point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.information import polynomial
from demandsim.experiment.questions.optional import extra
from demandsim.experiment.questions.sensitivity import Ranges

Simulate = Callable[[Mapping[str, float]], Mapping[str, float]]
"""Runs the model at a point: outputs by name."""

CANDIDATES = 4096
IMPLAUSIBLE = 3.0


@dataclass(frozen=True, slots=True)
class Known:
    """What one output is known to be.

    Attributes:
        value: Its value.
        error: Standard deviation of all that separates model and data at the best point: measurement, the model's own
            shortcomings, luck.
    """

    value: float
    error: float


def implausibility(expected: NDArray[np.float64], variance: NDArray[np.float64], known: Known) -> NDArray[np.float64]:
    """Distance from what is known, in standard deviations of all that is uncertain.

    Args:
        expected: The stand-in's expectation, any shape.
        variance: Its variance.
        known: The target.
    """
    return np.abs(expected - known.value) / np.sqrt(variance + known.error**2)


@dataclass(frozen=True)
class Wave:
    """One wave of history matching.

    Attributes:
        runs: Points that were run, with their outputs: a column for each parameter and output.
        kept: Candidates that are not ruled out, a column for each parameter.
        left: Share of the first ranges' volume that is not ruled out, estimated.
    """

    runs: pd.DataFrame
    kept: pd.DataFrame
    left: float


def history_match(
    simulate: Simulate, ranges: Ranges, known: Mapping[str, Known], *, waves: int = 3, points: int = 0, seed: int = 1
) -> list[Wave]:
    """Rule out parameter values, wave by wave.

    Args:
        simulate: Runs the model at a point.
        ranges: Low and high end of each parameter.
        known: Target by output.
        waves: At most so many; it stops early where nothing is left.
        points: Runs a wave; ten for each parameter and at least twice the terms of the fit if left out.
        seed: Luck of the design.

    Returns:
        The waves. A last wave that keeps nothing says that the model cannot meet the targets within the ranges.

    Raises:
        InputError: If there is nothing to fit or to fit to, or a run gives no number for a target.
    """
    _check(ranges, known)
    names = list(ranges)
    terms = (len(names) + 1) * (len(names) + 2) // 2
    points = max(points, 10 * len(names), 2 * terms)
    candidates = spread_points(ranges, CANDIDATES, seed)
    alive = np.ones(len(candidates), dtype=np.bool_)
    found: list[Wave] = []
    chance = np.random.default_rng(seed)
    for number in range(waves):
        where = spread_points(ranges, points, seed + 1) if not number else _within(candidates[alive], points, chance)
        outputs = pd.DataFrame(
            [_run(simulate, dict(zip(names, point, strict=True)), known) for point in where.tolist()]
        )
        runs = pd.concat([pd.DataFrame(where, columns=names), outputs], axis=1)
        for name, target in known.items():
            expected, variance = _stand_in(where, outputs[name].to_numpy(np.float64), candidates)
            alive &= implausibility(expected, variance, target) <= IMPLAUSIBLE
        kept = pd.DataFrame(candidates[alive], columns=names)
        found.append(Wave(runs, kept, float(alive.mean())))
        if alive.sum() < 2 * len(names):
            break
    return found


def _run(simulate: Simulate, point: Mapping[str, float], known: Mapping[str, Known]) -> dict[str, float]:
    """The outputs with a target at a point, each a number."""
    given = simulate(point)
    found = {name: float(given.get(name, math.nan)) for name in known}
    for name, value in found.items():
        if not math.isfinite(value):
            where = ", ".join(f"{key} {at:g}" for key, at in point.items())
            raise InputError(f"{name}: the run at {where} gave no number for it.\n  Mend the run, or drop the target.")
    return found


def spread_points(ranges: Ranges, count: int, seed: int) -> NDArray[np.float64]:
    """A Latin hypercube over ranges, shape (count, parameters)."""
    from scipy.stats import qmc

    ends = np.array(list(ranges.values()), dtype=np.float64)
    unit = qmc.LatinHypercube(d=len(ranges), rng=np.random.default_rng(seed)).random(count)
    return np.asarray(ends[:, 0] + unit * (ends[:, 1] - ends[:, 0]), dtype=np.float64)


def _within(alive: NDArray[np.float64], points: int, chance: np.random.Generator) -> NDArray[np.float64]:
    """Points of the next wave: as many as there are of what is left, drawn without putting back."""
    return alive[np.sort(chance.choice(len(alive), min(points, len(alive)), replace=False))]


def _stand_in(
    points: NDArray[np.float64], values: NDArray[np.float64], candidates: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expectation and variance at the candidates, of a fit through the runs: quadratic, linear where they are few."""
    degree = 2 if len(points) > (points.shape[1] + 1) * (points.shape[1] + 2) // 2 + 2 else 1
    basis = polynomial(np.concatenate([points, candidates]), degree)
    ours, theirs = basis[: len(points)], basis[len(points) :]
    fit, *_ = np.linalg.lstsq(ours, values, rcond=None)
    free = max(1, len(points) - ours.shape[1])
    noise = float(((values - ours @ fit) ** 2).sum()) / free
    # The fit's own uncertainty grows away from the runs; the remainder is luck and what a quadratic cannot follow.
    spread = np.linalg.pinv(ours.T @ ours)
    return theirs @ fit, noise * (1.0 + np.einsum("ij,jk,ik->i", theirs, spread, theirs))


def misfit(outputs: Mapping[str, float], known: Mapping[str, Known]) -> float:
    """Sum of squared distances from the targets, in their standard deviations."""
    return sum(((outputs[name] - target.value) / target.error) ** 2 for name, target in known.items())


@dataclass(frozen=True)
class Fit:
    """What the optimiser came to.

    Attributes:
        values: Parameters at the best point.
        misfit: There.
        start: Misfit at the start, for comparison.
        trials: Every point tried: parameters and ``misfit``.
    """

    values: Mapping[str, float]
    misfit: float
    start: float
    trials: pd.DataFrame


def optimise(
    simulate: Simulate,
    ranges: Ranges,
    known: Mapping[str, Known],
    *,
    start: Mapping[str, float],
    trials: int = 100,
    seed: int = 1,
) -> Fit:
    """Look for the point of least misfit (Optuna's tree-structured Parzen estimator).

    Args:
        simulate: Runs the model at a point.
        ranges: Low and high end of each parameter.
        known: Target by output.
        start: The first point tried, within the ranges: the present values.
        trials: How many points.
        seed: Luck of the search.

    Raises:
        InputError: If there is nothing to fit, the start is outside a range, a run gives no number for a target, or
            Optuna is missing.
    """
    _check(ranges, known)
    for name, (low, high) in ranges.items():
        if not low <= start.get(name, math.nan) <= high:
            raise InputError(
                f"{name}: its start is not from {low:g} to {high:g}.\n  Give every parameter a value in its range."
            )
    optuna = extra("optuna", "calibrate")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(dict(start))

    def objective(trial: Any) -> float:
        point = {name: trial.suggest_float(name, *ends) for name, ends in ranges.items()}
        return misfit(_run(simulate, point, known), known)

    study.optimize(objective, n_trials=trials)
    tried = pd.DataFrame([{**trial.params, "misfit": trial.value} for trial in study.trials])
    values = {name: float(study.best_params[name]) for name in ranges}
    return Fit(values, float(study.best_value), float(tried["misfit"].iloc[0]), tried)


@dataclass(frozen=True)
class Identified:
    """How far the targets pin one parameter down.

    Attributes:
        name: The parameter.
        low: Least value not ruled out.
        high: Greatest value not ruled out.
        narrowed: How much of its range is ruled out, 0 to 1.
        partner: The parameter with which it can most be traded off, empty if there is one parameter only.
        correlation: Their correlation among what is not ruled out.
    """

    name: str
    low: float
    high: float
    narrowed: float
    partner: str
    correlation: float

    @property
    def clear(self) -> bool:
        """Whether the targets say something of it: half its range is out."""
        return self.narrowed >= 0.5


def identifiability(kept: pd.DataFrame, ranges: Ranges) -> list[Identified]:
    """What history matching says of each parameter.

    Args:
        kept: The candidates not ruled out, two or more.
        ranges: The first ranges.
    """
    if len(kept) < 2:
        raise InputError("fewer than two points are left: nothing can be said of single parameters.")
    with np.errstate(invalid="ignore", divide="ignore"):
        together = np.atleast_2d(np.nan_to_num(np.corrcoef(kept[list(ranges)].to_numpy(np.float64), rowvar=False)))
    np.fill_diagonal(together, 0.0)
    found = []
    for k, (name, (low, high)) in enumerate(ranges.items()):
        least, most = float(kept[name].min()), float(kept[name].max())
        other = int(np.abs(together[k]).argmax())
        partner = list(ranges)[other] if len(ranges) > 1 else ""
        narrowed = 1.0 - (most - least) / (high - low)
        found.append(Identified(name, least, most, narrowed, partner, float(together[k, other])))
    return found


def profile(trials: pd.DataFrame, name: str, *, bins: int = 10) -> pd.DataFrame:
    """The least misfit found at each value of one parameter, whatever the others: flat means that nothing pins it down.

    Args:
        trials: Points with their ``misfit``, as in `Fit`.
        name: The parameter.
        bins: Bins of equal width.

    Returns:
        ``value`` (middle of the bin) and ``misfit``; bins without a point are left out.
    """
    edges = np.linspace(float(trials[name].min()), float(trials[name].max()), bins + 1)
    which = np.clip(np.searchsorted(edges, trials[name].to_numpy(np.float64), "right") - 1, 0, bins - 1)
    least = trials["misfit"].groupby(which).min()
    middles = (edges[:-1] + edges[1:]) / 2
    return pd.DataFrame({"value": middles[least.index.to_numpy()], "misfit": least.to_numpy()})


def parameter_set(
    values: Mapping[str, float],
    *,
    name: str,
    base: str,
    known: Mapping[str, Known],
    method: str,
    reached: float,
    identified: Sequence[Identified] = (),
) -> str:
    """Fitted values as a scenario file of its own, with what they were fitted to.

    Args:
        values: By evidence key.
        name: Of the scenario.
        base: The scenario that it extends.
        known: The targets.
        method: How they were found, in a few words.
        reached: Misfit at these values.
        identified: What is known of how firmly they are held.

    Returns:
        YAML that ``demandsim run FILE`` takes.

    Raises:
        InputError: If a key is not in the evidence register, or a value is no number.
    """
    from demandsim.experiment.questions.settings import check_setting
    from demandsim.experiment.versions import data_version, model_version

    for key, value in values.items():
        check_setting(f"parameters.{key}", value)
    firm = {each.name: each for each in identified}
    lines = [
        f"# Fitted, not measured: {method}; model {model_version()}, data {data_version()}.",
        f"# Misfit {reached:.3g} over {len(known)} targets (1 each is as near as their errors ask):",
        *(f"#   {output}: {target.value:g} ± {target.error:g}" for output, target in known.items()),
        "format: 1",
        f"name: {name}",
        f"summary: {base.capitalize()} with {len(values)} fitted parameters.",
        f"source: Fitted to {', '.join(known)} ({method}).",
        f"extends: {base}",
        "parameters:",
    ]
    for key, value in values.items():
        note = ""
        if key in firm:
            each = firm[key]
            note = f"  # {each.low:.4g} to {each.high:.4g} not ruled out" + ("" if each.clear else ": weakly held")
        lines.append(f"  {key}: {_written(value)}{note}")
    return "\n".join(lines) + "\n"


def _written(value: float) -> str:
    """A number as YAML reads it back as a number."""
    text = f"{value:.6g}"
    return f"{float(text):.12f}".rstrip("0").rstrip(".") if "e" in text else text


def _check(ranges: Ranges, known: Mapping[str, Known]) -> None:
    if not ranges or not known:
        raise InputError("nothing to fit, or nothing to fit to.\n  Give one or more ranges and one or more targets.")
    for name, (low, high) in ranges.items():
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InputError(f"{name}: from {low:g} to {high:g} is no range.\n  Give a low end below the high one.")
    for name, target in known.items():
        if not target.error > 0:
            raise InputError(f"{name}: an error of {target.error:g}: not possible.\n  Give a number above 0.")
