from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY
from demandsim.parameters.register import Numbers
from demandsim.processes.community import Community
from demandsim.processes.hubs import HubNetwork, Hubs, known_by_hubs, network
from demandsim.processes.letting_go import usual
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

DENSE = {"soc.group_formation_without_catalyst": 120.0, "hub.start_reserve": 14_500.0}


def _town(hubs: float = 30.0, numbers: dict[str, float] | None = None) -> tuple[Any, Hubs, Community]:
    model = toy_model(10_000)
    numbers = {**DENSE, **(numbers or {})}
    process, community = Hubs(Numbers(numbers)), Community(Numbers(numbers))
    process.start(model)
    community.start(model)
    model.terms = Terms(community_hubs=hubs)
    return model, process, community


def _net(model: Any) -> HubNetwork:
    held = network(model)
    assert held is not None
    return held


def _run(model: Any, process: Hubs, community: Community, months: int) -> None:
    for _ in range(months):
        process.step(model)
        community.step(model)
        model.month += 1
        groups, citizens = model.groups, model.citizens
        members = np.flatnonzero(citizens.group >= 0)
        assert groups.alive[citizens.group[members]].all()
        assert (np.bincount(citizens.group[members], minlength=groups.size) == groups.members).all()


def test_without_the_term_there_are_no_hubs_and_nothing_is_booked() -> None:
    model, process, community = _town(0.0)
    process.step(model)
    assert model.ledger.close().costs == {}
    assert (known_by_hubs(model) == 0).all()
    assert (community._money(model) == 1.0).all()


def test_as_many_open_as_the_term_says_with_members_and_volunteers() -> None:
    model, process, _ = _town()
    process.step(model)
    hubs = _net(model).hubs
    assert len(hubs) in (3, 4)
    assert len({hub.neighbourhood for hub in hubs}) == len(hubs)
    for hub in hubs:
        assert model.groups.members[hub.row] == 16
        assert model.groups.volunteers[hub.row] == 8
        assert np.count_nonzero(model.citizens.group == hub.row) == 16
    assert model.ledger.close().totals["hubs"] == len(hubs)
    process.step(model)
    assert len(_net(model).hubs) == len(hubs)


def test_hubs_are_joined_and_stay_larger_than_groups() -> None:
    model, process, community = _town(numbers={"hub.earned_year": 40_000.0})
    _run(model, process, community, 24)
    groups = model.groups
    rows = [hub.row for hub in _net(model).hubs]
    assert groups.members[rows].mean() > 1.5 * groups.members[usual(groups)].mean()


def test_what_is_paid_in_covers_running_and_fills_the_reserve() -> None:
    model, process, _ = _town()
    paid = 0.0
    for month in range(10):
        model.month = month
        process.step(model)
        paid += sum(pounds for (name, _), pounds in model.ledger.close().costs.items() if name == "community_hubs")
    hubs = _net(model).hubs
    running = Numbers()["hub.running_year"] / 12 * 10 * len(hubs)
    assert paid - running == pytest.approx(sum(hub.reserve for hub in hubs))


def test_a_hub_without_money_gives_the_alarm_then_folds_and_is_not_opened_again() -> None:
    model, process, community = _town(numbers={"hub.earned_year": 0.0, "hub.grant_year": 0.0, "hub.gift_month": 0.0})
    place = -1
    for month in range(8):
        model.month = month
        process.step(model)
        if month == 0:
            place = _net(model).hubs[0].neighbourhood
        if month == 3:
            assert _net(model).hubs[0].alarm_since == 3
            assert place in _net(model).alarmed
            community.step(model)
            assert community._notice[community._community[place]] == 3
    assert _net(model).hubs == []
    assert usual(model.groups).sum() == np.count_nonzero(model.groups.alive)
    assert (model.citizens.group[model.citizens.volunteer] != NOBODY).all()
    assert (known_by_hubs(model) == 0).all()


def test_a_threatened_hub_is_given_money_for_a_year_and_its_own_rally() -> None:
    model, process, community = _town(numbers={"hub.earned_year": 0.0, "hub.grant_year": 0.0})
    for month in range(4):
        model.month = month
        process.step(model)
        costs = model.ledger.close().costs
    assert costs["community_hubs", "citizen"] == 0.0
    model.month = 4
    process.step(model)
    assert model.ledger.close().costs["community_hubs", "citizen"] == pytest.approx(
        sum(20.0 * model.groups.members[hub.row] for hub in _net(model).hubs)
    )
    threatened = np.ones(model.groups.size, dtype=np.bool_)
    rallied = community._letting_go.rallied(model, threatened)
    assert (rallied[usual(model.groups)] == 1.0).all()
    assert (rallied[[hub.row for hub in _net(model).hubs]] == 2.0).all()


def test_who_lives_near_knows_where_to_go_and_groups_near_meet_without_rent() -> None:
    model, process, community = _town(10.0)
    process.step(model)
    hub = _net(model).hubs[0]
    known = known_by_hubs(model)
    assert (known[hub.near] == np.float32(Numbers()["hub.know"])).all()
    model.council.prevention_share = 0.5
    money = community._money(model)
    free = np.isin(model.groups.uid, _net(model).rent_free) & usual(model.groups)
    assert 0 < free.sum() <= Numbers()["hub.rooms"]
    assert money[free] == pytest.approx(0.75)
    assert money[usual(model.groups) & ~free] == pytest.approx(0.5)
    assert np.isin(model.groups.neighbourhood[free], hub.near).all()


def test_a_hub_starts_groups_where_it_stands() -> None:
    model, process, community = _town(10.0)
    before = community._formation(model)
    process.step(model)
    more = community._formation(model) - before
    area = community._community[_net(model).hubs[0].neighbourhood]
    assert more[area] == pytest.approx(Numbers()["hub.formation"])
    assert np.delete(more, area) == pytest.approx(0.0)


def test_the_same_people_found_it_and_the_same_luck_feeds_it_in_every_scenario() -> None:
    first, second = _town(), _town()
    for model, process, _ in (first, second):
        process.step(model)
    assert [h.neighbourhood for h in _net(first[0]).hubs] == [h.neighbourhood for h in _net(second[0]).hubs]
    few, process, _ = _town(20.0)
    process.step(few)
    some = [h.neighbourhood for h in _net(few).hubs]
    assert some == [h.neighbourhood for h in _net(first[0]).hubs][: len(some)]
