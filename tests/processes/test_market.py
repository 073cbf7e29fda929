from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Arrangement, Waiting
from demandsim.agents.providers import IN_HOUSE, MUTUAL, NEVER_JOINED, PRIVATE, THIRD_SECTOR
from demandsim.parameters.register import Numbers
from demandsim.processes.delivery import Delivery
from demandsim.processes.home_care import home_care, home_care_fee_cut, served_at_home
from demandsim.processes.market import Market, home_care_providers, trading
from demandsim.scenario.terms import Terms
from tests.processes.door_town import needy_town

VALUE = 1_200_000.0
"""Pounds a month that the council pays for home care in these towns."""


def _market(overrides=None, workers=600, clients=300, **levers):
    """Home care with workers, each with a load, and clients with a named worker."""
    model = needy_town(4000)
    model.practice = replace(model.practice, **levers)
    model.scale = 1.0
    model.base_people = 300_000.0
    numbers = Numbers(overrides)
    Delivery(numbers).start(model)
    process = Market(numbers)
    process.start(model)
    staff, citizens = model.workers, model.citizens
    rows = staff.admit(np.arange(workers, dtype=np.uint64))
    staff.supply_hours[rows], staff.load_hours[rows] = 22.0, 20.0
    home_care(model).supply = 22.0 * workers
    served = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))[:clients]
    citizens.arrangement[served], citizens.council_funded[served] = Arrangement.HOME_CARE, True
    citizens.plan_hours[served], citizens.relationship[served] = 8.0, 0.6
    citizens.worker[served] = rows[np.arange(served.size) % rows.size]
    return model, process, served


def _run(model, process, months):
    ledgers = []
    for _ in range(months):
        model.ledger.cost("home_care", "council", VALUE)
        process.step(model)
        ledgers.append(model.ledger.close())
        model.month += 1
    return ledgers


def _commissioning(ledgers):
    return [month.costs.get(("commissioning", "council"), 0.0) for month in ledgers]


def test_every_worker_has_an_employer_by_its_size():
    model, process, _ = _market(workers=4000)
    _run(model, process, 1)
    assert model.workers.employer[model.workers.rows].min() > 0
    for provider in home_care_providers(model):
        assert provider.share == pytest.approx(provider.size, abs=0.03)
    assert sum(p.share for p in trading(model)) == pytest.approx(1.0)


def test_each_provider_reports_what_its_own_workers_gave_can_give_and_are():
    model, process, _ = _market()
    staff = model.workers
    _run(model, process, 1)
    gone = staff.rows[::7]
    staff.release(gone)
    process.step(model)
    weight = np.array([staff.weight[staff.alive & (staff.employer == p.number)].sum() for p in trading(model)])
    for provider, share in zip(trading(model), weight / weight.sum(), strict=True):
        mine = staff.employer == provider.number
        assert provider.used == pytest.approx(staff.load_hours[mine].sum())
        assert provider.capacity == pytest.approx(staff.supply_hours[mine].sum())
        assert provider.share == pytest.approx(share)


def test_under_todays_practice_and_fees_nothing_happens():
    model, process, rows = _market()
    before = model.workers.supply_hours.copy()
    ledgers = _run(model, process, 120)
    assert all(set(month.costs) == {("home_care", "council")} for month in ledgers)
    assert "provider_exits" not in {name for month in ledgers for name in month.totals}
    assert (model.citizens.worker[rows] != NOBODY).all()
    assert (model.workers.supply_hours == before).all()
    assert all(p.margin == pytest.approx(p.usual_margin) for p in trading(model))
    assert home_care_fee_cut(model) == 0.0
    assert home_care(model).absence_cover == 0.0


def test_a_provider_that_stops_leaves_its_clients_waiting_and_its_workers_apart():
    model, process, rows = _market()
    _run(model, process, 1)
    citizens, workers = model.citizens, model.workers
    provider = home_care_providers(model)[1]
    mine = workers.employer[citizens.worker[rows]] == provider.number
    staff, supply = int((workers.employer == provider.number).sum()), home_care(model).supply
    process._close(model, provider)
    closed = model.ledger.close()
    gone, kept = rows[mine], rows[~mine]
    assert 0 < gone.size < rows.size
    assert (citizens.waiting[gone] == Waiting.HOME_CARE).all()
    assert citizens.urgent[gone].all()
    assert (citizens.worker[gone] == NOBODY).all()
    assert (citizens.arrangement[gone] == Arrangement.NONE).all()
    assert citizens.plan_hours[gone] == pytest.approx(8.0)
    assert citizens.relationship[gone] == pytest.approx(0.6 * 0.15)
    assert citizens.relationship[kept] == pytest.approx(0.6)
    assert closed.people["people_rehoused"].sum() == gone.size
    assert closed.totals["leavers"] == pytest.approx(staff / 2, abs=4 * np.sqrt(staff) / 2)
    assert home_care(model).supply == pytest.approx(supply - 22.0 * closed.totals["leavers"])
    assert len(workers) == 600 - closed.totals["leavers"]
    _run(model, process, 1)
    assert (workers.employer[workers.rows] != provider.number).all()
    assert workers.employer[workers.rows].min() > 0


def test_fees_below_cost_close_providers_and_a_deeper_cut_more_of_them():
    exits = []
    for cut in (0.0, 0.08, 0.2):
        model, process, _ = _market()
        model.council.fee_cut = cut
        exits.append(sum(m.totals.get("provider_exits", 0.0) for m in _run(model, process, 60)))
    assert exits[0] == 0 < exits[2]
    assert exits[1] <= exits[2]


def test_the_last_provider_stays_and_the_councils_own_team_costs_what_it_is_short_of():
    model, process, _ = _market({"money.exit": 1.0})
    model.council.fee_cut = 0.5
    ledgers = _run(model, process, 60)
    assert len(trading(model)) >= 1
    own = [p for p in trading(model) if p.owner == IN_HOUSE]
    assert own
    short = sum(p.share * p.loss for p in own) * VALUE
    assert ledgers[-1].costs["home_care", "council"] == pytest.approx(VALUE + short, rel=0.01)


def test_newcomers_take_closed_places_only_where_the_fee_covers_the_cost():
    for cut, comes in ((0.0, True), (0.3, False)):
        model, process, _ = _market({"market.entry": 1.0})
        _run(model, process, 1)
        process._close(model, home_care_providers(model)[0])
        model.council.fee_cut = cut
        _run(model, process, 1)
        assert home_care_providers(model)[0].trading is comes


def test_short_contracts_are_tendered_more_often_and_hand_people_over():
    model, process, rows = _market(contract_years=1)
    ledgers = _run(model, process, 48)
    assert sum(_commissioning(ledgers)) > 0
    lost = model.citizens.worker[rows] == NOBODY
    assert 0 < lost.sum() < rows.size
    assert (model.citizens.arrangement[rows] == Arrangement.HOME_CARE).all()  # the service goes on
    model, process, rows = _market({"market.tender_change": 0.0}, contract_years=1)
    _run(model, process, 48)
    assert (model.citizens.worker[rows] != NOBODY).all()


def test_long_contracts_cost_before_they_save_and_hand_nobody_over():
    model, process, rows = _market(contract_years=8)
    cost = np.array(_commissioning(_run(model, process, 150)))
    assert cost[:36].min() >= 0 < cost[:36].sum()
    assert cost.sum() < cost[:36].sum()
    assert (model.citizens.worker[rows] != NOBODY).all()


def test_a_cut_of_fees_comes_through_later_under_long_contracts_and_at_once_when_eased():
    model, process, _ = _market(contract_years=8)
    _run(model, process, 40)
    model.council.fee_cut = 0.05
    _run(model, process, 6)
    assert 0 < home_care_fee_cut(model) < 0.03
    model.council.fee_cut = 0.0
    assert home_care_fee_cut(model) == 0.0
    model, process, _ = _market({"market.price_hold": 0.0}, contract_years=8)
    _run(model, process, 40)
    model.council.fee_cut = 0.05
    assert home_care_fee_cut(model) == 0.05


def test_an_alliance_takes_a_year_to_set_up_and_then_saves_and_covers():
    model, process, _ = _market({"market.tender_cost": 0.0}, alliance_share=0.7)
    ledgers = _run(model, process, 30)
    cost = _commissioning(ledgers)
    members = [p for p in trading(model) if p.allied_from != NEVER_JOINED]
    assert sum(p.size for p in members) == pytest.approx(0.7, abs=0.15)
    first = [p for p in members if p.allied_from == 0]
    assert cost[0] == pytest.approx(800 / 12 * 55 * 1.061 * len(first))  # 55 pounds of 2022/23, in 2023/24 prices
    assert min(cost[:12]) > 0
    assert cost[-1] < 0 or len(members) > len(first)
    covered = sum(p.share for p in members if model.month > p.allied_from + 12)
    assert home_care(model).absence_cover == pytest.approx(0.5 * covered)


def test_cover_of_absences_keeps_relationship_where_posts_stand_empty():
    trust = []
    for cover in (0.0, 0.5, 1.0):
        model, _, rows = _market()
        service = home_care(model)
        service.staffed, service.capacity, service.vacancy, service.absence_cover = True, 1e6, 0.3, cover
        Delivery(Numbers()).step(model)
        trust.append(float(model.citizens.relationship[rows].mean()))
    assert trust == sorted(set(trust))


def test_self_funders_pay_for_their_own_assistants_in_full():
    model, _, rows = _market()
    citizens = model.citizens
    citizens.arrangement[rows], citizens.council_funded[rows] = Arrangement.DIRECT_PAYMENT, False
    Delivery(Numbers()).step(model)
    month = model.ledger.close()
    assert citizens.paid_hours[rows] == pytest.approx(8.0)
    hours = month.people["private_hours"].sum()
    assert month.costs["micro_enterprises", "citizen"] == pytest.approx(22 * hours)
    assert month.costs["direct_payment", "council"] == 0
    assert month.people["direct_payment_hours"].sum() == 0


def test_ownership_is_handed_over_at_contract_ends_up_to_the_terms_and_paid_for_once():
    model, process, rows = _market()
    model.terms = Terms(third_sector_share=0.3, mutual_share=0.3)
    ledgers = _run(model, process, 40)
    moved = [p for p in trading(model) if p.handed_over]
    for owner in (THIRD_SECTOR, MUTUAL):
        assert sum(p.share for p in moved if p.owner == owner) == pytest.approx(0.3, abs=0.15)
    paid = sum(month.costs.get(("provider_transfer", "council"), 0.0) for month in ledgers)
    assert paid == pytest.approx(0.03 * 12 * VALUE * sum(p.share for p in moved), rel=0.05)
    assert (model.citizens.worker[rows] != NOBODY).all()
    assert any(p.owner == PRIVATE for p in trading(model))


def test_workers_of_a_mutual_have_a_say_share_the_surplus_and_meet_in_paid_time():
    model, process, _ = _market({"market.home_care_margin": 0.08})
    model.terms = Terms(mutual_share=1.0)
    _run(model, process, 60)
    workers = model.workers
    numbers = [p.number for p in trading(model) if p.owner == MUTUAL]
    theirs = np.isin(workers.employer, numbers) & workers.alive
    assert theirs.any()
    assert workers.own_say[theirs] == pytest.approx(0.3)
    assert (workers.own_say[~theirs] == 0).all()
    assert workers.own_pay[theirs].max() > 0
    assert (workers.own_pay[~theirs] == 0).all()
    assert home_care(model).supply < 22.0 * len(workers)


def test_agency_cover_that_is_booked_is_there_whoever_owns_or_closes_the_providers():
    """Agencies add their hours to the supply before the market's step, and are paid for them."""
    model, process, _ = _market()
    model.terms = Terms(mutual_share=1.0)
    _run(model, process, 72)
    assert any(p.owner == MUTUAL for p in trading(model))
    care = home_care(model)
    for close in (False, True):
        care.supply, care.agency = care.supply - care.agency + 500.0, 500.0
        if close:
            process._close(model, trading(model)[0])
        else:
            _run(model, process, 1)
        own = float(model.workers.supply_hours.sum(dtype=np.float64))
        assert care.supply == pytest.approx(own + 500.0)


def test_whoever_closes_first_the_served_stay_whole():
    """Run in one go with a cut: nobody is both served and waiting, and nobody vanishes."""
    model, process, rows = _market()
    model.council.fee_cut = 0.15
    _run(model, process, 48)
    served = served_at_home(model.citizens)
    waiting = np.flatnonzero(model.citizens.waiting == Waiting.HOME_CARE)
    assert np.intersect1d(served, waiting).size == 0
    assert np.union1d(served, waiting).size == rows.size
