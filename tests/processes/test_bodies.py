"""Bodies: given by sex, fifth, birthday and setting, whoever asks first."""

import numpy as np
import pytest

from demandsim.agents.citizens import Setting
from demandsim.processes.bodies import give_body, renew_body
from tests.processes.body_town import body_town


def test_bodies_do_not_depend_on_the_order_of_asking():
    one, two = body_town(4000), body_town(4000)
    rows = np.flatnonzero(one.citizens.alive)
    give_body(one, rows)
    give_body(two, rows[::-1])
    for name in ("deficits", "function_luck", "recent_loss", "scar", "illness", "dementia", "capability"):
        np.testing.assert_array_equal(getattr(one.citizens, name), getattr(two.citizens, name))


def test_bodies_follow_age_and_the_young_are_fit():
    model = body_town()
    c = model.citizens
    age = c.age_months // 12
    assert c.deficits[c.alive & (age < 29)].max() == 0
    means = [c.deficits[c.alive & (age >= low) & (age < low + 10)].mean() for low in (40, 60, 80)]
    assert means[0] < means[1] < means[2]
    luck = c.function_luck[c.alive & (age < 29)]
    assert luck.std() == pytest.approx(1, abs=5 / np.sqrt(2 * luck.size))


def test_residents_get_the_bodies_of_residents():
    model = body_town()
    c = model.citizens
    rows = np.flatnonzero(c.alive & (c.age_months > 75 * 12))
    at_home = c.deficits[rows].mean(), (c.dementia[rows] > 0).mean()
    c.setting[rows] = Setting.CARE_HOME
    give_body(model, rows)
    assert c.deficits[rows].mean() > at_home[0] + 1
    assert (c.dementia[rows] > 0).mean() > 2 * at_home[1]


def test_those_who_move_in_have_one_deficit_fewer():
    plain, movers = body_town(), body_town()
    rows = np.flatnonzero(plain.citizens.alive)
    give_body(plain, rows)
    give_body(movers, rows, healthy_mover=True)
    expected = np.maximum(plain.citizens.deficits[rows].astype(int) - 1, 0)
    np.testing.assert_array_equal(movers.citizens.deficits[rows], expected)


def test_renewal_keeps_frailty_and_brings_what_passes_with_it():
    model = body_town()
    c = model.citizens
    rows = np.flatnonzero(c.alive & (c.age_months > 70 * 12))
    before = c.deficits[rows].copy()
    c.recent_loss[rows] = -1
    renew_body(model, rows, np.zeros(rows.size, dtype=bool))
    np.testing.assert_array_equal(c.deficits[rows], before)
    frail = before >= np.quantile(before, 0.75)
    assert (c.recent_loss[rows] >= 0).all()
    assert c.scar[rows][frail].mean() > c.scar[rows][~frail].mean()


def test_capability_comes_with_the_body():
    model = body_town()
    c = model.citizens
    grown = c.alive & (c.age_months > 30 * 12)
    found = np.corrcoef(c.capability_base[grown], c.function_luck[grown])[0, 1]
    assert found == pytest.approx(-0.3, abs=0.06)  # 13,000 people, few donors among them: standard error below 0.012


def test_renewed_residents_are_like_those_who_move_in():
    model = body_town()
    c = model.citizens
    rows = np.flatnonzero(c.alive & (c.age_months > 75 * 12))
    at_home = c.deficits[rows].mean(), (c.dementia[rows] > 0).mean()
    renew_body(model, rows, np.ones(rows.size, dtype=bool))
    assert c.deficits[rows].mean() > at_home[0] + 0.5
    assert (c.dementia[rows] > 0).mean() > 2 * at_home[1]
