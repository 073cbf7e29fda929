"""From names and files to resolved scenarios: the library, inheritance, defaults from the evidence register."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from demandsim.parameters.register import Numbers, register
from demandsim.scenario.errors import Path, ScenarioError, did_you_mean, dotted, problem, shown
from demandsim.scenario.levers import LEVERS, practice_at
from demandsim.scenario.loader import Document, read_yaml
from demandsim.scenario.practice import Practice, blend
from demandsim.scenario.scenario import NO_ADOPTION, USUAL_RESPONSES, Adoption, Budget, Scenario
from demandsim.scenario.schema import TODAY, schema_problems
from demandsim.scenario.sense import contradictions
from demandsim.scenario.terms import AS_TODAY, SECTIONS, TERMS, Agreed, Terms

MAX_PARENTS = 10
DEFAULT_YEARS = 10
_BREAK_IT = "Let one of them extend a scenario of the library."
_SUFFIXES = (".yaml", ".yml", ".json")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

_ADOPTION_EVIDENCE = {
    "years": "practice.adoption_years",
    "fidelity": "practice.adoption_fidelity",
    "never_take_share": "practice.never_take_share",
    "training_hours_per_worker": "practice.training_hours",
    "double_running_share": "sb.transition_dual_running",
    "double_running_years": "practice.double_running_years",
    "start_strain_added": "practice.start_strain_added",
}
_BUDGET_EVIDENCE = {
    "cut_years": "budget.cut_years",
    "real_growth_percent_per_year": "budget.real_growth_percent",
    "reserves_percent": "budget.reserves_percent",
}
DEFAULTS = {
    key: f"{section}.{name}"
    for section, keys in (("adoption", _ADOPTION_EVIDENCE), ("budget", _BUDGET_EVIDENCE))
    for name, key in keys.items()
}
"""Evidence keys that give a value of a scenario file where it is left out, and which."""
_LEVER_OF_KEY = {key: lever.path for lever in LEVERS for key in (lever.deficit, lever.strengths)}


def library_folder() -> FilePath:
    """Where the scenario library is: in the installed package, else beside ``pyproject.toml``.

    Raises:
        ScenarioError: If the installation lacks it.
    """
    package = FilePath(__file__).resolve().parents[1]
    checkout = package.parents[1]
    for folder, marker in ((package / "scenarios", package), (checkout / "scenarios", checkout / "pyproject.toml")):
        if marker.exists() and folder.is_dir():
            return folder
    raise ScenarioError([problem("demandsim", None, (), "the scenario library is missing", "Install demandsim again.")])


def _library_files() -> dict[str, FilePath]:
    return {path.stem: path for path in sorted(library_folder().glob("*.yaml"))}


def in_library(name: str) -> bool:
    """Whether the library holds a scenario of this name."""
    return name in _library_files()


def list_scenarios() -> dict[str, str]:
    """The library: what each scenario tells, by its name."""
    told: dict[str, str] = {}
    for name, path in _library_files().items():
        data = read_yaml(path, label=_library_label(name)).data
        told[name] = str(data.get("summary", "")) if isinstance(data, dict) else ""
    return told


def load_scenario(name_or_path: str | FilePath) -> Scenario:
    """Load a scenario of the library by name, or any scenario file.

    Args:
        name_or_path: A library name such as ``deficit``, or a file: a path, or text with a folder or with an ending
            ``.yaml``, ``.yml`` or ``.json``.

    Raises:
        ScenarioError: If there is none, or it cannot be used; it lists every problem found.
    """
    return _resolve(_chain(_locate(name_or_path)))


def load_variants(name_or_path: str | FilePath, changes: Iterable[Document]) -> Iterator[Scenario]:
    """A scenario with other values in place of some of its own, once for each set of them.

    Args:
        name_or_path: As for `load_scenario`.
        changes: What a scenario file that extends it would say; of the right form already (see `schema_problems`).

    Yields:
        The scenarios, all of the same name.

    Raises:
        ScenarioError: If the scenario cannot be used, or values contradict one another.
    """
    chain = _chain(_locate(name_or_path))
    own = _resolve(chain)
    told = {"name": own.name, "summary": own.summary, "source": own.source}
    for change in changes:
        yield _resolve([*chain, replace(change, data={**told, **change.data})])


def scenario_files(names: Iterable[str]) -> Iterator[str]:
    """Names as they are, and for each folder among them the scenario files in it, in alphabetical order.

    Raises:
        ScenarioError: If a folder holds none.
    """
    for name in names:
        if not os.path.isdir(name):
            yield name
            continue
        found = sorted(str(path) for path in FilePath(name).iterdir() if path.suffix in _SUFFIXES)
        if not found:
            raise ScenarioError([problem(name, None, (), "holds no scenario", "Scenario files end in .yaml.")])
        yield from found


def _library_label(name: str) -> str:
    return f"scenarios/{name}.yaml"


def _locate(name_or_path: str | FilePath) -> tuple[FilePath, str]:
    """The file of a scenario and what to call it."""
    text = os.fspath(name_or_path)
    is_file = isinstance(name_or_path, FilePath) or "/" in text or os.sep in text or text.lower().endswith(_SUFFIXES)
    if is_file:
        return FilePath(text), text
    known = _library_files()
    if text in known:
        return known[text], _library_label(text)
    message = f'there is no scenario "{shown(text)}" in the library{did_you_mean(text, known)}'
    raise ScenarioError([problem("scenarios", None, (), message, f"It holds {', '.join(known)}.")])


def _chain(start: tuple[FilePath, str]) -> list[Document]:
    """A scenario's file and those it extends, the first ancestor first."""
    documents: list[Document] = []
    names: dict[FilePath, str] = {}
    path, label = start
    while True:
        document = read_yaml(path, label=label)
        problems = schema_problems(document)
        if problems:
            raise ScenarioError(problems)
        documents.insert(0, document)
        names[_real(path)] = label
        parent = document.data.get("extends")
        if parent is None:
            return documents
        path, label = _parent(document, parent, folder=_real(path).parent)
        if _real(path) in names:
            order = " → ".join([*names.values(), label])
            raise ScenarioError([document.problem(("extends",), f"goes round in a circle: {order}", _BREAK_IT)])
        if len(documents) > MAX_PARENTS:
            raise ScenarioError([document.problem(("extends",), f"more than {MAX_PARENTS} files extend one another")])


def _real(path: FilePath) -> FilePath:
    """The path with every link followed."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, or a name no file can have
        raise ScenarioError([problem(str(path), None, (), "cannot be read: the path leads nowhere")]) from None


def _parent(document: Document, parent: str, *, folder: FilePath) -> tuple[FilePath, str]:
    """The file that a scenario extends: of the library by name, or beside it by file name; nothing else."""

    def refused(message: str) -> ScenarioError:
        hint = "extends: takes a library scenario (deficit) or a file name in the same folder (mine.yaml)."
        return ScenarioError([document.problem(("extends",), message, hint)])

    if not _PLAIN_NAME.fullmatch(parent):
        raise refused(f'"{shown(parent)}" is neither a library scenario nor a file name in this folder')
    if not parent.lower().endswith(_SUFFIXES):
        known = _library_files()
        if parent not in known:
            raise refused(f'there is no scenario "{shown(parent)}" in the library{did_you_mean(parent, known)}')
        return known[parent], _library_label(parent)
    path = folder / parent
    if _real(path).parent != folder:
        raise refused(f'"{shown(parent)}" is a link that leads out of this folder')
    if not path.is_file():
        beside = [file.name for file in folder.iterdir() if file.suffix in _SUFFIXES]
        raise refused(f'there is no file "{shown(parent)}" in this folder{did_you_mean(parent, beside)}')
    return path, os.path.join(os.path.dirname(document.label), parent)


def _merged(parent: Any, child: Any) -> Any:
    """A child's data over its parent's: maps key by key, anything else replaced."""
    if isinstance(parent, dict) and isinstance(child, dict):
        return {**parent, **{key: _merged(parent.get(key), value) for key, value in child.items()}}
    return child


class _Values:
    """The merged values of a chain of files, with the record of where each came from."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self.data: dict[str, Any] = {}
        for document in documents:
            self.data = _merged(self.data, document.data)
        self.origins: dict[str, tuple[object, str]] = {}

    def document_of(self, path: Path) -> Document:
        """The file that has the last word on a path."""
        return next(document for document in reversed(self.documents) if path in document.lines)

    def rank(self, path: Path) -> int:
        """Place in the chain of the file that has the last word on a path, 0 for the first ancestor; -1 for none."""
        said = [place for place, document in enumerate(self.documents) if path in document.lines]
        return said[-1] if said else -1

    def section(self, *path: str) -> dict[str, Any]:
        """A map of the merged data, empty if it is left out or ``today``."""
        data: Any = self.data
        for part in path:
            data = data.get(part, {}) if isinstance(data, dict) else {}
        return data if isinstance(data, dict) else {}

    def take(self, path: tuple[str, ...], default: Any, default_origin: str) -> Any:
        """A value of the files, or its default; either way its origin is recorded."""
        section = self.section(*path[:-1])
        if path[-1] in section:
            value, document = section[path[-1]], self.document_of(path)
            where = f"{document.label}:{document.line(path)}"
        else:
            value, where = default, default_origin
        if isinstance(value, int | float) and isinstance(default, float) and not isinstance(value, bool):
            value = float(value) + 0.0  # one zero: -0.0 becomes 0.0
        self.origins[dotted(path)] = (tuple(value) if isinstance(value, list) else value, where)
        return value


def _resolve(documents: Sequence[Document]) -> Scenario:
    """Everything a chain of files says and leaves out, as one scenario."""
    values = _Values(documents)
    numbers = _numbers(values)
    base = blend(practice_at("deficit", numbers), practice_at("strengths", numbers), numbers["practice.today_share"])
    practice = _practice(values, base)
    budget = _budget(values, numbers)
    adoption = _adoption(values, numbers)
    if practice == base:
        for key in [key for key in values.origins if key.startswith("adoption.")]:
            del values.origins[key]
        values.origins["adoption"] = ("none", "practice is today's: there is nothing to adopt")
        adoption = NO_ADOPTION
    own = documents[-1].data
    stem = re.sub(r"[^A-Za-z0-9_.-]", "-", FilePath(documents[-1].label).stem).lstrip("_.-") or "scenario"
    scenario = Scenario(
        name=own.get("name", stem),
        summary=own.get("summary", ""),
        source=own.get("source", ""),
        place=values.take(("place",), None, "default") if "place" in values.data else None,
        years=values.take(("years",), DEFAULT_YEARS, "default"),
        practice=practice,
        base_practice=base,
        adoption=adoption,
        budget=budget,
        agreed=_agreed(values),
        responses=_responses(values, budget),
        numbers=numbers,
        origins=values.origins,
    )
    _refuse_contradictions(values, scenario)
    return scenario


def _refuse_contradictions(values: _Values, scenario: Scenario) -> None:
    """Stop where values contradict one another.

    Raises:
        ScenarioError: At the value of each contradiction that a file says last.
    """
    problems: list[str] = []
    for found in contradictions(scenario, values.rank):
        path = max(found.paths, key=values.rank)
        document = values.documents[values.rank(path)]
        problems.append(document.problem(path, found.message, found.hint))
    if problems:
        raise ScenarioError(problems)


def _numbers(values: _Values) -> Numbers:
    """The evidence register with the scenario's values in place of its own.

    Raises:
        ScenarioError: If a key is none of the register's or a value lies outside its range.
    """
    problems: list[str] = []
    overrides: dict[str, float] = {}
    for key, value in values.section("parameters").items():
        path = ("parameters", key)
        document = values.document_of(path)
        trouble = parameter_trouble(key, value)
        if trouble:
            problems.append(document.problem(path, *trouble))
            continue
        values.origins[f"parameters.{key}"] = (float(value), f"{document.label}:{document.line(path)}")
        if float(value) != register()[key].number:  # the register's own value is no override
            overrides[key] = float(value) + 0.0
    if problems:
        raise ScenarioError(problems)
    return Numbers(overrides)


def parameter_trouble(key: str, value: float) -> tuple[str, str] | None:
    """Message and hint if a parameter cannot be set so, else None."""
    rows = register()
    if key not in rows:
        near = rows.nearest(key)
        return "unknown evidence key" + (
            f'; did you mean "{near}"?' if near else ""
        ), "Keys are those of the evidence register."
    row = rows[key]
    if row.number is None:
        return "holds words, no number: it cannot be set", ""
    if key in _LEVER_OF_KEY:
        return "is one end of a lever of practice", f"Set {_LEVER_OF_KEY[key]} instead."
    if not row.holds(value):
        side, limit = ("below", row.low) if row.range[0] is not None and value < row.range[0] else ("above", row.high)
        return f"{value:g} is {side} {limit}, the end of its range", f"{row.unit}; {row.grade}: {row.source}."
    return None


def _practice(values: _Values, base: Practice) -> Practice:
    """The practice that a scenario works towards: its own levers, the others as today."""
    levers = {
        lever.field: values.take(
            ("practice", lever.group, lever.key), getattr(base, lever.field), f"{TODAY} ({lever.deficit})"
        )
        for lever in LEVERS
    }
    return Practice(**levers)


def _from_register(values: _Values, section: str, keys: Mapping[str, str], numbers: Numbers) -> dict[str, Any]:
    """Values of a section, those left out from the evidence register."""
    return {name: values.take((section, name), numbers[key], f"default ({key})") for name, key in keys.items()}


def _adoption(values: _Values, numbers: Numbers) -> Adoption:
    start_year = values.take(("adoption", "start_year"), 0, "default")
    return Adoption(start_year=start_year, **_from_register(values, "adoption", _ADOPTION_EVIDENCE, numbers))


def _budget(values: _Values, numbers: Numbers) -> Budget:
    return Budget(
        basis=values.take(("budget", "basis"), "per_need", "default"),
        cut_percent=values.take(("budget", "cut_percent"), 0.0, "default"),
        ring_fence_prevention=values.take(("budget", "ring_fence_prevention"), False, "default"),
        prevention_change_percent=values.take(("budget", "prevention_change_percent"), 0.0, "default"),
        childrens_growth_percent_per_year=values.take(("budget", "childrens_growth_percent_per_year"), 0.0, "default"),
        nhs_change_percent=values.take(("budget", "nhs_change_percent"), 0.0, "default"),
        **_from_register(values, "budget", _BUDGET_EVIDENCE, numbers),
    )


def _agreed(values: _Values) -> Agreed:
    """The terms that a scenario sets, and the year in which each section begins; what is left out is as today."""
    terms = {t.field: values.take((t.section, t.key), getattr(AS_TODAY, t.field), TODAY) for t in TERMS}
    starts = tuple(values.take((section, "start_year"), 0, "default") for section in SECTIONS)
    return Agreed(terms=Terms(**terms), start_years=starts)


def _responses(values: _Values, budget: Budget) -> tuple[str, ...]:
    """Answers to overspend, each once; without the cut of prevention where that is ring-fenced.

    Raises:
        ScenarioError: If one stands twice.
    """
    responses = tuple(values.take(("responses",), list(USUAL_RESPONSES), "default"))
    twice = next((i for i, rung in enumerate(responses) if rung in responses[:i]), None)
    if twice is not None:
        path = ("responses", twice)
        raise ScenarioError([values.document_of(path).problem(path, f'"{responses[twice]}" stands twice')])
    if budget.ring_fence_prevention:
        responses = tuple(rung for rung in responses if rung != "prevention")
    return responses
