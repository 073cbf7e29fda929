"""The funding panel by itself: shares, need, order."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.processes.panel import Panel
from tests.toy import toy_model


@pytest.mark.parametrize("cut", [0.0, 0.1, 0.4, 1.0])
def test_over_the_months_it_grants_the_share_it_should_however_few_ask(cut: float) -> None:
    model, panel = toy_model(500), Panel(2.9)
    model.council.placement_cut = cut
    rows = model.citizens.rows[:3]
    refused = 0
    for model.month in range(200):
        refused += int(panel.refused(model, rows, np.array([True, True, False])).sum())
        assert not panel.refused(model, rows, np.zeros(3, dtype=np.bool_)).any()
    assert refused == pytest.approx(400 * cut, abs=1)


def test_the_neediest_come_first_whatever_the_order_of_rows() -> None:
    model = toy_model(500)
    citizens = model.citizens
    rows = citizens.rows[:40]
    citizens.limitation[rows] = np.linspace(2.0, 3.0, 40)
    citizens.limitation[rows[18:22]] = 2.5
    model.council.placement_cut = 0.5
    everyone = np.ones(40, dtype=np.bool_)
    refused = Panel(2.9).refused(model, rows, everyone)
    assert refused[:18].all()
    assert not refused[22:].any()
    assert (Panel(2.9).refused(model, rows[::-1], everyone) == refused[::-1]).all()
