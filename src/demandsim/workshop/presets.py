"""Presets: scenarios of the library that a room can set with one click."""

from __future__ import annotations

from dataclasses import dataclass

from demandsim.workshop.choices import Choices


@dataclass(frozen=True, slots=True)
class Preset:
    """A scenario of the library as positions of the room's levers.

    Attributes:
        name: The scenario's name in the library; the values give the same results.
        label: What the room calls it.
        values: The levers that are not as today.
    """

    name: str
    label: str
    values: tuple[tuple[str, float], ...]

    def choices(self, place: str, years: int) -> Choices:
        """The preset in a place, over so many years."""
        return Choices(place=place, years=years, values=self.values)

    def query(self, current: Choices) -> str:
        """Address of the preset in the place and years of the current choices."""
        return self.choices(current.place, current.years).query


_STRENGTHS = (("practice", 100.0), ("carers", 100.0), ("community", 100.0))


def presets() -> tuple[Preset, ...]:
    """Five plans, from today carried on to strengths-based practice under a cut."""
    return (
        Preset("sustained", "Today", ()),
        Preset("deficit_cut30", "30 % cut", (("cut", 30.0),)),
        Preset("carers_package_only", "Help carers", (("carers", 100.0),)),
        Preset("strengths", "Strengths-based", _STRENGTHS),
        Preset("strengths_cut30", "Strengths-based, 30 % cut", (*_STRENGTHS, ("cut", 30.0))),
    )


def told(choices: Choices) -> str:
    """What a page shows, in a few words: what its button calls the plan, else what has been moved."""
    if choices.is_baseline:
        return "Today carried on"
    named = (preset.label for preset in presets() if preset.choices(choices.place, choices.years) == choices)
    return f"This plan: {next(named, choices.words)}"
