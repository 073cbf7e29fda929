"""A scenario in hand with other values, named and checked as in a sweep file: by the dotted paths of scenario files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from demandsim.experiment.errors import InputError
from demandsim.experiment.sweep.axes import nested, path_problems
from demandsim.experiment.sweep.spec import Setting
from demandsim.parameters.register import Numbers
from demandsim.scenario.levers import LEVERS
from demandsim.scenario.library import DEFAULTS
from demandsim.scenario.scenario import NO_ADOPTION
from demandsim.scenario.schema import value_kind
from demandsim.scenario.terms import SECTIONS, TERMS

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

_LEVERS = {lever.path: lever.field for lever in LEVERS}
_TERMS = {term.path: term.field for term in TERMS}


def with_settings(scenario: Scenario, settings: Mapping[str, Setting], *, name: str | None = None) -> Scenario:
    """The same scenario with other values.

    Args:
        scenario: Any.
        settings: Values by dotted path, as under ``vary:`` of a sweep file: ``practice.visits.longest_minutes``,
            ``adoption.years``, ``budget.cut_percent``, terms, ``parameters.KEY``.
        name: What to call it; its own name if left out.

    Raises:
        InputError: If there is no such path, or no scenario may hold the value.
    """
    practice: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    starts: dict[str, Any] = dict(zip(SECTIONS, scenario.agreed.start_years, strict=True))
    sections: dict[str, dict[str, Any]] = {"adoption": {}, "budget": {}}
    numbers: dict[str, Any] = dict(scenario.numbers.overrides)
    for path, given in settings.items():
        value = in_kind(path, given)
        check_setting(path, value)
        section, key = nested(path)[:2]
        if path in _LEVERS:
            practice[_LEVERS[path]] = value
        elif path in _TERMS:
            terms[_TERMS[path]] = value
        elif section == "parameters":
            if key in DEFAULTS:
                raise InputError(f"{path}: is what {DEFAULTS[key]} is by default.\n  Set {DEFAULTS[key]} instead.")
            numbers[key] = value
        elif section in SECTIONS:
            starts[section] = value
        else:
            sections[section][key] = value
    changed = replace(
        scenario,
        name=scenario.name if name is None else name,
        practice=replace(scenario.practice, **practice),
        adoption=replace(scenario.adoption, **sections["adoption"]),
        budget=replace(scenario.budget, **sections["budget"]),
        agreed=replace(
            scenario.agreed,
            terms=replace(scenario.agreed.terms, **terms),
            start_years=tuple(starts[section] for section in SECTIONS),
        ),
        numbers=Numbers(numbers),
    )
    # as in files: where practice is today's there is nothing to adopt, and so one run stands for all ways to adopt it
    return changed if changed.practice != changed.base_practice else replace(changed, adoption=NO_ADOPTION)


def in_kind(path: str, value: Setting) -> Setting:
    """A value as a scenario file holds it: whole numbers whole, others with decimals."""
    if isinstance(value, bool | str):
        return value
    if value_kind(nested(path)) is int and float(value).is_integer():
        return int(value)
    return float(value)


def check_setting(path: str, value: Setting) -> None:
    """Refuse what a sweep file would refuse: a path that is none, a value that no scenario may hold.

    Raises:
        InputError: Saying which, and what is allowed.
    """
    problems = path_problems(path, value)
    if problems:
        raise InputError("\n".join(text.removeprefix("settings:1").lstrip() for text in problems))
