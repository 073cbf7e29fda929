"""What is booked by reporting cell is what NumPy's counts give."""

from __future__ import annotations

import numpy as np

from demandsim.ledger import Ledger


def test_people_and_amounts_add_up_by_cell() -> None:
    generator = np.random.default_rng(3)
    cell = generator.integers(0, 50, 200).astype(np.uint16)
    amount = generator.random(200).astype(np.float32)
    ledger = Ledger(50)
    ledger.people("hours", cell, amount)
    ledger.people("hours", cell[:0], amount[:0])
    ledger.people("people", cell)
    ledger.people("people", cell[:7])
    ledger.people("nobody", cell[:0])
    month = ledger.close()
    assert np.array_equal(month.people["hours"], np.bincount(cell, weights=amount, minlength=50))
    assert np.array_equal(month.people["people"], np.bincount(cell, minlength=50) + np.bincount(cell[:7], minlength=50))
    assert month.people["nobody"].tolist() == [0.0] * 50
