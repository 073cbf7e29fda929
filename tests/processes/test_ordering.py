"""Order against NumPy's own stable sort."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.processes.ordering import ascending


@pytest.mark.parametrize("most", [1, 5, 3000, 2**40, 2**64])
@pytest.mark.parametrize("size", [0, 1, 2, 500, 5_000])
def test_it_is_a_stable_sort(size: int, most: int) -> None:
    keys = np.random.default_rng(size).integers(0, most, size, dtype=np.uint64)
    given = keys.copy()
    np.testing.assert_array_equal(ascending(keys), np.argsort(keys, kind="stable"))
    np.testing.assert_array_equal(keys, given)
