"""Renewal in the run-in: who would have gone makes way for another at the same place."""

from __future__ import annotations

import numpy as np

from demandsim.agents.citizens import NOBODY, Arrangement, Setting
from demandsim.processes.renewal import renew, renew_mover
from demandsim.processes.savings import Savings
from tests.processes.body_town import body_town


def old_rows(model, years=80, most=50):
    c = model.citizens
    return np.flatnonzero(c.alive & (c.age_months > years * 12))[:most]


def test_the_renewed_lose_help_and_stay_where_they_live():
    model = body_town()
    c = model.citizens
    rows = old_rows(model)
    residents = rows[::2]
    c.setting[residents], c.household[residents] = Setting.CARE_HOME, NOBODY
    c.arrangement[rows], c.plan_hours[rows], c.council_funded[rows] = Arrangement.HOME_CARE, 9, True
    c.recent_loss[rows] = 99
    Savings(model.numbers).give(model, rows)
    owned = c.savings[rows].copy()
    c.savings[rows] = 0
    homes = c.household[rows].copy()
    renew(model, rows)
    assert (c.setting[residents] == Setting.CARE_HOME).all()
    np.testing.assert_array_equal(c.household[rows], homes)
    assert (c.arrangement[rows] == Arrangement.NONE).all()
    assert not c.council_funded[rows[1::2]].any()
    assert (c.recent_loss[rows] < 10).all()
    np.testing.assert_array_equal(c.savings[rows], owned)


def test_movers_pass_their_frailty_on_to_others_of_their_kind():
    """Nothing is lost or made: by sex, fifth and age the lasting bodies are the same ones, at other places."""
    model = body_town()
    c = model.citizens
    rows = old_rows(model, years=75, most=40)
    c.deficits[rows] = 36
    cell = (c.age_months // 12).astype(int) * 10 + c.female * 5 + c.quintile
    before = {k: np.sort(c.deficits[c.alive & (cell == k)]) for k in np.unique(cell[rows])}
    renew_mover(model, rows)
    for k, deficits in before.items():
        np.testing.assert_array_equal(np.sort(c.deficits[c.alive & (cell == k)]), deficits)
    assert (c.deficits[rows] < 36).mean() > 0.8
    assert (c.setting[rows] == Setting.HOME).all()


def test_who_takes_over_does_not_hang_on_the_order_of_asking():
    one, two = body_town(), body_town()
    rows = old_rows(one)
    renew_mover(one, rows)
    renew_mover(two, rows[::-1].copy())
    np.testing.assert_array_equal(one.citizens.deficits, two.citizens.deficits)
