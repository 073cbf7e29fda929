"""Run-in lives: steady, dying at the rate of the table, ageing as people do."""

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes import lives
from demandsim.processes.lives import course
from tests.processes.body_town import profile


@pytest.fixture(scope="module")
def run():
    place = profile()
    return course(Numbers(), place.qx[0], place.quintile_ratio, count=400)


def test_lives_are_the_same_each_time(run):
    place = profile()
    again = course(Numbers(), place.qx[0], place.quintile_ratio, count=400)
    np.testing.assert_array_equal(run.counts, again.counts)
    np.testing.assert_array_equal(run.mean_hazard, again.mean_hazard)


def test_lives_die_at_the_rate_of_the_table(run):
    """At 60, before any doubling, the living are those the table leaves, within five standard errors."""
    place = profile()
    rate = lives.death_rates(place.qx[0], place.quintile_ratio)
    for sex in range(2):
        left = 400 * np.exp(-np.cumsum(rate[sex, :, 30:60], axis=1))[:, -1].sum()
        found = run.counts[sex, :, 30].sum()
        assert found == pytest.approx(left, abs=5 * np.sqrt(2000 - left))


def test_mean_hazard_is_one_for_the_young_and_grows(run):
    assert (run.mean_hazard[:, :, :30] == 1).all()
    by_age = run.mean_hazard.mean(axis=(0, 1))
    assert by_age[50] < by_age[65] < by_age[80]


def test_frailty_grows_with_age_and_deprivation(run):
    def mean(name, sex, quintile, age):
        people = run.snapshot[sex, quintile, age - 30, lives._STATE.index(name), : run.counts[sex, quintile, age - 30]]
        return people.mean()

    assert mean("deficits", 1, 2, 50) < mean("deficits", 1, 2, 70) < mean("deficits", 1, 2, 85)
    assert mean("deficits", 0, 0, 65) > 1.3 * mean("deficits", 0, 4, 65)
    assert mean("limitation", 0, 0, 70) > mean("limitation", 0, 4, 70)
    assert run.snapshot[:, :, 0, :2].max() == 0


def test_doubled_lives_go_separate_ways(run):
    """Where half have died lives go on as two: three years later hardly a body stands there twice."""
    year = int(np.flatnonzero(np.diff(run.counts[1, 0]) > 0)[0]) + 1
    counts = run.counts[1, 0]

    def different(at):
        people = run.snapshot[1, 0, at, :6, : counts[at]]
        return np.unique(people, axis=1).shape[1] / counts[at]

    assert different(year) == pytest.approx(0.5, abs=0.05)
    assert different(year + 3) > 0.95
