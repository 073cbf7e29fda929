"""General practice and community nursing: the published means hold, and frailty adds to them."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.community_health import CommunityHealth


def test_consultations_keep_the_published_mean_at_each_age() -> None:
    tally = np.array([[50, 0, 0, 0], [40, 10, 0, 0], [30, 15, 5, 2], [20, 20, 10, 5], [0, 0, 0, 0]])
    rates = CommunityHealth(Numbers({})).rates(tally)
    assert (tally * rates).sum(axis=1)[2] / tally[2].sum() == pytest.approx(7.0)
    assert (tally * rates).sum(axis=1)[3] / tally[3].sum() == pytest.approx(10.0)
    assert rates[3, 3] / rates[3, 0] == pytest.approx(1.52)
