import math

import numpy as np
import pytest

from demandsim.workshop.areas import AREA_MEASURES, Area, AreaYears, people_sampled, pooled_change

AREAS = (Area("E1", "Town 001A", "Town", 0), Area("E2", "Town 001B", "Town", 4))


def a_run(people: list[float], unmet: list[float]) -> AreaYears:
    """One year of two neighbourhoods, every measure the same."""
    column = np.array(unmet)[:, None]
    return AreaYears(AREAS, np.array(people)[:, None], dict.fromkeys(AREA_MEASURES, column), 1)


def test_shares_of_several_runs_are_of_everybody_in_them() -> None:
    before = [a_run([120, 240], [12, 0]), a_run([360, 240], [12, 24])]
    now = [a_run([120, 240], [6, 0]), a_run([360, 240], [6, 24])]
    found = pooled_change(before, now, "unmet", np.array([0]), 1)
    assert found.before == pytest.approx(1000 * 24 / 480)
    assert found.now.value == pytest.approx(1000 * 12 / 480)
    assert found.change.value == pytest.approx(-25)
    assert people_sampled(before, np.array([0]), 1) == pytest.approx(480 / 12)


def test_the_interval_is_that_of_a_mean_where_runs_are_equally_large() -> None:
    rng = np.random.default_rng(3)
    unmet = rng.uniform(0, 30, size=(8, 2))
    before = [a_run([120, 120], [a, 0.0]) for a, _ in unmet]
    now = [a_run([120, 120], [b, 0.0]) for _, b in unmet]
    differences = 1000 * (unmet[:, 1] - unmet[:, 0]) / 120
    found = pooled_change(before, now, "unmet", np.array([0]), 1).change
    assert found.value == pytest.approx(differences.mean())
    # t(7, 97.5 %) = 2.364624, from tables
    now = pooled_change(before, now, "unmet", np.array([0]), 1).now
    assert now.half == pytest.approx(2.364624 * (1000 * unmet[:, 1] / 120).std(ddof=1) / math.sqrt(8), rel=1e-5)
    assert found.half == pytest.approx(2.364624 * differences.std(ddof=1) / math.sqrt(8), rel=1e-5)


def test_several_neighbourhoods_together_are_weighed_by_their_people() -> None:
    before, now = [a_run([100, 300], [10, 60])] * 2, [a_run([100, 300], [20, 60])] * 2
    found = pooled_change(before, now, "unmet", np.array([0, 1]), 1)
    assert (found.before, found.now.value) == (pytest.approx(175), pytest.approx(200))


def test_where_nobody_lives_there_is_no_number() -> None:
    empty = [a_run([0, 10], [0, 1])] * 2
    assert math.isnan(pooled_change(empty, empty, "unmet", np.array([0]), 1).before)


def test_runs_must_come_in_pairs() -> None:
    with pytest.raises(ValueError, match="in pairs"):
        pooled_change([a_run([1, 1], [0, 0])], [], "unmet", np.array([0]), 1)
