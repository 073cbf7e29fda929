"""The ladder by itself: steps, limits, delays, order."""

from __future__ import annotations

import pytest

from demandsim.parameters.register import Numbers, register
from demandsim.processes.ladder import Ladder, Rung, steps_asked
from demandsim.scenario.scenario import RESPONSES, USUAL_RESPONSES

RUIN = 10.0


def ladder(**numbers: float) -> Ladder:
    return Ladder(Numbers({f"council.{key}": value for key, value in numbers.items()}))


def test_every_answer_of_a_scenario_is_a_rung_and_the_usual_ones_are_among_them() -> None:
    assert tuple(ladder().rungs) == RESPONSES
    assert set(USUAL_RESPONSES) <= set(RESPONSES)


@pytest.mark.parametrize(
    ("gap", "steps"), [(-0.05, 0), (0.015, 0), (0.016, 1), (0.03, 2), (0.051, 3), (0.06, 4), (0.1, 8)]
)
def test_bigger_gaps_ask_for_more_steps(gap: float, steps: int) -> None:
    assert steps_asked(gap, ladder().rules) == steps


def test_a_rung_stops_at_its_year_and_at_its_bound() -> None:
    rung = Rung(step=0.10, most_a_year=0.60, bound=0.75)
    assert rung.open(5, 5, rung.bound)
    assert not rung.open(6, 6, rung.bound)
    assert rung.open(7, 0, rung.bound)
    assert not rung.open(8, 0, rung.bound)
    assert rung.size(8) == 0.75


def test_what_has_no_delay_is_felt_at_once_and_what_has_one_by_and_by_and_in_the_end_whole() -> None:
    assert Rung(0.1, 0.1, 1.0).moved(0.0, 0.3) == 0.3
    slow, felt = Rung(0.1, 0.1, 1.0, months=12.0), 0.0
    for _ in range(12):
        felt = slow.moved(felt, 0.3)
    assert felt == pytest.approx(0.3 * (1 - (11 / 12) ** 12))
    for _ in range(240):
        felt = slow.moved(felt, 0.3)
    assert felt == 0.3


def test_only_listed_rungs_are_used_in_their_order() -> None:
    steps = ladder()
    steps.answer(0.016, ("fees", "trim"), {})
    steps.pass_month()
    assert {name for name, felt in steps.felt.items() if felt} == {"fees"}
    steps.answer(RUIN, ("fees", "trim"), {})
    steps.pass_month()
    assert {name for name, felt in steps.felt.items() if felt} == {"fees", "trim"}


def test_a_closer_bound_shuts_a_rung() -> None:
    steps = ladder()
    steps.answer(RUIN, ("prevention", "trim"), {"prevention": 0.0})
    assert (steps.size("prevention"), steps.size("trim")) == (0.0, pytest.approx(0.06))


def test_steps_are_taken_back_latest_first() -> None:
    steps = ladder()
    steps.answer(0.016, RESPONSES, {})
    steps.open_year()
    steps.answer(0.03, ("trim",), {})
    for left in (0.02, 0.0):
        steps.answer(-0.05, RESPONSES, {})
        assert steps.size("trim") == pytest.approx(left)
    assert steps.size("prevention") > 0
    steps.answer(-0.05, RESPONSES, {})
    assert not any(steps.size(name) for name in RESPONSES)


def test_yearly_rungs_are_felt_with_the_new_year() -> None:
    steps = ladder()
    steps.answer(0.016, ("income",), {})
    steps.pass_month()
    assert (steps.size("income"), steps.felt["income"]) == (0.01, 0.0)
    steps.open_year()
    assert steps.felt["income"] == 0.01


def test_no_reach_at_all_lies_within_the_range_of_every_new_rung() -> None:
    for rung in ("reviews", "placements", "posts"):
        steps = ladder(**{f"{rung}_bound": 0.0})
        steps.answer(RUIN, (rung,), {})
        assert steps.size(rung) == 0.0
        assert register()[f"council.{rung}_bound"].holds(0.0)
