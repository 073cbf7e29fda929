"""Need: exact knots, bands, and what counts for whom."""

import numpy as np
import pytest

from demandsim.agents.citizens import Band, SupportType
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.need import Need, NeedRules
from tests.toy import toy_model

RULES = read_rules(NeedRules, Numbers())


def town(**columns):
    model = toy_model(300)
    citizens = model.citizens
    citizens.age_months[citizens.alive] = 75 * 12
    citizens.capability[:] = Need(Numbers()).means[citizens.quintile]
    for name, value in columns.items():
        getattr(citizens, name)[citizens.alive] = value
    return model


def after(model, **overrides):
    Need(Numbers({key.replace("__", "."): value for key, value in overrides.items()})).step(model)
    return model.citizens


def hours_at(limitations):
    """Need and hands-on hours of people with nothing but a given limitation."""
    model = town()
    model.citizens.scar[: len(limitations)] = limitations
    citizens = after(model, need__base=0.0, need__women=0.0, need__deprivation=0.0)
    return citizens.need_hours[: len(limitations)], citizens.hands_on[: len(limitations)]


@pytest.mark.parametrize(
    ("limitation", "hours", "hands_on"),
    [
        (RULES.low - 0.001, 0, 0),
        (RULES.low, 6, 3),
        (RULES.moderate, 18, 6),
        (RULES.high, 55, 15),
        (RULES.very_high, 110, 28),
        (RULES.very_high + 0.5, 139, 28),
        (RULES.very_high + 3, 168, 28),
    ],
)
def test_hours_pass_through_their_knots(limitation, hours, hands_on):
    need, by_hand = hours_at([limitation])
    assert need[0] == pytest.approx(hours, abs=0.01)
    assert by_hand[0] == pytest.approx(hands_on, abs=0.01)


def test_hours_never_fall_as_limitation_grows():
    total, by_hand = hours_at(np.linspace(0, 5, 300, dtype=np.float32))
    assert (np.diff(total) >= -1e-4).all()
    assert (np.diff(by_hand) >= -1e-4).all()
    assert (by_hand <= total).all()


def test_limitation_is_the_sum_of_its_parts():
    model = town(deficits=9, function_luck=1.0, recent_loss=0.5, scar=0.25, dementia=10, female=True, quintile=0)
    model.citizens.capability[:] = Need(Numbers()).means[0] + np.float32(0.1)
    x = after(model).limitation[0]
    parts = RULES.base + RULES.frailty * 0.25 + RULES.women + 2 * RULES.deprivation + RULES.function_sd
    assert x == pytest.approx(parts + 0.5 + 0.25 + 10 * RULES.dementia_month - 0.4 * 0.1, abs=1e-4)


def test_dementia_takes_no_more_than_its_most():
    assert after(town(dementia=1000)).limitation[0] - after(town(dementia=0)).limitation[0] == pytest.approx(
        2.5, abs=1e-4
    )


def test_bands_follow_the_thresholds():
    steps = [0.0, RULES.low, RULES.moderate, RULES.high, RULES.very_high]
    model = town()
    model.citizens.scar[:5] = [x + 0.001 for x in steps]
    bands = after(model, need__base=0.0, need__women=0.0, need__deprivation=0.0).band[:5]
    assert list(bands) == [Band.NONE, Band.LOW, Band.MODERATE, Band.HIGH, Band.VERY_HIGH]


def test_children_and_free_rows_have_no_need():
    model = town(recent_loss=3.0)
    model.citizens.age_months[0] = 17 * 12
    citizens = after(model)
    assert citizens.need_hours[0] == 0
    assert citizens.limitation[0] == 0
    assert citizens.need_hours[~citizens.alive].sum() == 0
    assert (citizens.need_hours[1:300] > 0).all()


def test_aids_lower_hands_on_hours_by_a_tenth_and_nothing_else():
    with_aids, without = after(town(scar=2.0, aids=True)), after(town(scar=2.0))
    assert with_aids.hands_on[0] == pytest.approx(0.9 * without.hands_on[0], rel=1e-5)
    np.testing.assert_array_equal(with_aids.need_hours, without.need_hours)
    np.testing.assert_array_equal(with_aids.limitation, without.limitation)


def test_support_level_stands_in_for_the_body_where_it_is_greater():
    disabled = town(support_type=SupportType.LEARNING, support_level=2.4, recent_loss=0.2, age_months=40 * 12)
    assert after(disabled).limitation[0] == pytest.approx(2.6, abs=1e-4)
    frail = town(support_type=SupportType.LEARNING, support_level=0.0, scar=2.0)
    np.testing.assert_array_equal(after(frail).limitation, after(town(scar=2.0)).limitation)


def test_capability_moves_limitation_only_by_its_weight():
    low, high = town(scar=1.0), town(scar=1.0)
    high.citizens.capability += np.float32(0.2)
    assert after(low).limitation[0] - after(high).limitation[0] == pytest.approx(0.08, abs=1e-4)
    nothing = {"need__capability_weight": 0.0}
    np.testing.assert_array_equal(after(low, **nothing).limitation, after(high, **nothing).limitation)


def test_settling_centres_capability_on_its_mean():
    model = town()
    model.citizens.capability[:] = np.linspace(0.2, 0.9, model.citizens.size, dtype=np.float32)
    plain = town()
    process = Need(Numbers())
    process.settled(model)
    process.step(model)
    assert model.citizens.limitation.mean() == pytest.approx(after(plain).limitation.mean(), abs=1e-4)
