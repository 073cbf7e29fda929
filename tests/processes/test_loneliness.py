from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY
from demandsim.parameters.register import Numbers
from demandsim.processes.loneliness import Loneliness
from tests.toy import toy_model


def _town(numbers: Numbers | None = None) -> tuple[Any, Loneliness]:
    model = toy_model(6_000)
    model.month, model.settling = -24, True
    process = Loneliness(numbers or Numbers())
    process.welcome(model, np.flatnonzero(model.citizens.alive))
    process.start(model)
    process.step(model)
    return model, process


def test_published_share_is_lonely_at_the_start() -> None:
    model, _ = _town()
    adult = model.citizens.alive & (model.citizens.age_months >= 192)
    assert model.citizens.lonely[adult].mean() == pytest.approx(Numbers()["value.lonely_often_2023_24"], abs=1e-3)
    assert not model.citizens.lonely[~adult].any()


def test_threshold_is_frozen_after_the_run_in() -> None:
    model, process = _town()
    before = process.threshold
    model.settling = False
    model.citizens.partner[:] = NOBODY
    adult = model.citizens.alive & (model.citizens.age_months >= 192)
    share = model.citizens.lonely[adult].mean()
    process.step(model)
    assert process.threshold == before
    assert model.citizens.lonely[adult].mean() > share


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("friends", 4, -0.8),
        ("friends", 8, -0.8),
        ("limitation", 3.0, 0.5),
        ("bereaved_month", -20, 0.8),
        ("bereaved_month", -60, 0.0),
        ("setting", 1, -0.2),
    ],
)
def test_each_circumstance_moves_the_latent_by_its_weight(column: str, value: float, expected: float) -> None:
    model, process = _town()
    before = model.citizens.loneliness.copy()
    getattr(model.citizens, column)[:] = value
    process.step(model)
    assert model.citizens.loneliness - before == pytest.approx(expected, abs=1e-5)


def test_kin_near_count_up_to_two() -> None:
    model, process = _town()
    citizens = model.citizens
    kin = np.diff(model.children.start) + (citizens.mother >= 0) + (citizens.father >= 0)
    rest = citizens.loneliness - citizens.loneliness_luck + 0.55 * (citizens.partner >= 0)
    by_age = rest - Numbers()["lonely.age"] / 12 * citizens.age_months
    assert by_age[kin >= 2] == pytest.approx(1.1, abs=1e-4)
    assert by_age[kin == 0] == pytest.approx(1.6, abs=1e-4)
    assert process.threshold > 0


def test_personal_difference_is_lasting_and_has_its_spread() -> None:
    model, process = _town()
    rows = np.flatnonzero(model.citizens.alive)
    first = model.citizens.loneliness_luck.copy()
    model.month = 77
    process.welcome(model, rows)
    assert (model.citizens.loneliness_luck == first).all()
    assert first[rows].std() == pytest.approx(0.8, rel=0.05)  # sd of 6,000 draws is within 1 %: five sds
