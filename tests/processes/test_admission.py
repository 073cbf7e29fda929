"""Admission: people who cannot cope are counted within the base, and rapid support is a service."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Call
from demandsim.parameters.register import Numbers
from demandsim.processes.admission import Admission, Ordinary
from tests.toy import toy_model


def test_the_ordinary_share_leaves_the_total_where_it_was() -> None:
    share = Ordinary()
    older = np.arange(1000) < 600
    chance = np.where(older, 0.9, 0.8).astype(np.float32)
    for _ in range(12):
        share.note(chance, older, np.array([True] * 27 + [False] * 4))
    assert share.share[1] == pytest.approx(1 - 27 / 540, abs=1e-3)
    assert share.share[0] == pytest.approx(1 - 4 / 320, abs=1e-3)
    assert (chance * share.of(older))[older].sum() + 27 == pytest.approx(540, abs=0.5)


def test_without_anybody_who_cannot_cope_the_ordinary_chance_is_whole_to_the_bit() -> None:
    share = Ordinary()
    nobody = np.zeros(0, dtype=np.bool_)
    share.note(np.full(10, 0.9, dtype=np.float32), np.ones(10, dtype=np.bool_), nobody)
    assert (share.share == np.float32(1)).all()


def test_who_is_kept_goes_by_what_happened_and_nobody_for_a_false_alarm() -> None:
    model = toy_model(4_000)
    rows = np.arange(4_000)
    admission = Admission(Numbers())
    luck = np.random.default_rng(1).random(4_000).astype(np.float32)
    shares = {}
    for call in Call:
        model.citizens.emergency_call[rows] = call
        shares[call] = admission.kept_from_calls(model, rows, luck).mean()
    rules = admission.rules
    expected = {Call.LIE: rules.lie, Call.NIGHT: rules.night, Call.CARER: rules.carer}
    for call in Call:
        assert shares[call] == pytest.approx(expected.get(call, 0.0), abs=0.04)


def test_rapid_support_keeps_its_books() -> None:
    model = toy_model(4_000)
    citizens = model.citizens
    older = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))
    model.practice = type("P", (), {"rapid_support_places": 12 * 5.5 * 1e5 / model.base_people_65})()
    admission = Admission(Numbers())
    admission.open(model, 1.0)
    luck = np.linspace(0, 0.99, older.size).astype(np.float32)
    given = admission.rapid_support(model, older, np.ones(older.size, dtype=np.bool_), luck)
    service = model.services["rapid_support"]
    assert (service.capacity, service.used, service.waiting) == (5, given.sum(), older.size - given.sum())
    assert model.ledger.spent("council") == pytest.approx(service.used * service.unit_cost)
