"""Neighbourhoods by code: what people may call them, where they lie, and how deprived they are.

Results name a neighbourhood by its ONS code, which means nothing to anybody: whoever shows one shows it by this name.
"""

from __future__ import annotations

from dataclasses import dataclass

from demandsim.place.names import PlaceName, districts_of, find_place
from demandsim.place.tables import district_tables

FIFTHS = ("most deprived", "second most deprived", "middle", "second least deprived", "least deprived")
"""Deprivation fifths of England in words, the most deprived first."""


@dataclass(frozen=True, slots=True)
class NamedArea:
    """A neighbourhood (LSOA of 2011) as it is shown.

    Attributes:
        code: ONS code: the ``group`` of rows by neighbourhood.
        label: Its ONS name, or its district and code where it has none.
        district: Name of the district it lies in.
        fifth: Deprivation fifth of England, 1 most deprived to 5 least.
    """

    code: str
    label: str
    district: str
    fifth: int

    @property
    def told(self) -> str:
        """Name and deprivation in words."""
        return f"{self.label} ({FIFTHS[self.fifth - 1]} fifth)"


def named_areas(place: PlaceName | str) -> dict[str, NamedArea]:
    """The neighbourhoods of a place by code, in the order of the model.

    Args:
        place: The place, or what people call it.

    Raises:
        PlaceError: If the place is unknown.
    """
    where = find_place(place) if isinstance(place, str) else place
    found: dict[str, NamedArea] = {}
    for district in districts_of(where):
        areas = district_tables(district, 0.0).areas
        for code, label, decile in zip(areas.code, areas.label, areas.decile.tolist(), strict=True):
            found[code] = NamedArea(code, label, district.name, (decile - 1) // 2 + 1)
    return found
