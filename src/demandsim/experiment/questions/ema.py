"""The model as the EMA Workbench drives it: a function of settings, and a Workbench model around it.

The Workbench then brings its own samplers, parallel evaluators, scenario discovery and many-objective search; what it
asks of the model here is one run (or several, averaged over luck) for each combination of future and policy.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from demandsim.experiment.errors import InputError
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.questions.optional import extra
from demandsim.experiment.questions.points import column, run_scenarios
from demandsim.experiment.questions.sensitivity import Ranges
from demandsim.experiment.questions.settings import check_setting, with_settings
from demandsim.experiment.scale import Figure
from demandsim.experiment.sweep.spec import LUCK_APART

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

_BYTES = 5
"""Bytes of a hash that tell futures apart: seeds stay far below their limit, and two futures hardly ever meet."""


def python_name(path: str) -> str:
    """A dotted path as the Workbench needs it: an identifier."""
    return path.replace(".", "__")


def dotted_path(name: str) -> str:
    """The inverse of `python_name`."""
    return name.replace("__", ".")


@dataclass(frozen=True)
class Evaluate:
    """The model as a function of keywords; importable, so that worker processes can be given it.

    Attributes:
        options: Scenarios by name; the result holds every figure of each of them.
        figures: What to read off.
        place: Name or code.
        years: Model years.
        scale: Share of the population simulated.
        replicates: Runs at each point, of which the mean is given.
        seed: Another seed gives every future other luck.
        levers: Dotted paths that somebody decides; the others make the future. Each future has luck of its own, which
            all its options and policies share: what a search finds is then not the doing of one luck.
        make: Makes the model.
    """

    options: Mapping[str, Scenario]
    figures: Sequence[Figure]
    place: str = "sunderland"
    years: int = 10
    scale: float = 0.05
    replicates: int = 1
    seed: int = 1
    levers: Sequence[str] = ()
    make: ModelMaker = demand_model

    @property
    def outputs(self) -> list[str]:
        """Names of the results: option and figure."""
        return [_output(option, figure) for option in self.options for figure in self.figures]

    def __call__(self, **settings: float) -> dict[str, float]:
        """Run every option with these settings (names as `python_name` gives them).

        Raises:
            InputError: If a setting is none or outside its limits.
        """
        given = {dotted_path(name): float(value) for name, value in settings.items()}
        scenarios = [with_settings(scenario, given, name=option) for option, scenario in self.options.items()]
        runs = run_scenarios(
            scenarios,
            self.figures,
            place=self.place,
            years=self.years,
            scale=self.scale,
            replicates=self.replicates,
            seed=self.luck_of(given),
            make=self.make,
        )
        means = runs.groupby("scenario").mean(numeric_only=True)
        return {
            _output(option, figure): float(means[column(figure)][option])
            for option in self.options
            for figure in self.figures
        }

    def luck_of(self, given: Mapping[str, float]) -> int:
        """The luck of the first replicate in the future that these settings, by dotted path, belong to."""
        future = {path: float(value) + 0.0 for path, value in given.items() if path not in self.levers}
        told = hashlib.sha256(json.dumps(future, sort_keys=True).encode()).digest()
        return self.seed + LUCK_APART * int.from_bytes(told[:_BYTES])


def ema_model(evaluate: Evaluate, *, uncertainties: Ranges, levers: Ranges | None = None) -> Any:
    """A Workbench model.

    Args:
        evaluate: What to run.
        uncertainties: What nobody decides: ranges by dotted path.
        levers: What somebody decides: ranges by dotted path.

    Returns:
        An ``ema_workbench.Model`` whose outcomes are ``evaluate.outputs``; hand it to ``perform_experiments``.

    Raises:
        InputError: If a path is none, an end is outside its limits, or the Workbench is not installed.
    """
    for path, ends in {**uncertainties, **(levers or {})}.items():
        if not ends[0] < ends[1]:
            raise InputError(f"{path}: from {ends[0]:g} to {ends[1]:g} is no range.\n  Give a low end below the high.")
        for end in ends:
            check_setting(path, end)
    workbench = workbench_module()
    model = workbench.Model("demandsim", function=replace(evaluate, levers=tuple(levers or ())))
    model.uncertainties = [workbench.RealParameter(python_name(p), *ends) for p, ends in uncertainties.items()]
    model.levers = [workbench.RealParameter(python_name(p), *ends) for p, ends in (levers or {}).items()]
    model.outcomes = [workbench.ScalarOutcome(name) for name in evaluate.outputs]
    return model


def workbench_module() -> Any:
    """The Workbench itself, without its warning that one of its parallel back-ends is absent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return extra("ema_workbench", "ema")


def _output(option: str, figure: Figure) -> str:
    return f"{option}__{column(figure)}".replace(" ", "_")
