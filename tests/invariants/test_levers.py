"""Each lever alone, from its deficit-based to its strengths-based end: what it moves first, which way, and when.

The directions are those of structure: who gets more of what is given out, what an hour spent here is missing elsewhere.
Whether people end up better off is asserted nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from demandsim import DemandModel, load_scenario
from demandsim.agents.citizens import Arrangement
from demandsim.ledger import Month
from demandsim.scenario.levers import LEVERS
from demandsim.scenario.scenario import NO_ADOPTION, Scenario

MONTHS = 12

type Seen = tuple[DemandModel, Books]
type Reading = Callable[[DemandModel, Books], float]


class Books:
    """Adds up what the months book."""

    def __init__(self) -> None:
        self.people: dict[str, float] = {}
        self.totals: dict[str, float] = {}
        self.costs: dict[str, float] = {}
        self.weeks: list[float] = []

    def __call__(self, model: DemandModel, month: Month) -> None:
        for name, cells in month.people.items():
            self.people[name] = self.people.get(name, 0.0) + float(cells.sum())
        for name, value in month.totals.items():
            self.totals[name] = self.totals.get(name, 0.0) + value
        for (service, _), pounds in month.costs.items():
            self.costs[service] = self.costs.get(service, 0.0) + pounds
        workers = float(model.workers.weight.sum(dtype=np.float64))
        self.weeks.append(float(model.services["home_care"].supply) / workers)


def with_levers(*fields: str, start_year: int = 0) -> Scenario:
    """Deficit-based practice with some levers at their strengths-based end, at once; nobody is trained in no hours."""
    base, strengths = load_scenario("deficit"), load_scenario("strengths")
    hours = strengths.adoption.training_hours_per_worker if "trained_share" in fields else 0.0
    return replace(
        base,
        practice=replace(base.practice, **{field: getattr(strengths.practice, field) for field in fields}),
        adoption=replace(NO_ADOPTION, fidelity=1.0, start_year=start_year, training_hours_per_worker=hours),
    )


def run(scenario: Scenario, months: int = MONTHS) -> Seen:
    books = Books()
    model = DemandModel(scenario, place="sunderland", scale=0.1, rng=11, on_month=books)
    model.run_for(months)
    return model, books


@cache
def base() -> Seen:
    return run(load_scenario("deficit"))


def total(name: str) -> Reading:
    return lambda model, _: float(np.sum(getattr(model.citizens, name)[model.citizens.rows], dtype=np.float64))


def mean_of_workers(name: str) -> Reading:
    return lambda model, _: float(np.mean(getattr(model.workers, name)[model.workers.rows], dtype=np.float64))


def booked(name: str) -> Reading:
    return lambda _, books: books.people.get(name, 0.0)


def spent(service: str) -> Reading:
    return lambda _, books: books.costs.get(service, 0.0)


def time_with_people(_: DemandModel, books: Books) -> float:
    """Hours a week for visits and travel, per worker, in the first month.

    Later, where each has more, fewer are hired, and then fewer are new and slow: the year's end can go either way.
    """
    return books.weeks[0]


def hours_of_a_visit(_: DemandModel, books: Books) -> float:
    return (books.people["home_care_hours"] + books.people["private_hours"]) / books.totals["visits"]


def new_plans(model: DemandModel, _: Books) -> float:
    """Mean hours of the plans made since month 0."""
    citizens = model.citizens
    new = citizens.council_funded & (citizens.arrangement > 0) & (citizens.arrangement_month >= 0)
    return float(citizens.plan_hours[new].mean(dtype=np.float64))


def largest_break(model: DemandModel, _: Books) -> float:
    return float(model.citizens.carer_break.max())


def hosts(model: DemandModel, _: Books) -> float:
    return float(model.services["shared_lives"].capacity)


def direct_payments(model: DemandModel, _: Books) -> float:
    return float(np.count_nonzero(model.citizens.arrangement == Arrangement.DIRECT_PAYMENT))


def groups(model: DemandModel, _: Books) -> float:
    return float(len(model.groups))


def informed(model: DemandModel, _: Books) -> float:
    return float(np.count_nonzero(model.citizens.carer_informed))


UP, DOWN, NOT_DOWN, NOT_UP = "up", "down", "not down", "not up"

FIRST: dict[str, tuple[Reading, str]] = {
    "door_hours": (booked("assessments"), DOWN),
    "assessment_hours": (booked("assessments"), DOWN),
    "team_hours_ratio": (spent("assessment"), UP),
    "handoffs": (new_plans, UP),  # fewer plans miss part of what is needed
    "menu_share": (hosts, UP),  # at the door it is worth little while conversations are short
    "family_ask_share": (total("gap_fill"), UP),
    "direct_payment_share": (direct_payments, UP),
    "placement_bands": (booked("care_home_admissions"), NOT_UP),
    "visit_minutes": (hours_of_a_visit, UP),  # a cap, not a dose, but some tasks take longer than 30 minutes
    "goal_share": (total("enabling_hours"), UP),
    "rota_share": (total("relationship"), UP),
    "recording_share": (time_with_people, UP),
    "autonomy": (mean_of_workers("strain"), DOWN),
    "supervision_hours": (mean_of_workers("strain"), DOWN),
    "trained_share": (mean_of_workers("skill"), UP),
    "values_led_share": (mean_of_workers("values_led"), UP),
    "learning_hours": (time_with_people, DOWN),
    "mending_share": (booked("turned_away"), DOWN),
    "reablement_places": (spent("reablement"), UP),
    "carer_break_share": (largest_break, UP),  # there are no more hours of breaks, but more for one carer
    "carer_break_hours": (total("carer_break"), UP),
    "carer_reach_share": (informed, UP),
    "carer_information_hours": (total("carer_capability"), UP),
    "carer_backup_share": (total("carer_backup"), UP),
    "connectors": (booked("contacts"), UP),
    "catalysts": (groups, UP),
    "peer_supporters": (total("enabling_hours"), UP),
    "group_grant_share": (spent("community"), UP),
    "pooled_share": (booked("delayed_days"), DOWN),
    "rapid_support_places": (booked("emergency_admissions"), NOT_UP),
    "home_care_price": (spent("home_care"), UP),
    "broker_hours": (spent("brokerage"), UP),
    "shared_lives_hosts": (hosts, UP),
    "alliance_share": (spent("commissioning"), UP),  # what it saves begins a year later
    "contract_years": (spent("commissioning"), UP),  # a longer contract costs more to agree, and saves later
    "micro_starts": (spent("micro_enterprises"), UP),
    "open_door_share": (booked("heard_out"), UP),
    "together_share": (total("together"), UP),
    "appointment_days": (booked("appointment_day_people"), UP),
}
"""What each lever moves within a year, and which way."""

BESIDE = {"mending_share": ("learning_hours",)}
"""Levers that do nothing alone, and those beside which they are moved: nothing is mended without hours to learn in."""


def test_every_lever_is_here() -> None:
    assert {lever.field for lever in LEVERS} == set(FIRST)


@pytest.mark.slow
@pytest.mark.parametrize("field", sorted(FIRST))
def test_a_lever_moves_first_what_it_is_about(field: str) -> None:
    reading, way = FIRST[field]
    beside = BESIDE.get(field, ())
    moved = reading(*run(with_levers(field, *beside)))
    before = reading(*(run(with_levers(*beside)) if beside else base()))
    assert {UP: moved > before, DOWN: moved < before, NOT_DOWN: moved >= before, NOT_UP: moved <= before}[way]


@pytest.mark.slow
@pytest.mark.parametrize("field", sorted(FIRST))
def test_nothing_moves_before_a_lever_acts(field: str) -> None:
    later, _ = run(with_levers(field, *BESIDE.get(field, ()), start_year=1))
    assert later.digest() == base()[0].digest()
