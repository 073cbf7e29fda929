from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.providers import IN_HOUSE, PRIVATE, THIRD_SECTOR, Provider, owners_by_size
from tests.toy import toy_model


def test_the_smallest_are_the_councils_and_charities_as_far_as_their_share_goes():
    shares = 0.8 ** np.arange(11)
    shares /= shares.sum()
    owners = np.array(owners_by_size(shares, 0.05, 0.10))
    assert owners[0] == PRIVATE
    assert shares[owners == IN_HOUSE].sum() == pytest.approx(0.05, abs=0.02)
    assert shares[owners == THIRD_SECTOR].sum() == pytest.approx(0.10, abs=0.03)
    assert set(owners_by_size(shares, 0.0, 0.0)) == {PRIVATE}


def test_a_successor_begins_anew_with_luck_of_its_own():
    provider = Provider(toy_model(100), name="home_care_02", unit="h/week", number=2, owner=THIRD_SECTOR, share=0.3)
    provider.trading, provider.margin, provider.economies = False, -0.1, 0.02
    assert provider.loss == pytest.approx(0.1)
    provider.succeed(PRIVATE, 11)
    assert (provider.number, provider.identity, provider.owner) == (2, 13, PRIVATE)
    assert provider.trading
    assert (provider.loss, provider.economies) == (0.0, 0.0)
