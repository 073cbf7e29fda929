"""The whole month: reproducible, conserved, and a Mesa model like any other."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

from demandsim.agents.citizens import Citizen
from demandsim.agents.services import Council, Neighbourhood, Service
from demandsim.agents.workers import CareWorker
from demandsim.ledger import Month
from demandsim.model import MONTH, DemandModel
from demandsim.place.names import find_place
from demandsim.place.own import FIGURES, OwnFigures
from demandsim.place.profile import place_profile
from demandsim.processes.base import Process
from demandsim.scenario.library import load_scenario

SCALE = 0.01


def town(scenario: str = "deficit", **options: Any) -> DemandModel:
    return DemandModel(load_scenario(scenario), **{"scale": SCALE, "rng": 1, **options})


# reproducibility


def test_same_seed_same_digest_other_seed_another() -> None:
    models = [town(), town(), town(rng=2)]
    for model in models:
        model.run_for(3)
    assert models[0].digest() == models[1].digest()
    assert models[0].digest() != models[2].digest()


def test_two_models_side_by_side_do_not_disturb_each_other() -> None:
    alone = town("strengths")
    alone.run_for(4)
    first, second = town("strengths"), town("deficit_cut30")
    for _ in range(4):
        first.step()
        second.step()
    assert first.digest() == alone.digest()


def test_digest_survives_pickle_and_deepcopy_in_the_middle() -> None:
    model = town()
    model.run_for(2)
    twins = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
    for each in (model, *twins):
        each.run_for(2)
    assert {each.digest() for each in twins} == {model.digest()}


def test_a_settled_place_and_a_copy_of_it_run_alike() -> None:
    from demandsim import model as engine

    engine._settled_places.clear()
    fresh = town()
    copied = town()
    fresh.run_for(3)
    copied.run_for(3)
    assert fresh.digest() == copied.digest()


def test_digest_does_not_depend_on_threads() -> None:
    def run(scenario: str) -> str:
        model = town(scenario)
        model.run_for(3)
        return model.digest()

    names = ["deficit", "strengths"]
    serial = [run(name) for name in names]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, names)) == serial


@pytest.mark.slow
def test_digest_is_the_same_without_compilation_and_in_another_process() -> None:
    code = (
        "from demandsim import DemandModel, load_scenario\n"
        "model = DemandModel(load_scenario('strengths'), place='Isles of Scilly', scale=0.1, rng=3)\n"
        "model.run_for(2)\n"
        "print(model.digest())\n"
    )

    def run(disable: str) -> str:
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disable, "PYTHONHASHSEED": disable}
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
        ).stdout

    compiled = run("0")
    assert compiled == run("1")


def test_every_figure_that_a_council_may_give_moves_its_people() -> None:
    """A figure that is taken, named in the output and then goes nowhere would be worse than none."""
    gateshead = find_place("gateshead")
    published = place_profile(gateshead).published_figures()
    assert set(published) == set(FIGURES)

    def lived(figures: dict[str, float]) -> str:
        model = town(place=place_profile(gateshead, OwnFigures(gateshead, figures)))
        model.run_for(6)
        return model.digest()

    other = {name: 1.3 * known if known is not None else 2000.0 for name, known in published.items()}
    digests = {name: lived({name: value}) for name, value in other.items()}
    assert len({lived({}), *digests.values()}) == 1 + len(FIGURES), digests


def test_scenarios_of_equal_content_have_equal_digests() -> None:
    first, second = town("deficit"), town("sustained")
    first.run_for(3)
    second.run_for(3)
    assert first.digest() == second.digest()


# conservation


class Books:
    """Collects the closed ledgers and the number of people each month."""

    def __init__(self) -> None:
        self.months: list[Month] = []
        self.people: list[int] = []
        self.gaps: list[float] = []
        self.overuse: list[float] = []
        self.relief: list[tuple[float, float]] = []
        self.budgets: list[float] = []

    def __call__(self, model: DemandModel, month: Month) -> None:
        self.months.append(month)
        self.people.append(len(model.citizens))
        self.gaps.append(self._largest_gap(model))
        self.overuse.append(max(service.used - service.capacity for service in model.services.values()))
        self.budgets.append(model.council.budget / 12)
        self.relief.append(self._relief(model))

    @staticmethod
    def _relief(model: DemandModel) -> tuple[float, float]:
        """Hours a week by which breaks relieve kin: as those have them whom kin help at home, and as kin give less."""
        c, (helper, helped, hours, in_need) = model.citizens, model.kin_help
        by_kin = hours.astype(np.float64) * c.carer_break[helper] * (c.setting[in_need[helped]] == 0)
        return float(c.relieved_hours[c.alive].sum(dtype=np.float64)), float(by_kin.sum())

    @staticmethod
    def _largest_gap(model: DemandModel) -> float:
        """How far anybody's need is from what each source met and what nobody did, hours a week."""
        c = model.citizens
        at_home = c.alive & (c.setting == 0) & (c.support_type == 0) & (c.hands_on > 0)
        met = c.kin_hours + c.neighbour_hours + c.paid_hours + c.reablement_hours
        return float(np.abs(np.maximum(c.hands_on - met, 0) - c.unmet_hours)[at_home].max())


@pytest.fixture(scope="module")
def run_with_books() -> tuple[DemandModel, Books, int]:
    books = Books()
    model = town("strengths_cut30", scale=0.02, on_month=books)
    start = len(model.citizens)
    model.run_for(24)
    return model, books, start


def test_people_are_conserved_every_month(run_with_books: tuple[DemandModel, Books, int]) -> None:
    _, books, before = run_with_books
    for month, after in zip(books.months, books.people, strict=True):
        flow = {name: month.people[name].sum() if name in month.people else 0 for name in FLOWS}
        assert after == before + flow["births"] + flow["arrivals"] - flow["deaths"] - flow["departures"]
        before = after


FLOWS = ("births", "arrivals", "deaths", "departures")


def test_hours_used_never_exceed_hours_available_in_any_month(run_with_books: tuple[DemandModel, Books, int]) -> None:
    _, books, _ = run_with_books
    assert max(books.overuse) <= 1e-6


def test_need_is_what_each_source_met_and_what_nobody_did_in_any_month(
    run_with_books: tuple[DemandModel, Books, int],
) -> None:
    model, books, _ = run_with_books
    assert max(books.gaps) <= 1e-4
    assert np.all(model.citizens.unmet_hours >= 0)


def test_kin_are_relieved_of_what_their_breaks_replace_and_of_no_more(
    run_with_books: tuple[DemandModel, Books, int],
) -> None:
    model, books, _ = run_with_books
    relieved, replaced = np.array(books.relief).T
    assert relieved.max() > 0
    assert relieved == pytest.approx(replaced, rel=1e-4, abs=1e-4)
    assert (model.citizens.relieved_hours <= 0.5 * model.citizens.kin_hours + 1e-4).all()


def test_the_councils_spending_and_balance_make_its_budget_to_the_penny(
    run_with_books: tuple[DemandModel, Books, int],
) -> None:
    _, books, _ = run_with_books
    for month, budget in zip(books.months, books.budgets, strict=True):
        spent = sum(pounds for (_, payer), pounds in month.costs.items() if payer == "council")
        assert spent + month.totals["council_balance"] == pytest.approx(budget, abs=0.02)


def test_links_stay_whole(run_with_books: tuple[DemandModel, Books, int]) -> None:
    model, _, _ = run_with_books
    c = model.citizens
    here = c.rows
    partnered = here[c.partner[here] >= 0]
    np.testing.assert_array_equal(c.partner[c.partner[partnered]], partnered)
    for link in (c.partner, c.mother, c.father):
        assert c.alive[link[here][link[here] >= 0]].all()
    assert np.unique(c.uid[here]).size == here.size
    assert c.alive[model.ties.a[model.ties.alive]].all()
    assert c.alive[model.ties.b[model.ties.alive]].all()


def test_columns_stay_in_range(run_with_books: tuple[DemandModel, Books, int]) -> None:
    model, _, _ = run_with_books
    c = model.citizens
    for name in ("capability", "relationship", "strain", "carer_capability", "illness", "carer_break"):
        values = getattr(c, name)[c.alive]
        assert np.all((values >= 0) & (values <= 1)), name
    assert np.all((c.wellbeing[c.alive] >= 0) & (c.wellbeing[c.alive] <= 10))
    for name, values in c.state().items():
        if values.dtype.kind == "f":
            assert np.isfinite(values).all(), name
    assert c.deficits.max() <= 36


# processes keep to what they declare


@pytest.mark.parametrize("kind", MONTH, ids=lambda kind: kind.name)
def test_a_process_writes_only_what_it_declares(kind: type[Process]) -> None:
    model = town("strengths")
    model.run_for(1)
    for process in model.processes:
        before = {name: hashlib.sha256(v.tobytes()).digest() for name, v in model.citizens.state().items()}
        process.step(model)
        if isinstance(process, kind):
            changed = {
                name
                for name, values in model.citizens.state().items()
                if before[name] != hashlib.sha256(values.tobytes()).digest()
            }
            # A process that opens or closes rows touches every column of those rows.
            if "alive" in process.writes:
                return
            assert changed <= set(process.writes)
            return
    pytest.fail(f"{kind.name} is not in the month")


def test_every_declared_column_exists() -> None:
    known = set(town().citizens.columns)
    for kind in MONTH:
        plain = {name for name in (*kind.reads, *kind.writes) if "." not in name}
        assert plain <= known, f"{kind.name}: {plain - known}"


# Mesa


def test_it_is_a_mesa_model_with_joined_agents() -> None:
    model = town()
    assert isinstance(model, mesa.Model)
    objects = [len(agents) for kind, agents in model.agents_by_type.items() if kind not in (Citizen, CareWorker)]
    assert len(model.agents) == len(model.citizens) + len(model.workers) + sum(objects)
    assert len(model.agents.select(agent_type=Service)) == len(model.services) > 12
    assert set(model.agents_by_type) >= {Citizen, CareWorker, Council, Neighbourhood}
    assert len(model.agents.select(agent_type=Citizen)) == len(model.citizens)
    assert len(model.agents.select(lambda a: isinstance(a, Council))) == 1
    assert model.time == 0
    model.run_for(2)
    assert model.time == 2
    assert model.month == 2


def test_mesa_behaviours_on_citizens() -> None:
    model = town()
    citizens = model.citizens
    by_sex = citizens.groupby("sex").agg("age", np.mean)
    assert by_sex["female"] > by_sex["male"]
    older = citizens.select(lambda a: a.age >= 90)
    assert 0 < len(older) < 200
    someone = next(iter(older))
    someone.wellbeing = 3.5
    assert citizens.wellbeing[someone.row] == 3.5
    assert all(a.care_given > 0 for a in model.carers.select(at_most=5))


def test_a_citizen_who_is_removed_leaves_no_link_behind() -> None:
    model = town()
    c = model.citizens
    married = next(iter(c.select(c.partner >= 0)))
    widow = int(c.partner[married.row])
    married.remove()
    assert c.partner[widow] == -1
    model.run_for(1)


def test_data_collector_records_every_month() -> None:
    model = town()
    model.run_for(3)
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.index) == [0, 1, 2]
    assert (frame["population"] > 2500).all()
    assert frame["wellbeing"].between(6, 9).all()


def test_to_frame_has_what_researchers_are_promised() -> None:
    frame = town().citizens.to_frame()
    assert isinstance(frame, pd.DataFrame)
    promised = [
        "uid",
        "age",
        "sex",
        "neighbourhood",
        "quintile",
        "frailty",
        "capability",
        "need_hours",
        "unmet_hours",
        "wellbeing",
        "loneliness",
    ]
    assert set(promised) <= set(frame.columns)
    assert set(frame["sex"]) == {"female", "male"}
    assert frame["quintile"].between(1, 5).all()
    assert frame["age"].between(0, 110).all()
    assert frame["uid"].is_unique


@pytest.mark.parametrize("scale", [0, -0.1, 1.5, float("nan")])
def test_a_scale_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match=r"scale is .* above 0 and at most 1"):
        town(scale=scale)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="seed must be a whole number"):
        town(rng=seed)
