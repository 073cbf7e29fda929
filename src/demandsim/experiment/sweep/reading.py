"""Sweep files: read as strictly as scenario files, with file and line for everything that cannot be meant."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any

from demandsim.experiment.plan import MAX_CUT, MAX_REPLICATES, MAX_SEED, MAX_YEARS, REPLICATES
from demandsim.experiment.prepare import is_file
from demandsim.experiment.sweep.axes import changes_of, nested, read_axes
from demandsim.experiment.sweep.results import LUCK
from demandsim.experiment.sweep.spec import (
    CUT,
    DESIGNS,
    OWN_LUCK,
    SAMPLED,
    Setting,
    Settings,
    SweepSpec,
    is_power_of_two,
)
from demandsim.place.names import PlaceError, find_place
from demandsim.scenario.errors import Path, ScenarioError, did_you_mean, problem, shown
from demandsim.scenario.library import library_folder
from demandsim.scenario.loader import Document, read_yaml
from demandsim.scenario.schema import schema_problems, value_kind

KEYS = {
    "format": "Version of this format: 1.",
    "name": "What the sweep is called; the file's own name if left out.",
    "base": "A scenario of the library, or a file in the same folder: the yardstick.",
    "scenarios": "A list of scenarios; each is run at every point, with the same luck.",
    "places": "A list of places; left out, the one that the scenarios are written for.",
    "cuts": "A list of cuts of the budget in percent, such as [0, 15, 30]; each is crossed with every point.",
    "vary": "What varies: {dotted.path: {values: [...]}} or {dotted.path: {min: ..., max: ...}}.",
    "design": f"How points are chosen: {', '.join(DESIGNS)}, or a CSV file in the same folder.",
    "points": "How many points are drawn; of a grid, how many steps each range has.",
    "replicates": "Runs of each point, each with other luck; 4 if left out.",
    "years": "Years to simulate; the scenarios' own if left out.",
    "scale": "Share of the population to simulate, above 0 and up to 1.",
    "seed": "Luck of the first replicate; the others count on from it.",
    "design_seed": "Decides which points are drawn; the seed if left out.",
    "own_luck": "true: each row of the design has luck of its own, the same in all scenarios, places and cuts.",
    "measures": "Measures to keep in the combined table; all if left out.",
}
"""Every key of a sweep file, in words."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_MOST_BYTES = 50_000_000
_IGNORED = ("point", "run", "scenario", LUCK)
"""Columns of an exported design that a table may have and that say nothing new."""


def read_sweep(source: FilePath) -> SweepSpec:
    """Read a sweep file.

    Raises:
        ScenarioError: With every problem found, each with its line.
    """
    return spec_of(read_yaml(source), folder=source.parent)


def spec_of(document: Document, *, folder: FilePath, table: tuple[Settings, ...] = ()) -> SweepSpec:
    """The sweep that a document describes.

    Args:
        document: What a sweep file says.
        folder: Where files that it names are looked for.
        table: The points, where they are given instead of a file that ``design`` names.

    Raises:
        ScenarioError: With every problem found.
    """
    return _Reader(document, folder, table).read()


class _Reader:
    """Takes the keys of a sweep file one by one and notes what is wrong with each."""

    def __init__(self, document: Document, folder: FilePath, table: tuple[Settings, ...]) -> None:
        self.document = document
        self.folder = folder
        self.table = table
        self.problems: list[tuple[int, str]] = []

    def note(self, path: Path, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append((self.document.line(path) or 0, self.document.problem(path, message, hint)))

    def stop_if_troubled(self) -> None:
        """Raise what has been noted, in the order of its lines."""
        if self.problems:
            raise ScenarioError([text for _, text in sorted(self.problems, key=lambda found: found[0])])

    def read(self) -> SweepSpec:
        """The sweep of the document."""
        data = self.document.data
        if not isinstance(data, dict):
            found = "is empty" if data is None else "holds no keys"
            hint = "Write that as its first line, then base:, vary: and design:."
            raise ScenarioError([self.document.problem((), f"{found}: a sweep file starts with format: 1", hint)])
        for key in data:
            if key not in KEYS:
                hint = f"A sweep file holds {', '.join(KEYS)}. Settings of scenarios stand under vary:."
                self.note((key,), f'unknown key "{shown(key)}"{did_you_mean(key, KEYS)}', hint)
        if isinstance(data.get("format"), bool) or data.get("format") != 1:
            self.note(("format",), "must be 1", "Write format: 1 as the first line.")
        self.stop_if_troubled()
        scenarios = self._scenarios()
        design, table = self._design()
        axes, troubles = read_axes(self.document) if "vary" in data else ((), [])
        self.problems += troubles
        cuts = self.listed("cuts", lambda v: _is_number(v) and 0 <= v <= MAX_CUT, f"a percentage from 0 to {MAX_CUT}")
        spec = SweepSpec(
            name=self._name(),
            scenarios=scenarios,
            places=self._places(),
            cuts=tuple(float(cut) for cut in cuts),
            axes=axes,
            design=design,
            table=table,
            points=self.whole("points", None, 1, 10**6),
            replicates=self.whole("replicates", REPLICATES, 1, MAX_REPLICATES) or REPLICATES,
            years=self.whole("years", None, 1, MAX_YEARS),
            scale=self._scale(),
            seed=self.whole("seed", 1, 0, MAX_SEED - MAX_REPLICATES) or 0,
            design_seed=self.whole("design_seed", None, 0, 2**32 - 1),
            own_luck=self._own_luck(),
            measures=self._measures(),
            document=self.document,
            folder=self.folder,
        )
        self.stop_if_troubled()
        self._consider(spec)
        self.stop_if_troubled()
        return spec

    def listed(self, key: str, right: Callable[[Any], bool], what: str) -> tuple[Any, ...]:
        """A list of distinct things, each right; empty if the key is left out."""
        data = self.document.data
        if key not in data:
            return ()
        given = data[key] if isinstance(data[key], list) else [data[key]]
        if not given or given == [None]:
            self.note((key,), "is empty", f"Give at least one, or leave {key}: out. {KEYS[key]}")
            return ()
        kept: list[Any] = []
        for number, value in enumerate(given):
            path: Path = (key, number) if isinstance(data[key], list) else (key,)
            if not right(value):
                self.note(path, f'"{shown(value)}" is not {what}', KEYS[key])
            elif value in kept:
                self.note(path, f'"{shown(value)}" stands twice', "Name each once.")
            else:
                kept.append(value)
        return tuple(kept)

    def whole(self, key: str, default: int | None, least: int, most: int) -> int | None:
        """A whole number between limits."""
        value = self.document.data.get(key, default)
        if key not in self.document.data:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.note((key,), f'"{shown(value)}" is not a whole number', KEYS[key])
        elif not least <= value <= most:
            self.note((key,), f"{value} is not between {least} and {most:,}", KEYS[key])
        else:
            return value
        return default

    def _name(self) -> str:
        stem = re.sub(r"[^A-Za-z0-9_.-]", "-", FilePath(self.document.label).stem).lstrip("_.-") or "sweep"
        name = self.document.data.get("name", stem)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self.note(("name",), f'"{shown(name)}" is no name', "Letters, digits, underscores, dots and hyphens.")
            return stem
        return name

    def _scale(self) -> float:
        value = self.document.data.get("scale", 1.0)
        if not _is_number(value) or not 0 < value <= 1:
            self.note(("scale",), f'"{shown(value)}" is not a share above 0 and up to 1', KEYS["scale"])
            return 1.0
        return float(value)

    def _own_luck(self) -> bool:
        value = self.document.data.get("own_luck", False)
        if not isinstance(value, bool):
            self.note(("own_luck",), f'"{shown(value)}" is neither true nor false', KEYS["own_luck"])
        return value is True

    def _measures(self) -> tuple[str, ...]:
        from demandsim.measures.register import MEASURES

        for number, value in enumerate(given := self.document.data.get("measures") or ()):
            if isinstance(given, list) and isinstance(value, str) and value not in MEASURES:
                near = did_you_mean(value, MEASURES)
                self.note(
                    ("measures", number), f'unknown measure "{shown(value)}"{near}', "`demandsim measures` lists all."
                )
        return self.listed("measures", lambda v: isinstance(v, str), "the name of a measure")

    def _scenarios(self) -> tuple[str, ...]:
        """The yardstick first; files are looked for beside the sweep file."""
        base = self.listed("base", lambda v: isinstance(v, str) and v != "", "a scenario")
        if len(base) > 1:
            self.note(("base",), "is one scenario", "List several under scenarios:.")
        several = self.listed("scenarios", lambda v: isinstance(v, str) and v != "", "a scenario")
        if "base" not in self.document.data and "scenarios" not in self.document.data:
            self.note((), "names no scenario", "Say base: deficit, or scenarios: [deficit, strengths].")
        known = [path.stem for path in sorted(library_folder().glob("*.yaml"))]
        for key, names in (("base", base), ("scenarios", several)):
            for number, name in enumerate(names):
                if not is_file(name) and name not in known:
                    path: Path = (key, number) if isinstance(self.document.data[key], list) else (key,)
                    hint = "`demandsim scenarios` lists the library; a file in this folder ends in .yaml."
                    self.note(path, f'there is no scenario "{shown(name)}" in it{did_you_mean(name, known)}', hint)
        return tuple(dict.fromkeys([*base[:1], *several]))

    def _places(self) -> tuple[str, ...]:
        """Places; whether those of the tables are there is looked up, files are read later."""
        places = self.listed("places", lambda v: isinstance(v, str) and v != "", "the name of a place")
        for number, name in enumerate(places):
            if trouble := _place_trouble(name):
                self.note(("places", number), trouble)
        return places

    def _design(self) -> tuple[str, tuple[Settings, ...]]:
        """The design's name, and the rows of the file where it is a table."""
        design = self.document.data.get("design", "grid")
        design = {"saltelli": "sobol"}.get(design, design) if isinstance(design, str) else design
        if isinstance(design, str) and design.lower().endswith(".csv"):
            if "vary" in self.document.data:
                self.note(("vary",), "a table says all that varies", "Leave vary: out, or choose another design.")
            try:
                return design, self.table or read_table(self.folder / design)
            except ScenarioError as error:
                self.problems += [(self.document.line(("design",)) or 0, text) for text in error.problems]
            return design, ()
        if design not in DESIGNS:
            near = did_you_mean(design, DESIGNS) if isinstance(design, str) else ""
            self.note(("design",), f'unknown design "{shown(design)}"{near}', KEYS["design"])
            return "grid", ()
        return str(design), ()

    def _consider(self, spec: SweepSpec) -> None:
        """What is right key by key, and makes no sense together."""
        ranges = [axis for axis in spec.axes if not axis.values]
        if spec.design in SAMPLED and not spec.axes:
            self.note(("design",), f"{spec.design} draws points, and nothing varies", KEYS["vary"])
        draws = spec.design in SAMPLED or (spec.design == "grid" and bool(ranges))
        if draws and spec.points is None:
            what = "steps each range has" if spec.design == "grid" else "are drawn"
            self.note(("design",), "points: is missing", f"Say how many {what}, for example points: 16.")
        if spec.points is not None and not draws:
            fixed = f"each row of {spec.design} is a point" if spec.table else f"{spec.design} takes what vary: names"
            self.note(("points",), f"{fixed}, so that none is drawn", "Leave points: out.")
        if spec.design == "grid" and ranges and spec.points == 1:
            self.note(("points",), "1 step leaves a range no end", "Give 2 or more.")
        if spec.design == "sobol" and spec.points is not None and not is_power_of_two(spec.points):
            below = 2 ** int(math.log2(spec.points))
            hint = f"Give {below} or {2 * below}: the scheme is balanced at powers of two alone."
            self.note(("points",), f"{spec.points} is no power of two", hint)
        if spec.cuts and any(axis.path == CUT for axis in spec.axes):
            self.note(("cuts",), f"{CUT} varies already", "Say it in one place: cuts:, or vary:.")
        if spec.cuts and any(CUT in row for row in spec.table):
            self.note(("cuts",), f"{spec.design} has a column {CUT}", "Leave cuts: out.")
        if spec.places and any("place" in row for row in spec.table):
            self.note(("places",), f"{spec.design} has a column place", "Leave places: out.")
        if spec.own_luck and not spec.table and spec.design not in OWN_LUCK:
            hint = f"Leave it out, or draw futures: {', '.join(OWN_LUCK)} or a table."
            self.note(("own_luck",), f"points of {spec.design} are there to be compared, with the same luck", hint)
        if not spec.axes and not spec.table and max(len(spec.scenarios), len(spec.places), len(spec.cuts)) < 2:
            hint = f"{KEYS['vary']} For one scenario as it is, use `demandsim run`."
            self.note((), "the design is empty: nothing varies", hint)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def read_table(path: FilePath) -> tuple[Settings, ...]:
    """The points of a CSV file: a column for each dotted path, an empty cell where the scenario's own value stays.

    A column ``place`` may name a place for each row. ``point``, ``scenario``, ``run`` and ``luck``, as in an exported
    design, set nothing; rows of one ``point`` with the same settings are one point, and so are the same rows of a table
    that has ``scenario`` or ``run`` alone. Otherwise each row is a point, whether or not another is the same.

    Raises:
        ScenarioError: With every problem found, each with its line.
    """
    return parse_table(_text_of(path), str(path))


def parse_table(text: str, label: str) -> tuple[Settings, ...]:
    """The points of a table, as `read_table` reads them from a file.

    Args:
        text: The table as CSV.
        label: What to call it in messages.

    Raises:
        ScenarioError: With every problem found.
    """
    header, lines = _cells(text, label)
    if len(header) == 1 and (sign := next((sign for sign in ";\t" if sign in header[0]), "")):
        what = "semicolons" if sign == ";" else "tabs"
        hint = "Save it as CSV with commas between the columns."
        raise ScenarioError([problem(label, 1, (), f"{what} part its columns, not commas", hint)])
    if not header:
        hint = "Give it a column for each dotted path."
        raise ScenarioError([problem(label, 1, (), "holds no columns: the design is empty", hint)])
    if wrong := [name for name in header if header.count(name) > 1 or not name]:
        raise ScenarioError([problem(label, 1, (), f'column "{shown(wrong[0])}" stands twice or is empty')])
    kept: dict[Any, Settings] = {}
    problems: list[str] = []
    for line, cells in lines:
        if len(cells) != len(header):
            problems.append(problem(label, line, (), f"{len(cells)} cells under {len(header)} columns"))
            continue
        named = dict(zip(header, cells, strict=True))
        filled = {name: cell for name, cell in named.items() if cell and name not in _IGNORED}
        row = {name: cell if name == "place" else _setting(name, cell) for name, cell in filled.items()}
        problems += _row_problems(row, label, line)
        number = named.get("point", "" if "scenario" in named or "run" in named else str(line))
        kept.setdefault((number, *sorted(row.items())), row)
        if len(problems) >= 20:
            break
    if not lines:
        problems.append(problem(label, 1, (), "holds no rows: the design is empty", "Write a row for each point."))
    if problems:
        raise ScenarioError(problems)
    return tuple(kept.values())


def _row_problems(row: Settings, label: str, line: int) -> list[str]:
    """What is wrong with a row of a table: its place, or settings that no scenario may have."""
    settings: Mapping[str, Setting] = {name: value for name, value in row.items() if name != "place"}
    trouble = _place_trouble(str(row["place"])) if "place" in row else ""
    found = [problem(label, line, ("place",), trouble)] if trouble else []
    return found + schema_problems(changes_of(settings, label=label, line=line))


def _place_trouble(name: str) -> str:
    """Why there is no such place in the tables, empty where there is; files are read later."""
    try:
        if not is_file(name):
            find_place(name)
    except PlaceError as error:
        return str(error)
    return ""


def _text_of(path: FilePath) -> str:
    """The text of a CSV file."""
    label = str(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ScenarioError([problem(label, None, (), f"larger than {_MOST_BYTES // 10**6} MB: no design is")])
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        beside = [file.name for file in path.parent.glob("*.csv")] if path.parent.is_dir() else []
        near = did_you_mean(path.name, beside)
        raise ScenarioError([problem(label, None, (), f"no such file{near}", "Look at its name and folder.")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            [problem(label, None, (), f"cannot be read ({error})", "Save it as CSV in UTF-8.")]
        ) from None


def _cells(text: str, label: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows of a CSV text, each row with its line."""
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise ScenarioError([problem(label, None, (), f"cannot be read as CSV ({error})", "Save it as CSV.")]) from None
    return (rows[0][1], rows[1:]) if rows else ([], [])


def _setting(path: str, cell: str) -> Setting:
    """A cell as a scenario file would read it at a path."""
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    try:
        number = float(cell)
    except ValueError:
        return cell
    return int(number) if value_kind(nested(path)) is int and number.is_integer() else number
