"""A sweep, resolved: its points, the runs that they come to, and what to do with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import Place, Task, check_numbers, run_hash
from demandsim.experiment.prepare import is_file, least_scale, place_written_for, resolve_place, resolve_scenarios
from demandsim.experiment.sweep.axes import changes_of
from demandsim.experiment.sweep.designs import points_of
from demandsim.experiment.sweep.results import DESIGN_COLUMNS, LUCK
from demandsim.experiment.sweep.spec import CUT, Setting, Settings, SweepSpec
from demandsim.experiment.versions import data_version, model_version
from demandsim.scenario.errors import ScenarioError
from demandsim.scenario.library import load_variants

if TYPE_CHECKING:
    import pandas as pd

    from demandsim.scenario.scenario import Scenario

MOST_TASKS = 1_000_000
_MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario at one point.

    Attributes:
        point: Number of the point, from 0.
        row: Number of the design's row that it comes from, from 0: the same at every place and cut. Luck follows it.
        place: Where.
        scenario: The scenario with the point's settings.
        run: Content hash of its run.
        settings: The settings, by dotted path.
    """

    point: int
    row: int
    place: Place
    scenario: Scenario
    run: str
    settings: Settings


class Sweep:
    """A design and the runs that it comes to; nothing is run before `run`.

    Args:
        spec: What is to be run.

    Attributes:
        spec: The same.
        years: Model years of every run.
        cells: Each scenario at each point: points in order, at each the scenarios in theirs.

    Raises:
        ScenarioError: If a scenario cannot be used, or values contradict one another at a point.
        PlaceError: If there is no such place.
        InputError: If the sample is too small for a place, or the design too large.
    """

    def __init__(self, spec: SweepSpec) -> None:
        self.spec = spec
        scenarios = resolve_scenarios([self._beside(name) for name in spec.scenarios])
        self.years = spec.years if spec.years is not None else max(scenario.years for scenario in scenarios)
        names = [scenario.name for scenario in scenarios]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"{spec.document.label}: two scenarios are named {twice[0]}.\n  Give one another name:.")
        drawn = points_of(spec)
        check_numbers(
            years=self.years, scale=spec.scale, seed=spec.first_luck(len(drawn) - 1), replicates=spec.replicates
        )
        points = self._points(scenarios, drawn)
        if len(points) * len(scenarios) * spec.replicates > MOST_TASKS:
            raise InputError(
                f"{spec.document.label}: {len(points) * len(scenarios) * spec.replicates:,} runs are more than "
                f"{MOST_TASKS:,}.\n  Use fewer points or replicates, or several sweeps."
            )
        self.cells = self._cells(points, len(drawn))

    def _beside(self, name: str) -> str | Path:
        """A file beside the sweep file, or a name as it is."""
        return self.spec.folder / name if is_file(name) else name

    def _points(self, scenarios: Sequence[Scenario], drawn: Sequence[Settings]) -> list[tuple[Place, Settings]]:
        """Places, then cuts, then the rows of the design: the last changes quickest."""
        spec = self.spec
        given = list(dict.fromkeys(str(row["place"]) for row in drawn if "place" in row)) or list(spec.places)
        places = {name: resolve_place(str(self._beside(name))) for name in given or [place_written_for(scenarios)]}
        for place in places.values():
            if spec.scale < (least := least_scale(place)):
                raise InputError(
                    f"{spec.document.label}  scale: {spec.scale:g} is too few people of {place.spoken} to be a place.\n"
                    f"  Give at least {least:g}."
                )
        if any("place" in row for row in drawn):
            usual = next(iter(places.values()))
            return [
                (places[str(row["place"])] if "place" in row else usual, {k: v for k, v in row.items() if k != "place"})
                for row in drawn
            ]
        cuts: Iterable[dict[str, Setting]] = [{CUT: cut} for cut in spec.cuts] or [{}]
        return [(place, {**row, **cut}) for place in places.values() for cut in cuts for row in drawn]

    def _cells(self, points: Sequence[tuple[Place, Settings]], rows: int) -> list[Cell]:
        """Resolve every scenario at every point, telling of all points at which one contradicts itself."""
        spec, facts = self.spec, {"model": model_version(), "data": data_version()}
        lines = {axis.path: spec.document.line(("vary", axis.path)) or 1 for axis in spec.axes}
        lines[CUT] = lines.get(CUT, spec.document.line(("cuts",)) or 1)
        found: dict[tuple[int, int], Cell] = {}
        problems: list[str] = []
        for order, name in enumerate(spec.scenarios):
            changes = [
                changes_of(settings, label=spec.document.label, line=None, lines=lines) for _, settings in points
            ]
            variants = load_variants(self._beside(name), changes)
            for number, (place, settings) in enumerate(points):
                try:
                    scenario = next(variants)
                except ScenarioError as error:
                    problems += [text for text in error.problems if text not in problems]
                    if len(problems) >= _MOST_PROBLEMS:
                        raise ScenarioError(problems) from None
                    variants = load_variants(self._beside(name), changes[number + 1 :])
                    continue
                run = run_hash(scenario, place, years=self.years, scale=spec.scale, **facts)
                found[number, order] = Cell(number, number % rows, place, scenario, run, settings)
        if problems:
            raise ScenarioError(problems)
        return [found[key] for key in sorted(found)]

    @cached_property
    def design(self) -> pd.DataFrame:
        """One row for each point and scenario: point, place, scenario, run and a column for each dotted path.

        Where each row of the design has luck of its own, the column ``luck`` says which.
        An empty cell (NaN, None) is a value that stays as the scenario has it.
        """
        import pandas as pd

        rows: list[Mapping[str, Any]] = [
            {
                "point": c.point,
                "place": c.place.name,
                "scenario": c.scenario.name,
                "run": c.run,
                LUCK: self.spec.first_luck(c.row),
                **c.settings,
            }
            for c in self.cells
        ]
        luck = [LUCK] if self.spec.own_luck else []
        return pd.DataFrame(rows, columns=[*DESIGN_COLUMNS, *luck, *self.spec.paths])

    @property
    def points(self) -> pd.DataFrame:
        """One row for each point, by its number: a column for each dotted path."""
        return self.design.drop_duplicates("point").set_index("point")[list(self.spec.paths)]

    @property
    def futures(self) -> pd.DataFrame:
        """The points that were drawn independently of one another, for `discover`, `prim` and `screen`.

        Of ``sobol`` the first and the last of each of its blocks, of ``morris`` the first of each path: the others
        repeat settings, and a search would take them for so many cases more. Of other designs all points.
        """
        axes = len(self.spec.axes)
        block, free = {"sobol": (axes + 2, (0, axes + 1)), "morris": (axes + 1, (0,))}.get(self.spec.design, (1, (0,)))
        return self.points.loc[list(dict.fromkeys(cell.point for cell in self.cells if cell.row % block in free))]

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Low and high end of each axis, as `sobol` and `morris` want them; of listed values, numbers from 0."""
        return {
            axis.path: (0.0, float(len(axis.values) - 1)) if axis.values else (axis.low, axis.high)
            for axis in self.spec.axes
        }

    @property
    def problem(self) -> dict[str, Any]:
        """The axes as SALib wants them: ``num_vars``, ``names`` and ``bounds``."""
        ranges = self.ranges
        return {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(ends) for ends in ranges.values()]}

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios, the yardstick first."""
        return list(dict.fromkeys(cell.scenario.name for cell in self.cells))

    def tasks(self, replicates: int | None = None) -> list[Task]:
        """Every run once, those that share their settled start beside one another.

        Args:
            replicates: How many of each; the specification's if left out.
        """
        spec = self.spec
        tasks = [
            Task(run, cell.scenario, cell.place, self.years, spec.scale, luck + number)
            for number in range(replicates or spec.replicates)
            for (run, luck), cell in self._distinct.items()
        ]
        order: dict[tuple[object, ...], int] = {}
        return sorted(tasks, key=lambda task: order.setdefault(task.start, len(order)))

    @property
    def _distinct(self) -> dict[tuple[str, int], Cell]:
        """Cells by their run and their first replicate's luck: each is simulated once."""
        return {(cell.run, self.spec.first_luck(cell.row)): cell for cell in self.cells}

    def __repr__(self) -> str:
        runs = len(self._distinct) * self.spec.replicates
        points = len({cell.point for cell in self.cells})
        return f"<Sweep {self.spec.name}: {points:,} points, {len(self.scenarios)} scenarios, {runs:,} runs>"
