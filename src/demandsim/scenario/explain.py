"""What a scenario comes to: every resolved value, where it came from and how well it is known; and checking files."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path as FilePath

from demandsim.parameters.register import register
from demandsim.scenario.errors import ScenarioError
from demandsim.scenario.levers import LEVERS
from demandsim.scenario.library import load_scenario
from demandsim.scenario.scenario import Scenario
from demandsim.scenario.terms import SECTIONS

WIDTH = 80
_NAME = 39
_NUMBER = 8
_LINE_OF_FILE = re.compile(r"(?P<file>.+\.(yaml|yml|json)):(?P<line>\d+)")


def check(names_or_paths: Iterable[str | FilePath]) -> list[str]:
    """All problems of several scenarios, as `ScenarioError` words them.

    Args:
        names_or_paths: What `demandsim.scenario.load_scenario` takes.

    Returns:
        The problems in order, each once; empty if all can run.
    """
    problems: dict[str, None] = {}
    for name in names_or_paths:
        try:
            load_scenario(name)
        except ScenarioError as error:
            problems.update(dict.fromkeys(error.problems))
    return list(problems)


def explain(scenario: Scenario) -> str:
    """Every resolved value of a scenario and where it came from, in lines of at most 80 characters."""
    lines = [f"{scenario.name}: {scenario.years} years", *_wrapped(scenario.summary), *_wrapped(scenario.source)]
    if scenario.place:
        lines += _wrapped(f"Written for {scenario.place}.")
    lines += [f"digest {scenario.digest}", "", *_wrapped(f"files: {', '.join(_files(scenario))}"), ""]
    lines += [_line("years", f"{scenario.years}", "", _origin(scenario, "years")), "", *_practice_lines(scenario)]
    for section in ("adoption", "budget", *SECTIONS, "responses", "parameters"):
        lines += ["", section, *_section_lines(scenario, section)]
    return "\n".join(line.rstrip() for block in lines for line in block.split("\n")) + "\n"


def _practice_lines(scenario: Scenario) -> list[str]:
    """The levers, each with today's value where the scenario moves it."""
    lines = [f"{'practice when fully adopted':<{_NAME + 2}}{'value':>{_NUMBER}}{'today':>{_NUMBER}}  from"]
    group = ""
    for lever in LEVERS:
        if lever.group != group:
            group = lever.group
            lines.append(f" {group}")
        value = getattr(scenario.practice, lever.field)
        today = getattr(scenario.base_practice, lever.field)
        before = "" if value == today else f"{today:g}"
        lines.append(_line(lever.key, f"{value:g}", before, _origin(scenario, lever.path)))
    return lines


def _section_lines(scenario: Scenario, section: str) -> list[str]:
    """The values of a section, as recorded when it was resolved."""
    lines: list[str] = []
    for path, (value, where) in scenario.origins.items():
        if path == section and isinstance(value, tuple):
            order = " > ".join(scenario.responses) or "none"
            lines += [*_wrapped(order, "  "), *_wrapped(f"from {_short(where)}", "    ")]
        elif path == section:
            lines += _wrapped(f"{_written(value)}: {where}", "  ")
        elif path.startswith(f"{section}."):
            key = path.removeprefix(f"{section}.")
            lines.append(_line(key, _written(value), "", where))
            if section == "parameters":
                row = register()[key]
                lines += _wrapped(f"register: {row.value} ({row.low} to {row.high}), {row.unit}; {row.grade}", "    ")
    return lines or ["  none"]


def _origin(scenario: Scenario, path: str) -> str:
    return scenario.origins[path][1] if path in scenario.origins else "set in code"


def _files(scenario: Scenario) -> list[str]:
    """The files that any value came from, in alphabetical order."""
    found = (_LINE_OF_FILE.fullmatch(where) for _, where in scenario.origins.values())
    return sorted({match["file"] for match in found if match}) or ["none"]


def _short(where: str) -> str:
    """An origin without folders: they stand once, under ``files``."""
    match = _LINE_OF_FILE.fullmatch(where)
    return f"{re.split(r'[/\\]', match['file'])[-1]}:{match['line']}" if match else where


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _line(name: str, value: str, today: str, where: str) -> str:
    """One value; its origin goes below where the line would grow too long."""
    head, where = f"  {name:<{_NAME}}{value:>{_NUMBER}}{today:>{_NUMBER}}", _short(where)
    if len(head) + 2 + len(where) <= WIDTH:
        return f"{head}  {where}"
    return "\n".join([head, *_wrapped(where, "      ")])


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
