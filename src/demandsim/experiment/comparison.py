"""Answers from tidy rows: means, and differences paired by luck, with their 95 % intervals.

Replicate 7 of one scenario and replicate 7 of another meet the same chances, person by person; so the difference is
taken replicate by replicate first and averaged afterwards. Intervals are Student's t over replicates: the range from
chance alone, with every parameter at its central value.

Where parameters were drawn from their ranges too, chance and parameters are kept apart. Each draw has one luck, so the
draws' mean square distance from the usual answer holds both; what the replicates show of chance is taken off, and what
is left is the parameters' part:

    parameters² = mean of (draw - usual)² - chance² (1 + 1 / others), no less than 0

``usual`` is here the mean of the replicates of other luck than the draw's, ``others`` how many these are: the replicate
with the same luck is in part the draw itself, and how far it is so nobody knows.

It is measured from the usual answer, not from the draws' own mean: an answer that most draws would shift has a wide
range rather than a quiet bias.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.experiment.plan import Plan
from demandsim.measures.register import MEASURES

Values = NDArray[np.float64]
Places = NDArray[np.int64]
Table = dict[tuple[str, str, str, str], Values]
When = int | Literal["horizon"]
CHANCE, BOTH = "chance", "chance+parameters"
"""What an interval holds: chance alone, or the range of parameters as well."""

_EQUAL_ENOUGH = 6
"""Runs whose differences must be equal before that is more than a coincidence of small counts."""
_ROUNDING = 1e-9
"""Share of a value below which a range is no more than rounding."""

_NOT_TOLD = ("neighbourhood",)
"""Breakdowns that stand in the tidy rows alone: in the sample that is usual they rest on a handful of people each."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replicates with its 95 % interval.

    Attributes:
        value: The mean.
        half: Half the width of the interval; NaN from fewer than two replicates.
        n: Replicates.
    """

    value: float
    half: float
    n: int

    @property
    def low(self) -> float:
        """Lower end."""
        return self.value - self.half

    @property
    def high(self) -> float:
        """Upper end."""
        return self.value + self.half

    @property
    def clear(self) -> bool:
        """Whether the interval leaves 0 out. A few equal counts alone are a coincidence, not a certainty."""
        return bool(abs(self.value) > self.half) and not self.coincidence

    @property
    def coincidence(self) -> bool:
        """Whether so few runs happened to be equal that they show no range: small counts of a sample often are."""
        return 2 <= self.n < _EQUAL_ENOUGH and self.half <= _ROUNDING * abs(self.value)


def estimate(values: Values) -> Estimate:
    """Mean and 95 % t-interval of values by replicate.

    Args:
        values: One value a replicate, shape (n,); those not known (NaN) are left out.
    """
    values = values[~np.isnan(values)]
    n = int(values.size)
    mean = float(values.mean()) if n else math.nan
    if n < 2:
        return Estimate(mean, math.nan, n)
    from scipy.special import stdtrit

    return Estimate(mean, float(stdtrit(n - 1, 0.975) * values.std(ddof=1) / math.sqrt(n)), n)


@dataclass(frozen=True, slots=True)
class Spread:
    """An answer with its two ranges.

    Attributes:
        chance: Mean over replicates with its 95 % interval from chance alone.
        parameters: Half the width of the 95 % range from parameters alone.
        drawn: Mean over the draws.
        n: Draws.
    """

    chance: Estimate
    parameters: float
    drawn: float
    n: int

    @property
    def value(self) -> float:
        """The answer with usual parameters."""
        return self.chance.value

    @property
    def both(self) -> Estimate:
        """The answer with its 95 % range from chance and parameters together: their squares add up."""
        return Estimate(self.value, math.hypot(self.chance.half, self.parameters), self.n)

    @property
    def share(self) -> float:
        """The parameters' share of the squared range, 0 to 1; NaN where nothing varies."""
        whole = self.both.half**2
        return self.parameters**2 / whole if whole > 0 else math.nan


def spread(replicates: Values, draws: Values, beside: Places | None = None) -> Spread:
    """Split the variation of an answer into chance and parameters.

    Args:
        replicates: One value a replicate, all with usual parameters, shape (r,), two or more.
        draws: One value a draw, shape (n,), one or more. Values not known (NaN) are left out of either.
        beside: For each draw the place of the replicate that has the same luck, -1 where none has, shape (n,); left
            out where no draw shares luck with any.

    Returns:
        The answer with its ranges; that of parameters by Student's t with as many degrees of freedom as draws.

    Raises:
        ValueError: If there are fewer.
    """
    from scipy.special import stdtrit

    if replicates.size < 2 or not draws.size:
        raise ValueError("two or more replicates and at least one draw are needed to keep chance and parameters apart")
    beside = np.full(draws.size, -1) if beside is None else beside
    told = ~np.isnan(draws)
    twin = np.append(replicates, np.nan)[beside[told]]  # what the same luck made of the usual values
    replicates, draws = replicates[~np.isnan(replicates)], draws[told]
    chance, n = estimate(replicates), int(draws.size)
    if replicates.size < 2 or not n:  # not known of enough runs
        return Spread(chance, math.nan, math.nan, n)
    others = chance.n - ~np.isnan(twin)
    usual = (replicates.sum() - np.nan_to_num(twin)) / others
    by_luck = float(replicates.var(ddof=1)) * (1.0 + float((1.0 / others).mean()))
    half = float(stdtrit(n, 0.975)) * math.sqrt(max(0.0, float(((draws - usual) ** 2).mean()) - by_luck))
    return Spread(chance, half, float(draws.mean()), n)


class Results:
    """Tidy rows of finished runs, and what is read off them.

    Args:
        plan: What was run.
        measures: Rows with the columns of ``measures.parquet``.
    """

    def __init__(self, plan: Plan, measures: pd.DataFrame) -> None:
        self.plan = plan
        self.measures = measures

    def to_frame(self) -> pd.DataFrame:
        """All rows as a frame of its own."""
        return self.measures.copy()

    @property
    def digest(self) -> str:
        """SHA-256 of all rows: equal where the results are."""
        import hashlib

        total = hashlib.sha256()
        for name in self.measures.columns:
            values = self.measures[name].to_numpy()
            total.update(name.encode())
            total.update(values.tobytes() if values.dtype != object else "\0".join(map(str, values)).encode())
        return total.hexdigest()

    @cached_property
    def replicates(self) -> list[int]:
        """Replicates that every scenario has: only these can be paired."""
        return _in_all(self._usual, "replicate")

    @cached_property
    def draws(self) -> list[int]:
        """Draws of parameters that every scenario has, counted from 0."""
        return _in_all(self._drawn, "draw")

    @property
    def has_ranges(self) -> bool:
        """Whether parameters were drawn, so that their part can be told from that of chance."""
        return bool(self.draws) and len(self.replicates) > 1

    @cached_property
    def beside(self) -> Places:
        """For each draw the place, among `replicates`, of the one with the same luck; -1 where there is none."""
        place = {replicate: place for place, replicate in enumerate(self.replicates)}
        return np.array([place.get(self.plan.seed + draw, -1) for draw in self.draws], dtype=np.int64)

    @cached_property
    def _drawn(self) -> pd.DataFrame:
        """Rows of runs with drawn parameters, with the number of their draw."""
        number = {run: draw for draw, runs in enumerate(self.plan.draw_runs) for run in runs}
        if not number:
            return self.measures.iloc[:0].assign(draw=0)
        draw = self.measures["run"].map(number)
        return self.measures[draw.notna()].assign(draw=draw[draw.notna()].astype(int))

    @cached_property
    def _usual(self) -> pd.DataFrame:
        """Rows of runs with the parameters' usual values."""
        if not self.plan.draws:
            return self.measures
        return self.measures.drop(self._drawn.index)

    @cached_property
    def years(self) -> list[int]:
        """Labels of the model years."""
        return sorted(int(year) for year in self.measures["year"].unique())

    @cached_property
    def _table(self) -> Table:
        """Values by (scenario, measure, by, group): shape (replicates, years)."""
        return self._tables(self._usual, "replicate", self.replicates)

    @cached_property
    def _drawn_table(self) -> Table:
        """The same of the draws: shape (draws, years)."""
        return self._tables(self._drawn, "draw", self.draws)

    def _tables(self, rows: pd.DataFrame, along: str, numbers: list[int]) -> Table:
        """Values by key, one line a replicate or draw.

        What has no row is 0 where rows count something (a service that nobody paid for), and not known (NaN) where
        they are a state or a share (a mean over nobody, an expectancy from too few lives).
        """
        paired = rows[rows[along].isin(numbers)]
        number, keys = _numbered(paired, ["scenario", "measure", "by", "group"])
        held = np.full((len(keys), len(numbers), len(self.years)), np.nan)
        line = np.searchsorted(numbers, paired[along].to_numpy())
        held[number, line, np.searchsorted(self.years, paired["year"].to_numpy())] = paired["value"].to_numpy()
        summed = np.array([MEASURES[measure].summed for _, measure, _, _ in keys], dtype=bool)
        held[summed] = np.nan_to_num(held[summed], nan=0.0)
        return {(str(s), str(m), str(b), str(g)): held[k] for k, (s, m, b, g) in enumerate(keys)}

    def has(self, measure: str, by: str = "all", group: str = "all") -> bool:
        """Whether any scenario has rows for a measure and group."""
        return any((s.name, measure, by, group) in self._table for s in self.plan.scenarios)

    def groups(self, measure: str, by: str) -> list[str]:
        """Groups that a measure is broken down into."""
        return sorted({g for _, m, b, g in self._table if m == measure and b == by})

    def too_few(self, by: str) -> frozenset[str]:
        """Groups of a breakdown that rest on too few simulated people to be shown by themselves, under any scenario.

        Args:
            by: A breakdown of people: ``age``, ``sex``, ``quintile``, ``need``, ``district`` or ``neighbourhood``.
        """
        from demandsim.measures.small_numbers import too_few

        of_each = (too_few(rows, by, self.plan.scale) for _, rows in self._usual.groupby("scenario"))
        return frozenset[str]().union(*of_each)

    def nobody(self, by: str) -> frozenset[str]:
        """Groups of a breakdown in which nobody was simulated under any scenario.

        Args:
            by: A breakdown of people, as for `too_few`.
        """
        from demandsim.measures.small_numbers import nobody

        return nobody(self._usual, by)

    def breakdowns(self, measure: str) -> list[str]:
        """What a measure is broken down by; empty where there is none of it."""
        return sorted({b for _, m, b, _ in self._table if m == measure})

    def values(
        self, scenario: str, measure: str, when: When, by: str = "all", group: str = "all", *, drawn: bool = False
    ) -> Values:
        """Values by replicate, or by draw of parameters.

        Args:
            scenario: Name of the scenario.
            measure: Name of the measure.
            when: A model year; or ``"horizon"``: the last year of a state or share, the sum of a flow or cost.
            by: Breakdown.
            group: Level of the breakdown.
            drawn: Of the draws of parameters, instead of the replicates with usual ones.

        Returns:
            One value a replicate or draw. Where there is no row: 0 of what is counted (a service nobody paid for), NaN
            of a state or share (nobody, or too few, to tell it of).
        """
        table = (self._drawn_table if drawn else self._table).get((scenario, measure, by, group))
        if table is None:
            lines = len(self.draws if drawn else self.replicates)
            return np.full(lines, 0.0 if MEASURES[measure].summed else np.nan)
        if when == "horizon":
            return np.asarray(table.sum(axis=1) if MEASURES[measure].summed else table[:, -1])
        return table[:, self.years.index(when)]

    def estimate(self, scenario: str, measure: str, when: When, by: str = "all", group: str = "all") -> Estimate:
        """Mean and interval of a measure under one scenario."""
        return estimate(self.values(scenario, measure, when, by, group))

    def difference(
        self, scenario: str, against: str, measure: str, when: When, by: str = "all", group: str = "all"
    ) -> Estimate:
        """Mean and interval of what a scenario has more than another, paired by luck."""
        ours = self.values(scenario, measure, when, by, group)
        return estimate(ours - self.values(against, measure, when, by, group))

    def spread(
        self,
        scenario: str,
        measure: str,
        when: When,
        by: str = "all",
        group: str = "all",
        *,
        against: str | None = None,
    ) -> Spread:
        """An answer with its range from chance and its range from parameters, kept apart.

        Args:
            scenario: Name of the scenario.
            measure: Name of the measure.
            when: As for `values`.
            by: Breakdown.
            group: Level of the breakdown.
            against: Scenario to take the difference against, paired by luck and draw; None for the level itself.

        Raises:
            ValueError: If no parameters were drawn, or there are fewer than two replicates.
        """

        def values(drawn: bool) -> Values:
            ours = self.values(scenario, measure, when, by, group, drawn=drawn)
            return ours if against is None else ours - self.values(against, measure, when, by, group, drawn=drawn)

        return spread(values(False), values(True), self.beside)

    def softening(
        self,
        practice: tuple[str, str],
        against: tuple[str, str],
        measure: str,
        when: When,
        by: str = "all",
        group: str = "all",
    ) -> Estimate:
        """How much less a cut moves a measure under one practice than under another.

        Args:
            practice: A scenario and its cut version.
            against: Another and its cut version.
            measure: Name of the measure.
            when: As for `values`.
            by: Breakdown.
            group: Level of the breakdown.

        Returns:
            (cut - uncut) under the practice less (cut - uncut) under the other.
        """

        def effect(pair: tuple[str, str]) -> Values:
            return self.values(pair[1], measure, when, by, group) - self.values(pair[0], measure, when, by, group)

        return estimate(effect(practice) - effect(against))


def _in_all(rows: pd.DataFrame, along: str) -> list[int]:
    """Replicates or draws that every scenario has."""
    held = [set(found[along]) for _, found in rows.groupby("scenario")]
    return sorted(int(number) for number in set.intersection(*held)) if held else []


def _numbered(rows: pd.DataFrame, columns: Sequence[str]) -> tuple[NDArray[np.int64], list[tuple[str, ...]]]:
    """A number for every combination of some columns of text, and the combinations: quick for millions of rows."""
    code = np.zeros(len(rows), dtype=np.int64)
    levels: list[list[str]] = []
    for name in columns:
        number, found = pd.factorize(rows[name])
        code = code * max(len(found), 1) + number
        levels.append([str(level) for level in found])
    codes, number = np.unique(code, return_inverse=True)
    keys = []
    for each in codes.tolist():
        parts: list[str] = []
        for level in reversed(levels):
            each, at = divmod(each, len(level))
            parts.append(level[at])
        keys.append(tuple(reversed(parts)))
    return number, keys


def result_records(results: Results) -> list[dict[str, object]]:
    """Each measure of each scenario over the horizon: what ``--json`` gives as ``measures``."""
    return _records(results, [s.name for s in results.plan.scenarios], against=None)


def difference_records(results: Results) -> list[dict[str, object]]:
    """Differences of every scenario against the first: what ``--json`` gives as ``differences``."""
    first, *others = [s.name for s in results.plan.scenarios]
    return _records(results, others, against=first)


def _records(results: Results, scenarios: Sequence[str], *, against: str | None) -> list[dict[str, object]]:
    """Every answer over the horizon with its range from chance, then all with parameters where these were drawn."""
    keys = _keys(results, scenarios)

    def found(scenario: str, measure: str, by: str, group: str) -> Estimate:
        if against is None:
            return results.estimate(scenario, measure, "horizon", by, group)
        return results.difference(scenario, against, measure, "horizon", by, group)

    records = [record(found(*key), *key, results.years[-1], CHANCE) for key in keys]
    if results.has_ranges:
        for scenario, measure, by, group in keys:
            both = results.spread(scenario, measure, "horizon", by, group, against=against).both
            records.append(record(both, scenario, measure, by, group, results.years[-1], BOTH))
    return records


def _keys(results: Results, scenarios: Sequence[str]) -> list[tuple[str, str, str, str]]:
    wanted = {name: number for number, name in enumerate(scenarios)}
    order = {name: number for number, name in enumerate(MEASURES)}
    keys = [key for key in results._table if key[0] in wanted and key[2] not in _NOT_TOLD]
    return sorted(keys, key=lambda key: (wanted[key[0]], order[key[1]], key[2], key[3]))


def record(
    found: Estimate, scenario: str, measure: str, by: str, group: str, year: int, interval: str
) -> dict[str, object]:
    """An answer as a row of a table; what is not known is None."""
    known = not math.isnan(found.half)
    return {
        "measure": measure,
        "scenario": scenario,
        "year": year,
        "by": by,
        "group": group,
        "value": None if math.isnan(found.value) else found.value,
        "low": found.low if known else None,
        "high": found.high if known else None,
        "unit": MEASURES[measure].unit,
        "interval": interval if known else None,
    }
