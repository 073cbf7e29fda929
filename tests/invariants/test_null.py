"""Null tests: with its assumed effects at nothing, a practice is worth what its hours and pounds are, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from demandsim import DemandModel, load_scenario
from demandsim.ledger import Month
from demandsim.parameters.register import Numbers
from demandsim.scenario.scenario import NO_ADOPTION, Scenario

NO_EFFECTS: Mapping[str, float] = dict.fromkeys(
    (
        "need.capability_weight",
        "cap.enable_hour",
        "cap.done_for",
        "cap.tie",
        "frailty.lonely",
        "frailty.unmet",
        "frailty.strain",
        "acute.unmet",
        "acute.alone",
        "recovery.reablement_speed",
        "recovery.reablement_scar",
        "rel.early_contact",
        "rel.wellbeing",
        "door.half_hours",
        "practice.info_loss_per_handoff",
        "wf.autonomy_relief",
        "wf.supervision_relief",
        "wf.skill_trained",
        "value.lifesat_capability",
        "carers.strain_break",
        "carers.strain_info",
        "carers.strain_backup",
        "carers.capability_hour",
        "visit.rapport",
        "coping.meals",
        "coping.fall_unmet",
        "coping.lie_calls",
        "coping.night_calls",
        "coping.carer_calls",
        "discharge.alone_days",
        "discharge.unmet_return",
        "therapy.slower",
        "therapy.day_joins",
    ),
    0.0,
)
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
