from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.ledger import Month
from demandsim.parameters.register import Numbers
from demandsim.processes.carer_work import CarerWork
from tests.toy import toy_model


def _town(hours: float, numbers: dict[str, float] | None = None) -> tuple[Any, CarerWork, Any]:
    """A town in which everybody of working age works and cares for so many hours."""
    model = toy_model(6_000)
    age = model.citizens.age_months
    rows = model.citizens.rows[(age[model.citizens.rows] >= 240) & (age[model.citizens.rows] < 780)]
    model.citizens.working[rows] = True
    model.citizens.care_given[rows] = hours
    return model, CarerWork(Numbers(numbers)), rows


def _months(model: Any, process: CarerWork, months: int) -> Month:
    for _ in range(months):
        process.step(model)
        month: Month = model.ledger.close()
        model.month += 1
    return month


def _out(model: Any, rows: Any) -> float:
    return float((model.citizens.work_lost[rows] == 100).mean())


def test_few_hours_of_care_cost_no_work() -> None:
    model, process, _ = _town(9.0)
    _months(model, process, 24)
    assert not model.citizens.work_lost.any()


def test_more_hours_take_more_people_out_of_work_and_an_effect_of_nothing_takes_nobody() -> None:
    shares = []
    for hours in (20.0, 35.0, 60.0):
        model, process, rows = _town(hours)
        _months(model, process, 1)
        shares.append(_out(model, rows))
    assert 0 < shares[0] < shares[1] < shares[2] < 0.6
    model, process, _ = _town(60.0, {"work.carer_leave": 0.0, "work.carer_reduce": 0.0})
    _months(model, process, 24)
    assert not model.citizens.work_lost.any()


def test_who_is_out_of_work_holds_still_while_nothing_changes() -> None:
    model, process, rows = _town(35.0)
    _months(model, process, 1)
    first = _out(model, rows)
    assert first == pytest.approx(0.06 / 0.16, abs=0.03)
    _months(model, process, 60)
    assert _out(model, rows) == pytest.approx(first, abs=0.04)


def test_people_return_when_caring_ends_and_retirement_ends_the_matter() -> None:
    model, process, rows = _town(60.0)
    _months(model, process, 12)
    before = _out(model, rows)
    model.citizens.care_given[rows] = 0.0
    _months(model, process, 24)
    assert 0 < _out(model, rows) == pytest.approx(before * np.exp(-0.6), abs=0.04)
    model.citizens.working[rows] = False
    _months(model, process, 1)
    assert not model.citizens.work_lost.any()


def test_lost_earnings_fall_on_families_and_the_tax_on_them_on_government() -> None:
    model, process, rows = _town(20.0)
    _months(model, process, 6)
    parts = model.citizens.work_lost[rows].sum() / 100
    month = _months(model, process, 1)
    parts = model.citizens.work_lost[rows].sum() / 100
    gross = parts * 574 * 4.345
    assert month.costs["lost_earnings", "family"] == pytest.approx(0.82 * gross)
    assert month.costs["lost_earnings", "central"] == pytest.approx(0.18 * gross)
    assert month.people["carers_work_lost"].sum() == np.count_nonzero(model.citizens.work_lost)
    assert month.costs["carers_allowance", "central"] == 0  # below 35 hours


def test_the_allowance_moves_from_government_to_carers_of_35_hours_out_of_work() -> None:
    model, process, rows = _town(40.0, {"carers.allowance_take_up": 1.0})
    month = _months(model, process, 3)
    due = np.count_nonzero(model.citizens.work_lost[rows] == 100)
    assert month.costs["carers_allowance", "central"] == pytest.approx(due * 76.75 * 4.345)
    assert month.costs["carers_allowance", "family"] == -month.costs["carers_allowance", "central"]
