"""Finding a place by what people call it. Reads two small lists and imports nothing heavy."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["district", "county"]


class PlaceError(ValueError):
    """A place that cannot be used, with the reason and how to mend it."""


@dataclass(frozen=True, slots=True)
class PlaceName:
    """One English place.

    Attributes:
        code: ONS code of mid-2024.
        name: Official name.
        kind: ``district`` (any lowest-tier authority, unitaries among them) or ``county`` (of several districts).
        council_code: Code of the council with the adult social care duty.
        council_name: Its name.
    """

    code: str
    name: str
    kind: Kind
    council_code: str
    council_name: str

    @property
    def has_care_duty(self) -> bool:
        """Whether the place's own council has the adult social care duty."""
        return self.council_code == self.code


@dataclass(frozen=True, slots=True)
class _Former:
    """An area that no longer exists, and what it is now (empty code: it was split)."""

    name: str
    code_now: str
    relation: str
    note: str


_NOISE = re.compile(
    r"\b(city of|county of|city|county|metropolitan|borough|district|council|mbc|royal|london borough of|unitary)\b"
)


def _plain(text: str) -> str:
    """Lower case, letters and digits only, single spaces."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower().replace("&", " and ").replace("'", "")).strip()


def _short(text: str) -> str:
    """The plain name without words such as ``city of`` and ``council``."""
    return " ".join(_NOISE.sub(" ", _plain(text)).split()).removeprefix("of ")


_SEVERAL = {
    "cumbria": "Cumberland or Westmorland and Furness",
    "northamptonshire": "North Northamptonshire or West Northamptonshire",
    "london": "one of the 32 boroughs, such as Barnet, or City of London",
    "greater london": "one of the 32 boroughs, such as Barnet, or City of London",
}
"""What people may call a place, that is several councils."""


@cache
def places() -> tuple[PlaceName, ...]:
    """Every district by code, then every county."""
    table = files("demandsim.data") / "tables" / "places.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    return tuple(PlaceName(**row) for row in csv.DictReader(lines))  # type: ignore[arg-type]


@cache
def _former() -> dict[str, _Former]:
    """Former areas by code and by plain name."""
    table = files("demandsim.data") / "tables" / "former_places.csv"
    found: dict[str, _Former] = {}
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        former = _Former(row["name"], row["code_now"], row["relation"], row["note"])
        found[row["code"].lower()] = former
        found[_plain(row["name"])] = former
    return found


@cache
def _by_code() -> dict[str, PlaceName]:
    return {place.code: place for place in places()}


def districts_of(place: PlaceName) -> tuple[PlaceName, ...]:
    """The districts that make up a place: itself, or a county's districts in order of code."""
    if place.kind == "district":
        return (place,)
    return tuple(p for p in places() if p.kind == "district" and p.council_code == place.code)


def list_places(text: str = "") -> list[PlaceName]:
    """Places whose name, code or council contains ``text``; all of them without it. In order of name."""
    wanted = _plain(text)
    found = [p for p in places() if wanted in _plain(f"{p.name} {p.code}") or wanted in _plain(p.council_name)]
    return sorted(found, key=lambda p: (p.name, p.kind))


def find_place(text: str) -> PlaceName:
    """The one place that ``text`` means.

    Args:
        text: An ONS code or a name, in any case; ``city of``, ``council`` and the like may be left out or added,
            and one distinctive word is enough (``hull``).

    Raises:
        PlaceError: If no place is meant, or several could be.
    """
    wanted = _plain(str(text))
    if not wanted:
        raise PlaceError("no place given: name an English council, such as Sunderland or E08000024")
    code = wanted.upper().replace(" ", "")
    if code in _by_code():
        return _by_code()[code]
    if wanted in _SEVERAL:
        raise PlaceError(f"{text!r} is more than one council: name {_SEVERAL[wanted]}")
    for spelling in (_plain, _short):
        key = spelling(str(text))
        exact = [p for p in places() if key and spelling(p.name) == key]
        if len(exact) == 1:
            return exact[0]
    former = _former().get(wanted)
    if former is not None:
        return _successor(text, former)
    return _nearest(text)


def _successor(text: str, former: _Former) -> PlaceName:
    """The place that a former area is now, where that is the same ground under a new code."""
    if former.relation == "recoded":
        return _by_code()[former.code_now]
    if not former.code_now:
        raise PlaceError(f"{text!r} is more than one council now: name {_SEVERAL[_plain(former.name)]}")
    now = _by_code()[former.code_now]
    raise PlaceError(f"{text!r} is no longer a council: it is part of {now.name} ({now.code}) now. Use that place")


def _nearest(text: str) -> PlaceName:
    """A place that contains every word of ``text``, if there is just one; else the error that says what was meant."""
    words = _short(text).split() or _plain(text).split()
    holding = [p for p in places() if set(words) <= set(_short(p.name).split())]
    if len(holding) == 1:
        return holding[0]
    if holding:
        options = ", ".join(f"{p.name} ({p.code})" for p in holding[:8])
        raise PlaceError(f"{text!r} could mean {len(holding)} places: {options}. Give the full name or the code")
    starting = [p for p in places() if _short(p.name).startswith(" ".join(words))]
    known = {_short(p.name): p.name for p in places()}
    close = [p.name for p in starting] or [
        known[k] for k in get_close_matches(" ".join(words), known, n=2, cutoff=0.75)
    ]
    hint = f"; did you mean {' or '.join(close[:3])}?" if close else ""
    raise PlaceError(f"no English council is called {text!r}{hint} (`demandsim places` lists all {len(places())})")
