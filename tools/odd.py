"""Fill the generated tables of ``docs/odd.md``, ``scenarios.md`` and ``measures.md``: ``python tools/odd.py``.

The pages are written by hand but for sections between ``<!-- generated: NAME -->`` and ``<!-- end -->``. They hold what
drifts when code changes: the order of the month, what each process reads, writes and takes from the evidence register,
the columns of every kind of agent, the levers and terms, the measures. A test fails where a page and the code differ.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from types import ModuleType

from demandsim.agents.citizens import Citizens
from demandsim.agents.services import Council
from demandsim.agents.ties import Groups, Ties
from demandsim.agents.workers import CareWorkers
from demandsim.columns import ColumnSet
from demandsim.measures.register import BETTER, FAMILIES, OVER_YEARS
from demandsim.model import MONTH, RUN_IN_MONTHS
from demandsim.parameters.noting import Noting
from demandsim.parameters.register import GRADES, register
from demandsim.place.rules import BuildingRules
from demandsim.processes import lives
from demandsim.processes.base import Process
from demandsim.scenario.levers import LEVERS
from demandsim.scenario.practice import Practice
from demandsim.scenario.terms import AS_TODAY, TERMS

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "odd.md"
HOW_TO = DOCS / "scenarios.md"
MEASURED = DOCS / "measures.md"
SECTION = re.compile(r"(<!-- generated: (?P<name>[a-z_ ]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
_NUMBERED = re.compile(r"(.*[a-z])([._])(\d+)")
_FEWEST = 3
"""Rows that differ only in a number at the end of their key, from which they stand in one line."""


@cache
def keys_in(module: ModuleType) -> tuple[str, ...]:
    """Evidence keys that stand in a module's source as words of their own, in order."""
    tree = ast.parse(inspect.getsource(module))
    words = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    words.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(str(node.value) for node in words if node.value in register())


def module_of(process: type[Process]) -> ModuleType:
    """The module that defines a process."""
    return sys.modules[process.__module__]


@cache
def keys_of(process: type[Process]) -> tuple[str, ...]:
    """Evidence keys of a process: those its constructor reads, then others that stand in its module."""
    noting = Noting()
    process(noting)
    return tuple(dict.fromkeys([*noting.read, *keys_in(module_of(process))]))


def _shared(module: ModuleType, source: str) -> Iterator[object]:
    """Functions and classes of other process modules that a piece of a module's source names, processes left out."""
    words = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    for name in sorted(words & set(vars(module))):
        held = vars(module)[name]
        rule = getattr(held, "py_func", held)
        process = inspect.isclass(rule) and issubclass(rule, Process)
        if (inspect.isfunction(rule) or inspect.isclass(rule)) and not process:
            yield rule


@cache
def sources_of(module: ModuleType) -> tuple[str, ...]:
    """The source of a process's module and of every rule of other process modules that it uses, directly or not."""
    own = inspect.getsource(module)
    found: dict[object, str] = {}
    waiting = list(_shared(module, own))
    while waiting:
        rule = waiting.pop()
        home = sys.modules[str(rule.__module__)]
        if home is not module and rule not in found and home.__name__.startswith("demandsim.processes."):
            found[rule] = textwrap.dedent(inspect.getsource(rule))  # type: ignore[arg-type]
            waiting += _shared(home, found[rule])
    return own, *found.values()


def named_of(module: ModuleType, owner: str, names: Iterable[str]) -> list[str]:
    """Names that a process reads of ``owner`` (``practice``, say), by itself or by a shared rule, by the alphabet."""
    nodes = (node for source in sources_of(module) for node in ast.walk(ast.parse(source)))
    reads = (node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load))
    owners = (owner, f"base_{owner}")
    found = {node.attr for node in reads if ast.unparse(node.value).rsplit(".", 1)[-1] in owners}
    return sorted(found & set(names))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join([_row(*head), "|" + "---|" * len(head), *(_row(*cells) for cells in rows)])


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _range(key: str) -> str:
    low, high = register()[key].low, register()[key].high
    return f"{low or '…'} to {high or '…'}" if low or high else "–"


def _runs(keys: Sequence[str]) -> Iterator[list[str]]:
    """Keys in order, those that differ only in a number at the end and share a unit together if they are several."""
    stems: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        match = _NUMBERED.fullmatch(key)
        stem = match[1] + match[2] if match else key
        stems.setdefault((stem, register()[key].unit), []).append(key)
    for run in stems.values():
        yield from [run] if len(run) >= _FEWEST else ([key] for key in run)


def _parameter(run: list[str]) -> tuple[str, ...]:
    rows = [register()[key] for key in run]
    grades = ", ".join(dict.fromkeys(row.grade for row in rows))
    if len(run) == 1:
        return f"`{run[0]}`", rows[0].value, _range(run[0]), rows[0].unit, grades
    stem = _NUMBERED.fullmatch(run[0])
    if stem is None:
        raise ValueError(f"{run[0]} does not end in a number")
    numbers = ", ".join(key.removeprefix(stem[1] + stem[2]) for key in run)
    values, ranges = ", ".join(row.value for row in rows), ", ".join(_range(key) for key in run)
    return f"`{stem[1]}{stem[2]}`…: {numbers}", values, ranges, rows[0].unit, grades


def parameters(keys: Sequence[str]) -> str:
    """A table of evidence rows: key, value, range, unit and how well it is known."""
    if not keys:
        return "It has no parameters."
    return _table(("evidence key", "value", "range", "unit", "status"), (_parameter(run) for run in _runs(keys)))


def process_table(process: type[Process]) -> str:
    """What a process reads, writes and takes from the register."""
    module = module_of(process)
    levers = named_of(module, "practice", (f.name for f in fields(Practice)))
    answers = named_of(module, "council", _council_attributes())
    paths = {lever.field: lever.path.removeprefix("practice.") for lever in LEVERS}
    parts = [
        f"Module `processes/{module.__name__.rsplit('.', 1)[-1]}.py`, class `{process.__name__}`.",
        f"Reads: {_names(process.reads)}.",
        f"Writes: {_names(process.writes)}.",
        f"Levers: {_names(paths[name] for name in levers)}.",
        f"Of the council: {_names(answers)}.",
        "",
        parameters(keys_of(process)),
    ]
    return "\n".join([*(f"- {part}" for part in parts[:5]), *parts[5:]])


def _council_attributes() -> list[str]:
    """What the council holds, by name."""
    return re.findall(r"self\.([a-z_0-9]+) = ", inspect.getsource(Council.__init__))


def month_table() -> str:
    """The order of the month."""
    rows = (
        (
            str(place),
            f"`{process.name}`",
            f"7.{place}",
            (inspect.getdoc(process) or "").split("\n", 1)[0].rstrip("."),
        )
        for place, process in enumerate(MONTH, start=1)
    )
    return _table(("step", "process", "section", "in a line"), rows)


def columns_table(kind: type[ColumnSet]) -> str:
    """The state variables of agents held in columns."""
    rows = ((f"`{name}`", c.unit or "–", c.meaning) for name, c in kind.columns.items())
    return _table(("variable", "unit", "meaning"), rows)


def levers_table() -> str:
    """The levers of practice and their values at both ends."""
    rows = (
        (
            f"`{lever.path}`",
            register()[lever.deficit].unit,
            register()[lever.deficit].value,
            register()[lever.strengths].value,
            f"{_range(lever.deficit)}; {_range(lever.strengths)}",
            lever.words.rstrip("."),
        )
        for lever in LEVERS
    )
    return _table(("lever", "unit", "deficit end", "strengths end", "range of each", "meaning"), rows)


def levers_of_files() -> str:
    """The levers of practice as a scenario file names them."""
    rows = (
        (
            f"`{lever.group}.{lever.key}`",
            register()[lever.deficit].value,
            register()[lever.strengths].value,
            lever.words,
        )
        for lever in LEVERS
    )
    return _table(("lever", "deficit", "strengths", "meaning"), rows)


def terms_table() -> str:
    """The terms of services, community and finance, and what the library sets where it sets them."""
    rows = (
        (
            f"`{term.path}`",
            f"{getattr(AS_TODAY, term.field):g}",
            f"{term.low:g} to {term.high:g}",
            register()[f"term.{term.field}"].value,
            term.words,
        )
        for term in TERMS
    )
    return _table(("term", "today", "limits", "in the library", "meaning"), rows)


def place_parameters() -> str:
    """The parameters by which a place is built, curves included."""
    keys = []
    for f in fields(BuildingRules):
        if "key" in f.metadata:
            keys.append(str(f.metadata["key"]))
        elif "stem" in f.metadata:
            keys += [key for key in register() if re.fullmatch(re.escape(f.metadata["stem"]) + r"_\d+", key)]
    return parameters(keys)


def register_table() -> str:
    """How well the numbers of the register are known."""
    used = {key for process in MONTH for key in keys_of(process)} | set(keys_in(lives))
    rows = []
    for status, word in GRADES.items():
        graded = {key for key, row in register().items() if row.status == status}
        rows.append((f"{status} – {word}", str(len(graded)), str(len(graded & used))))
    return _table(("status", "rows in the register", "of them read by processes of the month"), rows)


def lives_table() -> str:
    """How many run-in lives there are, and their parameters."""
    number = f"{lives.LIVES:,} lives for each sex and fifth, from {lives.FIRST} to {lives.FIRST + lives.SPAN - 1}."
    return f"{number}\n\n{parameters(keys_in(lives))}"


def measures_table(family: str) -> str:
    """The measures of a family, each with its definition."""
    rows = [
        (f"`{m.name}`", m.label, m.definition, m.unit, BETTER[m.direction], OVER_YEARS[m.kind], m.source)
        for m in FAMILIES[family]
    ]
    return _table(("measure", "called", "what it is", "unit", "better", "over several years", "definition from"), rows)


BUILDERS: dict[str, Callable[[], str]] = {
    "month": month_table,
    "run in": lambda: f"The run-in lasts {RUN_IN_MONTHS} months.",
    "citizens": lambda: columns_table(Citizens),
    "workers": lambda: columns_table(CareWorkers),
    "ties": lambda: columns_table(Ties),
    "groups": lambda: columns_table(Groups),
    "levers": levers_table,
    "levers of files": levers_of_files,
    "terms": terms_table,
    "register": register_table,
    "place": place_parameters,
    "lives": lives_table,
    **{f"process {kind.name}": partial(process_table, kind) for kind in MONTH},
    **{f"measures of {family.lower()}": partial(measures_table, family) for family in FAMILIES},
}
"""What goes into each generated section, by the name in its marker."""


def filled(page: str) -> str:
    """The page with every generated section made anew.

    Raises:
        KeyError: If a section has a name that nothing generates.
    """
    return SECTION.sub(lambda found: f"{found[1]}\n{BUILDERS[found['name']]()}\n\n{found[4]}", page)


def main() -> None:
    """Fill the pages in place."""
    for page in (PAGE, HOW_TO, MEASURED):
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
