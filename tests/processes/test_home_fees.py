"""What a care home costs whom: the means test, spending down, the month's bill."""

from __future__ import annotations

import copy
import math
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.ledger import CHARGES
from demandsim.processes.home_fees import WEEKS, HomeFees
from demandsim.scenario.terms import Agreed, Terms
from tests.toy import toy_model


@cache
def fresh() -> Any:
    return toy_model(2000)


def town(limitation: float = 2.5) -> tuple[Any, HomeFees, Any]:
    """A town in which everybody of 65 and over lives in a home, poor and without a house: model, fees, residents."""
    model = copy.deepcopy(fresh())
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))
    citizens.setting[rows], citizens.limitation[rows] = Setting.CARE_HOME, limitation
    citizens.savings[rows], citizens.owner[rows] = 5000, False
    return model, HomeFees(model.numbers), rows


def test_means_test() -> None:
    """Savings decide; the home counts for some who leave nobody in it, and is then sold."""
    model, fees, rows = town()
    citizens = model.citizens
    stays = citizens.partner[rows] != NOBODY
    fees.fund(model, rows, stays)
    assert citizens.council_funded[rows].all()
    citizens.savings[rows] = 30_000
    fees.fund(model, rows, stays)
    assert not citizens.council_funded[rows].any()
    citizens.savings[rows] = 5000
    citizens.owner[rows] = True
    fees.fund(model, rows, stays)
    assert citizens.council_funded[rows[stays]].all()
    assert 1 - citizens.council_funded[rows[~stays]].mean() == pytest.approx(0.5, abs=0.12)
    assert (citizens.owner[rows] == citizens.council_funded[rows]).all()


def test_to_ask_whether_the_council_would_pay_sells_nothing() -> None:
    model, fees, rows = town()
    citizens = model.citizens
    citizens.owner[rows] = True
    nobody_stays = np.zeros(rows.size, dtype=np.bool_)
    would = fees.council_would_pay(model, rows, nobody_stays)
    assert citizens.owner[rows].all()
    assert (citizens.savings[rows] == 5000).all()
    fees.fund(model, rows, nobody_stays)
    assert (citizens.council_funded[rows] == would).all()
    assert 0 < would.sum() < rows.size


def test_frozen_limits_leave_more_to_pay_for_themselves_and_let_nobody_pay_less() -> None:
    """What somebody in a home is left with by the week keeps its worth: who has no savings pays as before."""
    model, fees, rows = town(limitation=3.5)
    citizens = model.citizens
    citizens.savings[rows] = np.linspace(0, 40_000, rows.size)
    nobody_stays = np.zeros(rows.size, dtype=np.bool_)
    seen = []
    for share in (0.0, 1.0):
        model.month = 120
        model.policy = SimpleNamespace(agreed=Agreed(terms=Terms(means_limits_frozen_share=share)))
        fees.fund(model, rows, nobody_stays)
        seen.append((citizens.council_funded[rows].copy(), fees.bill(model, rows).own))
    (by_council, charged), (by_council_frozen, charged_frozen) = seen
    assert (by_council == (citizens.savings[rows] <= 23_250)).all()
    assert (by_council_frozen == (citizens.savings[rows] <= 23_250 * 1.02**-10)).all()
    assert (charged_frozen >= charged).all()
    poor = citizens.savings[rows] < 14_250 * 1.02**-10
    assert (charged_frozen[poor] == charged[poor]).all()
    assert (charged_frozen > charged)[(citizens.savings[rows] > 14_250) & by_council].all()


def test_a_house_does_not_count_with_a_host() -> None:
    model, fees, rows = town()
    citizens = model.citizens
    citizens.owner[rows] = True
    citizens.savings[rows[::2]] = 30_000
    fees.fund_with_host(model, rows)
    assert (citizens.council_funded[rows] == (citizens.savings[rows] < 23_250)).all()
    assert citizens.owner[rows].all()


def test_money_runs_out_and_the_council_takes_over() -> None:
    model, fees, rows = town(limitation=2.0)
    citizens = model.citizens
    citizens.savings[rows], citizens.council_funded[rows] = 40_000, False
    citizens.income_band[rows] = 0
    net = (930 * 0.975 * 1.41 - 201 - 101.75) * WEEKS
    last = math.ceil((40_000 - 23_250) / net)
    for k in range(last):
        assert not citizens.council_funded[rows].any(), k
        fees.spend_down(model, rows, np.ones(rows.size, dtype=np.float32))
    assert citizens.council_funded[rows].all()


def test_fees_are_paid_in_full_by_somebody() -> None:
    model, fees, rows = town(limitation=3.5)
    model.citizens.council_funded[rows] = True
    fees.book(model, rows)
    closed = model.ledger.close()
    costs = closed.costs
    assert closed.totals[CHARGES] == pytest.approx(costs["nursing", "citizen"])  # the council pays for all in part
    paid = costs["nursing", "council"] + costs["nursing", "citizen"]
    assert paid == pytest.approx(rows.size * 930 * 1.045 * WEEKS, rel=1e-5)
    assert costs["residential", "council"] == 0
    assert costs["nursing", "nhs"] == pytest.approx(rows.size * 219.71 * WEEKS)
    model.council.fee_cut = 0.1
    fees.book(model, rows)
    cheaper = model.ledger.close().costs
    assert cheaper["nursing", "council"] + cheaper["nursing", "citizen"] == pytest.approx(0.9 * paid, rel=1e-5)


def test_who_pays_in_full_is_not_charged() -> None:
    model, fees, rows = town(limitation=3.5)
    model.citizens.council_funded[rows] = False
    fees.book(model, rows)
    closed = model.ledger.close()
    assert closed.costs["nursing", "citizen"] > 0
    assert closed.totals[CHARGES] == 0
