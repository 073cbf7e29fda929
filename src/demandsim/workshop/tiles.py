"""The map as tiles: every neighbourhood a square, in the row of its district and the column of its deprivation fifth.

No coordinates are needed, and nothing is looked up anywhere: where a tile stands says how deprived the place is, which
is what a council asks first of any change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from demandsim.measures.recorder import FIRST_YEAR
from demandsim.workshop.areas import AREA_MEASURES, LAST_YEARS, Area, AreaYears, Change, people_sampled, pooled_change

FIFTHS = (
    "most deprived fifth of England",
    "second most deprived fifth",
    "middle fifth",
    "second least deprived fifth",
    "least deprived fifth of England",
)
"""What the deprivation fifths are called, 1 to 5."""

LEAST_ADULTS = 60
"""Adults in all runs together below which a tile shows nothing: a share of fewer is told by a single person."""

Members = np.ndarray[Any, np.dtype[np.intp]]
"""Places of some neighbourhoods among all of the place."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One measure of one tile or one group of tiles.

    Attributes:
        before: Level in the baseline, as shown; None where it is unknown.
        now: Level under the room's choices.
        now_half: Half the width of its 95 % interval.
        level: ``above``, ``below`` or ``about``: where the level lies, clearly, against that of the whole place.
        change: Difference.
        half: Half the width of the difference's interval.
        verdict: ``better``, ``much better``, ``worse``, ``much worse``, ``unclear`` or ``few``.
    """

    before: float | None
    now: float | None
    now_half: float | None
    level: str
    change: float | None
    half: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One neighbourhood, or several taken together.

    Attributes:
        label: What people call it.
        code: Its official code; empty for several together.
        district: Its district.
        fifth: Deprivation fifth, 1 most deprived to 5 least; 0 for all.
        adults: Adults sampled in all runs together.
        shown: What it shows, by name of the measure.
    """

    label: str
    code: str
    district: str
    fifth: int
    adults: int
    shown: dict[str, Shown]


@dataclass(frozen=True)
class MapView:
    """Everything the page draws.

    Attributes:
        years: The years that it is the average of, in words.
        runs: Pairs of runs.
        by_chance: Tiles, of those that show anything, that could look changed by chance alone, if nothing had.
        coarse: Whether a tile is all of a district that lies in one fifth, since a neighbourhood would hold too few.
        tiles: The neighbourhoods, by district, then from the most deprived.
        fifths: The same by deprivation fifth, and all together first.
    """

    years: str
    runs: int
    by_chance: int
    coarse: bool
    tiles: tuple[Tile, ...]
    fifths: tuple[Tile, ...]

    def content(self) -> dict[str, Any]:
        """All of it as plain values for JSON, with the measures' names and units."""
        return asdict(self) | {"measures": {name: asdict(measure) for name, measure in AREA_MEASURES.items()}}


def map_view(
    before: Sequence[AreaYears], now: Sequence[AreaYears], runs: int | None = None, first_year: int = FIRST_YEAR
) -> MapView:
    """Draw up the map from paired runs.

    Args:
        before: Runs of the baseline.
        now: Runs of the room's scenario, of the same luck one by one.
        runs: Pairs that there will be in the end, if more are to come: they decide how large a tile is.
        first_year: Label of the first model year.

    Raises:
        ValueError: If there are no runs, or they do not come in pairs.
    """
    if not before:
        raise ValueError("no runs to draw a map from")
    areas, end = before[0].areas, before[0].end
    last = min(LAST_YEARS, end)
    ends = first_year + end - last, first_year + end - 1
    fifth = np.array([area.quintile for area in areas])
    names = _labels(areas)

    everywhere = np.arange(len(areas))
    usual = {name: pooled_change(before, now, name, everywhere, last).now.value for name in AREA_MEASURES}

    def tile(label: str, members: Members, code: str, district: str, number: int) -> Tile:
        adults = people_sampled(before, members, last)
        shown = {
            name: _shown(pooled_change(before, now, name, members, last), name, level, few=adults < LEAST_ADULTS)
            for name, level in usual.items()
        }
        return Tile(label, code, district, number, round(adults), shown)

    in_the_end = people_sampled(before, everywhere, last) / len(before) * (runs or len(before))
    coarse = in_the_end < LEAST_ADULTS * len(areas)
    if coarse:
        tiles = [
            tile(district, members, f"{district} {number}", district, number)
            for district, number, members in _parts(areas)
        ]
    else:
        tiles = [tile(names[k], np.array([k]), a.code, a.district, a.quintile + 1) for k, a in enumerate(areas)]
    groups = [tile("The whole place", everywhere, "", "", 0)]
    for number, words in enumerate(FIFTHS):
        members = np.flatnonzero(fifth == number)
        if members.size:
            groups.append(tile(words[0].upper() + words[1:], members, "", "", number + 1))
    return MapView(
        years=f"{ends[0]} to {ends[1]}" if last > 1 else str(ends[1]),
        runs=len(before),
        by_chance=round(0.05 * sum(any(s.verdict != "few" for s in found.shown.values()) for found in tiles)),
        coarse=coarse,
        tiles=tuple(sorted(tiles, key=lambda t: (t.district, t.fifth, t.code))),
        fifths=tuple(groups),
    )


def _parts(areas: Sequence[Area]) -> list[tuple[str, int, Members]]:
    """Each district's neighbourhoods by fifth, 1 most deprived to 5 least."""
    held: dict[tuple[str, int], list[int]] = {}
    for place, area in enumerate(areas):
        held.setdefault((area.district, area.quintile + 1), []).append(place)
    return [(district, number, np.array(members, dtype=np.intp)) for (district, number), members in held.items()]


def _labels(areas: Sequence[Area]) -> list[str]:
    """A name for each neighbourhood: its own, or its number in its district where the tables hold none."""
    counted: dict[str, int] = {}
    found = []
    for area in areas:
        counted[area.district] = counted.get(area.district, 0) + 1
        nameless = area.code in area.label
        found.append(f"{area.district}, neighbourhood {counted[area.district]}" if nameless else area.label)
    return found


def _shown(found: Change, measure: str, usual: float, *, few: bool) -> Shown:
    """A change as the page shows it; too few people show nothing but that."""
    if few or math.isnan(found.before):
        return Shown(None, None, None, "", None, None, "few")
    rules, change, now = AREA_MEASURES[measure], found.change, found.now
    digits = rules.decimals + 1
    verdict, level = "unclear", "about"
    if change.clear:
        large = "much " if abs(change.value) >= rules.large else ""
        verdict = large + ("better" if change.value * rules.direction > 0 else "worse")
    if abs(now.value - usual) > now.half:
        level = "above" if now.value > usual else "below"
    return Shown(
        before=round(found.before, digits),
        now=round(now.value, digits),
        now_half=_known(now.half, digits),
        level=level,
        change=round(change.value, digits),
        half=_known(change.half, digits),
        verdict=verdict,
    )


def _known(half: float, digits: int) -> float | None:
    """Half an interval as it is shown; None from a single run."""
    return None if math.isnan(half) else round(half, digits)
