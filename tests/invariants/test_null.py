"""Null tests: with its assumed effects at nothing, a practice is worth what its hours and pounds are, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from demandsim import DemandModel, load_scenario
from demandsim.ledger import Month
from demandsim.parameters.effects import effects_at
from demandsim.parameters.register import Numbers
from demandsim.scenario.scenario import NO_ADOPTION, Scenario
from demandsim.scenario.terms import Agreed, Terms

NO_EFFECTS: Mapping[str, float] = effects_at("null")
"""Every assumed effect of practice, and the minutes of rapport that a relationship saves, at nothing."""

LIVED = (
    "alive",
    "uid",
    "age_months",
    "household",
    "setting",
    "deficits",
    "limitation",
    "kin_hours",
    "paid_hours",
    "unmet_hours",
    "strain",
    "arrangement",
    "waiting",
    "admitted",
    "wellbeing",
    "lonely",
)
"""What a life is made of, as far as practice could touch it."""


def without_effects(name: str, **levers: float) -> Scenario:
    scenario = load_scenario(name)
    adoption = replace(NO_ADOPTION, fidelity=1.0) if levers else scenario.adoption
    return replace(
        scenario, numbers=Numbers(NO_EFFECTS), practice=replace(scenario.practice, **levers), adoption=adoption
    )


class Books:
    """Adds up what the council spent, and admissions to hospital."""

    def __init__(self) -> None:
        self.council, self.admissions = 0.0, 0.0

    def __call__(self, model: DemandModel, month: Month) -> None:
        self.council += sum(pounds for (_, payer), pounds in month.costs.items() if payer == "council")
        self.admissions += float(month.people["emergency_admissions"].sum())


def run(scenario: Scenario, months: int, scale: float = 0.03) -> tuple[DemandModel, Books]:
    books = Books()
    model = DemandModel(scenario, place="sunderland", scale=scale, rng=7, on_month=books)
    model.run_for(months)
    return model, books


@pytest.mark.slow
def test_with_no_effects_and_equal_hours_two_practices_lead_to_the_same_lives() -> None:
    """Who comes, how trained and how free they are costs no hour here, so without effects nobody's life differs."""
    one, _ = run(without_effects("deficit"), 18)
    two, _ = run(without_effects("deficit", rota_share=0.8, autonomy=1.0, trained_share=0.8), 18)
    for name in LIVED:
        np.testing.assert_array_equal(getattr(one.citizens, name), getattr(two.citizens, name), err_msg=name)
    assert not np.array_equal(one.citizens.relationship, two.citizens.relationship)  # the levers did move


@pytest.mark.slow
def test_paid_by_results_with_no_effects_only_money_moves() -> None:
    """As long as the council has not answered what it costs: providers who neither choose nor strive change no life."""
    still = Numbers({"results.selectivity": 0.0, "results.effort": 0.0})
    base = load_scenario("deficit")
    one, plain = run(replace(base, numbers=still), 3)
    two, paid = run(replace(base, numbers=still, agreed=Agreed(terms=Terms(results_share=1.0))), 3)
    for name in LIVED:
        np.testing.assert_array_equal(getattr(one.citizens, name), getattr(two.citizens, name), err_msg=name)
    assert paid.council > plain.council


@pytest.mark.slow
def test_with_no_effects_the_costlier_practice_costs_more_and_heals_nobody() -> None:
    """Admissions are drawn by the same luck: they may differ by what resources do, not by a label."""
    plain, one = run(without_effects("deficit"), 24, scale=0.1)
    costly, two = run(without_effects("strengths"), 24, scale=0.1)
    assert two.council > 1.01 * one.council
    assert two.admissions == pytest.approx(one.admissions, rel=0.005)
    here = plain.citizens.rows
    both = here[costly.citizens.alive[here] & (costly.citizens.uid[here] == plain.citizens.uid[here])]
    gain = costly.citizens.capability[both] - plain.citizens.capability[both]
    assert abs(float(gain.mean())) < 0.001


@pytest.mark.slow
def test_talking_longer_without_more_staff_lengthens_the_queue() -> None:
    """There is no free lunch: an hour talked is an hour not spent on somebody else."""
    short, _ = run(without_effects("deficit", assessment_hours=6.0), 12, scale=0.1)
    long, _ = run(without_effects("deficit", assessment_hours=15.0), 12, scale=0.1)
    assert long.services["front_door"].waiting > 1.3 * short.services["front_door"].waiting
    assert long.services["front_door"].assessed < short.services["front_door"].assessed


@pytest.mark.slow
def test_where_no_more_is_bought_of_any_service_nobody_is_taken_from_home_care() -> None:
    """Replacing leavers is the base year's, whoever they are replaced by; only growth looks for more people."""
    base = load_scenario("deficit")
    kept = replace(
        base,
        budget=replace(base.budget, ring_fence_prevention=True),
        responses=tuple(answer for answer in base.responses if answer != "posts"),
    )
    digests = {
        run(replace(kept, numbers=Numbers({"wf.recruited_within": share})), 18)[0].digest() for share in (0.0, 0.67)
    }
    assert len(digests) == 1
    more = replace(
        kept, practice=replace(kept.practice, carer_break_hours=300_000.0), adoption=replace(NO_ADOPTION, fidelity=1.0)
    )
    lost = [
        run(replace(more, numbers=Numbers({"wf.recruited_within": share})), 18)[0].digest() for share in (0.0, 0.67)
    ]
    assert lost[0] != lost[1]  # the number does move something
