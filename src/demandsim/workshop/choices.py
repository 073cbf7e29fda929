"""What a room has chosen: a place, years and the levers, read from the address of a page and written back into it.

The address is the whole state of a page: the same address gives the same numbers under the same version. Nothing in
it can be wrong enough for an error: what is no number, or out of range, is put right and a note says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlencode

from demandsim.experiment.spoken import heading, spoken
from demandsim.experiment.versions import model_version
from demandsim.place.names import PlaceError, find_place, places
from demandsim.scenario.levers import LEVERS, practice_at
from demandsim.workshop.levers import RoomLever, room_levers

if TYPE_CHECKING:
    from demandsim.scenario.practice import Practice
    from demandsim.scenario.scenario import Scenario

DEFAULT_PLACE = "E08000024"
"""Sunderland."""

DEFAULT_YEARS, MOST_YEARS = 10, 20
LONGEST_QUERY = 2000
"""Characters of an address that are read; what follows is left."""

BASELINE = "today_carried_on"
"""Name of the scenario that the room's is held against."""
CHOSEN = "this_plan"
"""Name of the room's scenario."""

_PREVENTION = "prevention"
_GROUPS_OF = {"carers": "carers", "community": "community"}
"""Groups of levers of practice that have a lever of the room to themselves; the dial moves all the others."""


@dataclass(frozen=True)
class Choices:
    """What a room has chosen.

    Attributes:
        place: ONS code of the place.
        years: Model years.
        values: Value of every lever of the room, by its key, in the order of `room_levers`.
    """

    place: str = DEFAULT_PLACE
    years: int = DEFAULT_YEARS
    values: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        given = dict(self.values)
        full = tuple((lever.key, lever.nearest(given.get(lever.key, lever.today))) for lever in room_levers())
        object.__setattr__(self, "values", full)

    @cached_property
    def by_key(self) -> Mapping[str, float]:
        """Value of each lever by its key."""
        return dict(self.values)

    def __getitem__(self, key: str) -> float:
        return self.by_key[key]

    def with_values(self, **values: float) -> Self:
        """The same place and years with some levers moved."""
        return replace(self, values=tuple({**self.by_key, **values}.items()))

    @property
    def baseline(self) -> Self:
        """The present carried on, in the same place and years."""
        return replace(self, values=())

    @property
    def is_baseline(self) -> bool:
        """Whether nothing that matters has been moved from today."""
        return self.scenario().digest == self.baseline.scenario().digest

    @property
    def place_name(self) -> str:
        """Name of the place, as a heading has it."""
        return heading(find_place(self.place).name)

    @property
    def place_spoken(self) -> str:
        """Name of the place, as a sentence has it."""
        return spoken(find_place(self.place).name)

    @property
    def query(self) -> str:
        """The canonical query string: place, years, every lever, and the version that gives these numbers."""
        numbers = [(key, f"{value:g}") for key, value in self.values]
        pairs = [("place", self.place), ("years", str(self.years)), *numbers, ("v", short_version())]
        return urlencode(pairs)

    @property
    def words(self) -> str:
        """What has been moved from today, in words."""
        moved = [lever for lever in room_levers() if self[lever.key] != lever.today]
        return "; ".join(f"{lever.label}: {lever.shown(self[lever.key])}" for lever in moved) or "Today carried on"

    def scenario(self) -> Scenario:
        """The room's scenario, resolved as a scenario file that says the same would be."""
        return _scenario(self.years, self.values)


def short_version() -> str:
    """The version of model and data, as short as an address wants it."""
    import hashlib

    from demandsim.experiment.versions import data_version

    return hashlib.sha256(f"{model_version()}+{data_version()}".encode()).hexdigest()[:8]


def from_query(query: str, place: str = DEFAULT_PLACE) -> tuple[Choices, list[str]]:
    """Read choices from a query string.

    Args:
        query: The part of an address after the question mark.
        place: Place where the address names none.

    Returns:
        The choices, and a note for everything that had to be put right.
    """
    notes: list[str] = []
    if len(query) > LONGEST_QUERY:
        notes.append("The address was too long to read to its end.")
    try:
        given = dict(parse_qsl(query[:LONGEST_QUERY], keep_blank_values=True, max_num_fields=100))
    except ValueError:
        given = {}
        notes.append("The address could not be read: these are today’s values.")
    code = _place(given["place"], place, notes) if "place" in given else place
    years = DEFAULT_YEARS
    if "years" in given:
        asked = _number("Years", given["years"], DEFAULT_YEARS, 1, MOST_YEARS, notes)
        years = int(_stepped("Years", asked, round(asked), notes))
    values = {lever.key: _lever(lever, given[lever.key], notes) for lever in room_levers() if lever.key in given}
    if given.get("v", short_version()) != short_version():
        notes.append("This address was made with another version of the model: its numbers may differ from those here.")
    return Choices(place=code, years=years, values=tuple(values.items())), notes


def _place(given: str, usual: str, notes: list[str]) -> str:
    """Code of a place by code or name; the usual one, with a note, where there is none."""
    known = {found.code for found in places()}
    if given in known:
        return given
    try:
        return find_place(given[:80]).code
    except PlaceError:
        notes.append(f"There is no such place in the tables; this is {spoken(find_place(usual).name)}.")
        return usual


def _lever(lever: RoomLever, text: str, notes: list[str]) -> float:
    """A lever's value from an address, on its scale."""
    asked = _number(lever.label, text, lever.today, lever.low, lever.high, notes)
    return _stepped(lever.label, asked, lever.nearest(asked), notes)


def _stepped(label: str, asked: float, nearest: float, notes: list[str]) -> float:
    """The nearest value that there is to one asked for, with a note where it is another."""
    if not math.isclose(asked, nearest, abs_tol=1e-6):
        notes.append(f"{label}: {asked:g} lies between two steps; set to {nearest:g}.")
    return nearest


def _number(label: str, text: str, today: float, low: float, high: float, notes: list[str]) -> float:
    """A number from an address, inside its limits, with a note where it had to be put right."""
    try:
        value = float(text[:20])
    except ValueError:
        value = math.nan
    if math.isnan(value):
        notes.append(f"{label}: not a number; set to {today:g}.")
        return today
    inside = min(max(value, low), high)
    if inside != value:
        notes.append(f"{label}: only {low:g} to {high:g} is possible; set to {inside:g}.")
    return inside


@lru_cache(maxsize=256)
def _scenario(years: int, values: tuple[tuple[str, float], ...]) -> Scenario:
    from demandsim.scenario.library import load_scenario
    from demandsim.scenario.scenario import NO_ADOPTION

    sustained = load_scenario("sustained")
    value = dict(values)
    practice = _practice(sustained, value)
    usual = load_scenario("strengths").adoption
    dial = value["practice"] / 100.0
    adoption = NO_ADOPTION
    if practice != sustained.base_practice:
        adoption = replace(
            usual,
            years=value["pace"],
            never_take_share=value["doubters"] / 100.0,
            # what the change of practice costs on the way is in proportion to how far it goes
            training_hours_per_worker=value["training"] * dial,
            double_running_share=usual.double_running_share * dial,
        )
    fenced = bool(value["fence"])
    scenario = replace(
        sustained,
        years=years,
        practice=practice,
        adoption=adoption,
        budget=replace(
            sustained.budget,
            cut_percent=value["cut"],
            cut_years=value["over"] if value["cut"] else sustained.budget.cut_years,
            ring_fence_prevention=fenced,
        ),
        responses=tuple(step for step in sustained.responses if not (fenced and step == _PREVENTION)),
        summary="What the room has chosen.",
        source="The workshop.",
        origins={},
    )
    same = scenario.digest == replace(sustained, years=years).digest
    return replace(scenario, name=BASELINE if same else CHOSEN)


def _practice(sustained: Scenario, value: Mapping[str, float]) -> Practice:
    """Today's practice, each group of levers as far towards the strengths-based end as the room's lever says."""
    from demandsim.scenario.practice import Practice, blend

    end = practice_at("strengths", sustained.numbers)
    parts = {
        name: blend(sustained.base_practice, end, value[name] / 100.0) for name in ("practice", "carers", "community")
    }
    return Practice(
        **{lever.field: getattr(parts[_GROUPS_OF.get(lever.group, "practice")], lever.field) for lever in LEVERS}
    )
