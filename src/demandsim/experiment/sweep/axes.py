"""What varies in a sweep, checked against the scenario format: every path must be one that a scenario file may set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from demandsim.experiment.sweep.spec import Axis, Setting
from demandsim.parameters.register import register
from demandsim.scenario.errors import Path, did_you_mean, shown
from demandsim.scenario.library import parameter_trouble
from demandsim.scenario.loader import Document
from demandsim.scenario.schema import schema_problems, value_kind

SECTIONS = ("practice", "adoption", "budget", "services", "community", "finance", "parameters")
"""Sections of a scenario file of which a value may vary."""

_AXIS_KEYS = ("values", "min", "max", "scale")
_HOW = "Give it values: [...], or min: and max: (and scale: log for steps that are equal as ratios)."


def nested(path: str) -> tuple[str, ...]:
    """The keys that lead to a dotted path in a scenario file; an evidence key keeps its dots."""
    section, _, rest = path.partition(".")
    return (section, rest) if section == "parameters" else (section, *rest.split("."))


def changes_of(
    settings: Mapping[str, Setting], *, label: str, line: int | None, lines: Mapping[str, int] | None = None
) -> Document:
    """What a scenario file that sets these values would say.

    Args:
        settings: Values by dotted path.
        label: What the file is called in messages.
        line: The line that messages name.
        lines: Lines of single paths, where they stand on lines of their own.
    """
    data: dict[str, Any] = {"format": 1}
    where: dict[Path, int] = {(): line or 1, ("format",): line or 1}
    for path, value in settings.items():
        at = (lines or {}).get(path, line or 1)
        keys = nested(path)
        here = data
        for depth, key in enumerate(keys[:-1], 1):
            here = here.setdefault(key, {})
            where.setdefault(keys[:depth], at)
        here[keys[-1]] = value
        where[keys] = at
    return Document(data, where, label)


def read_axes(document: Document) -> tuple[tuple[Axis, ...], list[tuple[int, str]]]:
    """The axes under ``vary:`` of a sweep file.

    Returns:
        The axes that are right by themselves, and what is wrong with the others, each with its line.
    """
    vary = document.data["vary"]
    axes: list[Axis] = []
    troubles: list[tuple[int, str]] = []

    def note(path: Path, message: str, hint: str = "") -> None:
        troubles.append((document.line(path) or 0, document.problem(path, message, hint)))

    if not isinstance(vary, dict) or not vary:
        message = "holds no paths" if vary else "is empty: nothing varies"
        note(("vary",), message, f"Name what varies, each by its dotted path. {_HOW}")
        return (), troubles
    for path, given in vary.items():
        where: Path = ("vary", path)
        if not _has_section(path):
            note(where, *_not_a_path(path))
            continue
        if path.startswith("parameters.") and nested(path)[1] not in register():
            troubles += [(document.line(where) or 0, text) for text in _problems(document, path, 0.0)]
            continue
        axis = _axis(path, given, note)
        if axis is None:
            continue
        wrong = [text for value in axis.ends for text in _problems(document, axis.path, value)]
        troubles += [(document.line(where) or 0, text) for text in dict.fromkeys(wrong)]
        axes += [] if wrong else [axis]
    return tuple(axes), troubles


def path_problems(path: str, value: Setting) -> list[str]:
    """What a scenario file would have against a value at a dotted path; nothing where it may stand there.

    Args:
        path: A dotted path.
        value: A value.
    """
    here = Document({"vary": {path: value}}, {(): 1}, "settings")
    if not _has_section(path):
        return [here.problem((path,), *_not_a_path(path))]
    return _problems(here, path, value)


def _has_section(path: str) -> bool:
    return "." in path and path.partition(".")[0] in SECTIONS


def _not_a_path(path: str) -> tuple[str, str]:
    """Message and hint for a path that is none."""
    return f'"{shown(path)}" is nothing that can vary{_nearest(path)}', _WHAT_VARIES


_WHAT_VARIES = (
    "Levers (practice.visits.longest_minutes), adoption.years, budget.cut_percent, terms (services, community, "
    "finance) and parameters.KEY of the evidence register vary; places: and years: are keys of their own."
)


def _nearest(path: str) -> str:
    from demandsim.scenario.levers import LEVERS
    from demandsim.scenario.terms import TERMS

    known = {lever.path: lever.path for lever in LEVERS} | {term.path: term.path for term in TERMS}
    short = {name.rpartition(".")[2]: name for name in known} | {lever.field: lever.path for lever in LEVERS}
    short |= {"cut_percent": "budget.cut_percent", "cut_years": "budget.cut_years"}
    if path in register():
        return f'; did you mean "parameters.{path}"?'
    near = did_you_mean(path, [*known, *short])
    word = near.split('"')[1] if near else ""
    return f'; did you mean "{short.get(word, word)}"?' if near else ""


def _problems(document: Document, path: str, value: Setting) -> list[str]:
    """What the scenario format has against a value at a path."""
    line = document.line(("vary", path))
    section, key = nested(path)[:2]
    change = changes_of({path: value}, label=document.label, line=line)
    wrong = schema_problems(change)
    if section == "parameters" and not wrong and (trouble := parameter_trouble(key, float(value))):
        wrong = [change.problem((section, key), *trouble)]
    return wrong


def _axis(path: str, given: Any, note: Any) -> Axis | None:
    """One axis, or None where something is wrong with it, which is noted."""
    where: Path = ("vary", path)
    if isinstance(given, list):
        given = {"values": given}
    if not isinstance(given, dict) and given is not None:
        note(where, f'"{shown(given)}" is neither values nor limits', _HOW)
        return None
    given = given or {}
    for key in given:
        if key not in _AXIS_KEYS:
            note((*where, key), f'unknown key "{shown(key)}"{did_you_mean(key, _AXIS_KEYS)}', _HOW)
            return None
    whole = value_kind(nested(path)) is int
    if "values" in given:
        return _axis_of_values(path, given, whole, note)
    low, high = (given.get(end, _register_end(path, end)) for end in ("min", "max"))
    for end, value in (("min", low), ("max", high)):
        if value is None:
            ends = "; the evidence register gives it none" if path.startswith("parameters.") else ""
            note(where, f"{end}: is missing{ends}", _HOW)
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            note((*where, end), f'"{shown(value)}" is not a number', _HOW)
            return None
    scale = given.get("scale", "linear")
    if scale not in ("linear", "log"):
        note((*where, "scale"), f'"{shown(scale)}" is neither linear nor log', _HOW)
    elif low >= high:
        note(where, f"min {low:g} is not below max {high:g}", "Swap them, or give values: [...].")
    elif scale == "log" and low <= 0:
        note((*where, "scale"), f"log needs a min above 0, and it is {low:g}", "Use scale: linear, or a higher min.")
    else:
        return Axis(path=path, low=float(low), high=float(high), log=scale == "log", whole=whole)
    return None


def _axis_of_values(path: str, given: Mapping[str, Any], whole: bool, note: Any) -> Axis | None:
    """One axis that takes listed values."""
    where: Path = ("vary", path, "values")
    values = given["values"]
    if len(given) > 1:
        note(("vary", path), "has values and limits", "Give one or the other.")
    elif not isinstance(values, list) or not values:
        note(where, "is empty: the design would be", "List the values it takes, such as [1, 3, 8].")
    elif any(isinstance(value, dict | list) or value is None for value in values):
        note(where, "holds a list, a map or nothing among its values", "Give numbers, true, false or words.")
    elif len({(type(value) is bool, value) for value in values}) < len(values):
        note(where, "has a value twice", "Name each once.")
    else:
        numbers = tuple(float(v) if isinstance(v, int) and not isinstance(v, bool) and not whole else v for v in values)
        return Axis(path=path, values=numbers, whole=whole)
    return None


def _register_end(path: str, end: str) -> float | None:
    """The end of a parameter's range in the evidence register, None of anything else."""
    section, _, key = path.partition(".")
    if section != "parameters" or key not in register():
        return None
    low, high = register()[key].range
    return low if end == "min" else high
