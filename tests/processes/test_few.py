"""NumPy's steps without detours give what NumPy's own functions give."""

import numpy as np
import pytest

from demandsim.processes.few import positions, within


@pytest.mark.parametrize("dtype", ["i2", "i8", "f4", "f8"])
def test_values_are_held_within_bounds(dtype):
    values = (np.random.default_rng(3).normal(0.0, 40.0, 500)).astype(dtype)
    held = within(values, -20, 30)
    assert held.dtype == np.clip(values, -20, 30).dtype
    np.testing.assert_array_equal(held, np.clip(values, -20, 30))
    assert held.min() >= -20
    assert held.max() <= 30


def test_bounds_may_differ_from_person_to_person():
    values, high = np.array([1.0, 5.0, 9.0]), np.array([2.0, 4.0, 10.0])
    assert within(values, 0.0, high).tolist() == [1.0, 4.0, 9.0]


def test_positions_are_where_a_mask_is_true():
    mask = np.random.default_rng(4).random(300) < 0.1
    np.testing.assert_array_equal(positions(mask), np.flatnonzero(mask))
    assert positions(np.zeros(5, dtype=np.bool_)).size == 0
