"""A stock holds still where only the mix of people has moved, and moves where its rate has."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim import DemandModel, load_scenario
from demandsim.experiment.stocks import STOCKS, growth_beyond_ageing, held


@pytest.fixture
def model() -> DemandModel:
    return DemandModel(load_scenario("sustained"), place="sunderland", scale=0.05, rng=2)


def test_at_the_first_moment_nothing_has_moved(model: DemandModel) -> None:
    found = growth_beyond_ageing(model, held(model))
    assert set(found) == {f"stock.{name}" for name in STOCKS}
    assert list(found.values()) == pytest.approx([1.0] * len(STOCKS))


def test_a_change_of_mix_alone_moves_no_stock(model: DemandModel) -> None:
    """Where all of a cell are alike, taking half of some cells away leaves every factor at 1."""
    c = model.citizens
    c.care_given[:] = np.where(c.female & (c.quintile < 2), 5.0, 0.0)
    first = held(model)
    women = np.flatnonzero(c.alive & c.female)
    c.alive[women[::2]] = False
    model.month += 12
    assert growth_beyond_ageing(model, first)["stock.carers"] == pytest.approx(1.0)


def test_a_rate_that_falls_by_a_fifth_in_two_years_falls_by_a_tenth_a_year(model: DemandModel) -> None:
    c = model.citizens
    first = held(model)
    carers = np.flatnonzero(c.alive & (c.care_given > 0))
    c.care_given[carers[: carers.size // 5]] = 0.0
    model.month += 24
    left = 1.0 - (carers.size // 5) / carers.size
    assert growth_beyond_ageing(model, first)["stock.carers"] == pytest.approx(left**0.5)
