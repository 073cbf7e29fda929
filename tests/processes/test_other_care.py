"""Care for someone outside the model: how many give it, for how many hours, at what age."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.unpaid_care import UnpaidCare
from tests.toy import CARERS, toy_model


def _settled_town() -> tuple[Any, UnpaidCare]:
    model = toy_model(20_000)
    model.settling = True
    process = UnpaidCare(Numbers())
    process.welcome(model, np.flatnonzero(model.citizens.alive))
    for month in range(-24, 0):
        model.month = month
        process.step(model)
    model.settling = False
    return model, process


def test_run_in_finds_the_carers_of_the_place_by_hours() -> None:
    # Of 19,000 people a share of 0.04 has a standard deviation of 0.0014; the run-in removes most of it.
    model, _ = _settled_town()
    citizens = model.citizens
    hours = citizens.care_given[citizens.alive & (citizens.age_months >= 60)]
    seen = np.histogram(hours, [1e-6, 9.5, 19.5, 34.5, 49.5, 169.0])[0] / hours.size
    assert seen == pytest.approx(np.array(list(CARERS.values())) / 1_000.0, abs=0.003)


def test_care_outside_the_model_stands_after_the_run_in_but_follows_age() -> None:
    model, process = _settled_town()
    before = model.citizens.other_caring.copy()
    model.month = 0
    process.step(model)
    same = (before > 0) == (model.citizens.other_caring > 0)
    assert same.mean() > 0.995  # the last month of the run-in moved the level by a little
    model.citizens.age_months[:] = 88 * 12
    model.month = 12
    process.step(model)
    assert (model.citizens.other_caring > 0).sum() < 0.3 * (before > 0).sum()


def test_care_outside_the_model_peaks_with_women_of_55_to_59() -> None:
    model, _ = _settled_town()
    citizens = model.citizens
    cares = citizens.other_caring > 0
    band = citizens.age_months // 60
    rate = [cares[citizens.alive & citizens.female & (band == k)].mean() for k in range(4, 18)]
    assert int(np.argmax(rate)) + 4 in (10, 11, 12)
    assert not cares[citizens.age_months < 192].any()
