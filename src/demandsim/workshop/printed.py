"""The printed fall-back: three plans on paper, each with its answer and two charts, for when the projector fails.

The numbers are those of the main page: the same runs, drawn by the pictures of the brief.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from demandsim.workshop.pool import Say

if TYPE_CHECKING:
    import pandas as pd

    from demandsim.experiment.plan import Plan

PRINTED = ("deficit_cut30", "strengths", "strengths_cut30")
"""The presets on paper, by name in the library."""

CHARTS = 2

CHART_INCHES = 3.6
"""Height of a chart, at which two and the words fill a sheet of A4 and can be read at arm's length."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as a page shows it.

    Attributes:
        source: The picture itself, as a data address.
        alt: What it shows, in words.
    """

    source: str
    alt: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One plan on paper.

    Attributes:
        said: The answer in sentences.
        charts: People without the help they need, and the council's balance, with the range from chance.
        bands: What the charts' words and bands mean: the bands are of single runs, the room's of their average.
    """

    said: tuple[str, ...]
    charts: tuple[Chart, ...]
    bands: str

    def content(self) -> dict[str, Any]:
        """All of it as plain values for JSON."""
        return asdict(self)


def draw_sheet(say: Say, plan: Plan, frame: pd.DataFrame) -> None:
    """A job: say the `Sheet` of finished runs.

    Args:
        say: Takes the sheet.
        plan: Today carried on, and the plan.
        frame: Tidy rows of their runs, at least those that the main page shows.
    """
    from demandsim.experiment.comparison import Results
    from demandsim.report.brief_figures import band_words, brief_pictures
    from demandsim.report.pairs import pairs
    from demandsim.workshop.words import headline

    results = Results(plan, frame)
    drawn = brief_pictures(results, pairs(results), CHART_INCHES)[:CHARTS]
    charts = tuple(
        Chart(f"data:image/svg+xml;base64,{base64.b64encode(picture.svg).decode()}", f"{picture.title}. {picture.alt}")
        for picture in drawn
    )
    bands = (
        f"Unmet need: people without the help they need. {band_words(results)} "
        "On the screen the shaded range is that of their average, and so narrower."
    )
    say(Sheet(tuple(headline(results)), charts, bands))
