"""Futures with luck of their own, and calls that ask a folder for fewer replicates than it was begun with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.experiment.errors import InputError, StoppedError
from demandsim.experiment.plan import Task
from demandsim.experiment.questions.points import paired, run_points
from demandsim.experiment.questions.settings import with_settings
from demandsim.experiment.scale import Figure
from demandsim.experiment.sweep.folder import results_of, retry, status, verify
from demandsim.experiment.sweep.listed import Listed, ListedSweep
from demandsim.experiment.sweep.run import run_sweep
from demandsim.scenario.library import load_scenario
from tests.experiment.sweep.toys import TROUBLE, make_toy, toy_sweep

OPTIONS = ["deficit", "strengths"]
UNMET = Figure("unmet_need_people")
FUTURES = pd.DataFrame({"budget.cut_percent": [10.0, 10.0, 30.0], "adoption.years": [2.0, 5.0, 5.0]})
SIZE: dict[str, Any] = {"scale": 0.02, "years": 1, "replicates": 2}


class Watched:
    """The toy, noting what is run; after so many runs it is stopped as by Ctrl-C."""

    def __init__(self, most: int = 1000) -> None:
        self.tasks: list[Task] = []
        self.most = most

    def __call__(self, task: Task, on_month: Any) -> Any:
        if len(self.tasks) == self.most:
            raise KeyboardInterrupt
        self.tasks.append(task)
        return make_toy(task, on_month)

    def lucks(self) -> dict[tuple[float, str], list[int]]:
        """Seeds by the cut and the scenario."""
        found: dict[tuple[float, str], list[int]] = {}
        for task in self.tasks:
            found.setdefault((task.scenario.budget.cut_percent, task.scenario.name), []).append(task.replicate)
        return {key: sorted(seeds) for key, seeds in found.items()}


def futures(folder: Path | None, make: Any, **changes: Any) -> pd.DataFrame:
    return run_points(OPTIONS, FUTURES, [UNMET], **{**SIZE, "own_luck": True, **changes}, folder=folder, make=make)


def listed(**changes: Any) -> ListedSweep:
    cuts = ({"budget.cut_percent": 10.0}, {"budget.cut_percent": 30.0})
    each = [Listed(number, with_settings(load_scenario("deficit"), cut), cut) for number, cut in enumerate(cuts)]
    return ListedSweep("listed", each, **{**SIZE, **changes})


def test_each_future_has_luck_of_its_own_that_both_practices_share(tmp_path: Path) -> None:
    watched = Watched()
    table = futures(tmp_path, watched)
    lucks = watched.lucks()
    assert lucks[30.0, "deficit"] == lucks[30.0, "strengths"] == [2001, 2002]
    # the years of adoption change nothing under deficit-based practice, and still every future has luck of its own
    assert lucks[10.0, "deficit"] == lucks[10.0, "strengths"] == [1, 2, 1001, 1002]
    assert len(table) == len(watched.tasks) == 3 * 2 * 2
    assert table["replicate"].tolist() == [1, 2] * 6  # counted within the future
    assert paired(table, UNMET, *OPTIONS).shape == (3, 2)
    own = table[table["option"] == "deficit"].set_index(["point", "replicate"])[UNMET.measure]
    assert own[0].tolist() != own[1].tolist()


def test_without_it_all_points_share_theirs() -> None:
    watched = Watched()
    table = futures(None, watched, own_luck=False)
    assert set(map(tuple, watched.lucks().values())) == {(1, 2), (1, 1, 2, 2)}
    own = table[table["option"] == "deficit"].set_index(["point", "replicate"])[UNMET.measure]
    assert own[0].tolist() == own[1].tolist()


def test_what_a_box_would_be_found_from_is_no_longer_one_seeds_doing() -> None:
    """Many futures that differ in nothing: shared luck marks all of them alike, luck of their own about half."""
    same = pd.DataFrame({"budget.cut_percent": np.full(24, 20.0)})
    more = {}
    for own in (False, True):
        runs = run_points(OPTIONS[:1], same, [UNMET], **{**SIZE, "replicates": 2}, own_luck=own, make=make_toy)
        wide = runs.pivot(index="point", columns="replicate", values=UNMET.measure)
        more[own] = float((wide[1] > wide[2]).mean())
    assert more[False] in (0.0, 1.0)
    assert 0.2 < more[True] < 0.8


def test_futures_are_kept_and_more_replicates_add_to_them(tmp_path: Path) -> None:
    first = futures(tmp_path, Watched(), replicates=1)
    pd.testing.assert_frame_equal(first, futures(tmp_path, Watched(most=0), replicates=1))
    more = Watched()
    table = futures(tmp_path, more)
    assert sorted({task.replicate for task in more.tasks}) == [2, 1002, 2002]
    pd.testing.assert_frame_equal(first, table[table["replicate"] == 1].reset_index(drop=True))


def test_futures_that_were_stopped_go_on(tmp_path: Path) -> None:
    whole = futures(None, make_toy)
    with pytest.raises(StoppedError):
        futures(tmp_path, Watched(most=5))
    rest = Watched()
    pd.testing.assert_frame_equal(futures(tmp_path, rest), whole)
    assert len(rest.tasks) == 12 - 5


def test_the_folder_of_futures_is_told_of_as_any_sweeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep, trouble = listed(own_luck=True), tmp_path / "trouble"
    trouble.write_text("fail")
    monkeypatch.setenv(TROUBLE, str(trouble))
    run_sweep(sweep, tmp_path / "s", make=make_toy)
    trouble.unlink()
    assert retry(tmp_path / "s", make=make_toy).runs == 4
    found = status(tmp_path / "s")
    assert (found.points, found.runs, found.finished) == (2, 4, 4)
    assert verify(tmp_path / "s").whole == 4
    rows = results_of(tmp_path / "s", measures=[UNMET.measure], by=["all"])
    assert sorted(zip(rows["point"], rows["replicate"], strict=True)) == [(0, 1), (0, 2), (1, 1001), (1, 1002)]
    assert repr(sweep).count("4 runs") == 1


@pytest.mark.parametrize("own", [True, False])
def test_a_folder_of_the_other_luck_is_refused(tmp_path: Path, own: bool) -> None:
    run_sweep(listed(own_luck=own), tmp_path / "s", make=make_toy)
    before = sorted(path.name for path in (tmp_path / "s" / "parts").iterdir())
    with pytest.raises(InputError, match=r"another sweep \(its points have .*luck"):
        run_sweep(listed(own_luck=not own), tmp_path / "s", make=make_toy)
    assert sorted(path.name for path in (tmp_path / "s" / "parts").iterdir()) == before


def test_the_order_of_futures_decides_their_luck_and_so_the_folder() -> None:
    assert listed(own_luck=True).identity != listed().identity
    turned = [Listed(1 - cell.point, cell.scenario, cell.settings) for cell in listed().cells]
    assert ListedSweep("listed", turned, **SIZE).identity == listed().identity
    assert ListedSweep("listed", turned, **SIZE, own_luck=True).identity != listed(own_luck=True).identity


def test_the_last_seed_of_all_futures_must_exist() -> None:
    with pytest.raises(InputError, match="--seed"):
        listed(own_luck=True, seed=2**63 - 500)


def test_ordinary_sweeps_are_named_as_before() -> None:
    sweep = toy_sweep()
    assert sweep.spec.identity == "6249cc21"
    assert list(sweep.design.columns[:5]) == [
        "point", "place", "scenario", "run", "practice.visits.longest_minutes"
    ]  # fmt: skip
    assert "own_luck" not in sweep.spec.record()


def test_only_what_was_asked_for_is_run_and_given(tmp_path: Path) -> None:
    points = FUTURES.iloc[[0, 2]]

    def ask(replicates: int, make: Any) -> pd.DataFrame:
        return run_points(OPTIONS, points, [UNMET], **{**SIZE, "replicates": replicates}, folder=tmp_path, make=make)

    with pytest.raises(StoppedError):
        ask(2, Watched(most=1))
    watched = Watched()
    once = ask(1, watched)
    assert [task.replicate for task in watched.tasks].count(2) == 0
    assert once["replicate"].tolist() == [1] * 4
    both = Watched()
    table = ask(2, both)
    assert {task.replicate for task in both.tasks} == {2}
    assert table["replicate"].tolist() == [1, 2] * 4
    pd.testing.assert_frame_equal(ask(1, Watched(most=0)), once)
    pd.testing.assert_frame_equal(ask(2, Watched(most=0)), table)  # what was not asked for in between is kept
