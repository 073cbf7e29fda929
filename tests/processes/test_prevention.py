"""What of prevention there is: practice, the council's line and cuts, the NHS, and what investment adds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demandsim.processes.prevention import break_hours, catalysts, connectors, group_money, older, rapid_support
from tests.toy import toy_model


def test_all_of_it_follows_the_practice_and_what_is_left_of_prevention() -> None:
    model = toy_model(500)
    model.practice = replace(model.practice, connectors=8.0, catalysts=2.0, group_grant_share=3.0)
    before = [connectors(model), catalysts(model), break_hours(model), rapid_support(model), group_money(model, 4e3)]
    assert before == pytest.approx([8.0, 2.0, 100_000, 200, 3.0])
    model.council.prevention_share = 0.25
    after = [connectors(model), catalysts(model), break_hours(model), rapid_support(model), group_money(model, 4e3)]
    assert after == pytest.approx([value / 4 for value in before])


def test_breaks_and_rapid_support_follow_need_and_rapid_support_the_nhs() -> None:
    model = toy_model(500)
    breaks, episodes, people = break_hours(model), rapid_support(model), older(model)
    model.need_index, model.nhs_share = 1.2, 0.9
    assert older(model) == pytest.approx(1.2 * people) == pytest.approx(1.2 * model.base_people_65 / 1e5)
    assert break_hours(model) == breaks
    assert rapid_support(model) == pytest.approx(0.9 * episodes)


def test_investment_comes_on_top_of_what_is_cut() -> None:
    model = toy_model(500)
    model.council.prevention_share = 0.0
    council = model.council
    council.extra_connectors, council.extra_break_hours, council.extra_rapid, council.extra_grants = 2.0, 30.0, 4.0, 8e3
    a_month = older(model) / 12
    bought = (connectors(model), break_hours(model) * a_month, rapid_support(model) * a_month)
    assert bought == pytest.approx((2.0, 30.0, 4.0))
    assert group_money(model, 4e3) == pytest.approx(2.0)  # no group stands yet: as for one
