"""Drift is read at the mix of people of a first moment: ageing alone moves nothing, a change of rates does."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim import DemandModel, load_scenario
from demandsim.agents.citizens import Band
from demandsim.experiment.drift import DRIFT_READINGS, Drift, drift_lines, drift_readings, mix_of
from demandsim.experiment.stocks import STOCKS


@pytest.fixture(scope="module")
def model() -> DemandModel:
    return DemandModel(load_scenario("sustained"), place="sunderland", scale=0.05, rng=2)


def test_at_its_own_mix_a_reading_is_the_plain_share(model: DemandModel) -> None:
    c = model.citizens
    old = c.alive & (c.age_months >= 83 * 12)
    plain = np.count_nonzero(old & (c.band >= Band.MODERATE)) / np.count_nonzero(old)
    assert drift_readings(model, mix_of(model))["drift.adl.83"] == pytest.approx(plain)


def test_a_change_of_mix_alone_is_no_drift(model: DemandModel) -> None:
    """Where everybody of a cell has the same need, taking half of some cells away moves no reading."""
    c = model.citizens
    mix, band, alive = mix_of(model), c.band.copy(), c.alive.copy()
    old = np.flatnonzero(c.alive & (c.age_months >= 65 * 12))
    c.band[old] = np.where(c.quintile[old] < 2, Band.MODERATE, Band.NONE)
    before = drift_readings(model, mix)
    poor = old[c.quintile[old] < 2]
    c.alive[poor[::2]] = False
    after = drift_readings(model, mix)
    c.band[:], c.alive[:] = band, alive
    for age in (65, 74, 83):
        assert after[f"drift.adl.{age}"] == pytest.approx(before[f"drift.adl.{age}"], abs=0.01)


def test_points_and_per_cents_have_bars_of_their_own() -> None:
    assert Drift("need", 0.50, 0.515, 0.02, relative=False).met
    assert not Drift("need", 0.50, 0.525, 0.02, relative=False).met
    assert Drift("packages", 0.050, 0.0545, 0.10, relative=True).met
    assert not Drift("packages", 0.050, 0.056, 0.10, relative=True).met


def test_the_standard_error_is_that_of_the_change_in_each_run() -> None:
    """Four runs that begin far apart and move alike: the spread of their starts is no doubt about the change."""
    stocks = {f"stock.{name}": 1.0 for name in STOCKS}
    runs = [
        {
            "base": {name: start for name, _, _ in DRIFT_READINGS},
            "last": stocks | {name: start + moved for name, _, _ in DRIFT_READINGS},
        }
        for start, moved in ((1.0, 0.1), (2.0, 0.1), (3.0, 0.3), (4.0, 0.3))
    ]
    lines = {line.label: line for line in drift_lines(runs)}
    points = lines["65–73 needing help with an ADL"]
    assert (points.start, points.end) == pytest.approx((2.5, 2.7))
    assert points.error == pytest.approx(np.std([0.1, 0.1, 0.3, 0.3], ddof=1) / 2)
    share = lines["65–73 with a package at home"]
    assert share.share == pytest.approx(0.2 / 2.5)
    assert share.error == pytest.approx(points.error / 2.5)
    assert np.isnan(drift_lines(runs[:1])[0].error)


def test_what_began_at_nothing_has_no_share() -> None:
    assert Drift("nothing", 0.0, 0.0, 0.1, relative=True).share == 0.0
    assert Drift("nothing", 0.0, 0.2, 0.1, relative=True).share == np.inf
