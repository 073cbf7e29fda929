from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.ledger import Month
from demandsim.parameters.register import Numbers
from demandsim.processes.frailty import Links, added
from demandsim.processes.income_advice import IncomeAdvice
from demandsim.scenario.terms import Terms
from tests.toy import toy_model


def _town(places: float, numbers: dict[str, float] | None = None) -> tuple[Any, IncomeAdvice]:
    model = toy_model(10_000)
    model.scale = 1.0
    model.terms = Terms(income_advice=places)
    rows = model.citizens.rows
    model.citizens.income_band[rows] = np.arange(rows.size) % 5
    process = IncomeAdvice(Numbers(numbers))
    process.start(model)
    return model, process


def _months(model: Any, process: IncomeAdvice, months: int) -> list[Month]:
    out = []
    for _ in range(months):
        process.step(model)
        service = model.services["income_advice"]
        assert service.used <= service.capacity
        out.append(model.ledger.close())
        model.month += 1
    return out


def test_without_the_term_nobody_is_helped_and_nobody_pays() -> None:
    model, process = _town(0.0)
    months = _months(model, process, 12)
    assert not model.citizens.advised.any()
    assert all(not month.costs for month in months)


def test_as_many_are_helped_as_there_are_places_for() -> None:
    model, process = _town(600.0)
    months = _months(model, process, 24)
    helped = np.count_nonzero(model.citizens.advised)
    assert helped == pytest.approx(2 * 60, abs=2)
    assert helped == sum(month.people["people_advised"].sum() for month in months)
    assert sum(month.costs["income_advice", "council"] for month in months) == pytest.approx(helped * 6 * 32)


def test_only_adults_who_miss_out_are_helped_mostly_the_poorest_and_then_no_more_are_found() -> None:
    model, process = _town(1e6)
    _months(model, process, 16)
    citizens = model.citizens
    first = np.count_nonzero(citizens.advised)
    assert (citizens.age_months[citizens.advised] >= 216).all()
    adults = citizens.alive & (citizens.age_months >= 216)
    shares = [citizens.advised[adults & (citizens.income_band == band)].mean() for band in range(5)]
    assert shares[0] == pytest.approx(0.22, abs=0.03)
    assert shares == sorted(shares, reverse=True)
    _months(model, process, 16)
    assert np.count_nonzero(citizens.advised) == first


def test_the_money_comes_from_government_and_stays_with_the_person() -> None:
    model, process = _town(600.0)
    month = _months(model, process, 12)[-1]
    pounds = np.count_nonzero(model.citizens.advised) * 45 * 4.345
    assert month.costs["benefits", "central"] == pytest.approx(pounds)
    assert month.costs["benefits", "citizen"] == pytest.approx(-pounds)
    model.terms = Terms()
    assert _months(model, process, 1)[0].costs["benefits", "central"] == pytest.approx(pounds)  # it goes on


def test_a_cut_of_prevention_takes_advisers_too() -> None:
    model, process = _town(600.0)
    model.council.prevention_share = 0.25
    _months(model, process, 24)
    assert np.count_nonzero(model.citizens.advised) == pytest.approx(30, abs=2)


def test_money_one_is_entitled_to_slows_frailty_or_does_nothing() -> None:
    links = Links(*(np.float32(x) for x in (0.15, 0.1, 0.1, 0.6, 0.05)))
    assert added(True, False, np.float32(0), True, links) == pytest.approx(0.10)
    assert added(True, False, np.float32(0), False, links) == pytest.approx(0.15)
    nothing = links._replace(income=np.float32(0))
    assert added(True, True, np.float32(0), True, nothing) == added(True, True, np.float32(0), False, nothing)
