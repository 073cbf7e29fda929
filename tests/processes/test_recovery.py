"""Recovery: closed forms, and what reablement may and may not change."""

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.recovery import Recovery
from tests.toy import toy_model


def recovered(months, hours=0.0, **overrides):
    model = toy_model(200)
    numbers = Numbers({key.replace("__", "."): value for key, value in overrides.items()})
    citizens = model.citizens
    citizens.age_months[citizens.alive] = 70 * 12
    citizens.recent_loss[citizens.alive] = 1.4
    citizens.reablement_hours[:] = hours
    process = Recovery(numbers)
    for _ in range(months):
        process.step(model)
    return citizens.recent_loss[citizens.alive], citizens.scar[citizens.alive]


def test_loss_at_seventy_mends_by_the_published_share_each_month():
    loss, _ = recovered(6)
    assert loss == pytest.approx(1.4 * (1 - 0.22) ** 6, rel=1e-5)


def test_without_fading_the_scar_is_the_share_of_what_mended():
    loss, scar = recovered(12, recovery__scar_fade=0.0)
    assert scar == pytest.approx(0.22 * (1.4 - loss), rel=1e-4)


def test_scars_fade_by_half_in_46_months():
    model = toy_model(50)
    model.citizens.scar[:] = 1.0
    process = Recovery(Numbers())
    for _ in range(46):
        process.step(model)
    assert model.citizens.scar == pytest.approx(0.5, abs=0.01)


def test_recovery_slows_with_age():
    model = toy_model(50)
    model.citizens.age_months[:2] = (70 * 12, 80 * 12)
    model.citizens.recent_loss[:2] = 1.0
    Recovery(Numbers()).step(model)
    mended = 1 - model.citizens.recent_loss[:2]
    assert mended[1] / mended[0] == pytest.approx(0.75, rel=1e-4)


def test_reablement_speeds_recovery_and_leaves_less_scar():
    slow_loss, slow_scar = recovered(3, recovery__scar_fade=0.0)
    fast_loss, fast_scar = recovered(3, hours=5.0, recovery__scar_fade=0.0)
    assert (fast_loss < slow_loss).all()
    assert (fast_scar / (1.4 - fast_loss) < slow_scar / (1.4 - slow_loss)).all()


def test_reablement_without_effect_is_natural_recovery_to_the_bit():
    nothing = {"recovery__reablement_speed": 0.0, "recovery__reablement_scar": 0.0}
    for with_hours, without in zip(recovered(3, hours=8.0, **nothing), recovered(3, **nothing), strict=True):
        np.testing.assert_array_equal(with_hours, without)


def test_nobody_mends_more_than_was_lost():
    loss, _ = recovered(5, hours=40.0, recovery__rate=0.9, recovery__reablement_speed=1.0)
    assert (loss >= 0).all()
