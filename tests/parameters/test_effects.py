"""Assumed effects of practice: each in the register, assumed, and free to be nothing."""

from __future__ import annotations

import pytest

from demandsim.parameters.effects import EFFECTS_OF_PRACTICE, effects_at
from demandsim.parameters.register import register


@pytest.mark.parametrize("key", EFFECTS_OF_PRACTICE)
def test_an_effect_is_assumed_or_recalled_and_has_two_ends(key: str) -> None:
    row = register()[key]
    assert row.status in "AK"
    assert row.number is not None
    assert None not in row.range


def test_effects_at_three_points() -> None:
    null, mid, high = (effects_at(where) for where in ("null", "mid", "high"))
    assert set(null.values()) == {0.0}
    assert all(null[key] < mid[key] <= high[key] for key in EFFECTS_OF_PRACTICE)
    with pytest.raises(KeyError):
        effects_at("low")
