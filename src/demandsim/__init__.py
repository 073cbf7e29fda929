"""demandsim: an ageing place, citizen by citizen, under different ways of practising care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demandsim.api import (
        Comparison,
        Results,
        compare,
        load_results,
        simulate,
        statement,
        sweep,
        sweep_results,
        twin,
    )
    from demandsim.luck import Purpose
    from demandsim.model import DemandModel
    from demandsim.processes.base import Process
    from demandsim.scenario.library import load_scenario

    __version__: str

__all__ = [
    "Comparison",
    "DemandModel",
    "Process",
    "Purpose",
    "Results",
    "__version__",
    "compare",
    "load_results",
    "load_scenario",
    "simulate",
    "statement",
    "sweep",
    "sweep_results",
    "twin",
]

_HOMES = {
    "Comparison": "demandsim.api",
    "Results": "demandsim.api",
    "compare": "demandsim.api",
    "load_results": "demandsim.api",
    "simulate": "demandsim.api",
    "statement": "demandsim.api",
    "sweep": "demandsim.api",
    "sweep_results": "demandsim.api",
    "twin": "demandsim.api",
    "DemandModel": "demandsim.model",
    "Process": "demandsim.processes.base",
    "Purpose": "demandsim.luck",
    "load_scenario": "demandsim.scenario.library",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: ``import demandsim`` alone stays quick."""
    if name == "__version__":
        from demandsim.experiment.versions import package_version

        return package_version()
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
