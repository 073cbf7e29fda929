from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.care_home import CareHome
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.home_market import HomeMarket, home_of, homes
from tests.toy import toy_model


def _town(residents=600, overrides=None):
    """A town with residents in its homes, half of them paid for by the council."""
    model = toy_model(20_000)
    model.scale = 1.0
    model.base_people_65 = 50_000.0
    model.profile = SimpleNamespace(code="E06000001")
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))[:residents]
    citizens.setting[rows], citizens.household[rows] = Setting.CARE_HOME, NOBODY
    numbers = Numbers(overrides)
    care_home, market = CareHome(numbers), HomeMarket(numbers)
    care_home.start(model)
    market.start(model)
    citizens.council_funded[rows] = np.arange(rows.size) % 2 == 0
    care_home.settled(model)
    market.settled(model)
    model.services["care_homes"].capacity = model.services["care_homes"].base_places
    model.services["care_homes"].used = float(rows.size)
    return model, market, rows


def _run(model, market, months):
    ledgers = []
    for _ in range(months):
        market.step(model)
        ledgers.append(model.ledger.close())
        model.month += 1
    return ledgers


def test_at_todays_fees_every_home_stays_and_nothing_is_paid():
    model, market, rows = _town()
    ledgers = _run(model, market, 60)
    assert len(homes(model)) == 40
    assert all(home.trading and home.margin >= 0 for home in homes(model))
    assert model.services["care_homes"].open_share == 1.0
    assert not any(month.costs or month.people or month.totals for month in ledgers)
    assert sum(home.used for home in homes(model)) == pytest.approx(rows.size)


def test_residents_live_in_open_homes_and_only_those_of_a_closing_one_move():
    model, _, rows = _town()
    before = home_of(model, rows)
    counts = np.bincount(before, minlength=41)[1:]
    assert counts.sum() == rows.size
    assert counts.max() < 40  # 15 each, by luck
    homes(model)[6].trading = False
    after = home_of(model, rows)
    moved = before == 7
    assert (after[~moved] == before[~moved]).all()
    assert (after[moved] != 7).all()


def test_homes_close_after_notice_and_some_of_those_who_move_are_harmed():
    model, market, rows = _town(overrides={"money.exit": 1.0, "market.move_harm": 1.0, "market.entry": 0.0})
    model.council.fee_cut = 0.3
    ledgers = _run(model, market, 24)
    closed = [home for home in homes(model) if not home.trading]
    assert closed
    share = model.services["care_homes"].open_share
    assert share == pytest.approx(sum(home.trading and not home.closing for home in homes(model)) / 40)
    moved = sum(month.people["people_rehoused"].sum() for month in ledgers if "people_rehoused" in month.people)
    assert sum(month.totals.get("provider_exits", 0.0) for month in ledgers) == len(closed)
    harmed = model.citizens.recent_loss[rows] > 0
    assert 0 < harmed.sum() <= moved
    assert (model.citizens.setting[rows] == Setting.CARE_HOME).all()


def test_a_move_without_effect_harms_nobody():
    model, market, rows = _town(overrides={"money.exit": 1.0, "market.move_harm": 0.0})
    model.council.fee_cut = 0.3
    _run(model, market, 24)
    assert not model.citizens.recent_loss[rows].any()


def test_where_places_are_short_the_council_pays_more():
    overrides = {"money.exit": 1.0, "market.entry": 0.0, "market.in_house_base": 0.0}
    model, market, rows = _town(overrides=overrides)
    model.council.fee_cut = 0.5
    ledgers = _run(model, market, 36)
    places = rows.size / 0.9 * sum(home.trading for home in homes(model)) / len(homes(model))
    beyond = rows.size - places
    assert beyond > 0
    expected = beyond * 0.5 * 0.2 * market.rules.fee_week * WEEKS
    assert ledgers[-1].costs["residential", "council"] == pytest.approx(expected, rel=1e-6)


def test_while_homes_are_under_notice_their_residents_live_there_and_cost_no_more():
    model, market, _ = _town(overrides={"market.entry": 0.0, "market.home_notice": 6.0})
    for home in homes(model)[:20]:
        home.closing = 6
    assert not any(month.costs for month in _run(model, market, 5))
    assert model.services["care_homes"].open_share == 0.5
    assert _run(model, market, 1)[0].costs["residential", "council"] > 0


def test_closed_homes_open_again_only_where_fees_hold():
    for cut, comes in ((0.0, True), (0.3, False)):
        model, market, _ = _town(overrides={"market.entry": 1.0})
        homes(model)[0].trading = False
        model.council.fee_cut = cut
        _run(model, market, 1)
        assert homes(model)[0].trading is comes


def test_more_self_funders_carry_a_home_through_a_cut():
    margins = []
    for funded in (0.2, 0.8):
        model, market, rows = _town()
        model.citizens.council_funded[rows] = np.arange(rows.size) < funded * rows.size
        market.settled(model)
        model.council.fee_cut = 0.1
        _run(model, market, 1)
        margins.append(homes(model)[0].margin)
    assert margins[0] > margins[1]
