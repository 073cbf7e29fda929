"""Rates of a place, against the figures they are meant to reproduce."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.place.names import find_place, places
from demandsim.place.own import OwnFigures
from demandsim.place.profile import place_profile, quintile_ratio
from demandsim.place.rules import ProfileRules, read
from demandsim.place.tables import area_row, rows


def test_deaths_and_births_of_the_latest_year_come_out() -> None:
    for name, deaths, births in (("sunderland", 3213, 2697), ("wigan", 3475, 3307), ("peterborough", 1685, 2538)):
        profile = place_profile(name)
        rate = -np.log1p(-profile.qx[0])
        by_fifth = (profile.quintile_people * rate[:, None, :] * profile.quintile_ratio).sum()
        assert by_fifth * profile.mortality_factor == pytest.approx(deaths)
        assert (profile.people * rate).sum() * profile.deaths_factor == pytest.approx(deaths, rel=0.02)
        assert profile.people[1] @ profile.asfr * profile.births_factor == pytest.approx(births, rel=0.005)
        assert (profile.deaths, profile.births) == (pytest.approx(deaths), pytest.approx(births))


def test_scaled_rates_give_the_life_expectancy_of_sunderland() -> None:
    profile = place_profile("sunderland")
    for sex, years in ((0, 17.9), (1, 20.2)):
        alive = np.exp(-np.concatenate([[0], np.cumsum(-np.log1p(-profile.qx[0, sex]) * profile.deaths_factor)]))
        expectancy = (alive[65:101] + alive[66:102]).sum() / 2 / alive[65]
        assert expectancy == pytest.approx(years, abs=0.05)


def test_the_deprivation_gradient_averages_to_one_and_fades() -> None:
    ratio = quintile_ratio(read(ProfileRules, None))
    people = np.zeros((2, 5, 15))
    deaths = np.zeros((2, 5, 15))
    for row in rows("deprivation_mortality.csv"):
        cell = ("male", "female").index(row["sex"]), int(row["quintile"]), int(row["age_from"]) // 5
        people[cell], deaths[cell] = float(row["population"]), float(row["deaths"])
    for group in range(15):
        weights = people[:, :, group] / people[:, :, group].sum(axis=1, keepdims=True)
        mean = (ratio[:, :, group * 5 : group * 5 + 5] * weights[:, :, None]).sum(axis=1)
        assert np.allclose(mean, 1)
    raw = (deaths[:, 0] / people[:, 0]) / (deaths[:, 4] / people[:, 4])
    assert ratio[:, 0, 62] / ratio[:, 4, 62] == pytest.approx(raw[:, 12], rel=0.02)
    assert (np.diff(ratio[:, :, 40:95], axis=1) < 0).all()
    assert ratio[:, :, 99:] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", ["sunderland", "wigan", "lincolnshire", "east sussex", "county durham"])
def test_moves_in_by_age_add_up_to_the_published_flow(name: str) -> None:
    profile = place_profile(name)
    people = profile.people.sum(axis=0)
    table = area_row("migration.csv.gz", profile.code)
    out = (profile.out_rate @ people) / people.sum() * 1000
    coming = (profile.in_rate @ people) / people.sum() * 1000
    assert out == pytest.approx(table["internal_out"] + table["international_out"])
    assert coming == pytest.approx(table["internal_in"] + table["international_in"], rel=0.05)
    assert np.array_equal(profile.in_rate[85:], profile.out_rate[85:])


def test_every_place_has_a_profile_with_sane_rates() -> None:
    for place in places():
        profile = place_profile(place)
        assert 0.5 < profile.deaths_factor < 1.5
        assert 0.5 < profile.mortality_factor < 1.5
        assert (profile.in_rate >= 0).all()
        assert (profile.out_rate > 0).all()
        assert profile.quintile_people.sum() == pytest.approx(profile.people.sum())
        assert sum(profile.carers_by_hours.values()) < 0.2 * profile.residents_5_plus
        assert (profile.share_of_county < 1) == bool(profile.note)


def test_shares_of_a_county_sum_to_one() -> None:
    county = find_place("lincolnshire")
    parts = [place_profile(p) for p in places() if p.council_code == county.code and p.kind == "district"]
    assert sum(p.share_of_county for p in parts) == pytest.approx(1)
    assert "Lincolnshire provides it" in parts[0].note
    clients = [p.long_term_clients for p in parts]
    assert sum(c for c in clients if c is not None) == pytest.approx(8755)


def test_own_figures_replace_the_published_ones_and_are_named() -> None:
    place = find_place("wigan")
    base = place_profile(place)
    own = OwnFigures(place, {"deaths_factor": 1.2, "home_owner_share": 0.7, "moves_in_per_1000": 40})
    changed = place_profile(place, own)
    assert changed.own_figures == ("deaths_factor", "home_owner_share", "moves_in_per_1000")
    assert base.own_figures == ()
    assert changed.home_owner_share == 0.7
    assert changed.deaths == pytest.approx(base.deaths * 1.2 / base.deaths_factor)
    assert changed.mortality_factor / base.mortality_factor == pytest.approx(1.2 / base.deaths_factor)
    assert changed.published_figures()["moves_in_per_1000"] == pytest.approx(40)
    assert changed.key != base.key == place_profile(place).key
