"""What may vary: practice, budgets, responses; read strictly from files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demandsim.scenario.errors import ScenarioError
    from demandsim.scenario.library import list_scenarios, load_scenario
    from demandsim.scenario.practice import Practice, blend
    from demandsim.scenario.scenario import Adoption, Budget, Scenario
    from demandsim.scenario.schema import json_schema

_HOMES = {
    "Adoption": "scenario",
    "Budget": "scenario",
    "Practice": "practice",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "blend": "practice",
    "json_schema": "schema",
    "list_scenarios": "library",
    "load_scenario": "library",
}


def __getattr__(name: str) -> Any:
    """Import a name's module when it is first asked for: processes need the practice, not the reading of files."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


__all__ = [
    "Adoption",
    "Budget",
    "Practice",
    "Scenario",
    "ScenarioError",
    "blend",
    "json_schema",
    "list_scenarios",
    "load_scenario",
]
