"""Results as a script or notebook asks for them: tables, pictures, xarray, Parquet."""

from __future__ import annotations

import re
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from demandsim.experiment.comparison import BOTH, CHANCE, Estimate, Results
from demandsim.experiment.errors import InputError, from_os_error
from demandsim.measures.register import MEASURES
from demandsim.report.answer import setting_line, title
from demandsim.report.evidence import graded
from demandsim.report.headlines import Headline, headlines, plain
from demandsim.report.plots import Plots

if TYPE_CHECKING:
    import xarray as xr

_BETWEEN = re.compile(r"\+(?!\+|$)")
"""What joins levels: a plus that ends no level itself (``85+``)."""

_MOST_NAMED = 12
"""Names that a message lists."""


class Answers(Results):
    """Results with what a script or notebook asks of them."""

    @property
    def plot(self) -> Plots:
        """Pictures, drawn when asked for: ``results.plot.fan("wellbeing")``."""
        return Plots(self)

    @cached_property
    def _headlines(self) -> pd.DataFrame:
        return self.table()

    def table(self, year: int | None = None) -> pd.DataFrame:
        """The headline rows of every scenario, and what each has more than the first.

        Args:
            year: Model year, such as 2030; the last if left out.

        Returns:
            A row a headline and scenario: ``headline``, ``scenario``, ``value``, ``difference`` with the ends of its
            95 % range from chance alone (``low``, ``high``), where parameters were drawn those with parameters as well
            (``low_with_parameters``, ``high_with_parameters``), ``unit``, and ``evidence`` in words. Values are in the
            measure's unit: pounds, people, hours.

        Raises:
            InputError: If the year was not run.
        """
        when = self._year(year)
        first = self.plan.scenarios[0].name
        words = {held.row: held.words for held in graded(self)}
        rows = [
            self._table_row(row, scenario.name, first, when) | {"evidence": words[row]}
            for row in headlines(self)
            for scenario in self.plan.scenarios
        ]
        return pd.DataFrame(rows)

    def _table_row(self, row: Headline, name: str, first: str, when: int) -> dict[str, object]:
        where = (row.measure, when, row.by, row.group)
        found = Estimate(np.nan, np.nan, 0) if name == first else Results.difference(self, name, first, *where)
        told: dict[str, object] = {
            "headline": row.label.removesuffix(" £m").removesuffix(","),
            "scenario": name,
            "value": self.estimate(name, *where).value,
            "difference": found.value,
            "low": found.low,
            "high": found.high,
        }
        if self.has_ranges:
            both = found if name == first else self.spread(name, *where, against=first).both
            told |= {"low_with_parameters": both.low, "high_with_parameters": both.high}
        return told | {"unit": MEASURES[row.measure].unit}

    def by_year(self, measure: str, *, against: str | None = None, by: str = "all") -> pd.DataFrame:
        """A measure by scenario and year with its 95 % ranges.

        Args:
            measure: Name of the measure.
            against: Give differences from this scenario, paired by luck; levels if left out.
            by: Breakdown, such as ``payer`` or ``quintile``.

        Returns:
            Rows of ``scenario, year, group, value, low, high, unit, interval``; where parameters were drawn, a second
            row with the range from chance and parameters together.

        Raises:
            InputError: If there is no such measure, breakdown or scenario.
        """
        check_measure(self, measure, by)
        names = [scenario.name for scenario in self.plan.scenarios]
        if against is not None and against not in names:
            raise InputError(_none_of("scenario", against, names))
        rows = []
        for scenario in (name for name in names if name != against):
            for year in self.years:
                for group in self.groups(measure, by):
                    where = (measure, year, by, group)
                    alone = (
                        self.estimate(scenario, *where)
                        if against is None
                        else Results.difference(self, scenario, against, *where)
                    )
                    found = [(CHANCE, alone)]
                    if self.has_ranges:
                        found.append((BOTH, self.spread(scenario, *where, against=against).both))
                    rows += [
                        (scenario, year, group, e.value, e.low, e.high, MEASURES[measure].unit, interval)
                        for interval, e in found
                    ]
        columns = ["scenario", "year", "group", "value", "low", "high", "unit", "interval"]
        return pd.DataFrame(rows, columns=columns)

    def to_parquet(self, path: str | Path) -> Path:
        """Write the tidy rows of all runs, draws included, as one Parquet file.

        Args:
            path: File to write; one that is there is replaced.

        Returns:
            The path.

        Raises:
            InputError: If it cannot be written.
            ResourceError: If the disk is full.
        """
        from demandsim.experiment.store import COLUMNS, SCHEMA

        try:
            self.measures[list(COLUMNS)].to_parquet(path, schema=SCHEMA, index=False)
        except OSError as error:
            raise from_os_error(error, str(path)) from error
        return Path(path)

    def to_xarray(self, *, by: str = "all", drawn: bool = False) -> xr.Dataset:
        """Measures as arrays over scenario, replicate and year, for those who like labelled arrays.

        Args:
            by: Breakdown, such as ``payer`` or ``age+sex``; each of its parts becomes a dimension.
            drawn: Of the draws of parameters (dimension ``draw``) instead of the replicates.

        Returns:
            A variable a measure, with ``units`` and ``long_name``; NaN where a scenario has no such row.

        Raises:
            InputError: If xarray is not installed, or no measure has the breakdown.
        """
        try:
            import xarray as xr
        except ModuleNotFoundError as error:
            raise InputError(
                "to_xarray needs the package xarray.\n  Install it with: pip install 'demandsim[sensitivity]'"
            ) from error
        along = "draw" if drawn else "replicate"
        rows = self._drawn if drawn else self._usual
        known = sorted(set(rows["by"]))
        if by not in known:
            raise InputError(_none_of("breakdown", by, known))
        rows = rows[rows["by"] == by]
        parts = [] if by == "all" else by.split("+")
        if parts:
            rows = rows.assign(**dict(zip(parts, zip(*rows["group"].map(_levels), strict=True), strict=True)))
        index = ["scenario", along, "year", *parts]
        wide = rows.pivot(index=index, columns="measure", values="value")
        wide.columns.name = None
        held = xr.Dataset.from_dataframe(wide)
        for name in held.data_vars:
            measure = MEASURES[str(name)]
            held[name].attrs = {"long_name": measure.label, "units": measure.unit}
        return held.sel(scenario=[s.name for s in self.plan.scenarios])

    def _year(self, year: int | None) -> int:
        if year is None:
            return self.years[-1]
        if year not in self.years:
            raise InputError(f"{year}: not run.\n  There are {self.years[0]} to {self.years[-1]}.")
        return year

    def _repr_html_(self) -> str:
        """What a notebook shows: the headline table, under what was run."""
        table = self._headlines.to_html(index=False, float_format=_shown, na_rep="")
        return f"<p><strong>{escape(title(self))}</strong></p><p>{escape(setting_line(self))}</p>{table}"


def _levels(group: str) -> list[str]:
    """The levels of a group: ``85++1`` is ``85+`` and ``1``."""
    return _BETWEEN.split(group)


def _shown(value: float) -> str:
    """A number of the table as a notebook shows it."""
    return plain(value) if abs(value) >= 100 else f"{value:.3g}"


def check_measure(results: Results, measure: str, by: str = "all") -> None:
    """Refuse a measure or breakdown that the results do not hold.

    Args:
        results: What was run.
        measure: Name of the measure.
        by: Breakdown.

    Raises:
        InputError: Saying what there is.
    """
    held = [name for name in MEASURES if results.breakdowns(name)]
    if measure not in held:
        raise InputError(_none_of("measure", measure, held))
    if by not in results.breakdowns(measure):
        raise InputError(_none_of(f"breakdown of {measure}", by, results.breakdowns(measure)))


def _none_of(what: str, given: str, known: list[str]) -> str:
    """What to say of a name that is none of those known."""
    from difflib import get_close_matches

    near = get_close_matches(given[:100], known, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    shown = known if len(known) <= _MOST_NAMED else [*known[:_MOST_NAMED], f"and {len(known) - _MOST_NAMED} more"]
    return f"{given}: no {what} of these results.{guess}\n  There are: {', '.join(shown)}."
