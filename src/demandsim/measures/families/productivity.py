"""Productivity three ways: as the statistics have it, by public pound, and by all that is put in."""

from __future__ import annotations

from demandsim.measures.definition import Measure

_ONS_METHOD = "ONS, Public service productivity, adult social care: sources and methods; Atkinson review 2005"
_OWN = "demandsim, after the Demos paper on social productivity"
_FALLS = (
    "It falls when a package of care is prevented: help that nobody needed any more is output lost, and what prevented "
    "it is input."
)

PRODUCTIVITY = (
    Measure(
        "care_output_index",
        "Care output, quality-adjusted",
        "Volume of adult social care paid for by the council, first year 100: activities counted and weighted by their "
        "cost in the year before, chained year on year, and moved with the quality of life of people who need help. "
        "Services without a count are taken to move with those that have one.",
        "index",
        0,
        "state",
        _ONS_METHOD,
        1,
    ),
    Measure(
        "care_input_index",
        "Care inputs",
        "Council spending on adult social care at prices of the base year, first year 100.",
        "index",
        0,
        "state",
        _ONS_METHOD,
        1,
    ),
    Measure(
        "care_productivity",
        "Productivity as national statistics define it",
        f"Quality-adjusted care output over inputs, first year 100. {_FALLS}",
        "index",
        0,
        "state",
        _ONS_METHOD,
        1,
    ),
    Measure(
        "outcome_per_public_pound",
        "Outcome per £1,000 of public money",
        "Years lived by adults (QALYs, wellbeing years, independent years: each by itself) per £1,000 that council, "
        "NHS and central government spend. Most of the years are lived by people who get no care at all: read the "
        "change, not the level.",
        "per £1,000",
        1,
        "share",
        _OWN,
        2,
    ),
    Measure(
        "outcome_per_pound",
        "Outcome per £1,000 of all resources",
        "The same per £1,000 of what everybody puts in: public money, charges and what people buy, investors, and "
        "families' unpaid hours at their replacement cost with lost earnings.",
        "per £1,000",
        1,
        "share",
        _OWN,
        2,
    ),
)
