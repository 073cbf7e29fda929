"""Illness: rates by frailty and admission, what an illness costs, and links that are centred."""

import numpy as np
import pytest

from demandsim.agents.citizens import Band, SupportType
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.illness import Illness
from demandsim.processes.illness_rates import IllnessRules, acute_table
from tests.toy import toy_model

RULES = read_rules(IllnessRules, Numbers())


def town(people=20_000, age=75, **columns):
    model = toy_model(people)
    citizens = model.citizens
    citizens.age_months[citizens.alive] = age * 12
    citizens.female[citizens.alive] = True
    citizens.quintile[citizens.alive] = 2
    for name, value in columns.items():
        getattr(citizens, name)[citizens.alive] = value
    return model


def year_of(model, process, name="fell_ill"):
    total = 0
    for model.month in range(12):
        process.step(model)
        total += int(getattr(model.citizens, name).sum())
    return total / 20_000


def five_errors(rate):
    """Five standard errors of a yearly rate among 20,000: false alarm below one in a million."""
    return 5 * np.sqrt(rate / 20_000) + 0.01 * rate


def test_table_gives_the_rate_of_a_fit_woman_of_75():
    assert acute_table(RULES)[1, 2, 75] == pytest.approx(RULES.base / RULES.admit_base, rel=1e-5)
    assert acute_table(RULES)[0, 2, 75] == pytest.approx(RULES.men * RULES.base / RULES.admit_base, rel=1e-5)
    assert (acute_table(RULES)[:, :, :18] == 0).all()


@pytest.mark.parametrize("deficits", [0, 18])
def test_illness_comes_at_its_rate(deficits):
    expected = RULES.base / RULES.admit_base * (1 + 9 * deficits / 36)
    assert year_of(town(deficits=deficits), Illness(Numbers())) == pytest.approx(expected, abs=five_errors(expected))


def test_an_admission_last_month_multiplies_the_rate():
    expected = RULES.base / RULES.admit_base * (1 + RULES.readmission)
    assert year_of(town(admitted=True), Illness(Numbers())) == pytest.approx(
        expected, rel=0.06, abs=five_errors(expected)
    )


def test_minor_events_keep_their_ratio():
    expected = RULES.minor_ratio * RULES.base / RULES.admit_base
    assert year_of(town(), Illness(Numbers()), "minor_event") == pytest.approx(expected, abs=five_errors(expected))


def test_illness_fades_unless_it_comes_again():
    model = town(illness=1.0)
    Illness(Numbers()).step(model)
    citizens = model.citizens
    assert (citizens.illness[citizens.fell_ill] == 1).all()
    assert citizens.illness[citizens.alive & ~citizens.fell_ill] == pytest.approx(RULES.fade, abs=1e-6)


def test_function_lost_is_of_setbacks_and_illness_only():
    model = town(deficits=18)
    Illness(Numbers()).step(model)
    c = model.citizens
    untouched = c.alive & ~c.fell_ill & ~c.setback
    assert (c.recent_loss[untouched] == 0).all()
    assert c.recent_loss[c.setback & ~c.fell_ill] == pytest.approx(RULES.setback_bands)
    ill = c.recent_loss[c.fell_ill & ~c.setback]
    chance = RULES.illness_share * RULES.loss_level * (0.5 + 2.5 * 0.5)
    assert set(np.unique(ill)) <= {np.float32(0), np.float32(RULES.loss_size)}
    assert (ill > 0).mean() == pytest.approx(chance, abs=5 * np.sqrt(chance * (1 - chance) / ill.size))


def test_illness_does_not_ask_whether_anybody_was_admitted():
    one, two = town(), town()
    for model, numbers in ((one, Numbers()), (two, Numbers({"acute.illness_share": 0.0}))):
        Illness(numbers).step(model)
    np.testing.assert_array_equal(one.citizens.fell_ill, two.citizens.fell_ill)
    assert two.citizens.recent_loss.sum() < one.citizens.recent_loss.sum()


def test_crises_of_mental_health_are_twice_as_likely_when_lonely():
    quiet = {"acute.setback_base": 0.0, "acute.base": 0.0, "acute.mh_crisis": 0.25}
    calm = year_of(town(age=40, support_type=SupportType.MENTAL), Illness(Numbers(quiet)), "setback")
    lonely = year_of(town(age=40, support_type=SupportType.MENTAL, lonely=True), Illness(Numbers(quiet)), "setback")
    assert calm == pytest.approx(0.25, abs=five_errors(0.25))
    assert lonely / calm == pytest.approx(2, rel=0.1)


def test_unmet_need_does_not_move_the_base_but_moves_those_who_have_it():
    model = town()
    model.citizens.unmet[:10_000] = True
    model.citizens.band[model.citizens.alive] = Band.MODERATE
    process = Illness(Numbers({"acute.unmet": 0.6}))
    process.settled(model)
    counts = np.zeros(20_000)
    for model.month in range(24):
        process.step(model)
        counts += model.citizens.fell_ill[:20_000]
    assert counts[:10_000].sum() / counts[10_000:].sum() == pytest.approx(1.3 / 0.7, rel=0.25)
    expected = 2 * RULES.base / RULES.admit_base
    assert counts.mean() == pytest.approx(expected, abs=five_errors(expected))


def test_only_the_lonely_who_live_alone_carry_that_link():
    model = town(lonely=True)
    citizens = model.citizens
    process = Illness(Numbers({"acute.alone": 0.3, "acute.unmet": 0.0}))
    links = process._of_the_lonely(model)
    sizes = np.bincount(citizens.household[citizens.alive])
    alone = citizens.alive & (sizes[np.maximum(citizens.household, 0)] == 1)
    np.testing.assert_allclose(links, np.where(alone, 0.3, 0), atol=1e-6)


def test_free_rows_meet_nothing():
    model = town()
    for model.month in range(24):
        Illness(Numbers()).step(model)
        free = ~model.citizens.alive
        assert not (model.citizens.fell_ill[free] | model.citizens.setback[free]).any()
