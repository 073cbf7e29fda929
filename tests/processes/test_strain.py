from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.kin import KinHelp
from demandsim.parameters.register import Numbers
from demandsim.processes.strain import CarerStrain
from tests.toy import toy_model

ALIKE = {"carers.breakdown_home": 0.0, "carers.breakdown_work": 0.0, "carers.breakdown_health": 0.0}
"""No carer holds out longer than another of as many hours and as much strain."""


def _carers(hours: float = 60.0, numbers: dict[str, float] | None = None, **levers: float) -> tuple[Any, CarerStrain]:
    """A town in which every adult cares for so many hours, under levers that reach nobody unless told."""
    model = toy_model(4_000)
    model.month = -24
    none = {"carer_reach_share": 0.0, "carer_break_share": 0.0, "carer_backup_share": 0.0, "carer_break_hours": 1e12}
    model.practice = replace(model.practice, **{**none, "carer_information_hours": 0.0, **levers})
    adult = model.citizens.alive & (model.citizens.age_months >= 216)
    model.citizens.care_given[adult] = hours
    process = CarerStrain(
        Numbers({**ALIKE, "carers.breakdown_base": 0.0, "carers.strain_recovery": 0.09, **(numbers or {})})
    )
    process.start(model)
    return model, process


def _adults(model: Any) -> Any:
    return model.citizens.care_given > 0


def test_strain_settles_where_gain_and_recovery_meet() -> None:
    model, process = _carers(60.0)
    for month in range(60):
        model.month = month
        process.step(model)
    load = 60 / 50
    expected = 0.10 * load / (0.10 * load + 0.09)
    assert model.citizens.strain[_adults(model)] == pytest.approx(expected, abs=1e-3)


def test_first_month_starts_warm() -> None:
    model, process = _carers(60.0)
    process.step(model)
    warm = model.citizens.strain[_adults(model)].copy()
    process.step(model)
    assert model.citizens.strain[_adults(model)] == pytest.approx(warm, abs=1e-3)
    assert warm.min() > 0.5


def test_carers_who_come_bring_the_strain_of_long_caring() -> None:
    model, process = _carers(60.0)
    process.step(model)
    adult = np.flatnonzero(_adults(model))
    model.citizens.other_caring[adult[:2]] = 60.0
    process.welcome(model, adult[1:3])
    settled = 0.12 / (0.12 + 0.09)
    assert model.citizens.strain[adult[1]] == pytest.approx(settled)
    assert model.citizens.strain[adult[2]] == model.citizens.strain[adult[0]] == pytest.approx(settled, abs=1e-3)


def test_strain_leaves_those_who_stop_caring() -> None:
    model, process = _carers(60.0)
    process.step(model)
    before = model.citizens.strain.copy()
    model.citizens.care_given[:] = 0.0
    process.step(model)
    assert model.citizens.strain == pytest.approx(before * 0.93, abs=1e-6)


@pytest.mark.parametrize(("column", "value"), [("care_burden", 2.0), ("limitation", 1.5), ("care_given", 80.0)])
def test_heavier_caring_wears_more_and_skill_less(column: str, value: float) -> None:
    model, process = _carers(40.0)
    process.step(model)
    adult = _adults(model)
    before = model.citizens.strain.copy()
    getattr(model.citizens, column)[adult] = value
    process.step(model)
    assert (model.citizens.strain[adult] > before[adult]).all()


NO_LIMIT = {"carers.break_week_most": 168.0}


def test_breaks_relieve_strain_and_cost_what_they_replace() -> None:
    model, process = _carers(100.0, NO_LIMIT, carer_reach_share=1.0, carer_break_share=0.3)
    process.step(model)
    model.ledger.close()
    before = model.citizens.strain.copy()
    process.step(model)
    adult = np.flatnonzero(_adults(model))
    assert (model.citizens.carer_break[adult] > 0).all()
    assert (model.citizens.strain[adult] < before[adult]).all()
    month = model.ledger.close()
    hours = adult.size * 0.3 * 100 * 4.345
    assert month.people["break_hours"].sum() == pytest.approx(hours, rel=1e-4)
    assert month.costs["carers", "council"] == pytest.approx(25 * hours, rel=1e-4)
    assert model.services["carers_service"].used <= model.services["carers_service"].capacity


def test_whom_a_carer_helps_others_help_while_the_carer_has_a_break() -> None:
    """Each as far as breaks replace what this one of kin gives; who has no break gives all of it."""
    model, process = _carers(100.0, NO_LIMIT, carer_reach_share=1.0, carer_break_share=0.25)
    citizens = model.citizens
    carers, helped = np.flatnonzero(_adults(model))[:3], np.flatnonzero(_adults(model))[3:5]
    citizens.care_given[carers[2]] = 5.0  # too few hours for the plan
    model.kin_help = KinHelp(
        carers[[0, 1, 2, 2]].astype(np.int32),
        np.array([0, 0, 0, 1], dtype=np.int32),
        np.array([8.0, 4.0, 2.0, 9.0], dtype=np.float32),
        helped,
    )
    process.step(model)
    assert not citizens.relieved_hours.any()  # strain is known from the second month
    process.step(model)
    assert citizens.relieved_hours[helped] == pytest.approx([0.25 * (8 + 4), 0.0])
    assert np.count_nonzero(citizens.relieved_hours) == 1
    assert (citizens.care_given[carers[:2]] == 100.0).all()
    citizens.strain[:] = 0.0
    process.step(model)
    assert not citizens.relieved_hours.any()


def test_breaks_replace_at_most_half_the_hours_and_end_when_strain_has_fallen() -> None:
    model, process = _carers(100.0, NO_LIMIT, carer_reach_share=1.0, carer_break_share=0.9)
    process.step(model)
    process.step(model)  # strain is known from the second month
    adult = _adults(model)
    assert model.citizens.carer_break[adult] == pytest.approx(0.5)
    model.citizens.strain[adult] = 0.55
    process.step(model)
    assert (model.citizens.carer_break[adult] > 0).all()
    model.citizens.strain[adult] = 0.45
    process.step(model)
    assert not model.citizens.carer_break.any()
    model.citizens.strain[adult] = 0.55
    process.step(model)
    assert not model.citizens.carer_break.any()


def test_breaks_are_finite_and_go_to_the_most_strained_first() -> None:
    model, process = _carers(100.0, carer_reach_share=1.0, carer_break_share=0.3)
    adult = np.flatnonzero(_adults(model))
    process.step(model)
    model.citizens.strain[adult] = np.linspace(0.65, 0.95, adult.size)
    # Of the hours that all could have at six a week there are a quarter.
    wanted = adult.size * 6.0 * 4.345
    a_year = wanted / 4 * 12 / (model.base_people_65 / 100_000)
    model.practice = replace(model.practice, carer_break_hours=a_year)
    model.ledger.close()
    process.step(model)
    service, given = model.services["carers_service"], model.citizens.carer_break[adult]
    assert service.capacity == pytest.approx(wanted / 4)
    assert service.used == pytest.approx(service.capacity)
    assert service.used <= service.capacity
    assert given.max() == pytest.approx(0.06)
    assert (given[-adult.size // 4 + 1 :] > 0).all()
    assert not given[: adult.size * 3 // 4 - 1].any()
    assert model.ledger.close().costs["carers", "council"] == pytest.approx(25 * service.used)


def test_breaks_of_no_effect_change_no_strain_but_cost() -> None:
    numbers = {"carers.strain_break": 0.0, "carers.strain_info": 0.0, "carers.strain_backup": 0.0}
    numbers["carers.capability_hour"] = 0.0
    plain, first = _carers(80.0, numbers)
    helped, second = _carers(
        80.0,
        numbers,
        carer_reach_share=0.8,
        carer_break_share=0.3,
        carer_information_hours=8.0,
        carer_backup_share=0.5,
    )
    for month in range(6):
        for model, process in ((plain, first), (helped, second)):
            model.month = month
            process.step(model)
    assert (plain.citizens.strain == helped.citizens.strain).all()
    assert helped.ledger.close().costs["carers", "council"] > plain.ledger.close().costs["carers", "council"] == 0.0


def test_reach_and_cuts_decide_who_is_in_the_plan() -> None:
    model, process = _carers(100.0, carer_reach_share=0.6, carer_backup_share=1.0)
    process.step(model)
    adult = np.flatnonzero(_adults(model))
    before = model.citizens.carer_backup.copy()
    # 3,500 carers: a share of 0.6 has a standard deviation of 0.008; false alarm 1 in 16,000.
    assert before[adult].mean() == pytest.approx(0.6, abs=0.034)
    model.council.prevention_share = 0.5
    process.step(model)
    assert model.citizens.carer_backup[adult].mean() == pytest.approx(0.3, abs=0.034)
    assert not (model.citizens.carer_backup & ~before).any()


def test_information_raises_skill_which_fades_again() -> None:
    model, process = _carers(60.0, carer_reach_share=1.0, carer_information_hours=48.0)
    process.step(model)
    adult = np.flatnonzero(_adults(model))
    assert model.citizens.carer_capability[adult] == pytest.approx(0.5 + 0.05 * 4 * 0.5)
    assert (model.citizens.carer_informed[adult] == 12).all()
    spent = model.ledger.close().costs["carers", "council"]
    assert spent == pytest.approx(adult.size * 4 * 40.0)
    model.practice = replace(model.practice, carer_information_hours=0.0)
    process.step(model)
    assert model.citizens.carer_capability[adult] == pytest.approx(0.6 - 0.01 * 0.1)
    assert (model.citizens.carer_informed[adult] == 11).all()


@pytest.mark.parametrize(("strain", "factor"), [(0.0, 1.0), (0.7, 3.0)])
def test_breakdown_hazard(strain: float, factor: float) -> None:
    # Monthly chance about 0.02 of 3,000 carers for 10 months: tested at 4 sds (false alarm 1 in 16,000).
    model, process = _carers(60.0, {"carers.breakdown_base": 0.25, "carers.strain_gain": 0.0})
    adult = np.flatnonzero(_adults(model))
    seen = 0.0
    for month in range(10):
        model.month = month
        model.citizens.broken_down[:] = 0
        model.citizens.strain[adult] = strain
        process._break_down(model, adult)
        seen += model.ledger.close().people["carer_breakdowns"].sum()
    hazard = 0.25 / 12 * factor
    expected = adult.size * 10 * hazard / (1 + hazard / 2)
    assert abs(seen - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize(("backup", "months"), [(False, 3), (True, 1)])
def test_breakdown_leaves_in_crisis_whom_the_carer_helped_and_nobody_else(backup: bool, months: int) -> None:
    """A partner and a mother who are helped by others lose nothing; a helper who had no hours left is not missed."""
    model, process = _carers(168.0, {"carers.breakdown_base": 1_000.0})
    citizens = model.citizens
    carers = np.flatnonzero(_adults(model) & (citizens.partner >= 0) & (citizens.mother >= 0))
    carer, other = carers[0], carers[2]
    citizens.carer_backup[carers] = backup
    citizens.need_hours[:] = citizens.kin_hours[:] = 20.0
    father, partner, mother = (int(link[carer]) for link in (citizens.father, citizens.partner, citizens.mother))
    model.kin_help = KinHelp(
        np.array([carer, other, carer, other], dtype=np.int32),
        np.array([0, 1, 2, 2], dtype=np.int32),
        np.array([9.0, 20.0, 0.0, 20.0], dtype=np.float32),
        np.array([father, partner, mother]),
    )
    process._break_down(model, np.array([carer]))
    assert citizens.broken_down[carer] in (4, 25)
    assert citizens.crisis[father] == months
    assert np.count_nonzero(citizens.crisis) == 1


def test_a_breakdown_lasts_its_months() -> None:
    model, process = _carers(60.0)
    model.citizens.broken_down[0] = 4
    for left in (3, 2, 1, 0, 0):
        process.step(model)
        assert model.citizens.broken_down[0] == left


def test_carers_in_work_give_up_sooner_and_those_under_one_roof_later() -> None:
    def breakdowns(column: str, value: float) -> float:
        model, process = _carers(
            60.0, {"carers.breakdown_base": 0.25, "carers.breakdown_home": -0.5, "carers.breakdown_work": 0.8}
        )
        getattr(model.citizens, column)[:] = value
        seen = 0.0
        for month in range(12):
            model.month = month
            model.citizens.broken_down[:] = 0
            process.step(model)
            seen += model.ledger.close().people["carer_breakdowns"].sum()
        return seen

    base = breakdowns("working", 0)
    assert breakdowns("working", 1) == pytest.approx(1.8 * base, rel=0.1)
    assert breakdowns("cares_at_home", 1) == pytest.approx(0.5 * base, rel=0.1)
