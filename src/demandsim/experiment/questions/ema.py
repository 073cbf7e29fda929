"""The model as the EMA Workbench drives it: a function of settings, and a Workbench model around it.

The Workbench then brings its own samplers, parallel evaluators, scenario discovery and many-objective search; what it
asks of the model here is one run (or several, averaged over luck) for each combination of future and policy.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demandsim.experiment.errors import InputError
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.questions.optional import extra
from demandsim.experiment.questions.points import column, run_scenarios
from demandsim.experiment.questions.sensitivity import Ranges
from demandsim.experiment.questions.settings import check_setting, with_settings
from demandsim.experiment.scale import Figure

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario


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
        make: Makes the model.
    """

    options: Mapping[str, Scenario]
    figures: Sequence[Figure]
    place: str = "sunderland"
    years: int = 10
    scale: float = 0.05
    replicates: int = 1
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
            make=self.make,
        )
        means = runs.groupby("scenario").mean(numeric_only=True)
        return {
            _output(option, figure): float(means[column(figure)][option])
            for option in self.options
            for figure in self.figures
        }


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
    model = workbench.Model("demandsim", function=evaluate)
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
