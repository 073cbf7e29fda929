"""Donors: of every kind of person, in order."""

import numpy as np

from tests.processes.body_town import few_lives


def test_donors_are_of_every_sex_fifth_and_birthday():
    held = few_lives()
    cells = np.unique(held.at_home_key // 64)
    assert cells.size == 2 * 5 * 71
    assert (np.diff(held.at_home_key) >= 0).all()
    assert (held.at_home_key % 64 == held.at_home.deficits).all()
