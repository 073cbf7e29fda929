"""Adaptations: so many and no more, by need, for as long as the person stays."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Band
from demandsim.parameters.register import Numbers
from demandsim.processes.adaptations import Adaptations
from demandsim.scenario.terms import Terms
from tests.toy import toy_model


def town(a_month=10.0, **overrides):
    model = toy_model(20_000)
    citizens = model.citizens
    citizens.household[:200] = np.arange(50_000, 50_200)
    citizens.band[:100], citizens.band[100:200] = Band.LOW, Band.MODERATE
    citizens.hands_on[:200] = 10.0
    model.terms = Terms(adaptations=a_month * 12e5 / model.base_people_65)
    process = Adaptations(Numbers({key.replace("__", "."): value for key, value in overrides.items()}))
    process.start(model)
    return model, process


def test_as_many_homes_as_there_are_grants_moderate_need_first_paid_by_government() -> None:
    model, process = town(10.5)
    for _ in range(2):
        process.step(model)
    month = model.ledger.close()
    adapted = np.flatnonzero(model.citizens.adapted)
    assert adapted.size == month.people["homes_adapted"].sum() == 21
    assert ((adapted >= 100) & (adapted < 200)).all()
    assert month.costs["adaptations", "central"] == pytest.approx(21 * process.rules.cost)
    service = model.services["adaptations"]
    assert (service.capacity, service.used, service.waiting) == (11, 11, 179)


def test_an_adapted_home_takes_a_little_off_hands_on_hours_each_month() -> None:
    model, process = town()
    process.step(model)
    citizens = model.citizens
    assert citizens.hands_on[:200][citizens.adapted[:200]] == pytest.approx(9.0)
    assert (citizens.hands_on[:200][~citizens.adapted[:200]] == 10.0).all()
    plain, nothing = town(adapt__hours=0.0)
    nothing.step(plain)
    assert (plain.citizens.hands_on[:200] == 10.0).all()


def test_it_stays_behind_when_they_move() -> None:
    model, process = town()
    process.step(model)
    citizens = model.citizens
    first, second = np.flatnonzero(citizens.adapted)[:2]
    citizens.household[first] = 60_000
    citizens.setting[second] = 1
    model.terms = Terms()
    process.step(model)
    assert not citizens.adapted[[first, second]].any()
    assert citizens.adapted.sum() == 8


def test_without_the_term_nothing_is_done() -> None:
    model, process = town(0.0)
    process.step(model)
    assert not model.citizens.adapted.any()
    assert not model.ledger.close().costs


def test_who_comes_first_does_not_depend_on_storage_order() -> None:
    one, process = town()
    process.step(one)
    other, mirrored = town()
    swap = np.arange(100, 200)
    for name in ("uid", "household"):
        column = getattr(other.citizens, name)
        column[swap] = column[swap[::-1]]
    mirrored.step(other)
    assert set(one.citizens.uid[one.citizens.adapted]) == set(other.citizens.uid[other.citizens.adapted])
