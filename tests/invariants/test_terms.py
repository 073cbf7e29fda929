"""Each term alone: what it moves first, which way, and that nothing moves in the months before it holds.

The directions are those of structure, as for the levers of practice: who is given what, and who pays.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from demandsim import DemandModel, load_scenario
from demandsim.processes.charging import limits_level
from demandsim.scenario.scenario import Scenario
from demandsim.scenario.terms import SECTIONS, TERMS, Agreed, Terms
from tests.invariants.test_levers import (
    DOWN,
    NOT_DOWN,
    NOT_UP,
    UP,
    Books,
    Reading,
    Seen,
    base,
    booked,
    mean_of_workers,
    run,
    spent,
    total,
)

BOND = {"bond_percent": 2.0, "bond_years": 3.0}


def of_council(name: str) -> Reading:
    return lambda model, _: float(getattr(model.council, name))


def level_of_limits(model: DemandModel, _: Books) -> float:
    return limits_level(model)


FIRST: dict[str, tuple[dict[str, float], Reading, str]] = {
    "digital_door_share": ({"digital_door_share": 0.6}, booked("assessments"), UP),  # the hours it saves at the door
    "third_sector_share": ({"third_sector_share": 0.5}, spent("provider_transfer"), UP),
    "mutual_share": ({"mutual_share": 0.5}, mean_of_workers("own_say"), UP),
    "community_hubs": ({"community_hubs": 10.0}, spent("community_hubs"), UP),
    "let_go_share": ({"let_go_share": 1.0}, spent("community"), DOWN),  # what members raise is less than what went
    "results_share": ({"results_share": 0.5}, spent("contract_management"), UP),
    "bond_percent": (BOND, booked("reablement_starts"), UP),
    "bond_years": (BOND, spent("contract_management"), UP),
    "neighbourhood_share": ({"neighbourhood_share": 0.5}, spent("neighbourhood_administration"), UP),
    "co_payment_percent": ({"co_payment_percent": 30.0}, total("paid_hours"), DOWN),  # some take less care
    "tax_freeze_years": ({"tax_freeze_years": 5.0}, of_council("tax_forgone"), UP),
    "invest_percent": ({"invest_percent": 2.0, "invest_years": 5.0}, of_council("extra_break_hours"), UP),
    "invest_years": ({"invest_percent": 2.0, "invest_years": 5.0}, of_council("debt"), UP),
    "means_limits_frozen_share": ({"means_limits_frozen_share": 0.0}, level_of_limits, UP),
    "income_advice": ({"income_advice": 500.0}, total("advised"), UP),
    "visible_accounts_share": ({"visible_accounts_share": 1.0}, spent("accounts"), UP),
    "technology_share": ({"technology_share": 0.5}, booked("home_care_hours"), DOWN),  # checks instead of visits
    "adaptations": ({"adaptations": 1000.0}, booked("homes_adapted"), UP),
}
"""By the field of `Terms`: the terms to set, what they move within a year, and which way."""


def with_terms(terms: dict[str, float], start_year: int = 0) -> Scenario:
    """Deficit-based practice with some terms in force from a year on."""
    return replace(
        load_scenario("deficit"),
        agreed=Agreed(terms=Terms(**terms), start_years=(start_year,) * len(SECTIONS)),
    )


@cache
def moved(field: str) -> Seen:
    return run(with_terms(FIRST[field][0]))


def test_every_term_is_here() -> None:
    assert {term.field for term in TERMS} == set(FIRST)


@pytest.mark.slow
@pytest.mark.parametrize("field", sorted(FIRST))
def test_a_term_moves_first_what_it_is_about(field: str) -> None:
    _, reading, way = FIRST[field]
    after, before = reading(*moved(field)), reading(*base())
    assert {UP: after > before, DOWN: after < before, NOT_DOWN: after >= before, NOT_UP: after <= before}[way]


@pytest.mark.slow
@pytest.mark.parametrize("field", sorted(FIRST))
def test_nothing_moves_before_a_term_holds(field: str) -> None:
    later, _ = run(with_terms(FIRST[field][0], start_year=1))
    assert later.digest() == base()[0].digest()
