"""Assumed effects of practice: each in the register, assumed, and free to be nothing."""

from __future__ import annotations

import pytest

from demandsim.parameters.effects import EFFECTS_OF_PRACTICE, EFFECTS_OF_SERVICES, effects_at
from demandsim.parameters.register import register


@pytest.mark.parametrize("key", EFFECTS_OF_PRACTICE)
def test_an_effect_is_assumed_or_recalled_and_has_two_ends(key: str) -> None:
    row = register()[key]
    assert row.status in "AK"
    assert row.number is not None
    assert None not in row.range


def test_effects_at_three_points() -> None:
    null, mid, high = (effects_at(where) for where in ("null", "mid", "high"))
    assert {null[key] for key in EFFECTS_OF_PRACTICE} == {0.0}
    assert all(null[key] < mid[key] <= high[key] for key in EFFECTS_OF_PRACTICE)
    assert all(abs(mid[key] - null[key]) <= abs(high[key] - null[key]) for key in null)
    with pytest.raises(KeyError):
        effects_at("low")


@pytest.mark.parametrize("key", EFFECTS_OF_SERVICES)
def test_the_range_of_a_services_effect_includes_none(key: str) -> None:
    row, nothing = register()[key], EFFECTS_OF_SERVICES[key]
    assert row.status == "A"
    assert row.holds(nothing)
    assert row.number != nothing


def test_a_back_up_that_does_nothing_leaves_a_crisis_as_long_as_without() -> None:
    assert EFFECTS_OF_SERVICES["carers.crisis_months_backup"] == register()["carers.crisis_months"].number


def test_whatever_the_register_calls_an_effect_of_practice_can_be_put_at_nothing() -> None:
    said = {key for key, row in register().items() if row.note.lower().startswith("effect of practice")}
    assert said <= effects_at("null").keys()
    assert len(said) > 5
