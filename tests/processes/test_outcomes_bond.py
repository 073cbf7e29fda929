from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.outcomes_bond import BondCapacity, BondSettlement
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

OLDER = np.full(100, 20, dtype=np.uint16)
"""Reporting cells of a hundred people aged 65 and over: the settled month's admissions."""


def _town(percent: float = 2.0, numbers: dict[str, float] | None = None) -> tuple[Any, BondCapacity, BondSettlement]:
    model = toy_model(4_000)
    model.council.budget = 6_000_000.0
    for name in ("reablement", "carers_service", "rapid_support"):
        model.services[name] = SimpleNamespace(used=0.0)
    capacity, settlement = BondCapacity(Numbers(numbers)), BondSettlement(Numbers(numbers))
    capacity.start(model)
    model.settling = True
    for _ in range(12):
        model.ledger.people("emergency_admissions", OLDER)
        model.ledger.people("care_home_moves_due", OLDER[:10])
        settlement.step(model)
        model.ledger.close()
    model.settling = False
    settlement.settled(model)
    model.terms = Terms(bond_percent=percent, bond_years=2.0)
    return model, capacity, settlement


def _use_all(model: Any) -> None:
    """Use all that is bought of the services that follow need."""
    older, practice = model.base_people_65 / 1e5, model.practice
    model.services["reablement"].used = practice.reablement_places / 12 * older
    model.services["carers_service"].used = practice.carer_break_hours / 12 * older
    model.services["rapid_support"].used = practice.rapid_support_places / 12 * older


def _year(
    model: Any, steps: tuple[Any, Any], admissions: int, moves: int = 10, staffed: bool = True
) -> dict[tuple[str, str], float]:
    """A year in which so many a month are admitted and move, all used that is bought or none; the year's costs."""
    before, costs = model.practice, {}
    for _ in range(12):
        model.practice = before
        steps[0].step(model)
        if staffed:
            _use_all(model)
        model.ledger.people("emergency_admissions", OLDER[:admissions])
        model.ledger.people("care_home_admissions", OLDER[:moves])
        steps[1].step(model)
        for key, pounds in model.ledger.close().costs.items():
            costs[key] = costs.get(key, 0.0) + pounds
        model.month += 1
    return costs


def _of(costs: dict[tuple[str, str], float], payer: str) -> float:
    return sum(pounds for (_, who), pounds in costs.items() if who == payer)


def test_without_the_terms_nothing_is_added_or_booked() -> None:
    model, *steps = _town(0.0)
    before = model.practice
    assert _year(model, tuple(steps), 100) == {}
    assert model.practice is before


def test_the_investor_s_money_buys_capacity_at_its_real_price() -> None:
    model, capacity, settlement = _town()
    before = model.practice
    costs = _year(model, (capacity, settlement), 100)
    older = model.base_people_65 / 1e5
    more = model.practice
    spent = (more.reablement_places - before.reablement_places) * older * Numbers()["door.reablement_cost"]
    spent += (more.carer_break_hours - before.carer_break_hours) * older * Numbers()["cost.carer_break_hour"]
    spent += (
        (more.rapid_support_places - before.rapid_support_places) * older * Numbers()["hospital.rapid_support_cost"]
    )
    spent += (more.connectors - before.connectors) * len(model.citizens) / 1e5 * Numbers()["cost.lac_fte_year"]
    assert spent == pytest.approx(0.02 * 6_000_000.0)
    assert _of(costs, "investor") == pytest.approx(spent)
    assert _of(costs, "council") == pytest.approx(-spent + Numbers()["bond.contract_cost"] * spent)


def test_the_investor_does_not_pay_for_posts_that_nobody_fills() -> None:
    model, capacity, settlement = _town()
    _use_all(model)  # the council's own, and no more
    model.services["area_coordination"] = SimpleNamespace(used=0.0)
    costs = _year(model, (capacity, settlement), 100, staffed=False)
    assert _of(costs, "investor") == pytest.approx(0.0, abs=1e-6)


def test_if_nothing_is_reached_the_investor_loses_everything() -> None:
    model, *steps = _town()
    costs = _year(model, tuple(steps), 100)
    assert not any(service == "outcomes_bond" for service, _ in costs)
    worse = _year(model, tuple(steps), 100, moves=20)
    assert not any(service == "outcomes_bond" for service, _ in worse)


def test_outcomes_are_paid_by_the_rate_card_whatever_made_them() -> None:
    model, *steps = _town()
    costs = _year(model, tuple(steps), 98, moves=9)
    nhs, council = 12 * 2 * Numbers()["bond.rate_admission"], 12 * Numbers()["bond.rate_care_home"]
    assert costs["outcomes_bond", "nhs"] == pytest.approx(nhs)
    assert costs["outcomes_bond", "council"] == pytest.approx(council)
    assert costs["outcomes_bond", "investor"] == pytest.approx(-nhs - council)


def test_payments_are_capped_and_the_contract_ends() -> None:
    model, *steps = _town()
    first = _year(model, tuple(steps), 0)
    cap = Numbers()["bond.cap"] * 0.02 * 6_000_000.0
    assert first["outcomes_bond", "nhs"] == pytest.approx(cap)
    second = _year(model, tuple(steps), 0)
    assert second["outcomes_bond", "nhs"] == pytest.approx(cap)
    assert _year(model, tuple(steps), 0) == {}


def test_what_the_council_cuts_is_not_cut_of_the_investor_s_part() -> None:
    model, capacity, _ = _town()
    model.council.prevention_share = 0.5
    before = model.practice
    capacity.step(model)
    added = (model.practice.connectors - before.connectors) * 0.5
    model.practice, model.council.prevention_share = before, 1.0
    capacity.step(model)
    assert model.practice.connectors - before.connectors == pytest.approx(added)


def test_the_forecast_follows_need() -> None:
    model, *steps = _town()
    model.need_index = 1.02
    costs = _year(model, tuple(steps), 100, moves=11)
    assert costs["outcomes_bond", "nhs"] == pytest.approx(12 * 2 * Numbers()["bond.rate_admission"])
