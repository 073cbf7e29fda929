"""A resolved scenario with other values: settings by the dotted paths of a scenario file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from demandsim.experiment.errors import InputError
from demandsim.parameters.register import Numbers, register
from demandsim.scenario.errors import did_you_mean
from demandsim.scenario.levers import LEVERS
from demandsim.scenario.scenario import Adoption, Budget

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

_LEVERS = {lever.path: lever for lever in LEVERS}
_SECTIONS = {"adoption": Adoption, "budget": Budget}
_LIMITS: Mapping[str, tuple[float, float]] = {
    "budget.cut_percent": (0.0, 90.0),
    "budget.cut_years": (1.0, 60.0),
    "adoption.fidelity": (0.0, 1.0),
    "adoption.never_take_share": (0.0, 1.0),
    "adoption.double_running_share": (0.0, 1.0),
}


def known_paths() -> list[str]:
    """Every path whose value is a number and may be set, but for the ``parameters``."""
    own = [
        f"{section}.{f.name}" for section, kind in _SECTIONS.items() for f in fields(kind) if f.type in ("float", "int")
    ]
    return [*_LEVERS, *own]


def with_settings(scenario: Scenario, settings: Mapping[str, float], *, name: str | None = None) -> Scenario:
    """The same scenario with other values.

    Args:
        scenario: Any.
        settings: Numbers by dotted path: ``practice.visits.longest_minutes``, ``adoption.years``,
            ``budget.cut_percent``, ``parameters.KEY`` with a key of the evidence register.
        name: What to call it; its own name if left out.

    Raises:
        InputError: If there is no such path, or a value lies outside its limits.
    """
    practice: dict[str, float] = {}
    sections: dict[str, dict[str, float]] = {section: {} for section in _SECTIONS}
    numbers = dict(scenario.numbers.overrides)
    for path, value in settings.items():
        check_setting(path, value)
        section, _, rest = path.partition(".")
        if section == "practice":
            practice[_LEVERS[path].field] = float(value)
        elif section == "parameters":
            numbers[rest] = float(value)
        else:
            sections[section][rest] = int(value) if rest == "start_year" else float(value)
    return replace(
        scenario,
        name=scenario.name if name is None else name,
        practice=replace(scenario.practice, **practice),
        adoption=replace(scenario.adoption, **sections["adoption"]),  # type: ignore[arg-type]
        budget=replace(scenario.budget, **sections["budget"]),  # type: ignore[arg-type]
        numbers=Numbers(numbers),
    )


def check_setting(path: str, value: float) -> None:
    """Refuse a path that is none, and a value outside its limits.

    Raises:
        InputError: Saying which, and what is allowed.
    """
    section, _, key = path.partition(".")
    if section == "parameters" and key in register():
        low, high = (-math.inf, math.inf)
    elif section == "parameters":
        near = register().nearest(key)
        raise InputError(f'"{path}": no such parameter' + (f'; did you mean "parameters.{near}"?' if near else "."))
    elif path in _LEVERS:
        low, high = _LEVERS[path].low, _LEVERS[path].high
    elif path in known_paths():
        low, high = _LIMITS.get(path, (-100.0 if "change" in path or "growth" in path else 0.0, math.inf))
    else:
        raise InputError(f'"{path}": nothing of that name can be set{did_you_mean(path, known_paths())}')
    if not low <= value <= high or not math.isfinite(value):
        raise InputError(f"{path}: {value:g} is outside its limits.\n  Give a number from {low:g} to {high:g}.")
