from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Band, Disadvantage
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.standing import DoorBarrier, Standing, added_by, added_to, fit_at_door, rapport_barrier, shares
from demandsim.processes.visits import VisitRules
from tests.toy import toy_model

NONE = {f"group.{who}_{what}": 0.0 for who in ("multiple", "minority") for what in ("misfit", "rapport")}


@dataclass(frozen=True)
class Unequal:
    multiple: float = 0.5
    minority: float = 0.2


def _town(people: int = 40_000) -> tuple[Any, Any]:
    model = toy_model(people)
    Standing(Numbers()).welcome(model, model.citizens.rows)
    return model, model.citizens.rows


def test_shares_are_those_of_the_fifth_and_of_the_place() -> None:
    model, rows = _town()
    held, fifth = model.citizens.disadvantage[rows], model.citizens.quintile[rows]
    for q in range(5):
        here = held[fifth == q]
        assert ((here & Disadvantage.MULTIPLE) > 0).mean() == pytest.approx(shares(model)[0, q], abs=0.006)
        assert ((here & Disadvantage.MINORITY) > 0).mean() == pytest.approx(shares(model)[1, q], abs=0.01)
    assert shares(model)[1].mean() == pytest.approx(0.054)
    model.profile.code = "E06000031"
    assert shares(model)[1].mean() == pytest.approx(0.246)
    model.profile.code = "E00000000"
    assert shares(model)[1].mean() == pytest.approx(0.19)


def test_it_is_for_life_and_the_same_in_every_scenario() -> None:
    model, rows = _town(2_000)
    before = model.citizens.disadvantage.copy()
    model.month = 77
    Standing(Numbers()).welcome(model, rows)
    np.testing.assert_array_equal(model.citizens.disadvantage, before)


def test_barriers_add_up_to_nothing_over_a_fifth_so_that_the_base_stands() -> None:
    model, rows = _town()
    added = added_by(model, rows, Unequal())
    for q in range(5):
        assert added[model.citizens.quintile[rows] == q].mean() == pytest.approx(0, abs=0.006)
    both = (model.citizens.disadvantage[rows] & Disadvantage.MULTIPLE) > 0
    assert added[both].min() > 0.4
    assert added[model.citizens.disadvantage[rows] == 0].max() < 0


def test_without_effect_everybody_is_met_alike_to_the_bit() -> None:
    model, rows = _town(2_000)
    numbers = Numbers(NONE)
    assert fit_at_door(added_to(model, read_rules(DoorBarrier, numbers)).max()) == 1.0
    assert fit_at_door(added_to(model, read_rules(DoorBarrier, numbers)).min()) == 1.0
    rules = read_rules(VisitRules, numbers)
    model.citizens.dementia[rows[:50]] = 12
    assert (rapport_barrier(model, rows, rules)[:50] == rules.barrier).all()
    assert (rapport_barrier(model, rows, rules)[50:] == 1.0).all()


def test_it_takes_longer_to_trust_and_answers_fit_less_often() -> None:
    model, rows = _town(2_000)
    model.citizens.disadvantage[rows] = 0
    model.citizens.disadvantage[rows[:10]] = Disadvantage.MULTIPLE
    rules, door = read_rules(VisitRules, Numbers()), read_rules(DoorBarrier, Numbers())
    assert rapport_barrier(model, rows, rules)[:10].min() > rapport_barrier(model, rows, rules)[10:].max()
    added = added_by(model, rows, door)
    assert fit_at_door(added[:10].min()) < fit_at_door(added[10:].max())


def test_how_they_fare_is_booked() -> None:
    model, rows = _town(2_000)
    citizens = model.citizens
    citizens.disadvantage[:] = 0
    adults = rows[citizens.age_months[rows] >= 216]
    citizens.disadvantage[adults[:40]] = Disadvantage.MINORITY
    citizens.band[adults[:20]] = Band.MODERATE
    citizens.unmet[adults[:8]] = True
    citizens.contacted[adults[:10]] = True
    citizens.turned_away_month[adults[:4]] = model.month
    citizens.wellbeing[adults] = 6.0
    Standing(Numbers()).step(model)
    booked = {name: cells.sum() for name, cells in model.ledger.close().people.items()}
    assert booked["people_disadvantaged"] == 40
    assert booked["need_people_disadvantaged"] == 20
    assert booked["unmet_need_people_disadvantaged"] == 8
    assert booked["contacts_disadvantaged"] == 10
    assert booked["turned_away_disadvantaged"] == booked["people_turned_away"] == 4
    assert booked["people_asking"] == 10
    assert booked["wellbeing_disadvantaged"] == pytest.approx(240)
