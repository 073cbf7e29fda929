"""Where the base year misses what is known of a place: the packaged record that every brief tells.

``experiments/calibration.py`` writes it beside docs/calibration.md; no result depends on it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO

PACKAGED = "calibration_misses.csv"
PEOPLE_ALONE = ("Wigan",)
"""Places held against births, deaths, households and lives alone: care there was neither fitted nor compared."""
_COLUMNS = ("place", "checked", "figure", "known", "simulated", "allowed")


@dataclass(frozen=True, slots=True)
class Miss:
    """One figure that the base year misses.

    Attributes:
        figure: What it is, in plain English.
        known: The figure known, as a reader sees it.
        simulated: The model's.
        allowed: How far off would have been good.
    """

    figure: str
    known: str
    simulated: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Check:
    """How the base year of one place was held against what is known.

    Attributes:
        place: Its name.
        checked: How many figures were compared.
        misses: Those out of their band.
    """

    place: str
    checked: int
    misses: tuple[Miss, ...]


def as_csv(checks: Iterable[Check]) -> str:
    """The packaged file's content: a row a miss; a place without any has one row that names no figure."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for check in checks:
        for miss in check.misses or (Miss("", "", "", ""),):
            writer.writerow((check.place, check.checked, miss.figure, miss.known, miss.simulated, miss.allowed))
    return text.getvalue()


def from_csv(text: str) -> dict[str, Check]:
    """What a file's content says, by place: the inverse of `as_csv`."""
    found: dict[str, Check] = {}
    for row in csv.DictReader(StringIO(text)):
        place = row["place"]
        held = found.get(place, Check(place, int(row["checked"]), ()))
        miss = (Miss(row["figure"], row["known"], row["simulated"], row["allowed"]),) if row["figure"] else ()
        found[place] = Check(place, held.checked, held.misses + miss)
    return found


@cache
def calibration() -> dict[str, Check]:
    """Every place that this release was held against, by name."""
    return from_csv((files("demandsim.data") / PACKAGED).read_text(encoding="utf-8"))
