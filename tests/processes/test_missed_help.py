"""Missed help: it moves who misses it, and leaves falls, illness and returns of the base where they are.

The base is that of people in need of help and, apart from it, that of people without need.
"""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Band, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.illness import Illness
from tests.toy import toy_model

MONTHS = 24


def town(people=20_000, others=Band.MODERATE):
    """Women of 75 at home with moderate need, half of whom miss half of their help and are frailer than the others."""
    model = toy_model(people)
    citizens = model.citizens
    citizens.age_months[citizens.alive] = 75 * 12
    citizens.female[citizens.alive] = True
    citizens.quintile[citizens.alive] = 2
    citizens.band[citizens.alive] = others
    worse = np.arange(people // 2)
    citizens.band[worse] = Band.MODERATE
    citizens.deficits[worse] = 18
    citizens.unmet[worse] = True
    citizens.hands_on[worse], citizens.unmet_hours[worse] = 10.0, 5.0
    return model


def events(name, settled=True, admitted=False, adapted=False, others=Band.MODERATE, setting=Setting.HOME, **overrides):
    """Events of who misses help, and of all, in two years."""
    model = town(others=others)
    citizens = model.citizens
    citizens.setting[10_000:] = setting
    citizens.admitted[citizens.alive] = admitted
    process = Illness(Numbers({"acute.unmet": 0.0, **{k.replace("__", "."): v for k, v in overrides.items()}}))
    if settled:
        process.settled(model)
    if adapted:
        citizens.adapted[:10_000] = True
    counts = np.zeros(20_000)
    for model.month in range(MONTHS):
        process.step(model)
        counts += getattr(citizens, name)[:20_000]
    return counts[:10_000].sum(), counts.sum()


def near(number):
    return pytest.approx(number, abs=6 * np.sqrt(number))


NOTHING = {"coping__meals": 0.0, "coping__fall_unmet": 0.0, "discharge__unmet_return": 0.0}


@pytest.mark.parametrize(
    ("name", "key", "admitted"),
    [
        ("fell_ill", "coping__meals", False),
        ("setback", "coping__fall_unmet", False),
        ("fell_ill", "discharge__unmet_return", True),
    ],
)
def test_a_link_moves_who_misses_help_and_not_the_total(name: str, key: str, admitted: bool) -> None:
    plain, total = events(name, admitted=admitted, **NOTHING)
    moved, same = events(name, admitted=admitted, **{**NOTHING, key: 1.0})
    assert moved > 1.05 * plain
    assert same == near(total)


@pytest.mark.parametrize(("name", "key"), [("fell_ill", "coping__meals"), ("setback", "coping__fall_unmet")])
@pytest.mark.parametrize(
    ("others", "setting"), [(Band.LOW, Setting.HOME), (Band.NONE, Setting.HOME), (Band.HIGH, Setting.CARE_HOME)]
)
def test_people_who_cannot_miss_help_keep_their_own_base(name: str, key: str, others: Band, setting: Setting) -> None:
    """Once the mean was taken over everybody: it took falls from the fit, and each year fewer came to need help."""
    plain, total = events(name, others=others, setting=setting, **NOTHING)
    moved, same = events(name, others=others, setting=setting, **{**NOTHING, key: 1.0})
    assert same - moved == total - plain
    assert moved == near(plain)


def test_uncentred_the_links_are_what_the_register_says() -> None:
    plain, _ = events("setback", settled=False, **NOTHING)
    moved, _ = events("setback", settled=False, **{**NOTHING, "coping__fall_unmet": 1.0})
    assert moved / plain == pytest.approx(1.5, rel=0.06)


def test_an_adapted_home_has_fewer_falls_and_no_fewer_illnesses() -> None:
    plain, _ = events("setback", **NOTHING, adapt__falls=0.26)
    fewer, _ = events("setback", adapted=True, **NOTHING, adapt__falls=0.26)
    assert fewer / plain == pytest.approx(0.74, rel=0.06)
    assert events("fell_ill", adapted=True, **NOTHING) == events("fell_ill", **NOTHING)
    assert events("setback", adapted=True, **NOTHING, adapt__falls=0.0) == events("setback", **NOTHING)


def test_function_lost_goes_with_the_falls_that_happened() -> None:
    model = town()
    process = Illness(Numbers({"coping.fall_unmet": 1.5, "acute.illness_share": 0.0}))
    process.step(model)
    citizens = model.citizens
    lost = citizens.recent_loss[citizens.alive] > 0.01
    np.testing.assert_array_equal(lost, citizens.setback[citizens.alive])


def test_at_no_effect_nobody_is_touched() -> None:
    one, two = town(), town()
    two.citizens.unmet_hours[:] = 0
    for model in (one, two):
        Illness(Numbers({key.replace("__", "."): value for key, value in NOTHING.items()})).step(model)
    for name in ("fell_ill", "minor_event", "setback", "recent_loss"):
        np.testing.assert_array_equal(getattr(one.citizens, name), getattr(two.citizens, name))
