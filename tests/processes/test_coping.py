"""Coping: each road to A&E by its own chance, and none without what leads there."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Band, Call
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.coping import Coping, CopingRules
from tests.toy import toy_model

PEOPLE = 20_000


def town(alone: bool = True, **columns):
    """Frail people of 80, each alone in their home or with an able partner."""
    model = toy_model(PEOPLE)
    citizens = model.citizens
    here = citizens.alive
    citizens.age_months[here] = 80 * 12
    citizens.household[here] = np.arange(PEOPLE) // (1 if alone else 2)
    for name, value in columns.items():
        getattr(citizens, name)[here] = value
    return model


def calls(model, kind, **overrides):
    """Share of people with a call of a kind in a month; a partner who is able is none of them."""
    numbers = Numbers({key.replace("__", "."): value for key, value in overrides.items()})
    Coping(numbers).step(model)
    return np.count_nonzero(model.citizens.emergency_call == kind) / PEOPLE


def close(share):
    """Five standard errors among 20,000."""
    return pytest.approx(share, abs=5 * np.sqrt(share / PEOPLE))


RULES = read_rules(CopingRules, Numbers())


def test_a_fall_alone_without_help_is_a_long_lie_by_its_chance() -> None:
    model = town(band=Band.LOW, setback=True)
    assert calls(model, Call.LIE) == close(RULES.lie_share * RULES.lie_calls)
    assert model.ledger.close().people["long_lies"].sum() / PEOPLE == close(RULES.lie_share)


def test_with_as_many_hours_of_help_half_are_found_sooner_whoever_gives_them() -> None:
    for source in ("kin_hours", "paid_hours", "neighbour_hours", "reablement_hours"):
        model = town(band=Band.LOW, setback=True, **{source: RULES.lie_half_hours})
        assert calls(model, Call.LIE) == close(RULES.lie_share * RULES.lie_calls / 2)


def test_nobody_lies_long_who_did_not_fall_or_is_fit_or_has_company_or_is_ill() -> None:
    assert calls(town(band=Band.LOW), Call.LIE) == 0
    assert calls(town(setback=True), Call.LIE) == 0
    assert calls(town(alone=False, band=Band.LOW, setback=True), Call.LIE) == 0
    assert calls(town(band=Band.LOW, setback=True, fell_ill=True), Call.LIE) == 0


def test_sensors_find_some_sooner() -> None:
    model = town(band=Band.LOW, setback=True, arrangement=Arrangement.HOME_CARE)
    model.terms = type(model.terms)(technology_share=1.0)
    assert calls(model, Call.LIE) == close(RULES.lie_share * RULES.lie_calls * (1 - RULES.lie_found))
    assert calls(model, Call.LIE, tech__lie_found=0.0) == close(RULES.lie_share * RULES.lie_calls)


def test_nights_follow_the_share_of_help_that_is_missed() -> None:
    frail = {"band": Band.HIGH, "hands_on": 20.0, "unmet": True}
    half = calls(town(unmet_hours=10.0, **frail), Call.NIGHT, coping__night_calls=6.0)
    whole = calls(town(unmet_hours=20.0, **frail), Call.NIGHT, coping__night_calls=6.0)
    assert half == close(0.25 / 1.125)
    assert whole == close(0.5 / 1.25)


def test_no_night_is_without_help_where_somebody_is_able_or_need_is_moderate_or_met() -> None:
    missed = {"hands_on": 20.0, "unmet_hours": 20.0, "unmet": True}
    able = town(alone=False, **missed)
    able.citizens.band[:PEOPLE:2] = Band.HIGH
    assert calls(able, Call.NIGHT, coping__night_calls=6.0) == 0
    assert calls(town(band=Band.MODERATE, **missed), Call.NIGHT, coping__night_calls=6.0) == 0
    assert calls(town(band=Band.HIGH, hands_on=20.0), Call.NIGHT, coping__night_calls=6.0) == 0


def test_a_carer_lost_strands_only_whom_nobody_else_helps_and_only_in_the_first_month() -> None:
    stranded = {"band": Band.MODERATE, "crisis": int(RULES.crisis_months)}
    assert calls(town(**stranded), Call.CARER) == close(RULES.carer_calls)
    assert calls(town(**{**stranded, "crisis": int(RULES.crisis_months) - 1}), Call.CARER) == 0
    with_other = town(alone=False, crisis=int(RULES.crisis_months))
    with_other.citizens.band[:PEOPLE:2] = Band.MODERATE
    assert calls(with_other, Call.CARER) == 0


def test_without_effects_nobody_calls() -> None:
    none = {"coping__lie_calls": 0.0, "coping__night_calls": 0.0, "coping__carer_calls": 0.0}
    model = town(
        band=Band.HIGH, setback=True, unmet=True, unmet_hours=9.0, hands_on=9.0, crisis=int(RULES.crisis_months)
    )
    assert calls(model, Call.NONE, **none) > 0
    assert not model.citizens.emergency_call.any()


def test_last_months_calls_are_over() -> None:
    model = town(emergency_call=Call.NIGHT)
    Coping(Numbers()).step(model)
    assert not model.citizens.emergency_call.any()
