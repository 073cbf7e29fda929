"""How the experiments write differences into Markdown tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from demandsim.experiment.comparison import Estimate, Results

Column = tuple[str, str, str, str, float, int]
"""Measure, breakdown, group, heading, unit and decimals of a column."""

_EXPLAINED = re.compile(r"<!-- explained -->\n.*?<!-- end -->", re.DOTALL)


def explained(page: Path) -> list[str]:
    """What was written by hand into a page, between its markers: it stays when the page is written again."""
    found = _EXPLAINED.search(page.read_text(encoding="utf-8")) if page.exists() else None
    return [found[0] if found else "<!-- explained -->\n<!-- end -->", ""]


def shown(found: Estimate, unit: float, decimals: int) -> str:
    """A difference with half its interval; bold where the interval leaves 0 out."""
    text = f"{found.value / unit:+,.{decimals}f} ±{found.half / unit:,.{decimals}f}"
    return f"**{text}**" if found.clear and round(found.value / unit, decimals) != 0 else text


def head(columns: Sequence[Column], first: str = "") -> list[str]:
    """The two lines that begin a table."""
    headings = " | ".join(heading for _, _, _, heading, _, _ in columns)
    return [f"| {first} | {headings} |" if first else f"| | {headings} |", "|---|" + "---:|" * len(columns)]


def row(results: Results, columns: Sequence[Column], label: str, ours: str, against: str, year: int) -> str:
    """A scenario's differences from another in one year, as a row."""
    cells = (
        shown(results.difference(ours, against, measure, year, by, group), unit, decimals)
        for measure, by, group, _, unit, decimals in columns
    )
    return f"| {label} | " + " | ".join(cells) + " |"
