"""The index of children against a plain search."""

from __future__ import annotations

import numpy as np

from demandsim.agents.kin import children_index
from tests.toy import toy_model


def test_every_child_is_found_under_each_parent_in_row_order() -> None:
    citizens = toy_model(3000).citizens
    index = children_index(citizens)
    found = 0
    for row in range(citizens.size):
        expected = np.flatnonzero((citizens.mother == row) | (citizens.father == row))
        np.testing.assert_array_equal(index.of(row), expected)
        found += expected.size
    assert found == np.count_nonzero(citizens.mother >= 0) + np.count_nonzero(citizens.father >= 0)
    assert found > 500
