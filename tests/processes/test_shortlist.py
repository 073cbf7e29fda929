from __future__ import annotations

import numpy as np
import pytest

from demandsim.processes.shortlist import among, rows_with, rows_with_any


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 64, 1003])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_rows_are_those_that_a_plain_search_finds(size, share):
    generator = np.random.default_rng(size)
    flags = generator.random(size) < share
    assert rows_with(flags).tolist() == np.flatnonzero(flags).tolist()
    codes = flags * generator.integers(1, 4, size).astype(np.uint8)
    assert rows_with(codes).tolist() == np.flatnonzero(codes).tolist()


@pytest.mark.parametrize("size", [0, 7, 130, 1003])
def test_rows_set_in_one_of_three_columns(size):
    generator = np.random.default_rng(size)
    one, other, third = (
        generator.integers(0, 3, size).astype(np.uint8) * (generator.random(size) < 0.1) for _ in "abc"
    )
    expected = np.flatnonzero((one > 0) | (other > 0) | (third > 0)).tolist()
    assert rows_with_any(one, other > 0, third).tolist() == expected


def test_the_last_row_counts():
    flags = np.zeros(13, dtype=np.bool_)
    flags[[7, 8, 12]] = True
    assert rows_with(flags).tolist() == [7, 8, 12]


def test_among_looks_up_in_an_ascending_list():
    rows = np.array([9, 2, 5, 100, 0])
    assert among(rows, np.array([2, 5, 9])).tolist() == [True, True, True, False, False]
    assert among(rows, np.array([], dtype=np.int64)).tolist() == [False] * 5
    assert among(rows[:0], np.array([3])).tolist() == []
