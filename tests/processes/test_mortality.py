"""Mortality: the table is met once, what changes a body changes its chance, and the run-in renews."""

import copy

import numpy as np
import pytest

from demandsim.agents.citizens import SupportType
from demandsim.processes.lives import death_rates
from demandsim.processes.mortality import Mortality
from demandsim.processes.need import Need
from tests.processes.body_town import body_town


def started(people=20_000, settle=True, **overrides):
    model = body_town(people, **overrides)
    model.citizens.bereaved_month[:] = -30000
    Need(model.numbers).start(model)
    process = Mortality(model.numbers)
    process.start(model)
    if settle:
        process.settled(model)
    return model, process


def hazards(chance):
    """Hazards from chances, the rational form undone."""
    chance = chance.astype(np.float64)
    return chance / (1 - chance / 2)


def test_place_factor_meets_the_deaths_expected_of_the_place():
    model, process = started(settle=False)
    c = model.citizens
    sex, age = c.female[c.alive].astype(int), np.minimum(c.age_months[c.alive] // 12, 100)
    national = death_rates(model.profile.qx[0], np.ones((2, 5, 101)))[sex, 0, age].sum()
    own = process.annual[0][sex, c.quintile[c.alive], age].sum() * process.place_factor
    assert own == pytest.approx(1.1 * national, rel=1e-9)


def test_chances_meet_the_table_by_sex_and_age_once_settled():
    model, process = started()
    c = model.citizens
    chance = process.chances(model)
    age = c.age_months // 12
    table = process.annual[0][c.female.astype(int), c.quintile, np.minimum(age, 100)] * process.place_factor / 12
    for sex in (False, True):
        for low in (60, 70, 80):
            who = c.alive & (c.female == sex) & (age >= low) & (age < low + 10)
            assert chance[who].sum() == pytest.approx(table[who].sum(), rel=0.12)  # one death on either side is allowed


def test_correction_is_mild():
    _, process = started()
    assert (np.abs(np.log(process.correction[:, 0, 60:95])) < np.log(1.6)).all()


def test_free_rows_cannot_die():
    model, process = started()
    assert (process.chances(model)[~model.citizens.alive] == 0).all()


@pytest.mark.parametrize(
    ("column", "value", "factor"),
    [("lonely", True, 1.10), ("strain", 0.9, 1.25), ("bereaved_month", -2, 1.41), ("bereaved_month", -12, 1.14)],
)
def test_circumstances_multiply_the_hazard_of_older_people(column, value, factor):
    model, process = started()
    before = hazards(process.chances(model))
    getattr(model.citizens, column)[:] = value
    after = hazards(process.chances(model))
    older = model.citizens.alive & (model.citizens.age_months >= 65 * 12)
    assert (after[older] / before[older]) == pytest.approx(factor, rel=1e-4)


def test_harm_is_not_normalised_away():
    model, process = started()
    before = process.chances(model).sum()
    model.citizens.recent_loss[model.citizens.alive] += np.float32(0.5)
    assert process.chances(model).sum() > 1.5 * before


@pytest.mark.parametrize(
    ("column", "more"), [("deficits", 6), ("limitation", 1.0), ("recent_loss", 1.0), ("illness", 1.0)]
)
def test_a_worse_body_never_lowers_the_chance(column, more):
    model, process = started()
    before = process.chances(model)
    values = getattr(model.citizens, column)
    values += np.asarray(more, dtype=values.dtype)
    older = model.citizens.alive & (model.citizens.age_months >= 65 * 12)
    assert (process.chances(model)[older] >= before[older]).all()


def test_young_deaths_follow_the_table_alone():
    model, process = started(settle=False)
    c = model.citizens
    c.illness[:] = 1.0
    young = np.flatnonzero(c.alive & (c.age_months < 30 * 12))
    c.capability[:] = 0.1
    rate = process.annual[0][c.female[young].astype(int), c.quintile[young], c.age_months[young] // 12]
    assert process.chances(model)[young] == pytest.approx(rate * process.place_factor / 12, rel=1e-3)


@pytest.mark.parametrize(("share", "same"), [(0.0, True), (1.0, False)])
def test_capability_saves_lives_only_by_the_share_it_is_given(share, same):
    model, process = started(mort__capability_share=share)
    Need(model.numbers).step(model)
    before = process.chances(model)
    model.citizens.capability += np.float32(0.2)
    Need(model.numbers).step(model)
    after = process.chances(model)
    c = model.citizens
    frail = c.alive & (c.limitation > 1.2) & (c.age_months >= 30 * 12)
    if same:
        np.testing.assert_allclose(after[frail], before[frail], rtol=1e-3)
    else:
        assert (after[frail] < before[frail]).all()


def test_mortality_falls_with_the_projection_only_if_switched_on():
    for on, ratio in ((1.0, 0.99**3), (0.0, 1.0)):
        model, process = started(mort__improvement=on)
        before = hazards(process.chances(model))[model.citizens.alive]
        model.month = 36
        after = hazards(process.chances(model))[model.citizens.alive]
        assert after.sum() / before.sum() == pytest.approx(ratio, rel=2e-3)


def test_learning_disability_triples_and_other_support_leaves_the_average():
    model, process = started(settle=False)
    c = model.citizens
    c.support_type[:2] = (SupportType.LEARNING, SupportType.PHYSICAL)
    c.limitation[:2] = 3.0
    c.recent_loss[:2], c.illness[:2] = 0, 0
    hazard = hazards(process.chances(model)[:2])
    age = np.minimum(c.age_months[:2] // 12, 100)
    table = process.annual[0][c.female[:2].astype(int), c.quintile[:2], age] * process.place_factor / 12
    assert hazard / table == pytest.approx([3, 1], rel=1e-3)


def test_deaths_are_as_many_as_expected_and_each_is_booked():
    model, process = started()
    expected = float(process.chances(model).sum())
    before = len(model.citizens)
    process.step(model)
    gone = before - len(model.citizens)
    booked = model.ledger.close().people["deaths"].sum()
    assert booked == gone
    assert abs(gone - expected) < 5 * np.sqrt(expected)  # false alarm one in a million


def test_a_year_of_the_run_in_loses_nobody_and_no_frailty():
    model, process = started(settle=False)
    model.settling = True
    c = model.citizens
    held = {name: getattr(c, name).copy() for name in ("uid", "deficits", "dementia", "age_months", "function_luck")}
    for model.month in range(-12, 0):
        process.step(model)
    for name, values in held.items():
        np.testing.assert_array_equal(getattr(c, name), values)
    assert "deaths" not in model.ledger.close().people


def test_correction_in_the_run_in_rests_on_a_year():
    model, process = started(settle=False)
    model.settling = True
    for model.month in range(-24, 0):
        process.step(model)
    c = model.citizens
    table = process.annual[0][c.female.astype(int), c.quintile, np.minimum(c.age_months // 12, 100)]
    hazard = table[c.alive] * process.place_factor / 12
    assert process.by_table.sum() == pytest.approx(12 * (hazard / (1 + hazard / 2)).sum(), rel=1e-4)


def test_process_can_be_copied():
    model, process = started()
    np.testing.assert_array_equal(copy.deepcopy(process).chances(model), process.chances(model))
