"""Chance and what is not known side by side: what is left of a difference when parameters are drawn from ranges."""

from __future__ import annotations

from typing import Literal

from demandsim.experiment.comparison import Estimate, Results, Spread
from demandsim.experiment.draws import USUAL, keys_drawn
from demandsim.report.headlines import Headline, called, headlines, plain
from demandsim.report.sentences import joined, same_scenario

WIDTH = 80
_LABEL = 24
_COLUMNS = (("usual", 8), ("drawn", 8), ("± chance", 10), ("± not known", 12), ("± both", 9))


def ranges_block(results: Results, title: str, ours: str, against: str | None) -> list[str]:
    """A difference in the last year with its range from chance, from parameters, and from both.

    Args:
        results: What was run; without draws, nothing is told.
        title: The block's title.
        ours: The scenario of interest.
        against: The one that the difference is taken against; None for the level itself.

    Returns:
        Lines of at most 80 columns.
    """
    if not results.has_ranges:
        return []
    lines = [title, spread_heading(), "─" * WIDTH]
    for row in headlines(results):
        found = _spread(results, row, ours, against)
        lines.append(spread_row(row, found, "level" if against is None else "change"))
    return lines


def spread_heading() -> str:
    """The headings of a table of answers with their two ranges."""
    return " " * _LABEL + "".join(name.rjust(width) for name, width in _COLUMNS)


def spread_row(row: Headline, found: Spread, kind: Literal["level", "change"]) -> str:
    """An answer with its range from chance, from parameters and from both; of a change, whether it is clear.

    Args:
        row: How its numbers are written; a label of at most 24 characters.
        found: The answer.
        kind: Whether it is a level or a difference.
    """
    number = row.number if kind == "level" else row.change
    cells = (
        number(found.value),
        number(found.drawn),
        row.half(found.chance),
        row.half(Estimate(0.0, found.parameters, found.n)),
        row.half(found.both),
    )
    shown = "".join(cell.rjust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True))
    word = "" if kind == "level" else f"  {_word(row, found)}"
    return f"{row.label:<{_LABEL}}{shown}{word}".rstrip()


def _spread(results: Results, row: Headline, ours: str, against: str | None) -> Spread:
    return results.spread(ours, row.measure, results.years[-1], row.by, row.group, against=against)


def _word(row: Headline, found: Spread) -> str:
    return "clear" if row.tells(found.both) else "unclear"


def ranges_sentence(results: Results, ours: str, against: str) -> str:
    """What stays clear when parameters are drawn too, and what was clear of chance alone; empty without draws."""
    if not results.has_ranges or same_scenario(results, ours, against):
        return ""
    stays, goes = [], []
    for row in (row for row in headlines(results) if row.is_outcome):
        found = _spread(results, row, ours, against)
        if row.tells(found.both):
            stays.append(row.phrase)
        elif row.tells(found.chance):
            goes.append(row.phrase)
    name = f"{called(results.plan, ours)} rather than {called(results.plan, against)}"
    told = [f"clear of chance and of what is not known: {joined(stays)}"] if stays else []
    told += [f"clear of chance, but not of what is not known: {joined(goes)}"] if goes else []
    if not told:
        return f"{name}: no outcome is clear of chance, so none is of what is not known besides."
    return f"{name}: {'; '.join(told)}."


def how_drawn(results: Results) -> str:
    """How the ranges were made, in plain words; empty without draws."""
    if not results.has_ranges:
        return ""
    draws, asked = len(results.draws), len(results.plan.draws)
    lost = f" ({asked - draws} of {asked} failed and are left out)" if draws < asked else ""
    few = f" {draws} draws give a rough idea of the range; --ranges {5 * USUAL} a better one." if draws < USUAL else ""
    return (
        f"± not known: how far the answer moves when {plain(len(keys_drawn()))} parameters are drawn from their "
        f"ranges, all at once, {draws} times{lost}, alike for every scenario; ±0 is no further than chance alone moves "
        "it. drawn: the mean of these draws. ± both: chance and what is not known together. All are 95 % ranges. "
        "Parameters that were fitted to the base year are held and not fitted anew, so levels move more than they "
        f"should: read differences.{few}"
    )
