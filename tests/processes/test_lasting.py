"""What people bring for life is a function of who they are, and gives what the sums of NumPy give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim import luck
from demandsim.luck import Purpose
from demandsim.processes.lasting import bells, give_bell
from tests.toy import toy_model

PURPOSE = np.uint32(Purpose.LONELINESS_BASE)


def drawn(model: Any, rows: Any) -> Any:
    return luck.draw4(model.luck_seed, model.citizens.uid[rows], 0, Purpose.LONELINESS_BASE)


def test_a_difference_is_bell_shaped_with_the_spread_asked_for() -> None:
    model = toy_model(3_000)
    rows, given = model.citizens.rows[::2], model.citizens.loneliness_luck
    give_bell(model, rows, PURPOSE, 0.7, given)
    wanted = (drawn(model, rows).sum(axis=1) - np.float32(2.0)) * np.float32(np.sqrt(3.0) * 0.7)
    assert np.array_equal(given[rows], wanted)
    assert not given[np.setdiff1d(np.arange(given.size), rows)].any()
    assert given[rows].mean() == pytest.approx(0.0, abs=4 * 0.7 / rows.size**0.5)
    assert given[rows].std() == pytest.approx(0.7, abs=0.03)


def test_a_bell_in_full_precision_does_not_hang_on_the_month() -> None:
    model = toy_model(3_000)
    rows = model.citizens.rows[:100]
    before = bells(model, rows, PURPOSE)
    model.month = 50
    assert np.array_equal(bells(model, rows, PURPOSE), before)
    assert np.array_equal(before, (drawn(model, rows).astype(np.float64).sum(axis=1) - 2.0) * np.sqrt(3.0))
