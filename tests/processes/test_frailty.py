"""Frailty: rates, links that are centred, and what stands still in the run-in."""

import numpy as np
import pytest

from demandsim.agents.citizens import Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.frailty import Frailty, FrailtyRules, deficit_table, dementia_table
from tests.toy import toy_model

RULES = read_rules(FrailtyRules, Numbers())


def town(people=20_000, age=70, **columns):
    model = toy_model(people)
    citizens = model.citizens
    citizens.age_months[citizens.alive] = age * 12
    for name, value in columns.items():
        getattr(citizens, name)[citizens.alive] = value
    return model


def gained(model, process, months=1):
    before = model.citizens.deficits.astype(int)
    for model.month in range(months):
        process.step(model)
    return model.citizens.deficits.astype(int) - before


def test_deprivation_ratio_is_full_to_65_and_gone_at_105():
    table = deficit_table(RULES)
    ratio = table[0, 0] / np.maximum(table[0, 4], 1e-9)
    assert ratio[65] == pytest.approx(RULES.deprivation_ratio, rel=1e-5)
    assert ratio[100] == pytest.approx(RULES.deprivation_ratio ** (5 / 40), rel=1e-4)
    assert (table[:, :, :30] == 0).all()


def test_dementia_rates_meet_the_published_points():
    rate = dementia_table(RULES)[0, 0] * 1000
    assert rate[67] == pytest.approx(0.8 * 6.7, rel=0.05)
    assert rate[88] == pytest.approx(0.8 * 68.5, rel=0.06)
    assert rate[54] == 0


def test_deficits_come_at_their_rate():
    model = town(deficits=5, quintile=2)
    share = gained(model, Frailty(Numbers()))[model.citizens.alive].mean()
    hazard = deficit_table(RULES)[0, 2, 70] * (1 + RULES.self_growth * 5) / 12
    expected = float(hazard / (1 + hazard / 2))
    # five standard errors of 20,000 draws: false alarm below one in a million
    assert share == pytest.approx(expected, abs=5 * np.sqrt(expected / 20_000))


def test_deficits_never_fall_and_never_pass_36():
    model = town(deficits=36)
    gain = gained(model, Frailty(Numbers()), months=12)
    assert (gain == 0).all()
    assert (gained(town(deficits=3), Frailty(Numbers()), months=12) >= 0).all()


def test_dementia_starts_at_its_rate_and_then_counts_months():
    model = town(age=90)
    model.citizens.dementia[:100] = 7
    Frailty(Numbers()).step(model)
    assert (model.citizens.dementia[:100] == 8).all()
    rest = model.citizens.dementia[100:20_000]
    hazard = float(dementia_table(RULES)[0, 0, 90]) / 12
    assert (rest == 1).mean() == pytest.approx(hazard, abs=5 * np.sqrt(hazard / rest.size))


def test_nothing_moves_in_the_run_in():
    model = town(deficits=10, dementia=5)
    model.settling = True
    Frailty(Numbers()).step(model)
    assert (model.citizens.deficits[model.citizens.alive] == 10).all()
    assert (model.citizens.dementia[model.citizens.alive] == 5).all()


def test_in_the_run_in_only_residents_of_care_homes_decline():
    """Some 10,000 residents: gains within five standard errors of their rate."""
    model = town(deficits=10, quintile=2)
    model.settling = True
    model.citizens.setting[:10_000] = Setting.CARE_HOME
    gain = gained(model, Frailty(Numbers()))
    hazard = deficit_table(RULES)[0, 2, 70] * (1 + RULES.self_growth * 10) / 12
    expected = float(hazard / (1 + hazard / 2))
    assert gain[:10_000].mean() == pytest.approx(expected, abs=5 * np.sqrt(expected / 10_000))
    assert not gain[10_000:].any()


def test_young_people_and_free_rows_stay_fit():
    young = town(age=25)
    assert gained(young, Frailty(Numbers()), months=12).sum() == 0
    model = town()
    assert gained(model, Frailty(Numbers()), months=12)[~model.citizens.alive].sum() == 0


def test_links_do_not_move_the_base_but_move_those_who_carry_them():
    model = town(deficits=5)
    model.citizens.lonely[:10_000] = True
    linked = Frailty(Numbers({"frailty.lonely": 0.5}))
    linked.settled(model)
    gain = gained(model, linked, months=12)
    alone, others = gain[:10_000].mean(), gain[10_000:20_000].mean()
    plain = gained(town(deficits=5), Frailty(Numbers({"frailty.lonely": 0.0})), months=12)[:20_000].mean()
    assert alone / others == pytest.approx(1.25 / 0.75, rel=0.15)
    # about 4,700 deficits each: five standard errors of the difference, 7 %
    assert (alone + others) / 2 == pytest.approx(plain, rel=0.1)


def test_the_same_person_has_the_same_luck_with_and_without_links():
    model = town(deficits=5)
    model.citizens.lonely[:] = True
    without = gained(town(deficits=5), Frailty(Numbers()))
    with_link = gained(model, Frailty(Numbers({"frailty.lonely": 0.5})))
    assert (with_link >= without).all()
    assert with_link.sum() > without.sum()
