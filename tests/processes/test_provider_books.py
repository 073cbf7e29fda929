from __future__ import annotations

from dataclasses import replace

import pytest

from demandsim.agents.providers import MUTUAL, PRIVATE, THIRD_SECTOR, Provider
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.home_care import HomeCare
from demandsim.processes.provider_books import BookRules, bidding, cost_against_base, exit_chance, keep_books
from tests.toy import ToyModel, toy_model


def town() -> ToyModel:
    model = toy_model(50)
    model.services["home_care"] = HomeCare(model)
    return model


def _rules(**overrides):
    return read_rules(BookRules, Numbers({f"market.{key}": value for key, value in overrides.items()}))


def _provider(owner=PRIVATE, reserves=0.0):
    provider = Provider(town(), name="home_care_01", unit="h/week", number=1, owner=owner, share=1.0)
    provider.reserves = reserves
    return provider


def test_an_hour_costs_what_it_did_under_todays_practice():
    assert cost_against_base(_rules(), town(), 0.0) == 1.0


def test_each_use_of_paid_time_makes_an_hour_dearer():
    model, rules = town(), _rules()
    for lever, value in (("recording_share", 0.2), ("supervision_hours", 4.0), ("visit_minutes", 15.0)):
        model.practice = replace(model.base_practice, **{lever: value})
        assert cost_against_base(rules, model, 0.0) > 1.0, lever
    assert cost_against_base(_rules(travel_borne=0.0), model, 0.0) == 1.0  # of short visits, only what is borne


def test_hours_of_learning_that_the_council_pays_are_no_cost_to_a_provider():
    """It loses the hours and is paid for them, so that an hour with a person costs it what it did."""
    model, rules = town(), _rules()
    model.practice = replace(model.base_practice, learning_hours=4.0)
    assert cost_against_base(rules, model, 0.0) == pytest.approx(1.0)


def test_a_cut_fee_lowers_wages_and_cost_but_less_than_income():
    cost = cost_against_base(_rules(), town(), 0.1)
    assert cost == pytest.approx(1.0 - 0.714 * 0.6 * 0.1)


def test_bidding_costs_nothing_more_today():
    rules = _rules()
    assert bidding(rules, 3.0, 3.0, False) == 0.0
    assert bidding(rules, 1.0, 3.0, False) == pytest.approx(0.02)
    assert bidding(rules, 3.0, 3.0, True) < 0 > bidding(rules, 8.0, 3.0, False)


def test_reserves_carry_a_loss_for_as_long_as_they_last():
    rules, provider = _rules(economies_most=0.0), _provider(reserves=0.02)
    months = 0
    while exit_chance(rules, provider) == 0.0:
        keep_books(rules, provider, 1.0, 1.05)
        months += 1
    assert months == 5  # 0.05 / 12 a month of 0.02
    assert exit_chance(rules, provider) == pytest.approx(0.05 * 0.5)
    assert provider.loss_months == months


def test_economies_go_as_far_as_their_bound():
    rules, provider = _rules(), _provider()
    for _ in range(100):
        keep_books(rules, provider, 1.0, 1.1)
    assert provider.economies == pytest.approx(rules.economies_most)
    assert provider.unit_cost == pytest.approx(1.1 * (1.0 - rules.economies_most))


def test_profit_is_taken_out_saved_or_given_to_workers_by_owner():
    rules = _rules()
    providers = {owner: _provider(owner) for owner in (PRIVATE, THIRD_SECTOR, MUTUAL)}
    for provider in providers.values():
        for _ in range(60):
            keep_books(rules, provider, 1.0, 0.9)
    assert providers[PRIVATE].reserves == pytest.approx(rules.private_reserves)
    assert providers[THIRD_SECTOR].reserves == pytest.approx(rules.charity_reserves)
    assert providers[MUTUAL].surplus_pay == pytest.approx(0.1 / rules.staff_share)
    assert providers[PRIVATE].surplus_pay == providers[THIRD_SECTOR].surplus_pay == 0.0
