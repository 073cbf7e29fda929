from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.ledger import CHARGES
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.brokerage import BrokerRules
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.hosts import HostRules, SharedLives, find_hosts, free_for_older, older_with_hosts
from demandsim.processes.shared_lives import SharedLivesHosts
from tests.toy import toy_model


def _town(hosts=0.0, recruited=0.0, approved=0.0, menu=1.0, overrides=None):
    model = toy_model(4000)
    model.base_people = 100_000.0
    model.practice = replace(model.practice, shared_lives_hosts=approved, menu_share=menu)
    service = SharedLives(model, hosts)
    service.capacity, service.recruited = hosts + recruited, recruited
    model.services["shared_lives"] = service
    return model, SharedLivesHosts(Numbers(overrides)), service


def _run(model, process, months):
    ledgers = []
    for _ in range(months):
        process.step(model)
        ledgers.append(model.ledger.close())
        model.month += 1
    return ledgers


def _older(model, count, limitation=2.0):
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))[:count]
    citizens.limitation[rows] = limitation
    return rows


def _hosted(model, rows):
    model.citizens.setting[rows], model.citizens.household[rows] = Setting.SHARED_LIVES, NOBODY
    model.citizens.council_funded[rows] = True


def test_todays_hosts_stay_and_cost_nothing_here():
    model, process, service = _town(hosts=12.0)
    ledgers = _run(model, process, 24)
    assert service.capacity == 12.0
    assert not any(month.costs for month in ledgers)


def test_hosts_are_paid_for_before_they_give_a_place_and_stop_in_time():
    model, process, service = _town(approved=12.0)
    ledgers = _run(model, process, 5)
    assert ledgers[0].costs == {("shared_lives", "council"): pytest.approx(5000)}
    assert service.recruited == 0.0
    _run(model, process, 1)
    assert service.recruited == pytest.approx(1.0)
    _run(model, process, 1500)
    assert service.recruited == pytest.approx(12 / 0.1, rel=0.01)  # what comes in a year over the share that stops


def test_older_people_may_take_only_places_looked_for_beyond_todays():
    rules, broker = read_rules(HostRules, Numbers({"market.host_older": 1.0})), read_rules(BrokerRules, Numbers())
    model, _, _ = _town(hosts=12.0)
    rows = _older(model, 20)
    assert not find_hosts(model, rules, broker, rows).any()
    model, _, _ = _town(hosts=12.0, recruited=3.0)
    rows = _older(model, 20)
    assert find_hosts(model, rules, broker, rows).sum() == 3
    model.practice = replace(model.practice, menu_share=0.0)
    assert not find_hosts(model, rules, broker, rows).any()
    no_effect = read_rules(HostRules, Numbers({"market.host_older": 0.0}))
    model.practice = replace(model.practice, menu_share=1.0)
    assert not find_hosts(model, no_effect, broker, rows).any()


def test_who_needs_too_much_for_a_host_does_not_get_one_and_who_comes_to_moves_on():
    model, process, _ = _town(recruited=10.0)
    rules, broker = read_rules(HostRules, Numbers({"market.host_older": 1.0})), read_rules(BrokerRules, Numbers())
    rows = _older(model, 6, limitation=3.0)
    assert not find_hosts(model, rules, broker, rows).any()
    _hosted(model, rows)
    model.citizens.limitation[rows[:4]] = 2.0
    _run(model, process, 1)
    citizens = model.citizens
    assert (citizens.setting[rows[:4]] == Setting.SHARED_LIVES).all()
    assert (citizens.setting[rows[4:]] == Setting.HOME).all()
    assert (citizens.crisis[rows[4:]] > 0).all()
    assert np.unique(citizens.household[rows[4:]]).size == 2
    assert (np.bincount(citizens.household[citizens.household >= 0])[citizens.household[rows[4:]]] == 1).all()


def test_a_place_lost_is_lost_by_somebody_and_the_others_are_paid_for():
    model, process, service = _town(recruited=2.0)
    rows = _older(model, 4)
    _hosted(model, rows)
    assert free_for_older(model) == 0
    (month,) = _run(model, process, 1)
    assert older_with_hosts(model).size == 2
    assert service.used <= service.capacity
    pounds = month.costs["shared_lives", "council"] + month.costs["shared_lives", "citizen"]
    assert pounds == pytest.approx(2 * 450 * WEEKS)
    funded = np.count_nonzero(model.citizens.council_funded[older_with_hosts(model)])
    assert month.totals[CHARGES] == pytest.approx(funded * process.rules.contribution * 450 * WEEKS)
