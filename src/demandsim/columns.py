"""Columns: a population held as NumPy arrays, one array an attribute, one row a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

_GROWTH = 1.03


@dataclass(frozen=True, slots=True)
class Column:
    """What one column holds: its type, its value for a new row, its unit and its meaning."""

    dtype: str
    default: float
    unit: str
    meaning: str


def column(dtype: str, default: float, unit: str, meaning: str) -> Any:
    """Declare a column in the body of a `ColumnSet`."""
    return Column(dtype, default, unit, meaning)


class ColumnSet:
    """A set of agents held as columns; a row never moves while its owner is there."""

    columns: ClassVar[dict[str, Column]] = {}
    alive: NDArray[np.bool_]
    uid: NDArray[np.uint64]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        cls.columns = {**cls.columns, **declared}
        for name in declared:
            delattr(cls, name)

    def __init__(self, size: int) -> None:
        for name, spec in self.columns.items():
            setattr(self, name, np.full(size, spec.default, dtype=spec.dtype))

    @property
    def size(self) -> int:
        """Rows held, in use or free: the length of every column."""
        return int(self.alive.size)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.alive))

    def add(self, uid: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Open a row for each new owner, set to the defaults; free rows are used first, lowest first."""
        free = np.flatnonzero(~self.alive)
        if free.size < uid.size:
            self._grow(max(uid.size - free.size, int(self.size * (_GROWTH - 1))))
            free = np.flatnonzero(~self.alive)
        rows = free[: uid.size]
        for name, spec in self.columns.items():
            getattr(self, name)[rows] = spec.default
        self.uid[rows] = uid
        self.alive[rows] = True
        return rows

    def release(self, rows: NDArray[np.int64]) -> None:
        """Close rows whose owners are gone: every column returns to its default."""
        for name, spec in self.columns.items():
            getattr(self, name)[rows] = spec.default

    def _grow(self, more: int) -> None:
        for name, spec in self.columns.items():
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.full(more, spec.default, dtype=spec.dtype)]))
