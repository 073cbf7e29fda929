"""What every picture stands on: colours, fonts, titles, and how a drawn figure becomes bytes that never change."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demandsim.experiment.errors import InputError, from_os_error
from demandsim.report.headlines import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Cell = str | int | float
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25")
TWO_COLOURS = ("#12436D", "#F46A25")
GREY = "#3D3D3D"
PALE = "#D9D9D9"
BLACK = "#0B0C0C"
TITLE_WORDS = 10
_MOST_DECIMALS = 4
AFTER = " after the cut"
"""Said by a title that is about the second of two panels, so that nobody reads it as being about both."""
PAGE_INCHES = 8.6
"""Width of a figure with panels: printed as wide as a page of A4, its smallest words are then of 8 points."""

STYLE: Any = {
    "svg.hashsalt": "demandsim",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.titlelocation": "left",
    "figure.dpi": 100,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, ready to be written.

    Attributes:
        name: File name without ending.
        title: What it shows, in ten words or fewer.
        alt: What it shows, for those who cannot see it.
        svg: As SVG.
        png: As PNG.
        columns: What the columns of its numbers are called.
        rows: The numbers that it shows.
    """

    name: str
    title: str
    alt: str
    svg: bytes
    png: bytes
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        return self.svg.decode()

    def save(self, path: str | Path) -> Path:
        """Write the picture; a file that is there is replaced.

        Args:
            path: File to write, ending in ``.svg`` or ``.png``.

        Returns:
            The path.

        Raises:
            InputError: If it ends otherwise or cannot be written.
        """
        target = Path(path)
        content = {".svg": self.svg, ".png": self.png}.get(target.suffix.lower())
        if content is None:
            raise InputError(f"{target}: a picture is written as .png or .svg.\n  Give the file such an ending.")
        try:
            target.write_bytes(content)
        except OSError as error:
            raise from_os_error(error, str(target)) from error
        return target


def short_title(*options: str) -> str:
    """The first of several titles that has ten words or fewer."""
    return next((text for text in options if len(text.split()) <= TITLE_WORDS), options[-1])


def panels(
    count: int,
    title: str,
    subtitle: str,
    budgets: Sequence[str],
    *,
    height: float,
    left: float,
    beside: float,
    below: float = 0.32,
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel a budget, as wide as a page.

    Args:
        count: Panels.
        title: The picture's title.
        subtitle: The line below it.
        budgets: What stands above each panel, if there are several.
        height: Inches.
        left: Room for words left of each panel, as a share of the width.
        beside: Room right of it, likewise.
        below: Room below it, inches.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(PAGE_INCHES, height))
    figure.text(0.008, 1 - 0.16 / height, title, fontsize=13.5, fontweight="bold", color=BLACK, va="center")
    figure.text(0.008, 1 - 0.40 / height, subtitle, fontsize=10, color=GREY, va="center")
    width = 1.0 / count - left - beside
    top, bottom = 1 - (0.78 if count > 1 else 0.58) / height, below / height
    found: list[Axes] = []
    for number, budget in enumerate(budgets):
        axes = figure.add_axes((number / count + left, bottom, width, top - bottom))
        axes.tick_params(labelsize=10)
        if count > 1:
            axes.set_title(budget, fontsize=10.5, color=BLACK)
        found.append(axes)
    return figure, found


def titles(figure: Figure, title: str, subtitle: str) -> None:
    """Put the title and the line below it on a figure."""
    figure.text(0.02, 0.955, title, fontsize=16, fontweight="bold", color=BLACK, va="center")
    figure.text(0.02, 0.895, subtitle, fontsize=11, color=GREY, va="center")


def save(
    figure: Figure, name: str, title: str, alt: str, columns: Sequence[str] = (), rows: Sequence[Sequence[Cell]] = ()
) -> Picture:
    """A drawn figure as a picture: both formats, its words inside the SVG, its numbers beside it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    png, svg = io.BytesIO(), io.BytesIO()
    figure.savefig(png, format="png", dpi=150, metadata={"Software": None})
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    text = svg.getvalue().decode()
    heading = f'<title id="t">{escape(title)}</title><desc id="d">{escape(alt)}</desc>'
    text = re.sub(r"(<svg [^>]*)>", rf'\1 role="img" aria-labelledby="t d">{heading}', text, count=1)
    return Picture(name, title, alt, text.encode(), png.getvalue(), tuple(columns), tuple(map(tuple, rows)))


def number_ticks(axes: Axes, *, whole: bool = False) -> None:
    """Write the numbers of the upright axis, with as many decimals as its marks need and no more.

    Args:
        axes: Whose limits are final.
        whole: Whether people or events are counted: marks then stand at whole numbers only.
    """
    from matplotlib.ticker import MaxNLocator

    if whole:
        axes.yaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    marks = [float(mark) for mark in axes.get_yticks()]
    step = min((b - a for a, b in pairwise(marks)), default=1.0)
    decimals = next((d for d in range(_MOST_DECIMALS) if abs(step - round(step, d)) < 1e-6 * step), _MOST_DECIMALS)
    axes.yaxis.set_major_formatter(lambda value, _: plain(value, decimals))


def spread_apart(ends: Sequence[float], gap: float) -> list[float]:
    """Heights for labels at the ends of lines, moved apart so that none covers another.

    Args:
        ends: Where the lines end.
        gap: What two labels need between them.
    """
    order = sorted(range(len(ends)), key=lambda k: ends[k])
    heights = [ends[k] for k in order]
    for _ in range(200):
        moved = False
        for k in range(len(heights) - 1):
            short = gap - (heights[k + 1] - heights[k])
            if short > 1e-9 * max(gap, 1e-9):
                heights[k] -= short / 2
                heights[k + 1] += short / 2
                moved = True
        if not moved:
            break
    placed = [0.0] * len(ends)
    for position, k in enumerate(order):
        placed[k] = heights[position]
    return placed
