from __future__ import annotations

import numpy as np
import pytest

from demandsim import luck
from demandsim.luck import Purpose
from demandsim.processes.promises import break_promise, keep_promise, moved, trust_of
from tests.toy import toy_model


def test_parts_of_a_hundredth_count_by_luck_so_that_the_mean_is_right() -> None:
    model = toy_model(4_000)
    rows = model.citizens.rows
    lots = luck.draw(model.luck_seed, model.citizens.uid[rows], 0, Purpose.TRUST)
    after = np.array([moved(np.int8(0), 0.0025, lot) for lot in lots])
    assert set(np.unique(after)) == {0, 1}
    assert after.mean() == pytest.approx(0.25, abs=0.03)
    assert [moved(held, 0.0, lot) for held, lot in zip(after, lots, strict=True)] == after.tolist()


def test_trust_stays_within_its_ends_and_adds_that_of_the_neighbourhood() -> None:
    model = toy_model(100)
    rows = model.citizens.rows
    keep_promise(model, rows, 3.0)
    assert (model.citizens.trust[rows] == 100).all()
    model.council.area_trust[:] = -0.25
    np.testing.assert_allclose(trust_of(model, rows), 0.75)
    break_promise(model, rows, 5.0)
    np.testing.assert_allclose(trust_of(model, rows), -1.0)


def test_the_run_in_is_what_people_are_used_to() -> None:
    model = toy_model(100)
    model.settling = True
    break_promise(model, model.citizens.rows, 0.5)
    assert not model.citizens.trust.any()
