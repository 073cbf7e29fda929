"""Finding a place by what people call it. Reads two small lists and imports nothing heavy."""

from __future__ import annotations

import csv
import re
import unicodedata
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
    r"\b(city of|county of|city|county|co|metropolitan|borough|district|council|mbc|mdc|royal|london borough of|lb|"
    r"unitary)\b"
)


def _plain(text: str) -> str:
    """Lower case, letters without accents and digits only, single spaces; ``st`` for ``saint``, as official names."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    spelt = re.sub(r"['’‘ʼ`]", "", bare).replace("&", " and ")
    return re.sub(r"\bsaint\b", "st", re.sub(r"[^a-z0-9]+", " ", spelt).strip())


def _short(text: str) -> str:
    """The plain name without words such as ``city of`` and ``council``."""
    return " ".join(_NOISE.sub(" ", _plain(text)).split()).removeprefix("of ")


_LONDON = "one of the 32 boroughs, such as Barnet, or City of London"
_TEESSIDE = "Hartlepool, Middlesbrough, Redcar and Cleveland or Stockton-on-Tees"
_SEVERAL = {
    "avon": "Bath and North East Somerset, Bristol, North Somerset or South Gloucestershire",
    "bedfordshire": "Bedford, Central Bedfordshire or Luton",
    "berkshire": "Bracknell Forest, Reading, Slough, West Berkshire, Windsor and Maidenhead or Wokingham",
    "cleveland": _TEESSIDE,
    "cumbria": "Cumberland or Westmorland and Furness",
    "england": "one of them, such as Sunderland or Lincolnshire",
    "greater london": _LONDON,
    "greater manchester": "Bolton, Bury, Manchester, Oldham, Rochdale, Salford, Stockport, Tameside, Trafford or Wigan",
    "humberside": "East Riding of Yorkshire, Hull, North East Lincolnshire or North Lincolnshire",
    "london": _LONDON,
    "merseyside": "Knowsley, Liverpool, Sefton, St. Helens or Wirral",
    "northamptonshire": "North Northamptonshire or West Northamptonshire",
    "south yorkshire": "Barnsley, Doncaster, Rotherham or Sheffield",
    "sussex": "East Sussex, West Sussex, Brighton and Hove, or one of their districts",
    "teesside": _TEESSIDE,
    "tyne and wear": "Gateshead, Newcastle upon Tyne, North Tyneside, South Tyneside or Sunderland",
    "west midlands": "Birmingham, Coventry, Dudley, Sandwell, Solihull, Walsall or Wolverhampton",
    "west yorkshire": "Bradford, Calderdale, Kirklees, Leeds or Wakefield",
    "yorkshire": "one of them, such as North Yorkshire, East Riding of Yorkshire, York or Leeds",
}
"""What people may call a place, that is several councils. A word of one of their names must not stand for that one."""

_NATIONS = ("wales", "scotland", "northern ireland")
"""What is near the name of a council by its letters alone."""


@cache
def places() -> tuple[PlaceName, ...]:
    """Every district by code, then every county."""
    table = files("demandsim.data") / "tables" / "places.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    return tuple(PlaceName(**row) for row in csv.DictReader(lines))  # type: ignore[arg-type]


@cache
def _former() -> dict[str, _Former]:
    """Former areas by code, where they had one of today's kind, and by plain name."""
    table = files("demandsim.data") / "tables" / "former_places.csv"
    found: dict[str, _Former] = {}
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        former = _Former(row["name"], row["code_now"], row["relation"], row["note"])
        for key in filter(None, (row["code"].lower(), _plain(row["name"]))):
            found[key] = former
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
            and one distinctive word is enough (``hull``). Accents and kinds of apostrophe do not matter.

    Raises:
        PlaceError: If no place is meant, or several could be.
    """
    wanted = _plain(str(text))
    if not any(c.isalnum() for c in str(text)):
        raise PlaceError("no place given: name an English council, such as Sunderland or E08000024")
    code = wanted.upper().replace(" ", "")
    if code in _by_code():
        return _by_code()[code]
    if wanted in _SEVERAL:
        raise _several(text, wanted)
    for spelling in (_plain, _short):
        key = spelling(str(text))
        exact = [p for p in places() if key and spelling(p.name) == key]
        if len(exact) == 1:
            return exact[0]
    if _short(text) in _SEVERAL:
        raise _several(text, _short(text))
    former = _former().get(wanted) or _former().get(_short(text))
    if former is not None:
        return _successor(text, former)
    return _nearest(text)


def _several(text: str, area: str) -> PlaceError:
    """The error that names the councils of an area."""
    return PlaceError(f"{text!r} is more than one council: name {_SEVERAL[area]}")


def _successor(text: str, former: _Former) -> PlaceName:
    """The place that a former area is now, where that is the same ground under a new code."""
    if former.relation == "recoded":
        return _by_code()[former.code_now]
    if not former.code_now:
        raise _several(text, _plain(former.name))
    now = _by_code()[former.code_now]
    raise PlaceError(
        f"{former.name!r} is no longer a council: it is part of {now.name} ({now.code}) now. Use that place"
    )


def _nearest(text: str) -> PlaceName:
    """A place that contains every word of ``text``, if there is just one; else the error that says what was meant."""
    words = _short(text).split() or _plain(text).split()
    holding = [p for p in places() if words and set(words) <= set(_short(p.name).split())]
    if len(holding) == 1:
        return holding[0]
    if holding:
        options = ", ".join(f"{p.name} ({p.code})" for p in holding[:8])
        raise PlaceError(f"{text!r} could mean {len(holding)} places: {options}. Give the full name or the code")
    held = {
        former.name: former for former in _former().values() if words and set(words) <= set(_short(former.name).split())
    }
    if len(held) == 1:
        return _successor(text, next(iter(held.values())))
    hint = f"; did you mean {' or '.join(close)}?" if (close := _close(" ".join(words))) else ""
    raise PlaceError(
        f"no English council is called {text!r}{hint} (`demandsim places` lists all {len(places())}; Wales, Scotland "
        "and Northern Ireland are not in the tables)"
    )


def _close(words: str) -> list[str]:
    """Up to three names of places, or former ones, that start with some words or are spelt much like them."""
    if words in _NATIONS or not words:
        return []
    starting = [p.name for p in places() if _short(p.name).startswith(words)]
    known = {_plain(f.name): f.name for f in _former().values()} | {_short(p.name): p.name for p in places()}
    return starting[:3] or [known[k] for k in get_close_matches(words, known, n=2, cutoff=0.75)]
