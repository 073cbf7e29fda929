import json

import numpy as np
import pytest

from demandsim.workshop.areas import AREA_MEASURES, Area, AreaYears
from demandsim.workshop.tiles import map_view

AREAS = (
    Area("E01000009", "Alpha E01000009", "Alpha", 4),
    Area("E01000001", "Beta 001A", "Beta", 0),
    Area("E01000002", "Beta 001B", "Beta", 0),
    Area("E01000003", "Beta 002A", "Beta", 2),
)


def runs(share: float, sizes: tuple[float, ...] = (20, 20, 2, 20), n: int = 8, years: int = 5) -> list[AreaYears]:
    """Paired runs whose shares stray a little, the same way in both."""
    found = []
    for k in range(n):
        people = np.repeat(12.0 * np.array(sizes)[:, None], years, axis=1)
        top = people * (share + 0.002 * (-1) ** k)
        found.append(AreaYears(AREAS, people, dict.fromkeys(AREA_MEASURES, top), years))
    return found


def test_tiles_stand_by_district_and_fifth_and_have_names_people_know() -> None:
    view = map_view(runs(0.10), runs(0.05))
    assert [(t.district, t.fifth) for t in view.tiles] == [("Alpha", 5), ("Beta", 1), ("Beta", 1), ("Beta", 3)]
    assert view.tiles[0].label == "Alpha, neighbourhood 1"
    assert not any(tile.code in tile.label for tile in view.tiles)
    assert view.years == "2026 to 2028"


def test_a_clear_change_gets_a_verdict_by_its_direction() -> None:
    view = map_view(runs(0.10), runs(0.05))
    shown = view.tiles[1].shown
    assert shown["unmet"].verdict == "much better"  # 50 fewer of every 1,000
    assert (shown["unmet"].before, shown["unmet"].now) == (100.0, 50.0)
    assert shown["wellbeing"].verdict == "worse"  # 0.05 less, below what counts as much


def test_too_few_people_show_nothing() -> None:
    few = map_view(runs(0.10), runs(0.05)).tiles[2]
    assert few.adults == 16  # two adults in each of eight runs
    assert {shown.verdict for shown in few.shown.values()} == {"few"}
    assert few.shown["unmet"].before is None


def test_where_a_neighbourhood_would_hold_too_few_a_tile_is_all_of_a_district_in_one_fifth() -> None:
    """A sample of a large county holds two or three adults of a neighbourhood: every tile would be blank."""
    small = (5.0, 5.0, 5.0, 5.0)
    view = map_view(runs(0.10, small), runs(0.05, small))
    assert view.coarse
    assert [(t.label, t.fifth, t.adults) for t in view.tiles] == [("Alpha", 5, 40), ("Beta", 1, 80), ("Beta", 3, 40)]
    assert [t.shown["unmet"].verdict for t in view.tiles] == ["few", "much better", "few"]
    assert len({t.code for t in view.tiles}) == 3
    more = map_view(runs(0.10, small), runs(0.05, small), runs=12)
    assert not more.coarse  # with the runs that follow there will be enough of each neighbourhood
    assert len(more.tiles) == 4


def test_what_chance_could_make_is_of_the_tiles_that_show_anything() -> None:
    areas = tuple(Area(f"E0100{k:04}", f"Alpha {k}", "Alpha", k % 5) for k in range(100))
    people = np.repeat(np.where(np.arange(100) < 60, 240.0, 2.0)[:, None], 3, axis=1)
    found = [AreaYears(areas, people, dict.fromkeys(AREA_MEASURES, people * (0.1 + 0.01 * k)), 3) for k in range(8)]
    assert map_view(found, found).by_chance == 3  # of the 60 with enough people


def test_a_level_is_told_from_the_places_own_only_where_it_is_clear() -> None:
    people = np.full((4, 1), 240.0)
    shares = np.array([[0.10], [0.10], [0.30], [0.10]])
    wobble = [np.array([[0.001], [0.2], [0.001], [0.001]]) * (-1) ** k for k in range(6)]
    found = [AreaYears(AREAS, people, dict.fromkeys(AREA_MEASURES, people * (shares + w)), 1) for w in wobble]
    levels = {tile.code: tile.shown["unmet"].level for tile in map_view(found, found).tiles}
    assert levels == {"E01000009": "below", "E01000001": "about", "E01000002": "above", "E01000003": "below"}


def test_no_change_is_unclear_and_one_run_is_never_clear() -> None:
    assert {t.shown["unmet"].verdict for t in map_view(runs(0.1), runs(0.1)).fifths} == {"unclear"}
    sizes = (80.0, 80.0, 80.0, 80.0)
    single = map_view(runs(0.1, sizes, n=1), runs(0.01, sizes, n=1))
    assert {t.shown["unmet"].verdict for t in single.tiles} == {"unclear"}


def test_the_whole_place_and_its_fifths_stand_first_and_everything_is_json() -> None:
    view = map_view(runs(0.10), runs(0.05))
    assert [t.fifth for t in view.fifths] == [0, 1, 3, 5]
    assert view.fifths[0].label == "The whole place"
    told = json.loads(json.dumps(view.content(), allow_nan=False))
    assert told["measures"]["unmet"]["unit"] == "of every 1,000 adults"
    assert len(told["tiles"]) == 4


def test_no_runs_no_map() -> None:
    with pytest.raises(ValueError, match="no runs"):
        map_view([], [])
