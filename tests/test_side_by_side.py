"""Columns side by side: what is written to a view is in the table, and the table's changes are in the views."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Citizens
from demandsim.side_by_side import SideBySide

DEFAULTS = {
    "partner": np.array(-1, dtype=np.int32),
    "alive": np.array(False),
    "mother": np.array(-1, dtype=np.int32),
    "wellbeing": np.array(7.5, dtype=np.float32),
}
MANY = 2**20 + 2**18
"""Rows of which a column of four bytes takes up 5 MiB: two do not fit into one table."""


@pytest.mark.parametrize("size", [0, 1, 100, MANY])
def test_columns_begin_at_their_defaults(size: int) -> None:
    columns = dict(SideBySide(DEFAULTS, size).columns())
    assert set(columns) == set(DEFAULTS)
    for name, default in DEFAULTS.items():
        assert columns[name].dtype == default.dtype
        assert columns[name].flags.c_contiguous
        assert columns[name].tolist() == [default.item()] * size


def test_columns_of_a_width_share_a_table_as_long_as_it_is_small() -> None:
    few, many = (dict(SideBySide(DEFAULTS, size).columns()) for size in (100, MANY))
    assert few["partner"].base is few["mother"].base is few["wellbeing"].base
    assert many["partner"].base is not many["mother"].base


def test_rows_that_are_cleared_return_to_their_defaults_and_no_others() -> None:
    held = SideBySide(DEFAULTS, 5)
    columns = dict(held.columns())
    for values in columns.values():
        values[:] = 1
    held.clear(np.array([0, 3]))
    for name, default in DEFAULTS.items():
        assert columns[name].tolist() == [default, 1, 1, default, 1]


def test_growing_keeps_what_there_is_and_adds_defaults() -> None:
    held = SideBySide(DEFAULTS, 2)
    dict(held.columns())["mother"][:] = [4, 5]
    grown = dict(held.grow(2))
    assert grown["mother"].tolist() == [4, 5, -1, -1]
    assert grown["wellbeing"].tolist() == [7.5] * 4
    held.clear(np.array([1]))
    assert grown["mother"].tolist() == [4, -1, -1, -1]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda citizens: pickle.loads(pickle.dumps(citizens))])
def test_a_copy_is_whole_and_apart(copied: Callable[[Any], Any]) -> None:
    citizens = Citizens(3)
    rows = citizens.admit(np.array([7, 8], dtype=np.uint64))
    citizens.wellbeing[rows] = [3, 4]
    other = copied(citizens)
    other.release(rows[:1])
    assert other.wellbeing[rows].tolist() == [np.float32(Citizens.columns["wellbeing"].default), 4]
    assert other.rows.tolist() == [1]
    assert citizens.wellbeing[rows].tolist() == [3, 4]
    assert citizens.rows.tolist() == [0, 1]
