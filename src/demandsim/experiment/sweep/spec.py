"""What a sweep is to run: scenarios, places, cuts, and what varies between which limits."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demandsim.experiment.plan import MAX_REPLICATES, REPLICATES
from demandsim.scenario.loader import Document

Setting = float | int | bool | str
"""A value that a scenario file may hold."""

Settings = Mapping[str, Setting]
"""Values by dotted path; what is not among them stays as the scenario has it."""

CUT = "budget.cut_percent"
"""Where a scenario file says how deep the cut is."""

DESIGNS = ("grid", "one_at_a_time", "latin_hypercube", "sobol", "morris")
"""Designs by name; a design may also be a table, by the name of a CSV file."""

SAMPLED = ("latin_hypercube", "sobol", "morris")
"""Designs that draw points between limits."""

LUCK_APART = MAX_REPLICATES
"""How far apart the lucks of two rows begin where each has its own: no number of replicates makes them meet."""

OWN_LUCK = ("latin_hypercube", "sobol")
"""Designs, beside tables, whose rows may have luck of their own: those that may be futures, and stay when more come."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One thing that varies.

    Attributes:
        path: Its dotted path, as a scenario file would nest it.
        values: The values it takes; empty where it varies between limits.
        low: Least value, where it varies between limits.
        high: Greatest value, likewise.
        log: Whether steps between the limits are equal as ratios.
        whole: Whether it takes whole numbers only.
    """

    path: str
    values: tuple[Setting, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False

    @property
    def ends(self) -> tuple[Setting, ...]:
        """Its least and greatest value; of an axis with values, all of them."""
        return self.values or (self._number(self.low), self._number(self.high))

    def at(self, share: float) -> Setting:
        """The value at a share of the way, 0 to 1, from its low to its high end."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.whole:  # each whole number between the limits takes up as much of the way
            return min(int(self.low + share * (self.high - self.low + 1)), int(self.high))
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def levels(self, count: int) -> tuple[Setting, ...]:
        """Its values, or so many equal steps from end to end."""
        if self.values:
            return self.values
        if self.whole:
            steps = [self.low + (self.high - self.low) * step / (count - 1) for step in range(count)]
            return tuple(dict.fromkeys(round(step) for step in steps))
        return tuple(self._number(self.at(step / (count - 1))) for step in range(count))

    def _number(self, value: Setting) -> Setting:
        return round(value) if self.whole and isinstance(value, float) else value


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    """A sweep as it was asked for; checked by itself, nothing looked up yet.

    Attributes:
        name: What it is called.
        scenarios: Library names or files; the first is the yardstick.
        places: Names, codes or files of own figures; empty for the place that the scenarios were written for.
        cuts: Cuts of the budget in percent, each crossed with every point; empty for the scenarios' own.
        axes: What varies.
        design: One of `DESIGNS`, or the name of a CSV file.
        table: Rows of that file: settings by dotted path, ``place`` among them where it has such a column.
        points: How many points are drawn; of a grid, levels of each range; of ``sobol``, samples that each give as many
            points as things vary, and two more; of ``morris``, paths of as many points as things vary, and one more.
        replicates: How often each point is run, each time with other luck; the same luck at every point, unless
            ``own_luck``.
        years: Model years; None for the most that a scenario asks for.
        scale: Share of the population to simulate.
        seed: Luck of the first replicate.
        design_seed: Decides which points are drawn; the seed unless it is given.
        own_luck: Whether each row of the design has luck of its own, which it shares in all scenarios, places and cuts.
        measures: Measures to keep in the combined table; empty for all.
        document: Where it was written, for messages.
        folder: Folder of the sweep file, where further files are looked for.
    """

    name: str
    scenarios: tuple[str, ...]
    places: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()
    axes: tuple[Axis, ...] = ()
    design: str = "grid"
    table: tuple[Settings, ...] = ()
    points: int | None = None
    replicates: int = REPLICATES
    years: int | None = None
    scale: float = 1.0
    seed: int = 1
    design_seed: int | None = None
    own_luck: bool = False
    measures: tuple[str, ...] = ()
    document: Document = field(default=Document({}, {(): 1}, "sweep"), compare=False, repr=False)
    folder: Path = field(default=Path(), compare=False)

    @property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths of all that varies, in order; the cut last where cuts are crossed."""
        named = [axis.path for axis in self.axes]
        for row in self.table:
            named += [path for path in row if path != "place"]
        return tuple(dict.fromkeys([*named, *([CUT] if self.cuts else [])]))

    @property
    def draw(self) -> int:
        """The seed of the design."""
        return self.seed if self.design_seed is None else self.design_seed

    def first_luck(self, row: int) -> int:
        """The luck of the first replicate of a row of the design, from which its others count on."""
        return self.seed + LUCK_APART * row if self.own_luck else self.seed

    def record(self) -> dict[str, object]:
        """What was asked for, as the manifest keeps it; ordinary sweeps, whose luck is shared, do not speak of it."""
        vary = {
            axis.path: {"values": list(axis.values)}
            if axis.values
            else {"min": axis.low, "max": axis.high, "scale": "log" if axis.log else "linear"}
            for axis in self.axes
        }
        return {
            "scenarios": list(self.scenarios),
            "places": list(self.places),
            "cuts": list(self.cuts),
            "vary": vary,
            "design": self.design,
            "points": self.points,
            "replicates": self.replicates,
            "years": self.years,
            "scale": self.scale,
            "seed": self.seed,
            "design_seed": self.draw,
            "measures": list(self.measures),
            **({"own_luck": True} if self.own_luck else {}),
        }

    @property
    def identity(self) -> str:
        """8 hex digits for what more points or replicates do not change: names the folder where none is given."""
        asked = {key: value for key, value in self.record().items() if key not in ("points", "replicates", "measures")}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def folder_name(self) -> str:
        """Name of the results folder where none is given."""
        return f"sweep-{self.name}-{self.identity}"


def is_power_of_two(number: int) -> bool:
    """Whether a number is one of 1, 2, 4, 8 and so on."""
    return number > 0 and math.log2(number).is_integer()
