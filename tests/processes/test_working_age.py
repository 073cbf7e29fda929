"""Working-age support: who has it, where they live, what it costs."""

from __future__ import annotations

import copy
import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Setting, SupportType
from demandsim.ledger import CHARGES
from demandsim.parameters.register import Numbers
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.working_age import WorkingAge
from tests.toy import toy_model


@cache
def fresh(people: int) -> Any:
    return toy_model(people)


def town(people: int = 40_000, **overrides: float) -> tuple[Any, WorkingAge]:
    model = copy.deepcopy(fresh(people))
    model.numbers = Numbers({key.replace("__", "."): value for key, value in overrides.items()})
    process = WorkingAge(model.numbers)
    process.welcome(model, model.citizens.rows)
    process.start(model)
    return model, process


def month(model: Any, process: WorkingAge) -> Any:
    process.step(model)
    closed = model.ledger.close()
    model.month += 1
    return closed


def kinds(model: Any) -> Any:
    return np.bincount(model.citizens.support_type[model.citizens.alive], minlength=4)[1:]


def test_about_the_right_number_start_with_support() -> None:
    """Within a fifth: this town has other households than England, and no care-home residents."""
    model, _ = town()
    working = model.citizens.alive & (model.citizens.age_months >= 216) & (model.citizens.age_months < 780)
    share = (model.citizens.support_type[working] > 0).mean()
    assert share == pytest.approx(0.0085 * 0.86, rel=0.2)
    assert (model.citizens.support_type[model.citizens.age_months < 216] == 0).all()
    assert model.citizens.council_funded[model.citizens.support_type > 0].all()


def test_care_home_residents_of_working_age_all_have_support() -> None:
    model = toy_model(5000)
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 400) & (citizens.age_months < 780))[:50]
    old = np.flatnonzero(citizens.alive & (citizens.age_months > 800))[:50]
    citizens.setting[rows] = citizens.setting[old] = Setting.CARE_HOME
    WorkingAge(model.numbers).welcome(model, citizens.rows)
    assert (citizens.support_type[rows] > 0).all()
    assert not (citizens.support_type[old] > 0).any()


def test_type_hangs_on_the_person_not_on_when_they_came() -> None:
    model, process = town(3000)
    before = model.citizens.support_type.copy()
    model.citizens.support_type[:] = 0
    model.citizens.setting[:] = Setting.HOME
    model.month = 77
    WorkingAge(model.numbers).welcome(model, model.citizens.rows)
    assert (model.citizens.support_type == before).all()
    # Who arrives once the place is open has support only of a kind that is lived at home.
    model.citizens.support_type[:] = 0
    model.citizens.setting[:] = Setting.HOME
    process.welcome(model, model.citizens.rows)
    late = model.citizens.support_type > 0
    assert 0 < late.sum() < (before > 0).sum()
    assert (model.citizens.setting == Setting.HOME).all()


def test_nothing_begins_or_ends_in_the_run_in() -> None:
    model, process = town()
    model.settling = True
    before = model.citizens.support_type.copy()
    for _ in range(3):
        month(model, process)
    assert (model.citizens.support_type == before).all()


def test_flows_hold_the_stock_as_people_age() -> None:
    """Ten years of ageing without deaths, everybody replaced at 90 by a newborn: types stay within four errors."""
    model, process = town(40_000, wa__physical_deaths=0.0)
    citizens = model.citizens
    citizens.age_months[citizens.alive] = np.arange(np.count_nonzero(citizens.alive)) % (90 * 12)
    citizens.partner[:] = citizens.mother[:] = citizens.father[:] = NOBODY
    citizens.support_type[:] = 0
    citizens.setting[:] = Setting.HOME
    process = WorkingAge(model.numbers)
    process.welcome(model, citizens.rows)
    process.start(model)
    start = kinds(model)
    for _ in range(120):
        citizens.age_months[citizens.alive] += 1
        again = np.flatnonzero(citizens.age_months >= 90 * 12)
        citizens.age_months[again] = 0
        citizens.support_type[again] = 0
        month(model, process)
    end = kinds(model)
    # Nobody dies of a learning disability here, so that type may only grow, by what deaths would have taken.
    assert start[0] * 0.95 < end[0] < 1.3 * start[0]
    for each in (1, 2):
        assert abs(end[each] - start[each]) < 4 * math.sqrt(2 * start[each])


def with_parent(people: int = 40_000) -> tuple[Any, WorkingAge, Any]:
    """Adults with a learning disability who live with their mother."""
    model, process = town(people)
    citizens = model.citizens
    old = citizens.support_type > 0
    citizens.support_type[old] = 0
    grown = citizens.alive & (citizens.age_months >= 240) & (citizens.mother >= 0)
    rows = np.flatnonzero(grown & (citizens.partner == NOBODY))[:200]
    citizens.household[rows] = citizens.household[citizens.mother[rows]]
    citizens.setting[:] = Setting.HOME
    process._begin(model, rows, np.full(rows.size, 1))
    return model, process, rows


def test_family_cares_until_the_parents_are_gone() -> None:
    model, process, rows = with_parent()
    citizens = model.citizens
    model.settling = True
    assert citizens.family_support[rows].all()
    month(model, process)
    assert (citizens.setting[rows] == Setting.HOME).all()
    citizens.mother[rows] = citizens.father[rows] = NOBODY
    citizens.limitation[rows] = 1.0
    model.services["shared_lives"].capacity = 0.0
    month(model, process)
    assert not citizens.family_support[rows].any()
    assert (citizens.setting[rows] == Setting.SUPPORTED_LIVING).all()
    assert (citizens.household[rows] == NOBODY).all()


def test_leaving_home_as_others_do_is_undone_while_a_parent_cares() -> None:
    model, process, rows = with_parent()
    citizens = model.citizens
    model.settling = True
    citizens.household[rows] = int(citizens.household.max()) + 1 + np.arange(rows.size)
    month(model, process)
    parent = np.where(citizens.mother[rows] >= 0, citizens.mother[rows], citizens.father[rows])
    assert (citizens.household[rows] == citizens.household[parent]).all()
    assert citizens.family_support[rows].all()


def test_hosts_are_used_up_to_what_there_is_and_the_menu_reaches() -> None:
    moved = []
    for hosts, menu in ((0.0, 1.0), (30.0, 1.0), (30.0, 0.0), (1e9, 0.5)):
        model, process, rows = with_parent()
        model.settling = True
        model.practice = type("P", (), {"menu_share": menu, "placement_bands": 1.6})()
        model.services["shared_lives"].capacity = hosts
        model.citizens.crisis[rows] = 1
        month(model, process)
        moved.append((model.citizens.setting[rows] == Setting.SHARED_LIVES).sum())
    assert moved[:3] == [0, 30, 0]
    assert moved[3] == pytest.approx(100, abs=30)


def test_whom_a_host_would_suit_finds_one_only_where_one_is_free() -> None:
    found = []
    for free in (0, 2, 1000):
        model, process = town(40_000, wa__learning_supported=0.0, wa__learning_shared=1.0, wa__learning_residential=0.0)
        citizens = model.citizens
        rows = np.flatnonzero(citizens.alive & (citizens.age_months == 216) & (citizens.setting == Setting.HOME))
        citizens.support_type[rows], citizens.partner[rows] = SupportType.NONE, NOBODY
        citizens.household[rows] = int(citizens.household.max()) + 1 + np.arange(rows.size)
        taken = np.count_nonzero(citizens.alive & (citizens.setting == Setting.SHARED_LIVES))
        model.services["shared_lives"].capacity = taken + free
        process._begin(model, rows, np.full(rows.size, SupportType.LEARNING), settled=False)
        hosted = citizens.setting[rows] == Setting.SHARED_LIVES
        assert np.isin(citizens.setting[rows[~hosted]], (Setting.SUPPORTED_LIVING, Setting.CARE_HOME)).all()
        found.append((int(hosted.sum()), rows.size))
    assert [hosted for hosted, _ in found[:2]] == [0, 2]
    assert 2 < found[2][0] <= found[2][1]


def test_who_brings_up_children_alone_has_support_at_home() -> None:
    model, process = town(40_000, wa__mental_supported=1.0)
    citizens = model.citizens
    rows = np.unique(citizens.mother[citizens.alive & (citizens.age_months < 120) & (citizens.mother >= 0)])
    rows = rows[(citizens.setting[rows] == Setting.HOME) & (citizens.support_type[rows] == 0)][:50].astype(np.int64)
    citizens.partner[rows] = NOBODY
    process._begin(model, rows, np.full(rows.size, SupportType.MENTAL), settled=False)
    assert (citizens.setting[rows] == Setting.HOME).all()
    citizens.household[rows] = int(citizens.household.max()) + 1 + np.arange(rows.size)  # the children live elsewhere
    process._begin(model, rows, np.full(rows.size, SupportType.MENTAL), settled=False)
    assert (citizens.setting[rows] != Setting.HOME).mean() > 0.9


def test_nobody_keeps_a_home_of_their_own_while_they_live_with_support_elsewhere() -> None:
    model, _ = town(40_000, wa__mental_supported=0.6)
    citizens = model.citizens
    elsewhere = citizens.alive & np.isin(citizens.setting, (Setting.SUPPORTED_LIVING, Setting.SHARED_LIVES))
    assert np.count_nonzero(elsewhere) > 20
    assert (citizens.household[elsewhere] == NOBODY).all()


def test_who_arrives_and_would_live_with_support_elsewhere_stays_in_the_home_they_came_to() -> None:
    """The council that placed a person goes on paying, so arrivals are at home; whom they came with keeps them."""
    model = copy.deepcopy(fresh(40_000))
    citizens = model.citizens
    process = WorkingAge(Numbers({"wa.mental_supported": 1.0, "wa.mental_residential": 0.0}))
    process.start(model)
    before = citizens.household.copy()
    process.welcome(model, citizens.rows)
    assert np.count_nonzero(citizens.support_type) > 20
    assert (citizens.household == before).all()
    assert (citizens.setting[citizens.alive] == Setting.HOME).all()


def test_a_trim_leaves_hours_unmet_and_saves_its_share() -> None:
    model, process = town(40_000)
    citizens = model.citizens
    citizens.hands_on[citizens.support_type > 0] = 10
    model.settling = True
    whole = month(model, process).costs["working_age", "council"]
    hours = citizens.paid_hours.copy()
    model.council.working_age_trim = 0.1
    cut = month(model, process).costs["working_age", "council"]
    assert cut == pytest.approx(0.9 * whole, rel=1e-5)
    assert citizens.paid_hours == pytest.approx(0.9 * hours, rel=1e-5)
    at_home = (citizens.support_type == SupportType.PHYSICAL) & (citizens.setting == Setting.HOME)
    assert hours[at_home] == pytest.approx(9.7)


def test_cost_is_by_type_and_setting() -> None:
    model, process = town(3000)
    citizens = model.citizens
    citizens.support_type[:] = 0
    citizens.support_type[:10] = SupportType.LEARNING
    citizens.setting[:10] = Setting.SUPPORTED_LIVING
    citizens.hands_on[:] = 10
    model.settling = True
    closed = month(model, process)
    costs = closed.costs
    gross = costs["working_age", "council"] + costs["working_age", "citizen"]
    assert gross == pytest.approx(10 * 1150 * WEEKS, rel=1e-6)
    assert costs["working_age", "citizen"] == pytest.approx(0.05 * gross)
    assert closed.totals[CHARGES] == pytest.approx(costs["working_age", "citizen"])


def test_support_that_ends_leaves_the_person_at_home() -> None:
    model, process = town(40_000)
    citizens = model.citizens
    rows = np.flatnonzero(citizens.support_type == SupportType.MENTAL)
    citizens.setting[rows] = Setting.SUPPORTED_LIVING
    citizens.household[rows[::2]] = NOBODY
    process._end(model, rows)
    assert not citizens.support_type[rows].any()
    assert not citizens.council_funded[rows].any()
    assert (citizens.setting[rows] == Setting.HOME).all()
    fresh = citizens.household[rows[::2]]
    assert np.unique(fresh).size == fresh.size
    homes = citizens.household[citizens.alive]
    assert (np.bincount(homes[homes >= 0])[fresh] == 1).all()
