from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.experiment import stories
from demandsim.experiment.errors import InputError
from demandsim.experiment.lives import citizen_uid, plan_lives, trace_lives
from demandsim.experiment.stories import KINDS, Scan, check_kind, choose, choose_from


class FakeScan(Scan):
    """Counts as a test gives them; everybody lives through the whole run."""

    def __init__(self, uids: list[int], months: int, **counts: list[int]) -> None:
        super().__init__()
        self._uid = np.array(uids, dtype=np.uint64)
        self._counts = {name: np.zeros(len(uids), dtype=np.int64) for name in stories._MARKS}
        self._counts["months"] += months
        self._counts |= {name: np.array(values) for name, values in counts.items()}
        self.people = {name: np.array(counts.get(name, [1] * len(uids))) for name in ("old", "began_in_home")}


def chosen(monkeypatch: pytest.MonkeyPatch, kind: str, first: FakeScan, second: FakeScan) -> Any:
    scans = iter((first, second))
    monkeypatch.setattr(stories, "scan", lambda task: next(scans))
    return choose(plan_lives(["deficit", "strengths"], years=2, scale=0.02), kind)


def test_the_one_whose_months_differ_most_is_chosen(monkeypatch: pytest.MonkeyPatch):
    found = chosen(
        monkeypatch,
        "carer",
        FakeScan([9, 4, 7, 2], 24, caring=[24, 24, 24, 3], strained=[3, 9, 0, 20]),
        FakeScan([9, 4, 7, 2], 24, caring=[24, 24, 24, 3], strained=[3, 1, 8, 0]),
    )
    assert found.uid == 4  # 4 and 7 differ alike: the lower number; 2 hardly cares
    assert "of the 3 simulated people" in found.words
    assert "(8 months)" in found.words
    assert (
        "For 1 of them they do not differ at all; half of those who differ do so by 8 months or fewer." in found.words
    )


def test_each_kind_is_about_somebody_else_as_far_as_there_is_anybody():
    def two(*waiting_then_lonely: list[int]) -> tuple[FakeScan, FakeScan]:
        waiting, lonely = waiting_then_lonely
        nobody = [0] * len(waiting)
        uids = list(range(1, len(waiting) + 1))
        return FakeScan(uids, 24, waiting=nobody, lonely=nobody), FakeScan(uids, 24, waiting=waiting, lonely=lonely)

    first, second = two([9, 5, 0], [20, 12, 8])
    assert choose_from(first, second, "waiting", 2).uid == 1
    lonely = choose_from(first, second, "lonely", 2)
    assert lonely.uid == 2
    assert "this is the one, after those whom other kinds of story are about, whose months" in lonely.words
    assert "(12 months)" in lonely.words
    first, second = two([9, 5, 0], [20, 0, 0])
    alone = choose_from(first, second, "lonely", 2)
    assert alone.uid == 1
    assert "this is the one whose months" in alone.words


def test_lives_of_different_length_are_not_compared(monkeypatch: pytest.MonkeyPatch):
    first = FakeScan([1, 2], 24, waiting=[9, 1])
    second = FakeScan([1, 2], 24, waiting=[0, 3])
    second._counts["months"] = np.array([20, 24])
    assert chosen(monkeypatch, "waiting", first, second).uid == 2


def test_where_nobody_differs_it_is_said(monkeypatch: pytest.MonkeyPatch):
    scan = FakeScan([1, 2], 24, waiting=[2, 1])
    with pytest.raises(InputError, match="do not differ"):
        chosen(monkeypatch, "waiting", scan, scan)
    with pytest.raises(InputError, match="there is nobody"):
        chosen(monkeypatch, "lonely", scan, scan)


def test_an_unknown_kind_is_answered_with_the_nearest():
    with pytest.raises(InputError, match='Did you mean "faller"'):
        check_kind("fallen")
    assert set(KINDS) >= {"carer", "faller", "bereaved", "hospital"}


@pytest.mark.slow
def test_a_story_is_found_in_a_real_run_and_is_the_same_each_time():
    plan = plan_lives(["deficit", "strengths"], years=3, scale=0.02)
    traced = trace_lives(plan, story="waiting")
    assert traced.uid == choose(plan, "waiting").uid
    counts = [sum(m.state["waiting"] > 0 for m in life.months) for life in traced.lives]
    assert f"({abs(counts[0] - counts[1])} month" in traced.chosen
    assert counts[0] != counts[1]


def test_whom_must_be_said_once_and_right():
    plan = plan_lives(["deficit", "strengths"], years=1, scale=0.02)
    with pytest.raises(InputError, match="either --citizen ID or --story KIND"):
        trace_lives(plan)
    with pytest.raises(InputError, match="either"):
        trace_lives(plan, citizen=1, story="carer")
    with pytest.raises(InputError, match=r"ook like S-0136|mistake"):
        citizen_uid("Margaret")
    with pytest.raises(InputError, match="nobody of that id") as met:
        trace_lives(plan, citizen=10**9)
    assert "--story" in str(met.value)


def test_a_cut_holds_for_both():
    plan = plan_lives(["deficit", "strengths"], cut=30, years=1, scale=0.02)
    assert [s.budget.cut_percent for s in plan.scenarios] == [30.0, 30.0]
    with pytest.raises(InputError, match="--cut"):
        plan_lives(["deficit"], cut=120)
