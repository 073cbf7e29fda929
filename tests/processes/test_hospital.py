"""Hospital: who is admitted, for how long, and what it does."""

from __future__ import annotations

import copy
import math
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Setting, Waiting
from demandsim.parameters.register import Numbers
from demandsim.processes import hospital as module
from demandsim.processes.at_home import who_is_at_home
from demandsim.processes.hospital import Hospital, place_factor
from tests.toy import toy_model


@cache
def fresh(people: int) -> Any:
    return toy_model(people)


def town(people: int = 20_000, code: str = "E06000001", **overrides: float) -> tuple[Any, Hospital]:
    """A town with a hospital in its run-in, nobody ill, some frail."""
    model = copy.deepcopy(fresh(people))
    model.profile = SimpleNamespace(code=code)
    model.numbers = Numbers({key.replace("__", "."): value for key, value in overrides.items()})
    citizens = model.citizens
    citizens.deficits[citizens.alive] = (citizens.age[citizens.alive] / 10).astype(np.uint8)
    model.settling, model.month = True, -24
    process = Hospital(model.numbers)
    process.start(model)
    return model, process


def fall_ill(model: Any, share: float = 0.1, minor: float = 0.0) -> None:
    citizens = model.citizens
    luck = np.random.default_rng(int(model.month) + 1000).random(citizens.size)
    citizens.fell_ill[:] = citizens.alive & (luck < share)
    citizens.minor_event[:] = citizens.alive & (luck > 1 - minor)


def month(model: Any, process: Hospital) -> Any:
    process.step(model)
    closed = model.ledger.close()
    model.month += 1
    return closed


def chance_of(process: Hospital, model: Any, rows: Any) -> Any:
    _, able = who_is_at_home(model.citizens, rows)
    return process.admission.chance(model, rows, able, process._luck(model, rows)[:, 3])


def test_nobody_is_admitted_without_an_illness_and_last_months_are_remembered() -> None:
    model, process = town(2000)
    fall_ill(model)
    month(model, process)
    were = model.citizens.admitted.copy()
    assert were.sum() > 50
    model.citizens.fell_ill[:] = False
    closed = month(model, process)
    assert not model.citizens.admitted.any()
    assert (model.citizens.admitted_last == were).all()
    assert closed.people["emergency_admissions"].sum() == 0
    assert model.citizens.hospital_trace.sum() == 0


def test_admission_is_centred_on_the_base_chance() -> None:
    """About 1,300 people of 65 and over; 0.9 within four standard errors (one false alarm in 16,000)."""
    model, process = town(20_000)
    older = model.citizens.alive & (model.citizens.age_months >= 780)
    model.citizens.hands_on[older] = 10
    model.citizens.unmet_hours[older] = 9 * (np.arange(older.sum()) % 3 == 0)
    for _ in range(3):
        fall_ill(model, 0.5)
        month(model, process)
    ill = older & model.citizens.fell_ill
    share = model.citizens.admitted[ill].mean()
    assert abs(share - 0.9) < 4 * math.sqrt(0.09 / ill.sum())
    assert process.admission.start < 0.85


def test_effects_at_zero_leave_the_base_chance_to_everybody() -> None:
    model, process = town(2000, adm__alone=0.0, adm__unmet=0.0, adm__rapid=0.0)
    fall_ill(model, 0.5)
    month(model, process)
    chance = chance_of(process, model, np.flatnonzero(model.citizens.fell_ill))
    assert np.ptp(chance) == 0
    assert chance[0] == pytest.approx(0.9, abs=1e-6)


def test_somebody_able_at_home_keeps_people_out_of_hospital() -> None:
    model, process = town(20_000, adm__unmet=0.0, adm__rapid=0.0)
    fall_ill(model, 0.5)
    month(model, process)
    rows = np.flatnonzero(model.citizens.alive & (model.citizens.age_months > 40 * 12))
    partnered = model.citizens.partner[rows] >= 0
    sizes = np.bincount(model.citizens.household[model.citizens.alive])
    alone = sizes[model.citizens.household[rows]] == 1
    model.settling = False
    chance = chance_of(process, model, rows)
    assert partnered.any()
    assert alone.any()
    assert chance[alone].min() == pytest.approx(min(1, chance[partnered].min() + 0.2), abs=1e-6)
    assert chance[alone].min() > chance[partnered].min() + 0.1
    # A partner who needs help is nobody to rely on.
    model.citizens.band[model.citizens.partner[rows[partnered]]] = 2
    assert chance_of(process, model, rows[partnered]).max() == pytest.approx(chance[alone].min(), abs=1e-6)


def test_place_factor_above_one_adds_short_stays_only() -> None:
    """Sunderland's factor raises admissions by about 14 %, and no loss of function."""
    admitted, lost = [], []
    for code in ("E06000001", "E08000024"):
        model, process = town(20_000, code=code)
        fall_ill(model, 0.1, minor=0.11)
        month(model, process)
        admitted.append(model.citizens.admitted.sum())
        lost.append(model.citizens.recent_loss.sum())
    assert admitted[1] / admitted[0] == pytest.approx(1.14, abs=0.05)
    assert lost[0] == lost[1]


def test_place_factor_comes_from_the_places_own_row_and_may_be_overridden() -> None:
    assert place_factor(Numbers(), "place.admission_factor", "E08000024") == 1.14
    assert place_factor(Numbers(), "place.admission_factor", "E06000001") == 1.0
    own = Numbers({"place.admission_factor.E08000024": 1.3})
    assert place_factor(own, "place.admission_factor", "E08000024") == 1.3


def test_new_loss_is_what_was_published_and_the_bed_takes_its_part() -> None:
    """At frailty 0.2 the chance is 0.3, of which 0.4 in bed: 4 standard errors of some 1,800 people."""
    model, process = town(20_000)
    model.citizens.deficits[model.citizens.alive] = 7
    fall_ill(model, 0.1)
    month(model, process)
    lost = model.citizens.recent_loss[model.citizens.admitted] > 0
    expected = 0.3 * (0.5 + 2.5 * 7 / 36) * 0.4 * 0.97
    stay = model.citizens.hospital_trace[model.citizens.admitted] - 1.3
    expected *= stay.mean() / 8.5
    assert abs(lost.mean() - expected) < 4 * math.sqrt(0.11 / lost.size) + 0.01
    assert not (model.citizens.recent_loss[~model.citizens.admitted] > 0).any()


def test_stays_grow_with_frailty() -> None:
    model, process = town(20_000)
    model.citizens.deficits[model.citizens.alive] = np.where(model.citizens.uid[model.citizens.alive] % 2 == 0, 0, 18)
    fall_ill(model, 0.1)
    month(model, process)
    taken = model.citizens.admitted
    fit = model.citizens.hospital_trace[taken & (model.citizens.deficits == 0)].mean()
    frail = model.citizens.hospital_trace[taken & (model.citizens.deficits == 18)].mean()
    assert fit == pytest.approx(process.rules.stay_base + 1.3, rel=0.1)
    assert frail == pytest.approx(process.rules.stay_base + 7 + 1.3, rel=0.1)


def test_a_queue_keeps_people_in_hospital() -> None:
    days = []
    for waiting in (Waiting.NOTHING, Waiting.HOME_CARE):
        model, process = town(20_000)
        model.citizens.unmet_hours[:] = 10
        model.citizens.waiting[:] = waiting
        fall_ill(model, 0.1)
        closed = month(model, process)
        rows = model.citizens.admitted
        days.append(model.citizens.delayed_days[rows].mean())
        assert closed.people["delayed_days"].sum() == pytest.approx(model.citizens.delayed_days.sum(), rel=1e-5)
    assert days[0] == pytest.approx(process.rules.delay_arranging_days, abs=1e-5)
    assert days[1] == pytest.approx(process.rules.delay_arranging_days + process.rules.delay_queued_days, rel=0.05)


def test_referred_a_month_later_is_still_held_but_residents_of_homes_are_not() -> None:
    model, process = town(2000)
    fall_ill(model, 0.2)
    month(model, process)
    citizens = model.citizens
    were = np.flatnonzero(citizens.admitted)
    citizens.fell_ill[:] = False
    citizens.waiting[were] = Waiting.ASSESSMENT
    citizens.waiting_since[were] = model.month
    citizens.setting[were[: were.size // 2]] = Setting.CARE_HOME
    month(model, process)
    held = citizens.delayed_days > 0
    assert held[were[were.size // 2 :]].mean() > 0.95
    assert held.sum() == held[were[were.size // 2 :]].sum()


def test_rapid_support_is_scarce_and_goes_by_need() -> None:
    model, process = town(20_000)
    citizens = model.citizens
    older = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))
    luck = process._luck(model, older)[:, 3]
    citizens.band[older[::2]] = 3
    model.practice = SimpleNamespace(rapid_support_places=12 * 5 * 1e5 / model.base_people_65)
    given = process.admission.rapid_support(model, older, np.ones(older.size, dtype=np.bool_), luck)
    assert given.sum() in (4, 5)
    assert (citizens.band[older[given]] == 3).all()
    assert model.ledger.spent("council") == pytest.approx(600 * given.sum())
    model.council.prevention_share = 0.0
    process.admission._rapid_carry = 0.0
    assert not process.admission.rapid_support(model, older, np.ones(older.size, dtype=np.bool_), luck).any()


def test_who_gets_rapid_support_does_not_depend_on_storage_order() -> None:
    model, process = town(20_000)
    citizens = model.citizens
    older = np.flatnonzero(citizens.alive & (citizens.age_months >= 780))
    luck = process._luck(model, older)[:, 3]
    at_home = np.ones(older.size, dtype=np.bool_)
    model.practice = SimpleNamespace(rapid_support_places=12 * 20 * 1e5 / model.base_people_65)
    one = older[process.admission.rapid_support(model, older, at_home, luck)]
    process.admission._rapid_carry = 0.0
    other = older[::-1][process.admission.rapid_support(model, older[::-1], at_home, luck[::-1])]
    assert set(one) == set(other)


def test_short_of_beds_the_least_frail_leave_early_and_planned_work_is_cancelled() -> None:
    model, process = town(20_000)
    for _ in range(3):
        fall_ill(model, 0.05)
        month(model, process)
    process.settled(model)
    model.settling = False
    quiet = month(model, process)
    assert "cancelled_planned" not in quiet.totals
    process._recent_days = []
    fall_ill(model, 0.2)
    crowded = month(model, process)
    beds = model.services["hospital"]
    assert crowded.totals["cancelled_planned"] > 0
    assert beds.used <= beds.capacity


def test_a_poorer_nhs_has_fewer_beds() -> None:
    model, process = town(2000)
    month(model, process)
    process.settled(model)
    model.settling = False
    month(model, process)
    before = model.services["hospital"].capacity
    model.nhs_share = 0.8
    month(model, process)
    assert model.services["hospital"].capacity == pytest.approx(0.8 * before)


def test_costs_add_up() -> None:
    model, process = town(2000)
    fall_ill(model, 0.1, minor=0.1)
    closed = month(model, process)
    rules = process.rules
    spells = closed.people["emergency_admissions"].sum() * rules.cost_spell
    days = closed.people["bed_days"].sum() * rules.cost_bed_day * rules.price_2022_23
    assert closed.costs["acute", "nhs"] == pytest.approx(spells + days, rel=1e-4)
    visits = closed.people["ae_visits"].sum()
    assert rules.cost_attendance * visits <= closed.costs["ae", "nhs"] <= rules.cost_ambulance * visits


def test_public_rules_name_their_evidence() -> None:
    assert all(f.metadata["key"] for f in module.Rules.__dataclass_fields__.values())
