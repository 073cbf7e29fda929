"""Reporting cells: age band by sex by deprivation fifth, one small number a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AGE_BANDS = ("0-17", "18-64", "65-74", "75-84", "85+")
"""Age bands of every breakdown."""

SEXES = ("male", "female")
QUINTILES = ("1", "2", "3", "4", "5")
"""Deprivation fifths as people read them: 1 most deprived."""

_EDGES = np.array([18, 65, 75, 85], dtype=np.int64) * 12

CELLS = len(AGE_BANDS) * len(SEXES) * len(QUINTILES)


def cell_codes(
    age_months: NDArray[np.int16], female: NDArray[np.bool_], quintile: NDArray[np.uint8]
) -> NDArray[np.uint16]:
    """The reporting cell of each person: ``(age band * 2 + female) * 5 + quintile``."""
    band = np.searchsorted(_EDGES, age_months.astype(np.int64), side="right")
    return ((band * 2 + female) * 5 + quintile).astype(np.uint16)
