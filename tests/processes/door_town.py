"""A toy town with need in it, for the tests of help-seeking, front door, planning, delivery and workforce."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from demandsim.agents.services import Service
from demandsim.parameters.register import Numbers
from demandsim.processes.allocation import Allocation
from demandsim.processes.assessment import Assessment
from demandsim.processes.delivery import Delivery
from demandsim.processes.front_door import FrontDoor
from demandsim.processes.help_seeking import HelpSeeking
from demandsim.processes.home_care import home_care
from demandsim.processes.workforce import Workforce
from demandsim.scenario.scenario import NO_ADOPTION
from demandsim.scenario.terms import NOTHING_AGREED
from tests.toy import toy_model

CHAIN = (HelpSeeking, FrontDoor, Assessment, Allocation, Delivery, Workforce)


def needy_town(people: int = 4000, seed: int = 1, **levers: Any) -> Any:
    """A town where older people have limitation, hands-on need and a little help from kin; nothing changes it."""
    model = toy_model(people, seed)
    model.practice = replace(model.practice, **levers)
    model.policy = SimpleNamespace(adoption=NO_ADOPTION, agreed=NOTHING_AGREED)
    model.services["carers_service"] = Service(model, name="carers_service", funder="council", unit="h/month")
    citizens = model.citizens
    generator = np.random.default_rng(seed + 100)
    older = citizens.age_months >= 780
    age = citizens.age_months / 12
    latent = 0.2 + 0.03 * (age - 65) + 0.75 * generator.standard_normal(citizens.size)
    citizens.limitation[:] = np.where(older & citizens.alive, latent, 0)
    knots = ([1.0, 1.174, 2.015, 2.866], [3.0, 6.0, 15.0, 28.0])
    citizens.hands_on[:] = np.interp(citizens.limitation, *knots, left=0)
    citizens.band[:] = np.searchsorted(knots[0], citizens.limitation, side="right")
    citizens.recent_loss[:] = np.where(older & (generator.random(citizens.size) < 0.1), 1.0, 0)
    kin = np.where(generator.random(citizens.size) < 0.5, generator.gamma(2, 4, citizens.size), 0)
    citizens.kin_hours[:] = np.minimum(kin, citizens.hands_on)
    citizens.kin_spare[:] = np.where(kin > 0, 3, 0)
    return model


def chain(model: Any, overrides: dict[str, float] | None = None) -> list[Any]:
    """The processes from help-seeking to workforce, started."""
    numbers = Numbers(overrides)
    processes = [process(numbers) for process in CHAIN]
    for process in processes:
        process.welcome(model, model.citizens.rows)
    for process in processes:
        process.start(model)
    return processes


def run(model: Any, processes: list[Any], months: int) -> list[Any]:
    """Step months; the ledger of each."""
    ledgers = []
    for _ in range(months):
        for process in processes:
            process.step(model)
        ledgers.append(model.ledger.close())
        model.month += 1
    return ledgers


def staffed(model: Any, supply: float) -> None:
    """Give home care a fixed supply of worker hours a week."""
    service = home_care(model)
    service.staffed, service.supply = True, supply
