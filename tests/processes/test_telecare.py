"""Telecare: who has sensors, what they cost, what they replace, and what goes wrong."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Call, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.telecare import Telecare, TelecareRules, has_sensors, visits_left
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

RULES = read_rules(TelecareRules, Numbers())


def town(share):
    model = toy_model(20_000)
    model.citizens.arrangement[:10_000], model.citizens.council_funded[:10_000] = Arrangement.HOME_CARE, True
    model.terms = Terms(technology_share=share)
    process = Telecare(Numbers())
    process.start(model)
    return model, process


def test_without_the_term_there_is_nothing() -> None:
    model, process = town(0.0)
    process.step(model)
    assert not model.ledger.close().costs
    assert not has_sensors(model, np.arange(20_000)).any()
    assert (visits_left(model, np.arange(100), 0.1) == 1).all()
    assert model.services["telecare"].used == 0


def test_a_share_of_people_supported_at_home_have_them_for_good() -> None:
    model, _ = town(0.4)
    rows = np.arange(20_000)
    first = has_sensors(model, rows)
    assert first[:10_000].mean() == pytest.approx(0.4, abs=0.03)
    assert not first[10_000:].any()
    model.month = 30
    np.testing.assert_array_equal(has_sensors(model, rows), first)
    model.terms = Terms(technology_share=0.6)
    assert has_sensors(model, rows)[first].all()
    model.citizens.setting[:10_000] = Setting.CARE_HOME
    assert not has_sensors(model, rows).any()


def test_some_visits_are_replaced() -> None:
    model, _ = town(1.0)
    assert visits_left(model, np.array([0, 15_000]), 0.1).tolist() == pytest.approx([0.9, 1.0])


def test_it_is_paid_for_and_false_alarms_cost_call_outs_and_send_some_to_hospital() -> None:
    model, process = town(1.0)
    process.step(model)
    alarms = RULES.false_alarms / 12 / (1 + RULES.false_alarms / 24) * 10_000
    plain = RULES.cost_year / 12 * 10_000
    paid = model.ledger.close().costs["telecare", "council"]
    assert paid - plain == pytest.approx(RULES.responder_cost * alarms, rel=0.15)
    taken = np.count_nonzero(model.citizens.emergency_call == Call.FALSE_ALARM)
    assert taken == pytest.approx(RULES.false_calls * alarms, abs=5 * np.sqrt(RULES.false_calls * alarms))
    assert model.services["telecare"].used == model.services["telecare"].capacity == 10_000


def test_who_buys_their_care_pays_for_their_sensors() -> None:
    model, process = town(1.0)
    process.step(model)
    whole = model.ledger.close().costs["telecare", "council"]
    model.citizens.council_funded[:2500] = False
    model.citizens.emergency_call[:] = Call.NONE
    process.step(model)
    costs = model.ledger.close().costs
    assert costs["telecare", "council"] + costs["telecare", "citizen"] == pytest.approx(whole)
    assert costs["telecare", "citizen"] == pytest.approx(0.25 * whole, rel=0.1)


def test_a_true_emergency_stays_one() -> None:
    model, process = town(1.0)
    model.citizens.emergency_call[:10_000] = Call.LIE
    process.step(model)
    assert (model.citizens.emergency_call[:10_000] == Call.LIE).all()
