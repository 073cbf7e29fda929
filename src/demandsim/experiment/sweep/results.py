"""The results frame of a sweep: tidy rows beside the settings that they came from.

Two tables meet here. The *design* has one row for each point and scenario; the *rows* are tidy results as every folder
holds them. Together they are the frame that all analysis starts from:

    point  place  budget.cut_percent  adoption.years  run  scenario  replicate  year  measure  by  group  value  unit

Every setting that varies is a column named by its dotted path, as a scenario file would write it. Scenarios at the same
point have the same settings, and replicates of the same number the same luck: so ``(point, replicate, year, measure,
by, group)`` pairs one scenario with another. Where each row of the design has luck of its own, replicates of two rows
never have the same number: `counted_within` counts them from the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from demandsim.experiment.store import COLUMNS
from demandsim.experiment.sweep.spec import LUCK_APART

if TYPE_CHECKING:
    import pandas as pd

DESIGN_COLUMNS = ("point", "place", "scenario", "run")
"""Columns of every design; all others are the dotted paths of what varies.

``point`` is a whole number from 0, ``place`` the place's name, ``scenario`` the scenario's name before anything is
varied, ``run`` the content hash by which results are found.
"""

LUCK = "luck"
"""Column of a design whose rows have luck of their own: the number of the row's first replicate."""


def counted_within(replicates: pd.Series[int], seed: int) -> pd.Series[int]:
    """Replicates as each point counts them, from the seed; where luck is shared they are so already.

    Args:
        replicates: As in the rows of a sweep.
        seed: The luck of the first.
    """
    return (replicates - seed) % LUCK_APART + seed


def varied_columns(columns: Iterable[str]) -> list[str]:
    """The dotted paths among the columns of a design or of a results frame, in order."""
    known = {*DESIGN_COLUMNS, LUCK, *COLUMNS}
    return [str(name) for name in columns if name not in known]


def runs_of(design: pd.DataFrame, seed: int) -> list[tuple[str, str, int]]:
    """Scenario, run and first replicate's luck of each row of a design.

    Args:
        design: The design.
        seed: The luck that its points share, where they have none of their own.
    """
    lucks = design[LUCK] if LUCK in design else [seed] * len(design)
    rows = zip(design["scenario"], design["run"], lucks, strict=True)
    return [(str(scenario), str(run), int(luck)) for scenario, run, luck in rows]


def with_settings(design: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows with the settings of their point beside them.

    Args:
        design: One row for each point and scenario: `DESIGN_COLUMNS` and the dotted paths of what varies.
        rows: Tidy rows, with the columns of ``measures.parquet``.

    Returns:
        Columns ``point``, ``place``, the dotted paths, then those of ``measures.parquet``; in the order of the points,
        then scenario, replicate, year, measure, by and group. A run that stands for several points (settings that
        change nothing for its scenario) is there once for each of them, unless each has luck of its own.
    """
    paths = varied_columns(design.columns)
    joined = design.merge(rows, on=["scenario", "run"], how="inner", validate="many_to_many")
    if LUCK in design:
        joined = joined[joined["replicate"].between(joined[LUCK], joined[LUCK] + LUCK_APART, inclusive="left")]
    order = ["point", "scenario", "replicate", "year", "measure", "by", "group"]
    joined = joined.sort_values(order, kind="stable", ignore_index=True)
    return joined[["point", "place", *paths, *COLUMNS]]


def design_csv(design: pd.DataFrame) -> bytes:
    """A design as CSV, the same bytes for the same design."""
    text: str = design.to_csv(index=False, lineterminator="\n")
    return text.encode()
