"""Drift is read at the mix of people of a first moment: ageing alone moves nothing, a change of rates does."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim import DemandModel, load_scenario
from demandsim.agents.citizens import Band
from demandsim.experiment.drift import Drift, drift_readings, mix_of


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
