from __future__ import annotations

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.recruitment import ValuesLed
from tests.processes.door_town import needy_town
from tests.processes.test_workforce import _run, _staff

CHOOSE_ALL = {"values_led_share": 1.0}


def test_only_those_who_suit_are_taken_and_later():
    model, chosen = needy_town(2000, values_led_share=0.6), ValuesLed(Numbers())
    assert chosen.choose(model, 10.0) == pytest.approx(4.0)
    assert chosen.on_their_way == pytest.approx(6.0 * 0.7)
    assert [chosen.arrivals(1.0) for _ in range(4)] == [0, 0, 0, 4]
    assert model.ledger.close().costs == {("recruitment", "council"): pytest.approx(6.0 * 3 * 15)}


def test_nothing_is_chosen_paid_or_taken_at_a_share_of_nothing():
    model, chosen = needy_town(2000), ValuesLed(Numbers())
    assert chosen.choose(model, 10.0) == 10.0
    assert chosen.on_their_way == 0.0
    assert model.ledger.close().costs == {}


def test_parts_of_a_row_are_carried_over():
    model, chosen = needy_town(2000, **CHOOSE_ALL), ValuesLed(Numbers({"wf.values_suited_share": 1.0}))
    rows = 0
    for _ in range(60):
        chosen.choose(model, 0.7)
        rows += chosen.arrivals(0.3)
    assert rows * 0.3 + chosen._carried + chosen.on_their_way == pytest.approx(60 * 0.7)


def test_workers_chosen_for_values_are_marked_more_skilled_and_stay_longer():
    model, process = _staff(asked=6000.0, values_led_share=0.5)
    _run(model, process, 48)
    workers, rows = model.workers, model.workers.rows
    led = workers.values_led[rows]
    assert 0.1 < led.mean() < 0.6
    settled = led & (workers.tenure[rows] > 24)
    assert workers.skill[rows][settled] == pytest.approx(0.6, abs=0.01)
    assert workers.skill[rows][~led] == pytest.approx(0.5)
    like = np.zeros(rows.size) + process._chance(model, rows, 0.0)
    workers.values_led[rows] = False
    assert process._chance(model, rows, 0.0)[led] * 0.8 == pytest.approx(like[led], rel=0.01)


def test_choosing_for_values_leaves_posts_empty_for_longer():
    vacancy = []
    for share in (0.0, 1.0):
        model, process = _staff(asked=6000.0, overrides={"wf.values_stay": 0.0}, values_led_share=share)
        late = _run(model, process, 96)[36:]
        vacancy.append(sum(t["vacancies"] for t in late) / sum(t["posts"] for t in late))
    assert vacancy[1] > vacancy[0]


def test_without_effects_their_skill_and_leaving_are_those_of_others():
    nothing = {"wf.values_skill": 0.0, "wf.values_stay": 0.0}
    model, process = _staff(asked=6000.0, overrides=nothing, values_led_share=0.6)
    _run(model, process, 36)
    rows = model.workers.rows
    assert model.workers.values_led[rows].any()
    assert (model.workers.skill[rows] == np.float32(0.5)).all()
    chance = process._chance(model, rows, 0.0)
    model.workers.values_led[rows] = ~model.workers.values_led[rows]
    np.testing.assert_array_equal(process._chance(model, rows, 0.0), chance)
