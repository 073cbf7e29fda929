"""Tracing changes nothing, and follows a person, not a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY
from demandsim.experiment.lives import plan_lives
from demandsim.experiment.pool import demand_model
from demandsim.experiment.trace import DIED, LEFT, Tracer, row_of, run_traced

YEARS = 2


@pytest.fixture(scope="module")
def task() -> Any:
    (found,) = plan_lives(["strengths"], years=YEARS, scale=0.02).tasks()[0]
    return found


@pytest.fixture(scope="module")
def plain(task: Any) -> Any:
    """The same run, not traced: its digest, and who died or left when."""
    here: dict[int, int] = {}
    model: Any = demand_model(
        task, lambda m, _: here.update(dict.fromkeys(m.citizens.uid[m.citizens.rows].tolist(), m.month))
    )
    start = set(model.citizens.uid[model.citizens.rows].tolist())
    for _ in range(12 * YEARS):
        model.step()
    return model, here, start


def test_tracing_changes_nothing(task: Any, plain: Any):
    model, _, start = plain
    tracer = Tracer(sorted(start)[:200], "strengths")
    traced: Any = demand_model(task, tracer.record)
    tracer.follow(traced)
    for _ in range(12 * YEARS):
        traced.step()
    assert traced.digest() == model.digest()
    assert traced.ledger.close().costs == model.ledger.close().costs


def test_a_life_is_the_persons_own_to_its_end(task: Any, plain: Any):
    model, here, start = plain
    gone = [uid for uid in sorted(start) if here.get(uid, -1) < 12 * YEARS - 1][::4]
    stayed = [uid for uid in sorted(start) if here.get(uid) == 12 * YEARS - 1][:50]
    lives = run_traced(task, [*gone, *stayed]).lives
    ends = {lives[uid].end for uid in gone}
    assert ends == {DIED, LEFT}
    for uid in gone:
        life = lives[uid]
        assert life.end_month == len(life.months) == here.get(uid, -1) + 1
        assert all(month.state["uid"] == uid for month in life.months)
    for uid in stayed:
        life = lives[uid]
        assert not life.end
        assert [month.month for month in life.months] == list(range(12 * YEARS))
        row = row_of(model, uid)
        assert life.months[-1].state["wellbeing"] == model.citizens.wellbeing[row].item()
    ages = [lives[stayed[0]].start.state["age_months"], lives[stayed[0]].months[-1].state["age_months"]]  # type: ignore[union-attr]
    assert ages[1] - ages[0] == 12 * YEARS


def test_who_arrives_later_has_a_life_from_then_on(task: Any, plain: Any):
    model, _, start = plain
    new = [uid for uid in model.citizens.uid[model.citizens.rows].tolist() if uid not in start][:5]
    lives = run_traced(task, [*new, 2**40 + 1]).lives
    assert set(lives) == set(new)
    for uid in new:
        assert lives[uid].start is None
        assert lives[uid].first is lives[uid].months[0]
        assert len(lives[uid].months) == 12 * YEARS - lives[uid].months[0].month


def test_family_and_household_are_as_the_columns_say(task: Any):
    model: Any = demand_model(task, lambda *_: None)
    c = model.citizens
    row = int(np.flatnonzero(c.alive & (c.partner != NOBODY) & np.isin(np.arange(c.size), c.mother))[0])
    tracer = Tracer([int(c.uid[row])], "x")
    tracer.follow(model)
    start = tracer.trace.lives[int(c.uid[row])].start
    assert start is not None
    relations = [relative.relation for relative in start.family]
    assert relations[0] == "partner"
    assert start.family[0].state["uid"] == c.uid[c.partner[row]]
    children = np.flatnonzero(c.alive & (c.mother == row))
    assert sorted(r.state["uid"] for r in start.family if r.relation in ("son", "daughter")) == sorted(
        c.uid[children].tolist()
    )
    assert start.household == int(np.count_nonzero(c.alive & (c.household == c.household[row])))


def test_a_tracer_that_follows_nothing_says_so(task: Any):
    with pytest.raises(RuntimeError, match="follow"):
        Tracer([1], "x").record(None, None)  # type: ignore[arg-type]
