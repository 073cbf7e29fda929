from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.brokerage import BrokerRules, introduce, pay_broker, reached, share_on_offer
from demandsim.processes.neighbourhood_budgets import HoodMoney
from tests.toy import DEFICIT, toy_model


def _rules(**overrides):
    return read_rules(BrokerRules, Numbers({f"market.{key}": value for key, value in overrides.items()}))


def test_without_hours_or_without_effect_nothing_opens():
    rules = _rules()
    assert reached(rules, 0.0) == 0.0
    assert share_on_offer(rules, DEFICIT, 0.0) == DEFICIT.direct_payment_share
    assert share_on_offer(_rules(broker_effect=0.0), DEFICIT, 6.0) == DEFICIT.direct_payment_share


def test_hours_open_direct_payments_up_to_the_most_that_take_one():
    rules = _rules(broker_effect=1.0)
    offers = [share_on_offer(rules, DEFICIT, hours) for hours in (0, 3, 40)]
    assert offers == sorted(offers)
    assert offers[1] == pytest.approx(0.15 + (0.45 - 0.15) / 2)
    assert offers[2] < 0.45
    assert share_on_offer(rules, replace(DEFICIT, direct_payment_share=0.6), 6.0) == 0.6


def test_hours_are_paid_whatever_comes_of_them():
    model = toy_model(100)
    model.practice = replace(DEFICIT, broker_hours=3.0)
    pay_broker(model, _rules(), 10)
    assert model.ledger.close().costs == {("brokerage", "council"): pytest.approx(3 * 10 * 40)}
    model.practice = DEFICIT
    pay_broker(model, _rules(), 10)
    assert model.ledger.close().costs == {}


def test_people_are_introduced_to_groups_nearby_as_far_as_there_is_room():
    model = toy_model(4000)
    model.practice = replace(DEFICIT, broker_hours=1e9)
    citizens, groups = model.citizens, model.groups
    (group,) = groups.admit(np.array([1], dtype=np.uint64))
    groups.neighbourhood[group], groups.capacity[group], groups.members[group] = 3, 10, 4
    rows = citizens.rows[:2000]
    introduce(model, _rules(broker_group=1.0), rows)
    joined = rows[citizens.group[rows] != NOBODY]
    assert joined.size == 6
    assert (citizens.neighbourhood[joined] == 3).all()
    assert groups.members[group] == 10
    before = citizens.group.copy()
    introduce(model, _rules(broker_group=0.0), rows)
    assert (citizens.group == before).all()


def test_people_are_introduced_to_a_group_that_meets_elsewhere_in_their_community():
    model = toy_model(4000)
    model.practice = replace(DEFICIT, broker_hours=1e9)
    of_3_and_4 = np.array([0, 0, 0, 1, 1, *range(2, 17)], dtype=np.int32)
    model.services["neighbourhood_budgets"] = HoodMoney(model, of_3_and_4, 17)
    citizens, groups = model.citizens, model.groups
    (group,) = groups.admit(np.array([1], dtype=np.uint64))
    groups.neighbourhood[group], groups.capacity[group] = 3, 1000
    rows = citizens.rows
    introduce(model, _rules(broker_group=1.0), rows)
    joined = citizens.group[rows] != NOBODY
    assert (joined == np.isin(citizens.neighbourhood[rows], (3, 4))).all()
