"""The packaged tables: small, attributed, complete."""

from __future__ import annotations

from importlib.resources import files

import pytest

from demandsim.place.names import PlaceError, find_place, places
from demandsim.place.tables import area_row, district_tables, living_alone, rows, uk_death_chances

FOLDER = files("demandsim.data")


def test_tables_are_small_and_each_is_attributed() -> None:
    tables = [t for t in (FOLDER / "tables").iterdir() if not t.name.startswith(".")]
    assert sum(len(t.read_bytes()) for t in tables) < 4_000_000
    sources = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    assert "Open Government Licence v3.0" in sources
    for table in tables:
        assert f"`{table.name}`" in sources


def test_every_district_stands_in_every_table_by_area() -> None:
    by_area = (
        "partnership.csv.gz",
        "households.csv.gz",
        "births_and_deaths.csv.gz",
        "migration.csv.gz",
        "unpaid_care_hours.csv.gz",
        "loneliness.csv.gz",
        "oldest.csv.gz",
    )
    codes = {p.code for p in places() if p.kind == "district"}
    for name in by_area:
        held = [row["code"] for row in rows(name)]
        assert len(held) == len(set(held))
        assert codes <= set(held)
    assert {row["district"] for row in rows("neighbourhoods.csv.gz")} == codes


def test_a_missing_area_is_named() -> None:
    with pytest.raises(PlaceError, match="nothing for E99"):
        area_row("partnership.csv.gz", "E99")


def test_sunderland_reads_as_published() -> None:
    tables = district_tables(find_place("sunderland"), 0.08)
    assert tables.people.sum() == 288_606
    assert len(tables.areas.code) == 185
    assert tables.areas.people.sum() == 277_846
    assert tables.areas.label[0].startswith("Sunderland ")
    assert tables.communal_known
    assert not district_tables(find_place("rutland"), 0.08).communal_known
    assert tables.tenure["households"] == pytest.approx(122_177, abs=10)


def test_national_shares_and_rates_are_those_of_the_sources() -> None:
    alone = living_alone()
    assert (100 * alone.share[1]).round(1).tolist() == [2.0, 5.3, 12.5, 29.8, 46.7]
    assert (100 * alone.share[0]).round(1).tolist() == [2.5, 11.2, 15.4, 24.7, 27.4]
    chances = uk_death_chances()
    assert chances.shape == (21, 2, 101)
    assert (chances[:, 0, 60:95] > chances[:, 1, 60:95]).all()
    assert (chances[-1, :, 50:90] < chances[0, :, 50:90]).all()
