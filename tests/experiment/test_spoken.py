"""How places are called in headings and sentences, over every place there is."""

from __future__ import annotations

from demandsim.experiment.comparison import Results
from demandsim.experiment.plan import Place
from demandsim.experiment.spoken import heading, spoken
from demandsim.place.names import find_place, places
from demandsim.report.brief import question
from demandsim.report.pairs import pairs
from tests.experiment.fake import fake_plan, invented_rows


def test_names_in_headings_and_sentences() -> None:
    found = {name: spoken(find_place(name).name) for name in ("bristol", "herefordshire", "hull", "wirral")}
    assert list(found.values()) == ["Bristol", "Herefordshire", "Kingston upon Hull", "Wirral"]
    assert heading(find_place("bristol").name) == "Bristol"
    assert heading("Isles of Scilly") == "Isles of Scilly"
    assert {place.name for place in places() if spoken(place.name).startswith("the ")} == {
        *("City of London", "East Riding of Yorkshire", "Forest of Dean", "Isle of Wight", "Isles of Scilly"),
        *("Derbyshire Dales", "Malvern Hills", "New Forest", "South Hams", "Staffordshire Moorlands"),
        "Vale of White Horse",
    }
    assert [name for place in places() if "," in (name := spoken(place.name))] == [
        "Bournemouth, Christchurch and Poole"
    ]


def test_sentences_take_it_from_there() -> None:
    plan = fake_plan(place=Place("scilly", "Isles of Scilly", "E06000053"), replicates=2)
    results = Results(plan, invented_rows(plan))
    assert question(results, pairs(results)).startswith("What changes in the Isles of Scilly from 2024 to 2026")
