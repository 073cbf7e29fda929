"""Further targets: read off a short run, they agree with the ledger and with one another."""

from __future__ import annotations

from functools import cache

import pytest

from demandsim import DemandModel, load_scenario
from demandsim.experiment.calibration import YearBooks
from demandsim.experiment.care_targets import CareBooks, RangeTarget, further_targets
from demandsim.ledger import Month
from demandsim.place.profile import place_profile

TARGET = RangeTarget("x", "x", 2.0, 1.0, 4.0, "here", False)


@cache
def watched() -> tuple[dict[str, float], dict[str, float], CareBooks]:
    books, care = YearBooks(), CareBooks()

    def watch(model: DemandModel, month: Month) -> None:
        books(model, month)
        care(model, month)

    model = DemandModel(load_scenario("sustained"), place="sunderland", scale=0.02, rng=3, on_month=watch)
    model.run_for(6)
    return care.readings(model), books.readings(1.0), care


@pytest.mark.parametrize(("value", "met"), [(0.99, False), (1.0, True), (4.0, True), (4.01, False)])
def test_a_range_holds_its_ends(value: float, met: bool) -> None:
    assert TARGET.met_by(value) is met
    assert TARGET.band_words == "1 to 4"


def test_every_target_has_a_reading() -> None:
    names = {target.name for target in further_targets(place_profile("sunderland"))}
    stock = {"carers.strained_50plus"}
    assert names - stock <= watched()[0].keys()
    assert len(names) == len(further_targets(place_profile("sunderland")))


def test_places_without_figures_of_their_own_have_the_national_ones() -> None:
    local = {t.name for t in further_targets(place_profile("sunderland"))}
    assert {t.name for t in further_targets(place_profile("wigan"))} < local


def test_admissions_by_age_add_up_to_the_ledgers() -> None:
    readings, counts, care = watched()
    people = care.person_months / 12.0
    older = sum(readings[f"admissions.{band}"] * people[k] for band, k in (("65_74", 2), ("75_84", 3), ("85plus", 4)))
    assert older == pytest.approx(care.by_age["emergency_admissions"][2:].sum())
    assert care.by_age["emergency_admissions"].sum() == pytest.approx(counts["count.emergency_admissions"])


def test_what_becomes_of_requests_adds_up() -> None:
    readings = watched()[0]
    parts = ("reablement65", "long_term65", "low_level65", "no_direct65")
    assert sum(readings[f"requests.{part}"] for part in parts) == pytest.approx(1.0)
    assert readings["requests.per_person"] >= 1.0


def test_shares_of_spend_are_shares() -> None:
    readings = watched()[0]
    assert 0 < readings["spend.homes65"] + readings["spend.home_care65"] <= 1
    assert 0 < readings["spend.working_age"] < 1
