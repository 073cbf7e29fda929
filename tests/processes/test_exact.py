"""Exact sums: to the nearest 1024th, the same in any order."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.processes.exact import FINE, fine, whole


def test_a_number_in_whole_1024ths_is_rounded_to_the_nearest() -> None:
    assert [fine(np.float32(x / FINE)) for x in (0.0, 1.4, 1.5, 2.5, 1000.6)] == [0, 1, 2, 2, 1001]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_order_changes_a_sum(dtype: type) -> None:
    values = (np.random.default_rng(1).random(10_001) * 1e4).astype(dtype)
    assert whole(values) == whole(values[::-1]) == whole(np.sort(values))
    assert whole(values) == pytest.approx(values.sum(dtype=np.float64), rel=1e-6)
    assert whole(values[:0]) == 0.0
