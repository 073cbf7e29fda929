"""What a table of a brief is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a table that belong together.

    Attributes:
        head: Their heading; empty where there is none.
        rows: Each with its heading and cells.
    """

    head: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is shown.

    Attributes:
        caption: What it shows.
        columns: Headings, the one above the rows' headings first.
        groups: Its rows.
        above: Headings above the columns' own, each with how many columns it spans; empty where there are none.
    """

    caption: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    above: tuple[tuple[str, int], ...] = ()
