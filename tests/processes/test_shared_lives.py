from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Setting, SupportType
from demandsim.ledger import CHARGES
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.brokerage import BrokerRules
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.hosts import HostRules, SharedLives, find_hosts, free_for_older, older_with_hosts
from demandsim.processes.shared_lives import SharedLivesHosts
from tests.toy import toy_model


def _town(hosts=0.0, recruited=0.0, approved=0.0, menu=1.0, before=None, overrides=None):
    model = toy_model(4000)
    model.base_people = 100_000.0
    model.practice = replace(model.practice, shared_lives_hosts=approved, menu_share=menu)
    model.base_practice = replace(model.base_practice, menu_share=menu if before is None else before)
    service = SharedLives(model, hosts)
    service.capacity = hosts + recruited
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


def test_hosts_told_of_are_paid_for_wait_and_stop_like_those_looked_for():
    """Both roads bring 12 hosts a year: the path of places and pounds must be one and the same."""
    paths = []
    for levers in ({"approved": 12.0}, {"menu": 1.0, "before": 0.2}):
        model, process, service = _town(hosts=10.0, overrides={"wa.host_growth": 15.0}, **levers)
        ledgers, places = [], []
        for _ in range(240):
            ledgers += _run(model, process, 1)
            places.append(service.capacity)
        paths.append(([month.costs["shared_lives", "council"] for month in ledgers], places))
    assert paths[0][0] == pytest.approx(paths[1][0])
    assert paths[0][1] == pytest.approx(paths[1][1])
    assert paths[0][1][-1] < 10 + 12 / 0.1  # however long it goes on


def test_todays_practice_neither_gains_nor_loses_hosts_and_a_narrower_menu_loses_some():
    model, process, service = _town(hosts=12.0, menu=0.4)
    _run(model, process, 120)
    assert service.capacity == 12.0
    model.practice = replace(model.practice, menu_share=0.2)
    _run(model, process, 1500)
    assert service.capacity == pytest.approx(12 - 4 * 0.2 / 0.1, rel=0.01)


def test_who_has_support_moves_to_supported_living_when_there_is_no_other_host():
    model, process, service = _town(hosts=3.0, recruited=2.0)
    rows = _older(model, 5)
    _hosted(model, rows)
    model.citizens.support_type[rows[:4]] = SupportType.LEARNING
    service.capacity = 3.0  # hosts beyond today's have stopped
    _run(model, process, 1)
    settings = model.citizens.setting[rows]
    assert np.count_nonzero(settings[:4] == Setting.SHARED_LIVES) == 3
    assert np.count_nonzero(settings[:4] == Setting.SUPPORTED_LIVING) == 1
    assert settings[4] == Setting.HOME


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
    assert pounds == pytest.approx(2 * 710 * WEEKS)
    funded = np.count_nonzero(model.citizens.council_funded[older_with_hosts(model)])
    assert month.totals[CHARGES] == pytest.approx(funded * process.rules.contribution * 710 * WEEKS)
