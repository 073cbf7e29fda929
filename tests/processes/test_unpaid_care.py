from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Band, Setting
from demandsim.agents.kin import children_index
from demandsim.parameters.register import Numbers
from demandsim.processes.unpaid_care import UnpaidCare
from tests.toy import toy_model

MOTHER, FATHER, DAUGHTER, SON, FRIEND, STRANGER = range(6)
CERTAIN = {
    "carers.part_partner": 1.0,
    "carers.part_home": 1.0,
    "carers.part_away": 1.0,
    "carers.part_away_fall": 1.0,
    "carers.part_away_partnered": 1.0,
    "carers.part_daughter": 1.0,
    "carers.part_son": 1.0,
    "carers.hours_home": 60.0,
    "carers.hours_away": 3.6,
    "carers.gap_home": 0.0,
    "carers.gap_work": 0.0,
    "carers.gap_health": 0.0,
}


def _family(**numbers: float) -> tuple[Any, UnpaidCare]:
    """A couple, a daughter and a son living apart, a friend and a stranger; all fully willing and of mean hours."""
    model = toy_model(200)
    citizens = model.citizens
    citizens.release(np.flatnonzero(citizens.alive))
    rows = citizens.admit(np.arange(50, 56, dtype=np.uint64))
    citizens.age_months[rows] = np.array([80, 82, 55, 50, 70, 70]) * 12
    citizens.female[rows] = [True, False, True, False, True, False]
    citizens.household[rows] = [1, 1, 2, 3, 4, 5]
    citizens.partner[MOTHER], citizens.partner[FATHER] = FATHER, MOTHER
    citizens.mother[[DAUGHTER, SON]], citizens.father[[DAUGHTER, SON]] = MOTHER, FATHER
    model.children = children_index(citizens)
    process = UnpaidCare(Numbers({**CERTAIN, **numbers}))
    process.welcome(model, rows)
    citizens.caring_will[rows] = [0.5, 0.5, 0.1, 0.2, 0.5, 0.5]
    citizens.caring_style[rows] = 1.0
    return model, process


def _need(model: Any, row: int, hours: float, hands_on: float = 6.0, band: Band = Band.LOW) -> None:
    model.citizens.need_hours[row] = hours
    model.citizens.hands_on[row] = hands_on
    model.citizens.band[row] = band


def test_partner_gives_first_and_fills_a_small_need_alone() -> None:
    model, process = _family()
    _need(model, MOTHER, 10.0)
    process.step(model)
    citizens = model.citizens
    assert citizens.kin_hours[MOTHER] == pytest.approx(10.0)
    assert citizens.care_given[FATHER] == pytest.approx(10.0)
    assert citizens.cares_at_home[FATHER]
    assert citizens.care_given[[DAUGHTER, SON]].tolist() == [0.0, 0.0]


def test_children_add_what_the_partner_cannot_give() -> None:
    model, process = _family()
    _need(model, MOTHER, 168.0)
    process.step(model)
    citizens = model.citizens
    away = 3.6 * np.exp(-0.36) * 0.75
    assert citizens.care_given[FATHER] == pytest.approx(60.0)
    assert citizens.care_given[[DAUGHTER, SON]] == pytest.approx([away, away], rel=1e-5)
    assert citizens.kin_hours[MOTHER] == pytest.approx(60.0 + 2 * away, rel=1e-5)


def test_hours_given_are_hours_received_and_nobody_gives_twice() -> None:
    model, process = _family()
    _need(model, MOTHER, 168.0)
    _need(model, FATHER, 168.0)
    model.citizens.partner[[MOTHER, FATHER]] = -1
    process.step(model)
    citizens = model.citizens
    assert citizens.kin_hours.sum() == pytest.approx(citizens.care_given.sum(), rel=1e-5)
    assert citizens.kin_hours[MOTHER] == pytest.approx(citizens.kin_hours[FATHER], rel=1e-5)
    assert citizens.care_given[DAUGHTER] == pytest.approx(3.6 * np.exp(-0.36) * 0.75, rel=1e-5)


def test_storage_order_gives_no_privilege() -> None:
    model, process = _family()
    _need(model, MOTHER, 168.0)
    _need(model, FATHER, 100.0)
    model.citizens.partner[[MOTHER, FATHER]] = -1
    process.step(model)
    first = model.citizens.kin_hours[[MOTHER, FATHER]].copy()
    _need(model, MOTHER, 100.0)
    _need(model, FATHER, 168.0)
    process.step(model)
    assert (model.citizens.kin_hours[[FATHER, MOTHER]] == first).all()


@pytest.mark.parametrize(
    ("column", "value", "share"),
    [("strain", 1.0, 0.5), ("limitation", 2.0, 0.5), ("limitation", 3.0, 0.0), ("broken_down", 3, 0.0)],
)
def test_strain_limits_and_breakdown_limit_what_a_partner_gives(column: str, value: float, share: float) -> None:
    model, process = _family()
    _need(model, MOTHER, 168.0)
    getattr(model.citizens, column)[FATHER] = value
    process.step(model)
    assert model.citizens.care_given[FATHER] == pytest.approx(60.0 * share, abs=1e-4)


def test_presence_is_reported_but_meets_no_need() -> None:
    model, process = _family()
    _need(model, MOTHER, 20.0, band=Band.MODERATE)
    process.step(model)
    assert model.citizens.kin_hours[MOTHER] == pytest.approx(20.0)
    assert model.citizens.care_given[FATHER] > 21.0
    assert model.citizens.care_given[FATHER] <= 168.0


def test_night_and_dementia_weigh_on_the_carer() -> None:
    model, process = _family()
    _need(model, MOTHER, 80.0, band=Band.HIGH)
    model.citizens.dementia[MOTHER] = 12
    process.step(model)
    assert model.citizens.care_burden[FATHER] == pytest.approx(2.5)
    assert model.citizens.care_burden[STRANGER] == 1.0


def test_people_in_care_homes_get_no_kin_hours() -> None:
    model, process = _family()
    _need(model, MOTHER, 80.0, band=Band.HIGH)
    model.citizens.setting[MOTHER] = Setting.CARE_HOME
    model.citizens.household[MOTHER] = -1
    process.step(model)
    assert model.citizens.kin_hours[MOTHER] == 0
    assert not model.citizens.care_given.any()


def test_paid_help_crowds_kin_out_by_the_elasticity() -> None:
    model, process = _family()
    _need(model, MOTHER, 40.0)
    model.citizens.paid_hours[MOTHER] = model.citizens.paid_hours_before[MOTHER] = 10.0
    process.step(model)
    assert model.citizens.kin_hours[MOTHER] == pytest.approx(39.0)


def test_kin_fill_half_of_a_withdrawn_gap_and_it_fades() -> None:
    model, process = _family()
    citizens = model.citizens
    _need(model, MOTHER, 28.0, hands_on=28.0, band=Band.LOW)
    citizens.strain[FATHER] = 1.0
    citizens.caring_style[FATHER] = 0.3  # gives nine hours
    citizens.caring_will[[DAUGHTER, SON]] = 1.0  # neither takes part
    citizens.paid_hours_before[MOTHER] = 4.0
    process.step(model)
    spare = 0.3 * 9.0 + 0.6 * 2 * 3.6 * np.exp(-0.36) * 0.75
    assert citizens.gap_fill[MOTHER] == pytest.approx(2.0)
    assert citizens.kin_hours[MOTHER] == pytest.approx(11.0)
    assert citizens.care_given[FATHER] == pytest.approx(11.0)
    assert citizens.kin_spare[MOTHER] == pytest.approx(spare - 2.0, rel=1e-5)
    citizens.paid_hours_before[MOTHER] = 0.0
    process.step(model)
    assert citizens.gap_fill[MOTHER] == pytest.approx(2.0 * 0.97)
    citizens.paid_hours_before[MOTHER] = 30.0
    process.step(model)
    assert citizens.gap_fill[MOTHER] == pytest.approx(spare, rel=1e-5)  # never beyond what kin can spare
    assert citizens.kin_spare[MOTHER] == pytest.approx(0.0, abs=1e-5)


def test_parents_care_for_a_grown_child_in_their_home() -> None:
    model, process = _family()
    citizens = model.citizens
    citizens.household[DAUGHTER] = 1
    _need(model, DAUGHTER, 100.0, band=Band.HIGH)
    process.step(model)
    assert citizens.kin_hours[DAUGHTER] == pytest.approx(100.0)
    assert citizens.cares_at_home[[MOTHER, FATHER]].all()


def test_friends_help_after_kin_and_only_as_far_as_needed() -> None:
    model, process = _family()
    citizens = model.citizens
    rows = model.ties.admit(np.array([1, 2], dtype=np.uint64))
    model.ties.a[rows], model.ties.b[rows] = [FRIEND, STRANGER], [STRANGER, MOTHER]
    model.ties.help[rows] = [-2.0, 2.0]  # the stranger helps the friend and the mother
    _need(model, FRIEND, 6.0)
    _need(model, MOTHER, 61.0)
    citizens.partner[:] = -1
    process.step(model)
    assert citizens.neighbour_hours[FRIEND] == pytest.approx(2.0)
    assert citizens.neighbour_hours[MOTHER] == pytest.approx(2.0)
    assert citizens.help_given[STRANGER] == pytest.approx(4.0)
    _need(model, FRIEND, 1.0)
    process.step(model)
    assert citizens.neighbour_hours[FRIEND] == pytest.approx(1.0)
    assert citizens.care_given[STRANGER] == pytest.approx(3.0)


def test_most_willing_child_is_asked_first_and_each_helper_makes_the_next_less_likely() -> None:
    model, process = _family(
        **{"carers.part_away": 0.24, "carers.part_away_fall": 0.37, "carers.part_daughter": 1.0, "carers.part_son": 1.0}
    )
    _need(model, MOTHER, 168.0)
    model.citizens.partner[:] = -1
    for daughter, son, helps in ((0.1, 0.2, [True, False]), (0.2, 0.05, [True, False]), (0.05, 0.08, [True, True])):
        model.citizens.caring_will[[DAUGHTER, SON]] = [daughter, son]
        process.step(model)
        given = model.citizens.care_given[[DAUGHTER, SON]] > 0
        expected = helps if daughter < son else helps[::-1]
        assert given.tolist() == expected


def test_supply_never_reaches_those_who_are_gone() -> None:
    model, process = _family()
    _need(model, MOTHER, 100.0)
    process.step(model)
    free = ~model.citizens.alive
    for name in ("kin_hours", "care_given", "kin_spare", "neighbour_hours"):
        assert not getattr(model.citizens, name)[free].any()


def test_a_partner_in_poor_health_fills_less_of_a_gap() -> None:
    def filled(limitation: float) -> float:
        model, process = _family(**{"carers.gap_health": -0.6})
        _need(model, MOTHER, 100.0, hands_on=100.0, band=Band.HIGH)
        model.citizens.limitation[FATHER] = limitation
        model.citizens.paid_hours_before[MOTHER], model.citizens.paid_hours[MOTHER] = 8.0, 4.0
        process.step(model)
        return float(model.citizens.gap_fill[MOTHER])

    assert filled(1.0) == pytest.approx(2.0)
    assert filled(1.5) == pytest.approx(2.0 * 0.7)
