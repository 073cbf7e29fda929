"""Life expectancy from deaths and years lived, and how much of it is lived in a good state.

A period life table in the bands that ONS uses for local areas (under 1, 1–4, then five years each, up to 90 and over),
after Chiang; Sullivan's method on top. Years lived need not be whole: a month lived is a twelfth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import LIFE_BANDS

Floats = NDArray[np.float64]

_WIDTHS = np.diff(np.array([*LIFE_BANDS, np.inf]))
_LIVED = np.array([0.1] + [0.5] * (len(LIFE_BANDS) - 1))
"""Part of a band lived by those who die in it: infants mostly die in their first days."""

BAND_OF_65 = LIFE_BANDS.index(65)


@dataclass(frozen=True)
class LifeTable:
    """A period life table.

    Attributes:
        alive: Of one born, who reach the start of each band, shape (bands,).
        lived: Years lived in each band, shape (bands,).
        expectancy: Years still to live at the start of each band, shape (bands,).
        error: Standard error of the expectancy from the chance of deaths, shape (bands,).
    """

    alive: Floats
    lived: Floats
    expectancy: Floats
    error: Floats


def life_table(deaths: Floats, years: Floats) -> LifeTable | None:
    """Build a period life table.

    Args:
        deaths: Deaths in each band of `LIFE_BANDS`, shape (bands,).
        years: Years lived in each band, shape (bands,).

    Returns:
        The table; None where nobody died in the last band, or nobody lived in some band, so that there is none.
    """
    if deaths[-1] <= 0 or (years <= 0).any():
        return None
    rate, width = deaths / years, np.where(np.isinf(_WIDTHS), 0.0, _WIDTHS)
    dies = np.minimum(width * rate / (1.0 + width * (1.0 - _LIVED) * rate), 1.0)
    dies[-1] = 1.0
    alive = np.concatenate([[1.0], np.cumprod(1.0 - dies[:-1])])
    lived = width * alive * (1.0 - dies * (1.0 - _LIVED))
    lived[-1] = alive[-1] / rate[-1]
    reached = np.where(alive > 0, alive, 1.0)
    expectancy = np.cumsum(lived[::-1])[::-1] / reached
    # Chiang: what the chance of dying in a band costs all who reach it; the last band's from its rate (Silcocks).
    spread = np.divide(dies**2 * (1.0 - dies), deaths, out=np.zeros_like(dies), where=deaths > 0)
    after = np.append(expectancy[1:], 0.0)
    variance = alive**2 * ((1.0 - _LIVED) * width + after) ** 2 * spread
    variance[-1] = alive[-1] ** 2 / (rate[-1] ** 2 * deaths[-1])
    return LifeTable(alive, lived, expectancy, np.sqrt(np.cumsum(variance[::-1])[::-1]) / reached)


def years_in_state(table: LifeTable, share: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Expected years in a state by Sullivan's method, and their standard error.

    Args:
        table: A life table.
        share: Of the people of each band, those in the state, shape (bands,).
        people: How many people the share rests on, shape (bands,).

    Returns:
        Years in the state from the start of each band on, and their standard errors: shape (bands,) each. The error
        holds the chance of deaths and of the share.
    """
    reached = np.where(table.alive > 0, table.alive, 1.0)
    years = np.cumsum((table.lived * share)[::-1])[::-1] / reached
    of_share = table.lived**2 * share * (1.0 - share) / np.maximum(people, 1.0)
    # Deaths move the years in the state about as they move all years: scaled by the part spent in it.
    of_deaths = table.error * np.divide(years, table.expectancy, out=np.zeros_like(years), where=table.expectancy > 0)
    return years, np.sqrt(np.cumsum(of_share[::-1])[::-1] / reached**2 + of_deaths**2)
