"""Capability: its start, its fixed points, and that every effect may be zero."""

import numpy as np
import pytest

from demandsim.agents.citizens import Band
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.capability import Capability, CapabilityRules, base_capability, tie_gain
from tests.toy import toy_model

RULES = read_rules(CapabilityRules, Numbers())


def process(**overrides):
    return Capability(Numbers({key.replace("__", "."): value for key, value in overrides.items()}))


def settled_town(**columns):
    model = toy_model(500)
    citizens = model.citizens
    citizens.capability_base[:] = 0.6
    citizens.capability[:] = 0.6
    for name, value in columns.items():
        getattr(citizens, name)[:] = value
    return model


def test_base_capability_has_the_mean_spread_and_correlation_it_should():
    generator = np.random.default_rng(3)
    luck = generator.standard_normal(200_000).astype(np.float32)
    chance = generator.random(200_000).astype(np.float32)
    base = base_capability(RULES, luck, np.full(luck.size, 2, dtype=np.uint8), chance)
    # standard error of the mean 0.0003, of the correlation 0.002: five of each, false alarm one in a million
    assert base.mean() == pytest.approx(0.60, abs=0.002)
    assert base.std() == pytest.approx(0.15, abs=0.002)
    assert np.corrcoef(base, luck)[0, 1] == pytest.approx(-0.3, abs=0.015)


def test_fifths_differ_by_their_step():
    luck, chance = np.zeros(5, dtype=np.float32), np.full(5, 0.5, dtype=np.float32)
    base = base_capability(RULES, luck, np.arange(5, dtype=np.uint8), chance)
    assert base == pytest.approx([0.56, 0.58, 0.60, 0.62, 0.64], abs=1e-6)


def test_newcomers_are_welcomed_the_same_whatever_the_month():
    early, late = toy_model(500), toy_model(500)
    late.month = 77
    rows = np.arange(500)
    for model in (early, late):
        process().welcome(model, rows)
    np.testing.assert_array_equal(early.citizens.capability_base, late.citizens.capability_base)


def test_left_alone_capability_returns_to_its_base():
    model = settled_town(capability=0.9)
    own = process()
    for _ in range(12):
        own.step(model)
    assert model.citizens.capability == pytest.approx(0.6 + 0.3 * (1 - 0.03) ** 12, rel=1e-4)


def test_enabling_hours_lift_it_to_the_fixed_point():
    model = settled_town(enabling_hours=10.0)
    own = process()
    for _ in range(400):
        own.step(model)
    gain = 0.0015 * 10
    assert model.citizens.capability[0] == pytest.approx((gain + 0.03 * 0.6) / (gain + 0.03), abs=1e-4)


def test_an_hour_in_a_group_counts_half():
    in_group, enabled = settled_town(group=3), settled_town(enabling_hours=1.5 * 4.345 * 0.5)
    for model in (in_group, enabled):
        process().step(model)
    np.testing.assert_allclose(in_group.citizens.capability, enabled.citizens.capability, rtol=1e-6)


def test_an_hour_of_reablement_counts_half():
    reabled, enabled = settled_town(reablement_hours=5.0), settled_town(enabling_hours=5.0 * 4.345 * 0.5)
    for model in (reabled, enabled):
        process().step(model)
    np.testing.assert_allclose(reabled.citizens.capability, enabled.citizens.capability, rtol=1e-6)
    assert (reabled.citizens.capability > 0.6).all()


def test_done_for_counts_against_its_mean_and_only_with_need():
    model = settled_town(done_for=0.4)
    model.citizens.band[:250] = Band.MODERATE
    own = process()
    own.settled(model)
    model.citizens.done_for[:100] = 0.8
    own.step(model)
    c = model.citizens.capability
    assert c[0] == pytest.approx(0.6 - 0.003 * 0.4 * 0.6, abs=1e-6)
    assert c[150] == pytest.approx(0.6, abs=1e-6)
    assert c[400] == pytest.approx(0.6, abs=1e-6)


def test_with_effects_at_zero_hours_and_help_change_nothing():
    helped = settled_town(enabling_hours=30.0, reablement_hours=5.0, done_for=1.0, group=2, band=Band.HIGH)
    alone = settled_town(band=Band.HIGH)
    for model in (helped, alone):
        process(cap__enable_hour=0.0, cap__done_for=0.0).step(model)
    np.testing.assert_array_equal(helped.citizens.capability, alone.citizens.capability)


def test_it_stays_between_zero_and_one():
    model = settled_town(enabling_hours=5000.0)
    own = process()
    for _ in range(5):
        own.step(model)
        assert (model.citizens.capability <= 1).all()
        assert (model.citizens.capability >= 0).all()


def test_a_tie_brings_a_share_of_what_is_left():
    assert tie_gain(np.float32(0.6), np.float32(0.02)) == pytest.approx(0.008)
