"""How common support of working age is by age, whom it strikes, and who recovers."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, SupportType
from demandsim.parameters.register import Numbers
from demandsim.processes.support_onset import SupportOnset
from tests.toy import toy_model


@cache
def fresh() -> Any:
    return toy_model(40_000)


def town(**overrides: float) -> tuple[Any, SupportOnset]:
    """A town in which nobody has support yet."""
    model = copy.deepcopy(fresh())
    model.citizens.support_type[:] = SupportType.NONE
    return model, SupportOnset(Numbers({key.replace("__", "."): value for key, value in overrides.items()}))


def test_prevalence_profiles_hold_the_published_shares() -> None:
    """Over working ages equally weighted: 0.85 % in all, 45, 28 and 27 % of it by type."""
    onset = SupportOnset(Numbers())
    working = onset._prevalence[1:, 18:65].mean(axis=1)
    assert working.sum() == pytest.approx(0.0085, rel=0.02)
    assert working / working.sum() == pytest.approx([0.45, 0.28, 0.27], abs=0.01)
    assert working / working.sum() == pytest.approx(onset.shares[1:], abs=0.01)
    assert (onset._prevalence[:, :18] == 0).all()
    assert (np.diff(onset._prevalence[1:, 66:], axis=1) < 0).all()


def test_people_turn_eighteen_into_support_once() -> None:
    model, onset = town(wa__learning_at_18=0.05)
    citizens = model.citizens
    turned = np.flatnonzero(citizens.alive)
    citizens.age_months[turned] = 216
    found, kind = onset.begins(model)
    assert found.size / turned.size == pytest.approx(0.05, abs=0.005)
    assert (kind == SupportType.LEARNING).all()
    citizens.support_type[found] = kind
    assert not onset.begins(model)[0].size


def test_nobody_is_struck_but_on_a_birthday_of_working_age() -> None:
    model, onset = town()
    citizens = model.citizens
    citizens.age_months[:] = 40 * 12
    struck, kind = onset.begins(model)
    assert struck.size > 20
    assert set(kind) == {SupportType.PHYSICAL, SupportType.MENTAL}
    for months in (40 * 12 + 1, 65 * 12, 17 * 12):
        citizens.age_months[:] = months
        assert not onset.begins(model)[0].size, months


def test_a_learning_disability_is_for_life_and_others_may_recover() -> None:
    """Hundreds of recoveries in a whole town: within four standard deviations (one false alarm in 16,000)."""
    model, onset = town()
    rows = model.citizens.rows
    for kind, yearly in (
        (SupportType.LEARNING, 0.0),
        (SupportType.PHYSICAL, onset.rules.physical_exit),
        (SupportType.MENTAL, onset.rules.mental_exit),
    ):
        model.citizens.support_type[rows] = kind
        expected = rows.size * yearly / 12
        assert abs(onset.ends(model, rows).sum() - expected) <= 4 * expected**0.5


def test_support_is_commoner_in_poor_fifths_and_where_people_live_with_a_parent_or_alone() -> None:
    model, onset = town()
    citizens = model.citizens
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 25 * 12]
    citizens.quintile[rows[0]], citizens.quintile[rows[1]] = 0, 4
    citizens.age_months[rows[:2]] = 480
    plain = onset.how_common(model, rows, by_family=False)
    assert plain.max(initial=0.0) < onset.most_common
    poorest, richest = plain[:, 0], plain[:, 1]
    assert poorest[1] == richest[1]  # a learning disability is no commoner
    assert poorest[2:] / richest[2:] == pytest.approx([onset.rules.deprivation] * 2)
    weight = onset.how_common(model, rows, by_family=True)[1:] / plain[1:]
    partnered = citizens.partner[rows] != NOBODY
    assert weight[0, partnered] == pytest.approx(onset.rules.learning_partnered)
    assert weight[2, partnered] == pytest.approx(onset.rules.mental_partnered)
    assert weight[1] == pytest.approx(1.0)
    assert weight[0, ~partnered].min() > 1.0 < weight[2, ~partnered].min()
