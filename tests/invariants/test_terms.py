"""Each term alone: what it moves first, which way, and that nothing moves in the months before it holds.

The directions are those of structure, as for the levers of practice: who is given what, and who pays.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from demandsim import load_scenario
from demandsim.scenario.scenario import Scenario
from demandsim.scenario.terms import SECTIONS, TERMS, Agreed, Terms
from tests.invariants.test_levers import DOWN, NOT_DOWN, NOT_UP, UP, Reading, Seen, base, booked, run

FIRST: dict[str, tuple[dict[str, float], Reading, str]] = {
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
