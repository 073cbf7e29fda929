"""Neighbourhoods have a name, a district and a fifth, and are those of the built place."""

from __future__ import annotations

import pytest

from demandsim.place.builder import build_population
from demandsim.place.names import PlaceError
from demandsim.place.neighbourhoods import FIFTHS, named_areas


def test_they_are_those_of_the_built_place() -> None:
    found = named_areas("sunderland")
    built = build_population("sunderland", 0.02).neighbourhoods
    assert list(found) == [area.code for area in built]
    for area in built:
        named = found[area.code]
        assert (named.label, named.district, named.fifth) == (area.label, area.district, area.quintile + 1)


def test_none_is_told_by_its_code_alone() -> None:
    for area in named_areas("hartlepool").values():
        assert area.told.startswith("Hartlepool ")
        assert area.told.endswith(f"({FIFTHS[area.fifth - 1]} fifth)")


def test_a_county_has_those_of_all_its_districts() -> None:
    areas = named_areas("oxfordshire").values()
    assert len({area.district for area in areas}) == 5


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(PlaceError):
        named_areas("atlantis")
