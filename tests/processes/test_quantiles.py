from __future__ import annotations

import numpy as np
import pytest

from demandsim.processes.quantiles import geometric_luck, lognormal_luck


def test_luck_tables_have_the_means_they_stand_for() -> None:
    assert lognormal_luck(0.9).mean() == pytest.approx(1, abs=1e-5)
    assert geometric_luck(1.3).mean() == pytest.approx(1.3, rel=0.01)
    assert geometric_luck(0.0).max() == 0
    logs = np.log(lognormal_luck(0.9))
    assert logs.std() == pytest.approx(0.9, rel=0.01)
