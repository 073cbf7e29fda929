"""Finding places: what people write, what they mean, and what they are told."""

from __future__ import annotations

import subprocess
import sys

import pytest

from demandsim.place.names import PlaceError, districts_of, find_place, list_places, places


def test_every_district_and_county_is_there_and_found_by_name_and_code() -> None:
    assert sum(p.kind == "district" for p in places()) == 296
    assert sum(p.kind == "county" for p in places()) == 21
    for place in places():
        assert find_place(place.code) == place
        assert find_place(place.name.upper()) == place


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sunderland", "Sunderland"),
        ("E08000024", "Sunderland"),
        (" e08000024 ", "Sunderland"),
        ("Sunderland City Council", "Sunderland"),
        ("bristol", "Bristol, City of"),
        ("hull", "Kingston upon Hull, City of"),
        ("durham", "County Durham"),
        ("st helens", "St. Helens"),
        ("Kings Lynn", "King's Lynn and West Norfolk"),
        ("Lincolnshire", "Lincolnshire"),
        ("Royal Borough of Greenwich", "Greenwich"),
        ("E10000023", "North Yorkshire"),
        ("Wïgan", "Wigan"),
        ("King’s Lynn & West Norfolk", "King's Lynn and West Norfolk"),
        ("Saint Helens", "St. Helens"),
        ("Co. Durham", "County Durham"),
        ("LB Camden", "Camden"),
        ("City of London", "City of London"),
        ("Shepway", "Folkestone and Hythe"),
    ],
)
def test_what_people_write_finds_what_they_mean(text: str, name: str) -> None:
    assert find_place(text).name == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Sunderlnd", "did you mean Sunderland?"),
        ("newcastle", "Newcastle-under-Lyme.*Newcastle upon Tyne"),
        ("Allerdale", "part of Cumberland"),
        ("cumbria", "Westmorland and Furness"),
        ("London", "32 boroughs"),
        ("Berkshire", "Reading, Slough, West Berkshire"),
        ("Berkshire County Council", "Reading, Slough, West Berkshire"),
        ("Bedfordshire", "Bedford, Central Bedfordshire or Luton"),
        ("Cleveland", "Hartlepool, Middlesbrough"),
        ("Avon", "Bristol"),
        ("Greater Manchester", "Trafford or Wigan"),
        ("Barrow", "'Barrow-in-Furness' is no longer a council: it is part of Westmorland and Furness"),
        ("Vale Royal", "part of Cheshire West and Chester"),
        ("Alerdale", "did you mean Allerdale?"),
        ("Cardiff", "Wales, Scotland and Northern Ireland are not in the tables"),
        ("Wales", "no English council is called 'Wales' "),
        ("東京", "no English council is called '東京' "),
        ("", "no place given"),
        ("../../etc/passwd", "no English council"),
        ("\x00", "no place given"),
    ],
)
def test_what_cannot_be_found_is_explained(text: str, says: str) -> None:
    with pytest.raises(PlaceError, match=says):
        find_place(text)


def test_lists_are_filtered_and_counties_know_their_districts() -> None:
    assert [p.name for p in list_places("sunder")] == ["Sunderland"]
    assert len(list_places()) == 317
    lincolnshire = find_place("lincolnshire")
    assert [p.council_code for p in districts_of(lincolnshire)] == [lincolnshire.code] * 7
    assert not find_place("boston").has_care_duty
    assert find_place("wigan").has_care_duty


def test_names_are_read_without_anything_heavy() -> None:
    code = (
        "import sys; from demandsim.place.names import find_place; find_place('wigan');"
        "print(sorted({'numpy', 'pandas', 'mesa', 'numba'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
