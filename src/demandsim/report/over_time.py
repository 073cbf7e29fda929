"""Over the years: what differs after one, three, ten and twenty years, since a short view and a long one disagree."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from demandsim.experiment.comparison import Results
from demandsim.report.headlines import headlines

WIDTH = 80
_LABEL = 24
_COLUMN = 14
_HORIZONS = (1, 3, 10, 20)


def shown_years(years: Sequence[int]) -> list[int]:
    """The years to show of those run: the first, third, tenth and twentieth, and the last; at most four.

    Args:
        years: Calendar years run, in order.
    """
    chosen = [years[number - 1] for number in _HORIZONS if number <= len(years)]
    if chosen[-1] != years[-1]:
        chosen = [*chosen[: len(_HORIZONS) - 1], years[-1]]
    return chosen


def over_time_block(results: Results, title: str, ours: str, against: str) -> list[str]:
    """The difference between two scenarios in each of the years shown; nothing where one year was run.

    Args:
        results: What was run.
        title: The block's title.
        ours: The scenario of interest.
        against: The one that the difference is taken against.

    Returns:
        Lines of at most 80 columns. A star marks what is clear of chance.
    """
    years = shown_years(results.years)
    if len(years) < 2:
        return []
    lines = [
        *textwrap.wrap(title, WIDTH),
        " " * _LABEL + "".join(f"{_when(results, year)} ".rjust(_COLUMN) for year in years).rstrip(),
        "─" * WIDTH,
    ]
    for row in headlines(results):
        cells = ""
        for year in years:
            found = results.difference(ours, against, row.measure, year, row.by, row.group)
            cells += f"{row.change(found.value)}{'*' if row.tells(found) else ' '}".rjust(_COLUMN)
        lines.append(f"{row.label:<{_LABEL}}{cells}".rstrip())
    return lines


def _when(results: Results, year: int) -> str:
    """A year and the how-manieth it is."""
    return f"{year}, yr {year - results.years[0] + 1}"
