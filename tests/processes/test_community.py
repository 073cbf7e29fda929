from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NEVER, Band
from demandsim.parameters.register import Numbers
from demandsim.processes.community import Community
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

# Many groups in a small town, so that counts have little noise.
DENSE = {"soc.group_formation_without_catalyst": 60.0, "sb.micro_enterprise_growth": 320.0}


def _town(months: int = 0, levers: dict[str, float] | None = None, numbers: dict[str, float] | None = None) -> Any:
    model = toy_model(10_000)
    model.month, model.settling = 0, False
    model.practice = replace(model.practice, **(levers or {}))
    process = Community(Numbers({**DENSE, **(numbers or {})}))
    process.start(model)
    for month in range(months):
        model.month = month
        process.step(model)
        _sound(model)
    return model, process


def _sound(model: Any) -> None:
    citizens, groups = model.citizens, model.groups
    members = np.flatnonzero(citizens.group >= 0)
    assert groups.alive[citizens.group[members]].all()
    assert (np.bincount(citizens.group[members], minlength=groups.size) == groups.members).all()
    assert citizens.alive[members].all()
    assert (citizens.group[citizens.volunteer] >= 0).all()
    assert (citizens.age_months[members] >= 216).all()


def test_first_stock_is_formation_over_closing_and_thinner_where_people_are_poor() -> None:
    model, _ = _town()
    groups = model.groups
    quintile = groups.neighbourhood[groups.alive] // 4
    expected = 60 / -np.log(0.75) / 10  # ten thousand people
    assert len(groups) == pytest.approx(0.8 * expected, rel=0.2)
    assert np.count_nonzero(quintile == 0) < np.count_nonzero(quintile == 4)


def test_books_hold_every_month_and_members_stay_near_the_usual_size() -> None:
    model, _ = _town(24)
    alive = model.groups.alive
    assert 4 < model.groups.members[alive].mean() < 20
    lately = model.citizens.contributed_month[model.citizens.volunteer]
    assert (lately == model.month).all()


def test_closing_follows_the_annual_survival() -> None:
    # 600 groups observed for a month each: closures binomial, tested at 4 sds (false alarm 1 in 16,000).
    model, process = _town(numbers={"soc.group_formation_without_catalyst": 2_000.0})
    before = len(model.groups)
    members = np.flatnonzero(model.citizens.group >= 0)
    model.groups.members[:] = np.maximum(model.groups.members, 1)
    process._close(model, members, process._closing(model, process._money(model)))
    chance = 1 - 0.75 ** (1 / 12)
    closed = before - len(model.groups)
    assert before > 400
    assert abs(closed - before * chance) < 4 * np.sqrt(before * chance)


def test_catalysts_found_more_groups_and_money_keeps_room() -> None:
    plain, _ = _town(36)
    pushed, _ = _town(36, {"catalysts": 2.0})
    assert len(pushed.groups) > 1.5 * len(plain.groups)
    poor, process = _town(0, {"group_grant_share": 0.0})
    assert process._survival(poor, process._purse.public(poor)) == pytest.approx(0.5)
    paid, process = _town(0, {"connectors": 100.0})
    assert process._survival(paid, process._purse.public(paid)) == pytest.approx(0.85)


def test_room_halves_without_public_money() -> None:
    model, process = _town(1)
    members = np.flatnonzero(model.citizens.group >= 0)
    process._count(model, members, process._money(model))
    full = model.groups.capacity.copy()
    model.council.prevention_share = 0.0
    process._count(model, members, process._money(model))
    assert model.groups.capacity == pytest.approx(full / 2)


def test_money_motive_counts_double_when_it_would_be_lost() -> None:
    model, process = _town(1)
    rows = np.flatnonzero(model.citizens.alive)[:100]
    process._notice[:] = NEVER  # closures of the first month forgotten
    before = process._appeal(model, rows)
    model.council.prevention_share = 0.5
    model.month = 1
    process.step(model)
    weight = Numbers()["soc.motivation_weight_financial"] * 0.5
    lately = model.citizens.contributed_month[rows] == model.month
    rise = process._appeal(model, rows) - before
    assert rise[~lately] == pytest.approx(weight * (Numbers()["soc.loss_aversion"] - 1))
    model.month = 14
    process._money_before = 0.5
    assert process._appeal(model, rows[~lately]) == pytest.approx(before[~lately])


def test_lonely_people_are_drawn_more_and_carers_less() -> None:
    model, process = _town(1)
    rows = np.flatnonzero(model.citizens.alive & (model.citizens.group < 0))[:200]
    base = process._appeal(model, rows)
    model.citizens.lonely[rows] = True
    assert (process._appeal(model, rows) > base).all()
    model.citizens.lonely[rows] = False
    model.citizens.care_given[rows] = 40.0
    assert process._appeal(model, rows) == pytest.approx(base - 1.0)


def test_those_who_need_much_help_leave_and_do_not_join() -> None:
    model, process = _town(2)
    model.citizens.band[:] = Band.HIGH
    process.step(model)
    assert not (model.citizens.group >= 0).any()


def test_council_pays_for_grants_and_posts_and_pays_less_when_it_cuts() -> None:
    model, process = _town(0, {"connectors": 8.0, "catalysts": 1.0})
    model.ledger.close()
    process.step(model)
    spent = model.ledger.close().costs["community", "council"]
    posts = (8.0 + 1.0) * 55_000 * 0.1
    assert spent == pytest.approx((posts + 4_000 * len(model.groups)) / 12)
    model.council.prevention_share = 0.25
    process.step(model)
    assert model.ledger.close().costs["community", "council"] < 0.35 * spent


def test_money_beyond_what_groups_need_starts_new_ones_and_is_paid_for() -> None:
    plain, first = _town()
    rich, second = _town(0, {"group_grant_share": 3.0})
    assert second._formation(rich) == pytest.approx(2.0 * first._formation(plain))
    rich.ledger.close()
    second.step(rich)
    assert rich.ledger.close().costs["community", "council"] == pytest.approx(3 * 4_000 * len(rich.groups) / 12)
    rich.council.prevention_share = 0.25  # below what groups need: nothing is left for new ones
    assert second._formation(rich) == pytest.approx(first._formation(plain))
    _, third = _town(0, {"group_grant_share": 3.0}, {"soc.group_formation_money": 0.0})
    assert third._formation(plain) == pytest.approx(first._formation(plain))


def test_trust_and_a_statement_of_what_one_received_draw_people_and_may_do_nothing() -> None:
    def appeals(numbers: dict[str, float] | None = None) -> tuple[float, float, float]:
        model, process = _town(1, numbers=numbers)
        rows = np.flatnonzero(model.citizens.alive & (model.citizens.group < 0))[:200]
        model.citizens.council_funded[rows] = True
        base = process._appeal(model, rows)
        model.council.area_trust[:] = -0.5
        wary = process._appeal(model, rows)
        model.council.area_trust[:] = 0.0
        model.terms = Terms(visible_accounts_share=1.0)
        told = process._appeal(model, rows)
        return float(base.mean()), float((wary - base).mean()), float((told - base).mean())

    _, wary, told = appeals()
    assert wary == pytest.approx(-0.1)
    assert told >= 0.4 * 0.2 - 1e-6
    none = dict.fromkeys(("trust.join", "accounts.received", "accounts.gave"), 0.0)
    assert appeals(none)[1:] == (0.0, 0.0)
