"""Reporting cells: age band by sex by deprivation fifth, one small number a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel

AGE_BANDS = ("0-17", "18-64", "65-74", "75-84", "85+")
"""Age bands of every breakdown."""

SEXES = ("male", "female")
QUINTILES = ("1", "2", "3", "4", "5")
"""Deprivation fifths as people read them: 1 most deprived."""

EDGES = np.array([18, 65, 75, 85], dtype=np.int64) * 12
"""Ages in months at which a new age band begins."""

CELLS = len(AGE_BANDS) * len(SEXES) * len(QUINTILES)

LIFE_BANDS = (0, 1, *range(5, 95, 5))
"""First ages of the bands of a life table: under 1, 1 to 4, five years each, 90 and over."""

LIFE_CELLS = len(LIFE_BANDS) * len(SEXES) * len(QUINTILES)

OLDEST = 130
"""No one is older, in years."""

LIFE_BAND_OF_AGE = (np.searchsorted(np.array(LIFE_BANDS), np.arange(OLDEST + 1), side="right") - 1).astype(np.int64)
"""The life table's band of each age in completed years, shape (OLDEST + 1,)."""


@kernel
def _write_life_codes(age_months: NDArray[np.int16], cell: NDArray[np.uint16], codes: NDArray[np.int64]) -> None:
    for k in range(cell.size):
        years = min(int(age_months[k]) // 12, OLDEST)
        codes[k] = LIFE_BAND_OF_AGE[years] * 10 + np.int64(cell[k]) % 10


def life_codes(age_months: NDArray[np.int16], cell: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The life table's cell of each person: ``band * 10 + female * 5 + quintile``.

    Args:
        age_months: Ages, shape (n,).
        cell: Reporting cells, which hold sex and fifth, shape (n,).
    """
    codes = np.empty(cell.size, dtype=np.int64)
    _write_life_codes(age_months, cell, codes)
    return codes


def cell_codes(
    age_months: NDArray[np.int16], female: NDArray[np.bool_], quintile: NDArray[np.uint8]
) -> NDArray[np.uint16]:
    """The reporting cell of each person: ``(age band * 2 + female) * 5 + quintile``."""
    band = np.searchsorted(EDGES, age_months.astype(np.int64), side="right")
    return ((band * 2 + female) * 5 + quintile).astype(np.uint16)
