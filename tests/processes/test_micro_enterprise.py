from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Waiting
from demandsim.parameters.register import Numbers
from demandsim.processes.assessment import Assessment
from demandsim.processes.micro_enterprise import MicroEnterprise, micro_enterprises
from tests.processes.door_town import needy_town


def _town(starts=12.0, overrides=None):
    model = needy_town(4000)
    model.practice = replace(model.practice, micro_starts=starts)
    model.base_people = 100_000.0
    process = MicroEnterprise(Numbers(overrides))
    process.start(model)
    return model, process


def _run(model, process, months):
    ledgers = []
    for _ in range(months):
        process.step(model)
        ledgers.append(model.ledger.close())
        model.month += 1
    return ledgers


def test_without_starts_there_are_none():
    model, process = _town(starts=0.0)
    (month,) = _run(model, process, 1)
    assert micro_enterprises(model) is None
    assert (month.costs, month.totals, month.people) == ({}, {}, {})


def test_starts_are_paid_and_the_number_settles_where_as_many_fold():
    model, process = _town()
    ledgers = _run(model, process, 600)
    assert ledgers[0].costs == {("micro_enterprises", "council"): pytest.approx(4000)}
    folds = 1 - 0.85 ** (1 / 12)
    assert ledgers[-1].totals["micro_enterprises"] == pytest.approx(1 / folds, rel=0.01)
    assert model.services["micro_enterprises"].capacity == pytest.approx(30 / folds, rel=0.01)


def test_a_cut_of_prevention_starts_fewer():
    model, process = _town()
    model.council.prevention_share = 0.25
    (month,) = _run(model, process, 1)
    assert month.costs["micro_enterprises", "council"] == pytest.approx(1000)


def test_hours_are_given_out_only_while_they_are_free():
    model, process = _town()
    _run(model, process, 1)
    service = micro_enterprises(model)
    hours, wanted = np.full(10, 8.0), np.array([True] * 9 + [False])
    served = service.take(hours, wanted, 1.0)
    assert served.sum() == 3  # of 30 hours
    assert service.used == pytest.approx(24.0)
    assert not service.take(hours, wanted, 1.0).any()


def test_clients_of_folded_enterprises_look_for_help_again():
    model, process = _town(overrides={"market.micro_survival": 0.5})
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))[:100]
    citizens.arrangement[rows], citizens.council_funded[rows] = Arrangement.DIRECT_PAYMENT, True
    citizens.plan_hours[rows], citizens.relationship[rows] = 5.0, 0.8
    _run(model, process, 12)
    service = micro_enterprises(model)
    service.used = service.capacity
    before = service.used
    _run(model, process, 1)
    gone = rows[citizens.waiting[rows] == Waiting.HOME_CARE]
    lost = before * (1 - 0.5 ** (1 / 12))
    assert gone.size == int(lost / 5.0) > 0
    assert service.owed == pytest.approx(lost - 5.0 * gone.size, abs=1e-6)
    assert citizens.relationship[gone] == pytest.approx(0.8 * 0.15)
    assert citizens.urgent[gone].all()


def test_self_funders_and_direct_payments_draw_on_the_same_hours():
    model, process = _town(starts=600.0)
    _run(model, process, 2)
    assessment = Assessment(Numbers({"market.micro_choice": 1.0, "plan.direct_pool": 0.0}))
    assessment.start(model)
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))[:40]
    service = micro_enterprises(model)
    assessment.plans.buy_privately(model, rows, np.full(rows.size, 8.0))
    own = rows[citizens.arrangement[rows] == Arrangement.DIRECT_PAYMENT]
    assert own.size > 0
    assert not citizens.council_funded[own].any()
    assert service.used == pytest.approx(float(citizens.plan_hours[own].sum()))
    assert service.used <= service.capacity
    others = np.setdiff1d(rows, own)
    assert (citizens.waiting[others] == Waiting.HOME_CARE).all()
