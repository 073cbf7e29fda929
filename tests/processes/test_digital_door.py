from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import Concern
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.digital_door import FormRules, by_form, heard_by_form
from demandsim.processes.front_door import FrontDoor
from demandsim.processes.team import team
from demandsim.scenario.terms import Terms
from tests.processes.door_town import needy_town

HALF = Terms(digital_door_share=0.5)


def _asked(model, number=300):
    citizens = model.citizens
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:number]
    citizens.contacted[rows] = True
    return rows


def _door(terms, overrides=None):
    model = needy_town()
    model.terms = terms
    process = FrontDoor(Numbers(overrides))
    process.start(model)
    process.hours_rate = 1e7
    return model, process


def test_the_share_is_answered_by_a_form_and_nobody_who_is_pressed():
    model = needy_town()
    rows = _asked(model)
    pressing = np.arange(rows.size) < 100
    assert not by_form(model, rows, pressing).any()
    model.terms = HALF
    form = by_form(model, rows, pressing)
    assert not form[:100].any()
    assert form[100:].mean() == pytest.approx(0.5, abs=0.12)
    model.terms = replace(HALF, digital_door_share=0.8)
    assert (by_form(model, rows, pressing) >= form).all()


def test_a_form_saves_the_hours_of_a_conversation_and_costs_a_licence():
    taken, costs = [], []
    for terms in (Terms(), replace(HALF, digital_door_share=1.0)):
        model, process = _door(terms)
        _asked(model)
        process.step(model)
        taken.append(team(model).taken)
        costs.append(model.ledger.close().costs)
    # 0.1 hours instead of a conversation of 0.5 and a quarter of an hour of paper.
    assert taken == pytest.approx([300 * 0.75, 300 * 0.1])
    assert ("digital_door", "council") not in costs[0]
    assert costs[1]["digital_door", "council"] == pytest.approx(25_000 / 12 * len(model.citizens) / 1e5)


def test_what_a_form_hears():
    model = needy_town()
    rows, rules = _asked(model, 4), read_rules(FormRules, Numbers())
    model.citizens.age_months[rows] = [66 * 12, 66 * 12, 80 * 12, 80 * 12]
    model.citizens.concern[rows] = [Concern.INFORMATION, Concern.TASKS, Concern.EQUIPMENT, Concern.RELIEF]
    everyone = np.ones(4, dtype=np.bool_)
    assert heard_by_form(rules, model, rows, everyone) == pytest.approx([1.0, 0.8, 0.7, 0.56])
    assert (heard_by_form(rules, model, rows, ~everyone) == 1.0).all()


def test_more_come_back_and_none_more_at_the_null():
    nothing = {"digital.loss_complicated": 0.0, "digital.loss_oldest": 0.0}
    vain = []
    for terms, overrides in (
        (Terms(), None),
        (replace(HALF, digital_door_share=1.0), None),
        (replace(HALF, digital_door_share=1.0), nothing),
    ):
        model, process = _door(terms, {"door.half_hours": 0.0, **(overrides or {})})
        _asked(model, 2000)
        process.step(model)
        vain.append(model.citizens.asked_in_vain.copy())
    assert vain[1].sum() > vain[0].sum()
    assert (vain[1] >= vain[0]).all()
    np.testing.assert_array_equal(vain[2], vain[0])
