"""Breakdowns: tallies by reporting cell become tidy rows for the place and for each age band, sex and fifth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from demandsim.agents.cells import AGE_BANDS, CELLS, QUINTILES, SEXES
from demandsim.measures.register import MEASURES
from demandsim.measures.tallies import ADULT_CELL

Tally = NDArray[np.float64]
Whom = Literal["everyone", "adults", "older"]

_FIRST_CELL: dict[Whom, int] = {"everyone": 0, "adults": ADULT_CELL, "older": 20}

Row = tuple[int, str, str, str, float, str]
"""One of a run's rows: year, measure, by, group, value, unit."""

COLUMNS = ("year", "measure", "by", "group", "value", "unit")
"""Columns of a run's rows."""

_KINDS = (pa.int64(), pa.string(), pa.string(), pa.string(), pa.float64(), pa.string())


def table_of(rows: Sequence[Row]) -> pa.Table:
    """Rows as an Arrow table, which takes them in ten times as fast as pandas does."""
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, _KINDS, strict=True)]
    return pa.table(arrays, list(COLUMNS))


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a frame."""
    frame: pd.DataFrame = table_of(rows).to_pandas()
    return frame


@cache
def _groups(whom: Whom) -> tuple[tuple[tuple[str, str], ...], Tally]:
    """Breakdowns for a population: (by, group) labels, and a matrix that sums cells into them, (groups, cells)."""
    cell = np.arange(CELLS)
    inside = cell >= _FIRST_CELL[whom]
    quintile, sex, age = cell % 5, cell // 5 % 2, cell // 10
    labels: list[tuple[str, str]] = [("all", "all")]
    masks = [inside]
    for by, code, names in (("age", age, AGE_BANDS), ("sex", sex, SEXES), ("quintile", quintile, QUINTILES)):
        for level, name in enumerate(names):
            mask = inside & (code == level)
            if mask.any():
                labels.append((by, name))
                masks.append(mask)
    return tuple(labels), np.array(masks, dtype=np.float64)


class Rows:
    """Tidy rows of one run, as they come.

    Attributes:
        held: Rows with the columns of `COLUMNS`.
    """

    def __init__(self) -> None:
        self.held: list[Row] = []

    def add(self, year: int, measure: str, by: str, group: str, value: float) -> None:
        """Add one row, with the unit of the register."""
        self.held.append((year, measure, by, group, value, MEASURES[measure].unit))

    def add_groups(self, year: int, name: str, whom: Whom, top: Tally, bottom: Tally | None = None) -> None:
        """Add one row for the place and one for each breakdown; a share of nobody has no row.

        Args:
            year: Label of the year.
            name: The measure.
            whom: Who counts.
            top: Tally by reporting cell, shape (CELLS,).
            bottom: What it is a share of; left out, it is no share.
        """
        labels, matrix = _groups(whom)
        values, unit = (matrix @ top).tolist(), MEASURES[name].unit
        if bottom is None:
            self.held += [
                (year, name, by, group, value, unit) for (by, group), value in zip(labels, values, strict=True)
            ]
            return
        self.held += [
            (year, name, by, group, value / divisor, unit)
            for (by, group), value, divisor in zip(labels, values, (matrix @ bottom).tolist(), strict=True)
            if divisor > 0
        ]
