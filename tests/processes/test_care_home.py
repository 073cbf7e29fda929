"""Care homes: who moves in, who is turned away, who leaves."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NEVER, NOBODY, Arrangement, Setting, SupportType, Waiting
from demandsim.processes.care_home import CareHome
from tests.toy import toy_model


@cache
def fresh(people: int) -> Any:
    return toy_model(people)


def town(people: int = 20_000, limitation: float = 2.5) -> tuple[Any, CareHome]:
    """A settled town where everybody of 75 and over has the same limitation; its homes have room and are empty."""
    model = copy.deepcopy(fresh(people))
    model.profile = SimpleNamespace(code="E06000001")
    citizens = model.citizens
    old = citizens.alive & (citizens.age_months >= 75 * 12)
    citizens.limitation[old] = limitation
    citizens.band[old] = 3
    process = CareHome(model.numbers)
    process.start(model)
    model.services["care_homes"].base_places = 1e9
    return model, process


def month(model: Any, process: CareHome) -> Any:
    process.step(model)
    closed = model.ledger.close()
    model.month += 1
    return closed


def residents(model: Any) -> Any:
    return np.flatnonzero(model.citizens.setting == Setting.CARE_HOME)


def test_entries_come_at_the_hazard() -> None:
    """Poisson count of some 100 entries: within four standard deviations (one false alarm in 16,000)."""
    model, process = town(20_000, limitation=3.4)
    citizens = model.citizens
    old = np.flatnonzero(citizens.alive & (citizens.limitation > 0))
    sizes = np.bincount(citizens.household[citizens.alive])
    alone = sizes[citizens.household[old]] == 1
    rules = process.rules
    hazard = rules.entry_base * process._place * (3.4 - rules.moderate) ** 4 * (0.5 + alone)
    expected = (hazard / (1 + hazard / 2)).sum()
    process.step(model)
    assert abs(residents(model).size - expected) < 4 * math.sqrt(expected)


def test_crisis_multiplies_entries_and_the_placement_rule_stops_them() -> None:
    model, process = town()
    month(model, process)
    quiet = residents(model).size
    model, process = town()
    model.citizens.crisis[:] = 1
    month(model, process)
    assert residents(model).size > max(5 * quiet, 5)
    model, process = town()
    model.citizens.crisis[:] = 1
    model.practice = SimpleNamespace(placement_bands=2.6)
    month(model, process)
    assert residents(model).size == 0


def missing(model: Any, share: float, every: int = 1) -> Any:
    """Let people miss a share of the help they need, every so many of them; their rows."""
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.limitation > 0))[::every]
    citizens.hands_on[rows], citizens.unmet_hours[rows], citizens.unmet[rows] = 10.0, 10.0 * share, share > 0
    return rows


def asked(weight: float, share: float = 1.0, every: int = 1, months: int = 6, settled: bool = False) -> tuple[int, int]:
    """How many ask for a place in some months, of those who miss help and of all, the homes taking in nobody."""
    model, process = town(20_000, limitation=3.4)
    process.rules = replace(process.rules, unmet=weight)
    rows = missing(model, share, every)
    if settled:
        model.settling = True
        process._who_asks(model)
        model.settling = False
    found = [process._who_asks(model)[0] for model.month in range(months)]
    everybody = np.concatenate(found)
    return int(np.isin(everybody, rows).sum()), everybody.size


def test_missed_help_brings_more_people_to_homes_by_the_share_that_is_missed() -> None:
    """Uncentred, as the register says: where no help comes at all, the hazard is one and a half times as high."""
    plain, more = asked(0.0)[1], asked(0.5)[1]
    assert more / plain == pytest.approx(1.5, rel=0.12)
    assert plain < asked(0.5, share=0.5)[1] < more


def test_at_no_weight_missed_help_moves_nobody_to_the_last_bit() -> None:
    assert asked(0.0) == asked(0.0, share=0.0, settled=True) == asked(0.5, share=0.0)


def test_centred_in_the_run_in_missed_help_moves_who_goes_and_not_how_many() -> None:
    plain, total = asked(0.0, every=2)
    moved, same = asked(1.5, every=2, settled=True)
    assert moved > 1.15 * plain
    assert same == pytest.approx(total, abs=4 * math.sqrt(total))
    assert asked(1.5, settled=True)[1] == asked(0.0)[1]  # all miss alike


def test_a_year_of_the_run_in_is_what_missed_help_is_held_against() -> None:
    model, process = town(20_000, limitation=3.4)
    model.settling = True
    for share in (1.0, *[0.25] * 12):
        missing(model, share)
        process._who_asks(model)
    assert process._missed.mean == pytest.approx(0.25, abs=1e-3)
    model.settling = False
    missing(model, 1.0)
    process._who_asks(model)
    assert process._missed.mean == pytest.approx(0.25, abs=1e-3)


def test_a_move_ends_what_the_person_had_at_home_and_keeps_the_partner() -> None:
    model, process = town()
    citizens = model.citizens
    citizens.crisis[:] = 1
    citizens.arrangement[:] = Arrangement.HOME_CARE
    citizens.plan_hours[:] = 10
    citizens.paid_hours[:] = 8
    citizens.waiting[:] = Waiting.HOME_CARE
    citizens.unmet[:] = True
    partners, capability = citizens.partner.copy(), citizens.capability.copy()
    closed = month(model, process)
    rows = residents(model)
    assert rows.size > 8
    assert (citizens.household[rows] == NOBODY).all()
    assert (citizens.partner[rows] == partners[rows]).all()
    for column in (citizens.arrangement, citizens.plan_hours, citizens.paid_hours, citizens.waiting, citizens.unmet):
        assert not column[rows].any()
    assert citizens.capability[rows] == pytest.approx(capability[rows] - 0.05)
    assert closed.people["care_home_admissions"].sum() == rows.size
    council = closed.people["care_home_admissions_council"].sum()
    assert council == citizens.council_funded[rows].sum()


def test_people_with_working_age_support_are_left_to_it() -> None:
    model, process = town()
    model.citizens.crisis[:] = 1
    model.citizens.support_type[:] = SupportType.LEARNING
    month(model, process)
    assert residents(model).size == 0


def test_residents_whom_the_run_in_renews_bring_what_the_first_ones_brought() -> None:
    model = copy.deepcopy(fresh(20_000))
    model.profile = SimpleNamespace(code="E06000001")
    model.settling = True
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 80 * 12))[:50]
    citizens.setting[rows], citizens.limitation[:] = Setting.CARE_HOME, 0
    citizens.savings[rows], citizens.owner[rows] = 90_000, False
    process = CareHome(model.numbers)
    process.start(model)
    citizens.savings[rows] = 0
    citizens.arrangement_month[rows[:5]] = NEVER
    month(model, process)
    assert (citizens.savings[rows[:5]] > 80_000).all()  # a month's fee is paid of it
    assert (citizens.savings[rows[5:]] == 0).all()


def test_full_homes_turn_people_away_and_crises_go_first() -> None:
    model, process = town(20_000, limitation=3.2)
    citizens = model.citizens
    old = np.flatnonzero(citizens.alive & (citizens.limitation > 0))
    citizens.crisis[old[::3]] = 1
    asking, _ = process._who_asks(model)
    model.settling = False
    model.services["care_homes"].base_places = asking.size / 2
    homes = model.services["care_homes"]
    process.step(model)
    inside = residents(model)
    assert inside.size == math.floor(asking.size / 2)
    assert homes.waiting == asking.size - inside.size
    assert homes.used <= homes.capacity
    left_out = np.setdiff1d(asking, inside)
    in_crisis = (citizens.crisis[asking] > 0).sum()
    assert (citizens.crisis[inside] > 0).sum() == min(in_crisis, inside.size)
    assert left_out.size > 0


def test_a_panel_refuses_the_less_needy_who_have_no_means_and_books_it() -> None:
    model, process = town(20_000, limitation=2.7)
    citizens = model.citizens
    old = np.flatnonzero(citizens.alive & (citizens.limitation > 0))
    citizens.limitation[old[::2]], citizens.crisis[old] = 3.2, 1
    citizens.owner[old], citizens.savings[old] = False, 5000
    citizens.savings[old[::3]] = 90_000
    model.settling = False
    asking, _ = process._who_asks(model)
    model.council.placement_cut = 0.5
    closed = month(model, process)
    inside = np.isin(asking, residents(model))
    poor = citizens.savings[asking] < 23_250
    refused = asking[~inside]
    assert inside[~poor].all()
    assert refused.size == math.ceil(poor.sum() / 2) > 0
    assert citizens.limitation[refused].max() <= citizens.limitation[asking[poor & inside]].min()
    assert closed.people["placements_refused"].sum() == refused.size
    assert closed.people["statutory_breaches"].sum() == np.count_nonzero(citizens.limitation[refused] > 2.9)
    assert model.services["care_homes"].waiting == refused.size


def test_places_are_those_of_the_homes_that_are_open() -> None:
    model, process = town(2000)
    homes = model.services["care_homes"]
    homes.base_places, homes.open_share, model.need_index = 100.0, 0.8, 1.1
    assert process._places(model) == pytest.approx(88)


def test_a_crisis_runs_out_by_a_month_a_month() -> None:
    model, process = town(2000)
    citizens = model.citizens
    citizens.crisis[:10], citizens.crisis[10:20] = 3, 1
    month(model, process)
    assert (citizens.crisis[:10] == 2).all()
    assert (citizens.crisis[10:] == 0).all()


def test_some_go_home_to_a_household() -> None:
    model, process = town(20_000)
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= 70 * 12))
    citizens.setting[rows] = Setting.CARE_HOME
    citizens.household[rows] = NOBODY
    citizens.recent_loss[rows] = 0.5
    stay = process._return_home(model, rows)
    gone = np.setdiff1d(rows, stay)
    expected = rows.size * 0.05 / 12
    assert abs(gone.size - expected) < 4 * math.sqrt(expected) + 1
    assert gone.size > 0
    assert (citizens.setting[gone] == Setting.HOME).all()
    assert (citizens.household[gone] >= 0).all()
    assert np.unique(citizens.household[gone]).size == gone.size
