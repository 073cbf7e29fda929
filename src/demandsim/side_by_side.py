"""Columns side by side: those of one width lie in common tables of memory, each a row of one.

A month reads and writes a few scattered rows of a great many columns. Where columns lie by themselves, each such
touch needs an entry of its own in the processor's list of pages; of one large table the operating system can make
large pages, so that far fewer do. And rows are set to their defaults table by table, not column by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel

_TABLE_BYTES = 8 * 2**20
"""Most that one table holds, unless a single column is larger: while columns grow, one table is there twice."""


@kernel
def _set_columns(table: NDArray[Any], values: NDArray[Any], rows: NDArray[np.int64]) -> None:
    """Give some rows the value of each column of a table of shape (columns, rows)."""
    for c in range(table.shape[0]):
        column, value = table[c], values[c]
        for i in rows:
            column[i] = value


class SideBySide:
    """Columns of equal length, at their defaults to begin with.

    Those of one width share tables, whatever their type: of a value that is copied only the bits count.

    Args:
        defaults: The value of each column in a row that nobody has, of the column's own type.
        size: Rows.
    """

    def __init__(self, defaults: Mapping[str, NDArray[Any]], size: int) -> None:
        by_width: dict[int, list[str]] = {}
        for name, default in defaults.items():
            by_width.setdefault(default.itemsize, []).append(name)
        self._types = {name: default.dtype for name, default in defaults.items()}
        self._names = [some for width, alike in by_width.items() for some in _in_pieces(alike, width * size)]
        self._defaults = [np.array([_bits(defaults[name]) for name in names]) for names in self._names]
        self._tables = [_filled(values, size) for values in self._defaults]

    def columns(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Each column by name, shape (rows,): a view that is written through."""
        for k in range(len(self._tables)):
            yield from self._columns_of(k)

    def _columns_of(self, k: int) -> Iterator[tuple[str, NDArray[Any]]]:
        for name, values in zip(self._names[k], self._tables[k], strict=True):
            yield name, values.view(self._types[name])

    def clear(self, rows: NDArray[np.int64]) -> None:
        """Set every column to its default in some rows."""
        for table, values in zip(self._tables, self._defaults, strict=True):
            _set_columns(table, values, rows)

    def grow(self, more: int) -> Iterator[tuple[str, NDArray[Any]]]:
        """Add rows at their defaults, table by table: each is let go once its columns have been taken anew.

        Args:
            more: Rows to add.

        Yields:
            Each column by name: views from before are no longer the columns.
        """
        for k, values in enumerate(self._defaults):
            size = self._tables[k].shape[1]
            table = _filled(values, size + more)
            table[:, :size] = self._tables[k]
            self._tables[k] = table
            yield from self._columns_of(k)


def _bits(value: NDArray[Any]) -> NDArray[Any]:
    """A value as a whole number of the same bits."""
    return value.view(f"u{value.itemsize}")


def _in_pieces(names: Sequence[str], column_bytes: int) -> Iterator[Sequence[str]]:
    """Names of columns of one width, table by table."""
    at_once = max(1, _TABLE_BYTES // max(column_bytes, 1))
    for first in range(0, len(names), at_once):
        yield names[first : first + at_once]


def _filled(values: NDArray[Any], size: int) -> NDArray[Any]:
    """A table of columns that hold one value each, shape (columns, size)."""
    table = np.empty((values.size, size), dtype=values.dtype)
    table[:] = values[:, np.newaxis]
    return table
