"""The register of measures: everything that is read off a run, each defined once, by family."""

from __future__ import annotations

from dataclasses import asdict

from demandsim.measures.definition import Kind, Measure
from demandsim.measures.families.cost import COST
from demandsim.measures.families.demand import DEMAND
from demandsim.measures.families.equity import EQUITY
from demandsim.measures.families.expectancies import EXPECTANCIES
from demandsim.measures.families.hospital import HOSPITAL
from demandsim.measures.families.outcomes import OUTCOMES
from demandsim.measures.families.productivity import PRODUCTIVITY
from demandsim.measures.families.quality import QUALITY
from demandsim.measures.families.supply import SUPPLY

__all__ = ["BETTER", "FAMILIES", "MEASURES", "OVER_YEARS", "Kind", "Measure", "as_records"]

FAMILIES: dict[str, tuple[Measure, ...]] = {
    "Demand": DEMAND,
    "Supply": SUPPLY,
    "Outcomes": OUTCOMES,
    "Years and their quality": QUALITY,
    "Life expectancy": EXPECTANCIES,
    "Hospital": HOSPITAL,
    "Cost": COST,
    "Productivity": PRODUCTIVITY,
    "Equity": EQUITY,
}
"""Measures by family, in the order in which they are shown."""

MEASURES: dict[str, Measure] = {measure.name: measure for family in FAMILIES.values() for measure in family}
"""Every measure by name."""

BETTER = {1: "more", -1: "less", 0: "neither"}
"""The direction of a measure in words."""

OVER_YEARS: dict[Kind, str] = {"state": "last year", "share": "last year", "flow": "sum", "cost": "sum"}
"""What stands for several years, by kind."""


def as_records() -> list[dict[str, object]]:
    """The register as plain records: what ``demandsim measures --json`` prints."""
    return [{**asdict(measure), "family": family} for family, members in FAMILIES.items() for measure in members]
