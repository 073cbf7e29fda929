"""Neighbourhoods are places, not numbers: numbering them otherwise changes nobody's life.

Three processes draw luck for a neighbourhood itself – who meets whom, where groups form, where arrivals settle – and
there another number is other luck. Every other process is held to give exactly the same people.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim import model as engine
from demandsim.place.builder import Population, build_population
from demandsim.processes.community import Community
from demandsim.processes.friendship import Friendship
from demandsim.processes.migration import Migration
from demandsim.scenario.library import load_scenario


def relabelled(*args: Any, **kwargs: Any) -> Population:
    population = build_population(*args, **kwargs)
    number = np.random.default_rng(0).permutation(len(population.neighbourhoods))
    areas = tuple(population.neighbourhoods[i] for i in np.argsort(number))
    return replace(population, neighbourhood=number[population.neighbourhood].astype(np.int32), neighbourhoods=areas)


def test_relabelling_neighbourhoods_permutes_results(monkeypatch: pytest.MonkeyPatch) -> None:
    without = tuple(kind for kind in engine.MONTH if kind not in (Friendship, Community, Migration))
    monkeypatch.setattr(engine, "MONTH", without)

    def run(build: Any) -> engine.DemandModel:
        engine._settled_places.clear()
        monkeypatch.setattr(engine, "build_population", build)
        model = engine.DemandModel(load_scenario("strengths"), scale=0.02, rng=3)
        model.run_for(4)
        engine._settled_places.clear()
        return model

    plain, permuted = run(build_population), run(relabelled)
    for name, values in plain.citizens.state().items():
        if name != "neighbourhood":
            np.testing.assert_array_equal(values, getattr(permuted.citizens, name), err_msg=name)
    codes = [[m.neighbourhoods[i].code for i in m.citizens.get("neighbourhood")] for m in (plain, permuted)]
    assert codes[0] == codes[1]
    assert len(set(codes[0])) > 100
