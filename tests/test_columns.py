"""Columns as storage and as a Mesa agent set."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
import pytest
from numpy.typing import NDArray

from demandsim.columns import ColumnSet, Row, column


class People(ColumnSet):
    alive: NDArray[np.bool_] = column("?", 0, "", "here")
    uid: NDArray[np.uint64] = column("u8", 0, "", "who")
    wealth: NDArray[np.float32] = column("f4", 1, "GBP", "money")
    kind: NDArray[np.uint8] = column("u1", 0, "", "sort")

    @property
    def rich(self) -> NDArray[np.bool_]:
        return self.wealth > 5


class Person(Row, columns=People):
    def earn(self, amount: float) -> float:
        self.wealth += amount
        return self.wealth


class Home(mesa.Model):  # type: ignore[misc]
    def remove_rows(self, columns: ColumnSet, rows: NDArray[np.int64]) -> None:
        columns.release(rows)


@pytest.fixture
def people() -> People:
    held = People(4)
    held.home = Home(rng=1)
    rows = held.admit(np.arange(100, 110, dtype=np.uint64))
    held.wealth[rows] = np.arange(10)
    held.kind[rows] = np.arange(10) % 3
    return held


def test_rows_are_reused_lowest_first_and_come_back_clean(people: People) -> None:
    people.release(np.array([7, 2]))
    assert len(people) == 8
    rows = people.admit(np.array([500, 501, 502], dtype=np.uint64))
    assert rows[:2].tolist() == [2, 7]
    assert people.wealth[rows].tolist() == [1, 1, 1]
    assert len(people) == 11


def test_the_lowest_free_rows_are_found_wherever_they_are() -> None:
    held = People(0)
    generator = np.random.default_rng(2)
    number = 0
    for size in (1, 7, 8, 9, 64, 200, 3):
        free = np.flatnonzero(~held.alive)
        rows = held.admit(np.arange(number, number + size, dtype=np.uint64))
        number += size
        assert np.array_equal(rows[: free.size], free[:size])
        assert np.unique(rows).size == size
        assert held.alive[rows].all()
        held.release(generator.choice(held.rows, len(held) // 3, replace=False))


def test_growth_keeps_what_is_there(people: People) -> None:
    before = people.wealth[:10].copy()
    people.admit(np.arange(1000, 2000, dtype=np.uint64))
    np.testing.assert_array_equal(people.wealth[:10], before)
    assert len(people) == 1010


def test_what_was_kept_comes_back_whole_and_apart(people: People) -> None:
    people.wealth[3:] = 0.0
    people.release(np.array([7]))
    kept = people.keep()
    before = {name: values.copy() for name, values in people.state().items()}
    people.wealth[:] = 50.0
    other = People(0)
    for held in (people, other):
        held.restore(kept)
        for name, values in held.state().items():
            assert values.dtype == before[name].dtype
            np.testing.assert_array_equal(values, before[name])
    people.wealth[:] = 60.0
    np.testing.assert_array_equal(other.wealth, before["wealth"])


def test_columns_mostly_at_their_default_are_kept_small() -> None:
    held = People(10_000)
    held.admit(np.arange(100, dtype=np.uint64))
    kept = held.keep()
    size = sum(part.nbytes for held in kept.columns.values() for part in (held if isinstance(held, tuple) else (held,)))
    assert size < 0.1 * sum(values.nbytes for values in held.state().values())


def test_select_by_mask_callable_share_and_type(people: People) -> None:
    assert len(people.select(people.wealth > 6)) == 3
    assert len(people.select(lambda a: a.wealth > 6)) == 3
    assert len(people.select(at_most=0.5)) == 5
    assert len(people.select(at_most=3)) == 3
    assert len(people.select(agent_type=Person)) == 10
    assert len(people.select(agent_type=mesa.Model)) == 0
    with pytest.raises(ValueError, match="one value for each of the 10 agents"):
        people.select(np.array([True, False]))


def test_get_set_agg_and_derived_columns(people: People) -> None:
    assert people.agg("wealth", np.sum) == 45
    assert people.agg("wealth", [min, max]) == [0, 9]
    assert people.get("rich").sum() == 4
    assert people.get(["wealth", "kind"])[4] == [4.0, 1]
    assert people.get("height", "default", 0).tolist() == [0] * 10
    with pytest.raises(AttributeError, match="height"):
        people.get("height")
    people.select(people.kind == 1).set("wealth", 100)
    assert people.wealth[people.kind == 1].tolist() == [100, 100, 100]
    with pytest.raises(AttributeError, match="no column"):
        people.set("height", 1)


def test_groupby_counts_and_aggregates(people: People) -> None:
    groups = people.groupby("kind")
    assert groups.count() == {0: 4, 1: 3, 2: 3}
    assert groups.agg("wealth", np.sum) == {0: 18, 1: 12, 2: 15}
    assert people.groupby(lambda a: a.wealth > 4).count() == {False: 5, True: 5}
    assert sorted(people.groupby("kind", result_type="list").groups) == [0, 1, 2]


def test_sort_shuffle_and_iteration_order(people: People) -> None:
    assert people.sort("wealth").get("wealth").tolist() == list(range(9, -1, -1))
    assert people.sort(lambda a: a.wealth, ascending=True).get("wealth").tolist() == list(range(10))
    assert sorted(people.shuffle().get("uid").tolist()) == list(range(100, 110))
    some = people.select(people.kind == 0)
    assert some.sort("wealth", inplace=True) is some
    assert [a.wealth for a in some] == [9, 6, 3, 0]
    with pytest.raises(TypeError, match="rows never move"):
        people.shuffle(inplace=True)


def test_do_and_map_call_agents(people: People) -> None:
    people.do("earn", 1.0)
    assert people.agg("wealth", np.sum) == 55
    assert people.map(lambda a: a.kind)[:4] == [0, 1, 2, 0]
    assert people.map("earn", 1.0)[0] == 2.0
    people.shuffle_do("earn", 1.0)
    assert people.agg("wealth", np.sum) == 75
    people.do(lambda a: a.remove() if a.kind == 0 else None)
    assert len(people) == 6


def test_a_view_is_live_and_is_a_mesa_agent(people: People) -> None:
    agent = next(iter(people))
    assert isinstance(agent, mesa.Agent)
    assert agent.unique_id == 100
    agent.wealth = 42
    assert people.wealth[0] == 42
    people.wealth[0] = 43
    assert agent.wealth == 43
    assert agent in people
    assert agent == next(iter(people))
    assert len({agent, next(iter(people))}) == 1


def test_a_view_of_someone_who_left_says_so(people: People) -> None:
    agent = next(iter(people))
    agent.remove()
    assert agent not in people
    with pytest.raises(LookupError, match="no longer in the model"):
        _ = agent.wealth
    people.admit(np.array([999], dtype=np.uint64))
    with pytest.raises(LookupError, match="no longer in the model"):
        agent.wealth = 1


def test_sets_of_rows_add_and_drop(people: People) -> None:
    some = people.select(people.kind == 0)
    other = people.select(people.kind == 1).to_list()[0]
    some.add(other)
    assert other in some
    some.discard(other)
    assert other not in some
    with pytest.raises(KeyError):
        some.remove(other)
    assert len(copy.copy(some)) == 4


def test_columns_survive_pickle_and_deepcopy(people: People) -> None:
    people.home = SimpleNamespace()
    for twin in (pickle.loads(pickle.dumps(people)), copy.deepcopy(people)):
        np.testing.assert_array_equal(twin.wealth, people.wealth)
        twin.wealth[0] = -1
        assert people.wealth[0] == 0


def test_agents_join_only_through_admit(people: People) -> None:
    agent: Any = next(iter(people))
    with pytest.raises(TypeError, match="admit"):
        people.discard(agent)
    with pytest.raises(TypeError, match="admit"):
        people.add(agent)
