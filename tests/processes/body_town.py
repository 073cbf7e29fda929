"""An invented town with bodies: Gompertz mortality, a simple gradient, few run-in lives; nothing on disk."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from demandsim.parameters.register import Numbers
from demandsim.processes import kept_lives
from demandsim.processes.bodies import give_body
from demandsim.processes.donors import Lives, live
from tests.toy import toy_model

YEARS = np.arange(101)


def profile() -> Any:
    """Mortality that grows by 10 % a year of age and falls by 1 % a year; the poorest die 1.5 times as often."""
    rate = np.stack([7e-5 * np.exp(0.098 * YEARS), 4e-5 * np.exp(0.1 * YEARS)])
    qx = np.stack([1 - np.exp(-rate * 0.99**year) for year in range(5)])
    ratio = np.broadcast_to(1.5 ** ((2 - np.arange(5)) / 4)[None, :, None], (2, 5, 101)).copy()
    return SimpleNamespace(qx=qx, quintile_ratio=ratio, deaths_factor=1.1, mortality_factor=1.05, code="E00000000")


@cache
def few_lives() -> Lives:
    """Run-in lives of the town, 400 for each sex and fifth."""
    place = profile()
    return live(Numbers(), place.qx[0], place.quintile_ratio, count=400)


def body_town(people: int = 20_000, seed: int = 1, **overrides: float) -> Any:
    """A town whose people have bodies; ``overrides`` are parameter values, with ``__`` for the dot."""
    model = toy_model(people, seed)
    model.profile = profile()
    model.numbers = Numbers({key.replace("__", "."): value for key, value in overrides.items()})
    place = model.profile
    key = kept_lives.lives_key(model.numbers, place.qx[0], place.quintile_ratio, place.mortality_factor)
    kept_lives._held[key] = few_lives()  # the same bodies whatever a test overrides: no file, no waiting
    give_body(model, np.flatnonzero(model.citizens.alive))
    return model
